"""Why a promotion is closed, in one sentence."""

from bot.core.gates.question import Question
from bot.core.pages.parts.sentences import on_page_sentence
from bot.core.pages.parts.verdicts import most_severe
from bot.core.pages.parts.versions import shown
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState
from bot.core.values.text import code, escape
from bot.core.values.version import Version


def superseded(here: EnvironmentState, candidate: Version | None, verdicts: tuple[Verdict, ...]) -> str:
    """Return why the bot closes a promotion that no longer applies."""
    carried = here.promotion.version if here.promotion else None
    if here.version is not None and here.version.is_same(carried):
        return f"Closed: {code(here.name)} already runs {shown(carried)}."
    worst = most_severe(verdicts)
    reason = f" **{worst.gate.capitalize()}:** {on_page_sentence(worst)}." if worst else ""
    if candidate and not candidate.is_same(carried):
        return f"Closed: {shown(carried)} is superseded by {shown(candidate)}.{reason}"
    return f"Closed: {shown(carried)} can no longer be promoted to {code(here.name)}.{reason}"


def replaced_by_rollback(question: Question) -> str:
    """Return why a promotion makes way for a rollback."""
    by = f" by {escape(question.request.by)}" if question.request else ""
    return f"Closed: a rollback to {shown(question.version)} was requested{by}."
