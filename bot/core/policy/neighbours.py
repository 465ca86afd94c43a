"""What the policy says of others that decides whether an application's values are its own.

A value with two owners is refused in both. So an application has to be looked at again when another one comes to its files,
and when that one leaves them.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

from bot.core.policy.application import Application
from bot.core.policy.claims import Claims
from bot.core.policy.environment import Environment
from bot.core.policy.named_places import edits_of, looks_for_names
from bot.core.policy.paths import ROOT, filled, fixed_folder, included_paths, outwards, resolved_paths


class Neighbours:
    """What all applications name and look for, found by file, by folder and by image.

    Most policies have one image for each application and no `edit`: for those, little is worked out here.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._edits: dict[str, str] = {}
        self._below: dict[str, str] = {}
        self._by_image: dict[str, str] = {}
        self._by_folder: dict[str, str] = {}

    def digest_of(self, application: str) -> str:
        """Return what changes whenever others come to the application's values, or leave them; '' if there are none.

        It may change more often: of a glob the folder counts that holds everything, and only the bytes decide which values
        are the same. So the work grows with the policy, whatever a stranger writes into it.
        """
        texts = sorted(frozenset(filter(None, self._concerning(self._claims.applications[application]))))
        return _digest(texts)

    def _concerning(self, application: Application) -> Iterator[str]:
        for environment in self._claims.environments[application.name].values():
            for _, edit in edits_of(environment, application).located():
                file = filled(edit.file, environment, application.name)
                yield self._named_in(file)
                yield from map(self._looking_in, outwards(file))
            if looks_for_names(environment, application):
                if self._named_files:
                    yield from map(self._named_below, _folders(environment, application.name))
                yield from map(self._owners_of, application.images)

    def _named_in(self, file: str) -> str:
        """Return the edits of a file; a file of many is asked about for each of them."""
        if file not in self._edits:
            edits = self._claims.edits.get(file, ())
            said = (repr((owner.name, place.name, owner.images[0], edit)) for place, owner, edit in edits)
            self._edits[file] = _digest(said)
        return self._edits[file]

    @cached_property
    def _named_files(self) -> list[str]:
        return sorted(self._claims.edits)

    def _named_below(self, folder: str) -> str:
        """Return the edits of the files in a folder, and of the file of this path."""
        if folder not in self._below:
            self._below[folder] = _digest(map(self._named_in, self._files_in(folder)))
        return self._below[folder]

    def _files_in(self, folder: str) -> Iterator[str]:
        files, begin = self._named_files, "" if folder == ROOT else f"{folder}/"
        if folder in self._claims.edits:
            yield folder
        for position in range(bisect_left(files, begin), len(files)):
            if not files[position].startswith(begin):
                return
            yield files[position]

    def _owners_of(self, image: str) -> str:
        """Return where all owners of an image look for its name; '' if only one does."""
        owners = self._claims.owners[image]
        if len(owners) > 1 and image not in self._by_image:
            lookings = [found for name in owners if (found := [text for _, text in self._lookings(name)])]
            self._by_image[image] = _digest(chain.from_iterable(lookings)) if len(lookings) > 1 else ""
        return self._by_image.get(image, "")

    def _lookings(self, name: str) -> Iterator[tuple[Environment, str]]:
        """Yield where an application looks for names."""
        application = self._claims.applications[name]
        for environment in self._claims.environments[name].values():
            if looks_for_names(environment, application):
                paths = resolved_paths(environment, name)
                yield environment, repr((name, environment.name, application.images, paths))

    @cached_property
    def _lookers(self) -> Mapping[str, list[str]]:
        """Who looks for names, by the deepest folder that holds everything."""
        found: dict[str, list[str]] = {}
        for name in self._claims.applications:
            for environment, text in self._lookings(name):
                for folder in _folders(environment, name):
                    found.setdefault(folder, []).append(text)
        return found

    def _looking_in(self, folder: str) -> str:
        """Return who looks for names in a folder, but not in one that holds it."""
        if folder not in self._by_folder:
            self._by_folder[folder] = _digest(self._lookers.get(folder, ()))
        return self._by_folder[folder]


def _folders(environment: Environment, application: str) -> Iterator[str]:
    """Yield the deepest folder that holds all that a path of the environment means."""
    return (fixed_folder(path) or ROOT for path in included_paths(environment, application))


def _digest(texts: Iterable[str]) -> str:
    """Return the digest of texts, '' of none."""
    joined = "\n".join(texts)
    return hashlib.sha256(joined.encode()).hexdigest() if joined else ""
