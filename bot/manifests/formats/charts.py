"""Charts by exact version: Kustomize's `helmCharts`, and the dependencies of a `Chart.yaml`.

Only charts in registries are images. A dependency is pinned a second time, by digest, in `Chart.lock`, so it takes
`helm dependency update` to change it; it is shown, and refused.
"""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.names import named_by_url
from bot.manifests.references.sightings import Format, Kind, Sighting, composed, sighting

NAME = "chart"


def read(site: Site) -> Iterator[Sighting]:
    """Read one entry of `helmCharts` or `dependencies`."""
    name, version = site.slot("name"), site.slot("version")
    if name is None or version is None:
        return
    if site.key_above(1) == "helmCharts":
        named = named_by_url(site.text("repo"), site.text("name"))
        if named is not None:
            yield composed(
                site, found_by=NAME, named=named, name=name, tag=version, digest=None, kind=Kind.CHART_VERSION
            )
    elif site.key_above(1) == "dependencies":
        named = named_by_url(site.text("repository"), site.text("name"))
        if named is not None:
            problem = site.tree.problem(
                version.node,
                "Chart.lock pins this dependency as well",
                "run `helm dependency update` and commit both files",
            )
            yield sighting(site, [problem], found_by=NAME, named=named, slots=[name, version])


FORMAT = Format(name=NAME, wants=frozenset({"version"}).__contains__, read=read)
