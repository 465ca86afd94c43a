"""Merging: what it needs, what it makes, standing orders, and the queue."""

from pathlib import Path

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.events import PullRequestEvent
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.auto_merge import disable_auto_merge, enable_auto_merge
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.errors import Reason, Refused
from tests.simulator.model_world import World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def state(pull: PullRequest) -> State:
    """Read afresh: a type checker would take what one assertion found for granted in the next."""
    return pull.state


def queued_now(pull: PullRequest) -> bool:
    """The same, for the queue."""
    return pull.queue_entry is not None


def refusal(here: World, pull: PullRequest, order: MergeOrder | None = None) -> tuple[Reason, str]:
    with pytest.raises(Refused) as refused:
        merge(pull, order or MergeOrder(), by=here.app.bot)
    return refused.value.reason, refused.value.message


class TestMerging:
    def test_a_merge_commit(self, here: World) -> None:
        pull, base = here.promotion(), here.repository.head()
        here.hush()
        oid = merge(pull, MergeOrder(expected_head=pull.head_oid), by=here.app.bot)
        made = here.repository.store.commit(oid)
        assert made.parents == (base, pull.head_oid)
        assert made.message == f"Merge pull request #{pull.number} from acme/gitops/dev/web\n\ndev: web v1.5.0"
        assert made.author.name == "gitops-bot[bot]"
        assert (made.committer.name, made.committer.email) == ("GitHub", "noreply@github.com")
        assert oid in here.repository.signed
        assert here.heard() == ["PullRequestEvent closed", "PushEvent"]
        assert (pull.state, pull.merged_by, pull.merge_commit_oid) == (State.MERGED, here.app.bot, oid)
        assert pull.commits() == (pull.head_oid,), "as it was when merged"
        for commit in (oid, pull.head_oid):
            assert here.repository.pull_requests.with_commit(commit) == [pull]

    def test_squashing(self, here: World) -> None:
        pull, base = here.promotion(), here.repository.head()
        made = here.repository.store.commit(merge(pull, MergeOrder(method=MergeMethod.SQUASH), by=here.writer))
        assert (made.parents, made.message) == ((base,), f"dev: web v1.5.0 (#{pull.number})")
        here.repository.settings.squash_merge_commit_title = "PR_TITLE"
        here.repository.settings.squash_merge_commit_message = "PR_BODY"
        other = here.promotion("gitops/dev/api", version="v2.0.0")
        other.edit(by=here.writer, title="Two", body="for reasons")
        made = here.repository.store.commit(merge(other, MergeOrder(method=MergeMethod.SQUASH), by=here.writer))
        assert made.message == f"Two (#{other.number})\n\nfor reasons"

    def test_rebasing(self, here: World) -> None:
        pull = here.promotion()
        base = here.repository.commit_files({"a": "1"}, by=here.writer)
        made = here.repository.store.commit(merge(pull, MergeOrder(method=MergeMethod.REBASE), by=here.writer))
        assert (made.parents, made.message) == ((base,), "dev: web v1.5.0")
        assert made.oid not in here.repository.signed

    def test_own_words(self, here: World) -> None:
        pull = here.promotion()
        oid = merge(pull, MergeOrder(headline="Ship it", body="GitOps-Version: v1.5.0"), by=here.app.bot)
        assert here.repository.store.commit(oid).message == "Ship it\n\nGitOps-Version: v1.5.0"

    def test_what_github_refuses(self, here: World) -> None:
        pull = here.promotion()
        assert refusal(here, pull, MergeOrder(expected_head="0" * 40)) == (
            Reason.HEAD_MODIFIED, "Head branch was modified. Review and try the merge again.",
        )  # fmt: skip
        pull.convert_to_draft(by=here.writer)
        assert refusal(here, pull)[1] == "Pull Request is still a draft"
        pull.mark_ready(by=here.writer)
        here.repository.settings.rebase_merge_allowed = False
        assert refusal(here, pull, MergeOrder(method=MergeMethod.REBASE))[1].startswith("Rebase merges are not allowed")
        here.repository.commit_files({"envs/dev/web/deployment.yaml": "else"}, by=here.admin)
        assert refusal(here, pull) == (Reason.NOT_MERGEABLE, "Pull Request is not mergeable")
        pull.close(by=here.writer)
        assert refusal(here, pull) == (Reason.NOT_MERGEABLE, "Pull Request is not mergeable")

    def test_protection(self, here: World) -> None:
        pull = here.promotion()
        here.repository.protect("main", Protection(checks=("build",), approvals=2, strict=True, linear_history=True))
        assert refusal(here, pull)[1] == "Merge commits are not allowed on this repository."
        squash = MergeOrder(method=MergeMethod.SQUASH)
        assert refusal(here, pull, squash)[1] == (
            "At least 2 approving reviews are required by reviewers with write access."
        )
        for person in (here.writer, here.admin):
            pull.review(by=person, state=ReviewState.APPROVED)
        assert refusal(here, pull, squash)[1] == 'Required status check "build" is expected.'
        here.check(pull.head_oid, "build")
        here.repository.commit_files({"a": "1"}, by=here.admin)
        assert "out-of-date" in refusal(here, pull, squash)[1]
        merge(pull, squash, by=here.admin)  # administrators are not bound by default

    def test_rulesets_list_everything(self, here: World) -> None:
        pull = here.promotion()
        here.repository.protect("main", Protection(source=ProtectionSource.RULESET, checks=("build",), approvals=1))
        assert refusal(here, pull)[1] == (
            "Repository rule violations found\n\nAt least 1 approving review is required by reviewers with write access."
            '\n\nRequired status check "build" is expected.'
        )

    def test_the_head_goes_where_asked(self, here: World) -> None:
        pull = here.promotion()
        here.repository.settings.delete_branch_on_merge = True
        merge(pull, MergeOrder(), by=here.writer)
        assert here.repository.find_branch("gitops/dev/web") is None
        assert state(pull) is State.MERGED


class TestAutoMerge:
    def test_it_merges_when_the_last_thing_is_met(self, here: World) -> None:
        pull = here.promotion()
        here.repository.settings.auto_merge_allowed = True
        here.repository.protect("main", Protection(checks=("build",), approvals=1))
        enable_auto_merge(pull, MergeOrder(method=MergeMethod.SQUASH), by=here.writer)
        here.check(pull.head_oid, "build")
        assert state(pull) is State.OPEN
        pull.review(by=here.admin, state=ReviewState.APPROVED)
        assert (pull.state, pull.merged_by) == (State.MERGED, here.writer)

    def test_what_github_refuses(self, here: World) -> None:
        pull = here.promotion()

        def said() -> str:
            with pytest.raises(Refused) as refused:
                enable_auto_merge(pull, MergeOrder(), by=here.writer)
            return refused.value.message

        assert said() == "Auto merge is not allowed for this repository"
        here.repository.settings.auto_merge_allowed = True
        assert said() == "Pull request Protected branch rules not configured for this branch"
        here.repository.protect("main", Protection(checks=("build",)))
        here.check(pull.head_oid, "build")
        assert said() == "Pull request Pull request is in clean status"
        here.check(pull.head_oid, "lint", Conclusion.FAILURE)
        assert said() == "Pull request Pull request is in unstable status"

    def test_it_can_be_withdrawn_and_closing_does(self, here: World) -> None:
        pull = here.promotion()
        here.repository.settings.auto_merge_allowed = True
        here.repository.protect("main", Protection(checks=("build",)))
        enable_auto_merge(pull, MergeOrder(), by=here.writer)
        disable_auto_merge(pull, by=here.writer)
        with pytest.raises(Refused):
            disable_auto_merge(pull, by=here.writer)
        enable_auto_merge(pull, MergeOrder(), by=here.writer)
        pull.close(by=here.writer)
        assert pull.auto_merge is None
        actions = [event.action for event in here.told if isinstance(event, PullRequestEvent)]
        assert actions == ["opened", *["auto_merge_enabled", "auto_merge_disabled"] * 2, "closed"]


class TestQueue:
    @pytest.fixture
    def queued(self, here: World) -> tuple[World, PullRequest, PullRequest]:
        here.repository.protect("main", Protection(checks=("build",), merge_queue=MergeMethod.MERGE))
        pulls = []
        for name in ("a", "b"):
            here.repository.commit_files({name: "1"}, by=here.writer, branch=name)
            pull = here.repository.open_pull(PullDraft(title=name, base="main", head=name), by=here.writer)
            here.check(pull.head_oid, "build")
            queue = here.repository.queue("main")
            assert queue is not None
            queue.add(pull, by=here.writer, expected_head=pull.head_oid)
            pulls.append(pull)
        return here, pulls[0], pulls[1]

    def test_groups_land_in_order(self, queued: tuple[World, PullRequest, PullRequest]) -> None:
        here, first, second = queued
        assert first.queue_entry is not None
        assert second.queue_entry is not None
        assert (first.queue_entry.position, second.queue_entry.position) == (1, 2)
        one, two = first.queue_entry.group, second.queue_entry.group
        assert one is not None
        assert two is not None
        assert two.base_oid == one.head_oid
        assert first.queue_entry.state == "AWAITING_CHECKS"
        here.check(two.head_oid, "build")
        assert state(first) is State.OPEN, "the second waits for the first"
        here.check(one.head_oid, "build")
        assert (first.state, second.state) == (State.MERGED, State.MERGED)
        assert here.repository.head() == two.head_oid
        assert here.repository.store.refs("refs/heads/gh-readonly-queue/") == []

    def test_a_failed_group_leaves(self, queued: tuple[World, PullRequest, PullRequest]) -> None:
        here, first, second = queued
        assert first.queue_entry is not None
        group = first.queue_entry.group
        assert group is not None
        here.hush()
        here.check(group.head_oid, "build", Conclusion.FAILURE)
        assert not queued_now(first)
        assert state(first) is State.OPEN
        assert second.queue_entry is not None
        assert second.queue_entry.group is not None
        assert second.queue_entry.group.base_oid == here.repository.head()
        assert "MergeGroupEvent destroyed" in here.heard()
        assert "MergeGroupEvent checks_requested" in here.heard()

    def test_only_the_queue_merges(self, queued: tuple[World, PullRequest, PullRequest]) -> None:
        here, first, _ = queued
        assert refusal(here, first)[1] == "Changes must be made through the merge queue"
        queue = here.repository.queue("main")
        assert queue is not None
        with pytest.raises(Refused, match="already in the queue"):
            queue.add(first, by=here.writer)
        assert first.queue_entry is not None
        queue.remove(first.queue_entry, by=here.writer)
        assert not queued_now(first)
        assert here.repository.queue("other") is None
        third = here.promotion("third")
        with pytest.raises(Refused, match='"build" is expected'):
            queue.add(third, by=here.writer)
        third.convert_to_draft(by=here.writer)
        with pytest.raises(Refused, match="not in a mergeable state"):
            queue.add(third, by=here.writer)
