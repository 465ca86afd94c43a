"""The quoting rule compared with real YAML readers, on words that are easily misread.

The npm package `yaml` is asked as well where node and it are there (`make contract` fetches it).
"""

import itertools
from io import StringIO

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.core.values.images import is_tag
from bot.manifests.editing.quoting import is_ambiguous, spell
from bot.manifests.parsing.tree import Style

AMBIGUOUS = (
    "1.10 1.0 1 0 10 007 0755 08 1e3 1E3 12345e7 1234e56 e123456 E-1 1e+3 1.5e-3 1. 0x1f 0X1F 0o17 0b101 1_000 1__0 1_0.5 0_1 "
    "yes Yes YES no NO on On off OFF y Y n N true True TRUE false null Null NULL "
    "2024-01-01 2024-1-1 2024-01-01T10 inf nan Infinity 1_ 0x_1"
)
TEXT = (
    "v1.0 1.2.3 1.27.3-alpine latest main-abc123 1.0-rc1 sha-0a1b2c3 2024.01.01 20240101-abc 1.2e3x 0xg 0o9x "
    "1e yess nope t f none 1.10@sha256 a1e3 v1e3 1-2 01-02-2024x ghcr.io/acme/web:v1.10 nginx:1.27 a:1:2 1.1.1e3"
)


def read_as_text_everywhere(value: str) -> bool:
    """PyYAML (1.1) and ruamel.yaml (1.2 and 1.1) each read a plain scalar as this text, in block and in flow."""
    for document in (f"key: {value}\n", f"{{key: {value}, other: x}}\n"):
        readings: list[object] = [yaml.safe_load(document)]
        for version in ("1.2", "1.1"):
            reader = YAML(typ="safe", pure=True)
            reader.version = version
            readings.append(reader.load(StringIO(document)))
        if any(not isinstance(reading, dict) or reading["key"] != value for reading in readings):
            return False
    return True


@pytest.mark.parametrize("value", AMBIGUOUS.split())
def test_a_word_that_a_reader_misreads_is_ambiguous(value: str) -> None:
    assert is_ambiguous(value)


@pytest.mark.parametrize("value", TEXT.split())
def test_a_word_that_all_readers_read_as_text_is_not_ambiguous(value: str) -> None:
    assert not is_ambiguous(value)
    assert read_as_text_everywhere(value)


def test_every_short_word_of_ambiguous_characters_is_classified() -> None:
    """About 9,000 words of the characters that numbers, dates and booleans are made of."""
    letters = "019_.-exoEX"
    words = ("".join(word) for size in (1, 2, 3) for word in itertools.product(letters, repeat=size))
    tags = [word for word in words if is_tag(word) and not is_ambiguous(word)]
    document = "".join(f"- {tag}\n" for tag in tags)
    ruamel = YAML(typ="safe", pure=True)

    assert tags == yaml.safe_load(document)
    assert tags == ruamel.load(StringIO(document))


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,12}", fullmatch=True))
@example("1_0_0.0_0e1_0")
def test_tags_that_are_left_plain_are_text_to_every_reader(tag: str) -> None:
    assert is_ambiguous(tag) or read_as_text_everywhere(tag)


@given(st.text(alphabet="a1-:#&*!|>%@`\"'{}[],?~= .\t\\é", min_size=1, max_size=8))
def test_any_other_misread_text_is_quoted(value: str) -> None:
    try:
        is_text = read_as_text_everywhere(value)
    except (yaml.YAMLError, YAMLError):
        is_text = False

    assert is_text or is_ambiguous(value)


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        ("v1", Style.PLAIN, "v1"),
        ("1.10", Style.PLAIN, '"1.10"'),
        ("1.10", Style.SINGLE, "1.10"),
        ("1.10", Style.DOUBLE, "1.10"),
        ("1.10", Style.LITERAL, "1.10"),
        ("1.10", Style.FOLDED, "1.10"),
        ("it's", Style.PLAIN, '"it\'s"'),
    ],
)
def test_existing_quotes_stay_and_new_ones_are_added_only_if_needed(value: str, style: Style, expected: str) -> None:
    assert expected == spell(value, style=style, is_json=False)


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("it's", Style.SINGLE),
        ('"', Style.PLAIN),
        ('"', Style.DOUBLE),
        ("\\", Style.DOUBLE),
        ("a\nb", Style.PLAIN),
        ("a\nb", Style.LITERAL),
        ("é", Style.SINGLE),
    ],
)
def test_text_that_needs_escapes_is_refused(value: str, style: Style) -> None:
    with pytest.raises(ValueError, match="takes escapes"):
        spell(value, style=style, is_json=False)


def test_json_strings_always_have_quotes() -> None:
    assert spell("v1", style=Style.PLAIN, is_json=True) == '"v1"'
    assert spell("v1", style=Style.DOUBLE, is_json=True) == "v1"
