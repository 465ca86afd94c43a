"""A checkout as a look at GitHub would show it: its files, and nothing else.

Of a version it is known that it is there now, not since when. There are no pull requests, no records and no reviews.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.checkout.contents import Contents
from bot.core.needs.application import EnvironmentNeeds, Known, needs_for
from bot.core.observation.actors import Actor
from bot.core.observation.files import FileRevision, History, ListedFile, SeenEnvironment
from bot.core.observation.observation import Observation
from bot.core.observation.repository import Protection, Repository, StateBranch
from bot.core.policy import Application, Policy
from bot.core.policy.paths import fixed_folder, reaches
from bot.core.values.patterns import EXCLUDE
from bot.manifests import last_segments

SOMEBODY = Actor("")
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """A checkout at one moment. repository: its owner and name on GitHub."""

    contents: Contents
    repository: str
    now: datetime

    def of(self, policy: Policy, application: Application) -> Observation:
        """Return what a look at one application would show."""
        needs = needs_for(self.repository, application.name, policy, Known())
        words = last_segments(application.images)
        return Observation(
            repository=Repository(
                node_id="",
                name=self.repository,
                default_branch="HEAD",
                head_oid="",
                archived=False,
                merge_methods=frozenset({"MERGE", "SQUASH", "REBASE"}),
                protection=Protection(),
                app_id=0,
            ),
            policy_files={},
            policy_id="",
            state=StateBranch(None, {}),
            environments={each.name: self._environment(each, words) for each in needs.environments},
            recent=(),
            commits={},
            source=None,
            comments=(),
            people={},
            teams=dict.fromkeys(needs.teams, NOBODY),
            blobs={},
            unreadable={},
        )

    def _environment(self, needs: EnvironmentNeeds, words: frozenset[str]) -> SeenEnvironment:
        files = tuple(self._listed(needs, words))
        return SeenEnvironment(
            files=files or None,
            histories={file.path: self._history(file) for file in files},
            branch_oid=None,
            pull=None,
            past=(),
        )

    def _listed(self, needs: EnvironmentNeeds, words: frozenset[str]) -> Iterator[ListedFile]:
        """Yield the files that name an image of the application, and those that the policy names.

        The bot would list all that are there, and find nothing in the others; so of these, one stands for all.
        """
        explicit = {path: file for path in needs.files if (file := self.contents.tree.files.get(path))}
        yield from explicit.values()
        reached = (file for file in self.contents.naming(words) if reaches(needs.paths, file.path))
        naming = [file for file in reached if file.path not in explicit]
        yield from naming or islice((file for file in self._below(needs) if file.path not in explicit), 1)

    def _below(self, needs: EnvironmentNeeds) -> Iterator[ListedFile]:
        """Yield the manifests that the environment's paths reach."""
        folders = dict.fromkeys(fixed_folder(path) for path in needs.paths if not path.startswith(EXCLUDE))
        files = (file for folder in folders for file in self.contents.tree.below(folder))
        return (file for file in files if file.path in self.contents.manifests and reaches(needs.paths, file.path))

    def _history(self, file: ListedFile) -> History:
        """Return what is known of how a file came to be: it is there."""
        there = FileRevision(commit="", at=self.now, by=SOMEBODY, blob_id=file.blob_id, latest=self.now)
        return History((there,), complete=False)
