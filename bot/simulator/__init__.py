"""A GitHub and a registry for your laptop: `gitops-bot demo` plays on them, and the tests run against them."""
