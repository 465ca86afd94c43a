"""Every failure that GitHub is known to answer with, as switches of the simulated GitHub.

The bodies are those that people reported; the comments say where.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.simulator.clock import Clock
from bot.simulator.github.traffic.faults import Answer, Faults, Moment, Slow, Which

WRITES = (
    "createCommitOnBranch",
    "createPullRequest",
    "updateRefs",
    "mergePullRequest",
    "addComment",
    "updatePullRequest",
)
MODIFIED = "Base branch was modified. Review and try the merge again."
SKEW = "'Expiration time' claim ('exp') is too far in the future"
SAML = {
    "type": "FORBIDDEN",
    "message": "Resource not accessible by integration",
    "extensions": {"saml_failure": False},
}
WORKFLOW = (
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/x` without `workflows` permission"
)
STALE = f'Expected branch to point to "{"5" * 40}" but it did not.  Pull and try again.'

MERGES = ("mergePullRequest", "enqueuePullRequest")
MEANWHILE = ("speak", "close", "merge", "revert", "edit_by_hand", "change_policy", "move_tag", "force_push", "release")
"""What people may do at the very moment at which GitHub carries out a request of the bot."""
AMID_MERGES = (*MEANWHILE, *["push_to_promotions"] * 6, "hold_all", "ask_for_changes")
"""The same, at the moment of a merge."""
FREQUENT = ("cut after", "too quickly", "no reactions", "502", "forbidden", "STALE_DATA")
"""Switches that stories set more often than the others: they cut a document of the bot in two, or lose its answer."""

Switch = Callable[[Faults, Clock, Which, int], None]


def _refusal(kind: str, message: str) -> Switch:
    return lambda faults, _, which, count: faults.refuse(kind, message, count=count, which=which)


def _answer(status: int, body: Mapping[str, object] | str, headers: Mapping[str, str] | None = None) -> Switch:
    return lambda faults, _, which, count: faults.next_requests(
        Answer(status, body, headers or {}), count=count, which=which
    )


def _invalid(**error: str) -> Mapping[str, object]:
    """Return the body of a pull request that is refused as invalid."""
    return {"message": "Validation Failed", "errors": [{"resource": "PullRequest", **error}], "status": "422"}


SWITCHES: dict[str, Switch] = {
    "502": lambda faults, _, which, count: faults.fail(502, count=count, which=which),
    "500": lambda faults, _, which, count: faults.fail(500, count=count, which=which),
    "504": lambda faults, _, which, count: faults.fail(504, count=count, which=which),
    "a proxy's page": lambda faults, _, which, count: faults.bad_gateway(count=count, which=which),
    "cut before": lambda faults, _, which, count: faults.hang_up(Moment.BEFORE, count=count, which=which),
    "cut after": lambda faults, _, which, count: faults.hang_up(Moment.AFTER, count=count, which=which),
    "secondary limit": lambda faults, _, which, count: faults.secondary_limit(count=count, which=which),
    "secondary limit without a time": lambda faults, _, which, count: faults.secondary_limit(
        retry_after=None, count=count, which=which
    ),
    "429": lambda faults, _, which, count: faults.too_many_requests(count=count, which=which),
    # yanyongyu/githubkit#271 and renovatebot/renovate#21861
    "RATE_LIMIT": lambda faults, _, __, count: faults.graphql_limit(count=count),
    "RATE_LIMITED": lambda faults, _, __, count: faults.graphql_limit("RATE_LIMITED", count=count),
    "RATE_LIMIT as 403": lambda faults, _, __, count: faults.graphql_limit(status=403, count=count),
    # cli/cli#4801, Azure/azure-sdk-tools#7226
    "too quickly": lambda faults, _, __, count: faults.too_quickly(count=count),
    # open-telemetry/opentelemetry-dotnet#6554
    "no reactions": lambda faults, _, __, count: faults.refuse_reactions(count=3 * count),
    "no points left": lambda faults, clock, _, __: faults.exhaust("graphql", until=clock.now() + timedelta(minutes=20)),
    "no requests left": lambda faults, clock, _, __: faults.exhaust("core", until=clock.now() + timedelta(minutes=20)),
    # anuraghazra/github-readme-stats#4916
    "resource limits": lambda faults, _, which, count: faults.resource_limits(
        ("repository",), count=count, which=which
    ),
    # ministryofjustice/modernisation-platform#11985
    "STALE_DATA": _refusal("STALE_DATA", STALE),
    # NixOS/nixpkgs-merge-bot#179, cli/cli#8092
    "base modified": _refusal("UNPROCESSABLE", MODIFIED),
    "head modified": _refusal("UNPROCESSABLE", "Head branch was modified. Review and try the merge again."),
    "not mergeable": _refusal("UNPROCESSABLE", "Pull Request is not mergeable"),
    # peter-evans/enable-pull-request-automerge#343, #355, iterative/cml#955
    "clean status": _refusal("UNPROCESSABLE", "Pull request Pull request is in clean status"),
    "unstable status": _refusal("UNPROCESSABLE", "Pull request Pull request is in unstable status"),
    "no auto-merge": _refusal("UNPROCESSABLE", "Auto merge is not allowed for this repository"),
    "no rules": _refusal("UNPROCESSABLE", "Pull request Protected branch rules not configured for this branch"),
    "no auto-merge here": _refusal("UNPROCESSABLE", "Can't enable auto-merge for this pull request"),
    "forbidden": _refusal("FORBIDDEN", "Resource not accessible by integration"),
    "single sign-on": _answer(200, {"data": None, "errors": [SAML]}),
    # github/gh-aw#22564
    "no branch": _refusal("NOT_FOUND", "Branch not found"),
    # github/gh-stack#497
    "not authorized": _refusal("UNPROCESSABLE", "Enqueuer is not authorized to merge"),
    # open-telemetry/opentelemetry-dotnet#6554
    "locked": _refusal("FORBIDDEN", "Unable to create comment because issue is locked."),
    "pull request exists": _refusal("UNPROCESSABLE", "A pull request already exists for acme:gitops/dev/web."),
    "no commits": _refusal("UNPROCESSABLE", "No commits between main and gitops/dev/web"),
    # Mergifyio/mergify#2507
    "workflows": _refusal("FORBIDDEN", WORKFLOW),
    # aquasecurity/trivy#10931
    "reference update failed": _refusal("", "Reference update failed"),
    # googleapis/repo-automation-bots#5551
    "pull request rule": _refusal("UNPROCESSABLE", "Changes must be made through a pull request."),
    "too many nodes": _answer(
        200,
        {
            "errors": [
                {"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "This query requests up to 600,000 possible nodes."}
            ]
        },
    ),
    "timeout": _answer(
        502,
        {
            "data": None,
            "errors": [{"message": "Something went wrong while executing your query. This may be a timeout."}],
        },
    ),
    "something went wrong": _refusal(
        "", "Something went wrong while executing your query. Please include `51AB` when reporting."
    ),
    "403": _answer(403, {"message": "Resource not accessible by integration", "status": "403"}),
    "401": _answer(401, {"message": "Bad credentials", "status": "401"}),
    "clock skew": _answer(401, {"message": SKEW, "status": "401"}),
    "base modified as 405": _answer(405, {"message": MODIFIED, "status": "405"}),
    "conflict as 405": _answer(405, {"message": "Pull Request is not mergeable", "status": "405"}),
    "checks failed": _answer(409, {"message": "Conflict: Commit status checks failed for main.", "status": "409"}),
    "merged instead": _answer(202, {"message": "Auto-merged master into topic-branch on deployment."}),
    "pull request exists as 422": _answer(
        422, _invalid(code="custom", message="A pull request already exists for acme:x.")
    ),
    "no head": _answer(422, _invalid(field="head", code="invalid")),
    "404": _answer(404, {"message": "Not Found", "status": "404"}),
    "409": _answer(409, {"message": "Head branch was modified. Review and try the merge again.", "status": "409"}),
    "422": _answer(422, {"message": "Validation Failed", "errors": [{"code": "custom"}], "status": "422"}),
    "empty": _answer(200, ""),
    "half": _answer(200, '{"data": {"repository": {"id"'),
    "null": lambda faults, _, __, count: faults.next_requests(
        Answer(200, {"data": None}), count=count, which=Which(path="/graphql")
    ),
    "unavailable": _answer(503, {"message": "Service Unavailable"}, {"Retry-After": "30"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Awaited(Which):
    """A request for which somebody waits, to do something just before GitHub carries it out."""

    meanwhile: Callable[[], None]

    def fits(self, method: str, path: str, operations: frozenset[str]) -> bool:
        found = Which.fits(self, method, path, operations)
        if found:
            self.meanwhile()
        return found


def interrupt(faults: Faults, operation: str, meanwhile: Callable[[], None], *, seconds: float) -> None:
    """Do something when the next request with this operation reaches GitHub, which carries it out some seconds later."""
    faults.next_requests(Slow(seconds), which=_Awaited(operation=operation, meanwhile=meanwhile))
