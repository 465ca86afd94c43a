"""Reverts, closed promotions and returned versions are recorded once."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.history import reverts
from bot.core.history.rejections import rejection_of
from bot.core.plan import WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records
from bot.core.records.environment import REMEMBERED, EnvironmentRecords
from bot.core.state import State
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    acceptance,
    ago,
    application,
    arrival,
    digest,
    environment,
    environment_state,
    oid,
    past,
    policy,
    records,
    rejected,
    rejection,
    request,
    state,
    version,
)
from tests.core.applied import noted

DEV = policy(environment())
REVERTED = (arrival("v1.4.0", ago(hours=1), pull=13), arrival("v1.5.0", ago(hours=2)), arrival("v1.4.0", ago(hours=3)))


def world(*arrivals: Any, kept: Records | None = None, **fields: Any) -> State:
    """Return a State with dev at v1.4.0 and these arrivals."""
    here = environment_state("dev", **{"arrivals": arrivals or REVERTED, **fields})
    return state(here, records=kept or Records())


def written(seen: State, rules: Policy = DEV) -> list[tuple[str, str]]:
    """Version and how, of every rejection of dev once all is written down."""
    return [(each.tag, each.how) for each in noted(seen, rules).records.of("dev").rejected.get("web", ())]


def test_a_revert_and_a_closed_promotion_are_recorded() -> None:
    seen = world(past=(past("v1.6.0", at=ago(minutes=5)), past("v1.7.0", merged=True)))

    assert written(seen) == [
        ("v1.5.0", "replaced by the older v1.4.0 by alice in #13"),
        ("v1.6.0", "pull request #5 was closed by a person"),
    ]
    (write,) = reverts.record_reverts(DEV, seen)
    assert write.message.headline == "web v1.5.0 is rejected in dev"
    assert write.message.body.replace("\u2060", "").splitlines() == [
        "- v1.5.0 is rejected in dev: replaced by the older v1.4.0 by alice in #13",
        "- v1.6.0 is rejected in dev: pull request #5 was closed by a person",
    ]
    (kept, _) = noted(seen, DEV).records.of("dev").rejected["web"]
    assert (kept.by, kept.at, kept.comment, kept.reason) == ("alice", ago(hours=1), None, "")


def test_a_direct_push_is_recorded_with_its_commit() -> None:
    pushed = arrival("v1.4.0", ago(hours=1), pull=None, commit=oid("revert"))

    assert written(world(pushed, *REVERTED[1:])) == [
        ("v1.5.0", f"replaced by the older v1.4.0 by alice in {oid('revert')[:7]}")
    ]


def test_nothing_else_is_decided_before_the_record() -> None:
    found = decide(world(), DEV, NOW)

    assert [type(action) for action in found.actions] == [WriteState]
    assert found.again_at == NOW


@pytest.mark.parametrize(
    "seen",
    [
        # Once it is written.
        noted(world(), DEV),
        # Somebody said so before, or accepted it since.
        world(kept=rejected(rejection("v1.5.0", at=ago(minutes=90)))),
        world(kept=records(dev=EnvironmentRecords().with_acceptance("web", acceptance("v1.5.0")))),
        # It does not come any more: the environment has gone past it.
        world(arrival("v1.6.0", ago(minutes=5)), *REVERTED, tag="v1.6.0"),
        world(past=(past("v1.3.0", at=ago(minutes=5)),), arrivals=REVERTED[2:]),
        # It is there again.
        world(arrival("v1.5.0", ago(minutes=5)), *REVERTED, tag="v1.5.0"),
        # A promotion that the bot closed, or that carried nothing that could be read.
        world(arrivals=REVERTED[2:], past=(replace(past("v1.6.0"), by_person=False), replace(past(), version=None))),
        # Nothing may be written there.
        world(kept=Records(problem="dev.yaml", unreadable=frozenset({"dev"}))),
    ],
)
def test_nothing_is_recorded_without_need(seen: State) -> None:
    assert reverts.record_reverts(DEV, seen) == ()


def test_nothing_is_recorded_in_observe_mode() -> None:
    assert reverts.record_reverts(policy(environment(mode="observe")), world()) == ()


def test_without_a_present_version_every_revert_counts() -> None:
    assert written(world(version=None, arrivals=(arrival(None, ago(minutes=5)), *REVERTED))) == [
        ("v1.5.0", "replaced by the older v1.4.0 by alice in #13")
    ]


def test_an_accepted_version_can_be_rejected_again() -> None:
    accepted = records(dev=EnvironmentRecords().with_acceptance("web", acceptance("v1.5.0", at=ago(minutes=90))))

    assert written(world(kept=accepted)) == [("v1.5.0", "replaced by the older v1.4.0 by alice in #13")]


@pytest.mark.parametrize("at", [ago(hours=5), ago(hours=1)])
def test_a_revert_counts_whatever_time_its_commit_claims(at: datetime) -> None:
    """The pusher chooses a commit's time. The recorded rejection still concerns the earlier arrival."""
    once = noted(world(arrival("v1.4.0", at), *REVERTED[1:]), DEV)

    assert reverts.record_reverts(DEV, once) == ()
    assert rejection_of(application(), once, "dev", version("v1.5.0"))


def test_bringing_a_version_back_is_recorded() -> None:
    """Otherwise the rejection would return as soon as GitHub no longer shows the arrival after it."""
    kept = rejected(rejection("v1.5.0", at=ago(hours=3)))
    back = world(arrival("v1.5.0", ago(hours=1)), arrival("v1.4.0", ago(hours=4)), tag="v1.5.0", kept=kept)
    (write,) = reverts.record_reverts(DEV, back)
    once = noted(back, DEV)

    assert write.message.headline == "web v1.5.0 is allowed again in dev"
    assert once.records.of("dev").rejected["web"] == ()
    (accepted,) = once.records.of("dev").accepted["web"]
    assert (accepted.tag, accepted.at, accepted.comment) == ("v1.5.0", ago(hours=1), None)
    assert reverts.record_reverts(DEV, once) == ()


def test_the_oldest_known_version_did_not_arrive() -> None:
    """Of a long history only the end is read: its first entry is not the arrival of the version."""
    kept = rejected(rejection("v1.4.0", at=ago(hours=4)))
    cut = world(REVERTED[2], kept=kept, arrivals_complete=False)

    assert reverts.record_reverts(DEV, cut) == ()
    assert rejection_of(application(), cut, "dev", version("v1.4.0"))
    assert written(replace(cut, environments={"dev": replace(cut.environments["dev"], arrivals_complete=True)})) == []


def test_the_digests_of_a_followed_tag_are_kept() -> None:
    rules = policy(environment(), applications=(application(versions={"digest": "latest"}),))
    latest = Version("latest", (("ghcr.io/acme/web", digest("new")),), followed=True)
    once = noted(world(arrivals=REVERTED[2:], past=(replace(past(), version=latest),)), rules)

    (kept,) = once.records.of("dev").rejected["web"]
    assert kept.version == latest
    assert reverts.record_reverts(rules, once) == ()


def test_only_rejections_of_passed_versions_are_dropped() -> None:
    """The environment is at v1.4.0.

    Of many rejections the newest stay, and v1.4.9, which is old but newer than v1.4.0.
    """
    given = [rejection(f"v1.3.{number}", at=ago(days=300 - number)) for number in range(REMEMBERED + 10)]
    could_come = rejection("v1.4.9", at=ago(days=400))
    seen = world(kept=rejected(could_come, *given))
    tags = [tag for tag, _ in written(seen)]

    assert tags[:2] == ["v1.4.9", "v1.3.11"]
    assert tags[-1] == "v1.5.0"
    assert len(tags) == REMEMBERED + 1


def test_the_number_of_rejections_is_limited() -> None:
    given = [rejection(f"v1.6.{number}", at=ago(days=600 - number)) for number in range(reverts.MOST_REJECTIONS)]
    tags = [tag for tag, _ in written(world(kept=rejected(*given)))]

    assert (tags[0], tags[-1], len(tags)) == ("v1.6.1", "v1.5.0", reverts.MOST_REJECTIONS)


def test_a_promotion_by_name_stops_recording_old_reverts() -> None:
    """What was done against it before is not written down again while it is on its way."""
    kept = records(
        dev=EnvironmentRecords().with_acceptance("web", acceptance("v1.5.0")).with_request("web", request("v1.5.0"))
    )

    assert reverts.record_reverts(DEV, world(kept=kept)) == ()
