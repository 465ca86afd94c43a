"""Everything that runs: the web application, the passes and the timers, from settings to a graceful stop."""

from bot.service.service import GRACE, Service, running, serve

__all__ = ["GRACE", "Service", "running", "serve"]
