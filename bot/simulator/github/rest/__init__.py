"""What can be asked over REST? One of two ways to the nouns; `views/` says how they look in the answers."""
