"""rejected: nobody rejected the version here.

| rejected here | asked for by name with `/promote` | verdict                     |
|---------------|-----------------------------------|-----------------------------|
| no            |                                   | passed `not-rejected`       |
| yes           | yes                               | passed `rejection-lifted`   |
| yes           | no                                | blocked `rejected`          |
"""

from bot.core.gates.question import Purpose, Question, blocked, moment, passed
from bot.core.plan import Verdict
from bot.core.rejections import unwanted

NAME = "rejected"


def judge(question: Question) -> Verdict:
    """Look for what people said and did against it."""
    environment, version = question.environment.name, question.version
    found = unwanted(question.application, question.state, environment, version)
    if found is None:
        return passed(NAME, "not-rejected")
    facts = {"how": found.how, "at": moment(found.at), "reason": found.reason, "version": version.tag}
    if question.purpose is Purpose.PROMOTE and question.named:
        return passed(NAME, "rejection-lifted", facts)
    lift = f"/promote {environment} {question.application.name}@{version.tag}"
    return blocked(NAME, "rejected", facts, who=(f"people who may promote, with `{lift}`",))
