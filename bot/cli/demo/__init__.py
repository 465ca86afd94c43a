"""`gitops-bot demo`: the real program against a simulated GitHub and registry, on this machine alone."""
