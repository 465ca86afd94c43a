"""A small web page of the simulated repository: what people read and press on GitHub, and what makes the world move.

Everything shown comes from the nouns, at GitHub's own addresses below `/owner/name`; the page's own are below `/-/`.
"""

from bot.simulator.pages.routes import pages
from bot.simulator.pages.world import World

__all__ = ["World", "pages"]
