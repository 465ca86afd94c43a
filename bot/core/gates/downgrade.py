"""downgrade: the order places the version above the present one.

| present version | order says      | requested by name | verdict                  |
|-----------------|-----------------|-------------------|--------------------------|
| none            |                 |                   | passed `first-version`   |
| some            | newer           |                   | passed `newer`           |
| some            | anything else   | yes               | passed `asked-for`       |
| some            | same or older   | no                | blocked `older`          |
| some            | cannot compare  | no                | blocked `not-comparable` |
"""

from bot.core.gates.question import Question, blocked, passed
from bot.core.plan import Verdict
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

NAME = "downgrade"
SENTENCES = {
    "newer": "{version:c} is newer than {present:c}",
    "older": "{version:c} is not newer than {present:c}",
    "not-comparable": "the order cannot compare {version:c} with {present:c}",
}


def judge(question: Question) -> Verdict:
    """Compare with what the environment runs."""
    present = question.here.version
    if present is None:
        return passed(NAME, "first-version")
    facts = {"version": question.version.name, "present": present.name}
    answer = relation(question.application, question.state, version=question.version, to=present)
    if answer is Comparison.NEWER:
        return passed(NAME, "newer", facts)
    if question.named:
        return passed(NAME, "asked-for", facts)
    name = f"/promote {question.environment.name} {question.application.name}@{question.version.name}"
    code = "not-comparable" if answer is Comparison.UNKNOWN else "older"
    return blocked(NAME, code, facts, who=(f"people who may promote, using `{name}`",))
