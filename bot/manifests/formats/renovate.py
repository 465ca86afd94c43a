"""Renovate's comments: `# renovate: datasource=docker depName=ghcr.io/acme/web` before or behind a value.

https://docs.renovatebot.com/modules/manager/regex/#advanced-capture shows the common form. Only images count, not charts from
a Helm repository or releases on GitHub.
"""

import re
from collections.abc import Iterator

from bot.core.values.images import ImageError, ImageName
from bot.manifests.parsing.comments import Values
from bot.manifests.parsing.tree import Tree
from bot.manifests.references.sightings import Marker, Sighting, by_look

NAME = "renovate marker"

_SIGN = "renovate:"
_COMMENT = re.compile(r"#[ \t]*renovate:[ \t]*(?P<options>[^\r\n]*)")
_OPTION = re.compile(r"(?P<key>datasource|depName|packageName)=(?P<value>\S+)")


def read(tree: Tree) -> Iterator[Sighting]:
    """Read the value of each comment."""
    values = Values(tree)
    for match in _COMMENT.finditer(tree.text):
        image = _image(match["options"])
        value = None if image is None else values.before(match.start()) or values.after(match.start())
        if image is not None and value is not None:
            yield by_look(*value, image, found_by=NAME)


def _image(options: str) -> ImageName | None:
    said = {match["key"]: match["value"] for match in _OPTION.finditer(options)}
    if said.get("datasource") != "docker":
        return None
    try:
        return ImageName.parse(said.get("packageName") or said.get("depName", ""))
    except ImageError:
        return None


MARKER = Marker(name=NAME, sign=_SIGN, read=read)
