"""A plan for programs."""

from pydantic_core import to_json

from bot.checkout.planned import CheckoutPlan, Judged, PlannedRow, Unclaimed
from bot.core.values.errors import Problem
from bot.core.values.places import Place
from bot.core.values.version import Version


def as_json(plan: CheckoutPlan) -> str:
    """Return `{"rows", "unclaimed", "problems"}`."""
    found = {
        "rows": [_row(row) for row in plan.rows],
        "unclaimed": [_unclaimed(each) for each in plan.unclaimed],
        "problems": [_problem(problem) for problem in plan.problems],
    }
    return to_json(found, indent=2).decode()


def _row(row: PlannedRow) -> dict[str, object]:
    return {
        "application": row.application,
        "environment": row.environment,
        "version": _version(row.version),
        "places": [_place(place) for place in row.places],
        "candidate": _version(row.candidate),
        "verdicts": [_verdict(judged) for judged in row.verdicts],
        "problem": row.problem or None,
    }


def _version(version: Version | None) -> str | None:
    return version.name if version else None


def _place(place: Place) -> dict[str, object]:
    return {
        "file": place.path,
        "line": place.scalars[0].line,
        "image": place.image,
        "tag": place.tag,
        "digest": place.digest,
        "found_by": place.found_by,
    }


def _verdict(judged: Judged) -> dict[str, object]:
    verdict = judged.verdict
    return {"gate": verdict.gate, "answer": judged.answer.value, "code": verdict.code, "reason": judged.reason}


def _unclaimed(each: Unclaimed) -> dict[str, object]:
    return {
        "path": each.path,
        "line": each.line or None,
        "image": each.image or None,
        "tag": each.tag,
        "digest": each.digest,
        "reason": each.reason,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"path": problem.path, "line": problem.line, "column": problem.column, "message": problem.message}
