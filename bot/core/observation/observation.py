"""Everything that one look at GitHub returned, as frozen values.

`github.observe` fills these values and interprets nothing. `assembly` joins them with the contents of the files and
builds the State, from which everything is decided. Times are aware and in UTC; `oid` is a full Git object id in
hexadecimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import Merged
from bot.core.observation.repository import Repository, StateBranch
from bot.core.observation.source import SourceSeen


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that one look at GitHub returned.

    policy_files: path → text of `.gitops.yml` and all files below `.gitops/`. recent: the default branch's newest
    commits. commits: further commits of the manifests repository that were asked for. blobs: blob id → exact bytes
    (checked against the id); unreadable: requested blob ids without content → reason. teams: 'organisation/team' →
    logins; None for a team that cannot be read. merges: the latest of all applications.
    merges_since: every merge after this time is among them; None if all are. code_owners: the text of CODEOWNERS, ''
    where there is none; None where it was not asked for or cannot be read.
    """

    repository: Repository
    policy_files: Mapping[str, str]
    policy_id: str
    state: StateBranch
    environments: Mapping[str, SeenEnvironment]
    recent: tuple[Commit, ...]
    commits: Mapping[str, Commit]
    source: SourceSeen | None
    comments: tuple[Comment, ...]
    people: Mapping[str, Permission]
    teams: Mapping[str, frozenset[str] | None]
    blobs: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    merges: tuple[Merged, ...] = ()
    merges_since: datetime | None = None
    code_owners: str | None = None
