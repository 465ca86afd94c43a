"""Every failure that people have reported of GitHub is one that a story may meet, with the words that GitHub used."""

import json

import pytest

from bot.simulator.clock import Clock
from bot.simulator.github.traffic.faults import Answer, Faults, HangUp, Partial, Refuse, Which
from tests.simulation.trouble import SWITCHES

REPORTED = (
    # Limits: cli/cli#4801, Azure/azure-sdk-tools#7226, yanyongyu/githubkit#271, renovatebot/renovate#21861
    (
        "secondary limit",
        "403 You have exceeded a secondary rate limit and have been temporarily blocked from content creation",
    ),
    ("secondary limit", "Retry-After"),
    ("secondary limit without a time", "403 You have exceeded a secondary rate limit"),
    ("429", "429 You have exceeded a secondary rate limit"),
    ("RATE_LIMIT", "200 RATE_LIMIT graphql_rate_limit"),
    ("RATE_LIMIT as 403", "403 RATE_LIMIT graphql_rate_limit"),
    ("RATE_LIMITED", "200 RATE_LIMITED"),
    ("too quickly", "submitted too quickly"),
    ("no points left", "graphql"),
    ("no requests left", "core"),
    ("resource limits", "RESOURCE_LIMITS_EXCEEDED"),  # anuraghazra/github-readme-stats#4916
    ("too many nodes", "MAX_NODE_LIMIT_EXCEEDED"),
    # Commits and branches: ministryofjustice/modernisation-platform#11985, github/gh-aw#22564, aquasecurity/trivy#10931,
    # googleapis/repo-automation-bots#5551, Mergifyio/mergify#2507
    ("STALE_DATA", 'STALE_DATA Expected branch to point to "'),
    ("STALE_DATA", "but it did not.  Pull and try again."),
    ("no branch", "Branch not found"),
    ("reference update failed", "Reference update failed"),
    ("pull request rule", "Changes must be made through a pull request."),
    ("workflows", "without `workflows` permission"),
    # Pull requests and merges: NixOS/nixpkgs-merge-bot#179, cli/cli#8092, github/gh-stack#497
    ("pull request exists", "A pull request already exists for"),
    ("pull request exists as 422", "422 Validation Failed PullRequest custom A pull request already exists for"),
    ("no commits", "No commits between"),
    ("no head", "422 Validation Failed PullRequest head invalid"),
    ("base modified", "Base branch was modified. Review and try the merge again."),
    ("base modified as 405", "405 Base branch was modified. Review and try the merge again."),
    ("conflict as 405", "405 Pull Request is not mergeable"),
    ("head modified", "Head branch was modified. Review and try the merge again."),
    ("409", "409 Head branch was modified."),
    ("not mergeable", "Pull Request is not mergeable"),
    ("not authorized", "Enqueuer is not authorized to merge"),
    # Auto-merge: peter-evans/enable-pull-request-automerge#343, #355, iterative/cml#955
    ("clean status", "Pull request is in clean status"),
    ("unstable status", "Pull request is in unstable status"),
    ("no auto-merge", "Auto merge is not allowed for this repository"),
    ("no rules", "Protected branch rules not configured for this branch"),
    ("no auto-merge here", "Can't enable auto-merge for this pull request"),
    # Permissions and logins
    ("forbidden", "FORBIDDEN Resource not accessible by integration"),
    ("single sign-on", "FORBIDDEN Resource not accessible by integration False"),
    ("403", "403 Resource not accessible by integration"),
    ("401", "401 Bad credentials"),
    ("clock skew", "401 'Expiration time' claim ('exp') is too far in the future"),
    ("404", "404 Not Found"),
    ("locked", "issue is locked"),  # open-telemetry/opentelemetry-dotnet#6554
    ("no reactions", "a reaction refused"),
    # Deployments
    ("merged instead", "202 Auto-merged master into topic-branch on deployment."),
    ("checks failed", "409 Conflict: Commit status checks failed"),
    # What is no answer
    ("500", "500"),
    ("502", "502"),
    ("504", "504"),
    ("unavailable", "503 Service Unavailable"),
    ("a proxy's page", "502 <html>"),
    ("timeout", "502 Something went wrong while executing your query."),
    ("something went wrong", "Something went wrong while executing your query."),
    ("422", "422 Validation Failed custom"),
    ("empty", "200"),
    ("half", '200 {"data": {"repository"'),
    ("null", "200 None"),
    ("cut before", "before"),
    ("cut after", "after"),
)
"""A switch, and the parts of what GitHub answers with it, in order."""


@pytest.mark.parametrize(("switch", "told"), REPORTED, ids=lambda each: each[:40])
def test_a_story_meets_what_was_reported(switch: str, told: str) -> None:
    injected, start = _injected(switch), 0
    for word in told.split():
        assert word in injected[start:], f"{injected!r} lacks {word!r} of {told!r}"
        start = injected.index(word, start) + len(word)


def test_every_switch_was_reported_by_somebody() -> None:
    assert {switch for switch, _ in REPORTED} == SWITCHES.keys()


def _injected(switch: str) -> str:
    """Return all that GitHub says with this switch on."""
    faults, clock = Faults(), Clock()
    SWITCHES[switch](faults, clock, Which(), 1)
    limits = [name for name in ("graphql", "core") if faults.exhausted_until(name, clock.now())]
    unspent = [line for line in faults.unspent() if " for " not in line]
    match faults.effect_on("POST", "/graphql", frozenset()):
        case Answer(status, body, headers):
            text = body if isinstance(body, str) else _flat(body)
            return f"{status} {text} {json.dumps(dict(headers))}"
        case Refuse(kind, message):
            return f"{kind} {message}"
        case HangUp(moment):
            return moment.value
        case Partial():
            return "RESOURCE_LIMITS_EXCEEDED"
        case _:
            return " ".join((*limits, *unspent))


def _flat(body: object) -> str:
    """Return the values of a body in its order, so that only what it says is compared."""
    if isinstance(body, dict):
        return " ".join(_flat(value) for value in body.values())
    if isinstance(body, list):
        return " ".join(map(_flat, body))
    return str(body)
