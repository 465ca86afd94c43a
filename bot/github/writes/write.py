"""What a plan's action becomes: mutation fields, in rounds.

A round is what one document can contain. A field that needs another field's result belongs to a later round. Within a document
the fields run one after the other, and those after a failed one still run
(https://spec.graphql.org/October2021/#sec-Mutation). So no field may do harm where an earlier one failed.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from bot.core.observation.repository import Repository
from bot.core.plan import Action, RenderedFile
from bot.core.values.message import Message
from bot.github.errors import Json

NO_COMMIT = "0" * 40
"""As an object id in `updateRefs`: no such reference, before or after. https://docs.github.com/en/graphql/reference/input-objects#refupdate"""

Results = Mapping[str, Json]
"""The answers of earlier rounds, by `Write.result`."""

Input = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Work:
    """One action, with what it needs to be written.

    files: the rendered files, for an action with edits. commit: set where they are committed already (see `git_commits`).
    state_head: the head of `gitops-state`, for a WriteState whose branch had to be created first.
    """

    action: Action
    files: tuple[RenderedFile, ...] = ()
    commit: str | None = None
    state_head: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where an action is written. deleted: the branches that earlier actions of the same plan delete."""

    repository: Repository
    work: Work
    deleted: frozenset[str] = frozenset()

    @property
    def contents(self) -> Mapping[str, bytes]:
        """The rendered files: path → bytes."""
        return {file.path: file.content for file in self.work.files}


class Need(Enum):
    """Whether a plan has failed if GitHub refuses this."""

    REQUIRED = "required"
    NICE = "nice"


@dataclass(frozen=True, slots=True)
class Write:
    """One mutation field. doing: for people, if it fails. result: the name of its answer in later rounds."""

    field: str
    input: Input | Callable[[Results], Input]
    doing: str
    result: str = ""
    need: Need = Need.REQUIRED


Round = tuple[Write, ...]
Rounds = tuple[Round, ...]


def commit_on_branch(
    repository: Repository,
    branch: str,
    head: str | None,
    message: Message,
    written: Mapping[str, bytes],
    removed: list[str] | None = None,
) -> Input:
    """Return a `CreateCommitOnBranchInput`, without empty lists: GitHub fails on those that are null."""
    changes: dict[str, object] = {}
    if written:
        changes["additions"] = [
            {"path": path, "contents": b64encode(content).decode()} for path, content in sorted(written.items())
        ]
    if removed:
        changes["deletions"] = [{"path": path} for path in sorted(removed)]
    return {
        "branch": {"repositoryNameWithOwner": repository.name, "branchName": branch},
        "expectedHeadOid": head,
        "message": {"headline": message.headline, "body": message.body},
        "fileChanges": changes,
    }


def update_refs(repository: Repository, *updates: Mapping[str, object]) -> Input:
    """Return an `UpdateRefsInput`."""
    return {"repositoryId": repository.node_id, "refUpdates": list(updates)}
