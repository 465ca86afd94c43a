"""from: an environment that this one follows has the version, or left it for a newer one without rejecting it.

| there        | rejected there | verdict                      |
|--------------|----------------|------------------------------|
| (registry)   |                | passed `from-registry`       |
| now          | no             | passed `is-there`            |
| before       | no             | passed `was-there`           |
| any          | yes            | blocked `rejected-upstream`  |
| never        | no             | waiting `not-there`          |

Of a list, the hardest answer counts; of `any`, the easiest.
"""

from bot.core.gates.question import Question, blocked, easiest, hardest, moment, passed, waiting
from bot.core.plan import Verdict
from bot.core.policy import OriginKind
from bot.core.rejections import unwanted
from bot.core.stays import stays

NAME = "from"


def judge(question: Question) -> Verdict:
    """Ask every environment that this one follows."""
    origin = question.environment.origin
    if origin.kind is OriginKind.REGISTRY:
        return passed(NAME, "from-registry")
    answers = [_ask(question, name) for name in origin.environments]
    return easiest(answers) if origin.kind is OriginKind.ANY else hardest(answers)


def _ask(question: Question, upstream: str) -> Verdict:
    there = question.state.environments[upstream]
    rejection = unwanted(question.application, question.state, upstream, question.version)
    if rejection:
        return blocked(
            NAME,
            "rejected-upstream",
            who=(f"people who may promote to {question.environment.name}, with a newer version",),
            environment=upstream,
            how=rejection.how,
        )
    times = stays(question.state, there, question.version)
    if times and times[0].until is None:
        return passed(NAME, "is-there", environment=upstream, since=moment(times[0].since))
    if times:
        return passed(NAME, "was-there", environment=upstream, now=str(times[0].successor or "another version"))
    return waiting(NAME, "not-there", environment=upstream, now=str(there.version or "no version that can be read"))
