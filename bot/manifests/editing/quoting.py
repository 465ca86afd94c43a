"""Decides whether a new value needs quotes, and which.

A tag such as `1.10`, `1e3`, `0755`, `yes` or `2024-01-01` is text to one YAML reader and a number, a boolean or a date
to another. The rule here is the union over PyYAML (YAML 1.1), ruamel.yaml (1.2), go-yaml v2 and v3 (kubectl, Argo CD,
Flux), js-yaml and the npm package `yaml` in both versions: if any of them would not read text, the value is quoted.
Existing quotes stay.
"""

import re

from bot.manifests.parsing.tree import Style

_WORDS = frozenset(
    {"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity", "=", "<<", "..."}
)

_NUMBER = re.compile(
    r"""[-+]?(?:
        0x[0-9a-f]* | 0o[0-7]* | 0b[01]*                      # other bases; PyYAML fails on `0x_`
        | [0-9]*\.?[0-9]*(?:e[-+]?[0-9]+)?                   # integers and floats; npm's yaml reads `e123456` too
        | [0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?                # base 60, https://yaml.org/type/float.html
        | \.(?:inf|nan)
    )""",
    re.VERBOSE | re.IGNORECASE,
)

_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")

# Tags, digests and references without any character that is special in YAML.
_PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[A-Za-z0-9_./+@=-]|:(?=[A-Za-z0-9_./+@=-]))*")

_PRINTABLE = re.compile(r"[ -~]*")


def is_ambiguous(value: str) -> bool:
    """Report whether some YAML reader would not read this plain scalar as the same text."""
    return is_no_text(value) or _PLAIN.fullmatch(value) is None


def is_no_text(value: str) -> bool:
    """Report whether some YAML reader takes the plain scalar for a number, a boolean, a date or nothing."""
    bare = value.replace("_", "")  # go-yaml drops every underscore before it reads a number, js-yaml most of them
    return value.lower() in _WORDS or _NUMBER.fullmatch(bare) is not None or _DATE.fullmatch(bare) is not None


def spell(value: str, *, style: Style, is_json: bool) -> str:
    """Return the text between the ends of a scalar's value; existing quotes stay.

    is_json: the file is JSON, in which every string has double quotes. Raises `ValueError` for text that this style
    cannot express, which no reference, tag or digest is.
    """
    if style is Style.PLAIN and not is_json and not is_ambiguous(value):
        return value
    quote = '"' if style is Style.PLAIN else style.value
    if _PRINTABLE.fullmatch(value) is None or quote in value or "\\" in value:
        raise ValueError(f"{value!r} takes escapes to be written as {style.name.lower()} scalar")
    return f'"{value}"' if style is Style.PLAIN else value
