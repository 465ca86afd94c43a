"""What would GitHub do? A model with GitHub's rules, real git repositories, REST and GraphQL, and webhooks."""
