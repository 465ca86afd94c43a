"""Which applications may write into a file: where `edit` names a value of it, or where their images' names are looked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.core.policy.application import Application
from bot.core.policy.edit import ExplicitEdit
from bot.core.policy.environment import Environment
from bot.core.policy.named_places import NamedPlace, edits_of, looks_for_names, places_of
from bot.core.policy.paths import filled, reaches, resolved_paths
from bot.core.values.editable.files import is_manifest

FEW_OWNERS = 50
"""So many applications of one image are asked one by one; of more, those whose name the file's path has."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What `edit` names for an application in an environment."""

    application: str
    environment: str
    place: NamedPlace


Named = tuple[Environment, Application, ExplicitEdit]


class Claims:
    """The claims of all applications. environments: those of each application."""

    def __init__(
        self, environments: Mapping[str, Mapping[str, Environment]], applications: Mapping[str, Application]
    ) -> None:
        self.environments, self.applications = environments, applications
        self._in_shared_files: dict[str, tuple[Claim, ...]] = {}

    @cached_property
    def edits(self) -> Mapping[str, list[Named]]:
        """What `edit` says of each file."""
        found: dict[str, list[Named]] = {}
        for name, application in self.applications.items():
            for environment in self.environments[name].values():
                for _, edit in edits_of(environment, application).located():
                    file = filled(edit.file, environment, name)
                    found.setdefault(file, []).append((environment, application, edit))
        return found

    @cached_property
    def owners(self) -> Mapping[str, list[str]]:
        """The applications of each image."""
        found: dict[str, list[str]] = {}
        for name, application in self.applications.items():
            for image in application.images:
                found.setdefault(image, []).append(name)
        return found

    @property
    def images(self) -> frozenset[str]:
        """Return the images of all applications."""
        return frozenset(self.owners)

    def named_in(self, file: str) -> tuple[Claim, ...]:
        """Return everything that `edit` names in a file. A file of many is asked about in the pass of each."""
        edits = self.edits.get(file, ())
        if len(edits) > 1 and file not in self._in_shared_files:
            self._in_shared_files[file] = tuple(_claims(edits))
        return self._in_shared_files.get(file) or tuple(_claims(edits))

    def looking_for(self, image: str, file: str, *, besides: str) -> Iterator[tuple[str, str]]:
        """Yield the applications, each with the environment, for which this image's name is looked for in a file.

        besides: an application that is left out. Where several have one image, the policy has their names in the paths.
        """
        owners = self.owners.get(image, ()) if is_manifest(file) else ()
        for name in owners:
            if name == besides or (len(owners) > FEW_OWNERS and name not in file):
                continue
            application = self.applications[name]
            for environment in self.environments[name].values():
                if looks_for_names(environment, application) and reaches(resolved_paths(environment, name), file):
                    yield name, environment.name


def _claims(edits: Iterable[Named]) -> Iterator[Claim]:
    for environment, application, edit in edits:
        for place in places_of(edit, environment, application):
            yield Claim(application.name, environment.name, place)
