"""When our check run on a promotion is created anew instead of being updated.

GitHub leaves a completed run as it is when somebody presses "Re-run", and clears its suite; the App creates another run then.
A run that has not been completed for fourteen days becomes `stale`, however often it was updated.

https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run
https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites
"""

from datetime import datetime, timedelta

from bot.core.gates.protection import OWN_CHECK
from bot.core.gates.question import Question
from bot.core.observation.commits import Outcome, Report
from bot.core.plan import CheckOutcome

OLD = timedelta(days=12)
"""How long a run may be running."""
A_MOMENT, LONGER = timedelta(minutes=1), timedelta(hours=1)
"""How old a run must be to be created again: GitHub may still show the suite as it was. The longer time is for a run that was
created because of "Re-run": should its suite stay cleared for good, the bot does not go on creating runs."""
AGAIN = " again"
"""The external id of a run ends so if it was created because of "Re-run"."""


def is_created_anew(present: Report, outcome: CheckOutcome, now: datetime) -> bool:
    """Return whether another run takes the place of this one. outcome: what it has to say."""
    if is_due(present, now):
        return True
    return outcome is CheckOutcome.RUNNING and present.since is not None and now - present.since >= OLD


def is_due(present: Report, now: datetime) -> bool:
    """Return whether people want this run again, and the bot did not just write it."""
    return present.asked_again and (present.at is None or now - present.at >= _rest(present))


def _rest(present: Report) -> timedelta:
    return LONGER if present.says.endswith(AGAIN) else A_MOMENT


def due_at(question: Question) -> datetime | None:
    """Return when to look again because of the promotion's check run; None if nothing is to be expected."""
    if question.promotion is None:
        return None
    present = question.state.repository.own_report(question.promotion.pull.head.reports, OWN_CHECK)
    if present is None:
        return None
    if present.asked_again and present.at is not None:
        return max(present.at + _rest(present), question.now)
    if present.outcome is Outcome.PENDING and present.since is not None:
        return max(present.since + OLD, question.now)
    return None
