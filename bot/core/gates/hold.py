"""hold: no hold on the application, the environment, or all; no label `gitops/hold` on an open issue or on the promotion.

| records        | held now   | purpose     | verdict                            |
|----------------|------------|-------------|------------------------------------|
| cannot be read |            | rollback    | passed `records-in-doubt` (said)   |
| cannot be read |            | other       | blocked `records-unreadable`       |
| not verified   |            | other       | waiting `records-unverified`       |
| contested      |            | other       | blocked `records-contested`        |
| readable       | no         |             | passed `not-held`                  |
| readable       | asked for  | not rollback | waiting `hold-asked`              |
| readable       | yes        | rollback    | passed `held-not-obeyed` (said)    |
| readable       | yes        | other       | blocked `held`                     |

The label on any open issue holds everything; on a promotion's pull request it holds that promotion.

Race accepted: a label that somebody adds while a merge is under way comes too late. A hold by comment is on record before its
reply, and `apply` refuses the merges that were decided before.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.core.gates.question import Purpose, Question, blocked, moment, passed, waiting
from bot.core.plan import Verdict
from bot.core.records.branch import Doubt, Records
from bot.core.records.entries import Hold
from bot.core.records.environment import ALL

NAME = "hold"
LABEL = "gitops/hold"
SOON = timedelta(seconds=30)
"""When to look again for a hold that was asked for."""
SENTENCES = {
    "not-held": "no hold",
    "held": "{holds}",
    "hold-asked": "{by} asked for a hold, which is being recorded",
    "held-not-obeyed": "{holds}; a rollback goes ahead anyway",
    "records-in-doubt": "unknown whether there is a hold ({problem}); a rollback goes ahead anyway",
    "records-unreadable": "nothing merges until the records can be read: {problem}",
    "records-unverified": "nothing merges until GitHub has verified the records: {problem}",
    "records-contested": "nothing merges while others write to the bot's records: {problem}",
}


def judge(question: Question) -> Verdict:
    """Look for holds that last, and for the label."""
    records, rollback = question.state.records, question.purpose is Purpose.ROLLBACK
    if records.problem and not rollback:
        return _in_doubt(records)
    holds = records.holds_on(question.environment.name, question.application.name, question.now)
    labelled = _labelled(question)
    if not holds and not labelled:
        asked = _asked(question)
        if asked and not rollback:
            return waiting(NAME, "hold-asked", again_at=question.now + SOON, by=", ".join(asked))
        return (
            passed(NAME, "records-in-doubt", problem=records.problem) if records.problem else passed(NAME, "not-held")
        )
    described = "; ".join(
        [*(_describe(hold) for hold in holds), *(f"held by the label {LABEL} on {on}" for on in labelled)]
    )
    if rollback:
        return passed(NAME, "held-not-obeyed", holds=described)
    ends = [hold.until for hold in holds if hold.until]
    again_at = min(ends) if ends else None
    who = [f"{hold.by}, or a maintainer, using `{_line(question, hold)}`" for hold in holds]
    who.extend(f"people with triage permission, by {remedy}" for remedy in labelled.values())
    return blocked(NAME, "held", who=tuple(who), again_at=again_at, holds=described)


def _asked(question: Question) -> tuple[str, ...]:
    """Return who asked for a hold here that is not on record yet."""
    here = (question.environment.name, ALL)
    return tuple(dict.fromkeys(hold.by for place, hold in question.state.unread_holds if place in here))


def _in_doubt(records: Records) -> Verdict:
    """Return why the holds cannot be read, and who can change that."""
    if records.doubt is Doubt.UNVERIFIED:
        return waiting(NAME, "records-unverified", again_at=records.until, problem=records.problem)
    if records.doubt is Doubt.CONTESTED:
        strangers = [f"{name}, by no longer pushing to gitops-state" for name in records.strangers if name]
        who = (*strangers, "an admin, with a ruleset that lets only the bot push to gitops-state")
        return blocked(NAME, "records-contested", who=who, again_at=records.until, problem=records.problem)
    return blocked(
        NAME,
        "records-unreadable",
        who=("a maintainer, by repairing the file on gitops-state",),
        problem=records.problem,
    )


def _labelled(question: Question) -> Mapping[str, str]:
    """Return what carries the label, each with what takes the hold away."""
    issue, promotion = question.state.repository.hold_issue, question.promotion
    found = {} if issue is None else {f"issue {issue}": f"removing the label from issue {issue} or closing it"}
    if promotion is not None and LABEL in promotion.pull.labels:
        found["this pull request"] = "removing the label"
    return found


def _line(question: Question, hold: Hold) -> str:
    """Return the command that lifts this hold."""
    environment = question.environment.name
    place = environment if hold in question.state.records.of(environment).holds else ALL
    return " ".join(["/unhold", place, *([hold.application] if hold.application else [])])


def _describe(hold: Hold) -> str:
    until = f" until {moment(hold.until)}" if hold.until else ""
    reason = f": {hold.reason}" if hold.reason else ""
    return f"held by {hold.by}{until}{reason}"
