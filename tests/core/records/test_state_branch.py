"""The content of `gitops-state` that counts: everything by the App, and what tightens by others; and how the rest is undone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.decide import decide
from bot.core.observation.repository import StateBranch
from bot.core.plan import (
    DescribePromotion,
    EditStatus,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    Reaction,
    Reply,
    ReportCheck,
    WriteState,
)
from bot.core.records.branch import Doubt, Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.records.state_branch import records_on, restore
from bot.core.repository.decide import decide_repository
from bot.core.values.errors import PolicyError, Problem
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    acceptance,
    ago,
    comment,
    environment_state,
    hold,
    oid,
    override,
    policy,
    promotion,
    rejection,
    request,
    state,
    sweep,
)

HOLD, OTHER = hold(), hold(by="bob", reason="no")
OURS = EnvironmentRecords(
    holds=(HOLD,),
    requests={"web": request()},
    rejected={"web": (rejection("v1.4.9"),)},
    digests={"web": {"v1.5.0": {"image": "sha256:1"}}},
)


def branch(theirs: EnvironmentRecords | str | None, ours: EnvironmentRecords | None = OURS) -> StateBranch:
    """dev.yaml as bob left it, and as the App left it before."""
    text = theirs.text() if isinstance(theirs, EnvironmentRecords) else theirs
    return StateBranch(
        oid("state"),
        {"README.md": "", **({"dev.yaml": text} if text is not None else {})},
        {"README.md": "", **({"dev.yaml": ours.text()} if ours else {})},
        ("bob", "carol", "bob"),
    )


def test_without_a_commit_of_the_app_only_tightening_counts() -> None:
    theirs = EnvironmentRecords(holds=(OTHER,)).with_request("web", request("v9")).with_override("web", override())
    seen = replace(branch(theirs), ours={})

    assert records_on(seen, now=NOW).of("dev") == EnvironmentRecords(holds=(OTHER,))
    assert restore(seen, records_on(seen, now=NOW))[0].files == {"dev.yaml": EnvironmentRecords(holds=(OTHER,)).text()}


@pytest.mark.parametrize(
    ("theirs", "counts"),
    [
        (OURS, OURS),
        # What loosens does not count.
        (None, OURS),
        (EnvironmentRecords(), OURS),
        (OURS.without_holds([HOLD]), OURS),
        (OURS.without_rejection("web", Version("v1.4.9")), OURS),
        (OURS.with_acceptance("web", acceptance()), OURS),
        (OURS.with_override("web", override()), OURS),
        (OURS.with_request("web", request("v9")), OURS),
        (OURS.model_copy(update={"digests": {"web": {"v1.5.0": {"image": "sha256:2"}}}}), OURS),
        # A hold and a rejection do, whatever else came with them; a rejection that was there stays as it was.
        (OURS.with_hold(OTHER), OURS.with_hold(OTHER)),
        (EnvironmentRecords(holds=(OTHER,), requests={"web": request("v9")}), OURS.with_hold(OTHER)),
        (OURS.with_rejection("web", rejection("v1.5.0")), OURS.with_rejection("web", rejection("v1.5.0"))),
        (OURS.with_rejection("web", rejection("v1.4.9", reason="x")), OURS),
    ],
)
def test_only_tightening_by_others_counts(theirs: EnvironmentRecords | None, counts: EnvironmentRecords) -> None:
    seen = branch(theirs)
    kept = records_on(seen, now=NOW)

    assert kept == Records(environments={"dev": counts})
    written = {name: text for action in restore(seen, kept) for name, text in action.files.items()}
    assert written == ({} if theirs == counts else {"dev.yaml": counts.text()})


def test_a_new_file_of_others_counts_where_it_tightens() -> None:
    theirs = EnvironmentRecords(holds=(OTHER,), requests={"web": request("v9")})

    assert records_on(branch(theirs, None), now=NOW).of("dev") == EnvironmentRecords(holds=(OTHER,))


def test_a_file_broken_by_others_blocks_everything_and_is_not_written() -> None:
    seen = branch("[")
    kept = records_on(seen, now=NOW)

    assert "dev.yaml on gitops-state cannot be read" in kept.problem
    assert kept.unreadable == {"dev"}
    assert restore(seen, kept) == ()


def test_without_signatures_nothing_merges_and_nothing_is_written() -> None:
    """Tightening still counts, and no command records what would not count."""
    theirs = EnvironmentRecords(holds=(OTHER,)).with_request("web", request("v9"))
    seen = replace(branch(theirs), ours={}, doubt="this GitHub signs nothing")
    kept = records_on(seen, now=NOW)

    assert (kept.problem, kept.of("dev")) == ("this GitHub signs nothing", EnvironmentRecords(holds=(OTHER,)))
    assert kept.closed("dev")
    assert kept.closed("qa")
    assert restore(seen, kept) == ()
    said = (comment("/promote dev web@v1.5.0"),)
    plan = decide(
        state(*map(environment_state, ("dev", "staging", "prod")), comments=said, records=kept), policy(), NOW
    )
    assert not [action for action in plan.actions if isinstance(action, WriteState | MergePromotion | OpenPromotion)]
    assert [action.mark for action in plan.actions if isinstance(action, Reply)] == [Reaction.REFUSED]


def test_a_file_without_text_blocks_everything() -> None:
    kept = records_on(StateBranch(oid("state"), {}, unreadable={"dev.yaml": "it has 11,000,000 bytes"}), now=NOW)

    assert kept.problem == "dev.yaml on gitops-state: it has 11,000,000 bytes"
    assert kept.closed("dev")
    assert not kept.closed("qa")


def test_a_branch_last_written_by_the_app_counts_whole() -> None:
    seen = StateBranch(oid("state"), {"dev.yaml": OURS.text()})

    assert records_on(seen, now=NOW) == Records(environments={"dev": OURS})
    assert restore(seen, records_on(seen, now=NOW)) == ()


def test_the_commit_says_whose_change_it_undoes() -> None:
    seen = branch(None)
    (undo,) = restore(seen, records_on(seen, now=NOW))

    assert undo.seen_head == oid("state")
    assert undo.message.headline == "Undo what was changed by hand by bob, carol"
    assert undo.message.body.endswith("\n\n- dev.yaml")
    (undo,) = restore(replace(seen, strangers=("",)), records_on(seen, now=NOW))
    assert undo.message.headline == "Undo what was changed by hand by somebody"


@pytest.mark.parametrize(
    ("undone_before", "undone", "contested"),
    [
        (None, (), False),
        (None, (ago(minutes=1), ago(minutes=2)), False),  # others may change other things
        (None, (ago(minutes=1), ago(minutes=2), ago(minutes=59)), True),
        (None, (ago(minutes=1), ago(minutes=2), ago(minutes=60)), False),
        (ago(minutes=1), (ago(minutes=1),), True),
        (ago(hours=24) + timedelta(seconds=1), (), True),
        (ago(hours=24), (), False),
    ],
)
def test_a_change_that_comes_back_is_not_undone_repeatedly(
    *, undone_before: datetime | None, undone: tuple[datetime, ...], contested: bool
) -> None:
    """Two bots on one branch would otherwise write twenty commits in seconds (prow#431)."""
    seen = replace(branch(EnvironmentRecords(holds=(OTHER,))), undone_before=undone_before, undone=undone)

    kept = records_on(seen, now=NOW)

    assert (kept.doubt is Doubt.CONTESTED) == contested
    assert bool(restore(seen, kept)) != contested
    assert kept.of("dev") == OURS.with_hold(OTHER), "what tightens counts, what loosens does not"
    assert kept.strangers == (("bob", "carol") if contested else ())
    assert kept.closed("dev") == contested


def test_a_contested_change_is_named_with_authors_and_times() -> None:
    kept = records_on(replace(branch(None), undone_before=ago(minutes=1)), now=NOW)

    assert kept.problem == (
        "commits by bob, carol on gitops-state came back after the bot undid them at 2026-03-03 11:59 UTC; "
        "it does not undo them again before 2026-03-04 11:59 UTC"
    )
    assert kept.until == ago(minutes=1) + timedelta(days=1)


def test_without_a_change_to_undo_nothing_is_contested() -> None:
    assert records_on(replace(branch(OURS), undone_before=ago(minutes=1)), now=NOW).doubt is None


def test_an_unverified_signature_makes_everything_wait() -> None:
    """`GPGVERIFY_UNAVAILABLE` is not a forgery (konflate#342): nothing is undone, closed or answered, only looked at again."""
    theirs = EnvironmentRecords(holds=(OTHER,)).with_request("web", request("v9"))
    seen = replace(branch(theirs), is_unverified=True)
    kept = records_on(seen, now=NOW)
    said = (comment("/promote dev web@v1.5.0"), comment("/hold dev", number=2))
    opened = environment_state("prod", promotion=promotion(environment="prod"))
    asked = state(environment_state("dev"), environment_state("staging"), opened, comments=said, records=kept)

    assert (kept.doubt, kept.of("dev")) == (Doubt.UNVERIFIED, OURS.with_hold(OTHER))
    assert restore(seen, kept) == ()
    plan = decide(asked, policy(), NOW)
    pages = DescribePromotion | ReportCheck | IntroducePromotion | EditStatus
    assert all(isinstance(action, pages) for action in plan.actions)
    assert plan.again_at == NOW + timedelta(minutes=1)
    outcome = decide_repository(sweep(state=seen, comments=said), policy(), NOW)
    assert (outcome.actions, outcome.unfinished, outcome.again_at) == ((), False, NOW + timedelta(minutes=1))
    broken = decide_repository(sweep(state=seen, comments=said), PolicyError((Problem(".gitops.yml", 1, 1, "x"),)), NOW)
    assert not [action for action in broken.actions if not isinstance(action, ReportCheck)]
    assert (broken.unfinished, broken.again_at) == (False, NOW + timedelta(minutes=1))


def test_changes_are_undone_before_anything_is_decided() -> None:
    seen = branch(None)
    kept = records_on(seen, now=NOW)
    undo = restore(seen, kept)
    ready = environment_state("dev", promotion=promotion())
    said = (comment("/promote dev"), comment("/hold dev", number=2))
    asked = state(ready, environment_state("staging"), environment_state("prod"), comments=said)

    plan = decide(replace(asked, records=kept, restoration=undo), policy(), NOW)
    assert (plan.actions, plan.again_at) == (undo, NOW)

    outcome = decide_repository(sweep(state=seen, comments=said), policy(), NOW)
    assert tuple(action for action in outcome.actions if isinstance(action, WriteState)) == undo
    assert outcome.unfinished
