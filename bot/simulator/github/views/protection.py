"""Branch protection in REST's three forms: on a branch, in full, and as rules of rulesets."""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.protection.protection import (
    MOST_QUEUE_ENTRIES,
    QUEUE_TIMEOUT_MINUTES,
    QUEUE_WAIT_MINUTES,
    BranchProtection,
    Grouping,
    MergeMethod,
    Protection,
    ProtectionSource,
    names,
)
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.views.accounts import moment
from bot.simulator.github.views.links import Links, escaped

Json = dict[str, Any]


def short_protection(protections: Sequence[BranchProtection]) -> Json:
    """Return the part of a branch's protection that every reader may see."""
    checks = _checks(protections)
    return {
        "enabled": bool(protections),
        "required_status_checks": {
            "enforcement_level": _enforcement(protections),
            "contexts": [check.context for check in checks],
            "checks": [{"context": check.context, "app_id": check.app_id} for check in checks],
        },
    }


def _enforcement(protections: Sequence[BranchProtection]) -> str:
    if not _checks(protections):
        return "off"
    return "everyone" if any(found.protection.admins_enforced for found in protections) else "non_admins"


def full_protection(links: Links, repository: CodeRepository, branch: str, one: Protection) -> Json:
    """Return the form of `GET …/branches/{branch}/protection`: a classic rule without absent requirements."""
    url = f"{links.repository(repository)}/branches/{escaped(branch)}/protection"
    shown: Json = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": one.admins_enforced},
        "required_linear_history": {"enabled": one.linear_history},
        "allow_force_pushes": {"enabled": one.allow_force_pushes},
        "allow_deletions": {"enabled": one.allow_deletions},
        "block_creations": {"enabled": False},
        "required_conversation_resolution": {"enabled": one.conversations},
        "lock_branch": {"enabled": False},
        "allow_fork_syncing": {"enabled": False},
        "required_signatures": {"url": f"{url}/required_signatures", "enabled": one.signatures},
    }
    if one.required_checks:
        shown["required_status_checks"] = {
            "url": f"{url}/required_status_checks",
            "strict": one.strict,
            "contexts": [check.context for check in one.required_checks],
            "contexts_url": f"{url}/required_status_checks/contexts",
            "checks": [{"context": check.context, "app_id": check.app_id} for check in one.required_checks],
        }
    if one.approvals is not None:
        shown["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": one.dismiss_stale,
            "require_code_owner_reviews": one.code_owners,
            "require_last_push_approval": False,
            "required_approving_review_count": one.approvals,
        }
    return shown


def rules(protections: Iterable[BranchProtection], repository: CodeRepository) -> list[Json]:
    """Return the form of `GET …/rules/branches/{branch}`: rules of rulesets, without classic ones."""
    found: list[Json] = []
    for one in protections:
        if one.protection.source is ProtectionSource.RULESET:
            origin = {
                "ruleset_source_type": "Repository",
                "ruleset_source": repository.full_name,
                "ruleset_id": one.id,
            }
            found += [rule | origin for rule in _rules_of(one.protection)]
    return found


def ruleset(links: Links, one: BranchProtection) -> Json:
    """Return the form of a ruleset in a list."""
    where = f"{links.repository(one.repository)}/rulesets/{one.id}"
    html = f"{links.repository_page(one.repository)}/rules/{one.id}"
    return {
        "id": one.id,
        "name": one.protection.name,
        "target": "branch",
        "source_type": "Repository",
        "source": one.repository.full_name,
        "enforcement": "active",
        "node_id": one.node_id,
        "_links": {"self": {"href": where}, "html": {"href": html}},
        "created_at": moment(one.repository.created_at),
        "updated_at": moment(one.repository.created_at),
    }


def full_ruleset(links: Links, one: BranchProtection, caller: User | None) -> Json:
    """Return the form of `GET …/rulesets/{ruleset_id}`. Only administrators see who else may bypass it.

    https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset
    """
    pattern = one.pattern if one.pattern.startswith("~") else f"refs/heads/{one.pattern}"
    return ruleset(links, one) | {
        "conditions": {"ref_name": {"include": [pattern], "exclude": []}},
        "rules": list(_rules_of(one.protection)),
        "current_user_can_bypass": "always" if caller and names(one.protection.bypass, caller) else "never",
    }


def _rules_of(one: Protection) -> Iterable[Json]:
    if one.restrict_pushes is not None:
        yield {"type": "update"}
    if not one.allow_deletions:
        yield {"type": "deletion"}
    if not one.allow_force_pushes:
        yield {"type": "non_fast_forward"}
    if one.linear_history:
        yield {"type": "required_linear_history"}
    if one.signatures:
        yield {"type": "required_signatures"}
    if one.required_checks:
        yield {"type": "required_status_checks", "parameters": _check_parameters(one)}
    if one.deployments:
        yield {
            "type": "required_deployments",
            "parameters": {"required_deployment_environments": list(one.deployments)},
        }
    if one.approvals is not None or one.conversations:
        yield {"type": "pull_request", "parameters": _pull_parameters(one)}
    if one.merge_queue is not None:
        yield {"type": "merge_queue", "parameters": _queue_parameters(one.merge_queue, one.grouping)}


def _check_parameters(one: Protection) -> Json:
    return {
        "strict_required_status_checks_policy": one.strict,
        "do_not_enforce_on_create": False,
        "required_status_checks": [
            {"context": check.context} | ({} if check.app_id is None else {"integration_id": check.app_id})
            for check in one.required_checks
        ],
    }


def _pull_parameters(one: Protection) -> Json:
    return {
        "required_approving_review_count": one.approvals or 0,
        "dismiss_stale_reviews_on_push": one.dismiss_stale,
        "require_code_owner_review": one.code_owners,
        "require_last_push_approval": False,
        "required_review_thread_resolution": one.conversations,
        "allowed_merge_methods": [method.value.lower() for method in one.merge_methods],
    }


def _queue_parameters(method: MergeMethod, grouping: Grouping) -> Json:
    return {
        "check_response_timeout_minutes": QUEUE_TIMEOUT_MINUTES,
        "grouping_strategy": grouping.value,
        "max_entries_to_build": MOST_QUEUE_ENTRIES,
        "max_entries_to_merge": MOST_QUEUE_ENTRIES,
        "merge_method": method.value,
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": QUEUE_WAIT_MINUTES,
    }


def _checks(protections: Sequence[BranchProtection]) -> list[RequiredCheck]:
    return list(dict.fromkeys(check for found in protections for check in found.protection.required_checks))
