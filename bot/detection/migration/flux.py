"""Flux image automation: `ImagePolicy`, `ImageRepository`, `ImageUpdateAutomation` and `$imagepolicy` markers.

https://fluxcd.io/flux/components/image/imagepolicies/. `numerical` and `alphabetical` sort ascending by default, so that the
last one is the newest. `filterTags.extract` names the group that is compared.
"""

import re
from collections.abc import Iterator, Sequence

from bot.core.values.text import code
from bot.detection.migration.images import image_named
from bot.detection.reading.evidence import Evidence, Settings, by_image, counted, quoted
from bot.detection.reading.objects import Object, text_at
from bot.detection.reading.tree import Tree, lines_with

TOOL = "Flux image automation"
GROUP = "image.toolkit.fluxcd.io"
_EXTRACT = re.compile(r"\$\{?(?P<group>[A-Za-z0-9_]+)\}?")


def read(tree: Tree, found: Sequence[Object]) -> Evidence | None:
    """Return what Flux's objects and markers tell; None where there are none."""
    ours = [each for each in found if each.group == GROUP]
    markers = list(lines_with(tree, b"$imagepolicy"))
    if not ours and not markers:
        return None
    repositories = {
        each.name: image_named(each.text("spec", "image")) for each in ours if each.kind == "ImageRepository"
    }
    policies = [each for each in ours if each.kind == "ImagePolicy"]
    automations = [each for each in ours if each.kind == "ImageUpdateAutomation"]
    named = (
        (repositories.get(each.text("spec", "imageRepositoryRef", "name"), ""), _settings(each)) for each in policies
    )
    counts = (
        (len(policies), "ImagePolicy"),
        (len(repositories), "ImageRepository"),
        (len(automations), "ImageUpdateAutomation"),
        (len(markers), "marker"),
    )
    return Evidence(
        tool=TOOL,
        found=tuple(f"{counted(count, noun)} of Flux" for count, noun in counts if count),
        images=frozenset(filter(None, repositories.values())),
        versions=by_image(named),
        lost=tuple(_lost(policies, automations)),
        delete=(
            (
                "Suspend each `ImageUpdateAutomation` (`spec.suspend: true`) when you set `mode: active`: two tools would "
                "write the same lines."
            ),
            (
                "Delete the `image.toolkit.fluxcd.io` objects after the first promotion that you like. The `$imagepolicy` "
                "markers can stay."
            ),
        ),
        page="flux.md",
    )


def _settings(policy: Object) -> Settings:
    """Return the same choice of tags as keys of `versions`; nothing where it is all releases, as by default."""
    settings: dict[str, str] = {}
    semver = policy.text("spec", "policy", "semver", "range")
    if semver and semver != "*":
        settings["semver"] = quoted(semver)
    if text_at(policy.body, "spec", "policy", "numerical", "order"):
        settings["numeric"] = "lowest" if policy.text("spec", "policy", "numerical", "order") == "desc" else "highest"
    if text_at(policy.body, "spec", "policy", "alphabetical", "order"):
        descending = policy.text("spec", "policy", "alphabetical", "order") == "desc"
        settings["alphabetical"] = "first" if descending else "last"
    pattern = policy.text("spec", "filterTags", "pattern")
    if pattern:
        settings["tags"] = quoted(_compared(pattern, policy.text("spec", "filterTags", "extract")))
    if policy.text("spec", "digestReflectionPolicy") in {"Always", "IfNotPresent"}:
        settings["write"] = "tag+digest"
    return settings


def _compared(pattern: str, extract: str) -> str:
    """Return the pattern in which the group that Flux compares is called `version`."""
    match = _EXTRACT.fullmatch(extract)
    return pattern.replace(f"(?P<{match['group']}>", "(?P<version>") if match else pattern


def _lost(policies: Sequence[Object], automations: Sequence[Object]) -> Iterator[str]:
    for each in policies:
        extract = each.text("spec", "filterTags", "extract")
        if extract and _EXTRACT.fullmatch(extract) is None:
            yield f"ImagePolicy {code(each.name)} compares {code(extract)}, of several groups. Name one group `version`."
    for each in automations:
        branch = each.text("spec", "git", "push", "branch")
        if branch:
            yield (
                f"ImageUpdateAutomation {code(each.name)} pushes to {code(branch)}. The bot opens a pull request for each "
                f"promotion instead."
            )
