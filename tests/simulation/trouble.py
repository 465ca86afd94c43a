"""Every failure that GitHub is known to answer with, as switches of the simulated GitHub.

The bodies are those that people reported; the comments say where.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.simulator.clock import Clock
from bot.simulator.github.traffic.faults import Answer, Faults, Moment, Which

WRITES = (
    "createCommitOnBranch",
    "createPullRequest",
    "updateRefs",
    "mergePullRequest",
    "addComment",
    "updatePullRequest",
)
STALE = f'Expected branch to point to "{"5" * 40}" but it did not.  Pull and try again.'

Switch = Callable[[Faults, Clock, Which, int], None]


def _refusal(kind: str, message: str) -> Switch:
    return lambda faults, _, which, count: faults.refuse(kind, message, count=count, which=which)


def _answer(status: int, body: Mapping[str, object] | str, headers: Mapping[str, str] | None = None) -> Switch:
    return lambda faults, _, which, count: faults.next_requests(
        Answer(status, body, headers or {}), count=count, which=which
    )


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
    "base modified": _refusal("UNPROCESSABLE", "Base branch was modified. Review and try the merge again."),
    "head modified": _refusal("UNPROCESSABLE", "Head branch was modified. Review and try the merge again."),
    "not mergeable": _refusal("UNPROCESSABLE", "Pull Request is not mergeable"),
    # peter-evans/enable-pull-request-automerge#343
    "clean status": _refusal("UNPROCESSABLE", "Pull request Pull request is in clean status"),
    "forbidden": _refusal("FORBIDDEN", "Resource not accessible by integration"),
    # aquasecurity/trivy#10931
    "reference update failed": _refusal("", "Reference update failed"),
    # googleapis/repo-automation-bots#5551
    "pull request rule": _refusal("UNPROCESSABLE", "Changes must be made through a pull request."),
    "something went wrong": _refusal(
        "", "Something went wrong while executing your query. Please include `51AB` when reporting."
    ),
    "403": _answer(403, {"message": "Resource not accessible by integration", "status": "403"}),
    "401": _answer(401, {"message": "Bad credentials", "status": "401"}),
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
