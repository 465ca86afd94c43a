"""The pass of an application in which people comment: what is asked, recorded and answered.

Through `decide`, because what a comment does is part of the plan.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.core.decide import decide
from bot.core.plan import Action, Plan, React, Reaction, Reply, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import RequestKind
from bot.core.state import State
from tests.builders import (
    NOW,
    ago,
    application,
    arrival,
    comment,
    environment,
    environment_state,
    policy,
    request,
    requested,
    state,
)
from tests.core.applied import noted

RULES = policy(
    environment("dev"),
    environment("staging", "dev"),
    environment("prod", "staging", promote="manual"),
    applications=[application(owners=["@dave"])],
)
ROLLBACK = RequestKind.ROLLBACK
HAD = (arrival("v1.4.0", ago(hours=1)), arrival("v1.3.0", ago(hours=2)), arrival("v1.2.0", ago(hours=3)))


DONE, REFUSED, SEEN = Reaction.DONE, Reaction.REFUSED, Reaction.SEEN


def world(*comments: Any, records: Records | None = None, **fields: Any) -> State:
    """dev and staging have v1.5.0; prod has v1.4.0, and had v1.3.0 and v1.2.0."""
    prod = {"arrivals": HAD, **fields.pop("prod", {})}
    seen = state(
        environment_state("dev", "v1.5.0"),
        environment_state("staging", "v1.5.0"),
        environment_state("prod", prod.pop("tag", "v1.4.0"), **prod),
        **{"tags": ("v1.4.0", "v1.5.0"), **fields},
    )
    said = tuple(comment(each, number=7) if isinstance(each, str) else each for each in comments)
    return replace(seen, comments=said, records=records or Records())


def plan(*comments: Any, rules: Policy = RULES, **fields: Any) -> Plan:
    """Of the pass after the one in which what people did was written down."""
    return decide(noted(world(*comments, **fields), rules), rules, NOW)


def kept(actions: Sequence[Action]) -> Records:
    """The records as the plan writes them."""
    (written,) = (action for action in actions if isinstance(action, WriteState))
    return read_records({name: text for name, text in written.files.items() if text})


def replies(actions: Sequence[Action]) -> list[str]:
    """Without the quoted line, and the line that nobody sees."""
    return [said(action) for action in actions if isinstance(action, Reply)]


def said(action: Reply) -> str:
    """What a reply says below the quoted line; its last line names the comment."""
    text, _, mark = action.body.rpartition("\n\n")
    assert mark == f"<!-- gitops-bot answers {action.comment_id.removeprefix('IC_')} -->"
    return text.split("\n\n", 1)[1]


def marks(actions: Sequence[Action]) -> list[tuple[str, Reaction]]:
    return [
        (action.comment_id, action.mark if isinstance(action, Reply) else action.reaction)
        for action in actions
        if isinstance(action, React | Reply)
    ]


def refused(actions: Sequence[Action]) -> str:
    """The one answer of a command that was not carried out."""
    assert marks(actions) == [("IC_7", REFUSED)]
    (text,) = replies(actions)
    return text


def recorded(kind: RequestKind = RequestKind.PROMOTE, tag: str = "v1.5.0", **fields: Any) -> Records:
    return requested(request(tag, kind, comment=7, at=ago(minutes=1), **fields), "prod")
