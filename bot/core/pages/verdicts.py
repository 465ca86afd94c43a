"""Verdicts in words: the headline, one line each, and the table of all gates."""

from collections.abc import Iterable

from bot.core.pages.sentences import on_page_sentence
from bot.core.plan import Severity, Verdict
from bot.core.values.text import cell, code, escape

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


def counting(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The answers by which it is decided."""
    return tuple(verdict for verdict in verdicts if verdict.code not in TRIED)


def headline_line(verdicts: tuple[Verdict, ...]) -> str:
    """The most severe answer, as the first line of a page."""
    worst = most_severe(verdicts)
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
    if most_severe(verdicts) is not None:
        return headline_line(verdicts)
    return f"{SIGNS[Severity.PASSED]} {'; '.join(map(on_page_sentence, verdicts))}"


def gate_table(verdicts: tuple[Verdict, ...]) -> str:
    """All answers, the most severe first; what neither the policy nor the purpose asks shares one line at the end."""
    asked = [verdict for verdict in verdicts if verdict.code not in UNASKED]
    table = verdict_table(sorted(asked, key=lambda verdict: -verdict.severity))
    others = ", ".join(verdict.gate for verdict in verdicts if verdict.code in UNASKED)
    return f"{table}\n\nNothing is asked of: {others}." if others else table


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    rows = [f"| {SIGNS[v.severity]} {WORDS[v.severity]} | {v.gate} | {_cell(v)} |" for v in verdicts]
    return "\n".join(["| | gate | |", "|---|---|---|", *rows])


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


def most_severe(verdicts: Iterable[Verdict]) -> Verdict | None:
    failing = [verdict for verdict in verdicts if verdict.severity is not Severity.PASSED]
    return max(failing, key=lambda verdict: verdict.severity) if failing else None
