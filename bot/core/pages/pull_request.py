"""The pages and commit messages of a promotion, as its readers see them.

A page is a function of the State alone, never of the time at which it was written: the same State gives the same text,
so that nothing is written when nothing changed.
"""

import hashlib
import re

from bot.core.gates.question import Purpose, Question
from bot.core.pages.collapsed import few, fold
from bot.core.pages.source_commits import commit_list, reference
from bot.core.pages.verdicts import UNASKED, gate_table, headline_line, most_severe, verdict_table
from bot.core.pages.versions import shown, with_digest
from bot.core.plan import Severity, Verdict
from bot.core.values.text import cell, code, escape

MOST_FILES = 100

_MARK = re.compile(r"<!-- gitops-bot ([0-9a-f]{16}) -->")


def body(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """The pull request's page: what it does, why it waits, who can move it; then all that one may want to look up."""
    parts = [
        what_it_does(question),
        _stands(question, verdicts),
        _gates(verdicts),
        _versions(question),
        _source(question),
        commit_list(question),
        f"**Environments:** {chain(question)}",
        _files(question),
        _commands(question),
    ]
    text = "\n\n".join(part for part in parts if part)
    return f"{text}\n\n<!-- gitops-bot {digest(text)} -->"


def differs(present: str, wanted: str) -> bool:
    """What GitHub shows is not what we would write. A page that a person edited is theirs until it has to change anyway."""
    marks, own = _MARK.findall(present), _MARK.findall(wanted)
    if not own:
        return present.strip() != wanted.strip()
    # The last one is ours; whatever looks like one further up was quoted from somewhere.
    return not marks or marks[-1] != own[-1]


def chain(question: Question) -> str:
    """Such as `dev v1.6.0 → eu v1.6.0, us v1.5.0 → prod v1.5.0`: what is equally far from the registry stands side by side."""
    states, steps = question.state.environments, question.policy.steps
    return " → ".join(", ".join(f"{name} {shown(states[name].version)}" for name in step) for step in steps)


def what_it_does(question: Question) -> str:
    """What the promotion does, in one line, and for whom."""
    name, application, present = question.environment.name, question.application.name, question.here.version
    verb, back = ("Takes", " back") if question.purpose is Purpose.ROLLBACK else ("Moves", "")
    before = f" from {shown(present)}" if present else ""
    by = f", requested by {escape(question.request.by)}" if question.request else ""
    return f"{verb} **{escape(application)}** in **{escape(name)}**{back}{before} to {shown(question.version)}{by}."


def _gates(verdicts: tuple[Verdict, ...]) -> str:
    """What people have to know, where it is more than the headline; the rest is folded away."""
    failing = [verdict for verdict in verdicts if verdict.severity is not Severity.PASSED]
    told = failing if len(failing) > 1 else []
    told += [verdict for verdict in verdicts if verdict.code == "overridden"]
    rest = tuple(verdict for verdict in verdicts if verdict not in failing and verdict not in told)
    passed = sum(verdict.code not in UNASKED for verdict in rest)
    open_to_see = verdict_table(sorted(told, key=lambda verdict: -verdict.severity)) if told else ""
    folded = fold(f"✅ {passed} {'gates' if passed > 1 else 'gate'} passed", gate_table(rest)) if passed else ""
    return "\n\n".join(part for part in (open_to_see, folded) if part)


def _versions(question: Question) -> str:
    present, version = question.here.version, question.version
    rows = [
        f"| {code(image)} | {cell(with_digest(present, image))} | {cell(with_digest(version, image))} |"
        for image in question.application.images
    ]
    return "\n".join(["| image | from | to |", "|---|---|---|", *rows])


def _stands(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """The headline, with what comes next where nothing is open."""
    headline = headline_line(verdicts)
    if most_severe(verdicts) is not None:
        return headline
    if question.promotion is None:
        return "✅ **Every gate of the policy passes.** GitHub's own rules are looked at next."
    queued = " It is in GitHub's merge queue, which merges it when its turn comes."
    return f"{headline}{queued}" if question.promotion.pull.is_queued else headline


def _source(question: Question) -> str:
    source, commit_oid = question.application.source, question.version.source_commit
    return f"Built from {reference(source.repository, commit_oid)}." if source and commit_oid else ""


def _files(question: Question) -> str:
    places = (f"- {code(f'{place.path}:{place.scalars[0].line}')}" for place in question.here.places)
    return f"**Changes:**\n\n{few(list(dict.fromkeys(places)), most=MOST_FILES)}"


def _commands(question: Question) -> str:
    environment = question.environment.name
    return f"<sub>`/why` · `/hold` · `/promote {environment}` · `/rollback {environment}` · `/help`</sub>"


def digest(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
