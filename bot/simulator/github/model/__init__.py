"""What exists on GitHub, and what follows from a change?

An issue needs its repository, and a repository its issues. To avoid an import cycle, the repository is built in layers.
`code/repository.py` is the lowest: it knows git, people and settings, and is all that issues, checks and pull requests
know of their repository. Each room then adds its part in its own `repository.py`; the one here is complete. Changes are
emitted as events. Each event class is defined beside the class that emits it, and `events.py` lists all of them for
listeners.
"""
