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
from bot.core.policy.named_places import edits_of, looks_for_names
from bot.core.policy.paths import filled, fixed_folder, reaches, resolved_paths

_Paths = tuple[str, ...]


class Neighbours:
    """What all applications name and look for, found by file, by folder and by image.

    Most policies have one image for each application and no `edit`: for those, little is worked out here.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._edits: dict[str, str] = {}
        self._below: dict[_Paths, str] = {}
        self._by_image: dict[str, str] = {}

    def digest_of(self, application: str) -> str:
        """Return what changes whenever others come to the application's values, or leave them; '' if there are none.

        It may change more often: the bytes decide which values are the same, and the policy only which files.
        """
        texts = sorted(frozenset(filter(None, self._concerning(self._claims.applications[application]))))
        return _digest(texts)

    def _concerning(self, application: Application) -> Iterator[str]:
        for environment in self._claims.environments[application.name].values():
            named = {
                filled(edit.file, environment, application.name)
                for _, edit in edits_of(environment, application).located()
            }
            for file in named:
                yield self._named_in(file)
                yield from self._looking_in(file)
            if looks_for_names(environment, application):
                yield self._named_below(resolved_paths(environment, application.name))
                for image in application.images:
                    yield self._owners_of(image)

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

    def _named_below(self, paths: _Paths) -> str:
        """Return the edits of the files that these paths mean."""
        if paths not in self._below:
            files = (file for file in self._files_in(fixed_folder(*paths)) if reaches(paths, file))
            self._below[paths] = _digest(map(self._named_in, files))
        return self._below[paths]

    def _files_in(self, folder: str) -> Iterator[str]:
        """Yield the named files of a folder, and the file of this path."""
        for file in self._named_files[bisect_left(self._named_files, folder) :]:
            if not file.startswith(folder):
                return
            yield file

    def _owners_of(self, image: str) -> str:
        """Return where all owners of an image look for its name; '' if only one does."""
        if image not in self._by_image:
            owners = self._claims.owners[image]
            lookings = [[text for _, text in self._lookings(name)] for name in owners] if len(owners) > 1 else []
            several = len(list(filter(None, lookings))) > 1
            self._by_image[image] = _digest(chain.from_iterable(lookings)) if several else ""
        return self._by_image[image]

    @cached_property
    def _lookers(self) -> Mapping[str, list[tuple[_Paths, str]]]:
        """Who looks for names, by the deepest folder that holds everything."""
        found: dict[str, list[tuple[_Paths, str]]] = {}
        for name in self._claims.applications:
            for paths, text in self._lookings(name):
                found.setdefault(fixed_folder(*paths), []).append((paths, text))
        return found

    def _lookings(self, name: str) -> Iterator[tuple[_Paths, str]]:
        """Yield where an application looks for names."""
        application = self._claims.applications[name]
        for environment in self._claims.environments[name].values():
            if looks_for_names(environment, application):
                paths = resolved_paths(environment, name)
                yield paths, repr((name, environment.name, application.images, paths))

    def _looking_in(self, file: str) -> Iterator[str]:
        """Yield who looks for names in a file."""
        folder = file
        while True:
            for paths, text in self._lookers.get(folder, ()):
                if reaches(paths, file):
                    yield text
            if not folder:
                return
            folder = folder.rpartition("/")[0]


def _digest(texts: Iterable[str]) -> str:
    """Return the digest of texts, '' of none."""
    joined = "\n".join(texts)
    return hashlib.sha256(joined.encode()).hexdigest() if joined else ""
