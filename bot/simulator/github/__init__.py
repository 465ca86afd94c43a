"""A stateful GitHub: nouns with rules, real git repositories, and two views (REST, GraphQL) on the same nouns."""
