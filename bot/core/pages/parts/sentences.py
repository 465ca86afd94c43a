"""Every reason code with its sentence.

`{fact}` is plain words, `{fact:c}` a value such as a version or a name, `{fact:u}` a link. Text in `[brackets]` is left out
if one of its facts is empty. Each gate has its sentences in its own file; here are those that belong to no single gate.
"""

from collections import ChainMap
from collections.abc import Mapping

from bot.core.gates import GATES, budget, closed, refused
from bot.core.plan import Verdict
from bot.core.selection import builds
from bot.core.values.text import in_line, on_page

SHARED = {
    # given by more than one gate, or for any of them
    "not-asked": "does not apply to a {purpose}",
    "overridden": "overridden by {by}: {reason}; without the override: {otherwise}",
    "no-pull": "does not apply until there is a pull request",
    "asked-for": "{version:c} was requested by name",
    "first-version": "no earlier version could be read",
    # why there is no candidate
    "up-to-date": "up to date ({present:c})",
    "paths-untouched": "up to date ({present:c}): the commit of {tag:c} changes nothing in source.paths",
    "ahead": "{by} set it to {present:c}, which {before:c} never had; only a newer version is promoted",
    "incomplete": "{version:c} is incomplete: {missing:c} does not have it",
    "nothing-yet": "no version is available yet",
    "image-unknown": "the registry does not know {image:c}",
    "built-apart": "the images are not all built from the same commit yet: {built}",
    "revision-unknown": "{image:c} does not say which commit it was built from, so it is unknown which images "
    "belong together",
    "too-many-tags": "{count} tags would need their build time read, and the limit is {most}; narrow the policy's tags",
    "no-build-times": "cannot tell which version is newest: {tag:c} {why}",
    "history-unreadable": "cannot read the history of {repository}, which orders the versions: {why}",
}

SENTENCES: Mapping[str, str] = dict(
    ChainMap(
        SHARED,
        dict(builds.SENTENCES),
        dict(refused.SENTENCES),
        dict(budget.SENTENCES),
        dict(closed.SENTENCES),
        *(dict(gate.sentences) for gate in GATES),
    )
)


def on_page_sentence(verdict: Verdict) -> str:
    """Return the verdict's sentence for a Markdown page."""
    return on_page(SENTENCES[verdict.code], verdict.facts)


def plain_sentence(verdict: Verdict) -> str:
    """Return the verdict's sentence for a terminal or a title."""
    return in_line(SENTENCES[verdict.code], verdict.facts)
