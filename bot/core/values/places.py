"""Where a version stands in a file, and what to write there.

`manifests` finds places and renders edits; the State carries the places; `decide` names the edits. Nobody but
`manifests` ever sees a file's bytes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scalar:
    """One YAML scalar that holds a tag, a digest, or a whole reference.

    document: which document of the stream, from 0.
    key_path: keys and list positions from that document's root.
    line: from 1, for people.
    start, end: code points into the strictly decoded UTF-8 text, around the value without quotes, anchors and tags.
    """

    document: int
    key_path: tuple[str | int, ...]
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """One image reference in one blob: everything needed to show it, and to change it in these very bytes.

    image: the normalised name, such as `ghcr.io/acme/web` or `docker.io/library/nginx`.
    found_by: how it was recognised, such as `workload`, `kustomize` or `helm`; a word people read.
    tag, digest: what the reference says now; None where it says nothing.
    scalars: what makes the reference, in the order of the file (a Kustomize entry may have `newTag` and `digest`).
    entry: the key path by which people named it, as they wrote it; None where it was found by looking.
    """

    path: str
    blob_id: str
    image: str
    found_by: str
    tag: str | None
    digest: str | None
    scalars: tuple[Scalar, ...]
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reference that cannot be read or changed without guessing; becomes a `blocked` verdict.

    line: from 1, or 0 for the whole file. seen: what stands there. advice: what a person can do about it.
    """

    path: str
    line: int
    seen: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Make the reference at `place` say this version. None leaves that part as it stands."""

    place: Place
    tag: str | None
    digest: str | None
