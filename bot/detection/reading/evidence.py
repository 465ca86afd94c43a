"""What the settings of another tool tell, and what becomes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Settings = Mapping[str, str]
"""Keys of `versions` with their values, as the policy writes them."""


@dataclass(frozen=True, slots=True)
class Step:
    """An environment as another tool orders it. after: those whose versions it takes; none for the registry.

    soak: how long, as a policy writes it, '' for not at all. automatic: whether it takes versions without a person.
    """

    name: str
    after: tuple[str, ...] = ()
    soak: str = ""
    automatic: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one tool's settings tell.

    tool: its name. found: what there is, a sentence each. images: those that it updates. versions: image → each choice of its
    tags. sources: image → the repository it is built from. steps: the way to production. lost: what no policy can say.
    delete: what to delete, and when. page: of the documentation.
    """

    tool: str
    found: tuple[str, ...]
    images: frozenset[str] = frozenset()
    versions: Mapping[str, tuple[Settings, ...]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    lost: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    page: str = ""


def by_image(found: Iterable[tuple[str, Settings]]) -> Mapping[str, tuple[Settings, ...]]:
    """Return the choices of each image, each once. What chooses all releases, as the policy does by default, is left out."""
    chosen: dict[str, list[Settings]] = {}
    for image, settings in found:
        if image and settings and settings not in chosen.setdefault(image, []):
            chosen[image].append(settings)
    return {image: tuple(each) for image, each in chosen.items() if each}


def quoted(text: str) -> str:
    """Return a text as YAML writes it for sure: in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def counted(count: int, noun: str) -> str:
    """Return `1 image`, `2 images`, `3 policies`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
