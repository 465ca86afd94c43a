"""Deployments and their statuses."""

from typing import Any

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.deployments.deployments import Deployment, DeploymentStatus
from bot.simulator.github.views.accounts import account, app, moment
from bot.simulator.github.views.links import Links

Json = dict[str, Any]


def deployment(links: Links, one: Deployment) -> Json:
    """Return a deployment. Its state is in its statuses alone."""
    url = _url(links, one)
    return {
        "url": url,
        "id": one.id,
        "node_id": one.node_id,
        "task": one.request.task,
        "original_environment": one.request.environment,
        "environment": one.environment,
        "description": one.request.description,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": links.repository(one.repository),
        "creator": account(links, one.creator),
        "sha": one.request.sha,
        "ref": one.request.ref,
        "payload": one.request.payload,
        "transient_environment": one.request.transient,
        "production_environment": one.is_production,
        "performed_via_github_app": _app(links, one.creator),
    }


def status(links: Links, one: Deployment, shown: DeploymentStatus) -> Json:
    """Return one status of a deployment. A transient environment that becomes inactive was destroyed; GitHub's pages say so."""
    url = _url(links, one)
    return {
        "url": f"{url}/statuses/{shown.id}",
        "id": shown.id,
        "node_id": shown.node_id,
        "state": shown.state.value.lower(),
        "creator": account(links, shown.creator),
        "description": shown.description,
        "environment": shown.environment,
        "target_url": shown.log_url,
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
        "deployment_url": url,
        "repository_url": links.repository(one.repository),
        "environment_url": shown.environment_url,
        "log_url": shown.log_url,
        "performed_via_github_app": _app(links, shown.creator),
    }


def _app(links: Links, who: User) -> Json | None:
    return app(links, who.app) if isinstance(who, Bot) else None


def _url(links: Links, one: Deployment) -> str:
    return f"{links.repository(one.repository)}/deployments/{one.id}"
