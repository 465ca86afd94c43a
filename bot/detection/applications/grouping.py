"""Which applications there are: what is released together, and where each environment writes its version.

The name of an application is the folder, or the file, that differs from application to application while the rest of the path
stays: `web` in `envs/prod/web/values.yaml` beside `envs/prod/api/values.yaml`. Where no part of the path differs, the image
names it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.policy.fields import read_name
from bot.core.values.editable.files import MANIFESTS
from bot.core.values.images import ImageName
from bot.detection.environments.spots import ENVIRONMENT, Spot
from bot.detection.environments.stages import named_in
from bot.detection.reading.tree import Reference

APPLICATION = "{application}"

_GENERIC_WORDS = (
    "apps app applications application manifests manifest k8s kubernetes kube deploy deployment deployments "
    "deployment-patch charts chart helm services service components component resources resource patches patch "
    "patches-strategic kustomize values kustomization release releases helmrelease helm-release main all base bases "
    "overlays overlay envs env environments environment clusters cluster stages image images version versions settings "
    "config configs cronjob cronjobs job jobs statefulset daemonset rollout workload workloads infrastructure infra core "
    "tenants gitops argocd flux common shared default src templates ocirepository namespace set-image image-patch tags "
    "image-tags helmfile helmfile.d backend-patch"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""Names of folders and files that name a kind of thing, not an application."""

_SPLIT = re.compile(r"[-_./]")
_AFFIXES = re.compile(r"[-_.](values|patch|deployment|kustomization|helmrelease|release|image)$|^values[-_.]")
ALIKE = 3
PART = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """A reference in an environment.

    pattern: of the environment's path there, with `{environment}` and `{application}`; file: of the file, likewise.
    """

    reference: Reference
    spot: Spot
    application: str
    pattern: str
    file: str


@dataclass(frozen=True, slots=True)
class Application:
    """What is released together. placed: where its version is written. others: images beside it that have other versions."""

    name: str
    images: tuple[str, ...]
    placed: tuple[Placed, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def environments(self) -> tuple[str, ...]:
        """Return the environments in which it is, each once."""
        return tuple(dict.fromkeys(each.spot.environment for each in self.placed))

    @property
    def tags(self) -> tuple[str, ...]:
        """Return every tag that is written somewhere, each once."""
        return tuple(dict.fromkeys(each.reference.tag for each in self.placed if each.reference.tag))


def applications(found: Sequence[tuple[Reference, Spot]]) -> tuple[Application, ...]:
    """Group references by application. found: those whose image is an application's, each with its environment."""
    axes = _Axes(found)
    placed = [_placed(reference, spot, axes) for reference, spot in found]
    groups: dict[str, list[Placed]] = defaultdict(list)
    for each in _joined(placed):
        groups[each.application].append(each)
    made = (_application(name, each) for name, each in groups.items())
    return tuple(sorted(made, key=lambda each: each.name))


class _Axes:
    """For each segment of each path: which names stand there while the rest of the path stays, with which images."""

    def __init__(self, found: Iterable[tuple[Reference, Spot]]) -> None:
        names: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(dict)
        for reference, spot in found:
            parts = spot.template.split("/")
            for index, _ in enumerate(parts):
                name = _name_at(parts, index)
                if can_name(name):
                    names[_without(parts, index)].setdefault(name, set()).add(reference.image)
        self._names = names

    def best(self, spot: Spot, image: str) -> int | None:
        """Return the segment that names the application; None where the path does not."""
        parts = spot.template.split("/")
        scored = []
        for index, _ in enumerate(parts):
            name = _name_at(parts, index)
            if not can_name(name):
                continue
            likeness = _likeness(name.lower(), image)
            siblings = self._names[_without(parts, index)]
            differ = _differ(siblings)
            before = index < spot.index
            if likeness or differ or (before and (len(siblings) > 1 or _is_next(parts, index, spot.index))):
                near = -abs(index - spot.index)
                scored.append((likeness == ALIKE, differ, likeness, len(siblings) > 1, near, -index, index))
        return max(scored)[-1] if scored else None


def _is_next(parts: Sequence[str], index: int, environment: int) -> bool:
    """Report whether nothing but names of kinds stands between a folder and its environments."""
    return not any(can_name(_name_at(parts, between)) for between in range(index + 1, environment))


def _differ(siblings: Mapping[str, set[str]]) -> bool:
    """Report whether most of these names have images of their own: of clusters, all have the same."""
    counted = Counter(frozenset(images) for images in siblings.values())
    return len(siblings) > 1 and sum(count == 1 for count in counted.values()) * 2 > len(siblings)


def _placed(reference: Reference, spot: Spot, axes: _Axes) -> Placed:
    parts = spot.template.split("/")
    axis = axes.best(spot, reference.image)
    if axis is None:
        name = valid_name(ImageName.parse(reference.image).last_segment)
        return Placed(reference, spot, name, _cut(parts, spot.index), spot.template)
    name = _name_at(parts, axis)
    last = ImageName.parse(reference.image).last_segment
    if axis == len(parts) - 1 and last in name and _likeness(name, reference.image) == PART:
        name = last  # `27-user-db-dep.yaml`
    if valid_name(name) != name:
        return Placed(reference, spot, valid_name(name), _cut(parts, max(axis, spot.index)), spot.template)
    parts[axis] = parts[axis].replace(name, APPLICATION, 1)
    return Placed(reference, spot, name, _cut(parts, max(axis, spot.index)), "/".join(parts))


def _joined(placed: Sequence[Placed]) -> list[Placed]:
    """Give what no path names to the one application whose folder has the same image."""
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for each in placed:
        if APPLICATION in each.pattern:
            named[each.reference.image][each.application] += 1
    joined = []
    for each in placed:
        owners = named.get(each.reference.image)
        if APPLICATION not in each.pattern and owners:
            if len(owners) > 1:
                continue  # it would belong to several
            joined.append(replace(each, application=next(iter(owners))))
        else:
            joined.append(each)
    return joined


def _application(name: str, placed: Sequence[Placed]) -> Application:
    """Leave out the images that have other versions: they are not released together."""
    images = Counter(each.reference.image for each in placed)
    main = max(images, key=lambda image: (_likeness(name, image), images[image], image))
    versions = {image: _versions(placed, image) for image in images}
    together = [main, *(image for image in images if image != main and _agree(versions[main], versions[image]))]
    kept = tuple(each for each in placed if each.reference.image in together)
    return Application(name, tuple(together), kept, tuple(image for image in images if image not in together))


def _versions(placed: Iterable[Placed], image: str) -> Mapping[str, frozenset[str | None]]:
    found: dict[str, set[str | None]] = defaultdict(set)
    for each in placed:
        if each.reference.image == image:
            found[each.spot.environment].add(each.reference.tag)
    return {environment: frozenset(tags) for environment, tags in found.items()}


def _agree(mine: Mapping[str, frozenset[str | None]], others: Mapping[str, frozenset[str | None]]) -> bool:
    """Report whether two images have the same versions in every environment that has both."""
    both = mine.keys() & others.keys()
    return bool(both) and all(mine[each] == others[each] for each in both)


def valid_name(text: str) -> str:
    """Return the name that the policy would accept, as near as possible."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:63]
    try:
        return read_name(name)
    except ValueError:
        return f"app-{name}"[:63].rstrip("-._") or "app"


def names_in(template: str) -> frozenset[str]:
    """Return what in a path could name an application."""
    parts = template.split("/")
    return frozenset(name for index in range(len(parts)) if can_name(name := _name_at(parts, index)))


def _cut(parts: Sequence[str], last: int) -> str:
    """Return the folder that ends with this segment, or the file where it is the last one; the file's folder for none."""
    return "/".join(parts[: last + 1] if last >= 0 else parts[:-1] or parts)


def _name_at(parts: Sequence[str], index: int) -> str:
    """Return the segment without its file ending and without the environment's place."""
    part = parts[index]
    ending = next((ending for ending in MANIFESTS if index == len(parts) - 1 and part.endswith(ending)), "")
    name = part.removesuffix(ending).replace(ENVIRONMENT, "").strip("-_.")
    return _AFFIXES.sub("", name) if index == len(parts) - 1 else name


def _without(parts: Sequence[str], index: int) -> tuple[str, ...]:
    name = _name_at(parts, index)
    return (*parts[:index], parts[index].replace(name, "*", 1) if name else parts[index], *parts[index + 1 :])


def can_name(name: str) -> bool:
    """Report whether a part of a path can be the name of an application, and not of a kind of thing."""
    if not name or name.lower() in _GENERIC or name.startswith((".", "_")) or name.isdigit():
        return False
    found = named_in(name)
    return found is None or not found.is_plain


def _likeness(name: str, image: str) -> int:
    """Compare a folder's name with an image's: 3 with its last segment, 2 with a part of that, 1 with another segment."""
    *above, last = ImageName.parse(image).repository.lower().split("/")
    if name == last:
        return ALIKE
    words, others = set(_SPLIT.split(name)), set(_SPLIT.split(last))
    return PART if words <= others or others <= words else int(name in above)


def patterns(placed: Iterable[Placed]) -> Mapping[str, tuple[str, ...]]:
    """Return the paths of each environment, each once, the most used first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in placed:
        found[each.spot.environment][each.pattern] += 1
    return {name: tuple(pattern for pattern, _ in counted.most_common()) for name, counted in found.items()}
