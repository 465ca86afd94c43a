"""hold: nobody holds the application, the environment, or all; and no open issue has the label `gitops/hold`.

| records        | held now   | purpose     | verdict                            |
|----------------|------------|-------------|------------------------------------|
| cannot be read |            | rollback    | passed `records-in-doubt` (said)   |
| cannot be read |            | other       | blocked `records-unreadable`       |
| readable       | no         |             | passed `not-held`                  |
| readable       | yes        | rollback    | passed `held-not-obeyed` (said)    |
| readable       | yes        | other       | blocked `held`                     |

Race accepted: a label that is put on while a merge is under way comes too late. A hold by comment is on record before its
reply, and `apply` refuses the merges that were decided before.
"""

from bot.core.gates.question import Purpose, Question, blocked, moment, passed
from bot.core.plan import Verdict
from bot.core.records.entries import Hold
from bot.core.records.environment import ALL

NAME = "hold"
LABEL = "gitops/hold"
SENTENCES = {
    "not-held": "no hold",
    "held": "{holds}",
    "held-not-obeyed": "{holds}; a rollback goes ahead anyway",
    "records-in-doubt": "unknown whether there is a hold ({problem}); a rollback goes ahead anyway",
    "records-unreadable": "nothing merges until the records can be read: {problem}",
}


def judge(question: Question) -> Verdict:
    """Look for holds that last."""
    records, rollback = question.state.records, question.purpose is Purpose.ROLLBACK
    if records.problem and not rollback:
        return blocked(NAME, "records-unreadable", who=("a maintainer, on gitops-state",), problem=records.problem)
    holds = records.holds_on(question.environment.name, question.application.name, question.now)
    issue = question.state.repository.hold_issue
    if records.problem and not holds and issue is None:
        return passed(NAME, "records-in-doubt", problem=records.problem)
    if not holds and issue is None:
        return passed(NAME, "not-held")
    labelled = () if issue is None else (f"held by the label {LABEL} on issue {issue}",)
    described = "; ".join([*(_describe(hold) for hold in holds), *labelled])
    if rollback:
        return passed(NAME, "held-not-obeyed", holds=described)
    ends = [hold.until for hold in holds if hold.until]
    again_at = min(ends) if ends else None
    who = [f"{hold.by}, or a maintainer, using `{_line(question, hold)}`" for hold in holds]
    if issue is not None:
        who.append(f"people with triage permission, by taking the label off issue {issue} or closing it")
    return blocked(NAME, "held", who=tuple(who), again_at=again_at, holds=described)


def _line(question: Question, hold: Hold) -> str:
    """What lifts this hold."""
    environment = question.environment.name
    place = environment if hold in question.state.records.of(environment).holds else ALL
    return " ".join(["/unhold", place, *([hold.application] if hold.application else [])])


def _describe(hold: Hold) -> str:
    until = f" until {moment(hold.until)}" if hold.until else ""
    reason = f": {hold.reason}" if hold.reason else ""
    return f"held by {hold.by}{until}{reason}"
