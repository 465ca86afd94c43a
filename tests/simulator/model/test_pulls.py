"""Pull requests and reviews, by GitHub's rules."""

from pathlib import Path

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.code import codeowners
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.conversations.issues import StateReason
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewDecision, ReviewState
from bot.simulator.github.model.pulls.states import Mergeable, MergeState
from bot.simulator.github.model.world.errors import Refused
from bot.simulator.github.model.world.world import Mergeability
from tests.simulator.model_world import World, world


def state(pull: PullRequest) -> State:
    """Read afresh: a type checker would take what one assertion found for granted in the next."""
    return pull.state


def decision(pull: PullRequest) -> ReviewDecision | None:
    """The same, for the review decision."""
    return pull.review_decision


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


class TestOpening:
    def test_what_github_refuses(self, here: World) -> None:
        here.promotion()

        def refusal(head: str, base: str = "main") -> Refused:
            with pytest.raises(Refused) as refused:
                here.repository.open_pull(PullDraft(title="t", base=base, head=head), by=here.writer)
            return refused.value

        assert refusal("gitops/dev/web").message == "A pull request already exists for acme:gitops/dev/web."
        here.repository.create_branch("empty", by=here.writer)
        assert refusal("empty").message == "No commits between main and empty"
        missing = refusal("missing")
        assert (missing.field, missing.code) == ("head", "invalid")
        assert refusal("gitops/dev/web", base="nowhere").field == "base"

    def test_numbers_are_shared_with_issues(self, here: World) -> None:
        issue = here.repository.open_issue("first", by=here.reader)
        pull = here.promotion()
        assert (issue.number, pull.number) == (1, 2)
        assert here.repository.issue(1) is issue
        assert here.repository.conversation(2) is here.repository.pull(2)
        for find, number in ((here.repository.issue, 2), (here.repository.pull, 1), (here.repository.conversation, 3)):
            with pytest.raises(Refused, match="Could not resolve"):
                find(number)


class TestFollowing:
    def test_a_push_to_the_head_synchronises(self, here: World) -> None:
        pull = here.promotion()
        here.hush()
        head = here.repository.commit_files({"a": "1"}, by=here.writer, branch="gitops/dev/web")
        assert pull.head_oid == head
        assert here.heard() == ["PushEvent", "PullRequestEvent synchronize"]
        assert here.repository.store.ref(f"refs/pull/{pull.number}/head") == head

    def test_a_head_at_its_base_closes_it_for_good(self, here: World) -> None:
        pull = here.promotion()
        here.repository.move_ref(
            "refs/heads/gitops/dev/web", before=pull.head_oid, after=here.repository.head(), by=here.writer
        )
        assert state(pull) is State.CLOSED
        with pytest.raises(Refused, match="no new commits"):
            pull.reopen(by=here.writer)
        here.repository.commit_files({"a": "1"}, by=here.writer, branch="gitops/dev/web")
        with pytest.raises(Refused, match="force-pushed or recreated"):
            pull.reopen(by=here.writer)

    def test_a_moved_branch_that_was_never_empty_keeps_it_open(self, here: World) -> None:
        pull = here.promotion()
        here.repository.commit_files({"other": "1"}, by=here.writer)
        fresh = here.repository.commit_files({"envs/dev/web/deployment.yaml": "new"}, by=here.app.bot, branch="stage")
        here.repository.move_ref("refs/heads/gitops/dev/web", before=pull.head_oid, after=fresh, by=here.app.bot)
        here.repository.delete_branch("stage", by=here.app.bot)
        assert (pull.state, pull.head_oid, pull.commits()) == (State.OPEN, fresh, (fresh,))

    def test_deleting_the_head_closes_and_restoring_it_lets_it_open(self, here: World) -> None:
        pull = here.promotion()
        head = pull.head_oid
        here.repository.delete_branch("gitops/dev/web", by=here.writer)
        assert state(pull) is State.CLOSED
        with pytest.raises(Refused, match="has been deleted"):
            pull.reopen(by=here.writer)
        here.repository.create_branch("gitops/dev/web", by=here.writer, at=head)
        pull.reopen(by=here.writer)
        assert state(pull) is State.OPEN
        pull.close(by=here.writer)
        assert pull.closed_by is here.writer
        again = here.repository.open_pull(PullDraft(title="again", base="main", head="gitops/dev/web"), by=here.writer)
        with pytest.raises(Refused, match="already exists"):
            pull.reopen(by=here.writer)
        assert state(again) is State.OPEN

    def test_a_push_that_contains_it_merges_it(self, here: World) -> None:
        pull = here.promotion()
        here.repository.move_ref("refs/heads/main", before=here.repository.head(), after=pull.head_oid, by=here.writer)
        assert (pull.state, pull.merged_by, pull.merge_commit_oid) == (State.MERGED, here.writer, pull.head_oid)
        assert here.repository.pull_requests.with_commit(pull.head_oid) == [pull]
        assert [change.path for change in pull.changes()] == ["envs/dev/web/deployment.yaml"]

    def test_deleting_the_base_closes(self, here: World) -> None:
        here.repository.create_branch("release", by=here.writer)
        pull = here.promotion()
        pull.retarget("release", by=here.writer)
        here.repository.delete_branch("release", by=here.writer)
        assert state(pull) is State.CLOSED
        with pytest.raises(Refused, match="was not found"):
            pull.retarget("release", by=here.writer)

    def test_from_a_fork(self, here: World) -> None:
        fork = here.github.fork(here.repository, by=here.reader)
        fork.commit_files({"a": "1"}, by=here.reader, branch="gitops/dev/web")
        draft = PullDraft(title="mine", base="main", head="gitops/dev/web", head_repository=fork)
        pull = here.repository.open_pull(draft, by=here.reader)
        own = here.promotion()
        assert pull.is_cross_repository
        assert pull.head_label == "reader:gitops/dev/web"
        assert here.repository.pull_requests.by_head("gitops/dev/web") == [pull, own]
        assert here.repository.pull_requests.from_branch(here.repository, "gitops/dev/web") == [own]
        head = fork.commit_files({"a": "2"}, by=here.reader, branch="gitops/dev/web")
        assert pull.head_oid == head
        assert here.repository.store.has_commit(head)
        assert own.head_oid != head
        assert here.github.network(fork) == [here.repository, fork]


class TestReviews:
    def test_nobody_approves_their_own(self, here: World) -> None:
        pull = here.promotion(by=here.writer)
        with pytest.raises(Refused, match="Can not approve your own pull request"):
            pull.review(by=here.writer, state=ReviewState.APPROVED)
        pull.review(by=here.writer, state=ReviewState.COMMENTED, body="look")

    def test_the_decision(self, here: World) -> None:
        pull = here.promotion()
        assert decision(pull) is None
        here.repository.protect("main", Protection(approvals=1))
        assert decision(pull) is ReviewDecision.REVIEW_REQUIRED
        pull.review(by=here.reader, state=ReviewState.APPROVED)
        assert decision(pull) is ReviewDecision.REVIEW_REQUIRED, "readers do not count"
        rejected = pull.review(by=here.admin, state=ReviewState.CHANGES_REQUESTED, body="no")
        pull.review(by=here.writer, state=ReviewState.APPROVED)
        assert decision(pull) is ReviewDecision.CHANGES_REQUESTED
        pull.review(by=here.admin, state=ReviewState.COMMENTED, body="hm")
        assert decision(pull) is ReviewDecision.CHANGES_REQUESTED, "a comment replaces no opinion"
        pull.dismiss(rejected, by=here.writer)
        assert decision(pull) is ReviewDecision.APPROVED
        with pytest.raises(Refused, match="Can not dismiss"):
            pull.dismiss(rejected, by=here.writer)

    def test_a_push_dismisses_stale_approvals_where_asked(self, here: World) -> None:
        pull = here.promotion()
        here.repository.protect("main", Protection(approvals=1, dismiss_stale=True))
        approval = pull.review(by=here.writer, state=ReviewState.APPROVED)
        here.repository.commit_files({"a": "1"}, by=here.writer, branch="gitops/dev/web")
        assert approval.state is ReviewState.DISMISSED

    def test_code_owners(self, here: World) -> None:
        team = here.acme.team("web", here.admin)
        here.repository.grant(team, Role.WRITE)
        here.repository.commit_files({".github/CODEOWNERS": "/envs/ @acme/web\n"}, by=here.admin)
        here.repository.protect("main", Protection(approvals=1, code_owners=True))
        pull = here.promotion()
        pull.review(by=here.writer, state=ReviewState.APPROVED)
        assert decision(pull) is ReviewDecision.REVIEW_REQUIRED
        assert pull.blocked_by(pull.protections()) == ["Waiting on code owner review."]
        pull.review(by=here.admin, state=ReviewState.APPROVED)
        assert decision(pull) is ReviewDecision.APPROVED

    def test_code_owners_are_asked_by_themselves(self, here: World) -> None:
        """GitHub asks owners with write access, once each: at opening, when ready, or when more files change."""
        team = here.acme.team("web", here.admin)
        owned = "/envs/ @acme/web @reader @writer @nobody\n/README.md @writer\n"
        here.repository.commit_files({"CODEOWNERS": owned}, by=here.admin)
        pull = here.promotion()
        assert pull.requested == [team, here.writer]
        assert pull.asked_as_owners == [team, here.writer]
        pull.review(by=here.admin, state=ReviewState.APPROVED)
        assert pull.requested == [here.writer], "a member has answered for the team"
        here.repository.commit_files({"README.md": "x"}, by=here.admin, branch=pull.head_ref)
        assert pull.requested == [here.writer]
        here.repository.commit_files({"envs/dev/x": "1"}, by=here.writer, branch="draft")
        unfinished = PullDraft(title="Draft", base="main", head="draft", is_draft=True)
        draft = here.repository.open_pull(unfinished, by=here.writer)
        assert draft.requested == []
        draft.mark_ready(by=here.writer)
        assert draft.requested == [team], "not the author"

    def test_conversations_and_deployments(self, here: World) -> None:
        pull = here.promotion()
        thread = pull.start_thread("README.md", by=here.reader)
        assert pull.blocked_by(pull.protections()) == []
        here.repository.protect("main", Protection(conversations=True, deployments=("qa",)))
        assert pull.blocked_by(pull.protections()) == [
            "A conversation must be resolved before this pull request can be merged.",
            "Missing successful active qa deployment.",
        ]
        thread.resolve(by=here.writer)
        assert pull.blocked_by(pull.protections()) == ["Missing successful active qa deployment."]

    @pytest.mark.parametrize(
        ("line", "owned", "not_owned"),
        [
            ("*.yaml", ["a.yaml", "x/b.yaml"], ["a.yml"]),
            ("/docs/", ["docs/a", "docs/x/y"], ["x/docs/a"]),
            ("docs/*", ["docs/a"], ["docs/x/y"]),
            ("apps/", ["apps/a", "x/apps/a/b"], ["apps"]),
            ("/a/**/z", ["a/z", "a/b/c/z"], ["b/z"]),
            ("**/logs", ["logs", "x/logs/y"], ["xlogs"]),
            ("*", ["anything", "a/b"], []),
        ],
    )
    def test_code_owner_patterns(self, line: str, owned: list[str], not_owned: list[str]) -> None:
        text = f"# people\n{line} @octocat # them\n"
        assert [path for path in owned if codeowners.owners(text, path) != ("@octocat",)] == []
        assert [path for path in not_owned if codeowners.owners(text, path)] == []

    def test_the_last_matching_line_counts(self) -> None:
        text = "* @all\n/free/\n/envs/prod/ @sre who@example.com\n"
        assert codeowners.owners(text, "envs/prod/a") == ("@sre", "who@example.com")
        assert codeowners.owners(text, "free/a") == ()

    def test_review_requests(self, here: World) -> None:
        pull = here.promotion()
        here.hush()
        pull.request_reviews(here.writer, here.acme.team("web"), by=here.app.bot)
        pull.request_reviews(here.writer, by=here.app.bot)
        assert here.heard() == ["PullRequestEvent review_requested"] * 2
        pull.review(by=here.writer, state=ReviewState.APPROVED)
        assert here.writer not in pull.requested
        with pytest.raises(Refused, match="author"):
            pull.request_reviews(here.app.bot, by=here.writer)


class TestMergeState:
    def test_it_is_unknown_until_asked(self, tmp_path: Path) -> None:
        here = world(tmp_path, mergeability=Mergeability.AFTER_ASKING)
        pull = here.promotion()
        assert (pull.mergeable(), pull.merge_state()) == (Mergeable.UNKNOWN, MergeState.UNKNOWN)
        assert pull.mergeable() is Mergeable.UNKNOWN, "within one request the answer stays"
        here.github.finish_background_work()
        assert pull.mergeable() is Mergeable.MERGEABLE
        here.repository.commit_files({"a": "1"}, by=here.writer)
        assert pull.mergeable() is Mergeable.UNKNOWN, "the base moved"
        here.github.mergeability = Mergeability.NEVER
        here.github.finish_background_work()
        assert pull.mergeable() is Mergeable.UNKNOWN

    def test_the_words(self, here: World) -> None:
        # state      when
        # CLEAN      nothing is asked, or all of it is met
        # UNSTABLE   a check nobody requires is not green
        # BLOCKED    a required check or review is missing
        # BEHIND     strict, and the base has moved
        # DRAFT, DIRTY
        pull = here.promotion()
        assert pull.merge_state() is MergeState.CLEAN
        here.check(pull.head_oid, "lint", Conclusion.FAILURE)
        assert pull.merge_state() is MergeState.UNSTABLE
        here.repository.protect("main", Protection(checks=("build",), strict=True))
        assert pull.merge_state() is MergeState.BLOCKED
        here.check(pull.head_oid, "build")
        here.check(pull.head_oid, "lint", Conclusion.SKIPPED)
        assert pull.merge_state() is MergeState.CLEAN
        here.repository.commit_files({"a": "1"}, by=here.admin)
        assert pull.merge_state() is MergeState.BEHIND
        pull.convert_to_draft(by=here.writer)
        assert pull.merge_state() is MergeState.DRAFT
        pull.mark_ready(by=here.writer)
        here.repository.commit_files({"envs/dev/web/deployment.yaml": "else"}, by=here.admin)
        assert pull.merge_state() is MergeState.DIRTY
        assert pull.mergeable() is Mergeable.CONFLICTING

    def test_which_checks_satisfy(self, here: World) -> None:
        pull = here.promotion()
        other = here.github.create_app("other", owner=here.acme, permissions={})
        here.repository.protect("main", Protection(checks=(RequiredCheck("build", here.app.id), "ci")))

        def said() -> list[str]:
            return pull.blocked_by(pull.protections())

        assert said() == ["2 of 2 required status checks have not succeeded: 2 expected."]
        here.repository.create_check_run(pull.head_oid, "build", app=other)
        run = here.check(pull.head_oid, "build", None)
        assert said() == ["2 of 2 required status checks have not succeeded: 1 queued and 1 expected."]
        here.repository.set_status(pull.head_oid, "ci", StatusState.SUCCESS, by=here.writer)
        assert said() == ['Required status check "build" is queued.']
        here.check(pull.head_oid, "build", Conclusion.FAILURE)
        assert said() == ['Required status check "build" is failing.']
        here.repository.checks.rerequest(run, by=here.writer)
        here.check(pull.head_oid, "build", Conclusion.NEUTRAL)
        assert said() == []
        here.repository.set_status(pull.head_oid, "ci", StatusState.PENDING, by=here.writer)
        assert said() == ['Required status check "ci" is pending.']


class TestConversations:
    def test_comments_reactions_and_edits(self, here: World) -> None:
        issue = here.repository.open_issue("Talk", by=here.reader, body="hello")
        here.hush()
        comment = issue.comment("/why", by=here.reader)
        assert comment.react(ReactionContent.EYES, by=here.app.bot) is comment.react(
            ReactionContent.EYES, by=here.app.bot
        )
        comment.unreact(ReactionContent.EYES, by=here.app.bot)
        with pytest.raises(Refused):
            comment.unreact(ReactionContent.EYES, by=here.app.bot)
        comment.edit("/why dev", by=here.reader)
        assert comment.last_edited_at == here.github.now()
        comment.delete(by=here.reader)
        assert issue.comments == []
        assert here.github.node(comment.node_id) is None
        assert here.heard() == [f"IssueCommentEvent {action}" for action in ("created", "edited", "deleted")]
        with pytest.raises(Refused, match="blank"):
            issue.comment("  ", by=here.reader)
        assert [content.rest for content in ReactionContent][:3] == ["+1", "-1", "laugh"]

    def test_issues_close_and_open(self, here: World) -> None:
        issue = here.repository.open_issue("Talk", by=here.reader)
        here.hush()
        issue.close(by=here.reader)
        issue.close(by=here.reader, reason=StateReason.NOT_PLANNED)
        issue.reopen(by=here.reader)
        issue.edit(by=here.reader, title="Talk more")
        issue.edit(by=here.reader, title="Talk more")
        assert here.heard() == [f"IssueEvent {action}" for action in ("closed", "reopened", "edited")]
        here.repository.settings.has_issues = False
        with pytest.raises(Refused, match="disabled"):
            here.repository.open_issue("no", by=here.reader)
