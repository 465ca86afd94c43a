"""Does the bot keep its promises, whatever happens in which order? The real service on a loop of our own, against an oracle."""
