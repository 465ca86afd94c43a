"""What people read about a drafted policy: in the pull request that proposes it, or in the issue that asks."""

from collections.abc import Iterable, Iterator, Sequence

from bot.core.pages.first_policy import MARKERS
from bot.core.pages.parts.collapsed import few, fold
from bot.core.repository.first_policy import Suggestion, Way
from bot.core.values.text import code, escape
from bot.detection.draft import Draft
from bot.detection.promotions import Promotion

MOST_LINES = 50
LONGEST_POLICY = 40_000
"""Characters of a policy in an issue, which takes 65,536."""
FENCE = "````"


def suggestion(draft: Draft, promotions: Sequence[Promotion]) -> Suggestion | None:
    """Return what to suggest to the people of a repository; None where it is none that manifests are deployed from."""
    detected = draft.detected
    if draft.policy is None:
        asked = detected.is_deployed and bool(detected.read)
        return Suggestion(Way.ISSUE, "", "", _question(draft)) if asked else None
    if detected.is_guess and not detected.is_deployed and (detected.holds_code or not detected.tools):
        return None  # charts and manifests of a program's own repository
    way = Way.PULL_REQUEST if draft.is_sure else Way.ISSUE
    return Suggestion(way, draft.text, _proposal(draft, promotions), _asking(draft, promotions))


def _proposal(draft: Draft, promotions: Sequence[Promotion]) -> str:
    parts = (
        (
            "This adds `.gitops.yml`, found in the manifests of this repository. It is in `mode: observe`: "
            "after the merge, the bot "
            "only writes an issue that says what it would do. `mode: active` lets it open pull requests."
        ),
        _what(draft),
        _first(promotions),
        _section("Please decide", (each.text for each in draft.questions)),
        *_about(draft),
        "Change the file in this pull request as you like. If you close it, the bot does not propose a policy here again.",
        MARKERS[Way.PULL_REQUEST.value],
    )
    return _page(parts)


def _asking(draft: Draft, promotions: Sequence[Promotion]) -> str:
    text = draft.text if len(draft.text) <= LONGEST_POLICY else ""
    policy = f"{FENCE}yaml\n{text}{FENCE}" if text else "Run `gitops-bot init` in a checkout for the whole file."
    parts = (
        "The bot is installed here and has no policy. It found manifests, and is not sure what they say. Please decide:",
        "\n".join(f"- {each.text}" for each in draft.questions),
        _what(draft),
        _first(promotions),
        fold("A policy to start from: `.gitops.yml`".replace("`", ""), policy),
        *_about(draft),
        "Commit a `.gitops.yml` when you know. If you close this issue, the bot does not ask here again.",
        MARKERS[Way.ISSUE.value],
    )
    return _page(parts)


def _question(draft: Draft) -> str:
    parts = (
        (
            "The bot is installed here and has no policy. It found what deploys from here, and no version of an image "
            "that it could promote. Which images should move from environment to environment, and where are their versions?"
        ),
        "\n".join(f"- {each.text}" for each in draft.questions),
        *_about(draft),
        (
            "If a version stands apart from its image's name, `edit` in `.gitops.yml` names the place. "
            "Write the version out where it is a range."
        ),
        "If you close this issue, the bot does not ask here again.",
        MARKERS[Way.ISSUE.value],
    )
    return _page(parts)


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, parts)) + "\n"


def _what(draft: Draft) -> str:
    detected = draft.detected
    rows = (
        f"| {code(each.name)} | {', '.join(map(code, each.after)) or 'the registry'} | "
        f"{'a person opens promotions' if each.is_manual else 'promotions open by themselves'} |"
        for each in detected.environments
    )
    names = [each.application.name for each in detected.released]
    table = "\n".join(("| environment | takes versions from | |", "|---|---|---|", *rows))
    count = "1 application" if len(names) == 1 else f"{len(names)} applications"
    shown = few([f"- {code(name)}" for name in names], most=MOST_LINES)
    return f"**{count}:**\n\n{shown}\n\n{table}"


def _first(promotions: Sequence[Promotion]) -> str:
    if not promotions:
        return (
            "**What it would do first:** nothing. Every environment has what comes before it, as far as the tags tell."
        )
    rows = (
        f"| {code(each.application)} | {code(each.environment)} | {code(each.before)} → {code(each.after)} | "
        f"{code(each.origin) if each.origin != 'registry' else 'the registry'} |"
        for each in promotions
    )
    head = ("**What it would do first**, before soaks, checks and approvals:", "")
    return "\n".join((*head, "| application | environment | version | from |", "|---|---|---|---|", *rows))


def _about(draft: Draft) -> Iterator[str]:
    detected = draft.detected
    yield _section("Found", map(escape, detected.layouts))
    yield _section("Other tools", (said for each in detected.tools for said in each.found))
    yield _section(
        "What to delete, and when", (f"{each.tool}: {said}" for each in detected.tools for said in each.delete)
    )
    yield _section("What no policy carries over", (said for each in detected.tools for said in each.lost))
    left = [f"- {code(image)}: {escape(why)}" for image, why in detected.left.items()]
    if left:
        yield f"**Left out:**\n\n{few(left, most=MOST_LINES)}"


def _section(title: str, lines: Iterable[str]) -> str:
    listed = [f"- {line}" for line in lines]
    return f"**{title}:**\n\n{few(listed, most=MOST_LINES)}" if listed else ""
