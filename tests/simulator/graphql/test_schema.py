"""Every field of the schema has a resolver: a world with every kind of object answers all of them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    validate_schema,
)

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.graphql import schema
from bot.simulator.github.graphql.execution.engine import snake_case
from bot.simulator.github.graphql.resolvers.objects import git_object, object_node_id, ref_object
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Annotation, Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import LockReason
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.auto_merge import enable_auto_merge
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.simulator.model_world import World, world

# Arguments that some fields cannot do without.
ARGUMENTS = {
    "Repository.ref": 'qualifiedName: "main"',
    "Repository.refs": 'refPrefix: "refs/heads/", first: 50',
    "Repository.object": 'expression: "HEAD:README.md"',
    "Repository.pullRequest": "number: 1",
    "Repository.issue": "number: 4",
    "Repository.issueOrPullRequest": "number: 4",
    "Repository.label": 'name: "hold"',
    "Repository.mergeQueue": 'branch: "queued"',
    "Organization.team": 'slug: "sre"',
    "Organization.repository": 'name: "manifests"',
    "User.repository": 'name: "manifests"',
    "RepositoryOwner.repository": 'name: "manifests"',
    "Commit.file": 'path: "README.md"',
    "Ref.compare": 'headRef: "main"',
    "Status.context": 'name: "ci"',
}
ANNOTATIONS = "contexts(first: 1) { nodes { ... on CheckRun { annotations(first: 1) { %s } } } }"
# Where what has no node id of its own is found: a document, and the type at its blank.
PLACES = (
    ('ref(qualifiedName: "third") { rules(first: 9) { %s } }', "RepositoryRuleConnection"),
    ("pullRequest(number: 1) { statusCheckRollup { %s } }", "StatusCheckRollup"),
    ("pullRequest(number: 1) { commits(first: 1) { nodes { commit { status { %s } } } } }", "Status"),
    ("pullRequest(number: 1) { commits(first: 1) { %s } }", "PullRequestCommitConnection"),
    ("pullRequest(number: 1) { reviewRequests(first: 9) { %s } }", "ReviewRequestConnection"),
    ("pullRequest(number: 1) { reviewThreads(first: 9) { %s } }", "PullRequestReviewThreadConnection"),
    ("pullRequest(number: 2) { autoMergeRequest { %s } }", "AutoMergeRequest"),
    ("pullRequest(number: 2) { timelineItems(first: 9) { %s } }", "PullRequestTimelineItemsConnection"),
    ("pullRequest(number: 1) { reactionGroups { %s } }", "ReactionGroup"),
    ('ref(qualifiedName: "main") { compare(headRef: "third") { %s } }', "Comparison"),
    ('object(expression: "HEAD") { ... on Commit { %s } }', "Commit"),
    ('object(expression: "HEAD:") { ... on Tree { %s } }', "Tree"),
    (f"pullRequest(number: 1) {{ statusCheckRollup {{ {ANNOTATIONS} }} }}", "CheckAnnotationConnection"),
)  # fmt: skip
# GitHub Actions' own types, and what is not simulated: fields that lead there are null or empty.
NEVER_THERE = {"WorkflowRun", "Workflow", "Milestone", "Project", "ProjectCard", "ProjectCardEdge", "ProjectColumn"}


@pytest.fixture
def rich(tmp_path: Path) -> World:
    """Return a world with at least one object of every type."""
    here = world(tmp_path)
    repository = here.repository
    team = here.acme.team("sre", here.writer)
    here.acme.team("oncall", here.reader, parent=team)
    here.acme.team("everybody", parent=None).children.append(team)
    team.parent = here.acme.teams["everybody"]
    repository.settings.auto_merge_allowed = True
    first = here.promotion()
    first.comment("/why", by=here.reader).react(ReactionContent.EYES, by=here.app.bot)
    first.react(ReactionContent.ROCKET, by=here.writer)
    first.request_reviews(here.admin, team, by=here.app.bot)
    first.review(by=here.writer, state=ReviewState.APPROVED).react(ReactionContent.HEART, by=here.reader)
    first.start_thread("README.md", by=here.reader).resolve(by=here.writer)
    first.add_labels(repository.label("hold", by=here.writer), by=here.writer)
    first.assignees.append(here.writer)
    first.edit(by=here.writer, body="words")
    note = Annotation(path="README.md", start_line=1, end_line=2, level="warning", message="look")
    repository.create_check_run(
        first.head_oid, "build", app=here.app,
        details=RunDetails(conclusion=Conclusion.SUCCESS, output=Output(title="t", summary="s", annotations=(note,))),
    )  # fmt: skip
    repository.set_status(first.head_oid, "ci", StatusState.SUCCESS, by=here.writer)
    merge(first, MergeOrder(), by=here.app.bot)
    second = here.promotion(version="v1.6.0")
    repository.create_branch("queued", by=here.writer)
    repository.protect("queued", Protection(checks=("build",), merge_queue=MergeMethod.SQUASH))
    repository.commit_files({"q": "1"}, by=here.writer, branch="third")
    third = here.promotion("third", version="v2")
    third.retarget("queued", by=here.writer)
    here.check(third.head_oid, "build")
    queue = repository.queue("queued")
    assert queue is not None
    queue.add(third, by=here.writer)
    issue = repository.open_issue("Talk", by=here.reader, labels=[repository.label("hold")])
    issue.assignees.append(here.reader)
    issue.comment("hello", by=here.reader)
    issue.react(ReactionContent.EYES, by=here.app.bot)
    issue.lock(by=here.writer, reason=LockReason.RESOLVED)
    second.lock(by=here.writer, reason=LockReason.TOO_HEATED)
    repository.protect("main", Protection(checks=("build",), approvals=1), by=here.admin)
    rules = Protection(
        source=ProtectionSource.RULESET,
        checks=("build",),
        approvals=1,
        merge_queue=MergeMethod.MERGE,
        deployments=("qa",),
    )
    repository.protect("third", rules)
    second.close(by=here.writer)
    second.reopen(by=here.writer)
    enable_auto_merge(second, MergeOrder(headline="h", body="b"), by=here.writer)
    add_fork(here)
    repository.store.move_ref("refs/tags/v1", before=None, after=tag(here))
    return here


def add_fork(here: World) -> None:
    """Add a fork with a pull request and issues, so that the numbers in the queries exist there too."""
    fork = here.github.fork(here.repository, by=here.reader)
    fork.grant(here.admin, Role.ADMIN)
    fork.commit_files({"f": "1"}, by=here.reader, branch="topic")
    fork.open_pull(PullDraft(title="t", base="main", head="topic"), by=here.reader)
    for number in (2, 3, 4):
        fork.open_issue(f"issue {number}", by=here.reader)


def tag(here: World) -> str:
    store = here.repository.store
    line = here.github.person(here.writer)
    text = (
        f"object {here.repository.head()}\ntype commit\ntag v1\n"
        f"tagger {line.name} <{line.email}> {int(line.at.timestamp())} +0000\n\nOne\n"
    )
    return str(store.handle.write(4, text.encode()))


def selection(kind: object, depth: int) -> str:
    """Everything about a type, and about what it leads to, `depth` steps far. Pages and edges are no steps."""
    if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
        parts = [
            f"... on {one.name} {{ {fields(one, depth, alias=True)} }}" for one in schema().get_possible_types(kind)
        ]
        return " ".join(["__typename", *parts])
    assert isinstance(kind, GraphQLObjectType)
    return fields(kind, depth)


def fields(kind: GraphQLObjectType, depth: int, *, alias: bool = False) -> str:
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        shown = f"{kind.name}_{name}: {name}" if alias else name
        arguments = ARGUMENTS.get(f"{kind.name}.{name}", "first: 5" if "first" in field.args else "")
        asked = f"{shown}({arguments})" if arguments else shown
        page = kind.name.endswith(("Connection", "Edge", "PageInfo"))
        if is_leaf_type(inner):
            chosen.append(asked)
        elif page or depth > 0:
            chosen.append(f"{asked} {{ {selection(inner, depth - (not page))} }}")
    return " ".join(chosen)


def seen(value: object) -> Iterator[tuple[str, str]]:
    """(type, field) of everything in an answer."""
    if isinstance(value, list):
        for item in value:
            yield from seen(item)
    elif isinstance(value, dict):
        kind = value.get("__typename", "")
        for name, inner in value.items():
            if inner is not None:
                yield kind, name.removeprefix(f"{kind}_")
            yield from seen(inner)


def test_the_schema_is_valid() -> None:
    assert validate_schema(schema()) == []


def test_introspection_returns_the_schema(rich: World) -> None:
    answer = rich.data(get_introspection_query())
    assert "PullRequest" in {kind["name"] for kind in answer["__schema"]["types"]}


def test_every_field_is_resolved(rich: World) -> None:
    admin = Caller(user=rich.admin)
    store = rich.repository.store
    ids = list(rich.github._nodes)
    for name, oid in store.refs():
        ref, found = ref_object(rich.repository, name), git_object(rich.repository, oid)
        ids += [object_node_id(thing) for thing in (ref, found) if thing]
    for entry in store.walk_tree(store.commit(rich.repository.head()).tree):
        thing = git_object(rich.repository, entry.oid)
        assert thing is not None
        ids.append(object_node_id(thing))
    answered: set[tuple[str, str]] = set()
    known: Counter[str] = Counter()
    for identifier in ids:
        kind = rich.data("query ($id: ID!) { node(id: $id) { __typename id } }", {"id": identifier}, viewer=admin)[
            "node"
        ]
        assert kind["id"] == identifier
        named = schema().type_map[kind["__typename"]]
        known[named.name] += 1
        if known[named.name] > 3:
            continue
        document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {named.name} {{ {selection(named, 1)} }} }} }}"
        answered |= set(seen(rich.data(document, {"id": identifier}, viewer=admin)))
    for place, type_name in PLACES:
        inside = place % selection(schema().type_map[type_name], 2)
        document = f'{{ repository(owner: "acme", name: "manifests") {{ {inside} }} }}'
        answered |= set(seen(rich.data(document, viewer=admin)))
    own = 'query { user(login: "reader") { __typename repository(name: "manifests") { __typename id } } }'
    answered |= set(seen(rich.data(own, viewer=admin)))
    roots = "query { rateLimit { __typename cost limit nodeCount remaining resetAt used } viewer { __typename login } }"
    answered |= set(seen(rich.data(roots)))
    asked = {
        (kind.name, name)
        for kind in schema().type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        if kind.name not in NEVER_THERE and not kind.name.endswith(("Payload", "Query", "Mutation"))
        for name in kind.fields
    }
    # What stays empty in this world, and why.
    empty = {
        ("App", "description"), ("Organization", "description"), ("Repository", "description"),
        ("CheckAnnotation", "databaseId"), ("CheckAnnotation", "rawDetails"), ("CheckAnnotation", "title"),
        ("CheckAnnotationPosition", "column"), ("CheckRun", "text"), ("CheckSuite", "workflowRun"),
        ("StatusContext", "description"), ("StatusContext", "targetUrl"), ("Tag", "tagger"),
        ("ReviewRequest", "databaseId"), ("AutoMergeRequest", "authorEmail"), ("Label", "description"),
        ("IssueComment", "lastEditedAt"), ("IssueComment", "editor"), ("IssueComment", "minimizedReason"),
        ("Issue", "editor"), ("Issue", "stateReason"),
        ("PullRequest", "editor"), ("PullRequest", "milestone"), ("Issue", "milestone"),
        ("PullRequestReview", "editor"), ("PullRequestReview", "lastEditedAt"),
        ("RequiredStatusCheckDescription", "app"), ("StatusCheckConfiguration", "integrationId"),
    }  # fmt: skip
    assert sorted(asked - answered - empty) == []
    assert sorted(answered & empty) == [], "these are answered after all"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("headRefName", "head_ref_name"),
        ("commitOID", "commit_oid"),
        ("id", "id"),
        ("isInMergeQueue", "is_in_merge_queue"),
    ],
)
def test_snake_case_names_are_converted(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_a_missing_attribute_raises(rich: World) -> None:
    broken: Any = rich.repository
    broken.settings.merge_commit_title = "NONSENSE"
    with pytest.raises(ValueError, match="MergeCommitTitle has no value NONSENSE"):
        rich.ask('{ repository(owner: "acme", name: "manifests") { mergeCommitTitle } }')
