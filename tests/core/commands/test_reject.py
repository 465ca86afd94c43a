"""`/reject`: where it applies, what is recorded, and what the reply says."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.plan import Action, React, Reaction, Reply, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.environment import EnvironmentRecords
from tests.builders import (
    NOW,
    ago,
    arrival,
    comment,
    environment,
    environment_state,
    policy,
    records,
    rejection,
    request,
    state,
)
from tests.core.applied import noted
from tests.core.commands.application_pass import said

RULES = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging", promote="manual"))
ON_STAGING = ("staging", "web")


def plan(
    line: str, by: str = "bob", *, rules: Policy = RULES, kept: Records | None = None, **fields: Any
) -> tuple[Action, ...]:
    """dev has v1.5.0, staging and prod have v1.4.0; the comment has the number 7."""
    states = fields.pop("states", (environment_state("dev", "v1.5.0"), *map(environment_state, ("staging", "prod"))))
    said = comment(line, by, number=7, **fields)
    seen = state(*states, records=kept or Records(), comments=(said,))
    return decide(noted(seen, rules), rules, NOW).actions


def written(actions: Sequence[Action]) -> Records:
    (write,) = (action for action in actions if isinstance(action, WriteState))
    assert [each.reaction for each in actions if isinstance(each, React)] == [Reaction.SEEN]
    return read_records({name: text for name, text in write.files.items() if text})


def answered(actions: Sequence[Action], mark: Reaction = Reaction.DONE) -> str:
    """The one reply, without the quoted line."""
    (reply,) = (action for action in actions if isinstance(action, Reply))
    assert reply.mark is mark
    return said(reply).replace("\\", "")


def rejections(kept: Records) -> dict[str, list[str]]:
    return {name: [each.tag for each in here.rejected["web"]] for name, here in kept.environments.items()}


@pytest.mark.parametrize(
    ("on", "tag", "places"),
    [
        # On a promotion: its environment, and those that never had the version.
        (ON_STAGING, "v1.5.0", ["prod", "staging"]),
        (("prod", "web"), "v1.5.0", ["prod", "staging"]),
        (("dev", "web"), "v1.5.0", ["dev", "prod", "staging"]),
        (ON_STAGING, "v1.4.0", ["dev", "staging"]),
        # Elsewhere, on another application's, or on one of an environment that is gone: all.
        (None, "v1.5.0", ["dev", "prod", "staging"]),
        (("staging", "api"), "v1.5.0", ["dev", "prod", "staging"]),
        (("qa", "web"), "v1.5.0", ["dev", "prod", "staging"]),
    ],
)
def test_reject_applies_to_these_environments(on: tuple[str, str] | None, tag: str, places: list[str]) -> None:
    kept = written(plan(f"/reject web@{tag} it leaks", promotion=on))

    assert rejections(kept) == {place: [tag] for place in places}
    (first,) = kept.of(places[0]).rejected["web"]
    assert first == rejection(tag, by="bob", reason="it leaks", at=ago(minutes=1), comment=7)


def test_a_rejection_has_no_time_limit() -> None:
    assert rejections(written(plan("/reject v1.5.0", created_at=ago(days=2))))


@pytest.mark.parametrize("asked", ["v1.5.0", "v1.4.9"])
def test_a_rejection_ends_a_request_for_the_version(asked: str) -> None:
    before = records(prod=EnvironmentRecords(requests={"web": request(asked, named=True)}))
    kept = written(plan("/reject v1.5.0", kept=before))

    assert bool(kept.of("prod").requests) is (asked != "v1.5.0")


def test_reject_applies_only_where_the_author_has_the_right() -> None:
    rules = policy(
        environment("dev", mode="observe"),
        environment("staging", "dev"),
        environment("prod", "staging", permissions={"reject": ["@acme/sre"]}),
    )
    kept = written(plan("/reject v1.5.0", rules=rules))
    assert rejections(kept) == {"staging": ["v1.5.0"]}

    said = answered(plan("/reject v1.5.0", rules=rules, kept=kept))
    assert "`v1.5.0` of `web` is rejected in `staging`: it is not proposed there." in said
    assert "Not rejected in `prod`, where you can't use `/reject`. Who can: acme/sre." in said
    assert "`dev`" not in said


def test_reject_needs_the_right() -> None:
    said = answered(plan("/reject v1.5.0", "carol"), Reaction.REFUSED)

    assert said == "You can't use `/reject` in `dev`. Who can: people with write permission."


@pytest.mark.parametrize("line", ["/reject v1.5.0", "/unreject v1.5.0"])
def test_nothing_is_rejected_in_observe_mode(line: str) -> None:
    rules = policy(environment("dev", mode="observe"), environment("staging", "dev", mode="observe"))
    said = answered(
        plan(line, "alice", rules=rules, states=map(environment_state, ("dev", "staging"))), Reaction.REFUSED
    )

    assert said.startswith("Nothing was done: the policy has `dev`, `staging` in mode `observe`")


def test_unreadable_records_are_not_overwritten() -> None:
    broken = Records(problem="prod.yaml on gitops-state cannot be read", unreadable=frozenset({"prod"}))

    assert "I can't record this" in answered(plan("/reject v1.5.0", kept=broken), Reaction.REFUSED)
    assert rejections(written(plan("/reject v1.4.0", kept=broken, promotion=ON_STAGING)))


def test_the_reply_says_where_the_version_runs_and_stays() -> None:
    kept = written(plan("/reject v1.5.0 it leaks"))
    said = answered(plan("/reject v1.5.0 it leaks", kept=kept))

    assert said == (
        "`v1.5.0` of `web` is rejected in `dev`, `staging`, `prod`: it is not proposed there. "
        "`dev` runs it and keeps it until a newer version arrives. To roll back: `/rollback dev web`. "
        "To undo: `/unreject web@v1.5.0`."
    )


def test_environments_without_a_version_are_not_named() -> None:
    states = (environment_state("dev", None), environment_state("staging", None), environment_state("prod", None))
    kept = written(plan("/reject v1.5.0", states=states))

    assert "`dev` has it" not in answered(plan("/reject v1.5.0", kept=kept, states=states))


@pytest.mark.parametrize(
    ("tag", "ending"),
    [
        # An environment had it, though the registry does not; the registry has it; neither.
        ("v1.3.0", "To undo: `/unreject web@{}`."),
        ("v1.5.0", "To undo: `/unreject web@{}`."),
        ("1.5.0", "I don't see such a tag in the registry. Did you mean `v1.5.0`?"),
        ("nightly", "No environment has had `nightly`, and I don't see such a tag in the registry."),
    ],
)
def test_an_unknown_version_is_pointed_out(tag: str, ending: str) -> None:
    had = (arrival("v1.4.0", ago(hours=1)), arrival("v1.3.0", ago(hours=2)))
    states = (environment_state("dev", arrivals=had), *map(environment_state, ("staging", "prod")))
    kept = written(plan(f"/reject {tag}", states=states))

    assert answered(plan(f"/reject {tag}", kept=kept, states=states)).endswith(ending.format(tag))
