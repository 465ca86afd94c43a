"""gitops-operator: annotations `gitops.operator.*` of Deployments (https://github.com/kainlite/gitops-operator).

It writes the newest commit of the application's repository as the tag, as soon as the registry has it.
"""

import re
from collections.abc import Sequence

from bot.detection.migration.images import image_named
from bot.detection.reading.evidence import Evidence, by_image, counted
from bot.detection.reading.objects import Object
from bot.detection.reading.tree import Tree

TOOL = "gitops-operator"
PREFIX = "gitops.operator."
_REPOSITORY = re.compile(r"[:/](?P<name>[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?$")


def read(_tree: Tree, found: Sequence[Object]) -> Evidence | None:
    """Return what the annotations tell; None where there are none."""
    annotated = [each for each in found if each.annotations.get(f"{PREFIX}enabled", "").strip() == "true"]
    if not annotated:
        return None
    images = {each: image_named(each.annotations.get(f"{PREFIX}image_name", "")) for each in map(_Known, annotated)}
    known = {each: image for each, image in images.items() if image}
    lost = []
    if any(each.says("notifications_secret_name") for each in known):
        lost.append(
            "Its Slack messages: subscribe GitHub's own app for Slack to the manifests repository's pull requests."
        )
    return Evidence(
        tool=TOOL,
        found=(f"{counted(len(annotated), 'Deployment')} with annotations of gitops-operator",),
        images=frozenset(known.values()),
        versions=by_image(
            (image, {"commit": "short" if each.says("tag_type") == "short" else "long"})
            for each, image in known.items()
        ),
        sources={
            image: match["name"]
            for each, image in known.items()
            if (match := _REPOSITORY.search(each.says("app_repository")))
        },
        lost=tuple(lost),
        delete=(
            f'Set `{PREFIX}enabled: "false"` on a Deployment when you set its application to `mode: active`.',
            f"Delete the `{PREFIX}*` annotations, the operator and its SSH key after the first promotion that you like.",
        ),
        page="gitops-operator.md",
    )


class _Known:
    """An annotated object."""

    def __init__(self, each: Object) -> None:
        self.annotations = each.annotations

    def says(self, key: str) -> str:
        """Return one annotation; '' where it is missing."""
        return self.annotations.get(f"{PREFIX}{key}", "").strip()
