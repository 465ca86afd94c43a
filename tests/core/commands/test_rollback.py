"""`/rollback`: its target, what it rejects, and what the reply says."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Rejection
from bot.core.records.environment import EnvironmentRecords
from tests.builders import (
    NOW,
    WEB,
    ago,
    arrival,
    artifacts,
    comment,
    digest,
    environment,
    environment_state,
    policy,
    promotion,
    rejected,
    rejection,
    state,
)
from tests.core.commands.application_pass import (
    HAD,
    ROLLBACK,
    RULES,
    kept,
    plan,
    recorded,
    refused,
    replies,
    world,
)


def test_a_rollback_requests_the_previous_version_and_rejects_the_present_one() -> None:
    found = kept(plan("/rollback prod").actions).of("prod")

    assert (found.requests["web"].tag, found.requests["web"].kind) == ("v1.3.0", ROLLBACK)
    assert found.rejected["web"] == (
        Rejection(tag="v1.4.0", by="alice", reason="rolled back in prod", at=ago(minutes=1), comment=7),
    )


def test_a_rollback_rejects_the_version_where_it_has_not_been() -> None:
    """dev and staging run ahead of what prod leaves; eu has not had it."""
    rules = policy(*RULES.environments.values(), environment("eu", "prod"), applications=RULES.applications.values())
    seen = world("/rollback prod")
    environments = {
        **seen.environments,
        "eu": environment_state("eu", "v1.3.0"),
        "staging": environment_state(
            "staging", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1)), arrival("v1.4.0", ago(hours=2)))
        ),
    }
    found = kept(decide(replace(seen, environments=environments), rules, NOW).actions)

    assert {name for name, each in found.environments.items() if each.rejected} == {"dev", "prod", "eu"}
    assert set(found.of("eu").requests) == set()


def test_a_rollback_requests_the_former_digest() -> None:
    there = environment_state("prod", "v1.3.0", digest=digest("then")).version
    had = (HAD[0], arrival(version=there, at=ago(hours=2)))
    asked = kept(plan("/rollback prod", prod={"arrivals": had}).actions).of("prod").requests["web"]

    assert asked.digests == {WEB: digest("then")}


@pytest.mark.parametrize(
    ("line", "had", "kept_records", "expected"),
    [
        ("/rollback prod", HAD, Records(), "v1.3.0"),
        ("/rollback prod web@v1.2.0", HAD, Records(), "v1.2.0"),
        ("/rollback prod", HAD, rejected(rejection("v1.3.0", at=ago(minutes=30)), environment="prod"), "v1.2.0"),
        ("/rollback prod web@v1.3.0", HAD, rejected(rejection("v1.3.0"), environment="prod"), "v1.3.0"),
        # It went back once already: v1.5.0 was not left for a newer one, and v1.4.0 is what it has.
        (
            "/rollback prod",
            (HAD[0], arrival("v1.5.0", ago(hours=2)), arrival("v1.4.0", ago(hours=3)), arrival("v1.3.0", ago(hours=4))),
            Records(),
            "v1.3.0",
        ),
        # What came after by hand and cannot be placed is not newer.
        ("/rollback prod", (HAD[0], arrival("debug", ago(hours=2)), HAD[2]), Records(), None),
        ("/rollback prod", HAD[:1], Records(), None),
        ("/rollback prod web@v1.1.0", HAD, Records(), None),
        ("/rollback prod web@v1.4.0", HAD, Records(), None),
    ],
)
def test_a_rollback_chooses_its_target(line: str, had: Any, kept_records: Records, expected: str | None) -> None:
    found = plan(line, prod={"arrivals": had}, records=kept_records)

    if expected is None:
        assert "runs `v1.4.0`" in refused(found.actions)
    else:
        assert kept(found.actions).of("prod").requests["web"].tag == expected


def test_a_rollback_needs_a_present_version() -> None:
    assert refused(plan("/rollback prod", prod={"version": None}).actions).startswith(
        "Nothing to roll back: I can't tell which version `prod` runs."
    )


def test_a_rollback_without_a_target_lists_earlier_versions() -> None:
    debug = (HAD[0], arrival("debug", ago(hours=2)), HAD[2])

    assert refused(plan("/rollback prod", prod={"arrivals": debug}).actions).endswith(
        "Before it ran `debug`, `v1.2.0`, but I don't go back to any of these on my own: each was rejected, or was left for an "
        "older one. To go back anyway, name it: `/rollback prod web@debug`."
    )
    assert refused(plan("/rollback prod", prod={"arrivals": HAD[:1]}).actions) == (
        "Nothing to roll back to: `prod` runs `v1.4.0`, and I know of no earlier version there."
    )
    assert refused(plan("/rollback prod web@v1.1.0").actions) == (
        "`prod` runs `v1.4.0`, and never ran `v1.1.0`. Before it ran `v1.3.0`, `v1.2.0`."
    )
    assert refused(plan("/rollback prod web@v1.4.0").actions) == "`prod` already runs `v1.4.0`."


def test_a_rollback_has_permissions_of_its_own() -> None:
    rules = policy(environment("prod", permissions={"rollback": ["@dave"]}))
    seen = replace(
        state(environment_state("prod", arrivals=HAD)), comments=(comment("/rollback prod", "dave", number=7),)
    )

    assert kept(decide(seen, rules, NOW).actions).of("prod").requests["web"].by == "dave"


def test_a_rollback_names_the_rejected_version() -> None:
    found = plan(
        "/rollback prod",
        records=recorded(ROLLBACK, "v1.3.0"),
        prod={"promotion": promotion("v1.3.0", environment="prod", number=8)},
        artifacts=artifacts("v1.3.0"),
    )

    assert replies(found.actions)[0].startswith(
        "Rolling back `prod` to `v1.3.0` in #8. `v1.4.0` is rejected in `prod`, so it is not proposed there again.\n\n"
    )


def test_a_rollback_names_other_environments_with_the_version() -> None:
    along = EnvironmentRecords(rejected={"web": (rejection("v1.4.0", comment=7, at=ago(minutes=1)),)})
    seen = world(
        "/rollback prod",
        records=Records(environments={**recorded(ROLLBACK, "v1.3.0").environments, "dev": along}),
        prod={"promotion": promotion("v1.3.0", environment="prod", number=8)},
        artifacts=artifacts("v1.3.0"),
    )
    seen = replace(seen, environments={**seen.environments, "staging": environment_state("staging", "v1.4.0")})

    assert replies(decide(seen, RULES, NOW).actions)[0].startswith(
        "Rolling back `prod` to `v1.3.0` in #8. `v1.4.0` is rejected in `prod`, `dev`, so it is not proposed there again. "
        "`staging` runs it too and keeps it; to roll back there: `/rollback staging web`.\n\n"
    )


def test_a_rollback_works_beside_unreadable_records() -> None:
    found = kept(plan("/rollback prod", records=read_records({"dev.yaml": "["})).actions)

    assert set(found.environments) == {"staging", "prod"}
