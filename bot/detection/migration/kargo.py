"""Kargo: `Warehouse` (which images), `Stage` (in which order), `ProjectConfig` (what goes by itself), `PromotionTask`.

https://docs.kargo.io/user-guide/how-to-guides/working-with-stages
"""

import re
from collections.abc import Iterator, Sequence

from bot.core.values.text import code
from bot.detection.migration.images import image_named
from bot.detection.reading.evidence import Evidence, Settings, Step, by_image, counted, quoted
from bot.detection.reading.objects import Object, at, items_at, text_at
from bot.detection.reading.tree import Tree

TOOL = "Kargo"
GROUP = "kargo.akuity.io"
_MAPPED_WORDS = (
    "git-clone git-clear git-commit git-push git-open-pr git-wait-for-pr kustomize-set-image yaml-update helm-update-image "
    "copy kustomize-build helm-template argocd-update"
)
MAPPED = frozenset(_MAPPED_WORDS.split())
"""Steps of promotions whose work the bot, or Argo CD after it, does."""
_DURATION = re.compile(r"(?:(?P<hours>[0-9]+)h)?(?:(?P<minutes>[0-9]+)m)?(?:0?s)?")


def read(_tree: Tree, found: Sequence[Object]) -> Evidence | None:
    """Return what Kargo's objects tell; None where there are none."""
    ours = [each for each in found if each.group == GROUP]
    if not ours:
        return None
    by_kind = {kind: [each for each in ours if each.kind == kind] for kind in _KINDS}
    subscribed = [
        image
        for each in by_kind["Warehouse"]
        for subscription in each.items("spec", "subscriptions")
        if (image := at(subscription, "image"))
    ]
    named = {image_named(text_at(each, "repoURL")): each for each in subscribed}
    named.pop("", None)
    counts = ((len(each), kind) for kind, each in by_kind.items())
    return Evidence(
        tool=TOOL,
        found=tuple(f"{counted(count, kind)} of Kargo" for count, kind in counts if count),
        images=frozenset(named),
        versions=by_image((image, _settings(each)) for image, each in named.items()),
        steps=tuple(_steps(by_kind["Stage"], _automatic(ours))),
        lost=tuple(_lost(by_kind["Warehouse"], [*by_kind["Stage"], *by_kind["PromotionTask"]])),
        delete=(
            (
                "Set `autoPromotionEnabled: false` for a Stage when you set its environment to `mode: active`: both would "
                "write the same version."
            ),
            "Delete the Stages, Warehouses and the Project after the first promotion through every environment.",
        ),
        page="kargo.md",
    )


_KINDS = ("Warehouse", "Stage", "PromotionTask")


def _settings(image: object) -> Settings:
    settings: dict[str, str] = {}
    constraint = text_at(image, "constraint") or text_at(image, "semverConstraint")
    match text_at(image, "imageSelectionStrategy"):
        case "Lexical":
            settings["alphabetical"] = "last"
        case "NewestBuild":
            settings["newest"] = "created"
        case "Digest":
            settings["digest"] = constraint or "latest"
        case _ if constraint:
            settings["semver"] = quoted(constraint)
    patterns = [text_at(image, "allowTags"), *map(str, items_at(image, "allowTagsRegexes"))]
    pattern = next(filter(None, patterns), "")
    if pattern:
        settings["tags"] = quoted(pattern)
    ignored = items_at(image, "ignoreTags")
    if ignored:
        settings["ignore"] = f"[{', '.join(quoted(str(each)) for each in ignored)}]"
    if text_at(image, "platform"):
        settings["platforms"] = f"[{text_at(image, 'platform')}]"
    return settings


def _steps(stages: Sequence[Object], automatic: frozenset[str] | None) -> Iterator[Step]:
    known = {each.name for each in stages}
    for each in stages:
        requests = each.items("spec", "requestedFreight")
        after = [str(name) for request in requests for name in items_at(request, "sources", "stages")]
        soak = next((text_at(request, "sources", "requiredSoakTime") for request in requests), "")
        yield Step(
            each.name,
            tuple(name for name in dict.fromkeys(after) if name in known),
            _duration(soak),
            automatic=automatic is None or each.name in automatic,
        )


def _automatic(ours: Sequence[Object]) -> frozenset[str] | None:
    """Return the Stages that take Freight by themselves; None where nothing says which."""
    said = [
        policy
        for each in ours
        if each.kind in {"ProjectConfig", "Project"}
        for policy in each.items("spec", "promotionPolicies")
    ]
    if not said:
        return None
    wanted = (policy for policy in said if text_at(policy, "autoPromotionEnabled") == "true")
    return frozenset(text_at(each, "stage") or text_at(each, "stageSelector", "name") for each in wanted)


def _duration(text: str) -> str:
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return ""
    hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m")) if count)


def _lost(warehouses: Sequence[Object], promoting: Sequence[Object]) -> Iterator[str]:
    for each in warehouses:
        for subscription in each.items("spec", "subscriptions"):
            git = text_at(subscription, "git", "repoURL")
            chart = text_at(subscription, "chart", "repoURL")
            if git:
                yield f"Warehouse {code(each.name)} also promotes commits of {code(git)}: the bot promotes images."
            if chart:
                yield f"Warehouse {code(each.name)} promotes the chart {code(chart)}: the bot does if a registry (OCI) has it."
    steps = {
        text_at(step, "uses")
        for each in promoting
        for keys in (("spec", "promotionTemplate", "spec", "steps"), ("spec", "steps"))
        for step in each.items(*keys)
    }
    others = sorted(step for step in steps - MAPPED if step)
    if others:
        yield (
            f"Steps of promotions that the bot does not have: {', '.join(map(code, others))}. Run "
            f"them in CI on the pull request."
        )
    if any(at(each.body, "spec", "verification") for each in promoting):
        yield "Verifications by AnalysisTemplates: let the analysis report a commit status, and name it under `health`."
