"""What GitHub was seen to say, at one moment, as frozen values.

`github.observe` fills these and interprets nothing; `assembly` joins them with what stands in the files and makes the
State from which everything is decided. Times are aware and in UTC; `oid` is a full Git object id in hexadecimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.observation.actors import Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import Merged
from bot.core.observation.repository import Repository, StateBranch
from bot.core.observation.source import SourceSeen


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything one look at GitHub brought.

    policy_files: path → text of `.gitops.yml` and all files below `.gitops/`. recent: the default branch's newest commits.
    commits: further commits of the manifests repository that were asked for. blobs: blob id → exact bytes (checked against
    the id); unreadable: blob ids that were asked for and cannot be had, with the reason.
    teams: 'organisation/team' → logins; None where it cannot be read. merges: the latest, of all applications; at most ten.
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
