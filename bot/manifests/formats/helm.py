"""Helm values: a mapping whose siblings name an image and its version.

No schema says what values mean, so the siblings decide, not the name of the mapping: `repository` with `tag` or `digest`,
`registry` joined before it. `image`, and `name` or `repo` with a slash in it, count as `repository` where a version stands
beside them. A tag alone names no image; it takes an `edit:` entry.
"""

from collections.abc import Iterator

from bot.core.images import ImageName
from bot.manifests.sightings import Format, Named, Sighting, Site, composed, named_by

NAME = "helm"
_SYNONYMS = ("image", "name", "repo")


def read(site: Site) -> Iterator[Sighting]:
    """One mapping such as `{registry: ghcr.io, repository: acme/web, tag: v1, digest: sha256:…}`."""
    key = _name_key(site)
    if key is None:
        return
    plain = named_by("/".join(filter(None, (site.text("registry"), site.text(key)))))
    if plain is None:
        return
    named = Named(names=(*_global_names(site, key), *plain.names), repository=plain.repository)
    yield composed(site, found_by=NAME, named=named, name=key, tag="tag", digest="digest")


def _name_key(site: Site) -> str | None:
    has_version = site.scalar("tag") is not None or site.scalar("digest") is not None
    if site.text("repository"):
        # A repository alone may be anything; below a key that ends in `image`, or beside a registry, it is an image.
        is_image = has_version or bool(site.text("registry")) or str(site.key_above(0)).lower().endswith("image")
        return "repository" if is_image and _is_bare(site.text("repository")) else None
    if not has_version:
        return None
    return next((key for key in _SYNONYMS if _is_synonym(site, key)), None)


def _is_synonym(site: Site, key: str) -> bool:
    text = site.text(key)
    return _is_bare(text) and (key == "image" or "/" in text or bool(site.text("registry")))


def _is_bare(text: str) -> bool:
    """Whether a name carries no version of its own; if it does, it is a whole reference."""
    return bool(text) and "@" not in text and ":" not in text.rpartition("/")[2]


def _global_names(site: Site, key: str) -> tuple[ImageName, ...]:
    """The name under `global.imageRegistry`, which charts put in the place of `registry` when they render."""
    for ancestor in site.ancestors():
        registry = Site(site.tree, ancestor).text("global", "imageRegistry")
        if registry and (named := named_by(f"{registry}/{site.text(key)}")) is not None:
            return named.names
    return ()


FORMAT = Format(name=NAME, wants=frozenset({"tag", "digest", "repository"}).__contains__, read=read)
