"""When a promotion's head is built again, and when it makes way for another pull request."""

from bot.core.gates.question import Purpose, Question
from bot.core.observation.pull_request import Mergeable, PullRequest
from bot.core.pages.parts.verdicts import counting
from bot.core.plan import Severity, Verdict
from bot.core.promotion.edits import edits_for, writes
from bot.core.state import Promotion
from bot.core.values.places import Edit

REBUILD_CODES = frozenset({"conflict", "behind"})


def must_rebuild(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> bool:
    """Return whether the head must be rebuilt.

    It must if it would not write the version everywhere, if it conflicts, if its files have moved, and last, if GitHub
    wants it up to date.
    """
    edits = edits_for(question)
    if promotion.strangers or not edits:
        return False
    # For a moment after a push GitHub shows the branch moved and the pull request's files not yet.
    outdated = promotion.outdated and promotion.pull.mergeable is not Mergeable.UNKNOWN
    if outdated or not question.version.is_same(promotion.version) or _misses_a_file(edits, promotion.pull):
        return True
    others = [verdict for verdict in counting(verdicts) if verdict.severity is not Severity.PASSED]
    codes = {verdict.code for verdict in others if verdict.gate == "protection"}
    return "conflict" in codes or (bool(codes & REBUILD_CODES) and len(others) == 1)


def _misses_a_file(edits: tuple[Edit, ...], pull: PullRequest) -> bool:
    """Return whether the default branch has a reference in a file that the promotion does not change."""
    return not pull.files_unread and any(writes(edit) and edit.place.path not in pull.changed_paths for edit in edits)


def must_replace(question: Question, promotion: Promotion) -> bool:
    """Return whether a rollback needs its own pull request: approvals are never inherited."""
    return question.purpose is Purpose.ROLLBACK and not question.version.is_same(promotion.version)
