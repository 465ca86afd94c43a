"""How check runs are reported."""

from collections.abc import Callable, Mapping

from bot.core.plan import Annotation, CheckOutcome, ReportCheck
from bot.github.writes.write import Input, Results, Round, Rounds, Target, Write

ANNOTATIONS = 50
"""The most in one request: https://docs.github.com/en/rest/checks/runs#create-a-check-run"""
LONGEST_SUMMARY = 65_535


def report(action: ReportCheck, target: Target) -> Rounds:
    """Create or update the check run with the first annotations, then add the others."""
    repository = target.repository
    pages = [
        action.annotations[start : start + ANNOTATIONS] for start in range(0, len(action.annotations), ANNOTATIONS)
    ]
    first, *further = pages or [()]
    doing = f"report the check {action.name}"
    fields = {
        "name": action.name,
        **_outcome(action.outcome),
        **({"externalId": action.says} if action.says else {}),
    }

    def output(page: tuple[Annotation, ...]) -> Mapping[str, object]:
        return {
            "title": action.title,
            "summary": action.summary[:LONGEST_SUMMARY],
            **({"annotations": [_annotation(each) for each in page]} if page else {}),
        }

    if action.check_id is not None:
        known = {"repositoryId": repository.node_id, "checkRunId": action.check_id}
        return (
            tuple(
                Write("updateCheckRun", {**known, **fields, "output": output(page)}, doing)
                for page in (first, *further)
            ),
        )
    created = {"repositoryId": repository.node_id, "headSha": action.head_oid, **fields, "output": output(first)}
    result = f"check {action.name} {action.head_oid}"
    creating: Round = (Write("createCheckRun", created, doing, result=result),)

    def adding(page: tuple[Annotation, ...]) -> Callable[[Results], Input]:
        return lambda results: {
            "repositoryId": repository.node_id,
            "checkRunId": results[result]["checkRun"]["id"],
            "output": output(page),
        }

    more = tuple(Write("updateCheckRun", adding(page), doing) for page in further)
    return (creating, more) if more else (creating,)


def _outcome(outcome: CheckOutcome) -> Mapping[str, str]:
    if outcome is CheckOutcome.RUNNING:
        return {"status": "IN_PROGRESS"}
    return {"status": "COMPLETED", "conclusion": outcome.name}


def _annotation(annotation: Annotation) -> Mapping[str, object]:
    line = max(annotation.line, 1)
    return {
        "path": annotation.path,
        "location": {"startLine": line, "endLine": line},
        "annotationLevel": "WARNING" if annotation.warning else "FAILURE",
        "message": annotation.message,
    }
