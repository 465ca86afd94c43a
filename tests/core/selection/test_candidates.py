"""The next version: the newest with passing gates, what an open promotion keeps, and what people requested."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.gates.question import Purpose, passed, waiting
from bot.core.observation.commits import Outcome
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity
from bot.core.policy import Policy
from bot.core.records.entries import RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.selection.candidates import MOST_DATED, Choice, _earliest, choose, live_request, newest
from bot.core.selection.possible import CONSIDERED, common_tags, complete, possible
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.build_times import read_build_times
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    WEB,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    commit,
    digest,
    environment,
    environment_state,
    oid,
    past,
    policy,
    promotion,
    rejected,
    rejection,
    report,
    request,
    requested,
    review,
    said,
    source,
    state,
    version,
)

GREEN, PENDING, RED = Outcome.SUCCESS, Outcome.PENDING, Outcome.FAILURE
CHECKED = policy(environment(gates={"checks": ["build"]}), applications=[application(source="acme/web")])


def built(here: Any = None, **outcomes: Outcome) -> State:
    """Return dev and versions such as `v1_5_0=GREEN`, by the result of their builds."""
    tags = [name.replace("_", ".") for name in outcomes]
    commits = [commit(oid(tag), report("build", outcome)) for tag, outcome in zip(tags, outcomes.values(), strict=True)]
    return state(
        here or environment_state("dev"),
        tags=tuple(tags),
        artifacts=artifacts(*(artifact(tag, revision=oid(tag)) for tag in tags)),
        source=source(*commits),
    )


def shown(choice: Choice) -> str:
    """The version, and whether it is proposed."""
    what = choice.question.version.tag if choice.question else "nothing"
    return f"{what} {'proposed' if choice.proposed else 'not proposed'}"


def chosen(seen: State, rules: Policy = CHECKED, name: str = "dev") -> str:
    return shown(choose(rules, seen, rules.environments[name], NOW))


def opened(carried: str | Version | None, **fields: Any) -> Any:
    return environment_state("dev", promotion=promotion(carried, **fields))


# --- without a promotion


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"v1_5_0": GREEN, "v1_6_0": GREEN}, "v1.6.0 proposed"),
        ({"v1_5_0": GREEN, "v1_6_0": PENDING}, "v1.5.0 proposed"),
        ({"v1_5_0": GREEN, "v1_6_0": RED}, "v1.5.0 proposed"),
        ({"v1_5_0": PENDING, "v1_6_0": PENDING}, "v1.6.0 proposed"),
        ({"v1_5_0": PENDING, "v1_6_0": RED}, "v1.5.0 proposed"),
        ({"v1_5_0": RED, "v1_6_0": RED}, "v1.6.0 not proposed"),
        ({"v1_3_0": GREEN, "v1_4_0": GREEN}, "nothing not proposed"),
    ],
)
def test_the_newest_passing_version_else_the_newest_unblocked_one(outcomes: dict[str, Outcome], expected: str) -> None:
    assert chosen(built(**outcomes)) == expected


def test_a_blocked_version_can_be_promoted_only_by_name() -> None:
    choice = choose(CHECKED, built(v1_5_0=RED), CHECKED.environments["dev"], NOW)

    assert (choice.promotable, choice.proposed) == (False, False)


def test_a_manual_environment_has_a_candidate_and_proposes_nothing() -> None:
    rules = policy(environment(promote="manual"))
    choice = choose(rules, state(environment_state("dev")), rules.environments["dev"], NOW)

    assert (shown(choice), choice.promotable) == ("v1.5.0 not proposed", True)


def test_only_the_newest_versions_are_considered() -> None:
    tags = tuple(f"v2.{number}.0" for number in range(9))
    found = possible(policy(), state(environment_state("dev"), tags=tags), environment(), NOW)

    assert [each.tag for each in found] == [f"v2.{number}.0" for number in (8, 7, 6, 5, 4)]
    assert len(found) == CONSIDERED


def test_an_unreadable_present_version_is_no_obstacle() -> None:
    assert chosen(state(environment_state("dev", None)), policy(environment())) == "v1.5.0 proposed"


@pytest.mark.parametrize(
    ("soak", "newest_since", "expected"),
    [
        ("90m", ago(hours=1), "v1.6.0 proposed"),  # v1.5.0 was there for an hour only
        ("60m", ago(minutes=5), "v1.5.0 proposed"),  # v1.6.0 has just come
        ("60m", ago(hours=1), "v1.6.0 proposed"),  # both have soaked
    ],
)
def test_a_downstream_environment_takes_versions_of_its_upstream(soak: str, newest_since: Any, expected: str) -> None:
    arrivals = (arrival("v1.6.0", newest_since), arrival("v1.5.0", ago(hours=2)))
    rules = policy(environment(), environment("staging", "dev", gates={"soak": soak}))
    seen = state(
        environment_state("dev", "v1.6.0", arrivals=arrivals), environment_state("staging"), tags=("v1.5.0", "v1.6.0")
    )

    assert chosen(seen, rules, "staging") == expected


def test_the_latest_of_two_digests_of_a_tag_is_taken() -> None:
    first, second = version("v1.5.0", digest=digest("first")), version("v1.5.0", digest=digest("second"))
    dev = environment_state(
        "dev", "v1.5.0", arrivals=(arrival(version=second, at=ago(hours=1)), arrival(version=first, at=ago(hours=2)))
    )
    found = possible(policy(), state(dev, environment_state("staging")), environment("staging", "dev"), NOW)

    assert found == (second,)


# --- an open promotion


@pytest.mark.parametrize(
    ("carried", "outcomes", "expected"),
    [
        # A red newer version never displaces a green one; nor does one of which nothing is known yet.
        ("v1.5.0", {"v1_5_0": GREEN, "v1_6_0": RED}, "v1.5.0 proposed"),
        ("v1.5.0", {"v1_5_0": GREEN, "v1_6_0": PENDING}, "v1.5.0 proposed"),
        ("v1.5.0", {"v1_5_0": PENDING, "v1_6_0": PENDING}, "v1.5.0 proposed"),
        ("v1.5.0", {"v1_5_0": PENDING, "v1_6_0": RED}, "v1.5.0 proposed"),
        # A green one does; an older one only where the carried one is red.
        ("v1.5.0", {"v1_5_0": GREEN, "v1_6_0": GREEN}, "v1.6.0 proposed"),
        ("v1.5.0", {"v1_5_0": PENDING, "v1_6_0": GREEN}, "v1.6.0 proposed"),
        ("v1.5.0", {"v1_5_0": RED, "v1_6_0": GREEN}, "v1.6.0 proposed"),
        ("v1.6.0", {"v1_5_0": GREEN, "v1_6_0": PENDING}, "v1.6.0 proposed"),
        ("v1.6.0", {"v1_5_0": GREEN, "v1_6_0": RED}, "v1.5.0 proposed"),
        # A red one stays until another is green: its check may be run again.
        ("v1.5.0", {"v1_5_0": RED, "v1_6_0": PENDING}, "v1.5.0 proposed"),
        ("v1.5.0", {"v1_5_0": RED, "v1_6_0": RED}, "v1.5.0 proposed"),
        # Its head holds no version that can be read: it is written anew.
        (None, {"v1_5_0": GREEN}, "v1.5.0 proposed"),
    ],
)
def test_an_open_promotion_changes_only_to_a_passing_version(carried: str | None, outcomes: Any, expected: str) -> None:
    assert chosen(built(opened(carried), **outcomes)) == expected


def test_a_failing_open_promotion_is_not_a_candidate_for_promote() -> None:
    choice = choose(CHECKED, built(opened("v1.5.0"), v1_5_0=RED), CHECKED.environments["dev"], NOW)

    assert (choice.promotable, choice.proposed) == (False, True)


def test_newer_failing_versions_do_not_displace_an_open_promotion() -> None:
    newer = {f"v1_{number}_0": RED for number in range(6, 12)}

    assert chosen(built(opened("v1.5.0"), v1_5_0=GREEN, **newer)) == "v1.5.0 proposed"


def test_a_silent_registry_does_not_close_an_open_promotion() -> None:
    rules = policy(environment())
    silent = state(
        opened("v1.5.0"), tags={WEB: Unanswered(WEB, "503")}, artifacts=artifacts(Unanswered(WEB, "503", tag="v1.5.0"))
    )
    choice = choose(rules, silent, rules.environments["dev"], NOW)

    assert shown(choice) == "v1.5.0 proposed"
    assert "waiting registry-silent" in [said(verdict) for verdict in choice.verdicts]


def test_an_open_promotion_of_a_rejected_version_ends() -> None:
    rules = policy(environment())
    kept = rejected(rejection("v1.5.0"))

    assert chosen(state(opened("v1.5.0"), records=kept), rules) == "v1.5.0 not proposed"
    three = ("v1.4.0", "v1.5.0", "v1.6.0")
    assert chosen(state(opened("v1.5.0"), records=kept, tags=three), rules) == "v1.6.0 proposed"


def test_an_open_promotion_outside_the_range_ends() -> None:
    rules = policy(environment(), applications=[application(versions={"semver": "<1.5.0"})])

    assert chosen(state(opened("v1.5.0")), rules) == "nothing not proposed"


def test_a_moved_tag_is_detected_by_the_promotions_digest() -> None:
    """Even without a recorded digest."""
    rules = policy(environment())
    carried = version("v1.5.0", digest=digest("first"))
    choice = choose(rules, state(opened(carried)), rules.environments["dev"], NOW)

    assert choice.question is not None
    assert choice.question.version == carried
    assert "blocked tag-moved" in [said(verdict) for verdict in choice.verdicts]
    assert not choice.proposed


@pytest.mark.parametrize(
    ("update", "reviews", "expected"),
    [
        ("until-approved", [review("bob")], "v1.5.0 proposed"),
        ("until-approved", [], "v1.6.0 proposed"),
        ("until-approved", [review("carol")], "v1.6.0 proposed"),
        ("always", [review("bob")], "v1.6.0 proposed"),
    ],
)
def test_an_approved_promotion_keeps_its_version(update: str, reviews: Any, expected: str) -> None:
    rules = policy(environment(gates={"approvals": {"count": 2}}, update=update))
    seen = state(opened("v1.5.0", reviews=reviews), tags=("v1.5.0", "v1.6.0"))

    assert chosen(seen, rules) == expected


def test_the_version_kept_back_is_named() -> None:
    rules = policy(environment(gates={"approvals": {"count": 2}}))

    def later(reviews: Any, *, carried: str = "v1.5.0") -> str | None:
        seen = state(opened(carried, reviews=reviews), tags=("v1.5.0", "v1.6.0"))
        choice = newest(rules, seen, rules.environments["dev"], NOW)
        assert choice.question is not None
        return choice.question.later.tag if choice.question.later else None

    assert later([review("bob")]) == "v1.6.0"
    assert later([]) is None
    assert later([review("bob")], carried="v1.6.0") is None


# --- what people asked for


def test_a_request_keeps_its_version() -> None:
    rules = policy(environment())
    choice = choose(
        rules, state(environment_state("dev"), records=requested(request("v1.3.0"))), rules.environments["dev"], NOW
    )

    assert shown(choice) == "v1.3.0 proposed"
    assert choice.question is not None
    assert (choice.question.purpose, choice.question.named) == (Purpose.PROMOTE, False)


def test_a_rollback_counts_as_requested_by_name() -> None:
    rules = policy(environment())
    back = requested(request("v1.3.0", RequestKind.ROLLBACK))
    choice = choose(rules, state(environment_state("dev"), records=back), rules.environments["dev"], NOW)

    assert choice.question is not None
    assert (choice.question.purpose, choice.question.named) == (Purpose.ROLLBACK, True)


def test_the_choice_without_requests_is_known() -> None:
    rules = policy(environment())
    back = requested(request("v1.3.0", RequestKind.ROLLBACK))
    choice = newest(rules, state(environment_state("dev"), records=back), rules.environments["dev"], NOW)

    assert shown(choice) == "v1.5.0 proposed"


@pytest.mark.parametrize(
    ("here", "lives"),
    [
        ({}, True),
        ({"tag": "v1.5.0"}, False),  # it is there
        ({"arrivals": (arrival("v1.4.1", ago(minutes=1)),)}, False),  # the environment changed since
        ({"arrivals": (arrival("v1.4.0", ago(minutes=3)),)}, True),
        ({"past": (past("v1.5.0", at=ago(minutes=1)),)}, False),  # its promotion was closed by a person
        ({"past": (past("v1.5.0", at=ago(minutes=3)),)}, True),
        ({"past": (past("v1.5.0", at=ago(minutes=1), merged=True),)}, True),
        ({"past": (past("v1.6.0", at=ago(minutes=1)),)}, True),  # another promotion was closed, to make room
    ],
)
def test_a_request_lives_until_the_environment_changes(here: dict[str, Any], lives: bool) -> None:  # noqa: FBT001
    seen = environment_state("dev", here.pop("tag", "v1.4.0"), **{"arrivals": (arrival("v1.4.0"),), **here})
    kept = requested(request("v1.5.0", at=ago(minutes=2)))

    assert (live_request(state(seen, records=kept), environment(), seen) is not None) is lives


# --- why there is nothing


@pytest.mark.parametrize(
    ("seen", "app", "expected"),
    [
        ({"tags": ("v1.4.0",)}, {}, "passed up-to-date"),
        ({"tags": {}}, {}, "waiting registry-silent"),
        ({"tags": {WEB: Unanswered(WEB, "503")}}, {}, "waiting registry-silent"),
        ({"tags": {WEB: Missing(WEB, None)}}, {}, "blocked image-unknown"),
        ({}, {"versions": {"commit": "long"}, "source": "acme/web"}, "blocked history-unreadable"),
        ({}, {"versions": {"commit": "long"}}, "blocked history-unreadable"),
        (
            {"source": source(readable=False)},
            {"versions": {"commit": "long"}, "source": "acme/web"},
            "blocked history-unreadable",
        ),
    ],
)
def test_an_empty_choice_is_explained(seen: Any, app: Any, expected: str) -> None:
    rules = policy(environment(), applications=[application(**app)])
    choice = choose(rules, state(environment_state("dev"), **seen), rules.environments["dev"], NOW)

    assert [said(verdict) for verdict in choice.verdicts] == [expected]


def test_an_environment_without_a_version_waits_for_its_first() -> None:
    rules = policy(environment(), environment("staging", "dev"))
    seen = state(environment_state("dev", None), environment_state("staging", None))
    choice = choose(rules, seen, rules.environments["staging"], NOW)

    assert [said(verdict) for verdict in choice.verdicts] == ["passed nothing-yet"]


def test_asks_a_silent_registry_again_when_it_wants_to_be_asked() -> None:
    later = NOW + timedelta(minutes=7)
    rules = policy(environment())

    for answer, at in (
        (Unanswered(WEB, "429", again_at=later), later),
        (Unanswered(WEB, "503"), NOW + timedelta(minutes=1)),
    ):
        silent = state(environment_state("dev"), tags={WEB: answer})
        assert choose(rules, silent, rules.environments["dev"], NOW).again_at == at


def test_a_present_version_outside_the_order_is_reported() -> None:
    rules = policy(environment())
    choice = choose(rules, state(environment_state("dev", "debug")), rules.environments["dev"], NOW)

    assert shown(choice) == "v1.5.0 not proposed"
    assert {said(each) for each in choice.verdicts if each.severity is Severity.BLOCKED} == {
        "blocked not-comparable",
        "blocked present-unplaced",
    }


def test_the_next_look_is_when_a_newer_version_may_pass() -> None:
    """v1.5.0 waits for people, and v1.6.0's soak ends in ten minutes: then it takes its place."""
    rules = policy(environment(), environment("staging", "dev", gates={"soak": "30m", "approvals": {"count": 1}}))
    dev = environment_state(
        "dev", "v1.6.0", arrivals=(arrival("v1.6.0", ago(minutes=20)), arrival("v1.5.0", ago(minutes=60)))
    )
    waits = environment_state("staging", promotion=promotion("v1.5.0", environment="staging"))
    choice = choose(rules, state(dev, waits, tags=("v1.5.0", "v1.6.0")), rules.environments["staging"], NOW)

    assert shown(choice) == "v1.5.0 proposed"
    assert choice.again_at == NOW + timedelta(minutes=10)


# --- what is known of a version


def test_all_images_must_have_a_tag() -> None:
    app = application(images=("ghcr.io/acme/web", "ghcr.io/acme/worker"))
    both = {WEB: Tags(WEB, ("v2", "v1", "v1")), "ghcr.io/acme/worker": Tags("ghcr.io/acme/worker", ("v1", "v3"))}

    assert common_tags(app, both) == {"v1"}
    assert common_tags(app, {}) == frozenset()


def test_digests_come_from_the_bytes_then_from_the_record_then_from_the_registry() -> None:
    recorded = EnvironmentRecords().with_digests("web", version("v1.5.0", digest=digest("record")))
    seen = state(records=requested(request()).model_copy(update={"environments": {"dev": recorded}}))

    assert complete(application(), state(), Version("v1.5.0")).digest(WEB) == artifact("v1.5.0").digest
    assert complete(application(), seen, Version("v1.5.0")).digest(WEB) == digest("record")
    assert complete(application(), seen, version("v1.5.0", digest=digest("bytes"))).digest(WEB) == digest("bytes")


@pytest.mark.parametrize(
    ("app", "tag", "seen", "expected"),
    [
        ({}, "v1.5.0", {}, None),
        ({}, "v1.5.0", {"artifacts": artifacts(artifact("v1.5.0", revision=oid("built")))}, oid("built")),
        ({"versions": {"commit": "short"}}, oid("a")[:7], {"source": source(history=(oid("b"), oid("a")))}, oid("a")),
        ({"versions": {"commit": "short"}}, oid("c")[:7], {"source": source(history=(oid("b"), oid("a")))}, None),
        ({"versions": {"commit": "short"}}, oid("a")[:7], {}, None),
    ],
)
def test_the_source_commit_is_what_the_image_says_or_what_the_tag_is(
    app: Any, tag: str, seen: Any, expected: str | None
) -> None:
    assert complete(application(**app), state(**seen), Version(tag)).source_commit == expected


def test_a_known_source_commit_is_kept() -> None:
    assert complete(application(), state(), version("v1.5.0", commit=oid("known"))).source_commit == oid("known")


# --- by build time


NEWEST = policy(environment(), applications=[application(versions={"newest": "created", "tags": "^main-"})])


def test_the_newest_build_is_chosen() -> None:
    """A version without a requested or usable build time is ignored; the present one is placed by its own."""
    built_at = {"main-9": ago(hours=3), "main-1": ago(hours=1), "main-5": ago(hours=2), "main-8": None}
    seen = state(
        environment_state("dev", "main-5"),
        tags=(*built_at, "main-7", "v1"),
        artifacts=artifacts(*(artifact(tag, created=at) for tag, at in built_at.items())),
    )

    assert [each.tag for each in possible(NEWEST, seen, NEWEST.environments["dev"], NOW)] == ["main-1"]


def test_too_many_builds_are_not_requested() -> None:
    seen = state(
        environment_state("dev", "main-5"), tags=tuple(f"main-{n}" for n in range(MOST_DATED + 1)), artifacts={}
    )
    choice = choose(NEWEST, seen, NEWEST.environments["dev"], NOW)

    assert choice.question is None
    assert plain_sentence(choice.verdicts[0]).startswith(f"{MOST_DATED + 1} tags would need their build time read")
    assert said(choice.verdicts[0]) == "blocked too-many-tags"


def judged(*seen: Artifact | Unanswered, present: str = "main-0") -> Choice:
    """Return the choice, given all tags and all answers of registries."""
    tags = tuple(each.tag or "" for each in seen)
    world = state(environment_state("dev", present), tags=(*tags, "v1"), artifacts=artifacts(*seen))
    return choose(NEWEST, world, NEWEST.environments["dev"], NOW)


@pytest.mark.parametrize(
    ("built_at", "why"),
    [
        (datetime(1980, 1, 1, tzinfo=UTC), "says that it was built on 1980-01-01, as reproducible builds do"),
        (None, "does not say when it was built"),
        (
            datetime(2020, 1, 1, tzinfo=UTC),
            "says that it was built at 2020-01-01 00:00:00 UTC, as every other one does",
        ),
    ],
)
def test_unusable_build_times_are_explained_with_a_way_out(built_at: datetime | None, why: str) -> None:
    """Every image is built at one time (argocd-image-updater#311): no order, and the bot says so."""
    choice = judged(artifact("main-1", created=built_at), artifact("main-2", created=built_at))

    (verdict,) = choice.verdicts
    assert choice.question is None
    assert said(verdict) == "blocked no-build-times"
    assert plain_sentence(verdict) == f"cannot tell which version is newest: main-1 {why}"
    assert [who.split(",")[0] for who in verdict.who] == [
        "the people who build the image",
        "anyone who can change the policy",
    ]


def test_a_registry_that_cannot_be_asked_for_times_is_waited_for() -> None:
    silent = Unanswered(WEB, "503", NOW + timedelta(minutes=5), "main-1")
    (verdict,) = judged(silent).verdicts

    assert said(verdict) == "waiting registry-silent"
    assert verdict.again_at == NOW + timedelta(minutes=5)


def test_an_unusable_build_time_does_not_hide_others() -> None:
    silent = Unanswered(WEB, "503", tag="main-2")
    assert [
        said(each) for each in judged(artifact("main-1", created=ago(hours=1)), silent, present="main-1").verdicts
    ] == ["passed up-to-date"]


def test_of_two_images_the_later_build_counts() -> None:
    app = application(images=(WEB, "ghcr.io/acme/worker"), versions={"newest": "created"})
    web = (
        artifact("a", created=ago(hours=5)),
        artifact("b", created=ago(hours=4)),
        artifact("c", created=ago(hours=1)),
    )
    worker = tuple(replace(each, image="ghcr.io/acme/worker") for each in web[:2])
    known = artifacts(*web, replace(worker[0], created=ago(hours=2)), worker[1])

    assert read_build_times(app.images, known.values()) == {"a": ago(hours=2), "b": ago(hours=4)}


def test_the_earliest_of_two_that_wait_says_when_to_look_again() -> None:
    late, soon = waiting("soak", "soaking", again_at=NOW + timedelta(hours=4)), waiting("limit", "full", again_at=NOW)
    assert _earliest([late, passed("checks", "none"), soon]) == NOW
    assert _earliest([soon, late]) == NOW
    assert _earliest([late]) == NOW + timedelta(hours=4)
    assert _earliest([passed("checks", "none")]) is None
