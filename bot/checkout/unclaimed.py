"""Folders and references to images that no application claims."""

from collections.abc import Iterable, Iterator

from bot.checkout.contents import Contents
from bot.checkout.planned import PlannedRow, Unclaimed
from bot.checkout.tree import Tree
from bot.core.policy import Environment, Policy
from bot.core.policy.file.inheritance.merging import PLACEHOLDER
from bot.core.policy.paths import filled
from bot.manifests import Sighting

NO_APPLICATION = "no application uses it"


def unclaimed_references(contents: Contents, policy: Policy, rows: Iterable[PlannedRow]) -> Iterator[Unclaimed]:
    """Yield every reference in the checkout that no promotion of any application would write or leave unchanged.

    An application's image without a version, as in a Kustomize base, is no version that anybody could forget.
    """
    owners = {image: name for name, each in policy.applications.items() for image in each.images}
    claimed = set(_claimed(rows))
    for path, file in contents.manifests.items():
        for seen in contents.locator.sightings(file.blob_id):
            if (path, seen.parts[0].scalar.line) not in claimed:
                found = _unclaimed(path, seen, owners)
                if found.reason == NO_APPLICATION or found.tag or found.digest:
                    yield found


def unclaimed_folders(tree: Tree, policy: Policy, rows: Iterable[PlannedRow]) -> Iterator[Unclaimed]:
    """Yield the folders in which an application's environment would be, and in which nothing refers to its image.

    rows: of every application that is listed or was found.
    """
    for row in rows:
        environment = None if row.used else policy.of(row.application).environments.get(row.environment)
        if environment is None:
            continue  # it is used, or the policy says that it is not
        images = ", ".join(policy.applications[row.application].images)
        for path in _own_paths(environment, row.application):
            if next(tree.below(path), None) is not None:
                yield Unclaimed(path, f"nothing in it refers to {images}")


def _own_paths(environment: Environment, application: str) -> Iterator[str]:
    """Yield the environment's paths that are this application's alone."""
    for _, path in environment.included:
        if PLACEHOLDER in path:
            yield filled(path, environment, application)


def _claimed(rows: Iterable[PlannedRow]) -> Iterator[tuple[str, int]]:
    for row in rows:
        for place in row.places:
            for scalar in place.scalars:
                yield place.path, scalar.line
        for mention in row.left:
            yield mention.path, mention.line


def _unclaimed(path: str, seen: Sighting, owners: dict[str, str]) -> Unclaimed:
    names = [str(name) for name in seen.names] or [seen.repository or ""]
    owner = next((owners[name] for name in names if name in owners), "")
    reason = f"{owner} has this image, and none of its environments reaches the file" if owner else NO_APPLICATION
    return Unclaimed(path, reason, seen.parts[0].scalar.line, names[0], seen.tag, seen.digest)
