"""Every reason code with its sentence. `{fact}` is plain words, `{fact:c}` a value such as a version or a name; what stands
in `[brackets]` is left out where one of its facts is empty.

Each gate brings its own sentences in its file; here are only those that belong to no single one.
"""

from collections import ChainMap
from collections.abc import Mapping

from bot.core.gates import GATES, refused
from bot.core.plan import Verdict
from bot.core.values.text import in_line, on_page

SHARED = {
    # given by more than one gate, or for any of them
    "not-asked": "not asked of a {purpose}",
    "overridden": "overridden by {by}: {reason}; it would say: {otherwise}",
    "no-pull": "GitHub judges it once there is a pull request",
    "asked-for": "{version:c} was asked for by name",
    "first-version": "there is no version that could be read before it",
    # why there is no candidate
    "up-to-date": "{present:c} is the newest version it can have",
    "paths-untouched": "{present:c} is the newest version it can have: the commit of {tag:c} changes nothing that source.paths "
    "names",
    "ahead": "{by} set it to {present:c}, which {before:c} never had, and what is newer than that comes",
    "incomplete": "{version:c} is not complete yet: {missing:c} does not have it",
    "source-red": "the newest commit of {repository}, {commit:c}, failed {checks:c}, and no image of it came",
    "nothing-yet": "no version can come here yet",
    "image-unknown": "the registry does not know {image:c}",
    "built-apart": "the images were not built from one commit yet: {built}",
    "revision-unknown": "{image:c} does not say which commit it was built from, so nobody knows what belongs together",
    "too-many-tags": "{count} tags would have to be asked when they were built, and {most} is the most",
    "history-unreadable": "cannot read the history of {repository}, which orders the versions: {why}",
}

SENTENCES: Mapping[str, str] = dict(
    ChainMap(SHARED, dict(refused.SENTENCES), *(dict(gate.sentences) for gate in GATES))
)


def on_page_sentence(verdict: Verdict) -> str:
    """The verdict's sentence for a Markdown page."""
    return on_page(SENTENCES[verdict.code], verdict.facts)


def plain_sentence(verdict: Verdict) -> str:
    """The verdict's sentence for a terminal or a title."""
    return in_line(SENTENCES[verdict.code], verdict.facts)
