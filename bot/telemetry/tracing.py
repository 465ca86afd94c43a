"""Spans: what the bot did, how long it took, and what followed from what.

A webhook and the passes that follow from it are one trace, whose id is the `trace_id` of their log lines. A promotion is
a trace of its own: every pass that looks at it adds a span, which links to the pass. OpenTelemetry is loaded only where
`OtlpTracing` is used.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

Attributes = Mapping[str, str | int | float | bool]
NOTHING: Attributes = MappingProxyType({})


class Span(Protocol):
    """Something that takes time."""

    def set_attributes(self, attributes: Attributes, /) -> None:
        """Add what is known by now."""
        ...


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A promotion that ended: a trace has one, and its passes are below it."""

    name: str
    trace: str
    began: datetime
    ended: datetime


class Tracing(Protocol):
    """Where spans go."""

    @property
    def is_on(self) -> bool:
        """Whether anybody reads them."""
        ...

    def span(self, name: str, attributes: Attributes = NOTHING) -> AbstractContextManager[Span]:
        """Time a block, within the span around it."""
        ...

    def begin(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> AbstractContextManager[Span]:
        """Time a block as the first span of this trace."""
        ...

    def join(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> AbstractContextManager[Span]:
        """Time a block within this trace, which began elsewhere. It links to the span around it."""
        ...

    def lived(self, lifetime: Lifetime, attributes: Attributes = NOTHING) -> None:
        """Send the first span of a trace that has ended."""
        ...


class _NoSpan:
    def set_attributes(self, attributes: Attributes, /) -> None:
        pass


_NO_SPAN = nullcontext[Span](_NoSpan())


class _NoTracing:
    """Nobody reads the spans, so none is made."""

    is_on = False

    def span(self, name: str, attributes: Attributes = NOTHING) -> AbstractContextManager[Span]:  # noqa: ARG002
        return _NO_SPAN

    def begin(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> AbstractContextManager[Span]:  # noqa: ARG002
        return _NO_SPAN

    def join(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> AbstractContextManager[Span]:  # noqa: ARG002
        return _NO_SPAN

    def lived(self, lifetime: Lifetime, attributes: Attributes = NOTHING) -> None:
        pass


NO_TRACING: Tracing = _NoTracing()
