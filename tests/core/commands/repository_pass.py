"""The repository's own pass, in which people comment: what is asked, recorded and answered."""

from collections.abc import Sequence
from typing import Any

from bot.core.plan import Action, React, Reaction, Reply, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Hold
from bot.core.records.environment import EnvironmentRecords
from bot.core.repository.decide import Round, decide_repository
from bot.core.values.errors import PolicyError, Problem
from tests.builders import (
    NOW,
    application,
    comment,
    environment,
    policy,
    records,
    sweep,
)
from tests.core.commands.application_pass import said

RULES = policy(
    environment("dev"),
    environment("prod", "dev", timezone="Europe/Berlin", permissions={"hold": ["@dave"], "unhold": ["@acme/sre"]}),
    applications=[application("web"), application("api")],
)
DONE, REFUSED, SEEN = Reaction.DONE, Reaction.REFUSED, Reaction.SEEN
BROKEN = PolicyError((Problem(".gitops.yml", 7, 3, "there is no key `enviroments`"), Problem(".gitops.yml", 9, 1, "x")))


def decide(
    *comments: Any, kept: Records | None = None, rules: Policy | PolicyError | None = RULES, **fields: Any
) -> Round:
    said = tuple(comment(each, number=7) if isinstance(each, str) else each for each in comments)
    return decide_repository(sweep(comments=said, records=kept or Records(), **fields), rules, NOW)


def marks(actions: Sequence[Action]) -> list[tuple[str, Reaction]]:
    return [
        (action.comment_id, action.mark if isinstance(action, Reply) else action.reaction)
        for action in actions
        if isinstance(action, React | Reply)
    ]


def answer(outcome: Round) -> str:
    """The one reply, without the quoted line and the line that nobody sees."""
    (reply,) = (action for action in outcome.actions if isinstance(action, Reply))
    return said(reply)


def written(outcome: Round) -> Records:
    (write,) = (action for action in outcome.actions if isinstance(action, WriteState))
    return read_records({name: text for name, text in write.files.items() if text})


def held(*holds: Hold, environment: str = "dev") -> Records:
    return records(**{environment: EnvironmentRecords(holds=holds)})
