"""`/unhold`: which holds it lifts, who may, and which remain."""

from typing import Any

import pytest

from bot.core.observation.actors import Actor
from bot.core.records.branch import Records
from tests.builders import (
    NOW,
    actor,
    ago,
    comment,
    hold,
    repository,
)
from tests.core.commands.repository_pass import DONE, REFUSED, SEEN, answer, decide, held, marks, written


def test_unhold_is_answered_after_the_hold_is_removed() -> None:
    first = decide("/unhold dev", kept=held(hold(by="bob")))
    assert written(first).of("dev").holds == ()
    assert marks(first.actions) == [("IC_7", SEEN)]

    second = decide(comment("/unhold dev", number=7), kept=written(first))
    assert answer(second) == "Lifted."
    assert marks(second.actions) == [("IC_7", DONE)]


@pytest.mark.parametrize(
    ("line", "kept", "left"),
    [
        ("/unhold dev", held(hold(), hold(application="web")), []),
        ("/unhold dev web", held(hold(application="api", by="x"), hold(application="web")), ["api"]),
        ("/unhold all", held(hold(), environment="all"), []),
    ],
)
def test_unhold_lifts_what_it_names(line: str, kept: Records, left: list[str]) -> None:
    (found,) = written(decide(line, kept=kept)).environments.values()

    assert [each.application for each in found.holds] == left


@pytest.mark.parametrize(
    ("author", "environment", "expected"),
    [
        ("alice", "dev", "lifted"),  # maintain
        ("bob", "dev", "lifted"),  # his own
        ("Bob", "dev", "lifted"),
        (
            "carol",
            "dev",
            "You can't use `/unhold` in `dev`. Who can: people with maintain permission, or bob, who set the hold.",
        ),
        ("erin", "prod", "lifted"),  # @acme/sre
        ("alice", "prod", "You can't use `/unhold` in `prod`. Who can: acme/sre, or bob, who set the hold."),
        ("bob", "prod", "lifted"),  # his own
    ],
)
def test_unhold_needs_the_right(author: str, environment: str, expected: str) -> None:
    outcome = decide(
        comment(f"/unhold {environment}", author, number=7),
        kept=held(hold(by="bob"), environment=environment),
        teams={"acme/sre": frozenset({"erin"})},
    )

    assert ("lifted" if marks(outcome.actions) == [("IC_7", SEEN)] else answer(outcome)) == expected


@pytest.mark.parametrize(
    ("author", "set_by", "lifts"),
    [
        (actor("bob", 2), {"by": "bob", "by_id": 2}, True),
        (actor("robert", 2), {"by": "bob", "by_id": 2}, True),  # renamed since
        (actor("bob", 3), {"by": "bob", "by_id": 2}, False),  # took the login that the holder gave up
        (actor("bob", 2), {"by": "bob"}, True),  # an old record: the login has to tell, of somebody who may write
        (actor("carol", 4), {"by": "carol"}, False),
        (actor("carol", 4), {"by": "carol", "by_id": 4}, True),
    ],
)
def test_a_holder_is_known_by_number(author: Actor, set_by: dict[str, Any], lifts: bool) -> None:  # noqa: FBT001
    outcome = decide(comment("/unhold dev", author, number=7), kept=held(hold(**set_by), environment="dev"))

    assert (marks(outcome.actions) == [("IC_7", SEEN)]) is lifts


def test_whom_the_policy_names_also_needs_write_permission() -> None:
    """Whoever may only read lifts no hold of others, whatever the policy calls them."""
    outcome = decide(
        comment("/unhold prod", "carol", number=7),
        kept=held(hold(by="bob"), environment="prod"),
        teams={"acme/sre": frozenset({"carol"})},
    )

    assert answer(outcome) == (
        "You can't use `/unhold` in `prod`: the policy names you, but this also needs write permission on this repository. "
        "Who can: acme/sre, each with that permission. An admin of the repository can give it to you."
    )


def test_people_lift_their_own_hold_and_read_which_remain() -> None:
    both = held(hold(by="bob"), hold(by="alice"))
    first = decide(comment("/unhold dev", "bob", number=7), kept=both)
    assert [each.by for each in written(first).of("dev").holds] == ["alice"]

    second = decide(comment("/unhold dev", "bob", number=7), kept=written(first))
    assert answer(second) == "Lifted. Still held by alice (to lift: `/unhold dev`)."


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Records(), "There is no such hold."),
        (held(hold(until=ago(minutes=1)), environment="dev"), "There is no such hold."),
        (held(hold(), environment="dev"), "There is no such hold. Still held by alice (to lift: `/unhold dev`)."),
        (held(hold(), environment="all"), "There is no such hold. Still held by alice (to lift: `/unhold all`)."),
        (held(hold(application="api"), environment="dev"), "There is no such hold."),
    ],
)
def test_unhold_without_a_match_names_other_holds(kept: Records, expected: str) -> None:
    outcome = decide("/unhold dev web", kept=kept)

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", DONE)]


def test_unhold_names_a_holding_label() -> None:
    outcome = decide("/unhold dev", repository=repository(hold_issue=12))

    assert answer(outcome) == "There is no such hold. Still held by the label `gitops/hold` on #12."


def test_unhold_lifts_only_older_holds() -> None:
    outcome = decide("/unhold dev", kept=held(hold(at=NOW)))

    assert answer(outcome).startswith("There is no such hold. Still held by alice")


def test_a_late_unhold_is_refused() -> None:
    """Stopping is cheap, loosening is not."""
    late = comment("/unhold dev", number=7, created_at=ago(minutes=15, seconds=1))
    outcome = decide(late, kept=held(hold(at=ago(hours=2))))

    assert answer(outcome).startswith("Not carried out: this comment is more than 15 minutes old")
    assert marks(outcome.actions) == [("IC_7", REFUSED)]
