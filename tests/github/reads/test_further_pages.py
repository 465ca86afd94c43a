"""A page is not the whole list: the bot reads on, or what it saw says that there may be more.

Here every list of a recorded answer claims in turn that there is more of it.
"""

import copy
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.commits import Outcome
from bot.core.pages.dashboard import LABEL, DashboardPage
from bot.core.values.errors import Temporary
from bot.github.documents import questions
from bot.github.documents.questions import Question
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import BRANCH, DEV, REPOSITORY, Bench, bench_of

GREEN = RunDetails(conclusion=Conclusion.SUCCESS)
Path = tuple[str | int, ...]
NEEDS = Needs(
    REPOSITORY,
    "web",
    (EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(DEV,)),),
    source=REPOSITORY,
    teams=frozenset({"acme/sre"}),
)
SWEEP = SweepNeeds(REPOSITORY, ("envs/dev",), frozenset(), frozenset({"acme/sre"}))


def lists(value: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every list of an answer that can say that there is more."""
    if isinstance(value, dict):
        if "nodes" in value and ("pageInfo" in value or "totalCount" in value):
            yield path, value
        for name, each in value.items():
            yield from lists(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from lists(each, (*path, number))


def claim_more(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the answer with one list that has a further page."""
    changed: Any = copy.deepcopy(data)
    found = changed
    for step in path:
        found = found[step]
    if "totalCount" in found:
        found["totalCount"] += 1_000
    for has, cursor in (("hasNextPage", "endCursor"), ("hasPreviousPage", "startCursor")):
        if has in found.get("pageInfo", {}):
            found["pageInfo"][has] = True
            if cursor in found["pageInfo"]:
                found["pageInfo"][cursor] = "Y3Vyc29yOjA="
    whole: dict[str, Any] = changed
    return whole


async def recorded(bench: Bench, question: Question) -> dict[str, Any]:
    credential = await bench.github.tokens.working_on(REPOSITORY)
    document, variables = question
    return dict((await bench.github.client.ask(document, variables, credential=credential)).data)


async def looked(bench: Bench, operation: str, data: dict[str, Any], look: Callable[[Bench], Awaitable[object]]) -> Any:
    """Return what a bot that was just started sees, and how many GraphQL requests that takes."""
    fresh = bench_of(bench.world)
    bench.world.running.faults.next_requests(Answer(200, {"data": data}), which=Which(operation=operation))
    bench.forget()
    seen = await look(fresh)
    return seen, bench.asked()


async def busy(bench: Bench) -> None:
    """Something on every list."""
    world, repository = bench.world, bench.world.repository
    world.acme.team("sre", world.mona)
    await bench.open()
    pull = repository.pull(1)
    repository.commit_files({"notes": "x"}, by=world.octocat, branch="notes")
    merged = repository.open_pull(PullDraft(title="Notes", base="main", head="notes"), by=world.octocat)
    merge(merged, MergeOrder(), by=world.octocat)
    repository.protect("main", Protection(source=ProtectionSource.RULESET, checks=("build",)))
    pull.review(by=world.mona, state=ReviewState.APPROVED)
    pull.comment("/why", by=world.mona)
    pull.start_thread(DEV, by=world.mona)
    issue = repository.open_issue("A word", by=world.mona)
    issue.comment("/help", by=world.mona)
    for sha in (repository.head(), pull.head_oid):
        repository.create_check_run(sha, "build", app=world.app, details=GREEN)


async def unnoticed(
    bench: Bench, operation: str, question: Question, look: Callable[[Bench], Awaitable[object]]
) -> set[str]:
    """Return the lists whose claim changes neither what is asked nor what was seen."""
    data = await recorded(bench, question)
    usual = await looked(bench, operation, data, look)
    found = set()
    for path, _ in lists(data):
        if await looked(bench, operation, claim_more(data, path), look) == usual:
            found.add(".".join(str(step) for step in path if isinstance(step, str)))
    assert len(list(lists(data))) > 10, "there are lists in it"
    return found


async def test_a_look_notices_that_any_list_goes_on(bench: Bench) -> None:
    await busy(bench)
    question = questions.observe(NEEDS, base="main", source=True)

    found = await unnoticed(bench, "Observe", question, lambda fresh: fresh.github.observe(NEEDS))

    assert found == {"repository.e0_h0_past"}, "read on where a fork's pull requests come first, see `test_promotion`"


async def test_a_sweep_notices_that_any_list_goes_on(bench: Bench) -> None:
    await busy(bench)

    found = await unnoticed(bench, "Sweep", questions.sweep(SWEEP), lambda fresh: fresh.github.sweep(SWEEP))

    assert found == {"repository.merged"}, "a `/hold` names what was merged since, seconds ago"


@pytest.mark.story
async def test_the_bots_own_check_run_is_number_1001(bench: Bench) -> None:
    """max-sixty/tend#999: a bot that did not find its own check run among others made one more each time it looked."""
    world, repository = bench.world, bench.world.repository
    await bench.open()
    head = repository.pull(1).head_oid
    ci = world.github.create_app("ci", owner=world.acme, permissions={"checks": Access.WRITE})
    for number in range(1_000):
        repository.create_check_run(head, f"lint-{number}", app=ci, details=GREEN)
    run = repository.create_check_run(head, "gitops/promotion", app=world.app, details=GREEN)
    repository.checks.suites[head].sort(key=lambda suite: suite.app is world.app)  # ours is shown last

    seen = await bench.observe()
    swept = await bench.github.sweep(SWEEP)

    pull = seen.environments["dev"].pull
    assert pull is not None
    own = seen.repository.own_report(pull.head.reports, "gitops/promotion")
    assert own is not None
    assert (own.node_id, own.outcome) == (run.node_id, Outcome.SUCCESS)
    assert not pull.head.reports_complete, "of others' checks there are more"
    assert [each.our_checks for each in swept.pulls] == [{"gitops/promotion"}]


async def test_everything_on_further_pages_of_a_promotion_is_read(bench: Bench) -> None:
    """pytorch#73317: a pull request of more files than a page has."""
    world, repository = bench.world, bench.world.repository
    await bench.open()
    files = {f"others/{number:03}.txt": "x" for number in range(150)}
    for number in range(7):
        repository.commit_files({"log.txt": str(number)}, by=world.octocat, branch=BRANCH)
    head = repository.commit_files(files, by=world.mona, branch=BRANCH)
    for number in range(120):
        repository.set_status(head, f"status-{number}", StatusState.SUCCESS, by=world.mona)
        person = world.github.user(f"reviewer-{number}")
        repository.grant(person, Role.WRITE)
        repository.pull(1).review(by=person, state=ReviewState.APPROVED)
        repository.pull(1).start_thread("log.txt", by=person)

    pull = (await bench.observe()).environments["dev"].pull

    assert pull is not None
    assert (len(pull.changed_paths), pull.files_unread) == (152, False)
    assert (len(pull.commits), pull.commits_total) == (9, 9)
    assert [commit.by_app for commit in pull.commits] == [True, *[False] * 8]
    assert {commit.author.login for commit in pull.commits[1:8]} == {"octocat"}
    assert (len(pull.reviews), pull.open_threads) == (120, 120)
    assert (len(pull.head.reports), pull.head.reports_complete) == (120, True)
    assert pull.unread == frozenset()


async def test_the_dashboard_is_found_below_others_with_its_label(bench: Bench) -> None:
    """Whoever may label issues could otherwise have a second one opened every time."""
    world, repository = bench.world, bench.world.repository
    label = repository.label(LABEL)
    for number in range(12):
        repository.open_issue(f"Mine {number}", by=world.mona, labels=[label])
        world.github.clock.advance(timedelta(seconds=1))
    await bench.github.write_dashboard(
        REPOSITORY, DashboardPage(None, "GitOps dashboard", "Rows.", LABEL), bench.permit
    )

    found = await bench.github.dashboard(REPOSITORY)

    assert (found.issue_id, found.is_open, found.body) == (repository.issues[-1].node_id, True, "Rows.")


async def test_a_dashboard_that_cannot_be_found_is_not_opened_again(bench: Bench) -> None:
    """Among two hundred issues with the label, each page of which says that there are more."""
    data = await recorded(bench, questions.dashboard(REPOSITORY, LABEL))
    more = claim_more(data, ("repository", "issues"))
    bench.world.running.faults.next_requests(Answer(200, {"data": more}), count=20, which=Which(operation="Dashboard"))

    with pytest.raises(Temporary, match=r"may be any of more than 200 issues with the label gitops/dashboard"):
        await bench.github.dashboard(REPOSITORY)


async def test_which_of_many_pull_requests_merged_a_commit_is_read_on(bench: Bench) -> None:
    """Otherwise a merged promotion would be taken for a push by hand, which rejects what came before it."""
    await bench.open()
    data = await recorded(bench, questions.observe(NEEDS, base="main", source=True))
    history = data["repository"]["defaultBranchRef"]["target"]["e0_f0_history"]
    (newest,) = history["nodes"]
    newest["associatedPullRequests"] = {
        "pageInfo": {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="},
        "nodes": [],
    }
    fresh = bench_of(bench.world)
    faults = bench.world.running.faults
    faults.next_requests(Answer(200, {"data": data}), which=Which(operation="Observe"))
    bringing = {
        "number": 9,
        "mergedAt": "2026-11-22T10:00:00Z",
        "mergedBy": None,
        "mergeCommit": {"oid": "a2" * 20},
        "headRefName": BRANCH,
        "baseRefName": "main",
        "baseRef": {"name": "main"},
        "isCrossRepository": False,
    }
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [bringing]}
    faults.next_requests(
        Answer(200, {"data": {"repository": {"id": "R", "q0": {"associatedPullRequests": page}}}}),
        which=Which(operation="Brought"),
    )

    (revision,) = (await fresh.observe(environments=NEEDS.environments)).environments["dev"].histories[DEV].revisions

    assert (revision.pull, revision.promotion, revision.commit) == (9, True, "a2" * 20)


async def test_a_commit_of_which_not_every_pull_request_can_be_read_ends_the_known_history(bench: Bench) -> None:
    """Nobody may say then that it was pushed by hand."""
    data = await recorded(bench, questions.observe(NEEDS, base="main", source=True))
    history = data["repository"]["defaultBranchRef"]["target"]["e0_f0_history"]
    history["nodes"][0]["associatedPullRequests"] = {
        "pageInfo": {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="},
        "nodes": [],
    }
    faults = bench.world.running.faults
    faults.next_requests(Answer(200, {"data": data}), which=Which(operation="Observe"))
    faults.next_requests(
        Answer(200, {"data": {"repository": {"id": "R", "q0": None}}}), which=Which(operation="Brought")
    )

    known = (await bench.observe(environments=NEEDS.environments)).environments["dev"].histories[DEV]

    assert (known.revisions, known.complete) == ((), False)


async def test_a_promotion_that_changes_between_two_pages_is_looked_at_again(bench: Bench) -> None:
    await bench.open()
    data = await recorded(bench, questions.observe(NEEDS, base="main", source=True))
    (pull,) = data["repository"]["e0_h0_ref"]["associatedPullRequests"]["nodes"]
    pull["labels"]["pageInfo"] = {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="}
    pull["headRefOid"] = "1" * 40
    bench.world.running.faults.next_requests(Answer(200, {"data": data}), which=Which(operation="Observe"))

    with pytest.raises(Temporary, match=r"^#1 changed while it was read$"):
        await bench.observe(environments=NEEDS.environments)


async def test_more_than_a_hundred_checks_on_a_source_commit_are_read(bench: Bench) -> None:
    """flowglad/onton#380: the policy's check is number 101."""
    repository = bench.world.repository
    head = repository.head()
    for number in range(101):
        repository.set_status(head, f"status-{number}", StatusState.SUCCESS, by=bench.world.mona)

    source = (await bench.observe(source=REPOSITORY, source_commits=frozenset({head}))).source

    assert source is not None
    assert source.commits[head].reports_complete
    assert {f"status-{number}" for number in range(101)} == {each.name for each in source.commits[head].reports}
