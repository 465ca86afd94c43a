"""GitHub's nouns, one small pure parser each: GraphQL answers in, the core's frozen values out."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime

from bot.core.observation.actors import Actor, Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.observation.promotion_branches import place_on
from bot.core.observation.pull_request import Merged
from bot.core.observation.repository import Protection, Repository
from bot.core.observation.source import LoggedCommit
from bot.core.observation.sweep import SweptPull
from bot.github.errors import Json

_BOT = "[bot]"
_BOT_ADDRESS = re.compile(r"(?:\d+\+)?(?P<slug>[^@+]+)\[bot\]@users\.noreply\.")
_READ_RULES = frozenset(
    {
        "REQUIRED_STATUS_CHECKS",
        "PULL_REQUEST",
        "MERGE_QUEUE",
        "REQUIRED_DEPLOYMENTS",
        "REQUIRED_REVIEW_THREAD_RESOLUTION",
        "CREATION",
        "DELETION",
        "NON_FAST_FORWARD",
        "BRANCH_NAME_PATTERN",
        "TAG_NAME_PATTERN",
        "TAG",
    }
)
"""Rules that are looked into, and those that a merge cannot break."""
_SUCCESSES = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED"})


def moment(text: str) -> datetime:
    """GitHub's `2026-11-23T04:05:06Z`, aware and in UTC."""
    return datetime.fromisoformat(text)


def nodes(connection: Json | None) -> Iterator[Json]:
    """The nodes of a connection; GitHub leaves a hole where it could not read one."""
    yield from (node for node in (connection or {}).get("nodes") or () if node)


def actor(who: Json | None) -> Actor:
    """An `Actor`; null stands for an account that was deleted."""
    if who is None:
        return Actor("")
    login = str(who["login"])
    return Actor(login.removesuffix(_BOT), who["__typename"] == "Bot" or login.endswith(_BOT))


def author(signature: Json | None) -> Actor:
    """A `GitActor`: who wrote a commit, as far as GitHub knows the address. A bot has an address of a fixed form there.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    if signature is None:
        return Actor("")
    bot = _BOT_ADDRESS.match(signature["email"] or "")
    if bot is not None:
        return Actor(bot["slug"], is_bot=True)
    return Actor(str((signature["user"] or {}).get("login", "")))


def made_by_app(seen: Json, app: str) -> bool:
    """A commit with its `Authorship`: GitHub signs one with an App as its author only for that App itself.

    https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification
    """
    signature, wrote = seen["signature"] or {}, author(seen["author"])
    signed = bool(signature.get("isValid")) and bool(signature.get("wasSignedByGitHub"))
    return signed and wrote.is_bot and wrote.login == app


def report(context: Json) -> Report:
    """A `CheckRun` or a `StatusContext`."""
    if context["__typename"] == "CheckRun":
        at = context["completedAt"] or context["startedAt"]
        return Report(
            name=context["name"],
            outcome=check_outcome(context),
            title=context["title"] or "",
            url=context["detailsUrl"],
            at=moment(at) if at else None,
            app_id=_app_id(context),
            node_id=context["id"],
            says=context["externalId"] or "",
        )
    return Report(
        name=context["context"],
        outcome={"SUCCESS": Outcome.SUCCESS, "PENDING": Outcome.PENDING, "EXPECTED": Outcome.PENDING}.get(
            context["state"], Outcome.FAILURE
        ),
        title=context["description"] or "",
        url=context["targetUrl"],
        at=moment(context["createdAt"]),
    )


def check_outcome(run: Json) -> Outcome:
    """What a check run has come to: cancelled, timed out, stale and action required are no successes."""
    if run["status"] != "COMPLETED":
        return Outcome.PENDING
    return Outcome.SUCCESS if run["conclusion"] in _SUCCESSES else Outcome.FAILURE


def commit(seen: Json) -> Commit:
    """A commit with its reports. No rollup means that nobody has reported."""
    rollup, at = seen["statusCheckRollup"], moment(seen["committedDate"])
    if rollup is None:
        return Commit(seen["oid"], at=at)
    contexts = rollup["contexts"]
    return Commit(seen["oid"], tuple(map(report, nodes(contexts))), not contexts["pageInfo"]["hasNextPage"], at)


def logged(seen: Json) -> LoggedCommit:
    """One commit of a `Log`."""
    pull = next(nodes(seen["associatedPullRequests"]), None)
    return LoggedCommit(seen["oid"], seen["messageHeadline"], author(seen["author"]), pull["number"] if pull else None)


def repository(seen: Json, *, app_id: int) -> Repository:
    """The manifests repository, as our App sees it. It must have a default branch with a commit."""
    branch = seen["defaultBranchRef"]
    return Repository(
        node_id=seen["id"],
        name=seen["nameWithOwner"],
        default_branch=branch["name"],
        head_oid=branch["target"]["oid"],
        archived=seen["isArchived"],
        merge_methods=_merge_methods(seen),
        protection=protection(branch),
        app_id=app_id,
        hold_issue=next((issue["number"] for issue in nodes(seen["held"])), None),
    )


def protection(branch: Json) -> Protection:
    """Branch protection, as far as an App may read it (`refUpdateRule`), and rulesets (`rules`), together."""
    classic = branch["refUpdateRule"] or {}
    rules = [(rule["type"], rule["parameters"] or {}) for rule in nodes(branch["rules"])]
    checks = [check for _, each in rules for check in each.get("requiredStatusChecks") or ()]
    flags = {"REQUIRED_SIGNATURES": "requiresSignatures", "REQUIRED_LINEAR_HISTORY": "requiresLinearHistory"}
    kinds = {kind for kind, _ in rules} | {kind for kind, flag in flags.items() if classic.get(flag)}
    return Protection(
        required_checks=frozenset(
            {*(classic.get("requiredStatusCheckContexts") or ()), *(check["context"] for check in checks)}
        ),
        required_approvals=max(
            each.get("requiredApprovingReviewCount") or 0 for each in (classic, *(each for _, each in rules))
        ),
        strict=_any(rules, "strictRequiredStatusChecksPolicy"),
        merge_queue="MERGE_QUEUE" in kinds,
        check_apps={check["context"]: check["integrationId"] for check in checks if check["integrationId"]},
        code_owners=bool(classic.get("requiresCodeOwnerReviews")) or _any(rules, "requireCodeOwnerReview"),
        conversations=bool(classic.get("requiresConversationResolution"))
        or _any(rules, "requiredReviewThreadResolution"),
        deployments=frozenset(name for _, each in rules for name in each.get("requiredDeploymentEnvironments") or ()),
        others=frozenset(kinds - _READ_RULES),
    )


def _any(rules: list[tuple[str, Json]], name: str) -> bool:
    return any(parameters.get(name) for _, parameters in rules)


def _merge_methods(seen: Json) -> frozenset[str]:
    """Those that the repository's settings and the rules of its default branch leave."""
    allowed = {"MERGE": "mergeCommitAllowed", "SQUASH": "squashMergeAllowed", "REBASE": "rebaseMergeAllowed"}
    methods = {method for method, setting in allowed.items() if seen[setting]}
    branch = seen["defaultBranchRef"]
    for rule in nodes(branch["rules"]):
        named = (rule["parameters"] or {}).get("allowedMergeMethods")
        methods &= {name.upper() for name in named} if named else methods
    return frozenset(methods - {"MERGE"} if "REQUIRED_LINEAR_HISTORY" in protection(branch).others else methods)


def comments(seen: Json) -> tuple[Comment, ...]:
    """The comments of a `Conversations` fragment, oldest first."""
    found = [
        comment(remark, subject)
        for conversation in (seen["discussed_issues"], seen["discussed_pulls"])
        for subject in nodes(conversation)
        for remark in nodes(subject["comments"])
    ]
    return tuple(sorted(found, key=lambda each: (each.created_at, each.database_id)))


def merges(seen: Json) -> tuple[Merged, ...]:
    """The promotions among the pull requests that changed most lately, and when they were merged."""
    return tuple(
        Merged(*promotion, moment(subject["mergedAt"]), subject["number"], subject["title"])
        for subject in nodes(seen["discussed_pulls"])
        if (promotion := promotion_of(subject)) and subject["mergedAt"]
    )


def comment(remark: Json, subject: Json) -> Comment:
    """One comment on an issue or a pull request."""
    reactions = {group["content"] for group in remark["reactionGroups"] or () if group["viewerHasReacted"]}
    return Comment(
        node_id=remark["id"],
        database_id=int(remark["fullDatabaseId"]),
        subject_id=subject["id"],
        subject_number=subject["number"],
        promotion=promotion_of(subject),
        author=actor(remark["author"]),
        body=remark["body"],
        created_at=moment(remark["createdAt"]),
        edited=remark["lastEditedAt"] is not None or remark["includesCreatedEdit"],
        done=bool(reactions & {"ROCKET", "CONFUSED"}),
        seen="EYES" in reactions,
    )


def promotion_of(subject: Json) -> tuple[str, str] | None:
    """(environment, application) of a promotion's pull request. A fork's branch of that name is none."""
    return None if subject.get("isCrossRepository") else place_on(subject.get("headRefName") or "")


def permission(login: str, rights: Json | None) -> Permission:
    """This very person's role: the search also finds people whose name or login merely contains the words."""
    for edge in (rights or {}).get("edges") or ():
        if edge and (edge["node"] or {}).get("login", "").casefold() == login.casefold():
            return Permission[edge["permission"]]
    return Permission.NONE


def glance(pull: Json, *, app_id: int, app: str) -> SweptPull:
    """An open pull request in one line. Its fingerprint is everything that was read of it. app: the App's slug."""
    head = (pull["headRef"] or {}).get("target")
    rollup = pull["statusCheckRollup"] or {}
    read = json.dumps(pull, sort_keys=True).encode()
    return SweptPull(
        node_id=pull["id"],
        number=pull["number"],
        title=pull["title"],
        branch=pull["headRefName"],
        head_oid=pull["headRefOid"],
        is_cross_repository=pull["isCrossRepository"],
        fingerprint=hashlib.sha256(read).hexdigest(),
        our_checks=frozenset(
            context["name"]
            for context in nodes(rollup.get("contexts"))
            if context["__typename"] == "CheckRun" and _app_id(context) == app_id
        ),
        policy_id=_policy_at(pull["headRef"]),
        is_ours=actor(pull["author"]) == Actor(app, is_bot=True),
        head_is_ours=head is not None and made_by_app(head, app),
        group_oid=((pull["mergeQueueEntry"] or {}).get("headCommit") or {}).get("oid"),
    )


def _policy_at(ref: Json | None) -> str | None:
    """What the policy is known by at a head, in the form of `Sweep.policy_id`; None where a fork does not show it."""
    head = (ref or {}).get("target")
    if not head:
        return None
    file, folder = (head[name] or {} for name in ("policy", "policies"))
    return f"{file.get('oid', '')}:{folder.get('oid', '')}"


def _app_id(run: Json) -> int | None:
    app = (run["checkSuite"] or {}).get("app") or {}
    identity = app.get("databaseId")
    return None if identity is None else int(identity)
