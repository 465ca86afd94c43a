"""The table of formats, in the order of trust: where two read the same scalar, the first counts."""

from bot.manifests.formats import argocd, charts, compose, flux, helm, kustomize, values, workloads
from bot.manifests.sightings import Format

FORMATS: tuple[Format, ...] = (
    workloads.FORMAT,
    kustomize.FORMAT,
    argocd.FORMAT,
    flux.FORMAT,
    charts.FORMAT,
    compose.FORMAT,
    helm.FORMAT,
    values.FORMAT,
)
