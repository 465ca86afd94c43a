"""Commits: who made them, and what was reported on them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.observation.source import LoggedCommit
from bot.github.errors import Json
from bot.github.parsing.actors import author
from bot.github.parsing.answers import moment, nodes

_SUCCESSES = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})
_NOT_VERIFIED_YET = frozenset({"GPGVERIFY_UNAVAILABLE", "GPGVERIFY_ERROR", "OCSP_PENDING"})
"""GitHub could not check the signature, and does so later: https://docs.github.com/en/graphql/reference/enums#gitsignaturestate"""


class Maker(Enum):
    """Who made a commit. UNVERIFIED: it names the App, and GitHub has not verified its signature yet."""

    APP = "app"
    OTHERS = "others"
    UNVERIFIED = "unverified"


def maker(seen: Json, bot_id: int) -> Maker:
    """Return who made this commit, given its `Authorship`. bot_id: of the App's bot.

    GitHub signs a commit whose author is an App only for that App itself.
    https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification
    """
    signature = seen["signature"] or {}
    if not names_app(seen, bot_id):
        return Maker.OTHERS
    if signature.get("isValid") and signature.get("wasSignedByGitHub"):
        return Maker.APP
    return Maker.UNVERIFIED if signature.get("state") in _NOT_VERIFIED_YET else Maker.OTHERS


def made_by_app(seen: Json, bot_id: int) -> bool:
    """Return whether the App made this commit, as GitHub has verified, given its `Authorship`."""
    return maker(seen, bot_id) is Maker.APP


def names_app(seen: Json, bot_id: int) -> bool:
    """Return whether a commit names the App's bot as its author. Anybody may write that; the signature proves it."""
    wrote = author(seen["author"])
    return wrote.is_bot and wrote.id == bot_id


def report(context: Json) -> Report:
    """Parse a `CheckRun` or a `StatusContext`."""
    if context["__typename"] == "CheckRun":
        at = context["completedAt"] or context["startedAt"]
        return Report(
            name=context["name"],
            outcome=check_outcome(context),
            title=context["title"] or "",
            url=context["detailsUrl"],
            at=moment(at) if at else None,
            app_id=app_id(context),
            node_id=context["id"],
            says=context["externalId"] or "",
            since=moment(context["startedAt"]) if context["startedAt"] else None,
            asked_again=context["status"] == "COMPLETED" and _suite_is_cleared(context),
        )
    return Report(
        name=context["context"],
        outcome={"SUCCESS": Outcome.SUCCESS, "PENDING": Outcome.PENDING, "EXPECTED": Outcome.PENDING}.get(
            context["state"], Outcome.FAILURE
        ),
        title=context["description"] or "",
        url=context["targetUrl"],
        at=moment(context["createdAt"]),
        app_id=context.get("appId"),
    )


def _suite_is_cleared(run: Json) -> bool:
    """Return whether somebody pressed "Re-run": GitHub clears the suite then, and leaves the completed run as it is.

    https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run
    """
    return (run["checkSuite"] or {}).get("status") == "QUEUED"


def asked_again(run: Json) -> bool:
    """Return whether a completed check run was asked for again, given what a sweep reads of it."""
    return bool(run["status"] == "COMPLETED" and _suite_is_cleared(run))


def rest_check_run(run: Json) -> Mapping[str, Any]:
    """Return a check run of REST as GraphQL names its parts.

    https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
    """
    return {
        "__typename": "CheckRun",
        "id": run["node_id"],
        "name": run["name"],
        "status": run["status"].upper(),
        "conclusion": run["conclusion"] and run["conclusion"].upper(),
        "title": (run["output"] or {}).get("title"),
        "startedAt": run["started_at"],
        "completedAt": run["completed_at"],
        "detailsUrl": run["details_url"],
        "externalId": run["external_id"],
        "checkSuite": {"status": None, "app": {"databaseId": (run["app"] or {}).get("id")}},
    }


def check_outcome(run: Json) -> Outcome:
    """Return the outcome of a check run. Cancelled, timed out, stale and action required count as failures."""
    if run["status"] != "COMPLETED":
        return Outcome.PENDING
    return Outcome.SUCCESS if run["conclusion"] in _SUCCESSES else Outcome.FAILURE


def commit(seen: Json) -> Commit:
    """Parse a commit with its reports. GitHub gives no rollup where nobody has reported."""
    rollup, at = seen["statusCheckRollup"], moment(seen["committedDate"])
    if rollup is None:
        return Commit(seen["oid"], at=at)
    contexts = rollup["contexts"]
    return Commit(seen["oid"], tuple(map(report, nodes(contexts))), not contexts["pageInfo"]["hasNextPage"], at)


def logged(seen: Json) -> LoggedCommit:
    """Parse one commit of a `Log`."""
    pull = next(nodes(seen["associatedPullRequests"]), None)
    return LoggedCommit(seen["oid"], seen["messageHeadline"], author(seen["author"]), pull["number"] if pull else None)


def app_id(run: Json) -> int | None:
    """Return the id of the App that made a check run, where GitHub names it."""
    app = (run["checkSuite"] or {}).get("app") or {}
    identity = app.get("databaseId")
    return None if identity is None else int(identity)
