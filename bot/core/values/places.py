"""Where a version stands in a file, and what to write there.

`manifests` finds places and renders edits. The State carries the places, and `decide` names the edits. Only `manifests`
sees a file's bytes.
"""

from dataclasses import dataclass

TEXT = -1
"""Stands for the document where a file is read as text, by a pattern."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One YAML scalar, or part of any text, that holds a tag, a digest, or a whole reference.

    document: the document of the stream, from 0; `TEXT` for part of a text.
    key_path: keys and list positions from that document's root; in a text, the pattern and the number of its match.
    line: from 1, for people.
    start, end: offsets in code points of the decoded UTF-8 text, around the value without quotes, anchors and tags.
    """

    document: int
    key_path: tuple[str | int, ...]
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Override:
    """What a Kustomization's `images` entry replaces in the manifests that it lists.

    name: the image's name as those manifests write it. Kustomize compares it as text.
    reach: files and folders that it applies to, from the repository's root; '' is the root.
    """

    name: str
    reach: tuple[str, ...]

    def applies_to(self, path: str) -> bool:
        """Report whether a file is one of those that the Kustomization lists, or lies in a listed folder."""
        return any(not folder or path == folder or path.startswith(f"{folder}/") for folder in self.reach)


@dataclass(frozen=True, slots=True)
class Place:
    """One image reference in one blob: everything needed to show it and to change it in these very bytes.

    image: the normalised name, such as `ghcr.io/acme/web` or `docker.io/library/nginx`.
    found_by: how it was recognised, such as `workload`, `kustomize` or `helm`; people read this word.
    tag, digest: what the reference says now, or None.
    scalars: what makes up the reference, in the order of the file (a Kustomize entry can have `newTag` and `digest`).
    entry: the key path or the pattern by which the policy's `edit` names it; None where it was found by the image's name.
    spelling: the image's name as the file writes it; '' where several scalars make up the name.
    holds_tag: a key for the tag is there, empty or not. Without it, only a digest can be written.
    aside: no format reads it (an environment variable, an argument, a file in a text). It follows the other references
    where it agrees with them, and is left unchanged where it does not.
    repeats: it repeats the tag of the image beside it, and never gets a digest.
    override: for a Kustomization's `images` entry, what it replaces.
    """

    path: str
    blob_id: str
    image: str
    found_by: str
    tag: str | None
    digest: str | None
    scalars: tuple[Scalar, ...]
    entry: str | None = None
    spelling: str = ""
    holds_tag: bool = True
    aside: bool = False
    repeats: bool = False
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of an image that a promotion leaves unchanged.

    line: from 1. seen: the mention, such as `ghcr.io/acme/web:v1.4.1`. reason: why it is left unchanged, a clause.
    """

    path: str
    line: int
    seen: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reference that cannot be read or changed without guessing; becomes a `blocked` verdict.

    line: from 1, or 0 for the whole file. seen: what the file says. advice: what a person can do about it.
    """

    path: str
    line: int
    seen: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Make the reference at `place` say this version. None keeps that part as it is."""

    place: Place
    tag: str | None
    digest: str | None
