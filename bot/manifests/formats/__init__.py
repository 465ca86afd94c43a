"""The table of formats in the order of precedence: if two read the same scalar, the first wins. Markers precede all."""

from bot.manifests.formats import (
    argocd,
    charts,
    compose,
    flux,
    helm,
    imagepolicy,
    jsonpatch,
    kustomize,
    openshift,
    renovate,
    tekton,
    values,
    workloads,
)
from bot.manifests.references.sightings import Format, Marker

FORMATS: tuple[Format, ...] = (
    workloads.FORMAT,
    kustomize.FORMAT,
    argocd.FORMAT,
    flux.FORMAT,
    charts.FORMAT,
    compose.FORMAT,
    openshift.FORMAT,
    tekton.FORMAT,
    jsonpatch.FORMAT,
    helm.FORMAT,
    values.FORMAT,
)

MARKERS: tuple[Marker, ...] = (
    imagepolicy.MARKER,
    renovate.MARKER,
)
