"""The App as `app.yml` describes it: what it may do, what it hears of, and what each of these is good for.

`app.yml` here is a copy of the one in the repository's root, which people read; a test keeps them equal.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

LONGEST_NAME = 34
"""https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app"""

LEVELS = ("read", "write", "admin")

PERMISSION_COSTS: Mapping[str, str] = {
    "checks": "the bot cannot report gitops/promotion and gitops/policy, and the gate `checks` reads no check runs",
    "contents": "the bot cannot read manifests, push branches or merge: nothing works",
    "deployments": "the policy's `deployments` shows nothing: developers do not see on their commits where a version runs",
    "issues": "the bot cannot answer commands on issues, set labels or keep the dashboard",
    "members": "teams in the policy (`@organisation/team`) have no members for the bot, so their approvals never count",
    "metadata": "the bot cannot look up a person's role, so it carries out no command",
    "pull_requests": "the bot cannot open, update, close or merge promotions: nothing works",
    "statuses": "the gates `checks` and `health` do not see commit statuses, such as those of Argo CD and Flux",
    "administration": "changed branch protection and rulesets are noticed at the next sweep, within an hour",
    "merge_queues": "a merge queue waits for `gitops/promotion` until the next sweep",
    "packages": "images pushed to GitHub's own registry are noticed by polling, within minutes",
}
"""Permission → what does not work without it."""

EVENT_COSTS: Mapping[str, str] = {
    "branch_protection_rule": "changed branch protection is noticed late",
    "check_run": "green CI on a source commit or a promotion is noticed late",
    "check_suite": "the end of CI is noticed late",
    "delete": "a deleted promotion branch is noticed late",
    "issue_comment": "commands such as `/promote` are answered late",
    "issues": "the label `gitops/hold` takes effect late",
    "merge_group": "a merge queue waits for `gitops/promotion`",
    "pull_request": "closed, merged and changed promotions are noticed late",
    "pull_request_review": "approvals are noticed late",
    "pull_request_review_thread": "resolved conversations are noticed late",
    "push": "changed manifests and policies are noticed late",
    "registry_package": "images pushed to GitHub's own registry are noticed late",
    "repository": "renamed and archived repositories are noticed late",
    "repository_ruleset": "changed rulesets are noticed late",
    "status": "statuses of CI, Argo CD and Flux are noticed late",
}
"""Event → what is noticed only at the next sweep without it, within an hour."""


@dataclass(frozen=True, slots=True)
class AppManifest:
    """permissions: name → read, write or admin. events: those that the App subscribes to."""

    name: str
    description: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]


@cache
def app_manifest() -> AppManifest:
    """Return what `app.yml` says."""
    read = yaml.safe_load((files(__package__) / "app.yml").read_text(encoding="utf-8"))
    return AppManifest(
        name=read["name"],
        description=read["description"],
        permissions=read["default_permissions"],
        events=tuple(read["default_events"]),
    )


def registration_form(*, name: str, home: str, webhook_url: str, redirect_url: str) -> str:
    """Return the value of the form field `manifest`.

    The webhook is active even where the bot pulls: GitHub records deliveries only for an active webhook. There is no
    `setup_url`: it would stay in the App's settings, and lead everybody who installs the App to this page.
    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
    """
    manifest = app_manifest()
    return json.dumps(
        {
            "name": name,
            "url": home,
            "description": manifest.description,
            "public": False,
            "hook_attributes": {"url": webhook_url, "active": True},
            "redirect_url": redirect_url,
            "default_permissions": dict(manifest.permissions),
            "default_events": list(manifest.events),
        }
    )
