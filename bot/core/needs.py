"""What a pass must look at: decided here, read by `github.observe` and `registries`, both of which read exactly that.

The answer can change the needs (a new policy, a file nobody has seen, a commenter): then the pass looks again, a bounded
number of times. On a warm bot the first look is enough.
"""

from dataclasses import dataclass

HISTORY = 10
LONG_HISTORY = 100


@dataclass(frozen=True, slots=True)
class EnvironmentNeeds:
    """One environment of one application.

    folder: what is listed, recursively, '' for the root. texts: the listing brings every file's text too (a cold look).
    files: the paths whose text, history and place on the promotion are read.
    """

    name: str
    folder: str
    texts: bool
    files: tuple[str, ...]

    def branch(self, application: str) -> str:
        """The promotion's branch, without `refs/heads/`."""
        return f"gitops/{self.name}/{application}"


@dataclass(frozen=True, slots=True)
class Needs:
    """All that one look must bring. `a.covers(b)`: what b asks for, a has brought already.

    source: 'owner/name' of the source repository; source_branch: where its history is needed, with 'HEAD' for its default.
    source_commits: commits of the source repository whose reports matter. commits: likewise of the manifests repository.
    blobs: blob ids whose bytes are needed and that no file above brings. people, teams: whose rights matter.
    history: how many revisions of each file.
    """

    repository: str
    application: str
    environments: tuple[EnvironmentNeeds, ...] = ()
    source: str | None = None
    source_branch: str | None = None
    source_commits: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    history: int = HISTORY
