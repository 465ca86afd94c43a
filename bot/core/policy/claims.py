"""Which applications may write into a file: where `edit` names a value of it, or where their images' names are looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.policy.application import Application
from bot.core.policy.edit import ExplicitEdit
from bot.core.policy.environment import Environment
from bot.core.policy.named_places import NamedPlace, edits_of, looks_for_names, places_of
from bot.core.policy.paths import filled, reaches, resolved_paths
from bot.core.values.editable.files import is_manifest

APPLICATION = "{application}"
FEW_OWNERS = 50
"""So many applications of one image are asked one by one; of more, those whose name the file's path has."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What `edit` names for an application in an environment."""

    application: str
    environment: str
    place: NamedPlace


_Named = tuple[Environment, Application, ExplicitEdit]


class Claims:
    """The claims of all applications. environments: those of each application.

    A file is asked about in every pass, so nothing here looks at every value of a policy: the few files that have one name for
    all applications are listed once, and of the others the path tells whose they may be.
    """

    def __init__(
        self, environments: Mapping[str, Mapping[str, Environment]], applications: Mapping[str, Application]
    ) -> None:
        self._environments, self._applications = environments, applications
        self._shared_files: dict[str, list[_Named]] = {}
        self._own_files: list[str] = []
        self._by_image: dict[str, list[str]] = {}
        for name, application in applications.items():
            for image in application.images:
                self._by_image.setdefault(image, []).append(name)
            self._index(application)
        self._in_shared_files: dict[str, tuple[Claim, ...]] = {}

    def _index(self, application: Application) -> None:
        own = False
        for environment in self._environments[application.name].values():
            for _, edit in edits_of(environment, application).located():
                if APPLICATION in edit.file:
                    own = True
                else:
                    file = filled(edit.file, environment, application.name)
                    self._shared_files.setdefault(file, []).append((environment, application, edit))
        if own:
            self._own_files.append(application.name)

    @property
    def images(self) -> frozenset[str]:
        """Return the images of all applications."""
        return frozenset(self._by_image)

    def named_in(self, file: str) -> tuple[Claim, ...]:
        """Return everything that `edit` names in a file."""
        if file in self._shared_files and file not in self._in_shared_files:
            self._in_shared_files[file] = tuple(
                Claim(application.name, environment.name, place)
                for environment, application, edit in self._shared_files[file]
                for place in places_of(edit, environment, application)
            )
        own = (claim for name in self._own_files if name in file for claim in self._named_by(name, file))
        return (*self._in_shared_files.get(file, ()), *own)

    def _named_by(self, name: str, file: str) -> Iterator[Claim]:
        application = self._applications[name]
        for environment in self._environments[name].values():
            for _, edit in edits_of(environment, application).located():
                if APPLICATION in edit.file and filled(edit.file, environment, name) == file:
                    yield from (
                        Claim(name, environment.name, each) for each in places_of(edit, environment, application)
                    )

    def looking_for(self, image: str, file: str, *, besides: str) -> Iterator[tuple[str, str]]:
        """Yield the applications, each with the environment, for which this image's name is looked for in a file.

        besides: an application that is left out. Where several have one image, the policy has their names in the paths.
        """
        owners = self._by_image.get(image, ()) if is_manifest(file) else ()
        for name in owners:
            if name == besides or (len(owners) > FEW_OWNERS and name not in file):
                continue
            application = self._applications[name]
            for environment in self._environments[name].values():
                if looks_for_names(environment, application) and reaches(resolved_paths(environment, name), file):
                    yield name, environment.name
