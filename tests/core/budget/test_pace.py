"""The pace of an installation: blocks of points, most for the most urgent, learned from refusals."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.budget import pace_notes
from bot.core.budget.costs import Urgency
from bot.core.budget.pace import (
    CEILING,
    FIRST,
    LEAST,
    MINUTES_OF_EVIDENCE,
    MOST,
    PUBLISHED,
    WINDOW,
    Pace,
    Resource,
    slow_down,
    take,
)
from tests.builders import NOW

BLOCK = 100.0
LATER = NOW + timedelta(minutes=1)


def taken(pace: Pace, count: int, now: datetime = NOW, urgency: Urgency = Urgency.ROLLBACK) -> Pace:
    """The pace after so many blocks of GraphQL's points."""
    for _ in range(count):
        pace = take(pace, {Resource.GRAPHQL: BLOCK}, urgency, now).pace
    return pace


@pytest.mark.parametrize(
    ("urgency", "most"),
    [
        (Urgency.ROLLBACK, 1_200),
        (Urgency.MERGE, 1_100),
        (Urgency.ANSWER, 1_000),
        (Urgency.OPEN, 900),
        (Urgency.REST, 800),
    ],
)
def test_the_last_part_of_a_minute_is_kept_for_the_more_urgent(urgency: Urgency, most: int) -> None:
    full = taken(Pace(), 20, urgency=urgency)
    assert full.used(Resource.GRAPHQL, NOW) == most
    assert full.used(Resource.REST, NOW) == 0
    refused = take(full, {Resource.REST: 1, Resource.GRAPHQL: BLOCK}, urgency, NOW)
    assert refused.until == NOW + WINDOW
    assert refused.pace.spent == full.spent, "all that is wanted, or nothing"
    assert take(full, {Resource.GRAPHQL: BLOCK}, urgency, NOW + WINDOW).until is None


def test_it_continues_when_enough_has_ended() -> None:
    other = take(Pace(), {Resource.REST: BLOCK}, Urgency.ROLLBACK, NOW - timedelta(seconds=5)).pace
    pace = taken(taken(other, 2), 10, NOW + timedelta(seconds=30))
    assert take(pace, {Resource.GRAPHQL: 200}, Urgency.ROLLBACK, LATER).until == NOW + WINDOW
    assert take(pace, {Resource.GRAPHQL: 300}, Urgency.ROLLBACK, LATER).until == NOW + timedelta(seconds=30) + WINDOW


def test_more_than_a_minute_holds_is_granted_when_nothing_else_is_asked() -> None:
    assert take(Pace(), {Resource.SECONDS: 500}, Urgency.REST, NOW).until is None
    assert take(Pace(), {}, Urgency.REST, NOW).until is None


def test_a_refusal_pauses_and_halves_what_was_fuller() -> None:
    pace = take(taken(Pace(), 3), {Resource.REST: 400}, Urgency.ROLLBACK, NOW).pace
    slower = slow_down(pace, LATER, NOW)
    assert slower.sizes == {**FIRST, Resource.REST: FIRST[Resource.REST] // 2}
    assert take(slower, {Resource.SECONDS: 1}, Urgency.ROLLBACK, NOW).until == LATER
    assert take(slower, {Resource.SECONDS: 1}, Urgency.ROLLBACK, LATER).until is None

    again = slow_down(slower, LATER + timedelta(minutes=1), NOW)
    assert again == replace(slower, paused_until=LATER + timedelta(minutes=1)), "one refusal, heard of twice"
    assert slow_down(slower, NOW, NOW).paused_until == LATER


def test_however_often_it_is_refused_a_little_is_left() -> None:
    pace, now = Pace(), NOW
    for _ in range(20):
        now += timedelta(minutes=2)
        pace = slow_down(taken(pace, 1, now), now, now)
    assert pace.sizes[Resource.GRAPHQL] == pace.ceiling[Resource.GRAPHQL] == LEAST[Resource.GRAPHQL]


def waiting(pace: Pace, minutes: int, begin: datetime) -> Pace:
    """Something has to wait in each of these minutes."""
    for minute in range(minutes):
        now = begin + timedelta(minutes=minute)
        crowded = replace(pace, spent=((now, Resource.REST, 5_000.0),))
        pace = replace(take(crowded, {Resource.REST: 1}, Urgency.REST, now).pace, spent=())
    return pace


def test_it_tries_more_after_minutes_in_which_something_waited() -> None:
    waited = waiting(Pace(), MINUTES_OF_EVIDENCE, NOW)
    assert waited.sizes == FIRST
    end = NOW + timedelta(minutes=MINUTES_OF_EVIDENCE)
    grown = take(waited, {}, Urgency.REST, end).pace
    assert grown.sizes == {each: FIRST[each] * 1.25 for each in Resource}
    assert waiting(Pace(), 60, NOW).sizes == MOST
    assert all(MOST[each] <= PUBLISHED[each] for each in (Resource.REST, Resource.GRAPHQL))


def test_what_was_refused_is_not_tried_again_for_a_day() -> None:
    refused = slow_down(taken(Pace(), 5), NOW, NOW)
    assert waiting(refused, 60, LATER).sizes[Resource.GRAPHQL] == FIRST[Resource.GRAPHQL] - 1
    assert waiting(refused, 60, NOW + CEILING).sizes[Resource.GRAPHQL] == MOST[Resource.GRAPHQL]
    twice = slow_down(taken(refused, 3, LATER), LATER, LATER)
    assert twice.ceiling[Resource.GRAPHQL] == FIRST[Resource.GRAPHQL] // 2 - 1


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_leaves_nothing_behind(jump: timedelta) -> None:
    pace = slow_down(taken(Pace(), 12), LATER, NOW)
    assert take(pace, {Resource.GRAPHQL: BLOCK}, Urgency.ROLLBACK, NOW + jump).until is None


@pytest.mark.parametrize(
    "pace", [Pace(), slow_down(taken(Pace(), 3), LATER, NOW), waiting(taken(Pace(), 2), 2, NOW), taken(Pace(), 2)]
)
def test_a_note_says_the_same(pace: Pace) -> None:
    assert pace_notes.read(pace_notes.write(pace)) == pace


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"spent": 1}', '{"ceiling": [1]}'])
def test_a_note_that_cannot_be_read_begins_anew(text: str) -> None:
    assert pace_notes.read(text) == Pace()
