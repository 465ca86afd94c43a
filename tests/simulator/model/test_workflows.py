"""The permission `workflows`: without it an App can neither push workflow files nor merge a change of them.

The sentence is the one that stefanzweifel/git-auto-commit-action#322 and peter-evans/create-pull-request#1234 show.
"""

from pathlib import Path

import pytest

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.world.errors import Reason, Refused
from tests.simulator.model_world import PERMISSIONS, World, world

CI = ".github/workflows/ci.yml"
SENTENCE = f"refusing to allow a GitHub App to create or update workflow `{CI}` without `workflows` permission"
COMMIT = """mutation($head: GitObjectID!) { createCommitOnBranch(input: {
branch: {repositoryNameWithOwner: "acme/manifests", branchName: "main"}, expectedHeadOid: $head,
message: {headline: "CI"}, fileChanges: {additions: [{path: ".github/workflows/ci.yml", contents: "MQ=="}]}}) {
commit { oid } } }"""
STATE = """query($number: Int!) { repository(owner: "acme", name: "manifests") { pullRequest(number: $number) {
mergeStateStatus } } }"""


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def pull_with_workflow(here: World) -> PullRequest:
    here.repository.commit_files({CI: "on: push\n"}, by=here.writer, branch="ci")
    return here.repository.open_pull(PullDraft(title="CI", base="main", head="ci"), by=here.writer)


def allow(here: World) -> None:
    here.installation.permissions = {**PERMISSIONS, "workflows": Access.WRITE}


def test_a_commit_of_a_workflow_file_needs_the_permission(here: World) -> None:
    refused = here.refusal(COMMIT, {"head": here.repository.head()})
    assert (refused["type"], refused["message"]) == ("FORBIDDEN", SENTENCE)
    allow(here)
    here.data(COMMIT, {"head": here.repository.head()})


def test_only_new_commits_count(here: World) -> None:
    tip = here.repository.commit_files({CI: "on: push\n"}, by=here.writer, branch="ci")
    check_push(here.repository, "refs/heads/copy", before=ZERO, after=tip, by=here.app.bot)
    check_push(here.repository, "refs/heads/main", before=here.repository.head(), after=tip, by=here.app.bot)


def test_a_merge_of_a_workflow_file_needs_it_too_and_people_do_not(here: World) -> None:
    # Mergifyio/mergify#2507; the state is relative to the token: BLOCKED for such an App, CLEAN for a person.
    pull = pull_with_workflow(here)
    with pytest.raises(Refused) as refused:
        merge(pull, MergeOrder(), by=here.app.bot)
    assert (refused.value.reason, refused.value.message) == (Reason.FORBIDDEN, SENTENCE)
    assert here.data(STATE, {"number": pull.number})["repository"]["pullRequest"]["mergeStateStatus"] == "BLOCKED"
    merge(pull, MergeOrder(), by=here.writer)


def test_with_the_permission_the_app_merges(here: World) -> None:
    pull = pull_with_workflow(here)
    allow(here)
    assert here.data(STATE, {"number": pull.number})["repository"]["pullRequest"]["mergeStateStatus"] == "CLEAN"
    merge(pull, MergeOrder(), by=here.app.bot)
