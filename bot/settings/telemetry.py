"""How the server logs, and whether it sends traces."""

from collections.abc import Mapping

from yarl import URL

from bot.settings.reading import Reader
from bot.telemetry.logs import LogFormat

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# OpenTelemetry's own names, which its SDK reads by itself:
# https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def log_level(reader: Reader) -> str:
    given = (reader.get("LOG_LEVEL") or "INFO").upper()
    if given not in _LOG_LEVELS:
        reader.problem(
            "LOG_LEVEL", f"is {given!r:.40}", expected=f"one of {', '.join(_LOG_LEVELS)}", todo="Unset it for INFO."
        )
    return given


def log_format(reader: Reader) -> LogFormat:
    given = (reader.get("LOG_FORMAT") or LogFormat.TEXT).lower()
    if given not in set(LogFormat):
        reader.problem("LOG_FORMAT", f"is {given!r:.40}", expected="text or json", todo="Unset it for text.")
        return LogFormat.TEXT
    return LogFormat(given)


def sends_traces(reader: Reader) -> bool:
    """Report whether a collector is named. A URL may hold a password, so none is shown."""
    named = [(name, reader.get(name)) for name in _ENDPOINTS]
    for name, given in named:
        if given and not _is_address(given):
            reader.problem(
                name,
                "is not the address of a collector",
                expected="http://HOST:PORT or https://HOST:PORT",
                todo="Use the collector's port for OTLP over HTTP, usually 4318. Unset it to send no traces.",
            )
    return any(given for _, given in named)


def collector(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the setting that names the collector, and its address; None where there is none."""
    reader = Reader(environment)
    return next(((name, reader.get(name)) for name in _ENDPOINTS if reader.get(name)), None)


def _is_address(given: str) -> bool:
    try:
        url = URL(given)
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)
