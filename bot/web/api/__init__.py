"""The read-only API for scripts and portals."""

from bot.web.api.endpoints import Api

__all__ = ["Api"]
