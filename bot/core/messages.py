"""The pages and commit messages of a promotion, as its readers see them.

A page is a function of the State alone, never of the time at which it was written: the same State gives the same text,
so that nothing is written when nothing changed.
"""

import hashlib
import re
from collections.abc import Iterable

from bot.core.changes import commit_list, reference
from bot.core.folding import few, fold
from bot.core.gates.protection import IN_QUEUE
from bot.core.gates.question import Purpose, Question
from bot.core.observation import Comment
from bot.core.plan import Message, Severity, Verdict
from bot.core.policy import Merge, MergeMethod
from bot.core.sentences import on_page_sentence, plain_sentence
from bot.core.state import EnvironmentState
from bot.core.text import cell, code, escape, plain
from bot.core.version import Version

SIGNS = {Severity.PASSED: "✅", Severity.WAITING: "⏳", Severity.BLOCKED: "⛔"}
WORDS = {Severity.PASSED: "passed", Severity.WAITING: "waiting", Severity.BLOCKED: "blocked"}
UNASKED = frozenset(
    {
        "not-asked",
        "no-checks-wanted",
        "no-soak-wanted",
        "no-health-wanted",
        "no-approvals-wanted",
        "always-open",
        "latest",
        "no-limit",
    }
)
"""Answers to questions that nobody asks."""
TRANSIENT = frozenset({"not-computed"})
"""Answers that are gone in a moment: no page is written for their sake."""

TRIED = frozenset({"github-refused"})
"""Answers that stop no attempt, for only another attempt can clear them; the check run stands as the others make it."""

MOST_FILES = 100
LONGEST_HEADLINE = 72
LONGEST_TITLE = 240
"""GitHub takes 256 characters in the title of a pull request; the commit that merges it has its number behind."""

_MARK = re.compile(r"<!-- gitops-bot ([0-9a-f]{16}) -->")


def counting(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The answers by which it is decided."""
    return tuple(verdict for verdict in verdicts if verdict.code not in TRIED)


def title(question: Question) -> str:
    """As the policy words it, such as `prod: web v1.4.1 → v1.5.0`; a rollback always says that it is one."""
    present = question.here.version
    words = question.environment.pull_request.title.format_map(
        {
            "environment": question.environment.name,
            "application": question.application.name,
            "from": str(present) if present else "",
            "to": str(question.version),
        }
    )
    back = " (rollback)" if question.purpose is Purpose.ROLLBACK else ""
    return f"{plain(words)[: LONGEST_TITLE - len(back)]}{back}"


def body(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """The pull request's page: what it does, why it waits, who can move it; then all that one may want to look up."""
    parts = [
        _does(question),
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


def headline_line(verdicts: tuple[Verdict, ...]) -> str:
    """The most severe answer, as the first line of a page."""
    worst = _worst(verdicts)
    return line(worst) if worst else "✅ **Every gate passes.**"


def line(verdict: Verdict) -> str:
    """One answer that is not passed, and who can change it."""
    if verdict.severity is Severity.WAITING:
        who = f" It clears by itself; sooner by {_people(verdict)}." if verdict.who else " It clears by itself."
    else:
        who = f" Can be cleared by {_people(verdict)}." if verdict.who else ""
    return f"{SIGNS[verdict.severity]} **{verdict.gate.capitalize()}:** {on_page_sentence(verdict)}.{who}"


def why_nothing(verdicts: tuple[Verdict, ...]) -> str:
    """The same where there is no version to ask the gates about: that all is well is worth its reason too."""
    if _worst(verdicts) is not None:
        return headline_line(verdicts)
    return f"{SIGNS[Severity.PASSED]} {'; '.join(map(on_page_sentence, verdicts))}"


def headline(verdicts: tuple[Verdict, ...], question: Question) -> str:
    """The same as the plain title of a check run, 250 characters at most."""
    worst = _worst(verdicts)
    if worst is None:
        if question.promotion is not None and question.promotion.pull.is_queued:
            return IN_QUEUE
        ending = "" if question.environment.merge is Merge.AUTO else "; a person merges"
        return f"every gate passes{ending}"
    return f"{worst.gate}: {plain_sentence(worst)}"[:250]


def summary(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """The check run's page."""
    return f"{_does(question)}\n\n{headline_line(verdicts)}\n\n{gate_table(verdicts)}"


def gate_table(verdicts: tuple[Verdict, ...]) -> str:
    """All answers, the most severe first; what neither the policy nor the purpose asks shares one line at the end."""
    asked = [verdict for verdict in verdicts if verdict.code not in UNASKED]
    table = _table(sorted(asked, key=lambda verdict: -verdict.severity))
    others = ", ".join(verdict.gate for verdict in verdicts if verdict.code in UNASKED)
    return f"{table}\n\nNothing is asked of: {others}." if others else table


def chain(question: Question) -> str:
    """Such as `dev v1.6.0 → eu v1.6.0, us v1.5.0 → prod v1.5.0`: what is equally far from the registry stands side by side."""
    states, steps = question.state.environments, question.policy.steps
    return " → ".join(", ".join(f"{name} {_shown(states[name].version)}" for name in step) for step in steps)


def superseded(here: EnvironmentState, candidate: Version | None, verdicts: tuple[Verdict, ...]) -> str:
    """Why a promotion is closed, in one sentence."""
    carried = here.promotion.version if here.promotion else None
    if here.version is not None and here.version.is_same(carried):
        return f"Closed: {code(here.name)} has {_shown(carried)} already."
    worst = _worst(verdicts)
    reason = f" **{worst.gate.capitalize()}:** {on_page_sentence(worst)}." if worst else ""
    instead = (
        f" The next one to look at is {_shown(candidate)}." if candidate and not candidate.is_same(carried) else ""
    )
    return f"Closed: {_shown(carried)} is not to come to {code(here.name)} any more.{reason}{instead}"


def replaced_by_rollback(question: Question) -> str:
    """Why a promotion makes way, in one sentence."""
    by = f" by {escape(question.request.by)}" if question.request else ""
    return f"Closed: a rollback to {_shown(question.version)} was requested{by}."


def commit(question: Question) -> Message:
    """The promotion's commit."""
    return Message(title(question), trailers(question))


def merge_commit(question: Question, number: int, *, verdicts: tuple[Verdict, ...] = ()) -> Message:
    """The commit that brings it to the default branch. verdicts: what was overridden stands there with who did, and why."""
    overridden = [
        plain(f"GitOps-Override: {verdict.gate} by {verdict.facts['by']}: {verdict.facts['reason']}")
        for verdict in verdicts
        if verdict.code == "overridden"
    ]
    return Message(f"{title(question)} (#{number})", "\n".join([trailers(question), *overridden]))


def trailers(question: Question) -> str:
    """For `git log` and `git interpret-trailers`; nothing is decided from them."""
    version = question.version
    lines = [
        f"GitOps-Application: {question.application.name}",
        f"GitOps-Environment: {question.environment.name}",
        f"GitOps-Version: {plain(version.tag)}",
        *(f"GitOps-Digest: {plain(image)}@{plain(digest)}" for image, digest in version.digests),
    ]
    if version.source_commit:
        lines.append(f"GitOps-Source-Commit: {plain(version.source_commit)}")
    if question.request:
        lines.append(f"GitOps-Requested-By: {plain(question.request.by)}")
    return "\n".join(lines)


def remembered(question: Question) -> Message:
    """The commit on `gitops-state` that records digests."""
    name, version = question.application.name, question.version
    digests = "\n".join(f"{plain(image)}@{plain(digest)}" for image, digest in version.digests)
    return Message(plain(f"{name} {version} was first seen"), digests)


def recorded(comment: Comment, line: str) -> Message:
    """The commit on `gitops-state` that a command makes."""
    return Message(
        plain(f"{comment.author.login}: {line}")[:LONGEST_HEADLINE],
        f"Comment {comment.database_id} on #{comment.subject_number}.",
    )


def merge_method(question: Question) -> str:
    """The policy's method, or the first that the repository allows where it forbids that one."""
    allowed = question.state.repository.merge_methods
    wanted = question.environment.merge_method.name
    fallback = (method.name for method in MergeMethod if method.name in allowed)
    return wanted if wanted in allowed or not allowed else next(fallback, wanted)


def _does(question: Question) -> str:
    """What the promotion does, in one line, and for whom."""
    name, application, present = question.environment.name, question.application.name, question.here.version
    verb, back = ("Takes", " back") if question.purpose is Purpose.ROLLBACK else ("Moves", "")
    before = f" from {_shown(present)}" if present else ""
    by = f", requested by {escape(question.request.by)}" if question.request else ""
    return f"{verb} **{escape(application)}** in **{escape(name)}**{back}{before} to {_shown(question.version)}{by}."


def _gates(verdicts: tuple[Verdict, ...]) -> str:
    """What people have to know, where it is more than the headline; the rest is folded away."""
    failing = [verdict for verdict in verdicts if verdict.severity is not Severity.PASSED]
    told = failing if len(failing) > 1 else []
    told += [verdict for verdict in verdicts if verdict.code == "overridden"]
    rest = tuple(verdict for verdict in verdicts if verdict not in failing and verdict not in told)
    passed = sum(verdict.code not in UNASKED for verdict in rest)
    open_to_see = _table(sorted(told, key=lambda verdict: -verdict.severity)) if told else ""
    folded = fold(f"✅ {passed} {'gates' if passed > 1 else 'gate'} passed", gate_table(rest)) if passed else ""
    return "\n\n".join(part for part in (open_to_see, folded) if part)


def _table(verdicts: Iterable[Verdict]) -> str:
    rows = [f"| {SIGNS[v.severity]} {WORDS[v.severity]} | {v.gate} | {_cell(v)} |" for v in verdicts]
    return "\n".join(["| | gate | |", "|---|---|---|", *rows])


def _versions(question: Question) -> str:
    present, version = question.here.version, question.version
    rows = [
        f"| {code(image)} | {cell(_with_digest(present, image))} | {cell(_with_digest(version, image))} |"
        for image in question.application.images
    ]
    return "\n".join(["| image | from | to |", "|---|---|---|", *rows])


def _with_digest(version: Version | None, image: str) -> str:
    if version is None:
        return "—"
    digest = version.short_digest(image)
    return f"{code(version.tag)} {code(digest)}" if digest else code(version.tag)


def _stands(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """The headline, with what comes next where nothing is open."""
    headline = headline_line(verdicts)
    if _worst(verdicts) is not None:
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


def _cell(verdict: Verdict) -> str:
    """The sentence, and who can clear it where it does not end in that anyway."""
    sentence, people = on_page_sentence(verdict), _people(verdict)
    told = verdict.severity is Severity.PASSED or sentence.endswith(people)
    return cell(sentence if told else f"{sentence} — {people}")


def _people(verdict: Verdict) -> str:
    return ", or ".join(_with_commands(who) for who in verdict.who)


def _with_commands(words: str) -> str:
    """Escape all but the parts between backticks, which are commands that the bot itself suggests."""
    parts = words.split("`")
    return "".join(code(part) if position % 2 else _keep_edges(part) for position, part in enumerate(parts))


def _keep_edges(words: str) -> str:
    lead = " " if words.startswith(" ") else ""
    tail = " " if words.endswith(" ") and words.strip() else ""
    return f"{lead}{escape(words)}{tail}"


def _worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    failing = [verdict for verdict in verdicts if verdict.severity is not Severity.PASSED]
    return max(failing, key=lambda verdict: verdict.severity) if failing else None


def _shown(version: Version | None) -> str:
    return code(version.name) if version else "—"


def digest(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
