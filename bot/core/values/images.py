"""OCI image references as values: parsed by the grammar that container runtimes use, compared in one normal form.

The grammar and the Docker Hub rules are those of https://github.com/distribution/reference (`reference.go`,
`normalize.go`). Two spellings of one image compare equal once parsed: `nginx` is `docker.io/library/nginx`. Only Docker
Hub has the `library/` rule. Host names are compared without case, since DNS has none.
"""

import re
from dataclasses import dataclass

MAX_NAME = 255

MAX_REFERENCE = MAX_NAME + 1 + 128 + 1 + len("sha512:") + 128

_DOCKER_HUB = "docker.io"

_DOCKER_HUB_SPELLINGS = frozenset({"docker.io", "index.docker.io"})

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"

_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?")

_PATH = re.compile(
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*",
)

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")

# Runtimes read 64 hexadecimal digits, and a digest alone, as an image id, so no repository may be called that.
_IMAGE_ID = re.compile(r"[a-f0-9]{64}")


class ImageError(ValueError):
    """Not an image reference; the message says what was seen and what was expected."""


@dataclass(frozen=True, slots=True, order=True)
class ImageName:
    """An image without its version, in normal form.

    registry: host and port in lower case, such as `ghcr.io`, `localhost:5000` or `[::1]:5000`.
    repository: the path below it, such as `acme/web`; on Docker Hub never without a namespace.
    """

    registry: str
    repository: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}"

    @property
    def last_segment(self) -> str:
        """Return what every spelling of this name ends with; a cheap way to see that a text cannot mention it."""
        return self.repository.rpartition("/")[2]

    @classmethod
    def parse(cls, text: str) -> "ImageName":
        """Read a name in any spelling. Raises `ImageError`, also for a name that carries a tag or a digest."""
        reference = Reference.parse(text)
        if reference.tag is not None or reference.digest is not None:
            raise ImageError(
                f"{_shown(text)} carries a version; expected only the image's name, such as {reference.name}"
            )
        return reference.name


@dataclass(frozen=True, slots=True)
class Reference:
    """An image with what its reference says about the version.

    tag, digest: None where the reference says nothing; nothing is invented, not even `latest`.
    spelling: the name as it was written, which is a prefix of the parsed text.
    """

    name: ImageName
    tag: str | None
    digest: str | None
    spelling: str

    def __str__(self) -> str:
        return f"{self.name}{version_suffix(tag=self.tag, digest=self.digest)}"

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read `[host[:port]/]path[:tag][@digest]`. Raises `ImageError`."""
        if len(text) > MAX_REFERENCE:
            raise ImageError(f"{_shown(text)} has {len(text)} characters; a reference has at most {MAX_REFERENCE}")
        named, has_digest, digest = text.partition("@")
        if has_digest and not is_digest(digest):
            raise ImageError(f"{_shown(text)} has no digest after the @; expected sha256: and 64 hexadecimal digits")
        spelling, tag = _split_tag(named)
        if tag is not None and not is_tag(tag):
            raise ImageError(
                f"{_shown(text)} has no tag after the colon; expected up to 128 letters, digits, '_', '.' and '-'"
            )
        return cls(name=_name(spelling, seen=text), tag=tag, digest=digest or None, spelling=spelling)


def is_tag(text: str) -> bool:
    """Report whether this may stand after the colon: `[A-Za-z0-9_]`, then up to 127 of `[A-Za-z0-9_.-]`."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Report whether this is a complete digest of an algorithm that the OCI image specification registers."""
    return _DIGEST.fullmatch(text) is not None


def normalise(text: str) -> str:
    """Return the name in the form in which names are compared. Raises `ImageError`."""
    return str(ImageName.parse(text))


def version_suffix(*, tag: str | None, digest: str | None) -> str:
    """Return what follows the name in a reference: `:tag`, `@digest`, both or nothing."""
    return (f":{tag}" if tag is not None else "") + (f"@{digest}" if digest is not None else "")


def _split_tag(named: str) -> tuple[str, str | None]:
    """Split off the tag: it follows the last colon after the last slash. An earlier colon belongs to a port."""
    path_start = named.rfind("/") + 1
    colon = named.rfind(":", path_start)
    return (named, None) if colon < 0 else (named[:colon], named[colon + 1 :])


def _name(spelling: str, *, seen: str) -> ImageName:
    first, slash, rest = spelling.partition("/")
    if slash and _is_host(first):
        if _HOST.fullmatch(first) is None:
            raise ImageError(f"{_shown(seen)} has no valid registry before the first slash")
        # A host that only its capital letters make one would be a path without them.
        registry, path = (first.lower() if _is_host(first.lower()) else first), rest
    else:
        registry, path = _DOCKER_HUB, spelling
    if registry in _DOCKER_HUB_SPELLINGS:
        registry = _DOCKER_HUB
        path = path if "/" in path else f"library/{path}"
    if _PATH.fullmatch(path) is None or _IMAGE_ID.fullmatch(spelling) is not None or (not slash and is_digest(seen)):
        raise ImageError(
            f"{_shown(seen)} is not an image; expected [host[:port]/]path[:tag][@digest] with the path in lower case"
        )
    if len(registry) + 1 + len(path) > MAX_NAME:
        raise ImageError(f"{_shown(seen)} has a name longer than {MAX_NAME} characters")
    return ImageName(registry=registry, repository=path)


def _is_host(first: str) -> bool:
    """Docker's rule: a first part with a dot, a colon or an upper-case letter, or `localhost`, is a registry."""
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
