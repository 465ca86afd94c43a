"""Planned execution gives the same answers as graphql-core: values, nulls, errors and their order.

A document with an `@` in it, if only in a comment, is left to graphql-core.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.graphql.execution.documents import prepare
from bot.simulator.github.graphql.execution.engine import schema
from bot.simulator.github.graphql.execution.plan import Planned
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.statuses import StatusState
from tests.simulator.model_world import World, world

PERSON = "author { login ... on User { name } ... on Bot { databaseId } }"
PAGE = f"totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ number {PERSON} }} }}"
ROLLUP = "statusCheckRollup { state contexts(first: 9) { nodes { __typename } } }"
COMMIT = f"oid message parents(first: 3) {{ nodes {{ oid }} }} {ROLLUP}"
ORDERED = f"issues(first: $size, orderBy: $order) {{ {PAGE} }}", "$size: Int = 1, $order: IssueOrder"
LABELLED = f"issues(first: 9, filterBy: {{labels: [$name], states: OPEN}}) {{ {PAGE} }}"
TREE = "__typename ... on Tree { entries { name object { ... on Blob { text } } } }"
ABSENT = 'object(expression: "nothing") { oid } label(name: "nothing") { name } forks(first: 1) { nodes { id } }'
FRAGMENTS = """
query Asked { repository(owner: "acme", name: "manifests") { ...One pullRequest(number: 1) { ...Two } } }
fragment One on Repository { pullRequest(number: 1) { title } }
fragment Two on PullRequest { title body comments(first: 3) { nodes { body author { login } } } }
"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Issue { title comments { nodes { id } } } } }"


@pytest.fixture
def here(tmp_path: Path) -> World:
    """A promotion with a conversation, a report on its head, and two issues."""
    here = world(tmp_path)
    pull = here.promotion()
    pull.comment("Why?", by=here.reader)
    here.repository.set_status(pull.head_oid, "ci", StatusState.SUCCESS, by=here.writer)
    for title in ("First", "Second"):
        here.repository.open_issue(title, by=here.writer, labels=[here.repository.label("hold")])
    return here


def inside(selection: str, variables: str = "") -> str:
    head = f"query Asked({variables})" if variables else "query Asked"
    return f'{head} {{ repository(owner: "acme", name: "manifests") {{ {selection} }} }}'


def both(here: World, document: str, variables: Mapping[str, object], viewer: Caller | None = None) -> tuple[str, str]:
    """The planned answer, and graphql-core's; as texts, so that the order of everything counts."""
    ours, theirs = document, f"{document} # @"
    assert issubclass(prepare(schema(), ours).executor, Planned)
    assert not issubclass(prepare(schema(), theirs).executor, Planned)
    first, second = (json.dumps(here.ask(each, variables, viewer=viewer)) for each in (ours, theirs))
    return first, second


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (inside(f"__typename id pullRequests(first: 9) {{ {PAGE} }}"), {}),
        (inside(f"again: issues(first: 1) {{ {PAGE} }} issues(last: 1) {{ {PAGE} }}"), {}),
        (inside(*ORDERED), {}),
        (inside(*ORDERED), {"size": 2, "order": {"field": "CREATED_AT", "direction": "DESC"}}),
        (inside(LABELLED, "$name: String!"), {"name": "hold"}),
        (
            inside(f"object(expression: $at) {{ ... on Commit {{ {COMMIT} }} }}", "$at: String!"),
            {"at": "gitops/dev/web"},
        ),
        (inside(f'object(expression: "HEAD:") {{ {TREE} }}'), {}),
        (inside(f"nothing: {ABSENT}"), {}),
        (FRAGMENTS, {}),
    ],
)
def test_planned_execution_gives_the_same_answer(here: World, document: str, variables: Mapping[str, object]) -> None:
    ours, theirs = both(here, document, variables)

    assert ours == theirs
    assert "errors" not in json.loads(ours)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (inside("id pullRequest(number: 9) { title }"), {}),
        (inside("pullRequest(number: 1) { title } issue(number: 1) { title }"), {}),
        (
            inside(
                "pullRequests(first: 101) { nodes { number } } issues { nodes { number } } labels(first: -1) { totalCount }"
            ),
            {},
        ),
        (inside('refs(refPrefix: "refs/heads/", first: 2, after: "?") { nodes { name } }'), {}),
        (
            inside(
                "pullRequests(first: 1) { nodes { number commits { nodes { commit { oid } } } reviews { totalCount } } }"
            ),
            {},
        ),
        (NODES, {"ids": ["I_1", "?"]}),
    ],
)
def test_planned_execution_gives_the_same_errors(here: World, document: str, variables: Mapping[str, object]) -> None:
    ours, theirs = both(here, document, variables)

    assert ours == theirs
    assert json.loads(ours)["errors"]


@pytest.mark.parametrize("permission", ["contents", "pull_requests", "issues", "checks", "statuses"])
def test_planned_execution_gives_the_same_refusals(here: World, permission: str) -> None:
    """What a token may not read is null with an error, in lists too; what may not be null takes more along."""
    granted = {"contents": Access.READ, "pull_requests": Access.READ, "issues": Access.READ, "checks": Access.READ}
    viewer = Caller(
        installation=here.installation,
        permissions={
            name: access for name, access in {**granted, "statuses": Access.READ}.items() if name != permission
        },
    )
    commits = f"commits(first: 2) {{ nodes {{ commit {{ {COMMIT} }} }} }}"
    document = inside(
        f"pullRequests(first: 2) {{ nodes {{ number {commits} headRef {{ target {{ oid }} }} }} }} "
        f"issues(first: 2) {{ nodes {{ number }} }} defaultBranchRef {{ name target {{ ... on Commit {{ {COMMIT} }} }} }}"
    )

    ours, theirs = both(here, document, {}, viewer)

    assert ours == theirs
    assert {error["type"] for error in json.loads(ours)["errors"]} == {"FORBIDDEN"}


def test_a_cached_plan_uses_the_arguments_of_each_request(here: World) -> None:
    """A plan is kept with its document, and what its variables held is not."""
    document = inside("pullRequest(number: 1) { comments(first: $size) { nodes { body } } }", "$size: Int!")
    for size, bodies in ((1, ["Why?"]), (0, []), (1, ["Why?"])):
        found = here.data(document, {"size": size})["repository"]["pullRequest"]["comments"]["nodes"]
        assert [each["body"] for each in found] == bodies


def test_an_exception_of_the_simulator_is_raised(here: World) -> None:
    """An exception that is no refusal leaves the simulator as it is."""
    broken: Any = here.repository
    broken.settings.merge_commit_title = "NONSENSE"
    for document in (inside("mergeCommitTitle"), inside("mergeCommitTitle # @\n")):
        with pytest.raises(ValueError, match="MergeCommitTitle has no value NONSENSE"):
            here.ask(document)
