"""What must be there before a plan's documents: REST requests, for what GraphQL cannot do."""

from dataclasses import dataclass, replace
from typing import Any

from bot.core.pages.status_comment import with_refusals
from bot.core.plan import ClosePromotion, IntroducePromotion, OpenPromotion, UpdatePromotion, WriteState
from bot.core.values.permit import Permit
from bot.github.client import Client, Credential, below
from bot.github.errors import Json, Refused
from bot.github.parsing.files import REGULAR_FILE
from bot.github.writes.git_commits import GitCommits
from bot.github.writes.write import Work

FINAL = frozenset({403, 404, 405, 409, 422})
"""The statuses by which GitHub refuses a write. Other statuses are trouble of its own, or a limit."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where, and as whom, to write. repository: `owner/name`."""

    client: Client
    repository: str
    credential: Credential
    permit: Permit

    @property
    def commits(self) -> GitCommits:
        """Commits made of git objects."""
        return GitCommits(self.client, self.repository, credential=self.credential, permit=self.permit)

    async def post(self, path: str, body: Json, *, operation: str) -> Any:
        """Send one request, confirming the permit first. Return GitHub's answer."""
        await self.permit.confirm()
        return await self.client.send(path, body, credential=self.credential, operation=operation)


def is_final(refusal: Refused) -> bool:
    """Return whether GitHub refused the write itself, so that repeating it would not help."""
    return refusal.status in FINAL and refusal.again_at is None


async def state_branch(action: WriteState, work: Work, site: Site) -> Work:
    """Create `gitops-state` if the decision saw none."""
    return work if action.seen_head is not None else replace(work, state_head=await site.commits.state_branch())


async def commit(action: OpenPromotion | UpdatePromotion, work: Work, site: Site) -> Work:
    """Commit files with other modes than a regular file's, which `createCommitOnBranch` would not keep."""
    if all(file.mode == REGULAR_FILE for file in work.files):
        return work
    made = await site.commits.commit(work.files, parent=action.base_oid, message=action.message)
    return replace(work, commit=made)


async def label(action: ClosePromotion, work: Work, site: Site) -> Work:
    """Label the pull request. GitHub creates a label that does not exist yet.

    https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
    """
    path = below(site.repository, "issues", str(action.number), "labels")
    await site.post(path, {"labels": [action.label]}, operation="label")
    return work


async def introduce(action: IntroducePromotion, work: Work, site: Site) -> Work:
    """Put on labels and ask for reviews. What GitHub refuses becomes part of the status comment.

    Each review is asked for separately: of several reviewers, GitHub asks none if one of them cannot be asked.
    https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request
    """
    number, refusals = str(action.number), []
    steps: list[tuple[str, str, Json]] = []
    if action.labels:
        path = below(site.repository, "issues", number, "labels")
        steps.append((f"add the labels {', '.join(action.labels)}", path, {"labels": list(action.labels)}))
    for reviewer in action.reviewers:
        team = reviewer.partition("/")[2]
        person = {"team_reviewers": [team]} if team else {"reviewers": [reviewer]}
        path = below(site.repository, "pulls", number, "requested_reviewers")
        steps.append((f"request a review from {reviewer}", path, person))
    for what, path, body in steps:
        try:
            await site.post(path, body, operation="introduce")
        except Refused as refusal:
            if not is_final(refusal):
                raise
            refusals.append((what, refusal.reason.removeprefix("introduce: ")))
    return replace(work, action=replace(action, body=with_refusals(action.body, tuple(refusals))))
