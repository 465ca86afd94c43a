"""What `init` tells: what it found, what it wrote, what it could not tell, and what to do next."""

from collections.abc import Iterable, Iterator

from bot.cli.output import Line, counted, line
from bot.core.policy import MAIN
from bot.detection import Addition, Draft

MOST_LEFT = 10


def described(found: Draft) -> list[Line]:
    """Return what was written, and what a person should know about it."""
    detected = found.detected
    applications = counted(len(detected.released), "application")
    environments = " → ".join(each.name for each in detected.environments)
    return [
        line((f"Wrote {MAIN}", "bold"), f": {applications} in {environments}. It is in `mode: observe`."),
        *_section("Found", detected.layouts),
        *_section("Other tools", (said for each in detected.tools for said in each.found)),
        *_section("What no policy carries over", (said for each in detected.tools for said in each.lost)),
        *_section(
            "What to delete, and when", (f"{each.tool}: {said}" for each in detected.tools for said in each.delete)
        ),
        *_section("Left out", _left(found)),
        *_section("Please decide", (each.text for each in found.questions)),
        line(),
        line("Next: read the file, then run `gitops-bot plan`."),
    ]


def nothing_found(found: Draft) -> list[Line]:
    """Return why there is nothing to write."""
    detected = found.detected
    if not detected.read:
        return [line("There are no manifests here: no YAML or JSON file that could name an image.")]
    files = counted(detected.read, "file")
    return [
        line(f"Nothing was written: in {files}, no image of your own has a version that could be promoted."),
        *_section("Found", detected.layouts),
        *_section("Other tools", (said for each in detected.tools for said in each.found)),
        *_section("Left out", _left(found)),
        *_section("Please decide", (each.text for each in found.questions)),
        line(),
        line("If a version is written apart from its image's name, write the policy by hand: docs/policy.md, `edit`."),
    ]


def added(addition: Addition, name: str) -> list[Line]:
    """Return what was added."""
    where = ", ".join(addition.environments) or "no environment of the policy yet"
    return [
        line((f"Added {name} to {MAIN}", "bold"), f": {where}."),
        *(line(f"  {text}") for text in addition.added.splitlines()),
        line(f"Next: run `gitops-bot plan --application {name}`."),
    ]


def _left(found: Draft) -> Iterator[str]:
    left = list(found.detected.left.items())
    for image, why in left[:MOST_LEFT]:
        yield f"{image} {why}" if why.startswith(("is ", "stands ")) else f"{image}: {why}"
    if len(left) > MOST_LEFT:
        yield f"{len(left) - MOST_LEFT} more images"


def _section(title: str, lines: Iterable[str]) -> Iterator[Line]:
    texts = [text.replace("`", "") if title == "Please decide" else text for text in lines]
    if texts:
        yield line()
        yield line((title, "bold"))
        yield from (line(f"  {text}") for text in texts)
