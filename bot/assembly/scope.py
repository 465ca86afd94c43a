"""Which files of an environment the bot reads for an application, and what it looks for in each."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.policy import Application, Environment
from bot.core.policy.named_places import NamedPlace, looks_for_names, named_places
from bot.core.policy.paths import reaches, resolved_paths
from bot.core.values.editable.files import is_manifest, is_protected
from bot.core.values.places import Refusal


@dataclass(frozen=True, slots=True)
class Scope:
    """paths: where the bot looks for the images' names; None for nowhere. named: path → what the policy names there."""

    paths: tuple[str, ...] | None = (".",)
    named: Mapping[str, tuple[NamedPlace, ...]] = field(default_factory=dict)

    def reaches(self, file: str) -> bool:
        """Report whether the bot reads this file."""
        return not is_protected(file) and (file in self.named or self.by_name(file))

    def by_name(self, file: str) -> bool:
        """Report whether the bot looks for the images' names in this file."""
        return self.paths is not None and is_manifest(file) and reaches(self.paths, file)

    def absent(self, listed: Collection[str]) -> Iterator[Refusal]:
        """Yield a refusal for each file that the policy names and that is not among these."""
        for file, places in self.named.items():
            if file not in listed:
                yield Refusal(
                    path=file,
                    line=0,
                    seen=places[0].entry,
                    reason="`edit` names this file, but there is no such text file",
                    advice="add the file, or correct `edit` in the policy",
                )


def scope_of(environment: Environment, application: Application) -> Scope:
    """Return what the policy says."""
    named: dict[str, tuple[NamedPlace, ...]] = {}
    for place in named_places(environment, application):
        named[place.file] = (*named.get(place.file, ()), place)
    paths = resolved_paths(environment, application.name) if looks_for_names(environment, application) else None
    return Scope(paths, named)
