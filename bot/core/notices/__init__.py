"""What do people hear of outside GitHub?"""

from bot.core.notices.notices import notices

__all__ = ["notices"]
