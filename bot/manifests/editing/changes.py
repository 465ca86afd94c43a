"""The new text of each scalar of a reference after an edit, or why the edit is impossible."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.values.images import is_digest, is_tag, version_suffix
from bot.core.values.places import Edit
from bot.manifests.problems import Problem, Refused
from bot.manifests.references.sightings import TAGGED, Kind, Part, Sighting, is_chart_tag

_EDIT = "write the version at the key that the chart or the tool reads, and name that key with `edit` if need be"

_NEW_KEY = {
    "kustomize": "add `newTag` with the present version beside the name",
    "flux": "add `tag` with the present version to `ref`",
}

_TAG_ALONE = "let the policy write the tag alone (`write: tag`)"

_WITHOUT_DIGEST = {
    Kind.CHART_VERSION: ("a chart's version cannot carry a digest", _TAG_ALONE),
    Kind.TAG: ("this tag cannot carry a digest", _TAG_ALONE),
}

_DIGEST_KEY = {"flux": f'add `digest: ""` beside the tag, or {_TAG_ALONE}'}


@dataclass(frozen=True, slots=True)
class Change:
    """The new text of one scalar. value: the whole text, before quoting."""

    part: Part
    value: str


def wanted(sighting: Sighting, edit: Edit) -> Iterator[Change]:
    """Yield the new text of each scalar of a reference. Raises `Refused`."""
    parts = {part.kind: part for part in sighting.parts}
    version, chart, tag = (parts.get(kind) for kind in (Kind.VERSION, Kind.CHART_VERSION, Kind.TAG))
    digest = parts.get(Kind.DIGEST) or parts.get(Kind.HEX_DIGEST)
    _check(sighting, edit)
    if chart is not None and edit.tag is not None:
        yield Change(chart, edit.tag.replace("_", "+"))
    if tag is not None and edit.tag is not None:
        yield Change(tag, edit.tag)
    # A digest replaces the present one; without one it goes to a key of its own, if there is one, else behind the tag.
    behind_tag = version is not None and (version.digest is not None or digest is None)
    if version is not None:
        yield Change(version, _version_text(version, edit, digest=edit.digest if behind_tag else None))
    if digest is not None and edit.digest is not None and (digest.digest is not None or not behind_tag):
        yield Change(digest, _digest_text(digest, edit, edit.digest))


def _digest_text(part: Part, edit: Edit, digest: str) -> str:
    if part.kind is Kind.DIGEST:
        return digest
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256":
        raise _refused(edit, reason="the key holds nothing but SHA-256", advice="push the image with such a digest")
    return value


def _version_text(part: Part, edit: Edit, *, digest: str | None) -> str:
    tag = edit.tag or part.tag
    suffix = version_suffix(tag=tag, digest=digest or part.digest)
    if part.prefix:
        return part.prefix + suffix
    if tag is None and suffix:
        raise _refused(edit, reason="there is no tag to put the digest after", advice="write a tag there first")
    return suffix.removeprefix(":")


def _check(sighting: Sighting, edit: Edit) -> None:
    if (edit.tag is not None and not is_tag(edit.tag)) or (edit.digest is not None and not is_digest(edit.digest)):
        raise _refused(edit, reason="no registry can have this tag and digest", advice="choose another version")
    if edit.tag not in {None, sighting.tag} and edit.digest is None and sighting.digest is not None:
        raise _refused(
            edit,
            reason=f"the reference is pinned to {sighting.digest}, which the new tag would contradict",
            advice="give the digest as well (`write: tag+digest`), or remove it from the file",
        )
    kinds = {part.kind for part in sighting.parts}
    if kinds == {Kind.NAME}:
        raise _refused(
            edit, reason="there is no key that holds a version", advice=_NEW_KEY.get(edit.place.found_by, _EDIT)
        )
    if edit.tag is not None and kinds.isdisjoint(TAGGED):
        advice = "give the digest alone (`write: digest`)" if edit.digest else _EDIT
        raise _refused(edit, reason="there is no key that holds the tag", advice=advice)
    if edit.tag is not None and Kind.CHART_VERSION in kinds and not is_chart_tag(edit.tag):
        raise _refused(edit, reason="this is not the version of a chart", advice="choose one such as 1.4.1")
    if edit.digest is not None and len(kinds) == 1 and not kinds.isdisjoint(_WITHOUT_DIGEST):
        reason, advice = _WITHOUT_DIGEST[sighting.parts[0].kind]
        raise _refused(edit, reason=reason, advice=_DIGEST_KEY.get(edit.place.found_by, advice))


def _refused(edit: Edit, *, reason: str, advice: str) -> Refused:
    seen = f"{edit.place.image}{version_suffix(tag=edit.tag, digest=edit.digest)}"
    return Refused(Problem(line=edit.place.scalars[0].line, seen=seen, reason=reason, advice=advice))
