"""A GitHub and a registry for one's laptop: what `gitops-bot demo` plays on, and what the tests run against."""
