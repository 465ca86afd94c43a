"""Stacks: pull requests on top of each other, which are merged together from the bottom, never one alone.

https://docs.github.com/rest/pulls/stacks
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id


class Member(Protocol):
    """What a stack needs of its pull requests."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Pull requests, the bottom one first; `base_ref` is the base of the bottom one."""

    id: int
    number: int
    base_ref: str
    created_at: datetime
    pulls: Sequence[Member]

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.STACK, self.id)

    def position(self, pull: Member) -> int:
        """Return the position; 1 is the bottom."""
        return list(self.pulls).index(pull) + 1


def refuse_merge(stack: Stack | None) -> None:
    """Raise Refused; the message: https://github.com/intel/torch-xpu-ops/pull/5487"""
    if stack is not None:
        message = "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint instead."
        raise Refused(Reason.NOT_MERGEABLE, message)


def refuse_queue(stack: Stack | None) -> None:
    """Raise Refused; the message: https://github.com/uw-syfi/vibesys/pull/780"""
    if stack is not None:
        message = "This pull request is part of a stack and must be enqueued using the asynchronous merge REST API"
        raise unprocessable(message)


def refuse_auto_merge(stack: Stack | None) -> None:
    """Raise Refused; the message: https://github.com/navikt/copilot/pull/659"""
    if stack is not None:
        raise unprocessable("Auto-merge is not supported for stacked pull requests")


def refuse_base(stack: Stack | None) -> None:
    """Raise Refused; the message: https://github.com/intel/torch-xpu-ops/pull/5487"""
    if stack is not None:
        raise unprocessable("Cannot change the base branch because the pull request is part of a stack")
