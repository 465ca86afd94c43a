"""`was`: what was recorded, seen and opened under a former name belongs to the present one."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.commands.conversation.unanswered import addressed
from bot.core.decide import decide
from bot.core.needs.application import Known, needs_for
from bot.core.observation.promotion_branches import branch_of, former_branches, is_promotion, place_on, stage_of
from bot.core.observation.pull_request import Merged
from bot.core.observation.repository import StateBranch
from bot.core.plan import Action, ClosePromotion, DeleteBranch, OpenPromotion, Reply, UpdatePromotion, WriteState
from bot.core.policy import Policy, Renames
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Sighting
from bot.core.records.environment import EnvironmentRecords
from bot.core.records.former_names import renamed_comments, renamed_merges, renamed_records
from bot.core.records.state_branch import records_on, restore
from bot.core.repository.decide import decide_repository, fingerprint
from bot.core.repository.fingerprints import Fingerprint
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    acceptance,
    ago,
    application,
    comment,
    environment,
    environment_state,
    hold,
    oid,
    override,
    policy,
    promotion,
    records,
    rejection,
    request,
    state,
    sweep,
    swept_pull,
)

RENAMES = Renames({"old": "dev"}, {"api": "web"})
RULES = policy(environment("dev", was="old"), environment("prod", "dev"), applications=[application(was="api")])
EVERYTHING = EnvironmentRecords(
    holds=(hold(), hold(application="api", by="bob"), hold(application="other", by="carol")),
    requests={"api": request()},
    rejected={"api": (rejection("v1.4.9"),), "other": (rejection("v3"),)},
    accepted={"api": (acceptance("v1.4.8"),)},
    overrides={"api": (override(),)},
    digests={"api": {"v1.5.0": {"image": "sha256:1"}}},
    seen={"api": (Sighting(tag="main", digests={"image": "sha256:1"}, at=ago(hours=1)),)},
)
"""As a file says it, under former names."""
RENAMED = EnvironmentRecords(
    holds=(hold(), hold(application="web", by="bob"), hold(application="other", by="carol")),
    requests={"web": request()},
    rejected={"other": (rejection("v3"),), "web": (rejection("v1.4.9"),)},
    accepted={"web": (acceptance("v1.4.8"),)},
    overrides={"web": (override(),)},
    digests={"web": {"v1.5.0": {"image": "sha256:1"}}},
    seen={"web": (Sighting(tag="main", digests={"image": "sha256:1"}, at=ago(hours=1)),)},
)


def test_the_policy_knows_what_was_renamed() -> None:
    assert RULES.renames == RENAMES
    assert RENAMES.place(("old", "api")) == ("dev", "web")
    assert RENAMES.place(("dev", "other")) == ("dev", "other")
    assert policy().renames == Renames({}, {})


# --- records


def test_everything_recorded_goes_by_the_present_names() -> None:
    found = renamed_records(Records(environments={"old": EVERYTHING, "all": EVERYTHING}), RENAMES)

    assert found.environments == {"dev": RENAMED, "all": RENAMED}
    assert renamed_records(found, RENAMES) == found, "a second time changes nothing"


@pytest.mark.parametrize("order", [("old", "dev"), ("dev", "old")])
def test_records_under_both_names_are_merged(order: tuple[str, ...]) -> None:
    both: dict[str, Any] = {
        "old": EnvironmentRecords(
            holds=(hold(),),
            requests={"web": request("v1")},
            rejected={"web": (rejection("v1"), rejection("v2"))},
            digests={"web": {"v1": {"image": "sha256:first"}}},
            seen={"web": (Sighting(tag="main", digests={"image": "sha256:1"}, at=ago(hours=2)),)},
        ),
        "dev": EnvironmentRecords(
            holds=(hold(), hold(by="bob")),
            requests={"web": request("v9")},
            rejected={"web": (rejection("v2"), rejection("v3"))},
            digests={"web": {"v1": {"image": "sha256:later", "other": "sha256:2"}}},
            seen={"web": (Sighting(tag="main", digests={"image": "sha256:1"}, at=ago(hours=1)),)},
        ),
    }
    joined = renamed_records(Records(environments={name: both[name] for name in order}), RENAMES).of("dev")

    assert joined.holds == (hold(), hold(by="bob"))
    assert joined.requests["web"].tag == "v9"
    assert [each.tag for each in joined.rejected["web"]] == ["v1", "v2", "v3"]
    assert joined.digests == {"web": {"v1": {"image": "sha256:first", "other": "sha256:2"}}}
    assert [each.at for each in joined.seen["web"]] == [ago(hours=2)]


def branch(**files: EnvironmentRecords | str) -> StateBranch:
    texts = {f"{name}.yaml": each if isinstance(each, str) else each.text() for name, each in files.items()}
    return StateBranch(oid("state"), texts)


def test_the_records_are_carried_over_once() -> None:
    seen = branch(old=EVERYTHING, prod=EnvironmentRecords())
    kept = records_on(seen, RENAMES, now=NOW)
    (carried,) = restore(seen, kept, RENAMES)

    assert list(carried.files) == ["dev.yaml", "old.yaml"]
    assert carried.files["old.yaml"] is None
    assert read_records({"dev.yaml": carried.files["dev.yaml"] or ""}).of("dev") == RENAMED
    assert carried.message.headline == "Carry records over to new names"
    assert carried.message.body.endswith("\n\n- dev.yaml\n- old.yaml is gone")
    after = branch(dev=RENAMED, prod=EnvironmentRecords())
    assert restore(after, records_on(after, RENAMES, now=NOW), RENAMES) == ()


def test_an_empty_file_of_a_former_name_is_deleted() -> None:
    seen = branch(old=EnvironmentRecords())

    (carried,) = restore(seen, records_on(seen, RENAMES, now=NOW), RENAMES)

    assert carried.files == {"old.yaml": None}


@pytest.mark.parametrize("broken", ["old", "dev"])
def test_an_unreadable_file_is_neither_written_nor_deleted(broken: str) -> None:
    other = "dev" if broken == "old" else "old"
    files: dict[str, EnvironmentRecords | str] = {broken: "[", other: EnvironmentRecords(holds=(hold(),))}
    seen = branch(**files)
    kept = records_on(seen, RENAMES, now=NOW)

    assert f"{broken}.yaml on gitops-state cannot be read" in kept.problem
    assert "dev" in kept.unreadable
    assert restore(seen, kept, RENAMES) == ()
    assert kept.of("dev").holds == (hold(),)


def test_a_hold_added_under_a_former_name_counts() -> None:
    theirs = EnvironmentRecords(holds=(hold(),), requests={"api": request()})
    seen = replace(branch(old=theirs), ours={"dev.yaml": RENAMED.text()}, strangers=("bob",))
    kept = records_on(seen, RENAMES, now=NOW)
    (undo,) = restore(seen, kept, RENAMES)

    assert kept.of("dev") == RENAMED
    assert undo.files == {"dev.yaml": RENAMED.text(), "old.yaml": None}
    assert undo.message.headline == "Undo what was changed by hand by bob"


# --- what is seen


def test_comments_and_merges_go_by_the_present_names() -> None:
    plain, on = comment(), comment(promotion=("old", "api"))

    assert [each.promotion for each in renamed_comments([plain, on], RENAMES)] == [None, ("dev", "web")]
    assert renamed_merges([Merged("old", "other", NOW, 3, "x")], RENAMES) == (Merged("dev", "other", NOW, 3, "x"),)


def test_the_branches_of_every_former_place() -> None:
    rules = RULES.environments["dev"], RULES.applications["web"]

    assert former_branches(*rules) == ("gitops/dev/api", "gitops/old/web", "gitops/old/api")
    assert former_branches(environment(), application()) == ()
    (dev, prod) = needs_for("acme/deploy", "web", RULES, Known()).environments
    assert dev.branches("web") == ("gitops/dev/web", *former_branches(*rules))
    assert prod.former == ("gitops/prod/api",)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("gitops/dev/web", ("dev", "web")),
        ("gitops/dev", None),
        ("gitops//web", None),
        ("gitops/a/b/c", None),
        ("feature/dev/web", None),
    ],
)
def test_the_place_on_a_branch(name: str, place: tuple[str, str] | None) -> None:
    assert place_on(name) == place
    if place:
        assert branch_of(*place) == name
        assert stage_of(name) == "gitops-stage/dev/web"


def test_a_former_branch_carries_a_promotion() -> None:
    assert is_promotion("gitops/old/api", RULES)
    assert not is_promotion("gitops/gone/api", RULES)


def test_a_former_branch_is_part_of_what_a_pass_depends_on() -> None:
    def print_of(rules: Policy, **fields: Any) -> Fingerprint:
        return fingerprint(sweep(**fields), rules, "web", records=Records(), now=NOW)

    assert print_of(RULES) != print_of(RULES, branches={"gitops/old/api": oid("x")})
    assert print_of(RULES) != print_of(RULES, pulls=(swept_pull(branch="gitops/old/api"),))
    assert print_of(policy()) == print_of(policy(), branches={"gitops/old/api": oid("x")})


def test_former_names_are_words_for_places() -> None:
    """So that they are not taken for a reason; what they are called now is told."""
    assert addressed(RULES, comment("/reject api@v1"))[0] is None
    _, read = addressed(RULES, comment("/hold old api because"))
    assert (read.environment, read.application, read.reason) == ("old", "api", "because")  # type: ignore[union-attr]


# --- the promotion

FORMER = "gitops/old/api"


def actions(**fields: Any) -> tuple[Action, ...]:
    here = environment_state("dev", former_branch=FORMER, branch_oid=oid("left"), **fields)
    remembered = records(dev=EnvironmentRecords().with_digests("web", Version("v1.5.0", ((IMAGE, DIGEST),))))
    return decide(state(here, environment_state("prod"), records=remembered), RULES, NOW).actions


IMAGE = "ghcr.io/acme/web"
DIGEST = state().artifacts[IMAGE, "v1.5.0"].digest  # type: ignore[union-attr]


def test_an_open_promotion_keeps_its_branch() -> None:
    """Brought up to date there, and closed there."""
    (update,) = (each for each in actions(promotion=promotion("v1.4.1")) if isinstance(each, UpdatePromotion))
    assert (update.branch, update.stage_branch) == (FORMER, "gitops-stage/old/api")
    assert update.title == "dev: web v1.4.0 → v1.5.0"
    current = promotion("v1.5.0")
    (close,) = (each for each in actions(tag="v1.5.0", promotion=current) if isinstance(each, ClosePromotion))
    assert close.branch == FORMER


def test_the_next_promotion_has_the_branch_of_the_present_name() -> None:
    deleted, opened = actions()

    assert deleted == DeleteBranch(FORMER, oid("left"))
    assert isinstance(opened, OpenPromotion)
    assert (opened.branch, opened.stale_head) == ("gitops/dev/web", None)


def test_a_left_over_branch_of_a_former_name_is_deleted() -> None:
    assert actions(tag="v1.5.0")[0] == DeleteBranch(FORMER, oid("left"))


# --- commands


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/hold old", "The environment `old` is now called `dev`."),
        ("/hold dev api", "The application `api` is now called `web`."),
        ("/reject api@v1.5.0", "The application `api` is now called `web`."),
        ("/reject apu@v1.5.0", "The policy has no application `apu`. It has `web`."),
    ],
)
def test_the_old_names_are_answered_with_the_new_ones(line: str, said: str) -> None:
    outcome = decide_repository(sweep(comments=(comment(line),)), RULES, NOW)
    (reply,) = (each.body for each in outcome.actions if isinstance(each, Reply))

    assert reply.endswith(f"{said}\n\n<!-- gitops-bot answers 1 -->")


def test_a_hold_on_a_promotion_uses_the_present_names() -> None:
    outcome = decide_repository(sweep(comments=(comment("/hold", "bob", promotion=("old", "api")),)), RULES, NOW)
    (write,) = (each for each in outcome.actions if isinstance(each, WriteState))

    assert read_records({"dev.yaml": write.files["dev.yaml"] or ""}).of("dev").holds[0].application == "web"


def test_the_answer_to_a_hold_names_what_is_open_under_a_former_name() -> None:
    said = comment("/hold dev", "bob", number=7)
    kept = records(dev=EnvironmentRecords(holds=(hold(by="bob", comment=7),)))
    waiting = swept_pull(branch="gitops/old/api", number=12)
    outcome = decide_repository(sweep(comments=(said,), records=kept, pulls=(waiting,)), RULES, NOW)

    assert "#12" in next(each.body for each in outcome.actions if isinstance(each, Reply))
