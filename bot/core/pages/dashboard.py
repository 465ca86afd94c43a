"""The dashboard: one issue in each manifests repository for the reasons that no pull request can show.

It has a row per application and environment. The bot opens it when there is first something to say that has no other page (a
version that is held back without a pull request, or what `mode: observe` would do) and keeps it current from then on. Rows that
this process has not looked at yet stay as they are. The next change overwrites what people edit there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.pages.grouped_dashboard import MOST_IN_ONE_TABLE, TABLE, grouped
from bot.core.pages.parts.collapsed import few
from bot.core.pages.parts.refused_deployments import in_markdown
from bot.core.pages.parts.verdicts import TRANSIENT, headline_line, most_severe, why_nothing
from bot.core.plan import Row, Severity, Verdict
from bot.core.policy import Application, Environment, Mode, Policy
from bot.core.selection import builds
from bot.core.selection.candidates import Choice
from bot.core.state import EnvironmentState, State
from bot.core.values.errors import Problem
from bot.core.values.text import cell, code, escape
from bot.core.values.version import Version

TITLE = "GitOps dashboard"

LABEL = "gitops/dashboard"

LONGEST = 60_000
"""GitHub takes 65,536 characters."""

MOST_WARNINGS = 20

_ROW = re.compile(r"\| `[^`]+` \| `[^`]+` \| ")

REJECTED = frozenset({"rejected", "rejected-upstream"})

OBSTACLES = frozenset(
    {
        "github-limit",
        "github-paused",
        "github-refused",
        "closed-by-app",
        "branch-taken",
        "records-contested",
        "manifest-refused",
        "image-not-found",
        "path-reaches-nothing",
        "place-shared",
        "versions-differ",
    }
)
"""What keeps a promotion from being opened at all, so that no pull request can say it."""

OMITTED = TRANSIENT | {"no-pull"}
"""Answers that say nothing here."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The issue as it was found. issue_id: None where there is none yet. possible: the repository has issues at all."""

    possible: bool
    issue_id: str | None = None
    is_open: bool = False
    body: str = ""


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """What is to be written there. issue_id: as in Dashboard."""

    issue_id: str | None
    title: str
    body: str
    label: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What keeps the bot from working here, as the doctor calls it. text: what was seen, and what to do."""

    name: str
    text: str


def rows(policy: Policy, state: State, choices: Mapping[str, Choice], *, wanted: bool = False) -> tuple[Row, ...]:
    """Return what the dashboard says of one application: a row for each environment.

    wanted: the dashboard is needed, whatever the rows say.
    """
    found = (_row(policy, state, policy.environments[name], choice) for name, choice in choices.items())
    return tuple(replace(row, stands_alone=True) if wanted else row for row in found)


def decide_dashboard(
    seen: Dashboard,
    policy: Policy,
    known: Mapping[str, tuple[Row, ...]],
    problems: tuple[Problem, ...] = (),
    advice: tuple[Advice, ...] = (),
) -> DashboardPage | None:
    """Return the page to write, or nothing.

    known: the rows by application, as far as they were looked at. problems: what does not fit between the policy and the
    folders of the repository. advice: what keeps the bot from working here; by itself it opens no page.
    """
    body = _body(policy, known, _rows_in(seen.body), (*_warnings(problems), *_advised(advice)))
    stands_alone = any(row.stands_alone for name in policy.applications for row in known.get(name, ())) or problems
    if not seen.possible or not (seen.is_open or stands_alone):
        return None
    if seen.is_open and seen.body.replace("\r\n", "\n").strip() == body:
        return None
    return DashboardPage(seen.issue_id, TITLE, body, LABEL)


def _row(policy: Policy, state: State, environment: Environment, choice: Choice) -> Row:
    here = state.environments[environment.name]
    observes = policy.mode_of(policy.applications[state.application], environment) is Mode.OBSERVE
    said = cell(_said(here, _without_notes(policy.applications[state.application], choice), observes=observes))
    said += "".join(f" ⚠️ {cell(in_markdown(each))}." for each in here.undeployed)
    text = f"| {code(state.application)} | {code(environment.name)} | {_shown(here.version)} | {said} |"
    alone = here.promotion is None and (observes or _held_back(choice) or _has_obstacle(choice))
    worst = worst_of(choice.verdicts)
    severity = worst.severity if worst else Severity.PASSED
    return Row(text, stands_alone=alone, environment=environment.name, severity=severity, said=said)


def worst_of(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Return the most severe answer that says something outside of a pull request; None where all pass."""
    return most_severe(tuple(verdict for verdict in verdicts if verdict.code not in OMITTED))


def _without_notes(application: Application, choice: Choice) -> Choice:
    """Leave out what became of a commit that nobody expects an image of: it would change the page with each push."""
    if builds.expects_each_commit(application):
        return choice
    return replace(choice, verdicts=tuple(each for each in choice.verdicts if each.code not in builds.NOTES))


def _held_back(choice: Choice) -> bool:
    """There would be something newer, and it needs a person; what people decided themselves is no news to them."""
    blocked = {verdict.code for verdict in choice.verdicts if verdict.severity is Severity.BLOCKED}
    return bool(blocked) and not choice.promotable and not blocked & REJECTED


def _has_obstacle(choice: Choice) -> bool:
    """Return whether it would be opened, and cannot be."""
    return any(verdict.code in OBSTACLES for verdict in choice.verdicts)


def _said(here: EnvironmentState, choice: Choice, *, observes: bool) -> str:
    verdicts = tuple(verdict for verdict in choice.verdicts if verdict.code not in OMITTED)
    headline = headline_line(verdicts)
    if here.promotion is not None:
        # Relative, so that the pull request is not told that it was mentioned.
        number, version = here.promotion.pull.number, here.promotion.version
        return f"[#{number}](../pull/{number}) to {_shown(version)}: {headline}"
    if choice.question is None:
        return why_nothing(verdicts)
    version = choice.question.version
    if not choice.promotable:
        return f"{_shown(version)} is held back: {headline}"
    if choice.proposed and _has_obstacle(choice):
        return f"No pull request can be opened for {_shown(version)}: {headline}"
    if choice.proposed:
        return (
            f"{'would open a pull request' if observes else 'opens a pull request'} for {_shown(version)}: {headline}"
        )
    line = code(f"/promote {here.name} {choice.question.application.name}")
    return f"{_shown(version)} can be promoted with {line}: {headline}"


def _body(
    policy: Policy,
    known: Mapping[str, tuple[Row, ...]],
    kept: Mapping[str, list[str]],
    notes: tuple[str, ...],
) -> str:
    observing = "**`mode: observe`**: the bot writes only this page, which says what it would do."
    head = [
        (
            "What runs where, what is on its way, and what is held back and why. For details, comment "
            "`/why ENVIRONMENT APPLICATION`."
        ),
        *(["", observing] if policy.mode is Mode.OBSERVE else []),
        *notes,
        "",
    ]
    sections = [
        [row.text for row in known[name]] if name in known else kept.get(name, []) for name in policy.applications
    ]
    lines = [line for section in sections for line in section]
    room = LONGEST - sum(len(line) + 1 for line in head)
    if len(lines) > MOST_IN_ONE_TABLE:
        return "\n".join([*head, *grouped(lines, tuple(policy.environments), room=room)])
    return "\n".join([*head, *TABLE, *_fitting(sections, room)])


def _fitting(sections: list[list[str]], room: int) -> Iterator[str]:
    left_out = 0
    for section in sections:
        room -= sum(len(line) + 1 for line in section)
        if room > 0:
            yield from section
        else:
            left_out += 1
    if left_out:
        yield from ("", f"{left_out} more applications are not shown: an issue has room for 65,536 characters.")


def _warnings(problems: tuple[Problem, ...]) -> Iterator[str]:
    """Yield what does not fit between the policy and the folders of the repository."""
    if problems:
        yield from ("", f"### {len(problems)} {'warnings' if len(problems) > 1 else 'warning'} about the policy", "")
        yield few(
            [f"- {code(f'{each.path}:{each.line}')} {escape(each.message)}" for each in problems], most=MOST_WARNINGS
        )


def _advised(advice: tuple[Advice, ...]) -> Iterator[str]:
    """Yield what the doctor would say of this repository."""
    if advice:
        yield from ("", "### Keeps the bot from working", "")
        yield from (f"- {code(each.name)} {escape(each.text)}" for each in advice)


def _rows_in(body: str) -> Mapping[str, list[str]]:
    """Return the rows that stand there, by application."""
    found: dict[str, list[str]] = {}
    for line in body.splitlines():
        if _ROW.match(line):
            found.setdefault(line.split("`")[1], []).append(line)
    return found


def _shown(version: Version | None) -> str:
    return code(version.name) if version else "—"
