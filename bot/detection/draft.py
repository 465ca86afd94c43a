"""A policy that the bot accepts, with what a person has to decide about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core.policy import MAIN, Application, Policy, discover, folders_to_list, read
from bot.core.policy.fleet.discovery import listing
from bot.core.values.errors import PolicyError
from bot.core.values.text import code
from bot.detection.detect import Detected, detect
from bot.detection.policy_text import policy_text
from bot.detection.questions import Question, is_sure, questions
from bot.detection.reading.tree import Tree

MOST_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """text: of `.gitops.yml`; '' where nothing could be promoted, and policy is None. is_sure: it is worth a pull request.

    listed: what the policy's rule says of the applications that it finds.
    """

    detected: Detected
    text: str = ""
    policy: Policy | None = None
    questions: tuple[Question, ...] = ()
    is_sure: bool = False
    listed: Mapping[str, Application] = field(default_factory=dict)


def draft(tree: Tree) -> Draft:
    """Return a valid policy for what was found. An application that cannot be part of it becomes a question."""
    detected = detect(tree)
    dropped: list[Question] = []
    for _ in range(MOST_ATTEMPTS):
        if detected.is_empty:
            break
        text = policy_text(detected, tree.owner)
        try:
            policy = read({MAIN: text})
        except PolicyError as error:
            detected, question = _without_culprit(detected, text, error)
            dropped.append(question)
            continue
        asked = (*_partly(tree), *dropped, *questions(detected, tree.owner))
        found = discover(policy, listing(tree.paths, folders_to_list(policy))).policy.applications
        is_good = is_sure(detected) and not dropped and not tree.left_out
        return Draft(detected, text, policy, asked, is_sure=is_good, listed=found)
    return Draft(detected, questions=(*dropped, *questions(detected, tree.owner)))


def _partly(tree: Tree) -> Iterator[Question]:
    if tree.left_out:
        read, whole = len(tree.contents), len(tree.contents) + tree.left_out
        text = f"Only {read:,} of {whole:,} manifests were read. Run `gitops-bot init` in a checkout, which reads all of them."
        yield Question("manifests", text)


def _without_culprit(detected: Detected, text: str, error: PolicyError) -> tuple[Detected, Question]:
    """Leave out the application that the first problem is about; the last one where it is about none."""
    problem = error.problems[0]
    above = text.split("\n")[: max(problem.line, 1)]
    names = [each.application.name for each in detected.released]
    culprit = next((name for line in reversed(above) if (name := line.strip().strip("':")) in names), names[-1])
    kept = tuple(each for each in detected.released if each.application.name != culprit)
    left = replace(detected, released=kept)
    return left, Question(culprit, f"`{culprit}` was left out of the policy: {code(problem.message)}")
