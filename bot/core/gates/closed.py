"""closed: no gate of the policy, but another App's closing of this very promotion, after which the bot waits a day.

| newest past promotion            | carried       | requested        | verdict                 |
|----------------------------------|---------------|------------------|-------------------------|
| closed by another App, lately    | this version  | no, or before it | waiting `closed-by-app` |
| closed by another App, lately    | this version  | after it         | none                    |
| closed by another App, a day ago |               |                  | none                    |
| ended in another way             |               |                  | none                    |

A close by a machine rejects nothing. Without the wait, the two would close and open the promotion without end.
"""

from datetime import datetime, timedelta

from bot.core.gates.question import Question, moment, waiting
from bot.core.people.rights import who_may
from bot.core.plan import Verdict
from bot.core.policy import Right
from bot.core.state import EnvironmentState, PastPromotion

NAME = "closed"
SENTENCES = {
    "closed-by-app": "{by}, another App, closed {number:c}, which rejects nothing; the bot opens a new pull request at {until}"
}
A_DAY = timedelta(days=1)


def judge(question: Question) -> Verdict | None:
    """Return why this promotion is not opened yet, if another App closed it lately."""
    past, request = newest(question.here), question.request
    if question.promotion is not None or past is None or not past.by_machine:
        return None
    until = returns_at(past)
    carried = past.version is None or question.version.is_same(past.version)  # in doubt it is the same
    if not carried or question.now >= until or (request is not None and request.at > past.closed_at):
        return None
    people = who_may(Right.PROMOTE, question.environment.permissions, question.application.owners)
    line = f"/promote {question.environment.name} {question.application.name}@{question.version.name}"
    by = past.ended_by.login if past.ended_by else ""
    return waiting(
        NAME,
        "closed-by-app",
        who=(f"{people}, using `{line}`",) if people.words else (),
        again_at=until,
        by=by,
        number=f"#{past.number}",
        until=moment(until),
    )


def newest(here: EnvironmentState) -> PastPromotion | None:
    """Return the past promotion that ended last."""
    return max(here.past, key=lambda each: each.closed_at, default=None)


def returns_at(past: PastPromotion) -> datetime:
    """Return when a promotion that another App closed is opened again."""
    return past.closed_at + A_DAY
