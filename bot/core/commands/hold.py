"""`/hold`: merge nothing in a place, until a time or until `/unhold`. The hold is on record before its reply appears."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.commands.command import EVERYTHING, Answer, Command, Effect, Line, Misread, Names
from bot.core.commands.context import LATEST, RepositoryCommand, RepositoryContext
from bot.core.commands.shared import answers
from bot.core.commands.shared.grammar import SIMILAR, not_a_place, similar
from bot.core.commands.shared.hold_place import (
    named_application,
    people,
    place_of,
    refuse_place,
    refuse_unentitled,
    take_place,
    write,
)
from bot.core.commands.shared.limits import MOST_LISTED
from bot.core.gates.question import moment
from bot.core.observation.promotion_branches import is_promotion, place_on
from bot.core.plan import Action
from bot.core.policy import Right
from bot.core.records.entries import Hold
from bot.core.values.durations import parse_duration
from bot.core.values.text import code, escape

SYNTAX = "/hold [all|ENV|ENV APP] [until TIME] [reason]"

Listed = Sequence[tuple[int, str]]
"""Pull requests, by number and title."""


def _read(line: Line, names: Names) -> Command | Misread:
    """Read the place, then perhaps the time, then the reason: whatever follows."""
    words = list(line.words)
    environment, application = take_place(words, environments=names.environments, applications=names.applications)
    if words and not environment:  # taken for a reason, it would hold another place than was meant
        near = similar(words[0], {*names.environments, EVERYTHING}, cutoff=SIMILAR)
        if near:
            return line.misread(not_a_place(words[0], near))
    until = _take_until(words)
    return line.command(environment, application, until=until, reason=" ".join(words))


def _take_until(words: list[str]) -> str:
    """Take `until TIME` off the words and return the time."""
    if len(words) < 2 or words[0] != "until":
        return ""
    dated = len(words) > 2 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", words[1]) and re.fullmatch(r"\d{2}:\d{2}", words[2])
    taken = words[1 : 3 if dated else 2]
    del words[: len(taken) + 1]
    return " ".join(taken)


def _answer(context: RepositoryContext) -> tuple[Action, ...]:
    refused = refuse_place(context, SYNTAX)
    if refused:
        return refused
    # The owner of one application may stop what would bring all of them.
    who = people(context, Right.HOLD, named_application(context) or context.policy.applications.values())
    if not who.holds(context.author.login, context.sweep):
        return refuse_unentitled(context, who)
    environment, _ = place_of(context)
    timezone = context.policy.environments[environment].timezone if environment != EVERYTHING else "UTC"
    until = None
    if context.command.until:
        until = read_until(context.command.until, now=context.comment.created_at, timezone=timezone)
        if until is None:
            return context.refuse(unreadable_time(context.command.until))
    if _is_recorded(context, until):
        return context.done(_confirmation(context, _shown(until, timezone) if until else ""))
    if until is not None and until <= context.now:
        return context.refuse(over(_shown(until, timezone)))
    return _record(context, until)


COMMAND = RepositoryCommand(
    syntax=SYNTAX,
    summary="merge nothing there, until a time (`2h`, `14:00`, `2026-12-24 14:00`) or until `/unhold`",
    effect=Effect.STOP,
    right=Right.HOLD,
    read=_read,
    answer=_answer,
)


def _is_recorded(context: RepositoryContext, until: datetime | None) -> bool:
    """Return whether the comment was carried out: after an edit, in its present words or with the same effect."""
    if not context.comment.edited:
        return context.records.handled(context.comment.database_id)
    application = place_of(context)[1]
    same = ((hold.application or "", hold.until) == (application, until) for hold in _holds(context))
    return context.carried_out(context.records) or any(same)


def _confirmation(context: RepositoryContext, until: str) -> Answer:
    """Return the answer to a hold that was recorded, and perhaps lifted or replaced since."""
    environment, application = place_of(context)
    if all((hold.application or "") != application for hold in _holds(context)):
        return answers.no_longer()
    return held(f"{environment} {application}".strip(), until, _merged(context), _open(context))


def _holds(context: RepositoryContext) -> list[Hold]:
    """Return the comment's own holds in its place."""
    number, here = context.comment.database_id, context.records.of(place_of(context)[0])
    return [hold for hold in here.holds if hold.comment == number]


def _record(context: RepositoryContext, until: datetime | None) -> tuple[Action, ...]:
    environment, application = place_of(context)
    hold = Hold(
        application=application or None,
        by=context.author.login,
        by_id=context.author.id,
        reason=context.command.reason,
        at=context.comment.created_at,
        until=until,
        comment=context.comment.database_id,
    )
    return write(context, context.records.of(environment).with_hold(hold))


def _merged(context: RepositoryContext) -> Listed:
    """Return the promotions that the hold came too late for, as far as they are recent."""
    found = (
        (merged.number, merged.title)
        for merged in context.sweep.merges
        if context.now - merged.at < LATEST and _covers(context, merged.environment, merged.application)
    )
    return sorted(found)


def _open(context: RepositoryContext) -> Listed:
    """Return the promotions that the hold keeps from merging."""
    renames = context.policy.renames
    found = (
        (pull.number, pull.title)
        for pull in context.sweep.pulls
        if not pull.is_cross_repository and is_promotion(pull.branch, context.policy)
        if (place := place_on(pull.branch)) and _covers(context, *renames.place(place))
    )
    return sorted(found)


def _covers(context: RepositoryContext, environment: str, application: str) -> bool:
    where, which = place_of(context)
    return where in (EVERYTHING, environment) and which in ("", application)


def read_until(text: str, *, now: datetime, timezone: str) -> datetime | None:
    """Return `2h`, `14:00` or `2026-12-24 14:00` in the environment's time zone, as UTC; None for anything else or the past.

    Of a time that comes twice, or never, because clocks are put back or forward, return the later one: the hold lasts longer.
    """
    try:
        at = _read_time(text, now, ZoneInfo(timezone))
    except (ValueError, OverflowError):
        return None
    return at if at > now else None


def _read_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        today, time = now.astimezone(zone).date(), datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007
        at = _later(datetime.combine(today, time), zone)
        return at if at > now else _later(datetime.combine(today + timedelta(days=1), time), zone)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}( |T)\d{2}:\d{2}", text):
        return _later(datetime.fromisoformat(text), zone)
    return now + parse_duration(text)


def _later(local: datetime, zone: ZoneInfo) -> datetime:
    """https://docs.python.org/3/library/datetime.html#datetime.datetime.fold"""
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _shown(at: datetime, timezone: str) -> str:
    """Return a time as the environment has it, beside the one that every page shows."""
    if timezone == "UTC":
        return moment(at)
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} in {escape(timezone)} ({moment(at)})"


def held(place: str, until: str, merged: Listed, held_up: Listed) -> Answer:
    """Say what is held, until when. place: as it stands behind `/hold`.

    merged: what was merged there shortly before. held_up: what is open there.
    """
    environment, _, application = place.partition(" ")
    what = f" for {code(application)}" if application else ""
    where = "anywhere" if environment == EVERYTHING else f"in {code(environment)}"
    ends = f" until {until}" if until else f" until somebody lifts it with {code(f'/unhold {place}')}"
    parts = [
        f"Held: nothing merges{what} {where}{ends}. Rollbacks still merge.",
        _listed("Merged in the last 15 minutes, before the hold:", merged),
        _listed("Open, and held unless it is a rollback:", held_up),
    ]
    return Answer("\n\n".join(part for part in parts if part))


def _listed(heading: str, pulls: Listed) -> str:
    lines = [f"- #{number} {escape(title)}" for number, title in pulls[:MOST_LISTED]]
    more = [f"- and {len(pulls) - MOST_LISTED} more"] if len(pulls) > MOST_LISTED else []
    return "\n".join([heading, *lines, *more]) if pulls else ""


def over(until: str) -> Answer:
    """Say that the bot was away for as long as the hold was to last."""
    return Answer(f"Nothing is held: I read this only now, after the hold would have ended at {until}.")


def unreadable_time(text: str) -> Answer:
    """Show what a time looks like."""
    return Answer(f"{code(text)} is not a time in the future. Write for example `2h`, `14:00` or `2026-12-24 14:00`.")
