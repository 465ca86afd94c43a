"""REST requests by schemathesis from GitHub's own description, with the names and numbers of a world that exists.

Without those, nearly every request would be about a repository that is not there, and end at the door.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

from bot.simulator.github.model.deployments.deployments import DeploymentRequest
from bot.simulator.github.rest.call import Credentials, Route
from tests.contract import packages
from tests.simulator.http_world import Client, World

Known = Mapping[str, Sequence[Any]]
"""Field or parameter → the values that mean something in the world."""


@cache
def _description() -> Any:
    """Return GitHub's description as schemathesis reads it; once for each process."""
    raw = packages.json_of(packages.REST)
    raw.pop("x-webhooks", None)  # holds references that lead nowhere
    return schemathesis.openapi.from_dict(raw)


def operation(route: Route) -> Any:
    """Return the documented operation that `route` simulates."""
    template = f"{route.template}/{{path}}" if route.template.endswith("/contents") else route.template
    return _description()[template][route.method]


def known(world: World) -> Known:
    """Return what exists in `world`, by the names that GitHub's description and bodies give it."""
    pull = world.open_pull()
    issue = world.repository.open_issue("An issue", by=world.mona)
    comment = issue.comment("A comment", by=world.mona)
    head, main = pull.head_oid, world.repository.head()
    tree = world.repository.store.commit(main).tree
    run = world.repository.create_check_run(head, "build", app=world.app)
    deployment = world.repository.deployments.create(DeploymentRequest(ref=main, sha=main), by=world.mona)
    numbers = [pull.number, issue.number]
    names: dict[str, Sequence[Any]] = {
        "owner": ["acme"],
        "org": ["acme"],
        "repo": ["manifests"],
        "username": ["mona", "octocat", "hubot"],
        "team_slug": ["sre"],
        "issue_number": numbers,
        "pull_number": [pull.number],
        "comment_id": [comment.id],
        "check_run_id": [run.id],
        "check_suite_id": [run.suite.id],
        "installation_id": [world.installation.id],
        "deployment_id": [deployment.id],
        "branch": ["main", "change"],
        "ref": ["heads/main", "heads/change", "main", head],
        "basehead": ["main...change", f"{main}...{head}"],
        "path": ["README.md", "envs", "envs/dev/web/deployment.yaml"],
        "sha": [main, head, tree, "0" * 40, "main", "change"],
        "name": ["bug", "build"],
        "base": ["main"],
        "head": ["change", "main"],
        "tree": [tree],
    }
    for name in ("head_sha", "commit_id", "commit_sha", "expected_head_sha", "object"):
        names[name] = [main, head]
    return names | {"tree_sha": [tree], "base_tree": [tree]}


@st.composite
def cases(draw: st.DrawFn, route: Route, values: Known) -> Any:
    """A request for `route`: as documented, or wrong in a place; with values that exist, or with others."""
    mode = draw(st.sampled_from(GenerationMode))
    case = draw(operation(route).as_strategy(generation_mode=mode))
    for given in (case.path_parameters, case.query):
        if isinstance(given, dict):
            _make_known(draw, given, values)
    _make_known(draw, case.body, values)
    return case


def _make_known(draw: st.DrawFn, value: object, values: Known) -> None:
    """Put values that exist in seven places of eight that could hold one."""
    if isinstance(value, list):
        for inner in value:
            _make_known(draw, inner, values)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in values and draw(st.sampled_from([True] * 7 + [False])):
                value[name] = draw(st.sampled_from(values[name]))
            else:
                _make_known(draw, inner, values)


def callers(world: World, route: Route) -> list[Client]:
    """Return those who may call `route`, most of the time, and those who may not."""
    everyone = [world.as_bot, world.as_user(world.octocat), world.as_user(world.hubot), world.as_app, world.client()]
    match route.needs:
        case Credentials.JWT:
            usual = world.as_app
        case Credentials.USER:
            usual = world.as_user(world.octocat)
        case _:
            usual = world.as_bot
    return [usual] * 6 + [world.as_user(world.octocat)] * 4 + everyone
