"""`/why`: what it says first, and about which environments."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.plan import Reply
from bot.core.policy import Policy
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.artifacts import Unanswered
from tests.builders import (
    NOW,
    WEB,
    actor,
    arrival,
    comment,
    environment,
    environment_state,
    hold,
    policy,
    promotion,
    records,
    rejected,
    rejection,
    state,
)
from tests.core.commands.application_pass import DONE, RULES, marks, plan, refused, replies


def lines(text: str) -> list[str]:
    """Return the visible lines, without the folded ones."""
    return [line for line in re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL).splitlines() if line]


def test_why_shows_the_state_of_every_environment() -> None:
    found = plan("/why")
    (text,) = replies(found.actions)

    assert marks(found.actions) == [("IC_7", DONE)]
    assert lines(text) == [
        "**`web` in `dev`** runs `v1.5.0`.",
        "✅ Up to date (`v1.5.0`).",
        "For another version: `/promote dev web@VERSION`.",
        "**`web` in `staging`** runs `v1.5.0`.",
        "✅ Up to date (`v1.5.0`).",
        "For another version: `/promote staging web@VERSION`.",
        "**`web` in `prod`** runs `v1.4.0`. `v1.5.0` is next, once somebody writes `/promote prod web`.",
        "✅ **Ready for a pull request.**",
        "**Who can act:** people with write permission, using `/promote prod web`.",
        "**When it changes:** as soon as they ask for it.",
    ]


GATES: Any = {"approvals": {"count": 1, "from": ["@acme/sre"]}, "freezes": [{"from": "2026-03-01", "to": "2026-03-05"}]}
APPROVAL = {"approvals": {"count": 1, "from": ["maintain"]}}


def rules(gates: Any, **fields: Any) -> Policy:
    return policy(
        environment("dev"), environment("staging", "dev"), environment("prod", "staging", gates=gates, **fields)
    )


OPEN = {"promotion": promotion("v1.5.0", environment="prod", number=8)}
UNREAD = "the bot cannot read the members of acme/sre"
REJECTED = "rejected by alice at 2026-03-03 11:00 UTC (it is broken)"
ALLOW = "people with maintain permission, using `/unreject web@v1.5.0`"
SKIP = "people with maintain permission, using `/override freezes prod web REASON`"


@pytest.mark.parametrize(
    ("asked", "prod", "kept_records", "expected"),
    [
        (
            rules(GATES),
            OPEN,
            Records(),
            [
                "`v1.5.0` is proposed in #8.",
                f"⛔ **Blocked** (approvals): waiting for 1 approval from acme/sre; {UNREAD}.",
                "**Who can act:** acme/sre.",
                "**When it changes:** as soon as they act.",
                "**Also:** ⏳ freezes.",
            ],
        ),
        (
            rules(GATES),
            {},
            Records(),
            [
                "`v1.5.0` is next.",
                "⏳ **Waiting** (freezes): frozen until 2026-03-06 00:00 UTC.",
                f"**Who can act:** nobody has to. To skip it: {SKIP}.",
                "**When it changes:** automatically; checked again at 2026-03-06 00:00 UTC.",
            ],
        ),
        (
            rules(APPROVAL),
            {},
            Records(),
            [
                "`v1.5.0` is next.",
                "✅ **Ready for a pull request.**",
                "**Then:** approvals: needs 1 approval from people with maintain permission once there is a pull request.",
            ],
        ),
        (
            rules({}),
            {},
            records(prod=EnvironmentRecords(holds=(hold(until=NOW + timedelta(hours=1)),))),
            [
                "`v1.5.0` is next.",
                "⛔ **Blocked** (hold): held by alice until 2026-03-03 13:00 UTC.",
                "**Who can act:** alice, or a maintainer, using `/unhold prod`.",
                "**When it changes:** as soon as they act; checked again at 2026-03-03 13:00 UTC.",
            ],
        ),
        (rules({}), OPEN, Records(), ["`v1.5.0` is proposed in #8.", "✅ **Every gate passes.** The bot merges it."]),
        (
            rules({}, merge="manual"),
            OPEN,
            Records(),
            ["`v1.5.0` is proposed in #8.", "✅ **Every gate passes.** A person merges it (`merge: manual`)."],
        ),
        (
            rules({}),
            {},
            rejected(rejection("v1.5.0"), environment="prod"),
            [
                "The newest version is `v1.5.0`; it is not proposed.",
                f"⛔ **Blocked** (rejected): `v1.5.0` is rejected here: {REJECTED}.",
                f"**Who can act:** people who may promote, using `/promote prod web@v1.5.0`, or {ALLOW}.",
                "**When it changes:** as soon as they act.",
            ],
        ),
    ],
)
def test_why_starts_with_at_most_five_lines(
    asked: Policy, prod: Any, kept_records: Records, expected: list[str]
) -> None:
    """The verdict, the reason, who can act, when it changes; the table is folded away."""
    (text,) = replies(plan("/why prod", rules=asked, prod=prod, records=kept_records).actions)
    first, *rest = lines(text.replace("\\", ""))

    assert [first.removeprefix("**`web` in `prod`** runs `v1.4.0`. "), *rest] == expected
    assert len(expected) <= 5
    assert text.endswith("\n\n</details>")


def test_gates_of_a_pull_request_are_not_blocked_before_there_is_one() -> None:
    (text,) = replies(plan("/why prod", rules=rules(APPROVAL)).actions)

    assert "Does not apply until there is a pull request: foreign, protection." in text
    assert (
        "| ⏳ waiting | approvals | needs 1 approval from people with maintain permission once there is a pull request |"
        in text
    )
    assert "blocked" not in text


def test_an_answer_says_if_nobody_can_act() -> None:
    nobody = rules({"approvals": {"count": 1, "from": []}})
    (text,) = replies(plan("/why prod", rules=nobody, prod=OPEN).actions)

    assert "**Who can act:** nobody." in text


@pytest.mark.parametrize(("count", "tables", "everything"), [(3, True, True), (120, False, True), (400, False, False)])
def test_a_shortened_answer_says_what_it_leaves_out(
    count: int,
    tables: bool,  # noqa: FBT001
    everything: bool,  # noqa: FBT001
) -> None:
    """GitHub takes 65,536 characters: https://github.com/orgs/community/discussions/27190."""
    names = [f"environment-{number}" for number in range(count)]
    many = policy(*(environment(name, gates=GATES) for name in names))
    seen = state(*(environment_state(name) for name in names), tags=("v1.4.0", "v1.5.0"))
    planned = decide(replace(seen, comments=(comment("/why", number=7),)), many, NOW)
    (reply,) = (action.body for action in planned.actions if isinstance(action, Reply))
    told = reply.count("** runs ")

    assert len(reply) < 65_000
    assert ("<details>" in reply) is tables
    assert (told == count) is everything
    assert ("To see one: `/why ENV web`." in reply) is not tables
    assert (f"and {count - told} of {count} environments" in reply) is not everything


@pytest.mark.parametrize(
    ("line", "on", "expected"),
    [
        ("/why prod", None, ["prod"]),
        ("/why", ("prod", "web"), ["prod"]),
        ("/why all", ("prod", "web"), ["dev", "staging", "prod"]),
    ],
)
def test_why_about_one_environment_shows_its_gates(line: str, on: Any, expected: list[str]) -> None:
    (text,) = replies(plan(comment(line, number=7, promotion=on)).actions)

    assert [name for name in RULES.environments if f"in `{name}`**" in text] == expected


def test_why_about_an_unreadable_environment_gives_the_only_reason() -> None:
    """A single reason is said once, without a table."""
    text = "".join(replies(plan("/why dev", tags={WEB: Unanswered(WEB, "503")}).actions))

    assert lines(text)[1].startswith("⏳ **Waiting** (image): no answer about")
    assert lines(text)[-1] == "For another version: `/promote dev web@VERSION`."
    assert "|" not in text


def test_why_without_a_readable_version_offers_no_command() -> None:
    """There is no version to move from, so that no other one is offered."""
    seen = replace(state(environment_state("dev", None), tags=()), comments=(comment("/why dev", number=7),))
    (text,) = replies(decide(seen, policy(environment("dev")), NOW).actions)

    assert lines(text)[0] == "**`web` in `dev`** runs no version that can be read."
    assert "For another version" not in text


def test_why_about_a_version_set_by_hand_names_the_person() -> None:
    """A login keeps its spelling at the beginning of a sentence."""
    by_hand = (arrival("v1.9.0", by=actor("sam"), promotion=False),)
    (text,) = replies(plan("/why prod", prod={"tag": "v1.9.0", "arrivals": by_hand}).actions)

    assert lines(text)[1].startswith("✅ sam set it to `v1.9.0`, which `staging` never had")


def test_why_about_an_application_shows_all_environments() -> None:
    assert refused(plan("/why web").actions) == (
        "`web` is an application. Name the environment before it: `dev`, `staging`, `prod`."
    )


def test_why_about_an_unknown_environment_says_so() -> None:
    assert refused(plan("/why prd").actions).startswith("The policy has no environment `prd`")
    assert refused(plan(comment("/why", number=7, promotion=("gone", "web"))).actions).startswith(
        "The policy has no environment `gone`"
    )


def test_an_environment_that_is_not_used_is_told() -> None:
    here = environment_state("dev"), environment_state("staging", None), environment_state("prod")
    said = (
        "`web` does not use `staging`: nothing in `envs/staging/web` refers to `ghcr.io/acme/web`. Versions pass through it. "
        "To use it, add its manifests there."
    )

    def answer(line: str) -> str:
        (reply,) = (
            each
            for each in decide(state(*here, comments=(comment(line),)), policy(), NOW).actions
            if isinstance(each, Reply)
        )
        return reply.body.split("\n\n", 1)[1].partition("\n\n<!--")[0]

    assert answer("/why staging") == said
    assert answer("/why").endswith(f"\n\n{said}")
    assert said not in answer("/why dev")
    assert answer("/promote staging") == said
