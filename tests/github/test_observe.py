"""One look, over real HTTP: what it brings, what it costs, and what becomes a value instead of an error."""

import dataclasses
import hashlib
from datetime import timedelta

import pytest

from bot.core.needs.application import EnvironmentNeeds
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.actors import Actor, Permission
from bot.core.observation.commits import Outcome
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import Mergeable, ReviewState
from bot.core.observation.repository import Protection
from bot.core.values.errors import Temporary
from bot.simulator.clock import Clock
from bot.simulator.github.git.store import File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import MergeMethod, ProtectionSource
from bot.simulator.github.model.protection.protection import Protection as Rules
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.pulls.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState as Opinion
from bot.simulator.github.traffic.faults import Which
from tests.github.conftest import BRANCH, DEV, NEW, PROD, REPOSITORY, Bench

ONE_REQUEST = ["POST /graphql"]


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


async def test_a_warm_look_is_one_request(bench: Bench) -> None:
    await bench.observe()
    bench.forget()

    await bench.observe(people=frozenset({"mona"}), teams=frozenset({"acme/sre"}))

    assert bench.asked() == ONE_REQUEST
    assert bench.github.client.requests["observe"] == 2


async def test_it_brings_the_files_with_their_exact_bytes(bench: Bench) -> None:
    content = "\ufeffimage: ghcr.io/acme/web:v1.4.1\r\n# é\n".encode()
    bench.world.change("main", {DEV: content})  # type: ignore[dict-item]  # bytes as well

    seen = await bench.observe()

    dev = seen.environments["dev"]
    assert [(file.path, file.blob_id, file.mode) for file in dev.files or ()] == [(DEV, blob_id(content), 0o100644)]
    assert seen.blobs[blob_id(content)] == content
    assert seen.repository.head_oid == bench.world.repository.head()
    assert seen.repository.merge_methods == {"MERGE", "SQUASH", "REBASE"}
    assert seen.unreadable == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a: " + b"x" * 600_000, id="longer than what GraphQL gives"),
        pytest.param(b"\x00\x01\x02", id="binary"),
        pytest.param("a: é".encode("latin-1"), id="no UTF-8"),
    ],
)
async def test_what_graphql_does_not_give_exactly_is_fetched_raw(bench: Bench, content: bytes) -> None:
    bench.world.change("main", {DEV: content})  # type: ignore[dict-item]  # bytes as well

    seen = await bench.observe()

    assert seen.blobs[blob_id(content)] == content
    assert f"GET /repos/acme/manifests/git/blobs/{blob_id(content)}" in bench.asked()


async def test_executables_and_links_keep_their_modes(bench: Bench) -> None:
    bench.world.repository.commit_files(
        {
            "envs/dev/web/run.sh": File(b"#!/bin/sh\n", mode=0o100755),
            "envs/dev/web/link": File(b"run.sh", mode=0o120000),
        },
        by=bench.world.mona,
    )

    seen = await bench.observe()

    modes = {file.path: file.mode for file in seen.environments["dev"].files or ()}
    assert modes["envs/dev/web/run.sh"] == 0o100755
    assert modes["envs/dev/web/link"] == 0o120000


async def test_a_cold_look_brings_the_texts_of_a_whole_folder(bench: Bench) -> None:
    deep = "envs/dev/web/overlays/eu/west/values.yaml"
    shallow = "envs/dev/web/base/values.yaml"
    bench.world.change("main", {deep: "deep: 1\n", shallow: "shallow: 1\n", "envs/dev/web/README.md": "# Web\n"})
    cold = (EnvironmentNeeds("dev", "envs/dev/web", texts=True, files=()),)

    seen = await bench.observe(environments=cold)

    files = {file.path: file.blob_id for file in seen.environments["dev"].files or ()}
    assert files.keys() == {DEV, deep, shallow, "envs/dev/web/README.md"}
    assert seen.blobs[files[deep]] == b"deep: 1\n"
    assert seen.blobs[files[shallow]] == b"shallow: 1\n"
    assert files["envs/dev/web/README.md"] not in seen.blobs
    bench.forget()

    again = await bench.observe(environments=cold)

    assert bench.asked() == ONE_REQUEST  # what a document does not reach is kept by its id
    assert again.blobs == seen.blobs


async def test_a_folder_can_be_the_root_or_absent(bench: Bench) -> None:
    environments = (
        EnvironmentNeeds("all", "", texts=True, files=(DEV,)),
        EnvironmentNeeds("none", "envs/nowhere", texts=False, files=("envs/nowhere/x.yaml",)),
        EnvironmentNeeds("file", PROD, texts=True, files=()),
    )

    seen = await bench.observe(environments=environments)

    assert {file.path for file in seen.environments["all"].files or ()} >= {DEV, PROD, "README.md"}
    assert seen.environments["none"].files is None
    assert seen.environments["none"].histories["envs/nowhere/x.yaml"].revisions == ()
    assert seen.environments["file"].files is None


async def test_a_file_outside_the_folder_is_listed_where_it_was_asked_for(bench: Bench) -> None:
    environments = (EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(PROD,)),)

    seen = await bench.observe(environments=environments)

    assert [file.path for file in seen.environments["dev"].files or ()] == [DEV, PROD]


async def test_blobs_are_asked_for_by_id(bench: Bench) -> None:
    old = bench.world.repository.commit_files({DEV: NEW}, by=bench.world.mona)
    bench.world.change("main", {DEV: "image: ghcr.io/acme/web:v2\n"})
    unknown = "1" * 40

    seen = await bench.observe(
        environments=(), blobs=frozenset({blob_id(NEW), unknown}), commits=frozenset({old, "2" * 40})
    )

    assert seen.blobs[blob_id(NEW)] == NEW
    assert seen.unreadable.keys() == {unknown}
    assert seen.commits.keys() == {old}


async def test_the_policy_is_read_from_the_default_branch_at_any_depth(bench: Bench) -> None:
    written = {
        ".gitops.yml": "version: 1\n",
        ".gitops/prod.yml": "path: x\n",
        ".gitops/applications/web.yml": "image: x\n",
        ".gitops/a/b/c/deep.yml": "deep: 1\n",
    }
    bench.world.change("main", written)
    bench.world.repository.commit_files({".gitops/logo.png": b"\x00" * 11_000_000}, by=bench.world.mona)

    seen = await bench.observe()

    assert seen.policy_files == written, "and a large picture beside it is no matter"
    bench.world.change("feature", {".gitops.yml": "version: 2\n"})
    assert (await bench.observe()).policy_files[".gitops.yml"] == "version: 1\n"


async def test_a_policy_is_sent_again_only_where_it_has_changed(bench: Bench) -> None:
    bench.world.change("main", {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: x\n"})
    first = await bench.observe()
    bench.forget()
    same = await bench.observe()
    bench.world.change("main", {".gitops/prod.yml": "path: y\n"})
    changed = await bench.observe()
    again = await bench.github.sweep(SweepNeeds(REPOSITORY))
    bench.world.repository.commit_files({".gitops/prod.yml": None}, by=bench.world.mona)
    gone = await bench.observe()

    assert first.policy_files == same.policy_files == {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: x\n"}
    assert (
        changed.policy_files == again.policy_files == {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: y\n"}
    )
    assert gone.policy_files == {".gitops.yml": "version: 1\n"}
    assert first.policy_id == same.policy_id
    assert len({first.policy_id, changed.policy_id, gone.policy_id}) == 3
    counted = bench.github.client.requests
    assert (counted["observe"], counted["sweep"], counted["tree"]) == (4, 1, 1)


async def test_reports_are_the_newest_of_each_name(bench: Bench) -> None:
    world, head = bench.world, bench.world.repository.head()
    world.repository.set_status(head, "argocd/web-dev", StatusState.PENDING, by=world.mona)
    world.repository.set_status(head, "argocd/web-dev", StatusState.SUCCESS, by=world.mona, description="Synced")
    world.repository.create_check_run(
        head,
        "build",
        app=world.app,
        details=RunDetails(conclusion=Conclusion.FAILURE, output=Output(title="Broke", summary="x")),
    )
    world.repository.create_check_run(head, "lint", app=world.app)
    world.repository.create_check_run(head, "docs", app=world.app, details=RunDetails(conclusion=Conclusion.SKIPPED))

    (commit,) = [one for one in (await bench.observe()).recent if one.oid == head]

    reports = {report.name: report for report in commit.reports}
    assert {name: report.outcome for name, report in reports.items()} == {
        "argocd/web-dev": Outcome.SUCCESS,
        "build": Outcome.FAILURE,
        "lint": Outcome.PENDING,
        "docs": Outcome.SUCCESS,
    }
    assert reports["argocd/web-dev"].title == "Synced"
    assert (reports["argocd/web-dev"].app_id, reports["argocd/web-dev"].node_id) == (None, None)
    assert reports["build"].title == "Broke"
    assert reports["build"].app_id == world.app.id
    assert reports["build"].node_id is not None
    assert commit.reports_complete


@pytest.mark.parametrize("method", list(MergeMethod))
async def test_a_merged_promotion_is_one_arrival_however_it_was_merged(bench: Bench, method: MergeMethod) -> None:
    opened = await bench.open()
    pull = bench.world.repository.pull(1)
    bench.world.repository.commit_files({DEV: NEW + b"# again\n"}, by=bench.world.mona, branch=BRANCH)
    clock: Clock = bench.world.github.clock
    merged_at = clock.advance(timedelta(hours=2))
    landed = merge(pull, MergeOrder(method=method), by=bench.world.octocat)

    seen = await bench.observe()

    arrival, first = seen.environments["dev"].histories[DEV].revisions
    assert arrival.commit == landed == bench.world.repository.head()
    assert (arrival.at, arrival.by) == (merged_at, Actor("octocat"))
    assert (arrival.pull, arrival.promotion) == (1, True)
    assert arrival.blob_id == blob_id(NEW + b"# again\n")
    assert (first.commit, first.pull, first.promotion) == (opened.repository.head_oid, None, False)
    assert seen.environments["dev"].histories[DEV].complete
    assert seen.environments["dev"].pull is None
    (past,) = seen.environments["dev"].past
    assert (past.number, past.merged, past.closed_at) == (1, True, merged_at)
    assert past.head_blobs == {DEV: blob_id(NEW + b"# again\n")}


async def test_a_long_history_is_told_to_be_incomplete(bench: Bench) -> None:
    for number in range(12):
        bench.world.change("main", {DEV: f"image: ghcr.io/acme/web:v{number}\n"})

    short = (await bench.observe()).environments["dev"].histories[DEV]
    long = (await bench.observe(history=100)).environments["dev"].histories[DEV]

    assert (len(short.revisions), short.complete) == (10, False)
    assert (len(long.revisions), long.complete) == (13, True)


async def test_a_removed_file_has_a_history_without_a_blob(bench: Bench) -> None:
    bench.world.repository.commit_files({DEV: None}, by=bench.world.mona)

    seen = await bench.observe()

    assert seen.environments["dev"].histories[DEV].revisions[0].blob_id == ""


async def test_an_open_promotion_is_seen_whole(bench: Bench) -> None:
    seen = await bench.open()
    pull = bench.world.repository.pull(1)
    pull.review(by=bench.world.mona, state=Opinion.APPROVED)
    stranger = bench.world.repository.commit_files({"x.txt": "x"}, by=bench.world.mona, branch=BRANCH)
    bench.world.repository.create_check_run(stranger, "test", app=bench.world.app)

    before = seen.environments["dev"].pull
    after = (await bench.observe()).environments["dev"].pull

    assert before is not None
    assert after is not None
    assert (before.author, before.title, before.base) == (
        Actor("gitops-bot", is_bot=True),
        "dev: web v1.4.1 → v1.5.0",
        "main",
    )
    assert [commit.by_app for commit in before.commits] == [True]
    assert before.commits[0].parents == (
        (seen.repository.head_oid, {DEV: blob_id(b"image: ghcr.io/acme/web:v1.4.1\n")}),
    )
    assert before.head_blobs == {DEV: blob_id(NEW)}
    assert before.mergeable is Mergeable.MERGEABLE
    assert before.changed_paths == (DEV,)
    assert after.head.oid == stranger
    assert [report.name for report in after.head.reports] == ["test"]
    assert [(commit.by_app, commit.author.login) for commit in after.commits] == [(True, "gitops-bot"), (False, "mona")]
    assert (after.commits_total, after.changed_files, set(after.changed_paths)) == (2, 2, {DEV, "x.txt"})
    (review,) = after.reviews
    assert (review.author.login, review.state, review.can_push) == ("mona", ReviewState.APPROVED, True)
    assert review.blobs == {DEV: blob_id(NEW)}


async def test_a_fork_with_the_branch_of_a_promotion_is_none(bench: Bench) -> None:
    fork = bench.world.github.fork(bench.world.repository, by=bench.world.hubot)
    fork.commit_files({DEV: NEW}, by=bench.world.hubot, branch=BRANCH)
    draft = PullDraft(title="Mine", base="main", head=BRANCH, head_repository=fork)
    pull = bench.world.repository.open_pull(draft, by=bench.world.hubot)
    pull.comment("/promote prod", by=bench.world.hubot)

    seen = await bench.observe()

    assert seen.environments["dev"].pull is None
    assert seen.environments["dev"].branch_oid is None
    assert [comment.promotion for comment in seen.comments] == [None]
    pull.close(by=bench.world.hubot)
    assert (await bench.observe()).environments["dev"].past == ()


async def test_past_pull_requests_of_forks_hide_none_of_ours(bench: Bench) -> None:
    """Anybody can open and close them, from a branch of the same name."""
    await bench.open()
    world = bench.world
    world.repository.pull(1).close(by=world.octocat)
    fork = world.github.fork(world.repository, by=world.mona)
    fork.commit_files({"a": "b"}, by=world.mona, branch=BRANCH)
    for number in range(12):
        world.github.clock.advance(timedelta(seconds=1))
        draft = PullDraft(title=f"x{number}", base="main", head=BRANCH, head_repository=fork)
        world.repository.open_pull(draft, by=world.mona).close(by=world.mona)
    bench.forget()

    seen = await bench.observe()

    assert [(past.number, past.head_blobs) for past in seen.environments["dev"].past] == [(1, {DEV: blob_id(NEW)})]
    assert bench.asked().count("POST /graphql") == 2


async def test_a_pull_request_into_another_branch_is_not_the_promotion(bench: Bench) -> None:
    bench.world.change("release", {"x": "y"})
    bench.world.repository.commit_files({DEV: NEW}, by=bench.world.mona, branch=BRANCH)
    bench.world.repository.open_pull(PullDraft(title="Other", base="release", head=BRANCH), by=bench.world.mona)
    bench.forget()

    first = await bench.observe()
    await bench.open_on_existing_branch()
    second = await bench.observe()

    assert first.environments["dev"].pull is None
    assert first.environments["dev"].branch_oid is not None
    assert second.environments["dev"].pull is not None
    assert second.environments["dev"].pull.base == "main"


async def test_a_promotion_on_the_branch_of_a_former_name(bench: Bench) -> None:
    """It is the one in use; without one, the branch of the present name is, or what is left of a former one."""
    await bench.open()
    environment, former = "present", ("gitops/other/web", BRANCH)

    async def look() -> SeenEnvironment:
        needs = EnvironmentNeeds(environment, "envs/dev/web", texts=False, files=(DEV,), former=former)
        return (await bench.observe(environments=(needs,))).environments[environment]

    used = await look()
    assert used.pull is not None
    assert (used.former_branch, used.branch_oid) == (BRANCH, used.pull.head.oid)
    pull = bench.world.repository.pull(1)
    pull.close(by=bench.world.octocat)
    left = await look()
    assert (left.pull, left.former_branch, left.branch_oid) == (None, BRANCH, used.branch_oid)
    assert [each.number for each in left.past] == [1]
    bench.world.repository.create_branch("gitops/present/web", by=bench.world.octocat)
    both = await look()
    assert (both.former_branch, both.branch_oid) == (None, bench.world.repository.head())
    pull.reopen(by=bench.world.octocat)
    assert (await look()).former_branch == BRANCH


async def test_comments_say_what_the_bot_has_done_about_them(bench: Bench) -> None:
    await bench.open()
    world = bench.world
    issue = world.repository.open_issue("Please", by=world.mona)
    pull = world.repository.pull(1)
    plain = issue.comment("/why", by=world.mona)
    seen = pull.comment("/promote prod", by=world.mona)
    done = pull.comment("/hold prod", by=world.octocat)
    edited = pull.comment("/hold dev", by=world.octocat)
    seen.react(ReactionContent.EYES, by=world.app.bot)
    done.react(ReactionContent.ROCKET, by=world.app.bot)
    plain.react(ReactionContent.ROCKET, by=world.mona)  # anybody may
    edited.edit("/hold all", by=world.octocat)

    found = {comment.database_id: comment for comment in (await bench.observe()).comments}

    assert (found[plain.id].seen, found[plain.id].done, found[plain.id].promotion) == (False, False, None)
    assert (found[seen.id].seen, found[seen.id].done) == (True, False)
    assert (found[done.id].seen, found[done.id].done) == (False, True)
    assert found[seen.id].promotion == ("dev", "web")
    assert found[seen.id].subject_number == 1
    assert found[plain.id].author == Actor("mona")
    assert [comment.edited for comment in found.values()] == [False, False, False, True]


async def test_rights_are_those_of_this_very_person(bench: Bench) -> None:
    world = bench.world
    world.repository.grant(world.github.user("mona-lisa"), Role.ADMIN)

    seen = await bench.observe(people=frozenset({"Mona", "mona-lisa", "hubot", "nobody"}))

    assert seen.people == {
        "Mona": Permission.WRITE,
        "mona-lisa": Permission.ADMIN,
        "hubot": Permission.NONE,
        "nobody": Permission.NONE,
    }


async def test_a_large_team_is_read_to_its_end(bench: Bench) -> None:
    many = [bench.world.github.user(f"user-{number}") for number in range(130)]
    bench.world.acme.team("everybody", *many)

    seen = await bench.observe(teams=frozenset({"acme/everybody", "acme/nobody", "elsewhere/x"}))

    everybody = seen.teams["acme/everybody"]
    assert everybody is not None
    assert len(everybody) == 130
    assert (seen.teams["acme/nobody"], seen.teams["elsewhere/x"]) == (None, None)


async def test_githubs_own_rules_are_read_from_both_of_its_mechanisms(bench: Bench) -> None:
    repository = bench.world.repository
    repository.protect("main", Rules(checks=("build",), approvals=1))
    repository.protect("main", Rules(source=ProtectionSource.RULESET, checks=("test",), strict=True, approvals=2))

    seen = await bench.observe()

    assert seen.repository.protection == Protection(frozenset({"build", "test"}), required_approvals=2, strict=True)


async def test_a_merge_queue_shows_on_an_open_promotion(bench: Bench) -> None:
    bench.world.repository.protect("main", Rules(merge_queue=MergeMethod.SQUASH))

    seen = await bench.open()

    assert seen.repository.protection.merge_queue


async def test_the_state_branch_is_read_with_its_head(bench: Bench) -> None:
    assert (await bench.observe()).state.head_oid is None
    head = bench.world.change("gitops-state", {"prod.yaml": "holds: []\n"})

    state = (await bench.observe()).state

    assert state.head_oid == head
    assert state.files["prod.yaml"] == "holds: []\n"


class TestSource:
    """The source repository: in the same request where one token reaches it, else in one of its own."""

    async def test_covered_by_the_same_installation(self, bench: Bench) -> None:
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        head = web.head()
        web.create_check_run(head, "build", app=bench.world.app, details=RunDetails(conclusion=Conclusion.SUCCESS))
        asked = {"source": "acme/web", "source_commits": frozenset({head, "1" * 40}), "source_branch": "HEAD"}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST
        assert source is not None
        assert source.readable
        assert source.history == (head,)
        assert source.commits.keys() == {head}
        assert source.commits[head].reports[0].outcome is Outcome.SUCCESS

    async def test_the_newest_commit_of_a_branch(self, bench: Bench) -> None:
        """With its reports; none where there is no such branch."""
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        web.create_check_run(
            web.head(), "build", app=bench.world.app, details=RunDetails(conclusion=Conclusion.FAILURE)
        )

        source = (await bench.observe(source="acme/web", source_head="HEAD")).source
        other = (await bench.observe(source="acme/web", source_head="release")).source

        assert source is not None
        assert source.head is not None
        assert source.head.oid == web.head()
        assert source.head.reports[0].outcome is Outcome.FAILURE
        assert other is not None
        assert other.head is None

    async def test_the_log_of_a_commit(self, bench: Bench) -> None:
        """Newest first, with authors and the pull requests that brought them; of commits that exist."""
        world = bench.world
        web = world.github.create_repository("acme/web", files={"main.go": "x"}, by=world.octocat)
        first = web.head()
        web.commit_files({"main.go": "y"}, by=world.mona, branch="mend", message="Mend it")
        pull = web.open_pull(PullDraft(title="Mend it", base="main", head="mend"), by=world.mona)
        merge(pull, MergeOrder(method=MergeMethod.SQUASH), by=world.octocat)
        asked = {"source": "acme/web", "logs": frozenset({web.head(), "1" * 40})}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST
        assert source is not None
        assert source.logs.keys() == {web.head()}
        newest, oldest = source.logs[web.head()]
        assert newest.oid == web.head()
        assert newest.headline.startswith("Mend it")
        assert (newest.author.login, newest.pull) == ("mona", pull.number)
        assert (oldest.oid, oldest.author.login, oldest.pull) == (first, "octocat", None)

    async def test_on_a_named_branch(self, bench: Bench) -> None:
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        head = web.commit_files({"main.go": "y"}, by=bench.world.octocat, branch="release")

        source = (await bench.observe(source="acme/web", source_branch="release")).source

        assert source is not None
        assert source.history[0] == head

    async def test_in_another_account_with_an_installation_of_its_own(self, bench: Bench) -> None:
        world = bench.world
        other = world.github.organisation("globex")
        other.add_member(world.octocat)
        web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
        world.github.install(world.app, other, by=world.octocat)
        bench.github.tokens.sources = frozenset({("acme", "globex")})
        asked = {"source": "globex/web", "source_commits": frozenset({web.head()})}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST * 2
        assert source is not None
        assert source.commits.keys() == {web.head()}

    async def test_in_another_account_that_nobody_allowed(self, bench: Bench) -> None:
        """Whoever writes a policy here would read there what only the App may: a private repository says nothing."""
        world = bench.world
        other = world.github.organisation("globex")
        other.add_member(world.octocat)
        web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
        world.github.install(world.app, other, by=world.octocat)
        bench.github.tokens.sources = frozenset({("globex", "acme"), ("acme", "globex-2")})

        source = (await bench.observe(source="globex/web", source_commits=frozenset({web.head()}))).source

        assert source is not None
        assert (source.readable, source.allowed, dict(source.commits)) == (False, False, {})
        assert await bench.github._changes.of(REPOSITORY, "globex/web", [web.head()]) == {}

    @pytest.mark.parametrize("name", ["acme/nothing", "nobody/web", "../..", "no-owner"])
    async def test_not_readable(self, bench: Bench, name: str) -> None:
        source = (await bench.observe(source=name, source_commits=frozenset({"1" * 40}))).source

        assert source is not None
        assert not source.readable
        assert source.commits == {}


async def test_a_document_that_is_too_much_is_asked_for_in_halves(bench: Bench) -> None:
    await bench.observe()
    bench.forget()
    bench.world.running.faults.resource_limits(("repository", "state"), which=Which(operation="Observe"))

    seen = await bench.observe()

    assert bench.asked() == ONE_REQUEST * 3
    assert seen.environments.keys() == {"dev", "prod"}
    assert seen.blobs.keys() >= {file.blob_id for each in seen.environments.values() for file in each.files or ()}


async def test_a_single_environment_that_is_too_much_is_temporary(bench: Bench) -> None:
    bench.world.running.faults.resource_limits(("repository", "state"), which=Which(operation="Observe"))

    with pytest.raises(Temporary, match="so much at once"):
        await bench.observe(environments=())


async def test_a_repository_without_the_app_says_so(bench: Bench) -> None:
    needs = dataclasses.replace(bench.needs(), repository="acme/unknown")

    with pytest.raises(Temporary, match="acme/unknown: the App is not installed there"):
        await bench.github.observe(needs)


async def test_an_empty_repository_says_so(bench: Bench) -> None:
    bench.world.github.create_repository("acme/empty", by=bench.world.octocat)
    needs = dataclasses.replace(bench.needs(), repository="acme/empty", environments=())

    with pytest.raises(Temporary, match="acme/empty is empty"):
        await bench.github.observe(needs)


async def test_a_renamed_default_branch_is_noticed_in_the_same_look(bench: Bench) -> None:
    await bench.open()
    repository = bench.world.repository
    repository.create_branch("trunk", by=bench.world.octocat)
    repository.pull(1).retarget("trunk", by=bench.world.octocat)
    repository.default_branch = "trunk"

    seen = await bench.observe()

    assert seen.repository.default_branch == "trunk"
    assert seen.environments["dev"].pull is not None
    assert seen.repository.name == REPOSITORY


async def test_what_the_rules_of_the_branch_ask_for(bench: Bench) -> None:
    """Classic protection and rulesets add up; what is not looked into is known by GitHub's name for it."""
    repository = bench.world.repository
    ruleset = Rules(
        source=ProtectionSource.RULESET,
        checks=(RequiredCheck("ci", 42), "lint"),
        conversations=True,
        deployments=("qa",),
        linear_history=True,
        merge_methods=(MergeMethod.SQUASH, MergeMethod.MERGE),
    )
    repository.protect("main", ruleset)
    repository.protect("main", Rules(approvals=1, code_owners=True, signatures=True))

    seen = (await bench.observe()).repository

    assert seen.protection == Protection(
        required_checks=frozenset({"ci", "lint"}),
        required_approvals=1,
        check_apps={"ci": 42},
        code_owners=True,
        conversations=True,
        deployments=frozenset({"qa"}),
        others=frozenset({"REQUIRED_LINEAR_HISTORY", "REQUIRED_SIGNATURES"}),
    )
    assert seen.merge_methods == {"SQUASH"}


async def test_whom_github_has_asked_and_what_is_unresolved(bench: Bench) -> None:
    """Code owners, and not those whom somebody asked besides."""
    repository, acme = bench.world.repository, bench.world.acme
    repository.grant(acme.team("web"), Role.WRITE)
    repository.grant(bench.world.mona, Role.WRITE)
    repository.commit_files({"CODEOWNERS": "* @acme/web @mona\n"}, by=bench.world.octocat)
    await bench.open()
    pull = repository.pull(1)
    pull.request_reviews(bench.world.octocat, by=bench.world.mona)
    pull.start_thread(DEV, by=bench.world.mona)
    pull.start_thread(DEV, by=bench.world.mona).resolve(by=bench.world.mona)

    found = (await bench.observe()).environments["dev"].pull

    assert found is not None
    assert (found.owners_asked, found.open_threads) == (("@acme/web", "@mona"), 1)
