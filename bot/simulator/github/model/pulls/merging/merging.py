"""Merging pull requests: the requirements, and the commit.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.simulator.github.git.store import Person
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection import workflows
from bot.simulator.github.model.protection.protection import BranchProtection, MergeMethod, ProtectionSource, bound_by
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.stacks import refuse_merge
from bot.simulator.github.model.pulls.states import MergeState
from bot.simulator.github.model.pulls.target import TargetRepository
from bot.simulator.github.model.world.errors import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOrder:
    """How to merge. Without `headline` or `body` the repository's settings determine them."""

    method: MergeMethod = MergeMethod.MERGE
    expected_head: str | None = None
    headline: str | None = None
    body: str | None = None


def merge(pull: PullRequest, order: MergeOrder, *, by: User) -> str:
    """Merge now or raise Refused; return the merge commit's id. Emits `closed`, then the push to the base."""
    refuse_merge(pull.stack)
    _check_state(pull, order)
    _check_protection(pull, order, by)
    pull.repository.github.check_content(by.login)
    return carry_out(pull, order, by=by)


def merge_state_for(pull: PullRequest, viewer: User) -> MergeState:
    """Return the merge state for this viewer: BLOCKED for an App that may not merge the changed files.

    https://github.com/loopdive/js2/pull/3577
    """
    found = pull.merge_state()
    if found in {MergeState.CLEAN, MergeState.UNSTABLE} and _workflow_refusal(pull, viewer) is not None:
        return MergeState.BLOCKED
    return found


def _workflow_refusal(pull: PullRequest, by: User) -> Refused | None:
    if not workflows.needs_permission(pull.repository, by):
        return None
    return workflows.refusal(change.path for change in pull.changes())


def carry_out(pull: PullRequest, order: MergeOrder, *, by: User) -> str:
    """Create the commit and move the base. The caller has checked every requirement."""
    base = pull.base_tip()
    oid = _COMMITS[order.method](pull, order, by, base)
    return land(pull, oid, by=by)


def land(pull: PullRequest, oid: str, *, by: User) -> str:
    """Move the base to `oid`, which contains the pull request, and mark it as merged; return `oid`."""
    repository, base = pull.repository, pull.base_tip()
    pull.leave_queue(by=by, reason="MERGE")  # merged without the queue: the queue removes an entry before it merges it
    pull.base_oid = base
    pull.state = State.MERGED
    pull.merged_at = pull.closed_at = pull.updated_at = repository.github.now()
    pull.merged_by = pull.closed_by = by
    pull.record_state_change(by=by)
    pull.merge_commit_oid = oid
    pull.auto_merge = None
    repository.pull_requests.merged(pull.number, oid)
    pull.tell("closed", by)
    repository.move_ref(f"refs/heads/{pull.base_ref}", before=base, after=oid, by=by)
    source = pull.head_repository
    if repository.settings.delete_branch_on_merge and source is not None and source.find_branch(pull.head_ref):
        source.move_ref(f"refs/heads/{pull.head_ref}", before=pull.head_oid, after=None, by=by)
    return oid


def _check_state(pull: PullRequest, order: MergeOrder) -> None:
    if pull.state is not State.OPEN:
        raise Refused(Reason.NOT_MERGEABLE, "Pull Request is not mergeable")
    if pull.is_draft:
        raise Refused(Reason.NOT_MERGEABLE, "Pull Request is still a draft")
    if order.expected_head is not None and order.expected_head != pull.head_oid:
        raise Refused(Reason.HEAD_MODIFIED, "Head branch was modified. Review and try the merge again.")
    if order.method not in allowed_methods(pull):
        words = {
            MergeMethod.MERGE: "Merge commits",
            MergeMethod.SQUASH: "Squash merges",
            MergeMethod.REBASE: "Rebase merges",
        }
        raise Refused(Reason.NOT_MERGEABLE, f"{words[order.method]} are not allowed on this repository.")


def allowed_methods(pull: PullRequest) -> tuple[MergeMethod, ...]:
    """Return the methods that the repository's settings and the base's protections allow."""
    settings = pull.repository.settings
    switches = {
        MergeMethod.MERGE: settings.merge_commit_allowed,
        MergeMethod.SQUASH: settings.squash_merge_allowed,
        MergeMethod.REBASE: settings.rebase_merge_allowed,
    }
    protections = [found.protection for found in pull.protections()]
    return tuple(
        method
        for method, allowed in switches.items()
        if allowed
        and all(method in protection.merge_methods for protection in protections)
        and not (method is MergeMethod.MERGE and any(protection.linear_history for protection in protections))
    )


def _check_protection(pull: PullRequest, order: MergeOrder, by: User) -> None:
    binding = bound_by(pull.protections(), by, pull.repository.role_of(by))
    if any(found.protection.merge_queue for found in binding):
        raise Refused(Reason.NOT_MERGEABLE, "Changes must be made through the merge queue")
    refused = _workflow_refusal(pull, by)
    if refused is not None:
        raise refused
    if order.method is MergeMethod.REBASE and any(found.protection.signatures for found in binding):
        message = "Base branch requires signed commits. Rebase merges cannot be automatically signed by GitHub"
        raise Refused(Reason.NOT_MERGEABLE, message)
    sentences = pull.blocked_by(binding)
    if pull.is_behind and any(found.protection.strict for found in binding):
        sentences.append("This branch is out-of-date with the base branch.")
    if sentences:
        raise Refused(Reason.NOT_MERGEABLE, refusal_text(binding, sentences))
    if pull.conflicts():
        raise Refused(Reason.NOT_MERGEABLE, "Pull Request is not mergeable")


def refusal_text(binding: list[BranchProtection], sentences: list[str]) -> str:
    """Combine GitHub's messages: rulesets list all of them, classic protection shows the first."""
    if any(found.protection.source is ProtectionSource.RULESET for found in binding):
        return "Repository rule violations found\n\n" + "\n\n".join(sentences)
    return sentences[0]


# -- the commit --------------------------------------------------------------------------------------------------------


def _merge_commit(pull: PullRequest, order: MergeOrder, by: User, base: str) -> str:
    tree = pull.repository.history.merged_tree(base, pull.head_oid)
    if tree is None:
        raise Refused(Reason.NOT_MERGEABLE, "Pull Request is not mergeable")
    return _commit(pull.repository, by, tree, [base, pull.head_oid], merge_message(pull, order))


def _squash_commit(pull: PullRequest, order: MergeOrder, _by: User, base: str) -> str:
    tree = pull.repository.history.merged_tree(base, pull.head_oid)
    if tree is None:
        raise Refused(Reason.NOT_MERGEABLE, "Pull Request is not mergeable")
    return _commit(pull.repository, pull.author, tree, [base], squash_message(pull, order))


def _rebased_tip(pull: PullRequest, _order: MergeOrder, by: User, base: str) -> str:
    committer = pull.repository.github.person(by)
    tip = pull.repository.history.rebased(pull.commits(), onto=base, committer=committer)
    if tip is None:
        raise Refused(Reason.NOT_MERGEABLE, "This branch can't be rebased")
    return tip


_COMMITS: dict[MergeMethod, Callable[[PullRequest, MergeOrder, User, str], str]] = {
    MergeMethod.MERGE: _merge_commit,
    MergeMethod.SQUASH: _squash_commit,
    MergeMethod.REBASE: _rebased_tip,
}


def _commit(repository: TargetRepository, author: User, tree: str, parents: list[str], message: str) -> str:
    github = repository.github
    oid = repository.store.write_commit(
        tree=tree, parents=parents, message=message, author=github.person(author), committer=web_flow(github.now_person)
    )
    repository.signed.add(oid)  # not rebased commits: GitHub signs what it creates, not what it replays
    return oid


def web_flow(person_at: Callable[[str, str], Person]) -> Person:
    """Return GitHub as the committer of what its pages and its API create."""
    return person_at("GitHub", "noreply@github.com")


def merge_message(pull: PullRequest, order: MergeOrder) -> str:
    """Return the merge commit's message, by the order or the repository's settings."""
    owner = pull.head_repository.owner.login if pull.head_repository else "unknown"
    settings = pull.repository.settings
    default = f"Merge pull request #{pull.number} from {owner}/{pull.head_ref}"
    headline = default if settings.merge_commit_title == "MERGE_MESSAGE" else f"{pull.title} (#{pull.number})"
    bodies = {"PR_TITLE": pull.title, "PR_BODY": pull.body, "BLANK": ""}
    return _message(order, headline, bodies[settings.merge_commit_message])


def squash_message(pull: PullRequest, order: MergeOrder) -> str:
    """Return the squashed commit's message, by the order or the repository's settings."""
    settings, store = pull.repository.settings, pull.repository.store
    commits = [store.commit(oid) for oid in pull.commits()]
    alone = len(commits) == 1 and settings.squash_merge_commit_title == "COMMIT_OR_PR_TITLE"
    headline = f"{commits[0].headline if alone else pull.title} (#{pull.number})"
    listed = commits[0].body if len(commits) == 1 else "\n\n".join(f"* {commit.message.strip()}" for commit in commits)
    bodies = {"COMMIT_MESSAGES": listed, "PR_BODY": pull.body, "BLANK": ""}
    return _message(order, headline, bodies[settings.squash_merge_commit_message])


def _message(order: MergeOrder, headline: str, body: str) -> str:
    headline = order.headline if order.headline is not None else headline
    body = order.body if order.body is not None else body
    return f"{headline}\n\n{body}" if body else headline
