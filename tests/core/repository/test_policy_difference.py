"""The consequences of a proposed policy: reported if known, else called unknown."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from bot.core.observation.repository import Protection
from bot.core.plan import ClosePromotion
from bot.core.policy import Environment, Policy
from bot.core.records.branch import Records
from bot.core.records.environment import ALL, EnvironmentRecords
from bot.core.repository.proposals.difference import MOST_TRIED, Difference, difference
from bot.core.state import EnvironmentState, State
from tests.builders import (
    NOW,
    WEB,
    application,
    artifact,
    artifacts,
    environment,
    environment_state,
    hold,
    policy,
    promotion,
    records,
    repository,
    state,
)
from tests.core.test_invariants import World, a_few
from tests.core.worlds import worlds

NOTHING = "no promotion or hold would change"
UNKNOWN = "; not everything is known yet"
DEV, PROD = environment(), environment("prod", "dev", gates={"soak": "1h"})


def of(*environments: Environment, **fields: Any) -> Policy:
    return policy(*(environments or (DEV, PROD)), **fields)


def world(*places: EnvironmentState, **fields: Any) -> State:
    seen = places or (environment_state("dev", "v1.5.0"), environment_state("prod", "v1.5.0"))
    return state(*seen, **{"artifacts": artifacts(artifact("v1.4.0"), artifact("v1.5.0")), **fields})


def compare(
    proposed: Policy,
    present: Policy | None = None,
    *,
    seen: State | None = None,
    kept: Records | None = None,
    states: Mapping[str, State] | None = None,
    abandoned: tuple[ClosePromotion, ...] = (),
) -> Difference:
    known = {"web": seen or world()} if states is None else states
    return difference(present or of(), proposed, states=known, records=kept or Records(), abandoned=abandoned, now=NOW)


def lines(found: Difference) -> list[str]:
    return [line.removeprefix("- ") for line in found.page.splitlines() if line.startswith("- ")]


def prod(**fields: Any) -> Environment:
    return environment("prod", "dev", **fields)


def at_v1_4(**fields: Any) -> State:
    """dev has v1.5.0 since yesterday; prod has v1.4.0, and perhaps a promotion."""
    opened = promotion("v1.5.0", environment="prod", number=7, **fields) if fields else None
    return world(environment_state("dev", "v1.5.0"), environment_state("prod", "v1.4.0", promotion=opened))


def test_the_same_policy_changes_nothing() -> None:
    found = compare(of())

    assert found == Difference(NOTHING, "This changes nothing that the bot does.")


@pytest.mark.parametrize(
    ("proposed", "line"),
    [
        (prod(), "`prod`: `soak` is removed"),
        (prod(gates={"soak": "2h"}), "`prod`: `soak` changes"),
        (prod(gates={"soak": "1h", "windows": [{}]}), "`prod`: `windows` is added"),
        (
            prod(gates={"soak": "1h"}, merge="manual", merge_method="squash"),
            "`prod`: `merge` changes, `merge-method` changes",
        ),
        (environment("prod", "registry", gates={"soak": "1h"}), "`prod`: `from` changes"),
    ],
)
def test_changed_keys_are_listed(proposed: Environment, line: str) -> None:
    assert line in lines(compare(of(DEV, proposed)))


def test_removed_environments_and_applications_are_listed() -> None:
    both = of(applications=[application(), application("api", images=["ghcr.io/acme/api"])])

    assert "`prod` is removed" in lines(compare(of(DEV)))
    assert "`api` is removed" in lines(compare(of(), both))


@pytest.mark.parametrize(
    ("proposed", "line"),
    [
        (of(DEV, PROD, environment("qa", "dev")), "`qa` is new: looked at once this is merged"),
        (
            of(DEV, environment("live", "dev", was="prod")),
            "`live` is the new name of `prod`: looked at once this is merged",
        ),
        (of(DEV, prod(path="other")), "`prod` has a different path: looked at once this is merged"),
        (
            of(DEV, environment("qa", "dev"), environment("prod", "qa", gates={"soak": "1h"})),
            "`prod` follows an environment that is new: looked at once this is merged",
        ),
        (
            of(applications=[application(), application("api", images=["ghcr.io/acme/api"])]),
            "`api` is new: looked at once this is merged",
        ),
        (
            of(applications=[application("site", was="web")]),
            "`site` is the new name of `web`: looked at once this is merged",
        ),
        (
            of(applications=[application(versions={"semver": "<1"})]),
            "`web` takes its versions from another source, or by other rules: looked at once this is merged",
        ),
        (
            of(DEV, prod(gates={"approvals": {"count": 1, "from": ["@acme/new"]}})),
            "`web` in `prod`: who is in `acme/new`: looked at once this is merged",
        ),
        (
            of(DEV, prod(gates={"checks": ["build"]})),
            "`web` in `prod`: the checks of its source commits: looked at once this is merged",
        ),
    ],
)
def test_unobserved_parts_are_unknown(proposed: Policy, line: str) -> None:
    found = compare(proposed)

    assert line in lines(found)
    assert found.headline == f"{NOTHING}{UNKNOWN}"


def test_promotions_to_open_are_listed() -> None:
    opens = compare(of(DEV, prod(gates={"soak": "1h"})), of(DEV, prod(promote="manual")), seen=at_v1_4())

    assert opens.headline == "would open 1"
    assert "`web` in `prod`: opens a promotion to `v1.5.0`" in lines(opens)


def test_promotions_to_merge_or_to_stop_are_listed() -> None:
    waits, lets = of(DEV, prod(gates={"approvals": {"count": 1}})), of(DEV, prod())
    merges = compare(lets, waits, seen=at_v1_4(is_queued=False))
    stops = compare(waits, lets, seen=at_v1_4(is_queued=False))

    assert merges.headline == "would merge 1"
    assert "`web` in `prod`: merges `#7`, which promotes `v1.5.0`" in lines(merges)
    assert stops.headline == NOTHING
    assert "`web` in `prod`: no longer merges `#7`, which promotes `v1.5.0`" in lines(stops)


def test_changed_verdicts_are_listed() -> None:
    once, twice = (of(DEV, prod(gates={"approvals": {"count": count}})) for count in (1, 2))
    found = compare(twice, once, seen=at_v1_4(is_queued=False))

    assert lines(found)[-1].startswith(
        "`web` in `prod`: `#7` would then say: ⛔ **Approvals:** waiting for 2 approvals"
    )


def test_promotions_to_enqueue_close_and_rebuild_are_listed() -> None:
    queue = repository(protection=Protection(merge_queue=True))
    waits, lets = of(DEV, prod(gates={"approvals": {"count": 1}})), of(DEV, prod())
    opened = promotion("v1.5.0", environment="prod", number=7)
    places = environment_state("dev", "v1.5.0"), environment_state("prod", "v1.4.0", promotion=opened)
    queued = compare(lets, waits, seen=world(*places, repository=queue))
    older = promotion("v1.4.0", environment="prod", number=7)
    behind = environment_state("prod", "v1.3.0", promotion=older)
    observing = of(DEV, prod(mode="observe"))
    anew = compare(lets, observing, seen=world(environment_state("dev", "v1.5.0"), behind))
    there = environment_state("prod", "v1.5.0", promotion=opened)
    closes = compare(lets, observing, seen=world(environment_state("dev", "v1.5.0"), there))

    assert queued.headline == "would merge 1"
    assert anew.headline == "would change 1"
    assert "`web` in `prod`: rebuilds `#7` with `v1.5.0`" in lines(anew)
    assert closes.headline == "would close 1"
    assert "`web` in `prod`: closes `#7`" in lines(closes)


def test_abandoned_promotions_are_listed() -> None:
    left = ClosePromotion("PR", 9, "gitops/prod/web", "1a", "label", "why")
    found = compare(of(DEV), abandoned=(left,))

    assert found.headline == "would close 1"
    assert "`#9` is closed: nothing is promoted there any longer" in lines(found)


def test_dropped_holds_are_listed() -> None:
    kept = records(
        dev=EnvironmentRecords(holds=(hold(), hold(application="api"), hold(application="web"))),
        prod=EnvironmentRecords(holds=(hold(), hold(until=NOW - timedelta(minutes=1)))),
        **{ALL: EnvironmentRecords(holds=(hold(),))},
    )
    both = of(applications=[application(), application("api", images=["ghcr.io/acme/api"])])

    found = compare(of(DEV), both, kept=kept)

    assert found.headline == "would drop 2 holds"
    assert {line for line in lines(found) if "hold" in line} == {
        "the hold on `api` in `dev` by `alice` would no longer apply",
        "the hold on `prod` by `alice` would no longer apply",
    }
    assert compare(of(DEV), kept=records(prod=EnvironmentRecords(holds=(hold(),)))).headline == "would drop 1 hold"
    renamed = of(
        DEV,
        environment("live", "dev", was="prod"),
        applications=[application(), application("svc", images=["x"], was="api")],
    )
    assert compare(renamed, both, kept=kept).headline == f"{NOTHING}{UNKNOWN}"


def test_applications_without_a_pass_since_the_start_are_unknown() -> None:
    changed = of(DEV, prod())
    other = world(environment_state("dev", "v1.5.0"))

    for states in ({}, {"web": other}):
        found = compare(changed, states=states)
        assert "`web`: not looked at since the bot started" in lines(found)
        assert found.headline == f"{NOTHING}{UNKNOWN}"


def test_an_environment_without_manifests_of_the_application_is_left_out() -> None:
    seen = world(environment_state("dev", "v1.4.0"), environment_state("prod", None, places=()))

    assert lines(compare(of(DEV, prod(merge="manual")), of(DEV, prod()), seen=seen)) == ["`prod`: `merge` changes"]


def test_an_environment_that_the_application_would_name_is_unknown() -> None:
    seen = world(environment_state("dev", "v1.5.0"), environment_state("prod", None, places=()))
    naming = of(DEV, prod(), applications=[application(environments={"prod": True})])

    assert "`web` in `prod`: it is used from then on: looked at once this is merged" in lines(
        compare(naming, of(DEV, prod()), seen=seen)
    )


def test_only_a_limited_number_of_applications_is_tried() -> None:
    many = [application(f"web-{number}", images=[f"{WEB}-{number}"]) for number in range(MOST_TRIED + 7)]
    proposed, present = of(DEV, prod(), applications=many), of(applications=many)
    states = {each.name: replace(world(), application=each.name) for each in many}

    unseen, seen = compare(proposed, present, states={}), compare(proposed, present, states=states)

    names = ", ".join(f"`web-{number}`" for number in range(MOST_TRIED, MOST_TRIED + 5))
    assert f"{names} and 2 more: not tried, because there are more than 50" in lines(seen)
    assert f"and {MOST_TRIED + 2} more: not looked at since the bot started" in unseen.page


@a_few
@given(worlds(), worlds())
def test_any_difference_is_reported_without_mentions(world_of: World, other: World) -> None:
    present, seen = world_of
    proposed, _ = other
    found = difference(present, proposed, states={"web": seen}, records=seen.records, abandoned=(), now=NOW)

    assert found.headline
    assert "@evil" not in re.sub("`[^`]*`", "", found.page)  # in a code span it mentions nobody


def test_many_new_applications_are_told_in_one_line() -> None:
    many = [application(f"app{number}") for number in range(12)]
    found = difference(
        policy(), policy(applications=[application(), *many]), states={}, records=Records(), abandoned=(), now=NOW
    )

    assert "`app0`, `app1`, `app2`, `app3`, `app4` and 7 more: 12 applications are new: looked at once" in found.page


def test_another_place_for_one_application_is_not_guessed() -> None:
    there = policy().changed(differences={"web": {"prod": environment("prod", "staging", path="live/web")}})
    found = difference(policy(), there, states={"web": state()}, records=Records(), abandoned=(), now=NOW)

    assert "`web` is written at different places in some environments: looked at once this is merged" in found.page


@pytest.mark.parametrize(
    "proposed",
    [
        of(DEV, prod(gates={"soak": "1h"}), applications=[application(versions={"semver": "<2"})]),
        of().changed(differences={"web": {"prod": prod(path="live/web")}}),
    ],
)
def test_what_other_versions_or_another_place_would_bring_is_not_guessed(proposed: Policy) -> None:
    """Seen were the versions and files of the present policy: what it would open with others is unknown."""
    found = compare(proposed, of(DEV, prod(promote="manual")), seen=at_v1_4())

    assert found.headline == f"{NOTHING}{UNKNOWN}"
