"""What one look at a manifests repository tells: the shapes an observer and a sweep are made of."""

from pathlib import Path
from typing import Any

import pytest

from bot.simulator.github.git.store import EXECUTABLE, File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.world import Mergeability
from tests.simulator.model_world import World, world

MANIFEST = "envs/dev/web/deployment.yaml"


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def look(here: World, inside: str) -> Any:
    return here.data(f'{{ repository(owner: "acme", name: "manifests") {{ {inside} }} }}')["repository"]


def tip(here: World, inside: str) -> Any:
    """Of the default branch's newest commit."""
    return look(here, f"defaultBranchRef {{ target {{ ... on Commit {{ {inside} }} }} }}")["defaultBranchRef"]["target"]


class TestFiles:
    def test_files_and_folders(self, here: World) -> None:
        here.repository.commit_files({"run.sh": File(b"#!/bin/sh\n", EXECUTABLE), "logo": b"\0\1"}, by=here.writer)
        found = tip(
            here,
            """
            script: file(path: "run.sh") { mode type size extension object {
              ... on Blob { text isBinary isTruncated byteSize } } }
            logo: file(path: "logo") { object { ... on Blob { text isBinary } } }
            folder: file(path: "envs/dev/") { path mode type object {
              ... on Tree { entries { name path type object { __typename } } } } }
            absent: file(path: "envs/test") { oid }
            """,
        )
        assert found["script"] == {
            "mode": 0o100755, "type": "blob", "size": 10, "extension": ".sh",
            "object": {"text": "#!/bin/sh\n", "isBinary": False, "isTruncated": False, "byteSize": 10},
        }  # fmt: skip
        assert found["logo"]["object"] == {"text": None, "isBinary": True}
        assert found["folder"] == {
            "path": "envs/dev", "mode": 0o040000, "type": "tree",
            "object": {"entries": [{"name": "web", "path": "envs/dev/web", "type": "tree", "object": {"__typename": "Tree"}}]},
        }  # fmt: skip
        assert found["absent"] is None

    def test_long_files_are_cut(self, here: World) -> None:
        here.repository.commit_files({"long.yaml": "x" * 512_001, "full.yaml": "x" * 512_000}, by=here.writer)
        blob = "object { ... on Blob { text isTruncated byteSize } }"
        found = tip(here, f'long: file(path: "long.yaml") {{ {blob} }} full: file(path: "full.yaml") {{ {blob} }}')
        long, full = found["long"]["object"], found["full"]["object"]
        assert (len(long["text"]), long["isTruncated"], long["byteSize"]) == (512_000, True, 512_001)
        assert (len(full["text"]), full["isTruncated"]) == (512_000, False)

    def test_expressions(self, here: World) -> None:
        head = here.repository.head()
        asked = "... on GitObject { __typename oid }"
        found = look(
            here,
            f"""
            head: object(expression: "HEAD") {{ {asked} }} short: object(expression: "{head[:7]}") {{ {asked} }}
            full: object(expression: "refs/heads/main") {{ {asked} }} oid: object(oid: "{head}") {{ {asked} }}
            file: object(expression: "main:{MANIFEST}") {{ __typename ... on Blob {{ text }} }}
            root: object(expression: "main:") {{ __typename }} no: object(expression: "main:nothing") {{ __typename }}
            """,
        )
        assert {found[name]["oid"] for name in ("head", "short", "full", "oid")} == {head}
        assert found["file"] == {"__typename": "Blob", "text": "image: ghcr.io/acme/web:v1.4.1\n"}
        assert (found["root"], found["no"]) == ({"__typename": "Tree"}, None)


class TestHistory:
    def merged(self, here: World) -> tuple[PullRequest, str]:
        pull = here.promotion()
        here.repository.commit_files({"other": "1"}, by=here.writer)
        return pull, merge(pull, MergeOrder(), by=here.app.bot)

    def test_from_a_files_history_to_its_merge(self, here: World) -> None:
        pull, oid = self.merged(here)
        found = tip(
            here,
            f"""
            oid
            history(first: 10, path: "{MANIFEST}") {{ nodes {{
              oid at: file(path: "{MANIFEST}") {{ object {{ ... on Blob {{ text }} }} }}
              associatedPullRequests(first: 1) {{ nodes {{ number mergedAt mergeCommit {{ oid }} headRefName }} }}
            }} }}
            """,
        )
        assert found["oid"] == oid
        newest, oldest = found["history"]["nodes"]
        assert newest["oid"] == pull.head_oid, "the promotion branch's commit, not the merge"
        assert newest["at"]["object"]["text"] == "image: ghcr.io/acme/web:v1.5.0\n"
        assert newest["associatedPullRequests"]["nodes"] == [
            {
                "number": 1,
                "mergedAt": "2026-11-23T09:00:00Z",
                "mergeCommit": {"oid": oid},
                "headRefName": "gitops/dev/web",
            }
        ]
        assert oldest["associatedPullRequests"]["nodes"] == []

    def test_what_was_said_about_commits(self, here: World) -> None:
        _, oid = self.merged(here)
        assert tip(here, "statusCheckRollup { state }") == {"statusCheckRollup": None}
        here.check(oid, "build", Conclusion.FAILURE)
        here.check(oid, "build")
        here.repository.set_status(oid, "argocd/web-dev", StatusState.PENDING, by=here.writer, description="syncing")
        found = tip(
            here,
            """
            statusCheckRollup { state contexts(first: 100) {
              totalCount checkRunCount statusContextCount
              checkRunCountsByState { state count } statusContextCountsByState { state count }
              nodes { __typename ... on CheckRun { name conclusion checkSuite { app { slug } } }
                      ... on StatusContext { context state description creator { login } } } } }
            """,
        )["statusCheckRollup"]
        assert found == {
            "state": "PENDING",
            "contexts": {
                "totalCount": 2, "checkRunCount": 1, "statusContextCount": 1,
                "checkRunCountsByState": [{"state": "SUCCESS", "count": 1}],
                "statusContextCountsByState": [{"state": "PENDING", "count": 1}],
                "nodes": [
                    {
                        "__typename": "CheckRun", "name": "build", "conclusion": "SUCCESS",
                        "checkSuite": {"app": {"slug": "gitops-bot"}},
                    },
                    {
                        "__typename": "StatusContext", "context": "argocd/web-dev", "state": "PENDING",
                        "description": "syncing", "creator": {"login": "writer"},
                    },
                ],
            },
        }  # fmt: skip


class TestPromotions:
    def test_a_branchs_own_pull_request_and_not_a_forks(self, here: World) -> None:
        fork = here.github.fork(here.repository, by=here.reader)
        fork.commit_files({"a": "1"}, by=here.reader, branch="gitops/dev/web")
        draft = PullDraft(title="mine", base="main", head="gitops/dev/web", head_repository=fork)
        here.repository.open_pull(draft, by=here.reader)
        pull = here.promotion()
        found = look(
            here,
            """
            ref(qualifiedName: "refs/heads/gitops/dev/web") {
              associatedPullRequests(first: 2, states: [OPEN]) { nodes { number isCrossRepository } } }
            pullRequests(headRefName: "gitops/dev/web", first: 9) { nodes { number isCrossRepository } }
            """,
        )
        assert found["ref"]["associatedPullRequests"]["nodes"] == [{"number": pull.number, "isCrossRepository": False}]
        assert [node["isCrossRepository"] for node in found["pullRequests"]["nodes"]] == [True, False]

    def test_one_promotion_whole(self, here: World) -> None:
        pull = here.promotion()
        here.repository.protect("main", Protection(approvals=1))
        pull.review(by=here.reader, state=ReviewState.APPROVED)
        pull.review(by=here.writer, state=ReviewState.COMMENTED, body="hm")
        pull.comment("/why", by=here.writer)
        found = look(
            here,
            """
            pullRequest(number: 1) {
              mergeable mergeStateStatus reviewDecision changedFiles isInMergeQueue isMergeQueueEnabled mergeCommit { oid }
              latestOpinionatedReviews(first: 9, writersOnly: false) { nodes {
                state authorCanPushToRepository commit { oid } } }
              writers: latestOpinionatedReviews(first: 9, writersOnly: true) { totalCount }
              commits(last: 5) { totalCount nodes { commit { author { user { login } } signature { isValid } } } }
              files(first: 9) { nodes { path changeType } }
              comments(last: 30) { nodes { viewerDidAuthor reactionGroups { content viewerHasReacted } } }
            }
            """,
        )["pullRequest"]
        assert (found["mergeable"], found["mergeStateStatus"], found["reviewDecision"]) == (
            "MERGEABLE", "BLOCKED", "REVIEW_REQUIRED",
        )  # fmt: skip
        assert found["latestOpinionatedReviews"]["nodes"] == [
            {"state": "APPROVED", "authorCanPushToRepository": False, "commit": {"oid": pull.head_oid}}
        ]
        assert found["writers"] == {"totalCount": 0}
        assert found["commits"]["nodes"] == [
            {"commit": {"author": {"user": {"login": "gitops-bot[bot]"}}, "signature": None}}
        ], "pushed with git, so nobody's signature is under it"
        assert found["files"]["nodes"] == [{"path": MANIFEST, "changeType": "MODIFIED"}]
        assert len(found["comments"]["nodes"][0]["reactionGroups"]) == 8

    def test_mergeability_is_known_by_the_next_request(self, tmp_path: Path) -> None:
        here = world(tmp_path, mergeability=Mergeability.AFTER_ASKING)
        here.promotion()
        for word, state in (("UNKNOWN", "UNKNOWN"), ("MERGEABLE", "CLEAN")):
            found = look(here, "pullRequest(number: 1) { mergeable mergeStateStatus again: mergeable }")["pullRequest"]
            assert found == {"mergeable": word, "mergeStateStatus": state, "again": word}


class TestRules:
    def test_classic_protection_and_rulesets_are_told_apart(self, here: World) -> None:
        here.repository.protect("main", Protection(checks=("build",), approvals=2, linear_history=True))
        ruleset = Protection(
            source=ProtectionSource.RULESET,
            checks=("ci",),
            strict=True,
            approvals=1,
            merge_methods=(MergeMethod.SQUASH,),
        )
        here.repository.protect("main", ruleset)
        found = look(
            here,
            """
            defaultBranchRef {
              refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount requiresLinearHistory viewerCanPush }
              rules(first: 50) { nodes { type parameters { __typename
                ... on RequiredStatusChecksParameters {
                  strictRequiredStatusChecksPolicy requiredStatusChecks { context integrationId } }
                ... on PullRequestParameters { requiredApprovingReviewCount allowedMergeMethods } } } }
            }
            """,
        )["defaultBranchRef"]
        assert found["refUpdateRule"] == {
            "requiredStatusCheckContexts": ["build"], "requiredApprovingReviewCount": 2, "requiresLinearHistory": True,
            "viewerCanPush": True,
        }  # fmt: skip
        rules = {rule["type"]: rule["parameters"] for rule in found["rules"]["nodes"]}
        assert rules == {
            "DELETION": None,
            "NON_FAST_FORWARD": None,
            "PULL_REQUEST": {
                "__typename": "PullRequestParameters", "requiredApprovingReviewCount": 1, "allowedMergeMethods": ["SQUASH"],
            },
            "REQUIRED_STATUS_CHECKS": {
                "__typename": "RequiredStatusChecksParameters", "strictRequiredStatusChecksPolicy": True,
                "requiredStatusChecks": [{"context": "ci", "integrationId": None}],
            },
        }  # fmt: skip

    def test_people(self, here: World) -> None:
        outside = here.github.user("outside")
        here.repository.grant(outside, Role.TRIAGE)
        asked = "edges { permission node { login } }"
        found = look(
            here,
            f"""
            one: collaborators(query: "writer", first: 5) {{ {asked} }}
            outside: collaborators(affiliation: OUTSIDE, first: 5) {{ {asked} }}
            direct: collaborators(affiliation: DIRECT, first: 5) {{ totalCount }}
            nobody: collaborators(login: "x", first: 5) {{ totalCount }}
            assignableUsers(query: "wanda", first: 5) {{ nodes {{ login }} }}
            """,
        )
        assert found["one"]["edges"] == [{"permission": "WRITE", "node": {"login": "writer"}}]
        assert found["outside"]["edges"] == [{"permission": "TRIAGE", "node": {"login": "outside"}}]
        assert (found["direct"]["totalCount"], found["nobody"]["totalCount"]) == (3, 0)
        assert found["assignableUsers"]["nodes"] == [{"login": "writer"}]

    def test_branches_are_compared(self, here: World) -> None:
        here.repository.commit_files({"a": "1"}, by=here.writer, branch="topic")
        compare = 'ref(qualifiedName: "main") { compare(headRef: "topic") { status aheadBy behindBy } }'
        assert look(here, compare)["ref"]["compare"] == {"status": "AHEAD", "aheadBy": 1, "behindBy": 0}
        here.repository.commit_files({"b": "1"}, by=here.writer)
        assert look(here, compare)["ref"]["compare"] == {"status": "DIVERGED", "aheadBy": 1, "behindBy": 1}
