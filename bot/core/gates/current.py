"""current: the present version was not set by hand to something that the order cannot place.

A version that no longer counts, such as one outside the range, still has its place in the order.

| present version | order can place it | asked for by name | verdict                     |
|-----------------|--------------------|-------------------|-----------------------------|
| none            |                    |                   | passed `first-version`      |
| some            | yes                |                   | passed `placed`             |
| some            | no                 | yes               | passed `asked-for`          |
| some            | no                 | no                | blocked `present-unplaced`  |
"""

from bot.core.gates.question import Question, blocked, passed
from bot.core.plan import Verdict
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

NAME = "current"
SENTENCES = {
    "placed": "{present:c} has a place in the order",
    "present-unplaced": "{present:c} runs there now, and the order cannot place it",
}


def judge(question: Question) -> Verdict:
    """Ask the order about what the environment holds."""
    present = question.here.version
    if present is None:
        return passed(NAME, "first-version")
    answer = relation(question.application, question.state, version=question.version, to=present)
    if answer is not Comparison.UNKNOWN:
        return passed(NAME, "placed", present=present.name)
    if question.named:
        return passed(NAME, "asked-for", version=question.version.name, present=present.name)
    name = f"/promote {question.environment.name} {question.application.name}@{question.version.name}"
    return blocked(NAME, "present-unplaced", who=(f"people who may promote, using `{name}`",), present=present.name)
