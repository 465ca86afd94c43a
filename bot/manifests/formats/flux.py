"""Flux: `OCIRepository`, and the chart of a `HelmRelease` whose `HelmRepository` is in the same file.

https://fluxcd.io/flux/components/source/ocirepositories/ (a digest takes precedence over a range, a range over a tag) and
https://fluxcd.io/flux/components/helm/helmreleases/. `ref.tag` cannot carry a digest, which has a key of its own
(https://github.com/fluxcd/source-controller/issues/2019). The values of a HelmRelease are read as any Helm values are, and
the images of a Flux Kustomization as Kustomize's.
"""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.names import Named, named_by_url
from bot.manifests.references.sightings import Format, Kind, Sighting, composed, sighting

NAME = "flux"


def read(site: Site) -> Iterator[Sighting]:
    """Read the spec of an OCIRepository, or the chart template of a HelmRelease."""
    yield from _oci_repository(site)
    yield from _chart(site)


def _oci_repository(site: Site) -> Iterator[Sighting]:
    url = site.slot("url")
    named = named_by_url(site.text("url"))
    if url is None or named is None or site.node("ref") is None:
        return
    semver = site.slot("ref", "semver")
    if semver is not None and site.text("ref", "semver") and not site.text("ref", "digest"):
        problem = site.tree.problem(semver.node, "a range decides which version runs", "write the version as `tag`")
        yield sighting(site, [problem], found_by=NAME, named=named, slots=[url, semver])
        return
    tag, digest = site.slot("ref", "tag"), site.slot("ref", "digest")
    yield composed(site, found_by=NAME, named=named, name=url, tag=tag, digest=digest, kind=Kind.TAG)


def _chart(site: Site) -> Iterator[Sighting]:
    chart, version = site.slot("chart"), site.slot("version")
    named = None if chart is None else _chart_name(site)
    if chart is not None and version is not None and named is not None:
        yield composed(site, found_by=NAME, named=named, name=chart, tag=version, digest=None, kind=Kind.CHART_VERSION)


def _chart_name(site: Site) -> Named | None:
    source = site.text("sourceRef", "name")
    if site.text("sourceRef", "kind") != "HelmRepository" or not source:
        return None
    for number, root in enumerate(site.tree.roots):
        repository = Site(site.tree, (None, number, root))
        if repository.text("kind") == "HelmRepository" and repository.text("metadata", "name") == source:
            return named_by_url(repository.text("spec", "url"), site.text("chart"))
    return None


FORMAT = Format(name=NAME, wants=frozenset({"ref", "sourceRef"}).__contains__, read=read)
