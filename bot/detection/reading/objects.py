"""Kubernetes objects that steer a delivery: Argo CD's, Flux's, Kargo's. Only what is asked for is read of them.

Every value is text, as it stands in the file. What is not YAML, such as a template, has no objects.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bot.detection.reading.tree import Tree, is_candidate
from bot.manifests.parsing.limits import check_size
from bot.manifests.problems import Unreadable

_STEERING = re.compile(
    rb"""^[
    -]*apiVersion:\s*["']?(?:argoproj\.io|argocd-image-updater\.argoproj\.io|[a-z]+\.toolkit\.fluxcd\.io|kargo\.akuity\.io"""
    rb"""|[a-z]+\.openshift\.io)/|gitops\.operator\.""",
    re.MULTILINE,
)
_MOST_MERGES = 100


@dataclass(frozen=True, slots=True)
class Object:
    """One object. group: the API group of its version, '' for the core's. body: mappings, lists and texts."""

    path: str
    group: str
    kind: str
    name: str
    body: object

    def text(self, *keys: str) -> str:
        """Return the text at these keys; '' where there is none."""
        return text_at(self.body, *keys)

    def items(self, *keys: str) -> tuple[object, ...]:
        """Return the list at these keys; nothing where there is none."""
        return items_at(self.body, *keys)

    @property
    def annotations(self) -> Mapping[str, str]:
        """Return the object's annotations."""
        found = at(self.body, "metadata", "annotations")
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def objects(tree: Tree) -> tuple[Object, ...]:
    """Return the objects of these tools, in the order of the files."""
    return tuple(
        each
        for path in sorted(tree.contents)
        if is_candidate(path) and _STEERING.search(tree.contents[path]) is not None
        for each in _objects_in(path, tree.contents[path])
    )


def at(node: object, *keys: str) -> object:
    """Return what stands below a node at these keys; None where nothing does."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def text_at(node: object, *keys: str) -> str:
    """Return the text there; '' where there is none, or something else."""
    found = at(node, *keys)
    return found if isinstance(found, str) and found not in {"null", "~"} else ""


def items_at(node: object, *keys: str) -> tuple[object, ...]:
    """Return the items of the list there; nothing where there is none."""
    found = at(node, *keys)
    return tuple(found) if isinstance(found, list) else ()


def documents_in(content: bytes) -> list[object]:
    """Return the documents of a file, all values as text; none where it is no YAML, too large or without bounds."""
    try:
        check_size(content)
        if content.count(b"<<:") > _MOST_MERGES:
            return []
        return list(yaml.load_all(content.decode("utf-8"), Loader=yaml.CBaseLoader))
    except (yaml.YAMLError, UnicodeDecodeError, Unreadable, RecursionError, TypeError, ValueError):
        return []


def _objects_in(path: str, content: bytes) -> Iterator[Object]:
    for document in documents_in(content):
        kind = text_at(document, "kind")
        if kind:
            group = text_at(document, "apiVersion").rpartition("/")[0]
            yield Object(path, group, kind, text_at(document, "metadata", "name"), document)
