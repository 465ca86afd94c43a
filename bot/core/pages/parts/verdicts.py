"""Verdicts in words: the headline, one line each, and the table of all gates."""

from collections.abc import Iterable
from functools import lru_cache

from bot.core.pages.parts.sentences import SENTENCES, on_page_sentence
from bot.core.plan import Severity, Verdict
from bot.core.values.text import cell, code, escape

SIGNS = {Severity.PASSED: "✅", Severity.WAITING: "⏳", Severity.BLOCKED: "⛔"}

WORDS = {Severity.PASSED: "passed", Severity.WAITING: "waiting", Severity.BLOCKED: "blocked"}

UNASKED = frozenset(
    {
        "not-asked",
        "no-checks-wanted",
        "no-soak-wanted",
        "no-age-wanted",
        "no-health-wanted",
        "no-approvals-wanted",
        "always-open",
        "latest",
        "no-limit",
        "no-pull",
    }
)
"""Answers of gates that the policy does not configure, or that do not apply to the purpose, or not yet."""

UNTIL_PULL = frozenset({"no-pull", "approvals-wanted"})
"""Answers about a pull request that does not exist. They stop nothing, and nobody can clear them."""

TRANSIENT = frozenset({"not-computed"})
"""Answers that change in a moment: no page is written for them."""

TRIED = frozenset({"github-refused", "github-limit", "github-paused"})
"""Answers that stop no attempt, because only another attempt or GitHub's limits can clear them. The check run ignores them."""


def counting(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Return the answers that decide whether a promotion merges."""
    return tuple(verdict for verdict in verdicts if verdict.code not in TRIED)


def headline_line(verdicts: tuple[Verdict, ...]) -> str:
    """Return the most severe answer, as the first line of a page."""
    worst = most_severe(verdicts)
    return line(worst) if worst else "✅ **Every gate passes.**"


def line(verdict: Verdict) -> str:
    """Return one answer that is not passed, and who can change it."""
    if verdict.code in UNTIL_PULL:
        who = ""
    elif verdict.severity is Severity.WAITING:
        who = (
            f" Clears automatically. Can be skipped by {people(verdict)}." if verdict.who else " Clears automatically."
        )
    else:
        who = f" Can be cleared by {people(verdict)}." if verdict.who else ""
    return f"{SIGNS[verdict.severity]} **{verdict.gate.capitalize()}:** {on_page_sentence(verdict)}.{who}"


def why_nothing(verdicts: tuple[Verdict, ...]) -> str:
    """Return the same where there is no version to ask the gates about: that all is well needs its reason too."""
    if most_severe(verdicts) is not None:
        return headline_line(verdicts)
    sentences = "; ".join(map(on_page_sentence, verdicts))
    if SENTENCES[verdicts[0].code][0].isalpha():  # a fact, such as a login, keeps its own spelling
        sentences = f"{sentences[0].upper()}{sentences[1:]}"
    return f"{SIGNS[Severity.PASSED]} {sentences}"


def gate_table(verdicts: tuple[Verdict, ...]) -> str:
    """Return all answers, the most severe first; gates that are not configured or do not apply share lines at the end."""
    asked = [verdict for verdict in verdicts if verdict.code not in UNASKED]
    table = verdict_table(sorted(asked, key=lambda verdict: -verdict.severity))
    unset = ", ".join(each.gate for each in verdicts if each.code in UNASKED - {"not-asked", "no-pull"})
    notes = [f"Not configured: {unset}."] if unset else []
    for reason in ("not-asked", "no-pull"):
        exempt = [verdict for verdict in verdicts if verdict.code == reason]
        if exempt:
            notes.append(f"{on_page_sentence(exempt[0]).capitalize()}: {', '.join(each.gate for each in exempt)}.")
    return "\n\n".join([table, *notes])


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    """Return answers as the rows of a table, in the order given."""
    rows = [_row(each.severity, each.gate, each.code, tuple(each.facts.items()), each.who) for each in verdicts]
    return "\n".join(["| | gate | |", "|---|---|---|", *rows])


@lru_cache(maxsize=4096)
def _row(severity: Severity, gate: str, reason: str, facts: tuple[tuple[str, str], ...], who: tuple[str, ...]) -> str:
    """Return an answer's sentence, and who can clear it unless the sentence ends with that.

    Cached as sentences are: the check run and the status comment have the same rows.
    """
    sentence = on_page_sentence(Verdict(gate, severity, reason, dict(facts)))
    cleared = "" if severity is Severity.PASSED or not who else _people(who)
    if cleared and not sentence.endswith(cleared):
        sentence = f"{sentence} — {cleared}"
    return f"| {SIGNS[severity]} {WORDS[severity]} | {gate} | {cell(sentence)} |"


def people(verdict: Verdict) -> str:
    """Return who can clear it, as Markdown."""
    return _people(verdict.who)


@lru_cache(maxsize=1024)
def _people(who: tuple[str, ...]) -> str:
    return ", or ".join(map(_with_commands, who))


def _with_commands(words: str) -> str:
    """Escape all but the parts between backticks, which are commands that the bot itself suggests."""
    parts = words.split("`")
    return "".join(code(part) if position % 2 else _keep_edges(part) for position, part in enumerate(parts))


def _keep_edges(words: str) -> str:
    lead = " " if words.startswith(" ") else ""
    tail = " " if words.endswith(" ") and words.strip() else ""
    return f"{lead}{escape(words)}{tail}"


def most_severe(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the first of the most severe answers that are not passed; None where all are."""
    failing = [verdict for verdict in verdicts if verdict.severity is not Severity.PASSED]
    return max(failing, key=lambda verdict: verdict.severity) if failing else None
