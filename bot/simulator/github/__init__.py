"""What would GitHub do? Nouns with rules, real git repositories, REST and GraphQL on the same nouns, and webhooks."""
