"""What does the bot tell those who operate it? Logs, metrics and traces. Nothing is decided from them."""

from bot.telemetry.current import Telemetry, telemetry, use_telemetry

__all__ = ["Telemetry", "telemetry", "use_telemetry"]
