"""pace: an environment keeps its version until those that follow have soaked it, so that none of them starves.

| pace          | a follower and the present version               | verdict                 |
|---------------|--------------------------------------------------|-------------------------|
| latest        |                                                  | passed `latest`         |
| soaked        | no soak or health is being served                | passed `nobody-waits`   |
| soaked        | one is being served                              | waiting `kept-for`      |
| one-at-a-time | all have it, or rejected it, or have a newer one | passed `nobody-waits`   |
| one-at-a-time | one has not                                      | waiting `kept-until-there` |

A follower waits for the present version as long as it would be a promotion there: newer than what it has, not rejected, and
with images that can be promoted. Nobody waits for what failed, was served or was rejected, nor for a version whose tag moved or
is gone: only a newer one helps there, and this one would keep it out. Only `one-at-a-time` waits for people. A follower of
several environments is waited for with regard to this one alone; otherwise two of them with different versions would
wait for each other for good.
"""

from dataclasses import replace

from bot.core.gates import health, image, soak
from bot.core.gates.question import Purpose, Question, passed, waiting
from bot.core.history.rejections import rejection_of
from bot.core.plan import Severity, Verdict
from bot.core.policy import Environment, Pace
from bot.core.values.version import Version
from bot.core.versions.newer import is_newer

NAME = "pace"
SENTENCES = {
    "latest": "takes every version as it comes",
    "nobody-waits": "no later environment is still soaking {present:c}",
    "kept-for": "{present:c} stays while {follower:c} is still waiting for its {awaited}[ (until {until})]",
    "kept-until-there": "{present:c} stays until {follower:c} has it or rejects it",
}


def judge(question: Question) -> Verdict:
    """Ask every environment that follows this one."""
    present = question.here.version
    if question.environment.pace is Pace.LATEST or present is None:
        return passed(NAME, "latest")
    for follower in question.policy.environments.values():
        if question.environment.name in follower.origin.environments and _would_take(question, follower, present):
            if question.environment.pace is Pace.ONE_AT_A_TIME:
                return waiting(NAME, "kept-until-there", present=present.name, follower=follower.name)
            unfinished = _unfinished(question, follower, present)
            if unfinished is not None:
                return waiting(
                    NAME,
                    "kept-for",
                    again_at=unfinished.again_at,
                    present=present.name,
                    follower=follower.name,
                    awaited=unfinished.gate,
                    until=unfinished.facts.get("until", ""),
                )
    return passed(NAME, "nobody-waits", present=present.name)


def _would_take(question: Question, follower: Environment, present: Version) -> bool:
    """Return whether the present version would be a promotion there."""
    application, state = question.application, question.state
    theirs = state.environments[follower.name].version
    newer = theirs is None or is_newer(application, state, version=present, than=theirs)
    if not newer or rejection_of(application, state, follower.name, present) is not None:
        return False
    return image.judge(_asked(question, follower, present)).severity is not Severity.BLOCKED


def _asked(question: Question, follower: Environment, present: Version) -> Question:
    return replace(question, environment=follower, version=present, purpose=Purpose.AUTOMATIC, request=None)


def _unfinished(question: Question, follower: Environment, present: Version) -> Verdict | None:
    """Return what it still has to be served there, unless that has failed."""
    asked = _asked(question, follower, present)
    here, gates = question.environment.name, follower.gates
    answers = [health.ask(asked, here)] if gates.health else []
    if gates.soak:
        answers.append(soak.ask(asked, here, gates.soak))
    if any(answer.severity is Severity.BLOCKED for answer in answers):
        return None
    return next((answer for answer in reversed(answers) if answer.severity is Severity.WAITING), None)
