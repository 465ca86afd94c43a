"""REST: one of two views on the nouns. `views/` says how a noun looks, the other files what can be asked of it."""
