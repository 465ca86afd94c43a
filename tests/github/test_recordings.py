"""Unusual answers from GitHub: deleted accounts, holes, things that may not be read, and failed writes.

The recordings follow GitHub's schema and public threads; the contract test below compares them with the schema.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLResolveInfo, execute_sync, parse

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.actors import Actor
from bot.core.observation.commits import Outcome
from bot.core.observation.files import FileRevision
from bot.core.observation.pull_request import LastPage, Mergeable, OwnComment
from bot.core.observation.repository import Protection
from bot.core.plan import CheckOutcome, MergePromotion, RenderedFile, ReportCheck, WriteState
from bot.core.values.errors import Temporary
from bot.core.values.message import Message
from bot.github.documents import questions
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import DEV, REPOSITORY, Bench

FOLDER = Path(__file__).parent / "recordings"
NEEDS = Needs(
    REPOSITORY,
    "web",
    (EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(DEV,)),),
    source="acme/web",
    source_commits=frozenset({"1" * 40}),
    teams=frozenset({"acme/sre"}),
)
SWEEP = SweepNeeds(REPOSITORY, ("envs/dev",))


def recording(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def replay(bench: Bench, name: str, operation: str) -> None:
    """Answer the next request of this operation with a recording."""
    bench.world.running.faults.next_requests(Answer(200, recording(name)), which=Which(operation=operation))


def moment(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


async def test_a_look_at_an_unusual_repository(bench: Bench) -> None:
    replay(bench, "observe", "Observe")

    seen = await bench.github.observe(NEEDS)

    assert seen.repository.protection == Protection(
        frozenset({"build"}),
        merge_queue=True,
        code_owners=True,
        conversations=True,
        others=frozenset({"REQUIRED_SIGNATURES"}),
    )
    assert seen.teams == {"acme/sre": None}
    assert seen.source is not None
    assert not seen.source.readable
    assert {(each.subject_id, each.answer_at) for each in seen.comments if each.is_locked} == {("I_OTAwMDAwMQ", "I_7")}
    assert [(each.author, each.database_id, each.edited, each.done) for each in seen.comments] == [
        (Actor("github-actions", is_bot=True, id=41898282), 4010000001, True, True),
        (Actor(""), 4010000002, False, False),
    ]
    (recent,) = seen.recent
    assert not recent.reports_complete
    assert {report.name: (report.outcome, report.title, report.app_id) for report in recent.reports} == {
        "no app": (Outcome.SUCCESS, "", None),
        "stale": (Outcome.FAILURE, "Fine", 6000001),
        "neutral": (Outcome.SUCCESS, "Fine", 6000001),
        "queued": (Outcome.PENDING, "Fine", 6000001),
        "expected": (Outcome.PENDING, "", None),
        "error": (Outcome.FAILURE, "Broken", None),
    }
    assert [report.at for report in recent.reports if report.name == "queued"] == [None]


async def test_every_way_a_file_can_change(bench: Bench) -> None:
    replay(bench, "observe", "Observe")

    history, now = (await bench.github.observe(NEEDS)).environments["dev"].histories[DEV], bench.world.github.now()

    assert not history.complete
    assert history.revisions == (
        # Two commits of one rebased pull request arrived together, with the last of them. The account that merged is deleted.
        FileRevision("a2" * 20, moment(22, 10), Actor(""), "b1" * 20, pull=9, promotion=True),
        # Also part of a pull request into another branch, and of one without a merge commit.
        FileRevision("a4" * 20, moment(21, 10), Actor("old"), "b2" * 20, pull=6, promotion=False),
        # Pushed, nobody knows when: a removal, by an address that belongs to no account.
        FileRevision("a5" * 20, moment(18, 10), Actor(""), "", latest=now),
        FileRevision("a6" * 20, moment(17, 10), Actor("dependabot", is_bot=True, id=49699333), "b3" * 20, latest=now),
        # A fork may give its branch any name.
        FileRevision("a8" * 20, moment(16, 12), Actor("octocat", id=102), "b4" * 20, pull=5, promotion=False),
    )


async def test_a_promotion_that_others_changed(bench: Bench) -> None:
    replay(bench, "observe", "Observe")

    dev = (await bench.github.observe(NEEDS)).environments["dev"]

    pull = dev.pull
    assert pull is not None
    assert pull.author == Actor("")
    assert (pull.mergeable, pull.merge_state) == (Mergeable.UNKNOWN, "UNKNOWN")  # GitHub still shows its old head
    assert [commit.by_app for commit in pull.commits] == [
        False,
        False,
        False,
    ]  # unsigned; signed, but not by GitHub; not ours
    assert [len(commit.parents) for commit in pull.commits] == [1, 1, 2]
    assert pull.commits[2].parents[0] == ("d2" * 20, {DEV: ""})
    assert (pull.commits_total, pull.changed_paths, pull.changed_files) == (12, (), 3001)
    assert pull.own_comments == (OwnComment("IC_ours", "It waits."),)
    assert not pull.room_for_status
    (review,) = pull.reviews
    assert (review.author, review.blobs) == (Actor(""), {DEV: ""})
    assert pull.labels == frozenset()
    assert [(past.number, past.merged, past.head_blobs[DEV][:4]) for past in dev.past] == [
        (1, True, "bc4d"),
        (3, False, ""),
    ]
    assert dev.past[0].labels == {"gitops/superseded"}
    assert (dev.past[0].ended_by, dev.past[0].merge_oid) == (Actor("octocat", id=102), "b7" * 20)
    assert dev.past[0].page == LastPage(
        "PR_1", "dev: web v1.4.0", "Moves it.", (OwnComment("IC_1", "It waits."),), room_for_status=True
    )
    assert (dev.past[1].ended_by, dev.past[1].merge_oid) == (Actor("stale", is_bot=True, id=77), "")
    assert dev.past[1].page is None


async def test_a_sweep_with_holes(bench: Bench) -> None:
    replay(bench, "sweep", "Sweep")

    swept = await bench.github.sweep(SWEEP)

    assert [(pull.number, pull.is_cross_repository, pull.our_checks) for pull in swept.pulls] == [
        (2, False, frozenset()),
        (12, True, frozenset()),
    ]
    assert [(pull.policy_id, pull.group_oid) for pull in swept.pulls] == [(f":{'9' * 40}", None), (None, None)]
    assert swept.branches == {"gitops/dev/web": "e1" * 20, "gitops/prod/web": "e2" * 20}
    assert swept.own_branches == {"gitops/dev/web"}
    assert [(pull.is_ours, pull.head_is_ours) for pull in swept.pulls] == [(True, True), (False, False)]
    assert swept.state.head_oid is None


async def test_the_answer_to_every_field_is_checked(bench: Bench) -> None:
    seen = await bench.observe()
    replay(bench, "partly_opened", "createPullRequest")

    with pytest.raises(Temporary) as caught:
        await bench.apply(
            bench.opening(seen.repository),
            repository=seen.repository,
            files={"dev": (RenderedFile(DEV, b"", 0o100644),)},
        )

    assert caught.value.reason == (
        "could not create the branch gitops/dev/web: "
        'A ref named "refs/heads/gitops/dev/web" already exists in the repository.; '
        "could not open the pull request from gitops/dev/web: A pull request already exists for acme:gitops/dev/web."
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stale", "could not write to gitops-state: Expected branch to point to"),
        ("went_wrong", "could not write to gitops-state: GitHub gave no answer; Something went wrong"),
    ],
)
async def test_a_failed_write_is_reported(bench: Bench, name: str, said: str) -> None:
    seen = await bench.observe()
    replay(bench, name, "createCommitOnBranch")

    with pytest.raises(Temporary, match=said):
        await bench.apply(WriteState("1" * 40, {"dev.yaml": ""}, Message("x", "")), repository=seen.repository)


async def test_a_base_that_moved_while_merging(bench: Bench) -> None:
    seen = await bench.open()
    pull = seen.environments["dev"].pull
    assert pull is not None
    replay(bench, "not_merged", "mergePullRequest")
    check = ReportCheck("gitops/promotion", pull.head.oid, None, CheckOutcome.SUCCESS, "x", "x")
    merge = MergePromotion("dev", pull.node_id, 1, pull.head.oid, "MERGE", Message("x", ""), None)

    with pytest.raises(Temporary, match=r"^could not merge #1: Base branch was modified\."):
        await bench.apply(check, merge, repository=seen.repository)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "question"),
    [("observe", questions.observe(NEEDS, base="main", source=True)), ("sweep", questions.sweep(SWEEP))],
)
def test_the_recordings_match_githubs_schema(name: str, question: questions.Question) -> None:
    """A recording executed against GitHub's schema must not change: no missing or extra field, no forbidden null."""
    from tests.contract.graphql_schema import github_graphql  # noqa: PLC0415 -- fetches the schema, for this test alone

    document, variables = question
    data = recording(name)["data"]

    result = execute_sync(
        github_graphql(),
        parse(document.text),
        root_value=data,
        variable_values=dict(variables),
        field_resolver=_by_alias,
        type_resolver=_type_of,
    )

    assert result.errors is None
    assert result.data == data


def _by_alias(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **_arguments: object) -> Any:
    return source[str(info.path.key)]


def _type_of(value: Mapping[str, Any], _info: object, kind: Any) -> str:
    if "__typename" in value:
        return str(value["__typename"])
    if kind.name == "GitSignature":
        return "GpgSignature"
    if "entries" in value:
        return "Tree"
    return "Commit" if "oid" in value else "Blob"
