"""The table of formats, in the order of trust: of two that read the same scalar, the first counts. Markers come before all."""

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
