"""Resolvers of branch protection: classic rules (`refUpdateRule`, `branchProtectionRule`) and rulesets (`rules`)."""

from dataclasses import dataclass

from bot.simulator.github.access.rules import viewer_permission
from bot.simulator.github.graphql.context import Info, Resolvers, always, context
from bot.simulator.github.graphql.ordering import Order
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.objects import RefObject
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.protection.protection import (
    MOST_QUEUE_ENTRIES,
    QUEUE_TIMEOUT_MINUTES,
    QUEUE_WAIT_MINUTES,
    BranchProtection,
    ProtectionSource,
)
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.model.world.ids import Kind, node_id


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """What a classic protection allows this viewer."""

    found: BranchProtection
    can_push: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a ruleset."""

    found: BranchProtection
    type: str


# Rules with parameters; each class is one member of GraphQL's union.
@dataclass(frozen=True, slots=True)
class StatusCheckRule:
    """RequiredStatusChecksParameters."""

    found: BranchProtection


@dataclass(frozen=True, slots=True)
class PullRequestRule:
    """PullRequestParameters."""

    found: BranchProtection


@dataclass(frozen=True, slots=True)
class QueueRule:
    """MergeQueueParameters."""

    found: BranchProtection


@dataclass(frozen=True, slots=True)
class DeploymentsRule:
    """RequiredDeploymentsParameters."""

    found: BranchProtection


_PARAMETERS = {
    "REQUIRED_DEPLOYMENTS": DeploymentsRule,
    "REQUIRED_STATUS_CHECKS": StatusCheckRule,
    "PULL_REQUEST": PullRequestRule,
    "MERGE_QUEUE": QueueRule,
}


def _of(repository: Repository, branch: str, source: ProtectionSource) -> list[BranchProtection]:
    return [found for found in repository.protections_of(branch) if found.protection.source is source]


def classic_rule(repository: Repository, branch: str) -> BranchProtection | None:
    """Return the classic protection of a branch; the oldest wins."""
    found = _of(repository, branch, ProtectionSource.CLASSIC)
    return found[0] if found else None


def branch_rules(repository: Repository, info: Info, **bounds: object) -> Page:
    """Return all classic protections; only administrators may read them."""
    if viewer_permission(context(info).viewer, repository) is not Role.ADMIN:
        raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
    found = [rule for rule in repository.protections if rule.protection.source is ProtectionSource.CLASSIC]
    return paginate(info, found, bounds)


def update_rule(ref: RefObject, info: Info) -> UpdateRule | None:
    """Return the part of a classic protection that everyone may read."""
    found = _of(ref.repository, ref.branch, ProtectionSource.CLASSIC)
    role = viewer_permission(context(info).viewer, ref.repository)
    return UpdateRule(found[0], can_push=role >= Role.WRITE) if found else None


def rules_of(ref: RefObject, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    """Return the rules of rulesets for a branch."""
    found = [
        Rule(protection, kind)
        for protection in _of(ref.repository, ref.branch, ProtectionSource.RULESET)
        for kind in _rule_types(protection)
    ]
    if order_by is not None and order_by["field"] == "TYPE":
        found.sort(key=lambda rule: rule.type, reverse=order_by["direction"] == "DESC")
    return paginate(info, found, bounds)


def _rule_types(found: BranchProtection) -> list[str]:
    rules = found.protection
    present = {
        "DELETION": not rules.allow_deletions,
        "NON_FAST_FORWARD": not rules.allow_force_pushes,
        "REQUIRED_LINEAR_HISTORY": rules.linear_history,
        "REQUIRED_SIGNATURES": rules.signatures,
        "PULL_REQUEST": rules.approvals is not None or rules.conversations,
        "REQUIRED_DEPLOYMENTS": bool(rules.deployments),
        "REQUIRED_STATUS_CHECKS": bool(rules.checks),
        "MERGE_QUEUE": rules.merge_queue is not None,
    }
    return [kind for kind, there in present.items() if there]


def _parameters(rule: Rule, _: Info) -> object | None:
    made = _PARAMETERS.get(rule.type)
    return made(rule.found) if made else None


RESOLVERS: Resolvers = {
    "BranchProtectionRule": {
        "id": lambda rule, _: rule.node_id,
        "databaseId": lambda rule, _: rule.id,
        "pattern": lambda rule, _: rule.pattern,
        "requiredStatusCheckContexts": lambda rule, _: [c.context for c in rule.protection.required_checks],
        "requiredStatusChecks": lambda rule, _: rule.protection.required_checks,
        "requiresApprovingReviews": lambda rule, _: rule.protection.approvals is not None,
        "requiredApprovingReviewCount": lambda rule, _: rule.protection.approvals,
        "requiresCodeOwnerReviews": lambda rule, _: rule.protection.code_owners,
        "dismissesStaleReviews": lambda rule, _: rule.protection.dismiss_stale,
        "requiresStatusChecks": lambda rule, _: bool(rule.protection.checks),
        "requiresStrictStatusChecks": lambda rule, _: rule.protection.strict,
        "requiresLinearHistory": lambda rule, _: rule.protection.linear_history,
        "requiresCommitSignatures": lambda rule, _: rule.protection.signatures,
        "isAdminEnforced": lambda rule, _: rule.protection.admins_enforced,
        "allowsForcePushes": lambda rule, _: rule.protection.allow_force_pushes,
        "allowsDeletions": lambda rule, _: rule.protection.allow_deletions,
        "restrictsPushes": lambda rule, _: rule.protection.restrict_pushes is not None,
    },
    "RequiredStatusCheckDescription": {
        "app": lambda check, info: next(
            (app for app in context(info).github.apps.values() if app.id == check.app_id), None
        ),
    },
    "RefUpdateRule": {
        "pattern": lambda rule, _: rule.found.pattern,
        "requiredStatusCheckContexts": lambda rule, _: [c.context for c in rule.found.protection.required_checks],
        "requiredApprovingReviewCount": lambda rule, _: rule.found.protection.approvals,
        "requiresCodeOwnerReviews": lambda rule, _: rule.found.protection.code_owners,
        "requiresLinearHistory": lambda rule, _: rule.found.protection.linear_history,
        "requiresSignatures": lambda rule, _: rule.found.protection.signatures,
        "requiresConversationResolution": lambda rule, _: rule.found.protection.conversations,
        "allowsForcePushes": lambda rule, _: rule.found.protection.allow_force_pushes,
        "allowsDeletions": lambda rule, _: rule.found.protection.allow_deletions,
        "blocksCreations": always(False),
        "viewerAllowedToDismissReviews": lambda rule, _: rule.can_push,
        "viewerCanPush": lambda rule, _: rule.can_push,
    },
    "RepositoryRule": {
        "id": lambda rule, _: node_id(Kind.PROTECTION, rule.found.id, rule.type),
        "parameters": _parameters,
        "repositoryRuleset": lambda rule, _: rule.found,
    },
    "RepositoryRuleset": {
        "id": lambda found, _: found.node_id,
        "databaseId": lambda found, _: found.id,
        "name": lambda found, _: found.protection.name,
        "enforcement": always("ACTIVE"),
        "target": always("BRANCH"),
        "createdAt": lambda found, _: found.repository.created_at,
        "updatedAt": lambda found, _: found.repository.created_at,
    },
    "RequiredStatusChecksParameters": {
        "requiredStatusChecks": lambda rule, _: rule.found.protection.required_checks,
        "strictRequiredStatusChecksPolicy": lambda rule, _: rule.found.protection.strict,
        "doNotEnforceOnCreate": always(False),
    },
    "StatusCheckConfiguration": {"integrationId": lambda check, _: check.app_id},
    "PullRequestParameters": {
        "allowedMergeMethods": lambda rule, _: [method.value for method in rule.found.protection.merge_methods],
        "dismissStaleReviewsOnPush": lambda rule, _: rule.found.protection.dismiss_stale,
        "requireCodeOwnerReview": lambda rule, _: rule.found.protection.code_owners,
        "requireLastPushApproval": always(False),
        "requiredApprovingReviewCount": lambda rule, _: rule.found.protection.approvals or 0,
        "requiredReviewThreadResolution": lambda rule, _: rule.found.protection.conversations,
    },
    "RequiredDeploymentsParameters": {
        "requiredDeploymentEnvironments": lambda rule, _: rule.found.protection.deployments,
    },
    "MergeQueueParameters": {
        "checkResponseTimeoutMinutes": always(QUEUE_TIMEOUT_MINUTES),
        "groupingStrategy": lambda rule, _: rule.found.protection.grouping,
        "maxEntriesToBuild": always(MOST_QUEUE_ENTRIES),
        "maxEntriesToMerge": always(MOST_QUEUE_ENTRIES),
        "mergeMethod": lambda rule, _: rule.found.protection.merge_queue,
        "minEntriesToMerge": always(1),
        "minEntriesToMergeWaitMinutes": always(QUEUE_WAIT_MINUTES),
    },
}

TYPES: dict[type, str] = {
    BranchProtection: "BranchProtectionRule",
    StatusCheckRule: "RequiredStatusChecksParameters",
    PullRequestRule: "PullRequestParameters",
    DeploymentsRule: "RequiredDeploymentsParameters",
    QueueRule: "MergeQueueParameters",
}
