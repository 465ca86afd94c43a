"""Why a promotion is closed, in one sentence."""

from bot.core.gates.question import Question
from bot.core.pages.sentences import on_page_sentence
from bot.core.pages.verdicts import most_severe
from bot.core.pages.versions import shown
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState
from bot.core.values.text import code, escape
from bot.core.values.version import Version


def superseded(here: EnvironmentState, candidate: Version | None, verdicts: tuple[Verdict, ...]) -> str:
    """Why a promotion is closed, in one sentence."""
    carried = here.promotion.version if here.promotion else None
    if here.version is not None and here.version.is_same(carried):
        return f"Closed: {code(here.name)} has {shown(carried)} already."
    worst = most_severe(verdicts)
    reason = f" **{worst.gate.capitalize()}:** {on_page_sentence(worst)}." if worst else ""
    instead = f" The next one to look at is {shown(candidate)}." if candidate and not candidate.is_same(carried) else ""
    return f"Closed: {shown(carried)} is not to come to {code(here.name)} any more.{reason}{instead}"


def replaced_by_rollback(question: Question) -> str:
    """Why a promotion makes way, in one sentence."""
    by = f" by {escape(question.request.by)}" if question.request else ""
    return f"Closed: a rollback to {shown(question.version)} was requested{by}."
