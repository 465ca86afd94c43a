"""How the repository is laid out: which tools deploy what stands in it. A sentence each, for people."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.detection.reading.evidence import counted
from bot.detection.reading.objects import Object
from bot.detection.reading.tree import Tree

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CODE = re.compile(r"(?:.*[.])?(?:Dockerfile|Containerfile)(?:[.].*)?")
_KINDS = (
    ("argoproj.io", "ApplicationSet", "Argo CD"),
    ("argoproj.io", "Application", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", "Flux"),
    ("helm.toolkit.fluxcd.io", "HelmRelease", "Flux"),
    ("apps.openshift.io", "DeploymentConfig", "OpenShift"),
    ("image.openshift.io", "ImageStream", "OpenShift"),
    ("route.openshift.io", "Route", "OpenShift"),
)
DEPLOYED_BY = frozenset({"argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"})
"""The groups of objects that say that this repository is deployed from."""


def layouts(tree: Tree, found: Sequence[Object]) -> tuple[str, ...]:
    """Return what there is, most telling first."""
    return tuple(_layouts(tree, found))


def is_deployed(found: Sequence[Object]) -> bool:
    """Report whether Argo CD or Flux deploys from here."""
    return any(each.group in DEPLOYED_BY for each in found)


def holds_code(tree: Tree) -> bool:
    """Report whether the repository builds what it deploys."""
    return any(_CODE.fullmatch(posixpath.basename(path)) for path in tree.paths)


def _layouts(tree: Tree, found: Sequence[Object]) -> Iterator[str]:
    kinds = Counter((each.group, each.kind) for each in found)
    for group, kind, tool in _KINDS:
        if kinds[group, kind]:
            yield f"{tool}: {counted(kinds[group, kind], kind)}"
    names = Counter(posixpath.basename(path) for path in tree.paths)
    helmfiles = sum(count for name, count in names.items() if name.startswith("helmfile.y"))
    if helmfiles or any(part.startswith("helmfile.d/") for part in tree.paths):
        yield f"helmfile: {counted(helmfiles, 'file')}"
    kustomizations = sum(names[name] for name in _KUSTOMIZATIONS)
    if kustomizations:
        yield f"Kustomize: {counted(kustomizations, 'kustomization')}"
    if names["Chart.yaml"]:
        yield f"Helm: {counted(names['Chart.yaml'], 'chart')}"
    if holds_code(tree):
        yield "Code and manifests are in one repository."
