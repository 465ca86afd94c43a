"""The files of a repository, as far as detection needs them, and the references to images in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.values.editable.files import has_keys, is_manifest, is_protected
from bot.detection.environments.stages import named_in
from bot.manifests import may_hold_any
from bot.manifests.findings import sightings_in
from bot.manifests.parsing.tree import read
from bot.manifests.problems import Unreadable
from bot.manifests.references.sightings import Sighting

LARGEST = 1 << 20
"""A manifest is smaller; the bot reads no larger one either."""

IGNORED_FOLDERS = frozenset(
    {
        "node_modules",
        "vendor",
        "testdata",
        "tests",
        "fixtures",
        "__fixtures__",
        ".fixtures",
        "docs",
        "examples",
        "e2e",
        "spec",
    }
)
"""What stands there is deployed nowhere."""

DEVELOPMENT_FILES = ("docker-compose", "compose.", "skaffold", "values.schema.", "package.", "tsconfig", ".prow")

RENOVATE_FILES = frozenset(
    {
        "renovate.json",
        "renovate.json5",
        ".github/renovate.json",
        ".github/renovate.json5",
        ".renovaterc",
        ".renovaterc.json",
        ".renovaterc.json5",
    }
)
"""https://docs.renovatebot.com/configuration-options/"""

CHART_FORMATS = frozenset({"chart", "flux"})

VALUES_FORMAT = "helm"

Keys = tuple[str, ...]
"""The keys to a value, from the root of a file."""


@dataclass(frozen=True, slots=True)
class Tree:
    """paths: every file of the repository. contents: path → bytes, of the manifests that were read.

    repository: `owner/name` on GitHub, '' where that is unknown. left_out: how many manifests were not read, being too many.
    """

    paths: tuple[str, ...]
    contents: Mapping[str, bytes]
    repository: str = ""
    left_out: int = 0

    @property
    def owner(self) -> str:
        """Return the owner's name in lower case, '' where it is unknown."""
        return self.repository.partition("/")[0].lower()


@dataclass(frozen=True, slots=True)
class Reference:
    """An image in a file. image: its normalised name. refused: why the bot cannot change it there, '' if it can.

    keys: where Helm values name the image, and of the tag where it `is_apart`, without the name; () elsewhere.
    """

    path: str
    image: str
    tag: str | None
    digest: str | None
    line: int
    is_chart: bool = False
    refused: str = ""
    keys: Keys = ()
    is_apart: bool = False


def is_candidate(path: str) -> bool:
    """Report whether a file can say what is deployed: a manifest that is neither a rule of the repository nor a test."""
    *folders, name = path.split("/")
    if not is_manifest(path) or is_protected(path) or name.startswith(DEVELOPMENT_FILES):
        return False
    if any(folder.startswith(".") or folder in IGNORED_FOLDERS for folder in folders):
        return False
    # https://helm.sh/docs/topics/charts/: `ci/` holds values for tests, `templates/` what only Helm renders.
    return not (("charts" in folders or "chart" in folders) and folders[-1] in {"ci", "templates", "crds"})


def is_bare(path: str) -> bool:
    """Report whether a file can be an application's in an environment's folder, without an ending: `image-tags/prod/web`."""
    *folders, name = path.split("/")
    if "." in name or name != name.lower() or is_protected(path) or not has_keys(path):
        return False
    if any(folder.startswith(".") or folder in IGNORED_FOLDERS for folder in folders):
        return False
    return any((found := named_in(folder)) is not None and found.is_plain for folder in folders)


def is_wanted(path: str) -> bool:
    """Report whether detection reads this file: a manifest, a file that may hold one version, or the settings of Renovate."""
    return is_candidate(path) or is_bare(path) or path in RENOVATE_FILES


def references(tree: Tree) -> tuple[Reference, ...]:
    """Return the images in the files that were read, in the order of their paths."""
    return tuple(
        _reference(path, seen)
        for path in sorted(tree.contents)
        if is_candidate(path)
        for seen in _sightings(tree.contents[path])
        if seen.names and not seen.aside
    )


def _sightings(content: bytes) -> tuple[Sighting, ...]:
    """Return what a file says of images; nothing of a template, in which no version could be changed."""
    try:
        return sightings_in(read(content)) if may_hold_any(content) else ()
    except Unreadable:
        return ()


def lines_with(tree: Tree, needle: bytes) -> Iterator[tuple[str, int, str]]:
    """Yield path, line number and text of each line that contains this."""
    for path in sorted(tree.contents):
        content = tree.contents[path]
        if needle in content:
            for number, line in enumerate(content.split(b"\n"), 1):
                if needle in line:
                    yield path, number, line.decode("utf-8", "replace").strip()


def _reference(path: str, seen: Sighting) -> Reference:
    problem = seen.problem
    return Reference(
        path=path,
        image=str(seen.names[-1]),
        tag=seen.tag,
        digest=seen.digest,
        line=problem.line if problem else seen.parts[0].scalar.line,
        is_chart=seen.found_by in CHART_FORMATS,
        refused=problem.reason if problem else "",
        keys=_keys(seen),
    )


def _keys(seen: Sighting) -> Keys:
    """Return the keys of the mapping that holds an image's name and tag, if Helm values do."""
    if seen.found_by != VALUES_FORMAT or not seen.parts:
        return ()
    keys = seen.parts[0].scalar.key_path[:-1]
    return tuple(map(str, keys)) if all(isinstance(key, str) for key in keys) else ()
