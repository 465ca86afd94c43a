"""GitOps Bot: a GitHub App that carries an image from a registry to production through pull requests."""
