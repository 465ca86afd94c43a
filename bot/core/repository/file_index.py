"""Which of a repository's files may an environment's paths mean?"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from bot.core.needs.application import EnvironmentNeeds
from bot.core.observation.files import ListedFile
from bot.core.policy.paths import fixed_folder
from bot.core.values.patterns import EXCLUDE, is_glob

MOST_FILES = 500
"""In one environment. A glob over more is read by the look at the application itself."""


class FileIndex:
    """Every file of one commit, found by its folder."""

    def __init__(self, files: Iterable[ListedFile]) -> None:
        self._by_path = {file.path: file for file in files}
        self._paths = sorted(self._by_path)

    def of(self, needs: EnvironmentNeeds) -> tuple[ListedFile, ...] | None:
        """Return the files that the environment's paths may mean, and those that the policy names.

        None if they are too many.
        """
        found = {path: self._by_path[path] for path in needs.files if path in self._by_path}
        for path in needs.paths:
            if path.startswith(EXCLUDE):
                continue
            for file in self._below(path):
                found[file.path] = file
                if len(found) > MOST_FILES:
                    return None
        return tuple(found.values())

    def _below(self, path: str) -> Iterator[ListedFile]:
        if path in self._by_path:
            yield self._by_path[path]
            return
        folder = fixed_folder(path) if is_glob(path) else path
        start = f"{folder}/" if folder and folder != "." else ""
        for number in range(bisect_left(self._paths, start), len(self._paths)):
            if not self._paths[number].startswith(start):
                return
            yield self._by_path[self._paths[number]]
