"""GitOps Bot: a GitHub App that carries an image from a registry to production through pull requests."""

__version__ = "0.1.0"  # pyproject.toml takes it from here, so that a checkout knows it without being installed
