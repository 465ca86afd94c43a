"""The read-only API for scripts and portals."""

from bot.web.api.endpoints import Api
from bot.web.api.models import RegistriesStatus

__all__ = ["Api", "RegistriesStatus"]
