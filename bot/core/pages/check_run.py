"""The check run `gitops/promotion`: its title and its summary."""

from bot.core.gates.question import Question
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.pages.parts.verdicts import gate_table, headline_line, most_severe
from bot.core.pages.pull_request import what_it_does
from bot.core.plan import Verdict
from bot.core.policy import Merge


def headline(verdicts: tuple[Verdict, ...], question: Question) -> str:
    """Return the most severe answer as the plain title of a check run, 250 characters at most."""
    worst = most_severe(verdicts)
    if worst is None:
        if question.promotion is not None and question.promotion.pull.is_queued:
            return "every gate passes; it is in the merge queue"
        ending = "" if question.environment.merge is Merge.AUTO else "; a person merges"
        return f"every gate passes{ending}"
    return f"{worst.gate}: {plain_sentence(worst)}"[:250]


def summary(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """Return the check run's page: what the promotion does, the most severe answer, and all gates."""
    return f"{what_it_does(question)}\n\n{headline_line(verdicts)}\n\n{gate_table(verdicts)}"
