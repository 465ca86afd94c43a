"""Scalars and enums: dates, object ids, base64, and Python's enums as GraphQL's."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum

from graphql import GraphQLEnumType, GraphQLError, GraphQLScalarType, GraphQLSchema

_OID = re.compile(r"[0-9a-f]{40}")


def adapt(schema: GraphQLSchema) -> None:
    """Set how the schema's scalars and enums convert values."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType) and not name.startswith("__"):
            kind.coerce_output_value = _words_of(kind)  # type: ignore[method-assign, assignment]
    for name, (show, read) in _SCALARS.items():
        scalar = schema.type_map[name]
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_output_value = show
            scalar.coerce_input_value = read


def _words_of(kind: GraphQLEnumType) -> Callable[[object], str]:
    """Return a function that shows Python enums by value; a value that GitHub lacks is a fault of the simulator."""
    words = frozenset(kind.values)

    def show(value: object) -> str:
        word = str(value.value if isinstance(value, Enum) else value)
        if word not in words:
            raise ValueError(f"{kind.name} has no value {word}")
        return word

    return show


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise GraphQLError(f"DateTime cannot represent {value!r}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _stamp(value: object) -> str:
    """Format a date. A git date keeps its author's time zone."""
    if not isinstance(value, datetime):
        raise GraphQLError(f"GitTimestamp cannot represent {value!r}")
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def _read_moment(value: object) -> datetime:
    """Without a zone it is UTC; what was before 1970 is refused, as in the bodies of REST."""
    try:
        read = datetime.fromisoformat(str(value))
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        is_kept = at.astimezone(UTC).year >= 1970
    except (ValueError, OverflowError):
        is_kept = False
    if not is_kept:
        raise GraphQLError(f"Could not coerce value {json.dumps(value)} to DateTime")
    return at


def _text(value: object) -> str:
    return str(value)


def _read_number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise GraphQLError(f"Could not coerce value {value!r} to BigInt") from error


def _read_oid(value: object) -> str:
    if not _OID.fullmatch(str(value)):
        raise GraphQLError(f"Could not coerce value {value!r} to GitObjectID")
    return str(value)


def _read_base64(value: object) -> bytes:
    try:
        return base64.b64decode(str(value), validate=False)
    except (binascii.Error, ValueError) as error:
        raise GraphQLError("Could not coerce value to Base64String: it is not base64") from error


_SCALARS = {
    "DateTime": (_moment, _read_moment),
    "GitTimestamp": (_stamp, _read_moment),
    "GitObjectID": (_text, _read_oid),
    "GitRefname": (_text, _text),
    "GitSSHRemote": (_text, _text),
    "URI": (_text, _text),
    "Base64String": (_text, _read_base64),
    "BigInt": (_text, _read_number),
}
