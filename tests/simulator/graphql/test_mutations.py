"""Mutations: what the bot sends, what people's tools send, and how each is refused."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.git.store import ZERO, File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.model.pulls.pull_request import PullRequest
from tests.simulator.model_world import PERMISSIONS, World, world

OPEN = """
mutation ($repository: ID!, $ref: String!, $branch: CommittableBranch!, $head: String!, $base: GitObjectID!,
          $additions: [FileAddition!]!, $deletions: [FileDeletion!]!, $title: String!) {
  ref: createRef(input: {repositoryId: $repository, name: $ref, oid: $base}) { ref { name target { oid } } }
  commit: createCommitOnBranch(input: {branch: $branch, expectedHeadOid: $base, message: {headline: "change", body: "Why: so"},
                                       fileChanges: {additions: $additions, deletions: $deletions}}) {
    commit { oid message author { email user { login } } committer { name } signature { isValid wasSignedByGitHub } }
    ref { target { oid } }
  }
  pull: createPullRequest(input: {repositoryId: $repository, baseRefName: "main", headRefName: $head, title: $title,
                                  maintainerCanModify: false, clientMutationId: "mine"}) {
    clientMutationId
    pullRequest { number headRefOid baseRefOid author { login __typename } }
  }
}
"""
MOVE = """
mutation ($repository: ID!, $updates: [RefUpdate!]!, $pull: ID!) {
  move: updateRefs(input: {repositoryId: $repository, refUpdates: $updates}) { clientMutationId }
  pull: updatePullRequest(input: {pullRequestId: $pull, title: "new", body: "newer"}) { pullRequest { headRefOid state title } }
}
"""
PROMOTION = "gitops/dev/web"
STAGE = "gitops-stage/dev/web"
MANIFEST = "envs/dev/web/deployment.yaml"


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def opening(
    here: World, branch: str = PROMOTION, content: bytes = b"image: v2\n", **changes: object
) -> dict[str, object]:
    """The variables of OPEN."""
    return {
        "repository": here.repository.node_id,
        "ref": f"refs/heads/{branch}",
        "branch": {"repositoryNameWithOwner": "acme/manifests", "branchName": branch},
        "head": branch,
        "base": here.repository.head(),
        "additions": [{"path": MANIFEST, "contents": base64.b64encode(content).decode()}],
        "deletions": [],
        "title": "dev: web v2",
        **changes,
    }


def mutate(here: World, name: str, given: Mapping[str, object], answer: str, *, viewer: Caller | None = None) -> Any:
    """One mutation that must succeed; its payload."""
    return here.data(*document(name, given, answer), viewer=viewer)[name]


def refused(
    here: World, name: str, given: Mapping[str, object], *, viewer: Caller | None = None
) -> tuple[str | None, str]:
    """One mutation that must fail: (type, message)."""
    error = here.refusal(*document(name, given, "clientMutationId"), viewer=viewer)
    return error.get("type"), error["message"]


def document(name: str, given: Mapping[str, object], answer: str) -> tuple[str, Mapping[str, object]]:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ {answer} }} }}", {"input": given}


class TestOpening:
    def test_three_steps_in_one_document(self, here: World) -> None:
        here.hush()
        answer = here.data(OPEN, opening(here))
        head = here.repository.head(PROMOTION)
        assert answer["ref"]["ref"] == {"name": PROMOTION, "target": {"oid": here.repository.head()}}
        commit = answer["commit"]["commit"]
        assert commit["oid"] == head == answer["commit"]["ref"]["target"]["oid"]
        assert commit["message"] == "change\n\nWhy: so"
        assert commit["author"]["user"] == {"login": "gitops-bot[bot]"}
        assert commit["committer"] == {"name": "GitHub"}
        assert commit["signature"] == {"isValid": True, "wasSignedByGitHub": True}
        assert answer["pull"] == {
            "clientMutationId": "mine",
            "pullRequest": {
                "number": 1, "headRefOid": head, "baseRefOid": here.repository.head(),
                "author": {"login": "gitops-bot", "__typename": "Bot"},
            },
        }  # fmt: skip
        assert here.repository.store.file(head, MANIFEST) == b"image: v2\n"
        assert here.heard() == ["CreateEvent", "PushEvent", "PushEvent", "PullRequestEvent opened"]

    def test_a_failed_step_does_not_stop_the_next(self, here: World) -> None:
        here.repository.create_branch(PROMOTION, by=here.writer)
        answer = here.ask(OPEN, opening(here))
        assert answer["data"]["ref"] is None
        assert answer["data"]["pull"]["pullRequest"]["number"] == 1
        assert [(error["type"], error["path"]) for error in answer["errors"]] == [("UNPROCESSABLE", ["ref"])]
        answer = here.ask(OPEN, opening(here))
        assert answer["data"] == {"ref": None, "commit": None, "pull": None}
        assert [error["message"] for error in answer["errors"]] == [
            'A ref named "refs/heads/gitops/dev/web" already exists in the repository.',
            f'Expected branch to point to "{here.repository.head()}" but it did not.  Pull and try again.',
            "A pull request already exists for acme:gitops/dev/web.",
        ]
        assert answer["errors"][1]["type"] == "STALE_DATA"

    def test_modes_are_reset_and_files_removed(self, here: World) -> None:
        here.repository.commit_files({"run.sh": File(b"#!/bin/sh\n", 0o100755), "old": "1"}, by=here.writer)
        contents = base64.b64encode(b"#!/bin/bash\n").decode()
        variables = opening(here, additions=[{"path": "run.sh", "contents": contents}], deletions=[{"path": "old"}])
        here.data(OPEN, variables)
        store = here.repository.store
        tree = store.commit(here.repository.head(PROMOTION)).tree
        entry = store.entry(tree, "run.sh")
        assert entry is not None
        assert entry.mode == 0o100644
        assert store.entry(tree, "old") is None

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"name": "main", "oid": None}, "main is not a valid ref name."),
            ({"name": "refs/heads/a..b", "oid": None}, "refs/heads/a..b is not a valid ref name."),
            ({"name": "refs/heads/main/below", "oid": None}, "Ref cannot be created"),
            ({"name": "refs/heads/new", "oid": "f" * 40}, f"Object does not exist: {'f' * 40}"),
        ],
    )
    def test_refs_that_cannot_be(self, here: World, given: dict[str, object], message: str) -> None:
        given = {**given, "oid": given["oid"] or here.repository.head(), "repositoryId": here.repository.node_id}
        assert refused(here, "createRef", given) == ("UNPROCESSABLE", message)

    @pytest.mark.parametrize(
        ("branch", "paths", "message"),
        [
            ({"repositoryNameWithOwner": "acme/manifests", "branchName": "no"}, ["a"], 'Branch "no" not found'),
            ({"branchName": "main"}, ["a"], "A branch needs either an id"),
            ({"repositoryNameWithOwner": "acme/no", "branchName": "main"}, ["a"], "Could not resolve to a Repository"),
            (
                {"repositoryNameWithOwner": "acme/manifests", "branchName": "main"},
                ["a", "a"],
                "A path was specified more than",
            ),
            (
                {"repositoryNameWithOwner": "acme/manifests", "branchName": "main"},
                ["../a"],
                "A path was requested for change",
            ),
        ],
    )
    def test_commits_that_cannot_be(self, here: World, branch: dict[str, str], paths: list[str], message: str) -> None:
        given = {
            "branch": branch, "expectedHeadOid": here.repository.head(), "message": {"headline": "h"},
            "fileChanges": {"additions": [{"path": path, "contents": "eA=="} for path in paths]},
        }  # fmt: skip
        assert refused(here, "createCommitOnBranch", given)[1].startswith(message)

    def test_protected_branches_take_no_commits(self, here: World) -> None:
        here.repository.protect("main", Protection(approvals=1))
        given = {
            "branch": {"repositoryNameWithOwner": "acme/manifests", "branchName": "main"}, "message": {"headline": "h"},
            "expectedHeadOid": here.repository.head(),
        }  # fmt: skip
        kind, message = refused(here, "createCommitOnBranch", given)
        assert kind == "BRANCH_PROTECTION_RULE_VIOLATION"
        assert message.startswith("Changes must be made through a pull request.")

    def test_from_a_fork(self, here: World) -> None:
        fork = here.github.fork(here.repository, by=here.reader)
        fork.commit_files({"a": "1"}, by=here.reader, branch="topic")
        given = {
            "repositoryId": here.repository.node_id, "headRefName": "reader:topic", "baseRefName": "main", "title": "t",
            "draft": True,
        }  # fmt: skip
        asked = (
            "pullRequest { isCrossRepository isDraft headRepositoryOwner { login } headRepository { nameWithOwner } }"
        )
        assert mutate(here, "createPullRequest", given, asked, viewer=Caller(user=here.admin))["pullRequest"] == {
            "isCrossRepository": True, "isDraft": True, "headRepositoryOwner": {"login": "reader"},
            "headRepository": {"nameWithOwner": "reader/manifests"},
        }  # fmt: skip


class TestMoving:
    def staged(self, here: World) -> tuple[PullRequest, str, str]:
        """An open promotion, its head, and the new commit on the stage."""
        here.data(OPEN, opening(here))
        pull = here.repository.pull(1)
        here.repository.commit_files({"other": "1"}, by=here.writer)
        stage = here.repository.commit_files({MANIFEST: "image: v3\n"}, by=here.app.bot, branch=STAGE)
        return pull, pull.head_oid, stage

    def test_the_same_pull_request_gets_a_new_head_and_never_closes(self, here: World) -> None:
        pull, seen, new = self.staged(here)
        here.hush()
        updates = [
            {"name": f"refs/heads/{PROMOTION}", "beforeOid": seen, "afterOid": new, "force": True},
            {"name": f"refs/heads/{STAGE}", "beforeOid": new, "afterOid": ZERO},
        ]
        answer = here.data(MOVE, {"repository": here.repository.node_id, "updates": updates, "pull": pull.node_id})
        assert answer["pull"]["pullRequest"] == {"headRefOid": new, "state": "OPEN", "title": "new"}
        assert here.repository.find_branch(STAGE) is None
        assert "PullRequestEvent closed" not in here.heard()

    def test_a_foreign_push_stops_all_of_it(self, here: World) -> None:
        pull, seen, new = self.staged(here)
        foreign = here.repository.commit_files({"x": "1"}, by=here.writer, branch=PROMOTION)
        updates = [
            {"name": f"refs/heads/{STAGE}", "beforeOid": new, "afterOid": ZERO},
            {"name": f"refs/heads/{PROMOTION}", "beforeOid": seen, "afterOid": new, "force": True},
        ]
        answer = here.ask(MOVE, {"repository": here.repository.node_id, "updates": updates, "pull": pull.node_id})
        assert answer["errors"][0]["type"] == "STALE_DATA"
        assert here.repository.find_branch(STAGE) == new, "none of the updates happened"
        assert pull.head_oid == foreign

    def test_one_ref_at_a_time(self, here: World) -> None:
        self.staged(here)
        repository = {"repositoryId": here.repository.node_id}
        update = {"name": f"refs/heads/{PROMOTION}", "afterOid": here.repository.head(STAGE)}
        assert refused(here, "updateRefs", {**repository, "refUpdates": [update]})[1].startswith(
            "Update is not a fast forward"
        )
        mutate(here, "updateRefs", {**repository, "refUpdates": [{**update, "force": True}]}, "clientMutationId")
        new = {"name": "refs/heads/fresh", "beforeOid": ZERO, "afterOid": here.repository.head()}
        mutate(here, "updateRefs", {**repository, "refUpdates": [new]}, "clientMutationId")
        assert refused(here, "updateRefs", {**repository, "refUpdates": [new]})[0] == "STALE_DATA"
        found = here.data('{ repository(owner: "acme", name: "manifests") { ref(qualifiedName: "fresh") { id } } }')
        identifier = found["repository"]["ref"]["id"]
        oid = here.repository.commit_files({"y": "1"}, by=here.writer)
        mutate(here, "updateRef", {"refId": identifier, "oid": oid}, "ref { target { oid } }")
        assert here.repository.head("fresh") == oid
        mutate(here, "deleteRef", {"refId": identifier}, "clientMutationId")
        assert here.repository.find_branch("fresh") is None
        names = here.data(
            '{ repository(owner: "acme", name: "manifests") { refs(refPrefix: "refs/heads/gitops/", first: 9) '
            "{ nodes { prefix name } } defaultBranchRef { id } } }"
        )["repository"]
        assert names["refs"]["nodes"] == [{"prefix": "refs/heads/gitops/", "name": "dev/web"}]
        assert (
            refused(here, "deleteRef", {"refId": names["defaultBranchRef"]["id"]})[1]
            == "Cannot delete the default branch."
        )


class TestPullRequests:
    def test_merging_names_the_head(self, here: World) -> None:
        pull = here.promotion()
        given: dict[str, object] = {"pullRequestId": pull.node_id, "expectedHeadOid": "0" * 40}
        assert refused(here, "mergePullRequest", given) == (
            "UNPROCESSABLE", "Head branch was modified. Review and try the merge again.",
        )  # fmt: skip
        given = {
            **given,
            "expectedHeadOid": pull.head_oid,
            "mergeMethod": "SQUASH",
            "commitHeadline": "h",
            "commitBody": "b",
        }
        asked = "actor { login } pullRequest { state merged mergeCommit { message } mergedBy { login } }"
        assert mutate(here, "mergePullRequest", given, asked) == {
            "actor": {"login": "gitops-bot"},
            "pullRequest": {
                "state": "MERGED", "merged": True, "mergeCommit": {"message": "h\n\nb"}, "mergedBy": {"login": "gitops-bot"},
            },
        }  # fmt: skip
        assert refused(here, "mergePullRequest", given) == ("UNPROCESSABLE", "Pull Request is not mergeable")

    def test_merging_needs_contents(self, here: World) -> None:
        pull = here.promotion()
        narrow = {**PERMISSIONS, "contents": Access.READ}
        viewer = Caller(installation=here.installation, permissions=narrow)
        assert refused(here, "mergePullRequest", {"pullRequestId": pull.node_id}, viewer=viewer) == (
            "FORBIDDEN", "Resource not accessible by integration",
        )  # fmt: skip
        reader = Caller(user=here.reader)
        assert refused(here, "mergePullRequest", {"pullRequestId": pull.node_id}, viewer=reader)[0] == "FORBIDDEN"

    def test_closing_reopening_and_drafts(self, here: World) -> None:
        pull = here.promotion()
        given: dict[str, object] = {"pullRequestId": pull.node_id}
        for name, key, value in (
            ("closePullRequest", "state", "CLOSED"),
            ("reopenPullRequest", "state", "OPEN"),
            ("convertPullRequestToDraft", "isDraft", True),
            ("markPullRequestReadyForReview", "isDraft", False),
        ):
            assert mutate(here, name, given, f"pullRequest {{ {key} }}")["pullRequest"][key] == value

    def test_updating(self, here: World) -> None:
        pull, label = here.promotion(), here.repository.label("one")
        pull.add_labels(here.repository.label("two"), by=here.writer)
        here.repository.create_branch("release", by=here.writer)
        given: dict[str, object] = {
            "pullRequestId": pull.node_id, "title": "t", "body": "b", "baseRefName": "release", "labelIds": [label.node_id],
            "assigneeIds": [here.writer.node_id], "maintainerCanModify": True, "state": "CLOSED",
        }  # fmt: skip
        asked = "title body baseRefName state maintainerCanModify labels(first: 9) { nodes { name } }"
        found = mutate(
            here, "updatePullRequest", given, f"pullRequest {{ {asked} assignees(first: 9) {{ totalCount }} }}"
        )
        assert found["pullRequest"] == {
            "title": "t", "body": "b", "baseRefName": "release", "state": "CLOSED", "maintainerCanModify": True,
            "labels": {"nodes": [{"name": "one"}]}, "assignees": {"totalCount": 1},
        }  # fmt: skip
        mutate(here, "updatePullRequest", {"pullRequestId": pull.node_id, "state": "OPEN"}, "clientMutationId")
        assert pull.state is State.OPEN

    def test_auto_merge(self, here: World) -> None:
        pull = here.promotion()
        here.repository.settings.auto_merge_allowed = True
        here.repository.protect("main", Protection(checks=("build",)))
        given: dict[str, object] = {"pullRequestId": pull.node_id, "mergeMethod": "REBASE"}
        asked = "pullRequest { autoMergeRequest { mergeMethod enabledBy { login } } }"
        assert mutate(here, "enablePullRequestAutoMerge", given, asked)["pullRequest"]["autoMergeRequest"] == {
            "mergeMethod": "REBASE", "enabledBy": {"login": "gitops-bot"},
        }  # fmt: skip
        off = mutate(here, "disablePullRequestAutoMerge", {"pullRequestId": pull.node_id}, asked)
        assert off["pullRequest"]["autoMergeRequest"] is None

    def test_the_queue(self, here: World) -> None:
        pull = here.promotion()
        given: dict[str, object] = {"pullRequestId": pull.node_id, "expectedHeadOid": pull.head_oid}
        assert refused(here, "enqueuePullRequest", given)[1] == "Merge queue is not enabled for this branch"
        here.repository.protect("main", Protection(checks=("build",), merge_queue=MergeMethod.SQUASH))
        here.check(pull.head_oid, "build")
        asked = (
            "mergeQueueEntry { position state enqueuer { login } headCommit { oid } pullRequest { isInMergeQueue } }"
        )
        entry = mutate(here, "enqueuePullRequest", given, asked)["mergeQueueEntry"]
        assert (entry["position"], entry["state"]) == (1, "AWAITING_CHECKS")
        assert entry["pullRequest"] == {"isInMergeQueue": True}
        mutate(here, "dequeuePullRequest", {"id": pull.node_id}, "mergeQueueEntry { id }")
        assert refused(here, "dequeuePullRequest", {"id": pull.node_id})[1] == "Pull request is not in the queue"

    def test_reviews(self, here: World) -> None:
        pull, writer = here.promotion(), Caller(user=here.writer)
        team = here.acme.team("sre")
        given: dict[str, object] = {
            "pullRequestId": pull.node_id,
            "userIds": [here.writer.node_id],
            "teamIds": [team.node_id],
        }
        asked = "pullRequest { reviewRequests(first: 9) { totalCount } } requestedReviewersEdge { node { login } }"
        assert mutate(here, "requestReviews", given, asked) == {
            "pullRequest": {"reviewRequests": {"totalCount": 2}}, "requestedReviewersEdge": {"node": {"login": "writer"}},
        }  # fmt: skip
        event: dict[str, object] = {"pullRequestId": pull.node_id, "event": "APPROVE"}
        review = mutate(here, "addPullRequestReview", event, "pullRequestReview { id state }", viewer=writer)[
            "pullRequestReview"
        ]
        assert review["state"] == "APPROVED"
        assert refused(here, "addPullRequestReview", event) == (
            "UNPROCESSABLE",
            "Can not approve your own pull request",
        )
        blank = {"pullRequestId": pull.node_id, "event": "REQUEST_CHANGES"}
        assert refused(here, "addPullRequestReview", blank, viewer=writer)[1] == "Body can't be blank"
        assert (
            "pending ones" in refused(here, "addPullRequestReview", {"pullRequestId": pull.node_id}, viewer=writer)[1]
        )
        given = {"pullRequestReviewId": review["id"], "message": "no"}
        assert mutate(here, "dismissPullRequestReview", given, "pullRequestReview { state }", viewer=writer) == {
            "pullRequestReview": {"state": "DISMISSED"}
        }


class TestConversations:
    def test_a_command_and_its_reply(self, here: World) -> None:
        pull = here.promotion()
        command = pull.comment("/promote prod", by=here.writer)
        react: dict[str, object] = {"subjectId": command.node_id, "content": "EYES"}
        asked = "reaction { content user { login } } subject { id } reactionGroups { content viewerHasReacted }"
        answer = mutate(here, "addReaction", react, asked)
        assert answer["subject"] == {"id": command.node_id}
        assert {group["content"] for group in answer["reactionGroups"] if group["viewerHasReacted"]} == {"EYES"}
        mutate(here, "addReaction", react, "clientMutationId")
        assert len(command.reactions) == 1
        mutate(here, "removeReaction", react, "reaction { content }")
        assert refused(here, "removeReaction", react)[0] == "NOT_FOUND"
        reply: dict[str, object] = {"subjectId": pull.node_id, "body": "done"}
        asked = "commentEdge { node { id databaseId fullDatabaseId viewerDidAuthor } } subject { id }"
        node = mutate(here, "addComment", reply, asked)["commentEdge"]["node"]
        assert node["viewerDidAuthor"] is True
        assert node["fullDatabaseId"] == str(node["databaseId"])
        asked = "issueComment { body includesCreatedEdit lastEditedAt editor { login } }"
        assert mutate(here, "updateIssueComment", {"id": node["id"], "body": "edited"}, asked)["issueComment"] == {
            "body": "edited", "includesCreatedEdit": True, "lastEditedAt": "2026-11-23T09:00:00Z",
            "editor": {"login": "gitops-bot"},
        }  # fmt: skip
        reader = Caller(user=here.reader)
        assert refused(here, "updateIssueComment", {"id": node["id"], "body": "mine"}, viewer=reader)[0] == "FORBIDDEN"
        mutate(here, "deleteIssueComment", {"id": node["id"]}, "clientMutationId", viewer=Caller(user=here.writer))
        assert pull.comments == [command]

    def test_readers_may_talk_and_apps_need_the_permission(self, here: World) -> None:
        issue = here.repository.open_issue("Talk", by=here.writer)
        given: dict[str, object] = {"subjectId": issue.node_id, "body": "hi"}
        mutate(here, "addComment", given, "clientMutationId", viewer=Caller(user=here.reader))
        narrow = Caller(installation=here.installation, permissions={**PERMISSIONS, "issues": Access.READ})
        assert refused(here, "addComment", given, viewer=narrow)[0] == "FORBIDDEN"
        pull = here.promotion()
        mutate(here, "addComment", {"subjectId": pull.node_id, "body": "hi"}, "clientMutationId", viewer=narrow)
        assert refused(here, "addComment", {"subjectId": here.acme.node_id, "body": "hi"})[0] == "NOT_FOUND"

    def test_issues_and_labels(self, here: World) -> None:
        given: dict[str, object] = {"repositoryId": here.repository.node_id, "name": "gitops/hold", "color": "ff0000"}
        label = mutate(here, "createLabel", given, "label { id name }")["label"]
        assert refused(here, "createLabel", given)[1] == "Name has already been taken"
        given = {
            "repositoryId": here.repository.node_id, "title": "Dashboard", "body": "b", "labelIds": [label["id"]],
            "assigneeIds": [here.writer.node_id],
        }  # fmt: skip
        issue = mutate(here, "createIssue", given, "issue { id number labels(first: 9) { nodes { name } } }")["issue"]
        assert issue["labels"]["nodes"] == [{"name": "gitops/hold"}]
        both: dict[str, object] = {"labelableId": issue["id"], "labelIds": [label["id"]]}
        asked = "labelable { labels(first: 9) { totalCount } }"
        removed = mutate(here, "removeLabelsFromLabelable", both, asked)
        assert removed["labelable"]["labels"]["totalCount"] == 0
        mutate(here, "addLabelsToLabelable", both, asked)
        update: dict[str, object] = {
            "id": issue["id"], "title": "Dash", "labelIds": [], "assigneeIds": [], "state": "CLOSED", "body": "c",
        }  # fmt: skip
        asked = "issue { title body state stateReason closed labels(first: 9) { totalCount } }"
        assert mutate(here, "updateIssue", update, asked)["issue"] == {
            "title": "Dash", "body": "c", "state": "CLOSED", "stateReason": "COMPLETED", "closed": True,
            "labels": {"totalCount": 0},
        }  # fmt: skip
        assert (
            mutate(here, "reopenIssue", {"issueId": issue["id"]}, "issue { stateReason }")["issue"]["stateReason"]
            == "REOPENED"
        )
        close: dict[str, object] = {"issueId": issue["id"], "stateReason": "NOT_PLANNED"}
        assert mutate(here, "closeIssue", close, "issue { stateReason }")["issue"]["stateReason"] == "NOT_PLANNED"
        mutate(here, "updateIssue", {"id": issue["id"], "state": "OPEN"}, "clientMutationId")
        foreign = here.github.create_repository("acme/other").label("foreign")
        assert "does not belong" in refused(here, "addLabelsToLabelable", {**both, "labelIds": [foreign.node_id]})[1]
        assert refused(here, "closeIssue", close, viewer=Caller(user=here.reader))[0] == "FORBIDDEN"

    def test_archived_is_read_only(self, here: World) -> None:
        issue = here.repository.open_issue("Talk", by=here.writer)
        here.repository.archive(by=here.admin)
        assert refused(here, "addComment", {"subjectId": issue.node_id, "body": "hi"})[1].startswith(
            "Repository was archived"
        )


class TestChecks:
    def test_a_run(self, here: World) -> None:
        head = here.repository.head()
        given: dict[str, object] = {
            "repositoryId": here.repository.node_id, "headSha": head, "name": "gitops/promotion", "status": "IN_PROGRESS",
            "externalId": "key",
        }  # fmt: skip
        run = mutate(
            here, "createCheckRun", given, "checkRun { id status conclusion startedAt checkSuite { app { slug } } }"
        )["checkRun"]
        assert (run["status"], run["conclusion"], run["checkSuite"]["app"]["slug"]) == (
            "IN_PROGRESS",
            None,
            "gitops-bot",
        )
        location = {"startLine": 1, "endLine": 2, "startColumn": 3, "endColumn": 4}
        note = {"path": ".gitops.yml", "annotationLevel": "FAILURE", "message": "no", "location": location}
        given = {
            "repositoryId": here.repository.node_id, "checkRunId": run["id"], "conclusion": "FAILURE",
            "completedAt": "2026-11-23T10:00:00Z", "detailsUrl": "https://bot.example/why",
            "output": {"title": "Broken", "summary": "s", "text": "t", "annotations": [note]},
            "actions": [{"label": "Again", "description": "", "identifier": "again"}],
        }  # fmt: skip
        annotations = "annotations(first: 9) { nodes { annotationLevel location { end { line column } } } }"
        asked = f"checkRun {{ status conclusion completedAt detailsUrl title text {annotations} }}"
        assert mutate(here, "updateCheckRun", given, asked)["checkRun"] == {
            "status": "COMPLETED", "conclusion": "FAILURE", "completedAt": "2026-11-23T10:00:00Z",
            "detailsUrl": "https://bot.example/why", "title": "Broken", "text": "t",
            "annotations": {"nodes": [{"annotationLevel": "FAILURE", "location": {"end": {"line": 2, "column": 4}}}]},
        }  # fmt: skip

    def test_only_apps_and_only_their_own(self, here: World) -> None:
        run = here.check(here.repository.head(), "build", Conclusion.SUCCESS)
        given: dict[str, object] = {"repositoryId": here.repository.node_id, "headSha": run.head_sha, "name": "x"}
        assert (
            refused(here, "createCheckRun", given, viewer=Caller(user=here.admin))[1]
            == "You must authenticate via a GitHub App."
        )
        other = here.github.create_app("other", owner=here.acme, permissions=PERMISSIONS)
        viewer = Caller(installation=here.github.install(other, here.acme), permissions=PERMISSIONS)
        update: dict[str, object] = {
            "repositoryId": here.repository.node_id,
            "checkRunId": run.node_id,
            "conclusion": "SUCCESS",
        }
        assert refused(here, "updateCheckRun", update, viewer=viewer)[1].startswith("Invalid app_id")
        assert (
            refused(here, "createCheckRun", {**given, "headSha": "f" * 40})[1] == f"No commit found for SHA: {'f' * 40}"
        )
        assert here.repository.role_of(other.bot) is Role.WRITE
