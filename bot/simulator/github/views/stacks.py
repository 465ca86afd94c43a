"""Stacks of pull requests."""

from typing import Any

from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.stacks import Stack
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.views.accounts import account, moment, optional_moment
from bot.simulator.github.views.issues import page, state
from bot.simulator.github.views.links import Links
from bot.simulator.github.views.pulls import minimal_pull_request

Json = dict[str, Any]


def stack(links: Links, repository: Repository, one: Stack) -> Json:
    """Return the form of a stack in a list."""
    return _shown(links, repository, one) | {"pull_requests": [_member(pull) for pull in _members(repository, one)]}


def full_stack(links: Links, repository: Repository, one: Stack) -> Json:
    """Return the form of `GET …/stacks/{stack_number}`."""
    members = [
        minimal_pull_request(links, pull)
        | {
            "node_id": pull.node_id,
            "title": pull.title,
            "state": state(pull),
            "draft": pull.is_draft,
            "merged_at": optional_moment(pull.merged_at),
            "html_url": page(links, pull),
            "user": account(links, pull.author),
        }
        for pull in _members(repository, one)
    ]
    return _shown(links, repository, one) | {"pull_requests": members}


def _members(repository: Repository, one: Stack) -> list[PullRequest]:
    return [repository.pull(pull.number) for pull in one.pulls]


def _shown(links: Links, repository: Repository, one: Stack) -> Json:
    return {
        "id": one.id,
        "number": one.number,
        "node_id": one.node_id,
        "url": f"{links.repository(repository)}/stacks/{one.number}",
        "base": {"ref": one.base_ref},
        "open": any(pull.state is State.OPEN for pull in _members(repository, one)),
        "created_at": moment(one.created_at),
    }


def _member(pull: PullRequest) -> Json:
    return {
        "number": pull.number,
        "state": state(pull),
        "draft": pull.is_draft,
        "merged_at": optional_moment(pull.merged_at),
        "head": {"ref": pull.head_ref, "sha": pull.head_oid},
    }
