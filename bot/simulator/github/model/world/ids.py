"""Ids: integer database ids per kind, and GraphQL's opaque node ids.

Node ids look like GitHub's (a prefix, then URL-safe base64). They can be parsed, so that git objects (commits, blobs,
refs) need no table. https://docs.github.com/en/graphql/guides/using-global-node-ids
"""

import base64
import binascii
from collections import Counter
from enum import Enum


class Kind(Enum):
    """The kind of an object; the value is the node id's prefix."""

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
    DEPLOYMENT = "DE"
    DEPLOYMENT_STATUS = "DES"


class Ids:
    """Generates database ids: one series per kind, each with another start, so that a mixed-up id is noticed."""

    def __init__(self) -> None:
        self._given: Counter[Kind] = Counter()

    def next(self, kind: Kind) -> int:
        """Return the next database id of a kind."""
        self._given[kind] += 1
        return 1_000_000 * (1 + list(Kind).index(kind)) + self._given[kind]


def node_id(kind: Kind, *parts: int | str) -> str:
    """Return a node id. `parts` identify the object within its kind; only the last may contain a colon."""
    packed = ":".join(str(part) for part in parts).encode()
    return f"{kind.value}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def parse_node_id(identifier: str) -> tuple[Kind, list[str]] | None:
    """Return the kind and parts of a node id, or None if it is not one of ours."""
    prefix, _, packed = identifier.partition("_")
    try:
        parts = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        return Kind(prefix), parts.split(":")
    except (binascii.Error, ValueError):
        return None
