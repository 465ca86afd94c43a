"""What a log line or a span is about: fields that hold for everything done in a block, such as the key of a pass."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

TRACE = "trace_id"
"""The id that a webhook's log lines, those of the passes that follow from it, and their spans have in common."""

_fields: ContextVar[Mapping[str, str]] = ContextVar("fields", default=MappingProxyType({}))


def fields() -> Mapping[str, str]:
    """Return the fields of the present block."""
    return _fields.get()


@contextmanager
def about(**added: str) -> Iterator[None]:
    """Add these fields to everything that is logged within the block."""
    token = _fields.set({**_fields.get(), **added})
    try:
        yield
    finally:
        _fields.reset(token)


def trace_id(text: str) -> str:
    """Return the trace id of a webhook, by its delivery id, or of a promotion: 32 hexadecimal digits, always the same.

    https://www.w3.org/TR/trace-context/#trace-id
    """
    return hashlib.sha256(text.encode()).hexdigest()[:32]
