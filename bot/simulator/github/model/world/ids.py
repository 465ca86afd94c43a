"""Identity: integer database ids per kind, and the opaque node ids GraphQL hands out for them.

Node ids look like GitHub's (a prefix, then URL-safe base64) and can be taken apart again, so that objects which live
in git (commits, blobs, refs) need no table.
https://docs.github.com/en/graphql/guides/using-global-node-ids
"""

import base64
import binascii
from collections import Counter
from enum import Enum


class Kind(Enum):
    """What an id belongs to; the value is the node id's prefix."""

    REPOSITORY = "R"
    USER = "U"
    BOT = "BOT"
    ORGANISATION = "O"
    TEAM = "TM"
    APP = "A"
    INSTALLATION = "INS"
    PULL_REQUEST = "PR"
    ISSUE = "I"
    COMMENT = "IC"
    REACTION = "REA"
    REVIEW = "PRR"
    THREAD = "PRRT"
    CHECK_RUN = "CR"
    CHECK_SUITE = "CS"
    STATUS = "SC"
    LABEL = "LA"
    PROTECTION = "BPR"
    QUEUE = "MQ"
    QUEUE_ENTRY = "MQE"
    REF = "REF"
    COMMIT = "C"
    TREE = "T"
    BLOB = "B"
    CLOSED = "CE"
    REOPENED = "REE"
    ACTIVITY = "PSH"
    STACK = "S"


class Ids:
    """Hands out database ids: one series per kind, each starting elsewhere, so that a mixed-up id is noticed."""

    def __init__(self) -> None:
        self._given: Counter[Kind] = Counter()

    def next(self, kind: Kind) -> int:
        """Return the next database id of a kind."""
        self._given[kind] += 1
        return 1_000_000 * (1 + list(Kind).index(kind)) + self._given[kind]


def node_id(kind: Kind, *parts: int | str) -> str:
    """Return an opaque node id; `parts` identify the thing within its kind and hold no colon but in the last."""
    packed = ":".join(str(part) for part in parts).encode()
    return f"{kind.value}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def parse_node_id(identifier: str) -> tuple[Kind, list[str]] | None:
    """Return the kind and parts of a node id, or None if it is none of ours."""
    prefix, _, packed = identifier.partition("_")
    try:
        parts = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        return Kind(prefix), parts.split(":")
    except (binascii.Error, ValueError):
        return None
