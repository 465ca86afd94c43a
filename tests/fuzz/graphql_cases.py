"""Random GraphQL documents over the simulator's own schema, with the names and ids of a world that exists.

hypothesis-graphql draws documents that are small and ask for ids that are not there: of sixty, two found anything to show.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random  # noqa: TID251 -- seeded: the documents are the same in every run
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.model.pulls.merging.auto_merge import enable_auto_merge
from bot.simulator.github.model.pulls.merging.merging import MergeOrder
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.ids import Kind, node_id
from tests.simulator.http_world import World

Known = Mapping[str, Sequence[Any]]
"""Argument or input field → the values that mean something in the world."""

QUEUED = "queued"
DEPTH = 6
TEXTS = [
    "",
    "x",
    "ä\u2028\x00",
    "a" * 300,
    "../..",
    "<b>&amp;",
    "-1",
    "refs/heads/new",
    "@mona",
    "{{7*7}}",
    "\U0001f680",
]
NUMBERS = [0, 1, 2, -1, 100, 101, 2**31 - 1, -(2**31)]
SCALARS: Mapping[str, Sequence[Any]] = {
    "String": TEXTS,
    "ID": [*TEXTS, "PR_1", "MDQ6VXNlcjE="],
    "Int": NUMBERS,
    "Boolean": [True, False],
    "URI": ["https://example.com/a", "javascript:x", "", "/"],
    "DateTime": ["2026-11-23T09:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "yesterday", ""],
    "GitTimestamp": ["2026-11-23T09:00:00+01:00", "9999-12-31T23:59:59Z", "x"],
    "GitObjectID": ["f" * 40, "0" * 40, "", "HEAD"],
    "GitRefname": ["refs/heads/new", "refs/heads/a..b", "refs/heads/", "new", ""],
    "GitSSHRemote": ["git@github.com:acme/manifests.git"],
    "Base64String": ["YQ==", "", "=", "€", "YQ", "+/8="],
    "BigInt": ["0", "-1", "9" * 30, "x"],
}


@cache
def _schema() -> GraphQLSchema:
    return build_schema(files("bot.simulator.github").joinpath("schema.graphql").read_text("utf-8"))


def root_fields() -> list[tuple[str, str]]:
    """Return every query and every mutation that the simulator has, as ("query", its name)."""
    roots = {"query": _schema().query_type, "mutation": _schema().mutation_type}
    return [(kind, name) for kind, root in roots.items() if root is not None for name in root.fields]


def known(world: World, number: int) -> Known:
    """Return what exists in `world`, by the names of the arguments that ask for it, with or without their owner's.

    Each `number` has a pull request of its own, or the first mutation would leave the others nothing to do.
    """
    pull = world.open_pull(f"change-{number}")
    queued, closed = _pull_to_the_queue(world, number), world.open_pull(f"closed-{number}")
    closed.close(by=world.mona)
    review = pull.review(by=world.octocat, state=ReviewState.APPROVED)
    world.change(f"unopened-{number}")
    issue = world.repository.open_issue("An issue", by=world.mona)
    comment = issue.comment("A comment", by=world.mona)
    for content in ReactionContent:
        for user in (world.octocat, world.app.bot):
            comment.react(content, by=user)
    run = world.repository.create_check_run(pull.head_oid, "build", app=world.app)
    main = world.repository.head()
    tree = world.repository.store.commit(main).tree
    label = world.repository.label("bug", by=world.mona)
    ref = node_id(Kind.REF, world.repository.id, f"refs/heads/change-{number}")
    repository, subjects = [world.repository.node_id], [pull.node_id, issue.node_id, comment.node_id]
    nodes = [*subjects, *repository, run.node_id, ref, label.node_id, world.mona.node_id]
    found: dict[str, Sequence[Any]] = {
        "number": [pull.number, issue.number],
        "id": nodes,
        "ids": nodes,
        "UpdateIssueInput.id": [issue.node_id],
        "UpdateIssueCommentInput.id": [comment.node_id],
        "DeleteIssueCommentInput.id": [comment.node_id],
        "DequeuePullRequestInput.id": [queued.node_id],
        "repositoryId": repository,
        "pullRequestId": [pull.node_id, pull.node_id, queued.node_id],
        "EnqueuePullRequestInput.pullRequestId": [queued.node_id],
        "EnablePullRequestAutoMergeInput.pullRequestId": [queued.node_id],
        "DisablePullRequestAutoMergeInput.pullRequestId": [queued.node_id],
        "ReopenPullRequestInput.pullRequestId": [closed.node_id],
        "issueId": [issue.node_id],
        "subjectId": subjects,
        "RemoveReactionInput.subjectId": [comment.node_id],
        "labelableId": [pull.node_id, issue.node_id],
        "labelIds": [label.node_id],
        "userIds": [world.octocat.node_id],
        "pullRequestReviewId": [review.node_id],
        "checkRunId": [run.node_id],
        "refId": [ref],
        "CreateRefInput.name": [f"refs/heads/new-{number}"],
        "RefUpdate.name": [f"refs/heads/new-{number}", f"refs/heads/change-{number}"],
        "CreateRefInput.oid": [main, pull.head_oid],
        "UpdateRefInput.oid": [pull.head_oid, pull.head_oid, tree],
        "afterOid": [main, pull.head_oid, tree],
        "beforeOid": ["0" * 40, pull.head_oid],
        "expression": ["main", "main:README.md", "main:envs", pull.head_oid],
        "oid": [main, pull.head_oid],
        "headSha": [pull.head_oid],
        "expectedHeadOid": [pull.head_oid],
    }
    return found | _names(number)


def _names(number: int) -> dict[str, Sequence[Any]]:
    """What has the same name in every world."""
    return {
        "last": [1, 2],
        "first": [0, 1, 2, 3],
        "login": ["acme", "mona", "octocat"],
        "User.name": ["manifests"],
        "Organization.name": ["manifests"],
        "Query.name": ["manifests"],
        "owner": ["acme"],
        "qualifiedName": ["refs/heads/main", "main"],
        "refPrefix": ["refs/heads/"],
        "path": ["README.md", "envs/dev/web/deployment.yaml"],
        "baseRefName": ["main"],
        "headRefName": [f"unopened-{number}"],
        "CreatePullRequestInput.title": ["A title"],
        "repositoryNameWithOwner": ["acme/manifests"],
        "branchName": [f"change-{number}"],
        "contents": ["YQ==", "aW1hZ2U6IHdlYgo="],
        "startedAt": ["2026-11-23T09:00:00Z"],
        "completedAt": ["2026-11-23T09:10:00Z"],
    }


def prepare(world: World) -> None:
    """Make a second branch that is merged through a queue, or by auto-merge."""
    world.repository.settings.auto_merge_allowed = True
    world.repository.create_branch(QUEUED, by=world.octocat)
    world.repository.protect(QUEUED, Protection(checks=("build",), merge_queue=MergeMethod.SQUASH))


def _pull_to_the_queue(world: World, number: int) -> PullRequest:
    """A pull request that waits in the queue, is ready for it, waits for auto-merge, or is ready for that."""
    branch = f"queued-{number}"
    world.change(branch)
    pull = world.repository.open_pull(PullDraft(title="Q", base=QUEUED, head=branch, body=""), by=world.mona)
    if number % 4 in {0, 1}:
        details = RunDetails(conclusion=Conclusion.SUCCESS)
        world.repository.create_check_run(pull.head_oid, "build", app=world.app, details=details)
    if number % 4 == 0:
        queue = world.repository.queue(QUEUED)
        assert queue is not None
        queue.add(pull, by=world.octocat)
    if number % 4 == 2:
        enable_auto_merge(pull, MergeOrder(), by=world.octocat)
    return pull


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes documents. chance: seeded; values: what exists."""

    chance: Random
    values: Known

    def document(self, kind: str, field: str) -> str:
        """Return a document with one operation of `kind`, which asks for `field`."""
        root = _schema().query_type if kind == "query" else _schema().mutation_type
        assert root is not None
        return f"{kind} {{ {self._field(field, root.fields[field], DEPTH, owner=root.name)} }}"

    def _field(self, name: str, field: GraphQLField, depth: int, *, owner: str, alias: str = "") -> str:
        arguments = ", ".join(self._arguments(field.args, owner=owner))
        named = get_named_type(field.type)
        inner = f" {self._selection(named, depth - 1)}" if not _is_leaf(named) else ""
        return f"{alias}{name}{f'({arguments})' if arguments else ''}{inner}"

    def _selection(self, kind: Any, depth: int) -> str:
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            return f"{{ __typename {' '.join(self._fragments(kind, depth))} }}"
        return f"{{ {' '.join(self._fields(kind, depth)) or '__typename'} }}"

    def _fragments(self, kind: GraphQLUnionType | GraphQLInterfaceType, depth: int) -> Iterator[str]:
        """Two of the possible types; aliases keep apart what two types call by one name."""
        possible = list(_schema().get_possible_types(kind))
        for one in self.chance.sample(possible, min(2, len(possible))):
            selected = " ".join(self._fields(one, depth, alias=f"{one.name}_"))
            yield f"... on {one.name} {{ {selected or '__typename'} }}"

    def _fields(self, kind: GraphQLObjectType, depth: int, *, alias: str = "") -> Iterator[str]:
        leaves = [name for name, field in kind.fields.items() if _is_leaf(get_named_type(field.type))]
        others = [name for name in kind.fields if name not in leaves] if depth > 0 else []
        chosen = self.chance.sample(leaves, self.chance.randint(0, min(6, len(leaves))))
        chosen += self.chance.sample(others, min(self.chance.choice([1, 1, 2, 3]), len(others)))
        for name in chosen:
            yield self._field(
                name, kind.fields[name], depth, owner=kind.name, alias=f"{alias}{name}: " if alias else ""
            )

    def _arguments(self, arguments: Mapping[str, GraphQLArgument | GraphQLInputField], *, owner: str) -> Iterator[str]:
        """Lists of connections are asked for with one of `first` and `last`, as GitHub requires, most of the time."""
        paging = self.chance.choice(["first", "first", "first", "last", ""])
        for name, argument in arguments.items():
            is_paging = name in {"first", "last"} and {"first", "last"} <= set(arguments)
            wanted = name == paging if is_paging else self.chance.random() < 0.3
            if wanted or isinstance(argument.type, GraphQLNonNull) or name in {"branch", "fileChanges"}:
                yield f"{name}: {self._value(name, argument.type, owner=owner)}"

    def _value(self, name: str, kind: Any, *, owner: str) -> str:
        match kind:
            case GraphQLNonNull():
                return self._value(name, kind.of_type, owner=owner)
            case GraphQLList():
                items = range(self.chance.choice([0, 1, 1, 2]))
                return f"[{', '.join(self._value(name, kind.of_type, owner=owner) for _ in items)}]"
            case GraphQLInputObjectType(name="CommittableBranch"):
                return f"{{{self._branch()}}}"
            case GraphQLInputObjectType():
                return f"{{{', '.join(self._arguments(kind.fields, owner=kind.name))}}}"
            case GraphQLEnumType():
                return str(self.chance.choice(list(kind.values)))
        known = self.values.get(f"{owner}.{name}") or self.values.get(name)
        likely = known and self.chance.random() < 0.9
        return json.dumps(self.chance.choice(known if known and likely else SCALARS[kind.name]))

    def _branch(self) -> str:
        """An id, or the two names; anything else is refused at once."""
        if self.chance.random() < 0.3:
            return f"id: {json.dumps(self.values['refId'][0])}"
        names = (f"{name}: {json.dumps(self.values[name][0])}" for name in ("repositoryNameWithOwner", "branchName"))
        return ", ".join(names)


def _is_leaf(kind: Any) -> bool:
    return not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
