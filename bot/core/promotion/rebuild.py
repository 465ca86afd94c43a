"""When a promotion's head is built again, and when it makes way for another pull request."""

from bot.core.gates.question import Purpose, Question
from bot.core.observation.pull_request import Mergeable, PullRequest
from bot.core.pages.verdicts import counting
from bot.core.plan import Severity, Verdict
from bot.core.promotion.edits import edits_for, writes
from bot.core.state import Promotion
from bot.core.values.places import Edit

REBUILD_CODES = frozenset({"conflict", "behind"})


def must_rebuild(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> bool:
    """The head is rebuilt when it would not write what it says everywhere, when it conflicts, when its files are elsewhere
    now, and last, when GitHub wants it up to date."""
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
    """A reference came to the default branch in a file that the promotion leaves alone."""
    known = pull.changed_files <= len(pull.changed_paths)
    return known and any(writes(edit) and edit.place.path not in pull.changed_paths for edit in edits)


def must_replace(question: Question, promotion: Promotion) -> bool:
    """A rollback gets a pull request of its own: approvals are never inherited."""
    return question.purpose is Purpose.ROLLBACK and not question.version.is_same(promotion.version)
