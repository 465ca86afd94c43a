"""What is there on GitHub, and what follows when somebody changes it?

A noun and its repository would know each other, so the repository comes in storeys. At the bottom, `code/repository.py`
knows git, people and settings, and no noun; this is all that a noun knows of where it is. Each room then adds what its
nouns bring to a repository, in a `repository.py` of its own, and the one here is complete. What happened is told as events:
each kind stands beside the noun that emits it, and `events.py` lists them for those who listen.
"""
