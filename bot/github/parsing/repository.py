"""The manifests repository: its settings, and the rules of its default branch."""

from bot.core.observation.repository import Protection, Repository, Visibility
from bot.github.errors import Json
from bot.github.parsing.answers import is_whole, nodes

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
"""Rules whose parameters are read, and rules that a merge cannot break."""


def repository(seen: Json, *, app_id: int) -> Repository:
    """Parse the manifests repository, whose default branch must have a commit. app_id: our own App's."""
    branch = seen["defaultBranchRef"]
    return Repository(
        node_id=seen["id"],
        name=seen["nameWithOwner"],
        default_branch=branch["name"],
        head_oid=branch["target"]["oid"],
        archived=seen["isArchived"],
        visibility=Visibility[seen["visibility"]],
        merge_methods=_merge_methods(seen),
        protection=protection(branch),
        app_id=app_id,
        hold_issue=next((issue["number"] for issue in nodes(seen["held"])), None),
    )


def protection(branch: Json) -> Protection:
    """Combine branch protection, as far as an App may read it (`refUpdateRule`), with the rulesets (`rules`)."""
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
        head_green=any(each.get("groupingStrategy") == "HEADGREEN" for _, each in rules),
        is_whole=branch["rules"] is None or is_whole(branch["rules"]),
    )


def _any(rules: list[tuple[str, Json]], name: str) -> bool:
    return any(parameters.get(name) for _, parameters in rules)


def _merge_methods(seen: Json) -> frozenset[str]:
    """Return the methods that the repository's settings and the rules of its default branch both allow."""
    allowed = {"MERGE": "mergeCommitAllowed", "SQUASH": "squashMergeAllowed", "REBASE": "rebaseMergeAllowed"}
    methods = {method for method, setting in allowed.items() if seen[setting]}
    branch = seen["defaultBranchRef"]
    for rule in nodes(branch["rules"]):
        named = (rule["parameters"] or {}).get("allowedMergeMethods")
        methods &= {name.upper() for name in named} if named else methods
    return frozenset(methods - {"MERGE"} if "REQUIRED_LINEAR_HISTORY" in protection(branch).others else methods)
