"""A plan for people: the matrix, what comes next and why not, problems, and what nobody claims."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bot.checkout.gates import GITHUB
from bot.checkout.planned import Answer, CheckoutPlan, Judged, PlannedRow, Unclaimed
from bot.checkout.planning import address
from bot.checkout.problems import written
from bot.cli.output import Cell, Line, counted, line, table
from bot.core.pages.parts.verdicts import UNTIL_PULL
from bot.manifests.report import left_line, unified_diff

HEADER = ("APPLICATION", "ENVIRONMENT", "VERSION", "NEXT", "PLACES")
MOST_PLACES = 3
"""In one row; `--application` and `--environment` show all."""
MOST_UNCLAIMED = 20
"""Images and folders; `--json` has all."""
CONFIGURED = frozenset({"checks", "health", "soak"})
"""Gates of the policy that only GitHub can answer."""
SIGNS = {Answer.BLOCKED: "✗", Answer.WAITING: "…", Answer.UNKNOWN: "?"}
STYLES = {Answer.BLOCKED: "red", Answer.WAITING: "yellow", Answer.UNKNOWN: "dim"}


def as_text(plan: CheckoutPlan, *, offline: bool, whole: bool, with_changes: bool) -> Iterator[Line]:
    """Yield the lines of a page. whole: nothing was left out of the plan."""
    if plan.rows:
        yield from table(HEADER, [_cells(row, all_places=not whole) for row in plan.rows])
    yield from _section("Next", list(_next(plan.rows)))
    if with_changes:
        yield from _section("Changes", list(_changes(plan.rows)))
    if not whole:
        yield from _section("Left unchanged", list(_left(plan.rows)))
    yield from _section("Problems", [line((written(problem), "red")) for problem in plan.problems])
    yield from _section("Claimed by no application", list(_unclaimed(plan.unclaimed)))
    if plan.rows:
        yield line()
        yield line(_summary(plan, whole=whole))
        yield line((_not_asked(offline=offline), "dim"))


def _cells(row: PlannedRow, *, all_places: bool) -> tuple[Cell, ...]:
    places = [address(place) for place in row.places]
    shown = places if all_places else places[:MOST_PLACES]
    more = f", {len(places) - len(shown)} more" if len(places) > len(shown) else ""
    where = ", ".join(shown) + more if row.used else "not used"
    return ((row.application, "bold"), (row.environment, ""), _version(row), _candidate(row), (where, "dim"))


def _version(row: PlannedRow) -> Cell:
    if not row.used:
        return ("-", "dim")
    said = row.version.name if row.version else "(differ)" if row.places else "(none)"
    return (said, "red" if row.problem else "")


def _candidate(row: PlannedRow) -> Cell:
    """Return the next version, and a sign if something stops it; the sign alone where nobody here can tell."""
    if row.candidate is None:
        return (SIGNS[Answer.UNKNOWN], "dim") if row.stopped_by(Answer.UNKNOWN) else ("", "")
    worst = next((answer for answer in STYLES if _stopping(row, answer)), None)
    return f"{row.candidate.name}{f' {SIGNS[worst]}' if worst else ''}", STYLES[worst] if worst else "green"


def _section(title: str, lines: Sequence[Line]) -> Iterator[Line]:
    if lines:
        yield line()
        yield line((title, "bold"))
        for each in lines:
            yield (("  ", ""), *each)


def _next(rows: Iterable[PlannedRow]) -> Iterator[Line]:
    """Yield each candidate, and below it what stands in its way; also why there is none where that is no good news."""
    for row in rows:
        if row.candidate is not None:
            yield line((_move(row), "bold"), f": {_what_happens(row)}")
        for answer, sign in SIGNS.items():
            if answer is Answer.UNKNOWN:
                continue
            for judged in _stopping(row, answer):
                if row.candidate is None:
                    yield line((f"{row.application} in {row.environment}", "bold"), ": no candidate")
                said = f"{sign} {judged.verdict.gate}: {judged.reason}"
                yield line("  ", (said, STYLES[answer]))


def _stopping(row: PlannedRow, answer: Answer) -> tuple[Judged, ...]:
    """Return what stops a candidate with this answer. Of the gates that nobody was asked about, those that the policy sets."""
    found = (judged for judged in row.stopped_by(answer) if judged.verdict.code not in UNTIL_PULL)
    return tuple(judged for judged in found if answer is not Answer.UNKNOWN or judged.verdict.gate in CONFIGURED)


def _move(row: PlannedRow) -> str:
    present = row.version.name if row.version else "no version"
    candidate = row.candidate.name if row.candidate else ""
    return f"{row.application} in {row.environment}: {present} → {candidate}"


def _what_happens(row: PlannedRow) -> str:
    if row.problem:
        return "cannot be written"
    if row.stopped_by(Answer.BLOCKED):
        return "is held back"
    by_hand = f"a person opens it, using /promote {row.environment} {row.application}"
    who = "the bot opens a pull request" if row.proposed else by_hand
    later = [judged.reason for judged in row.verdicts if judged.verdict.code == "approvals-wanted"]
    unknown = ", ".join(judged.verdict.gate for judged in _stopping(row, Answer.UNKNOWN))
    return "; ".join([who, *later, *([f"not known here: {unknown}"] if unknown else [])])


def _changes(rows: Iterable[PlannedRow]) -> Iterator[Line]:
    for row in rows:
        if row.changes:
            yield line((_move(row), "bold"))
        for change in row.changes:
            for text in unified_diff(change.path, change.before, change.after).splitlines():
                style = {"+": "green", "-": "red", "@": "cyan"}.get(text[:1], "")
                yield line((text, style))


def _left(rows: Iterable[PlannedRow]) -> Iterator[Line]:
    for mention in dict.fromkeys(mention for row in rows for mention in row.left):
        yield line(left_line(mention))


def _unclaimed(found: Sequence[Unclaimed]) -> Iterator[Line]:
    """Yield folders, then images, each with its first places."""
    groups = [(key, list(each)) for key, each in groupby(sorted(found, key=_subject), key=_subject)]
    for (image, reason), group in groups[:MOST_UNCLAIMED]:
        where = ", ".join(f"{each.path}:{each.line}" if each.line else each.path for each in group[:MOST_PLACES])
        more = f", {len(group) - MOST_PLACES} more" if len(group) > MOST_PLACES else ""
        yield line(f"{f'{image}: ' if image else ''}{where}{more}", (f": {reason}", "dim"))
    if len(groups) > MOST_UNCLAIMED:
        yield line((f"{len(groups) - MOST_UNCLAIMED} more; --json lists them all", "dim"))


def _subject(each: Unclaimed) -> tuple[str, str]:
    return each.image, each.reason


def _summary(plan: CheckoutPlan, *, whole: bool) -> str:
    applications = len({row.application for row in plan.rows})
    environments = len({row.environment for row in plan.rows})
    places = sum(len(row.places) for row in plan.rows)
    candidates = sum(row.candidate is not None for row in plan.rows)
    parts = [
        counted(applications, "application"),
        counted(environments, "environment"),
        counted(places, "place"),
        f"{candidates} with a next version",
        counted(len(plan.problems), "problem"),
    ]
    if whole:
        parts.append(f"{len(plan.unclaimed):,} unclaimed")
    return f"{', '.join(parts)}."


def _not_asked(*, offline: bool) -> str:
    both = f"{GITHUB} and the registries were" if offline else f"{GITHUB} was"
    return f"{both} not asked: holds, rejections, soaks, checks and reviews can still stop a promotion."
