"""Log lines as programs read them."""

import json
import logging
import subprocess
import sys

import pytest

from bot.telemetry.fields import TRACE, about, fields, trace_id
from bot.telemetry.logs import JsonFormatter


def line(message: str = "a %s", *words: object, error: BaseException | None = None) -> dict[str, str]:
    """A logged line, formatted and read."""
    trouble = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("bot.passes", logging.WARNING, __file__, 1, message, words, trouble)
    record.created = 1_795_000_000.25
    formatted = JsonFormatter().format(record)
    assert "\n" not in formatted
    read: dict[str, str] = json.loads(formatted)
    return read


def test_a_line_is_one_object_with_its_time_in_utc() -> None:
    assert line("merged %s", "#3") == {
        "time": "2026-11-18T11:06:40.250Z",
        "level": "warning",
        "logger": "bot.passes",
        "message": "merged #3",
    }


def test_a_line_has_the_fields_of_its_block_and_of_the_blocks_around_it() -> None:
    with about(key="acme/deploy#web"), about(**{TRACE: trace_id("a delivery")}):
        inner = line()
    outer = line()

    assert (inner["key"], inner["trace_id"]) == ("acme/deploy#web", trace_id("a delivery"))
    assert "key" not in outer
    assert fields() == {}


def test_the_fields_end_with_their_block_when_it_fails() -> None:
    with pytest.raises(ValueError, match="no"), about(key="k"):
        raise ValueError("no")

    assert fields() == {}


def test_an_error_brings_its_traceback_on_the_same_line() -> None:
    with pytest.raises(ValueError, match="two") as caught:
        raise ValueError("one\ntwo")

    said = line(error=caught.value)

    assert said["error"].startswith("Traceback")
    assert said["error"].endswith("ValueError: one\ntwo")


def test_a_trace_id_is_32_hexadecimal_digits_and_always_the_same() -> None:
    assert trace_id("72d3162e-cc78-11e3-81ab-4c9367dc0958") == "9514e6751b793abb198c32e333740b61"
    assert trace_id("72d3162e-cc78-11e3-81ab-4c9367dc0958") != trace_id("another")


@pytest.mark.parametrize(("form", "first"), [("text", "2"), ("json", "{")])
def test_logs_go_to_standard_error_in_the_form_that_was_asked_for(form: str, first: str) -> None:
    program = (
        "import logging; from bot.telemetry.logs import LogFormat, configure_logs; "
        f"configure_logs('INFO', LogFormat('{form}')); logging.getLogger('bot').info('hello')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == ""
    assert done.stderr.startswith(first)
    assert "hello" in done.stderr
