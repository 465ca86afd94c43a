"""The description of a promotion's pull request: what it is. The status comment says where it is now.

A page is a function of the State alone, never of the time at which it was written: the same State gives the same text,
so that nothing is written when nothing changed.
"""

import hashlib
import re

from bot.core.gates.question import Purpose, Question
from bot.core.pages.parts.collapsed import few
from bot.core.pages.parts.left_unchanged import left_unchanged
from bot.core.pages.parts.source_commits import commit_list, reference, source_name
from bot.core.pages.parts.versions import shown, with_digest
from bot.core.policy import Merge
from bot.core.values.text import cell, code, escape

MOST_FILES = 100

_MARK = re.compile(r"<!-- gitops-bot ([0-9a-f]{16}|ended) -->")
_ENDED = "<!-- gitops-bot ended -->"
_BOT_MERGES, _PERSON_MERGES = (
    f"{who} merges this pull request when every gate passes; the check `gitops/promotion` has them all."
    for who in ("The bot", "A person")
)


def body(question: Question) -> str:
    """Return the description: what changes, from which commits, in which files, who merges it, and the commands."""
    parts = [
        what_it_does(question),
        _versions(question),
        _passed_through(question),
        _source(question),
        commit_list(question),
        _files(question),
        left_unchanged(question),
        _who_merges(question),
        _commands(question),
    ]
    text = "\n\n".join(part for part in parts if part)
    return f"{text}\n\n<!-- gitops-bot {digest(text)} -->"


def differs(present: str, wanted: str) -> bool:
    """Return whether GitHub shows something else than we would write.

    A page that a person edited stays as they left it until it has to change anyway.
    """
    marks, own = _MARK.findall(present), _MARK.findall(wanted)
    if not own:
        return present.strip() != wanted.strip()
    # The last one is ours; whatever looks like one further up was quoted from somewhere.
    return not marks or marks[-1] != own[-1]


def with_ending(present: str, sentence: str) -> str | None:
    """Return the description with how the promotion ended, in place of who merges it.

    None where it says so already, and where no mark of ours is left: then a person wrote the whole text.
    """
    marks = list(_MARK.finditer(present))
    if not marks or marks[-1][0] == _ENDED:
        return None
    before, after = present[: marks[-1].start()].rstrip(), present[marks[-1].end() :]
    # GitHub's editor writes \r\n.
    parts = before.replace("\r\n", "\n").split("\n\n")
    places = [number for number, part in enumerate(parts) if part in (_BOT_MERGES, _PERSON_MERGES)]
    if places:
        parts[places[-1]] = sentence
    else:
        parts.append(sentence)
    return "\n\n".join([*parts, _ENDED]) + after


def what_it_does(question: Question) -> str:
    """Return what the promotion does, in one line, and who requested it."""
    name, application, present = question.environment.name, question.application.name, question.here.version
    verb, back = ("Takes", " back") if question.purpose is Purpose.ROLLBACK else ("Moves", "")
    before = f" from {shown(present)}" if present else ""
    by = f", requested by {escape(question.request.by)}" if question.request else ""
    return f"{verb} **{escape(application)}** in **{escape(name)}**{back}{before} to {shown(question.version)}{by}."


def _versions(question: Question) -> str:
    present, version = question.here.version, question.version
    rows = [
        f"| {code(image)} | {cell(with_digest(present, image))} | {cell(with_digest(version, image))} |"
        for image in question.application.images
    ]
    return "\n".join(["| image | from | to |", "|---|---|---|", *rows])


def _passed_through(question: Question) -> str:
    """Return which environments the application does not use, so that nobody looks for the version there."""
    names = ", ".join(map(code, question.policy.unused))
    return f"Not used by {code(question.application.name)}: {names}. Versions pass through." if names else ""


def _source(question: Question) -> str:
    source, commit_oid = source_name(question), question.version.source_commit
    return f"Built from {reference(source, commit_oid)}." if source and commit_oid else ""


def _files(question: Question) -> str:
    places = (f"- {code(f'{place.path}:{place.scalars[0].line}')}" for place in question.here.places)
    return f"**Changes:**\n\n{few(list(dict.fromkeys(places)), most=MOST_FILES)}"


def _who_merges(question: Question) -> str:
    return _BOT_MERGES if question.environment.merge is Merge.AUTO else _PERSON_MERGES


def _commands(question: Question) -> str:
    environment = question.environment.name
    return f"<sub>`/why` · `/hold` · `/promote {environment}` · `/rollback {environment}` · `/help`</sub>"


def digest(text: str) -> str:
    """Return a fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
