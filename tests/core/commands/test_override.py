"""`/override`: who may, for which step, how long, what is recorded, and what gates and log say."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.core import gates
from bot.core.decide import decide
from bot.core.gates import OVERRIDABLE
from bot.core.gates.question import Purpose
from bot.core.observation.actors import Actor
from bot.core.pages.commit_messages import merge_commit
from bot.core.plan import Action, MergePromotion, React, Reaction, Reply, Verdict, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Held, Override
from bot.core.records.environment import EnvironmentRecords
from tests.builders import (
    NOW,
    WEB,
    actor,
    ago,
    arrival,
    artifact,
    comment,
    digest,
    environment,
    environment_state,
    override,
    past,
    policy,
    promotion,
    question,
    records,
    refusal,
    request,
    said,
    state,
    version,
)
from tests.core.commands import application_pass

RULES = policy(environment(), environment("staging", "dev", gates={"soak": "30m", "approvals": {"count": 1}}))
ON_STAGING = ("staging", "web")


def overridden(*given: Override, place: str = "staging") -> Records:
    return records(**{place: EnvironmentRecords(overrides={"web": given})})


def plan(line: str, by: str | Actor = "alice", *, rules: Policy = RULES, **fields: Any) -> tuple[Action, ...]:
    """Return the plan after this comment: v1.5.0 reached dev a minute ago, and its promotion to staging is open as #7."""
    came = (arrival("v1.5.0", ago(minutes=2)), arrival("v1.4.0", ago(days=1)))
    dev = environment_state("dev", "v1.5.0", arrivals=came)
    staging = fields.pop("staging", None) or environment_state("staging", promotion=promotion(environment="staging"))
    kept = fields.pop("kept", Records())
    written = comment(line, by, number=8, **{"promotion": ON_STAGING, "subject_number": 7, **fields})
    return decide(state(dev, staging, records=kept, comments=(written,)), rules, NOW).actions


def written(actions: Sequence[Action]) -> Records:
    (write,) = (action for action in actions if isinstance(action, WriteState))
    assert [each.reaction for each in actions if isinstance(each, React)] == [Reaction.SEEN]
    return read_records({name: text for name, text in write.files.items() if text})


def answered(actions: Sequence[Action], mark: Reaction = Reaction.DONE) -> str:
    (reply,) = (action for action in actions if isinstance(action, Reply))
    assert reply.mark is mark
    return application_pass.said(reply).replace("\\", "")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("/override soak,approvals it burns", {}),
        ("/override soak,approvals staging web it burns", {}),
        ("/override soak,approvals staging it burns", {"promotion": None, "subject_number": 3}),
    ],
)
def test_an_override_records_gates_and_step(line: str, fields: dict[str, Any]) -> None:
    kept = written(plan(line, **fields)).of("staging").overrides["web"]

    assert kept == (
        override(
            "soak",
            "approvals",
            after=Held(tag="v1.5.0", digests={WEB: artifact("v1.5.0").digest}),
            at=ago(minutes=1),
            comment=8,
        ),
    )


def test_an_unreadable_present_version_is_recorded_as_none() -> None:
    staging = environment_state("staging", None, refusals=(refusal(),), promotion=promotion(environment="staging"))
    (kept,) = written(plan("/override soak it burns", staging=staging)).of("staging").overrides["web"]

    assert kept.before is None
    said = answered(plan("/override soak it burns", staging=staging, kept=overridden(kept)))
    assert said.startswith("Overridden for `web` `v1.5.0` in `staging`: `soak`.")


def test_the_reply_names_the_gates_the_end_and_what_remains() -> None:
    given = override("soak", "health", at=ago(minutes=1), comment=8)
    said = answered(plan("/override soak,health it burns", kept=overridden(given)))

    assert said == (
        "Overridden for `web` `v1.4.0` → `v1.5.0` in `staging`: `soak`, `health`. The override ends with this "
        "promotion, at the latest at 2026-03-04 11:59 UTC.\n\n"
        "⛔ **Approvals:** waiting for 1 approval from people with write permission. Can be cleared by "
        "people with write permission."
    )


@pytest.mark.parametrize(
    ("line", "fields", "expected"),
    [
        (
            "/override image it burns",
            {},
            "`image` can't be overridden. These gates can: `from`, `checks`, `health`, `soak`, `min-age`, `windows`",
        ),
        ("/override soak,foo,hold it burns", {}, "`foo` and `hold` can't be overridden."),
        ("/override soak it burns", {"promotion": None}, "Say where: `/override GATE[,GATE] [ENV [APP]] reason`, with one of"),
        ("/override soak it burns", {"promotion": ("qa", "web")}, "The policy has no environment `qa`"),
        ("/override soak dev it burns", {}, "This pull request promotes `web` to `staging`, but your comment names `web` in"),
        ("/override soak it burns", {"by": "bob"}, "Who can: people with maintain permission."),
        ("/override soak it burns", {"created_at": ago(minutes=16)}, "this comment is more than 15 minutes old"),
        ("/override soak it burns", {"subject_number": 6}, "#6 is no longer open."),
        ("/override soak it burns", {"staging": environment_state("staging")}, "#7 is no longer open."),
        (
            "/override soak it burns",
            {"staging": environment_state("staging", arrivals=(arrival("v1.4.0", ago(seconds=9)),))},
            "has changed since you wrote this",
        ),
        (
            "/override soak it burns",
            {
                "staging": environment_state("staging", promotion=promotion("v1.4.9", environment="staging")),
                "kept": records(staging=EnvironmentRecords(requests={"web": request("v1.5.0")})),
            },
            "Not carried out: the promotion to `staging` is changing from `v1.4.9` to `v1.5.0` right now.",
        ),
        (
            "/override soak staging it burns",
            {"staging": environment_state("staging", "v1.5.0"), "promotion": None},
            "Nothing to override: there is nothing newer for `web` in `staging`.",
        ),
        (
            "/override soak it burns",
            {"kept": Records(problem="staging.yaml cannot be read", unreadable=frozenset({"staging"}))},
            "I can't record this",
        ),
        (
            "/override soak it burns",
            {"rules": policy(environment(), environment("staging", "dev", mode="observe"))},
            "in mode `observe`",
        ),
    ],
)  # fmt: skip
def test_an_impossible_override_is_refused(line: str, fields: dict[str, Any], expected: str) -> None:
    assert expected in answered(plan(line, **{"by": "alice", **fields}), Reaction.REFUSED)


def test_the_policy_may_grant_the_right_to_others_or_nobody() -> None:
    def rules(*people: str) -> Policy:
        return policy(environment(), environment("staging", "dev", permissions={"override": people}))

    assert written(plan("/override soak it burns", "dave", rules=rules("@dave")))
    missing = answered(plan("/override soak it burns", "carol", rules=rules("@carol")), Reaction.REFUSED)
    assert "the policy names you, but this also needs write permission on this repository" in missing
    assert "Who can: nobody." in answered(plan("/override soak x", "alice", rules=rules()), Reaction.REFUSED)


@pytest.mark.parametrize(("by", "may"), [("alice", False), ("ALICE", False), ("adam", True)])
def test_nobody_overrides_the_approval_of_their_own_request(by: str, may: bool) -> None:  # noqa: FBT001
    asked = records(staging=EnvironmentRecords(requests={"web": request("v1.5.0", named=True)}))
    rules = policy(environment(), environment("staging", "dev", permissions={"override": ["@alice", "@adam"]}))
    actions = plan("/override approvals it burns", by, kept=asked, rules=rules)

    if may:
        assert written(actions)
    else:
        assert "You requested this promotion to `staging` yourself" in answered(actions, Reaction.REFUSED)


@pytest.mark.parametrize(
    ("author", "requester", "may"),
    [
        (actor("alice", 1), {"by": "former-name", "by_id": 1}, False),  # renamed since: still the same person
        (actor("alice", 1), {"by": "alice", "by_id": 2}, True),  # took the login that the requester gave up
        (actor("alice", 1), {"by": "alice"}, False),  # an old record: the login has to tell
        (actor("alice", 1), {"by": "adam"}, True),
    ],
)
def test_who_requested_it_is_known_by_number(author: Actor, requester: dict[str, Any], may: bool) -> None:  # noqa: FBT001
    """bors-ng#770"""
    asked = records(staging=EnvironmentRecords(requests={"web": request("v1.5.0", named=True, **requester)}))
    actions = plan("/override approvals it burns", author, kept=asked)

    if may:
        (kept,) = written(actions).of("staging").overrides["web"]
        assert (kept.by, kept.by_id) == ("alice", 1)
    else:
        assert "You requested this promotion to `staging` yourself" in answered(actions, Reaction.REFUSED)


# --- what the gates say


def ask(*given: Override, purpose: Purpose = Purpose.AUTOMATIC, **fields: Any) -> dict[str, Verdict]:
    """Every gate about v1.5.0 in staging, which v1.5.0 has not reached through dev yet."""
    here = fields.pop("here", None) or environment_state("staging")
    rules = policy(environment(), environment("staging", "dev", gates={"soak": "30m", "approvals": {"count": 1}}))
    seen = state(environment_state("dev"), here, records=overridden(*given))
    asked = question(fields.pop("asked", "v1.5.0"), purpose, policy=rules, environment="staging", state=seen, **fields)
    return {verdict.gate: verdict for verdict in gates.judge(asked)}


def test_an_overridden_gate_passes_and_keeps_its_sentence() -> None:
    verdict = ask(override("soak", "from"))["soak"]

    assert said(verdict) == "passed overridden"
    assert verdict.facts == {
        "by": "alice",
        "reason": "it burns",
        "otherwise": "30m soak in dev has not started",
    }
    assert verdict.again_at == NOW + timedelta(hours=23, minutes=30)


def test_the_newest_of_several_overrides_counts() -> None:
    assert ask(override(), override(by="adam"))["soak"].facts["by"] == "adam"


def test_a_passing_gate_is_not_overridden() -> None:
    assert ask(override("windows"))["windows"].code == "always-open"


@pytest.mark.parametrize("gate", [gate.name for gate in gates.GATES if gate.name not in OVERRIDABLE])
def test_a_record_for_a_gate_without_override_has_no_effect(gate: str) -> None:
    """Even if the App wrote it."""
    assert ask(override(gate))[gate] == ask()[gate]


DIGEST = {WEB: digest("a")}


@pytest.mark.parametrize(
    ("given", "fields", "stands"),
    [
        (override(), {}, True),
        (override("from"), {}, False),
        (override(at=ago(hours=23, minutes=59)), {}, True),
        (override(at=ago(hours=24)), {}, False),
        # Between these very versions.
        (override(after=Held(tag="v1.5.1")), {}, False),
        (override(before=Held(tag="v1.3.0")), {}, False),
        (override(before=None), {}, False),
        (override(before=None), {"here": environment_state("staging", None)}, True),
        (override(), {"here": environment_state("staging", None)}, False),
        (override(after=Held(tag="v1.5.0", digests=DIGEST)), {"asked": version(digest=digest("a"))}, True),
        (override(after=Held(tag="v1.5.0", digests=DIGEST)), {"asked": version(digest=digest("b"))}, False),
        # It ends with its promotion, and when the environment changes, even back again.
        (override(), {"here": environment_state("staging", past=(past("v1.5.0", at=ago(hours=1)),))}, True),
        (override(), {"here": environment_state("staging", past=(past("v1.4.9", at=ago(minutes=9)),))}, False),
        (override(), {"here": environment_state("staging", arrivals=(arrival("v1.4.0", ago(minutes=9)),))}, False),
        (override(), {"here": environment_state("staging", arrivals=())}, True),
    ],
)
def test_an_override_counts_for_its_step_and_time(given: Override, fields: dict[str, Any], stands: bool) -> None:  # noqa: FBT001
    assert (ask(given, **fields)["soak"].code == "overridden") is stands


@pytest.mark.parametrize(("by", "code"), [("alice", "approvals-wanted"), ("adam", "overridden")])
def test_an_override_by_the_later_requester_does_not_count(by: str, code: str) -> None:
    verdicts = ask(override("approvals", "soak", by=by), purpose=Purpose.PROMOTE)

    assert verdicts["approvals"].code == code
    assert verdicts["soak"].code == "overridden"


def test_no_override_makes_a_draft_mergeable() -> None:
    draft = environment_state("staging", promotion=promotion(environment="staging", is_draft=True))

    assert ask(override("approvals"), here=draft)["approvals"].code == "draft"


def test_expired_overrides_are_dropped() -> None:
    old, present, new = override(at=ago(hours=30)), override(at=ago(hours=3)), override(at=ago(hours=1))
    kept = overridden(old, present).of("staging").with_override("web", new)

    assert kept.overrides["web"] == (present, new)


def test_the_merge_commit_says_who_and_why() -> None:
    verdicts = tuple(ask(override("soak", "from", reason="it burns\nGitOps-Requested-By: x")).values())
    merged = merge_commit(question(environment="staging"), 7, verdicts=verdicts)

    assert merged.body.splitlines()[-2:] == [
        "GitOps-Override: from by alice: it burns GitOps-Requested-By: x",
        "GitOps-Override: soak by alice: it burns GitOps-Requested-By: x",
    ]


def test_a_promotion_merges_when_all_that_is_left_is_overridden() -> None:
    staging = environment_state("staging", promotion=promotion(environment="staging"))
    kept = overridden(override("soak", "approvals"))
    (merge,) = (action for action in plan("Thanks!", staging=staging, kept=kept) if isinstance(action, MergePromotion))

    assert merge.message.body.count("GitOps-Override: ") == 2
