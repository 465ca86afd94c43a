"""Renovate: `renovate.json` and its siblings, and `# renovate:` comments.

https://docs.renovatebot.com/configuration-options/. Renovate goes on with everything that no application of the policy claims.
"""

import json
import re
from collections.abc import Iterator, Sequence

from bot.core.values.images import ImageError, ImageName
from bot.detection.reading.evidence import Evidence, Settings, by_image, counted, quoted
from bot.detection.reading.objects import Object, at, items_at, text_at
from bot.detection.reading.tree import RENOVATE_FILES, Tree, lines_with

TOOL = "Renovate"
MANAGERS = (
    "argocd",
    "docker-compose",
    "flux",
    "helm-values",
    "helmfile",
    "helmv3",
    "kubernetes",
    "kustomize",
    "tekton",
)
_RANGE = re.compile(r"[0-9<>=^~*x.| -]+")
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
_TRAILING = re.compile(r",(\s*[}\]])")


def read(tree: Tree, _found: Sequence[Object]) -> Evidence | None:
    """Return what Renovate's settings and comments tell; None where there are none."""
    files = [path for path in tree.paths if path in RENOVATE_FILES]
    markers = list(lines_with(tree, b"renovate: datasource=docker"))
    if not files and not markers:
        return None
    settings = _parsed(tree.contents.get(files[0], b"") if files else b"")
    managers = [name for name in MANAGERS if at(settings, name) is not None]
    found = (
        [f"`{files[0]}` of Renovate" + (f", with the managers {', '.join(managers)}" if managers else "")]
        if files
        else []
    )
    found += [f"{counted(len(markers), 'comment')} of Renovate"] if markers else []
    rules = items_at(settings, "packageRules")
    return Evidence(
        tool=TOOL,
        found=tuple(found),
        versions=by_image(_versions(rules)),
        lost=tuple(_lost(rules)),
        delete=(
            (
                "Let Renovate leave the images of the policy alone when you set `mode: active`, and keep the rest: "
                '`{"packageRules": [{"matchDatasources": ["docker"], "matchPackageNames": ["…"], "enabled": false}]}`.'
            ),
        ),
        page="renovate.md",
    )


def _parsed(content: bytes) -> object:
    """Read JSON, and what is common of JSON5: comments on lines of their own and a comma at the end."""
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(_TRAILING.sub(r"\1", _COMMENT.sub("", text))) if text else {}
    except (ValueError, RecursionError):
        return {}


def _versions(rules: Sequence[object]) -> Iterator[tuple[str, Settings]]:
    for rule in rules:
        allowed = text_at(rule, "allowedVersions")
        for name in items_at(rule, "matchPackageNames") if allowed else ():
            try:
                image = str(ImageName.parse(str(name)))
            except ImageError:
                continue
            if allowed.startswith("/") and allowed.endswith("/"):
                yield image, {"tags": quoted(allowed.strip("/"))}
            elif _RANGE.fullmatch(allowed):
                yield image, {"semver": quoted(allowed)}


def _lost(rules: Sequence[object]) -> Iterator[str]:
    if any(at(rule, "minimumReleaseAge") for rule in rules):
        yield "`minimumReleaseAge`: use the gate `min-age`, which counts from when the bot first saw the version."
    if any(at(rule, "groupName") for rule in rules):
        yield "`groupName`: images that are released together are one application (`images: [a, b]`)."
    if any(at(rule, "schedule") for rule in rules):
        yield "`schedule`: use `windows` of the environment."
