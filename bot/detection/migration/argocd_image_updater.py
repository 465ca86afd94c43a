"""Argo CD Image Updater: annotations of Applications, and the resource `ImageUpdater` that replaces them.

https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/. An entry of `image-list` is
`[alias=]name[:constraint]`; what concerns it alone is at `<alias>.<setting>`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.values.images import ImageError, Reference
from bot.detection.reading.evidence import Evidence, Settings, by_image, counted, quoted
from bot.detection.reading.objects import Object, items_at, text_at
from bot.detection.reading.tree import Tree

TOOL = "Argo CD Image Updater"
PREFIX = "argocd-image-updater.argoproj.io/"
GROUP = "argocd-image-updater.argoproj.io"


@dataclass(frozen=True, slots=True)
class _Entry:
    """An image that is updated. constraint: a range, or the tag whose digest is followed. git: it writes to Git."""

    image: str
    constraint: str
    strategy: str
    allow: str
    ignore: tuple[str, ...]
    platforms: tuple[str, ...]
    git: bool


def read(_tree: Tree, found: Sequence[Object]) -> Evidence | None:
    """Return what annotations and resources tell; None where there are none."""
    annotated = [each for each in found if f"{PREFIX}image-list" in each.annotations]
    resources = [each for each in found if each.group == GROUP and each.kind == "ImageUpdater"]
    if not annotated and not resources:
        return None
    entries = [*(entry for each in annotated for entry in _annotated(each.annotations))]
    entries += [entry for each in resources for entry in _configured(each)]
    counts = ((len(annotated), "annotated Application"), (len(resources), "ImageUpdater"), (len(entries), "image"))
    lost = []
    if any(not entry.git for entry in entries):
        lost.append(
            "Images that are written to the cluster only (`write-back-method: argocd`) get their version in Git from now on."
        )
    return Evidence(
        tool=TOOL,
        found=tuple(f"{counted(count, noun)} of Argo CD Image Updater" for count, noun in counts if count),
        images=frozenset(entry.image for entry in entries),
        versions=by_image((entry.image, _settings(entry)) for entry in entries),
        lost=tuple(lost),
        delete=(
            (
                "Delete the `argocd-image-updater.argoproj.io/` annotations, or the `ImageUpdater`, of an application when "
                "you set it to "
                "`mode: active`: two tools would write the same version."
            ),
            "Delete the `.argocd-source-*.yaml` files after moving what they hold into the manifests: they override these.",
        ),
        page="argocd-image-updater.md",
    )


def _annotated(said: Mapping[str, str]) -> Iterator[_Entry]:
    method = said.get(f"{PREFIX}write-back-method", "argocd")
    for listed in said[f"{PREFIX}image-list"].split(","):
        alias, equals, name = listed.strip().partition("=")
        if not equals or not alias.replace("-", "").isalnum():
            alias, name = "", listed  # without an alias, an `=` belongs to the constraint
        own = {key: said.get(f"{PREFIX}{alias}.{key}", "") if alias else "" for key in _KEYS}
        chosen = {key: own[key] or said.get(f"{PREFIX}{key}", "") for key in _KEYS}
        yield from _entry(name, chosen, git=method.startswith("git"))


_KEYS = ("update-strategy", "allow-tags", "ignore-tags", "platforms")


def _configured(resource: Object) -> Iterator[_Entry]:
    for reference in resource.items("spec", "applicationRefs"):
        for image in items_at(reference, "images"):
            levels = (image, reference, resource.body)
            method = text_at(reference, "writeBackConfig", "method") or resource.text(
                "spec", "writeBackConfig", "method"
            )
            chosen = {
                key: _first(levels, field)
                for key, field in zip(_KEYS, ("updateStrategy", "allowTags", "", ""), strict=True)
            }
            chosen["ignore-tags"] = ",".join(map(str, _first_list(levels, "ignoreTags")))
            chosen["platforms"] = ",".join(map(str, _first_list(levels, "platforms")))
            yield from _entry(text_at(image, "imageName"), chosen, git=method.startswith("git"))


def _first(levels: tuple[object, ...], field: str) -> str:
    common = ((level, ("commonUpdateSettings", field)) for level in levels[:-1])
    found = (text_at(level, *keys) for level, keys in (*common, (levels[-1], ("spec", "commonUpdateSettings", field))))
    return next(filter(None, found), "") if field else ""


def _first_list(levels: tuple[object, ...], field: str) -> tuple[object, ...]:
    common = ((level, ("commonUpdateSettings", field)) for level in levels[:-1])
    found = (items_at(level, *keys) for level, keys in (*common, (levels[-1], ("spec", "commonUpdateSettings", field))))
    return next(filter(None, found), ())


def _entry(name: str, chosen: Mapping[str, str], *, git: bool) -> Iterator[_Entry]:
    folder, slash, last = name.strip().rpartition("/")
    last, _, constraint = last.partition(":")
    spelling = f"{folder}{slash}{last}"
    try:
        image = str(Reference.parse(spelling).name)
    except ImageError:
        return
    yield _Entry(
        image=image,
        constraint=constraint,
        strategy=chosen["update-strategy"] or "semver",
        allow=chosen["allow-tags"],
        ignore=_listed(chosen["ignore-tags"]),
        platforms=_listed(chosen["platforms"]),
        git=git,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def _settings(entry: _Entry) -> Settings:
    settings: dict[str, str] = {}
    match entry.strategy:
        case "digest":
            settings["digest"] = entry.constraint or "latest"
        case "newest-build" | "latest":
            settings["newest"] = "created"
        case "alphabetical" | "name":
            settings["alphabetical"] = "last"
        case _ if entry.constraint:
            settings["semver"] = quoted(entry.constraint)
    kind, _, pattern = entry.allow.partition(":")
    if kind == "regexp" and pattern:
        settings["tags"] = quoted(pattern)
    if entry.ignore:
        settings["ignore"] = f"[{', '.join(map(quoted, entry.ignore))}]"
    if entry.platforms:
        settings["platforms"] = f"[{', '.join(entry.platforms)}]"
    return settings
