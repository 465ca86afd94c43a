"""`was`: which names environments and applications had before, so that a rename loses nothing.

What was written under a former name (records on `gitops-state`, the branch of a promotion) is read as if it stood under the
present one; the rest of the bot knows present names only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Renames:
    """Former name → present name."""

    environments: Mapping[str, str]
    applications: Mapping[str, str]

    def environment(self, name: str) -> str:
        """Return its present name."""
        return self.environments.get(name, name)

    def application(self, name: str) -> str:
        """Return its present name."""
        return self.applications.get(name, name)

    def place(self, place: tuple[str, str]) -> tuple[str, str]:
        """Return environment and application by their present names."""
        return self.environment(place[0]), self.application(place[1])


UNCHANGED = Renames(MappingProxyType({}), MappingProxyType({}))
"""Nothing has another name than it had."""
