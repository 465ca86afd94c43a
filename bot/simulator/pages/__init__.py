"""Web pages of the simulated repository: what people read and press on GitHub, and buttons that drive the simulation.

Everything on them comes from the model. Pages that GitHub has are at GitHub's addresses below `/owner/name`; others are
below `/-/`.
"""

from bot.simulator.pages.routes import pages
from bot.simulator.pages.world import World

__all__ = ["World", "pages"]
