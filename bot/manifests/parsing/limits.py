"""Size limits, checked before libyaml sees a byte.

PyYAML has no depth limit (https://github.com/yaml/pyyaml/issues/895), and its binding of libyaml recurses in C: a
document of half a million brackets ends the process. A megabyte of commas would take hundreds of megabytes of memory.
"""

import re

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent

from bot.manifests.problems import unreadable

MAX_BYTES = 1 << 20

MAX_DEPTH = 1000

MAX_NODES = 300_000  # about 700 bytes of memory each while a file is read

_SEPARATORS = (b"\n", b"\r", b",", b":", b"- ", b"? ", b"[", b"{")

# Opening brackets, except those closed on the same line with nothing between that could hide or open another.
_NESTING_OPENERS = re.compile(rb"[\[{](?![^\[\]{}\"'#\r\n]*[\]}])")

_DEEP_INDENTATION = re.compile(rb"(?:^|[\r\n])[ \t?:-]{%d}" % MAX_DEPTH)


def check_size(content: bytes) -> None:
    """Raise `Unreadable` for a file that is too large, has too many values, or is nested too deep."""
    if len(content) > MAX_BYTES:
        raise unreadable(
            seen=f"{len(content):,} bytes",
            reason=f"the file is larger than {MAX_BYTES:,} bytes",
            advice="split the file, or leave it out of the environment's path",
        )
    if len(content) > MAX_NODES and sum(map(content.count, _SEPARATORS)) > MAX_NODES:
        raise unreadable(
            seen=f"more than {MAX_NODES:,} separators",
            reason="the file has more values than a manifest has",
            advice="split the file, or leave it out of the environment's path",
        )
    if len(content) > MAX_DEPTH and _may_be_deep(content) and _is_deep(content):
        raise unreadable(
            seen=f"more than {MAX_DEPTH:,} levels",
            reason="the file is nested deeper than readers accept",
            advice="leave the file out of the environment's path",
        )


def _may_be_deep(content: bytes) -> bool:
    """Report whether a cheap upper bound exceeds the limit: a level needs an indentation column or a bracket."""
    longest_line = max(map(len, content.split(b"\n")))
    if longest_line > MAX_DEPTH and _DEEP_INDENTATION.search(content) is not None:
        return True
    brackets = content.count(b"[") + content.count(b"{")
    return brackets > MAX_DEPTH and sum(1 for _ in _NESTING_OPENERS.finditer(content)) > MAX_DEPTH


def _is_deep(content: bytes) -> bool:
    """Report whether the exact depth exceeds the limit, from events, which libyaml creates without recursion.

    Text that is not YAML is not deep.
    """
    depth = 0
    try:
        for event in yaml.parse(content, Loader=yaml.CBaseLoader):
            if isinstance(event, CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, UnicodeDecodeError):
        return False
    return False
