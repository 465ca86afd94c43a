"""Authorisation: the checks that REST, GraphQL and git over HTTP make before they change anything."""

from collections.abc import Mapping
from typing import Protocol

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.accounts import Organisation, Role, User
from bot.simulator.github.model.accounts.apps import Access, Installation
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.protection import workflows
from bot.simulator.github.model.protection.protection import (
    UNSIGNED,
    BranchProtection,
    Protection,
    ProtectionSource,
    bound_by,
    names,
)
from bot.simulator.github.model.protection.required_checks import checks_refusal
from bot.simulator.github.model.repository import Repository, complete
from bot.simulator.github.model.world.errors import Reason, Refused


class Viewer(Protocol):
    """The caller, as views of the model need it."""

    @property
    def actor(self) -> User | None:
        """Return the account that acts."""

    @property
    def installation(self) -> Installation | None:
        """Return the installation of the token, or None for a person's token."""

    @property
    def permissions(self) -> Mapping[str, Access]:
        """Return the permissions of an installation token; empty for a person's token."""

    def sees(self, repository: CodeRepository) -> bool:
        """Report whether this caller can see the repository at all."""

    def allows(self, repository: CodeRepository, permission: str, access: Access) -> bool:
        """Report whether the caller has this access to `permission` (REST's name) in the repository."""


NOT_ACCESSIBLE = "Resource not accessible by integration"


def require(viewer: Viewer, repository: CodeRepository, permission: str, access: Access = Access.WRITE) -> User:
    """Return the acting user if they have the permission; else raise Refused with GitHub's message."""
    if not viewer.sees(repository):
        raise Refused(Reason.NOT_FOUND, f"Could not resolve to a Repository with the name '{repository.full_name}'.")
    actor = viewer.actor
    if actor is None or not viewer.allows(repository, permission, access):
        message = NOT_ACCESSIBLE
        if viewer.installation is None and actor is not None:
            message = f"{actor.login} does not have the correct permissions to execute this"
        raise Refused(Reason.FORBIDDEN, message, rest_message=NOT_ACCESSIBLE)
    if access > Access.READ:
        check_writable(repository)
    return actor


def check_writable(repository: CodeRepository) -> None:
    """Raise Refused for an archived repository."""
    if repository.is_archived:
        raise Refused(Reason.FORBIDDEN, "Repository was archived so is read-only.")


HIDDEN = "deny updating a hidden ref"
"""git's message for `refs/pull/*`: https://git-scm.com/docs/git-config#Documentation/git-config.txt-transferhideRefs"""

QUEUED = (
    "A pull request for this branch has been added to a merge queue. Branches that are queued for merging cannot be "
    "updated. To modify this branch, dequeue the associated pull request."
)
"""GitHub's message; it has no exemptions: https://github.com/SharezoneApp/sharezone-app/pull/605"""


def check_push(repository: Repository, ref: str, *, before: str, after: str, by: User) -> None:
    """Raise Refused if protection forbids this user the move of a ref.

    The zero id means that the ref does not exist.
    """
    if ref.startswith("refs/pull/"):
        raise Refused(Reason.UNPROCESSABLE, HIDDEN, rest_message="Reference update failed")
    if not ref.startswith("refs/heads/"):
        return
    _check_workflows(repository, before=before, after=after, by=by)
    if after != ZERO and _is_queued(repository, ref.removeprefix("refs/heads/")):
        raise Refused(Reason.PROTECTED, f"{QUEUED} Protected branch update failed for {ref}.", rest_message=QUEUED)
    protections = repository.protections_of(ref.removeprefix("refs/heads/"))
    binding = bound_by(protections, by, repository.role_of(by))
    for found in binding:
        if before == ZERO and found.protection.merge_queue and found.protection.source is ProtectionSource.RULESET:
            # GitHub's message is no longer than this (aquasecurity/trivy#10931).
            raise Refused(Reason.UNPROCESSABLE, "Reference update failed")
        sentence = _push_refusal(repository, found, before=before, after=after, by=by)
        if sentence and found.protection.source is ProtectionSource.RULESET:
            message = f"Repository rule violations found\n\n{sentence}\n\n"
            raise Refused(Reason.PROTECTED, message, rest_message=message)
        if sentence:
            message = f"{sentence} Protected branch update failed for {ref}."
            raise Refused(Reason.PROTECTED, message, rest_message=sentence)


def _check_workflows(repository: Repository, *, before: str, after: str, by: User) -> None:
    """Refuse commits that touch workflow files, if they come from an App without that permission."""
    if after == ZERO or not workflows.needs_permission(repository, by):
        return
    start = before if before != ZERO else repository.find_branch(repository.default_branch)
    for oid in repository.history.between(start, after) if start else repository.history.log(after):
        refused = workflows.refusal(repository.history.introduced(oid), rest_message=NOT_ACCESSIBLE)
        if refused is not None and not repository.holds(oid):
            raise refused


def _is_queued(repository: Repository, branch: str) -> bool:
    """Report whether a pull request from this branch is queued to merge, in any repository of the network."""
    return any(
        pull.queue_entry is not None
        for base in repository.network()
        for pull in complete(base).pull_requests.from_branch(repository, branch)
    )


def _push_refusal(repository: Repository, found: BranchProtection, *, before: str, after: str, by: User) -> str | None:
    rules = found.protection
    if after == ZERO:
        return None if rules.allow_deletions else "Cannot delete a protected branch."
    if before != ZERO and not rules.allow_force_pushes and not repository.history.is_ancestor(before, of=after):
        return "Cannot force-push to a protected branch."
    if rules.restrict_pushes is not None and not names(rules.restrict_pushes, by):
        return "You're not authorized to push to this branch."
    if rules.asks_for_pull_request:
        return "Changes must be made through a pull request."
    return _signature_refusal(repository, rules, before=before, after=after) or checks_refusal(
        rules.required_checks, repository.checks.contexts(after)
    )


def _signature_refusal(repository: Repository, rules: Protection, *, before: str, after: str) -> str | None:
    """Return GitHub's message about new commits on the branch without a verified signature."""
    if not rules.signatures:
        return None
    start = before if before != ZERO else repository.find_branch(repository.default_branch)
    found = repository.unverified(repository.history.between(start, after) if start else (after,))
    if before == ZERO:  # a new branch at a known commit adds no commits
        found = [oid for oid in found if not repository.holds(oid)]
    if not found:
        return None
    count = "1 violation" if len(found) == 1 else f"{len(found)} violations"
    return f"{UNSIGNED}\n\nFound {count}:\n\n" + "\n".join(found)


def author_association(repository: CodeRepository, user: User) -> str:
    """Return GitHub's word for an author's relation to a repository."""
    if user is repository.owner:
        return "OWNER"
    if isinstance(repository.owner, Organisation) and user in repository.owner.members:
        return "MEMBER"
    if repository.collaborators.get(user, Role.NONE) > Role.NONE:
        return "COLLABORATOR"
    return "CONTRIBUTOR" if repository.has_merged_from(user) else "NONE"


def viewer_permission(viewer: Viewer, repository: CodeRepository) -> Role:
    """Return the viewer's role for GraphQL's viewerPermission; an App's follows from its contents permission."""
    if viewer.installation is not None:
        if viewer.allows(repository, "administration", Access.WRITE):
            return Role.ADMIN
        return Role.WRITE if viewer.allows(repository, "contents", Access.WRITE) else Role.READ
    public = Role.READ if repository.visibility is Visibility.PUBLIC else Role.NONE
    return repository.role_of(viewer.actor) if viewer.actor else public
