"""The rows are those of `bot/core/gates/min_age.py`, and what is recorded so that versions grow old."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates import min_age
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import OpenPromotion, WriteState
from bot.core.policy import Environment, Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import RequestKind, Sighting
from bot.core.records.environment import GROWN_REMEMBERED, YOUNG_REMEMBERED, EnvironmentRecords
from bot.core.selection.candidates import choose
from bot.core.state import State
from bot.core.values.artifacts import Tags, Unanswered
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    WEB,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    digest,
    environment,
    environment_state,
    policy,
    question,
    records,
    request,
    said,
    state,
)

API = "ghcr.io/acme/api"


def sighting(tag: str, at: datetime, *images: str, content: str = "") -> Sighting:
    return Sighting(tag=tag, digests={image: digest(content or f"{image}:{tag}") for image in images or (WEB,)}, at=at)


def seen(*sightings: Sighting, environment: str = "dev") -> Records:
    return records(**{environment: EnvironmentRecords(seen={"web": sightings})})


def dev(age: str | None = "3d", **fields: Any) -> Environment:
    return environment("dev", gates={"min-age": age} if age else {}, **fields)


def version(tag: str, *images: str) -> Version:
    return Version(tag, tuple((image, digest(f"{image}:{tag}")) for image in images or (WEB,)))


@pytest.mark.parametrize(
    ("age", "known", "expected"),
    [
        (None, [], "passed no-age-wanted"),
        ("3d", [sighting("v1.5.0", ago(days=3))], "passed old-enough"),
        ("3d", [sighting("v1.5.0", ago(days=2.9))], "waiting too-young"),
        ("3d", [], "waiting not-seen-yet"),
        ("3d", [sighting("v1.4.0", ago(days=9))], "waiting not-seen-yet"),
        # The same tag with another image behind it is another version.
        ("3d", [sighting("v1.5.0", ago(days=9), content="before it was pushed again")], "waiting not-seen-yet"),
        ("3d", [sighting("v1.5.0", ago(days=1)), sighting("v1.5.0", ago(days=9), content="else")], "waiting too-young"),
    ],
)
def test_the_rows(age: str | None, known: list[Sighting], expected: str) -> None:
    here = state(environment_state(), records=seen(*known))
    assert said(min_age.judge(question(version("v1.5.0"), policy=policy(dev(age)), state=here))) == expected


def test_the_earliest_record_of_any_environment_counts() -> None:
    there = records(
        dev=EnvironmentRecords(seen={"web": (sighting("v1.5.0", ago(days=1)),)}),
        staging=EnvironmentRecords(seen={"web": (sighting("v1.5.0", ago(days=4)),)}),
    )
    verdict = min_age.judge(
        question(version("v1.5.0"), policy=policy(dev()), state=state(environment_state(), records=there))
    )

    assert plain_sentence(verdict) == "first seen 2026-02-27 12:00 UTC, at least 3d ago"


def test_all_images_have_to_be_on_record() -> None:
    rules = policy(dev(), applications=[application(images=(WEB, API))])
    there = state(environment_state(), records=seen(sighting("v1.5.0", ago(days=9), WEB)))

    assert min_age.judge(question(version("v1.5.0", WEB), policy=rules, state=there)).code == "not-seen-yet"
    assert min_age.judge(question(version("v1.5.0", WEB, API), policy=rules, state=there)).code == "not-seen-yet"


def test_it_says_until_when_and_who_can_skip_it() -> None:
    here = state(environment_state(), records=seen(sighting("v1.5.0", ago(days=1))))
    verdict = min_age.judge(question(version("v1.5.0"), policy=policy(dev()), state=here))

    assert verdict.again_at == NOW + timedelta(days=2)
    assert plain_sentence(verdict) == (
        "too young until 2026-03-05 12:00 UTC (3d since the bot first saw it, 2026-03-02 12:00 UTC)"
    )
    assert any("/override min-age dev web REASON" in who for who in verdict.who)


# --- what is recorded


def written(rules: Policy, there: State, *, at: datetime = NOW) -> tuple[Records, list[str]]:
    """The records after the plan, and what else it does."""
    plan = decide(there, rules, at)
    writes = [action for action in plan.actions if isinstance(action, WriteState)]
    files = {name: text for write in writes for name, text in write.files.items() if text}
    others = [type(action).__name__ for action in plan.actions if isinstance(action, OpenPromotion)]
    return read_records(files) if files else there.records, others


def test_every_version_that_could_come_is_recorded_before_anything_is_opened_with_it() -> None:
    rules, there = policy(dev(promote="manual")), state(environment_state(), tags=("v1.4.0", "v1.5.0", "v1.6.0"))

    kept, others = written(rules, there)

    assert {(each.tag, each.at) for each in kept.of("dev").seen["web"]} == {("v1.5.0", NOW), ("v1.6.0", NOW)}
    assert others == []
    assert written(rules, state(environment_state(), tags=("v1.5.0",), records=kept), at=ago(days=-1))[0] == kept


def test_it_is_recorded_beside_the_digests_in_one_write() -> None:
    kept, others = written(policy(dev()), state(environment_state(), tags=("v1.4.0", "v1.5.0")))

    assert [each.tag for each in kept.of("dev").seen["web"]] == ["v1.5.0"]
    assert list(kept.of("dev").digests["web"]) == ["v1.5.0"]
    assert others == ["OpenPromotion"]


def test_a_version_that_a_person_asks_for_is_recorded_too() -> None:
    asked = request("v1.3.0", RequestKind.PROMOTE, named=True)
    there = records(dev=EnvironmentRecords(requests={"web": asked}))
    tags = ("v1.3.0", "v1.4.0")
    kept, _ = written(policy(dev()), state(environment_state(), tags=tags, records=there))

    assert [each.tag for each in kept.of("dev").seen["web"]] == ["v1.3.0"]


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        (policy(dev(None)), {}),
        (policy(dev(mode="observe")), {}),
        (policy(dev()), {"artifacts": artifacts(Unanswered(WEB, "silent", None, "v1.5.0"))}),
        (policy(dev()), {"records": Records(problem="broken", unreadable=frozenset({"dev"}))}),
    ],
)
def test_nothing_is_recorded_that_nobody_asks_for_or_the_registry_does_not_show(
    rules: Policy, fields: dict[str, Any]
) -> None:
    there = state(environment_state(), tags=("v1.4.0", "v1.5.0"), **fields)

    writes = (action for action in decide(there, rules, NOW).actions if isinstance(action, WriteState))
    assert not any("seen:" in (text or "") for write in writes for text in write.files.values())


def test_a_followed_tag_is_recorded_with_what_it_pointed_at_before() -> None:
    rules = policy(dev(), applications=[application(versions={"digest": "main"})])
    old = Version("main", ((WEB, digest("old")),), followed=True)
    came = replace(arrival("main", at=ago(days=7)), version=old)
    here = replace(environment_state("dev", "main"), version=old, arrivals=(came,))
    there = state(here, tags=("main",), artifacts=artifacts(artifact("main", digest=digest("new"))))

    kept, _ = written(rules, there)

    assert [(each.digests[WEB], each.at) for each in kept.of("dev").seen["web"]] == [
        (digest("old"), ago(days=7)),
        (digest("new"), NOW),
    ]


# --- frequent releases

MANY = [f"v1.{minor}.0" for minor in range(5, 30)]


def often(rules: Policy, **fields: Any) -> State:
    """v1.5.0 appeared 25 hours ago, and another version every hour since."""
    born = {tag: ago(hours=25 - number) for number, tag in enumerate(MANY)}
    return state(
        *(environment_state(name) for name in rules.environments),
        tags={WEB: Tags(WEB, ("v1.4.0", *MANY))},
        artifacts=artifacts("v1.4.0", *MANY),
        records=seen(*(sighting(tag, at) for tag, at in born.items())),
        **fields,
    )


def test_where_the_newest_are_all_young_the_newest_that_is_old_enough_comes() -> None:
    rules = policy(dev("10h"))
    choice = choose(rules, often(rules), rules.environments["dev"], NOW)

    assert choice.question is not None
    assert choice.question.version.tag == MANY[15]  # ten hours old to the minute
    assert choice.proposed


def test_without_the_gate_the_newest_comes() -> None:
    rules = policy(dev(None))
    choice = choose(rules, often(rules), rules.environments["dev"], NOW)

    assert choice.question is not None
    assert choice.question.version.tag == MANY[-1]


def test_records_of_young_versions_are_kept_and_of_old_ones_a_few() -> None:
    young = [sighting(f"v2.{n}.0", ago(hours=n)) for n in range(72)]
    old = [sighting(f"v1.{n}.0", ago(days=4, hours=n)) for n in range(72)]
    kept = EnvironmentRecords().with_sightings("web", *young, *old, most=YOUNG_REMEMBERED, young_since=ago(days=3))

    ages = [each.at for each in kept.seen["web"]]
    assert len([at for at in ages if at > ago(days=3)]) == 72
    assert len([at for at in ages if at <= ago(days=3)]) == GROWN_REMEMBERED
    assert ages == sorted(ages)
    flood = [sighting(f"v3.{n}.0", ago(minutes=n)) for n in range(1000)]
    assert len(kept.with_sightings("web", *flood, most=YOUNG_REMEMBERED, young_since=ago(days=3)).seen["web"]) == 200
