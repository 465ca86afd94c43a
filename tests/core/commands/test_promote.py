"""`/promote`: which version it requests, what is recorded, and what the reply says."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.plan import WriteState
from bot.core.records.entries import RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.artifacts import Missing, Unanswered
from tests.builders import (
    NOW,
    WEB,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    comment,
    environment,
    environment_state,
    oid,
    policy,
    promotion,
    records,
    rejected,
    rejection,
    request,
    requested,
    state,
)
from tests.core.commands.application_pass import (
    ROLLBACK,
    RULES,
    SEEN,
    kept,
    marks,
    plan,
    refused,
)


def test_promote_is_recorded_and_answered_in_the_next_pass() -> None:
    found = plan("/promote prod", state_oid=oid("state"))
    asked = kept(found.actions).of("prod").requests["web"]

    assert (asked.tag, asked.kind, asked.named, asked.by) == ("v1.5.0", RequestKind.PROMOTE, False, "alice")
    assert (asked.at, asked.comment) == (ago(minutes=1), 7)
    assert marks(found.actions) == [("IC_7", SEEN)]
    assert len(found.actions) == 2
    assert found.again_at == NOW
    (written,) = (action for action in found.actions if isinstance(action, WriteState))
    assert (written.seen_head, written.message.headline) == (oid("state"), "alice: /promote prod")
    assert written.message.body == "Comment 7 on #3."


def test_a_named_version_is_requested() -> None:
    asked = kept(plan("/promote prod web@v1.2.0").actions).of("prod").requests["web"]

    assert (asked.tag, asked.named) == ("v1.2.0", True)


def test_promoting_the_present_version_says_what_comes_next() -> None:
    """For example to undo a rollback that is on its way."""
    going = {"promotion": promotion("v1.3.0", number=8)}

    assert refused(plan("/promote prod web@v1.4.0", prod=going).actions) == (
        "`prod` already runs `v1.4.0`. #8 would change it to `v1.3.0`; close #8 to keep `v1.4.0`."
    )


def test_a_named_version_may_be_in_the_registry_only() -> None:
    asked = kept(plan("/promote prod web@v2.0.0", artifacts=artifacts("v2.0.0")).actions).of("prod").requests["web"]

    assert asked.digests == {WEB: artifact("v2.0.0").digest}


def test_naming_a_version_lifts_its_recorded_rejection() -> None:
    both = {
        name: EnvironmentRecords(rejected={"web": (rejection("v1.5.0"), rejection("v1.4.5"))})
        for name in ("staging", "prod")
    }
    found = kept(plan("/promote prod web@v1.5.0", records=records(**both)).actions)

    assert [each.tag for each in found.of("prod").rejected["web"]] == ["v1.4.5"]
    assert "staging" not in found.environments


def test_naming_a_version_lifts_a_revert_against_it() -> None:
    """The acceptance is recorded, so that the revert is not recorded again."""
    against = rejected(rejection("v1.5.0"), environment="prod")
    found = kept(plan("/promote prod web@v1.5.0", records=against).actions).of("prod")

    assert found.rejected["web"] == ()
    (accepted,) = found.accepted["web"]
    assert (accepted.tag, accepted.by, accepted.comment) == ("v1.5.0", "alice", 7)
    assert "web" not in kept(plan("/promote prod web@v1.5.0").actions).of("prod").accepted


def test_on_a_promotion_the_application_is_that_of_the_promotion() -> None:
    two = policy(environment("dev"), applications=[application("web"), application("api")])
    on_pull = comment("/promote dev", number=7, promotion=("dev", "web"))
    seen = replace(state(environment_state("dev")), comments=(on_pull,))

    assert "web" in kept(decide(seen, two, NOW).actions).of("dev").requests


def test_promote_after_a_rollback_requests_the_newest_candidate() -> None:
    """`/promote` after a rollback means the way forward, not what was gone back to."""
    back = requested(request("v1.3.0", ROLLBACK, at=ago(minutes=5), comment=1), "prod")

    assert kept(plan("/promote prod", records=back).actions).of("prod").requests["web"].tag == "v1.5.0"


@pytest.mark.parametrize(
    ("line", "fields", "expected"),
    [
        (
            "/promote prd",
            {},
            "The policy has no environment `prd`. It has `dev`, `staging`, `prod`. Did you mean `prod`?",
        ),
        ("/promote production", {}, "The policy has no environment `production`. It has `dev`, `staging`, `prod`."),
        (
            "/promote prod web@v9.9.9",
            {"artifacts": artifacts(Missing(WEB, "v9.9.9"))},
            "There is no `v9.9.9`: no environment has had it, and the registry has no such tag of `ghcr.io/acme/web`.",
        ),
        ("/promote prod web@v1.4.0", {}, "`prod` already runs `v1.4.0`."),
        ("/promote dev", {}, "Nothing to promote: `dev` runs `v1.5.0`, and there is nothing newer."),
        (
            "/promote prod",
            {"prod": {"tag": "v1.6.0", "arrivals": (arrival("v1.6.0"),)}},
            "Nothing to promote: `prod` runs `v1.6.0`, and there is nothing newer.",
        ),
    ],
)
def test_an_impossible_promotion_is_refused(line: str, fields: Any, expected: str) -> None:
    assert refused(plan(line, **fields).actions) == expected


@pytest.mark.parametrize("artifact_seen", [artifacts(Unanswered(WEB, "ghcr.io answered 503", tag="v9.9.9")), {}])
def test_a_version_that_cannot_be_checked_is_refused(artifact_seen: Any) -> None:
    text = refused(plan("/promote prod web@v9.9.9", artifacts=artifact_seen).actions)

    assert text.startswith(
        "I can't tell whether there is a `v9.9.9`: no environment has had it, and the registry is not answering: "
    )
    assert text.endswith("If you still want it, write it again:\n\n```\n/promote prod web@v9.9.9\n```")


def test_if_every_version_is_blocked_the_reply_says_why_and_how_to_insist() -> None:
    text = refused(plan("/promote prod", records=rejected(rejection("v1.5.0"), environment="prod")).actions)

    assert text.startswith(
        "Nothing to promote to `prod`: every newer version is blocked. The newest is `v1.5.0`:\n\n| | gate | |"
    )
    assert text.endswith("To promote it anyway, name it: `/promote prod web@v1.5.0`.")


@pytest.mark.parametrize(
    ("permissions", "author", "may"),
    [
        ({}, "bob", True),
        ({}, "carol", False),
        ({}, "stranger", False),
        ({"promote": ["owners"]}, "dave", True),
        ({"promote": ["owners"]}, "alice", False),
        ({"promote": ["@acme/sre"]}, "erin", True),
        ({"promote": ["@acme/hidden"]}, "erin", False),
        ({"promote": []}, "alice", False),
        ({"rollback": []}, "bob", True),
    ],
)
def test_promote_needs_the_right(permissions: Any, author: str, may: bool) -> None:  # noqa: FBT001
    rules = policy(
        environment("dev"),
        environment("staging", "dev"),
        environment("prod", "staging", permissions=permissions),
        applications=RULES.applications.values(),
    )
    teams = {"acme/sre": frozenset({"erin"}), "acme/hidden": None}
    found = plan(comment("/promote prod", author, number=7), rules=rules, teams=teams)

    if may:
        assert kept(found.actions).of("prod").requests["web"].by == author
    else:
        assert refused(found.actions).startswith("You can't use `/promote` in `prod`. Who can: ")


@pytest.mark.parametrize(
    ("permissions", "who"),
    [
        ({}, "people with write permission."),
        ({"promote": ["owners", "@acme/hidden"]}, r"dave, acme/hidden. (I can't read the members of acme/hidden.)"),
        ({"promote": []}, "nobody."),
    ],
)
def test_a_refusal_names_who_may_without_mentions(permissions: Any, who: str) -> None:
    rules = policy(environment("dev", permissions=permissions), applications=RULES.applications.values())
    seen = replace(state(environment_state("dev")), comments=(comment("/promote dev", "carol", number=7),))
    text = refused(decide(seen, rules, NOW).actions)

    assert text == f"You can't use `/promote` in `dev`. Who can: {who}"
