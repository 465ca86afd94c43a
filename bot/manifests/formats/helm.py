"""Helm values: a mapping whose siblings name an image and its version.

No schema says what values mean, so the siblings decide, not the name of the mapping: `repository` with `tag` or `digest`
(or `sha`, without its algorithm), `registry` joined before it. `image`, and `name` or `repo` with a slash in it, count as
`repository` where a version is beside them. `version` counts as `tag` where there is none and a registry is named. A tag
alone names no image; it takes an `edit:` entry.
"""

from collections.abc import Iterator

from bot.core.values.images import ImageName
from bot.manifests.parsing.sites import Fields, Site
from bot.manifests.references.names import Named, named_by
from bot.manifests.references.sightings import Format, Sighting, composed, digest_among

NAME = "helm"
_SYNONYMS = ("image", "name", "repo")


def read(site: Site) -> Iterator[Sighting]:
    """Read one mapping such as `{registry: ghcr.io, repository: acme/web, tag: v1, digest: sha256:…}`."""
    sighting = siblings(site, site.fields(), parent=str(site.key_above(0)), found_by=NAME)
    if sighting is not None:
        yield sighting


def siblings(site: Site, fields: Fields, *, parent: str, found_by: str) -> Sighting | None:
    """Return the image that scalars name together, if they do. parent: the key above them."""
    key = _name_key(fields, parent)
    name = None if key is None else fields.get(key)
    if key is None or name is None:
        return None
    plain = named_by("/".join(filter(None, (fields.text("registry"), fields.text(key)))))
    if plain is None:
        return None
    named = Named(names=(*_global_names(site, fields.text(key)), *plain.names), repository=plain.repository)
    digest = digest_among(fields)
    tag = fields.get("tag") or (fields.get("version") if _may_be_version(fields, key, parent) else None)
    return composed(site, found_by=found_by, named=named, name=name, tag=tag, digest=digest)


def _name_key(fields: Fields, parent: str) -> str | None:
    has_version = fields.get("tag") is not None or fields.get("digest") is not None
    if fields.text("repository"):
        # A repository alone can be anything. Below a key that ends in `image`, or beside a registry, it is an image.
        is_image = has_version or _may_be_version(fields, "repository", parent)
        is_image = is_image or bool(fields.text("registry")) or _is_image(parent)
        return "repository" if is_image and _is_bare(fields.text("repository")) else None
    if has_version:
        return next((key for key in _SYNONYMS if _is_synonym(fields, key)), None)
    return "image" if _may_be_version(fields, "image", parent) and _is_bare(fields.text("image")) else None


def _may_be_version(fields: Fields, key: str, parent: str) -> bool:
    """Report whether `version` beside a name is the image's: https://github.com/kumahq/kuma/issues/7657.

    It is rather a chart's where nothing else says that this is an image: no registry, neither apart nor before the name.
    """
    if fields.get("version") is None or fields.get("tag") is not None or key not in {"repository", "image"}:
        return False
    host = fields.text(key).partition("/")[0]
    return _is_image(parent) or bool(fields.text("registry")) or "." in host or ":" in host


def _is_image(parent: str) -> bool:
    return parent.lower().endswith("image")


def _is_synonym(fields: Fields, key: str) -> bool:
    text = fields.text(key)
    return _is_bare(text) and (key == "image" or "/" in text or bool(fields.text("registry")))


def _is_bare(text: str) -> bool:
    """Report whether a name carries no version of its own; if it does, it is a whole reference."""
    return bool(text) and "@" not in text and ":" not in text.rpartition("/")[2]


def _global_names(site: Site, repository: str) -> tuple[ImageName, ...]:
    """Return the name under `global.imageRegistry`, which charts put in the place of `registry` when they render."""
    for ancestor in site.around():
        registry = ancestor.text("global", "imageRegistry")
        if registry and (named := named_by(f"{registry}/{repository}")) is not None:
            return named.names
    return ()


FORMAT = Format(name=NAME, wants=frozenset({"tag", "digest", "repository", "version"}).__contains__, read=read)
