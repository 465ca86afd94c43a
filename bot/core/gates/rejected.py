"""rejected: nobody rejected the version here.

| rejected here | requested by name | verdict                     |
|---------------|-------------------|-----------------------------|
| no            |                   | passed `not-rejected`       |
| yes           | yes               | passed `rejection-lifted`   |
| yes           | no                | blocked `rejected`          |

A `/rollback` that names no version goes to one that nobody rejected. If somebody rejects that one meanwhile, it ends
there.
"""

from bot.core.gates.question import Question, blocked, moment, passed
from bot.core.history.rejections import rejection_of
from bot.core.people.rights import who_may
from bot.core.plan import Verdict
from bot.core.policy import Right

NAME = "rejected"
SENTENCES = {
    "not-rejected": "not rejected here",
    "rejection-lifted": "{how} at {at}[ ({reason})]; requested by name, so it is allowed again",
    "rejected": "{version:c} is rejected here: {how} at {at}[ ({reason})]",
}


def judge(question: Question) -> Verdict:
    """Look for what people said and did against the version."""
    environment, version = question.environment.name, question.version
    found = rejection_of(question.application, question.state, environment, version)
    if found is None:
        return passed(NAME, "not-rejected")
    facts = {"how": found.how, "at": moment(found.at), "reason": found.reason, "version": version.name}
    if question.request is not None and question.request.named:
        return passed(NAME, "rejection-lifted", facts)
    named = f"{question.application.name}@{version.name}"
    people = who_may(Right.UNREJECT, question.environment.permissions, question.application.owners)
    who = (f"people who may promote, using `/promote {environment} {named}`", f"{people}, using `/unreject {named}`")
    return blocked(NAME, "rejected", facts, who=who if people.words else who[:1])
