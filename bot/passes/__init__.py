"""One pass: observe → decide → apply, for one key.

`owner/repo#application` is a pass of that application (`application.py`). `owner/repo` is a look at the whole
repository, which makes applications due (`repository.py`). `memory/` holds what a process remembers between passes;
without it, the next pass asks again and ends the same.

Race accepted: the world can change between the last look and the write. Every action names what it was decided on, so
GitHub refuses it, and the next pass decides again.
"""

from bot.passes.outside import GitHub, Registries
from bot.passes.passes import Passes

__all__ = ["GitHub", "Passes", "Registries"]
