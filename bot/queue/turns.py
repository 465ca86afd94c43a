"""Whose turn it is: one ranking for both stores, as SQL over the keys that are due and those that run anywhere.

Installations take turns, in each of them its repositories, and in each of those its keys: first those that people wait for,
then by the time they have been due. A key's turn counts what its installation and its repository have in hand already, in all
replicas. So the thousandth key of a busy installation comes after the first one of each other.

A sweep lets `SWEEP_YIELDS` turns of others go first, and after `SWEEP_WAITS` it is a key like any other: nothing starves.

A claim must stay cheap however many keys are due. So it looks at the `OLDEST` and the `NEWEST` of each priority, picks the
`CANDIDATES` whose installations and repositories have least in hand, and ranks these. An installation that has nothing in hand
may therefore get all that one claim gives, and is behind the others from then on.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.core.values.permit import Priority
from bot.queue.protocol import Room

SWEEP_YIELDS = 4
SWEEP_WAITS = timedelta(minutes=1)
OLDEST = 2_000
NEWEST = 500
CANDIDATES = 200
"""At least; and four times what a claim takes, because other replicas take from the same start of the line."""

IN_ORDER = "ORDER BY turn, urgency, is_application, due, key"

_RANKED = """
WITH busy AS (
    SELECT account, repository, count(*) AS runs FROM TABLE WHERE owner IS NOT NULL GROUP BY account, repository
), hands AS (
    SELECT account, sum(runs) AS runs FROM busy GROUP BY account
), ready AS (
    SELECT key, due, account, repository, priority,
        CASE WHEN priority = 2 AND due <= LONG_AGO THEN 1 ELSE priority END AS urgency
    FROM (WINDOWS) AS due_now
), candidate AS (
    SELECT ready.*, ready.key <> ready.repository AS is_application,
        coalesce(hands.runs, 0) AS account_runs, coalesce(busy.runs, 0) AS repository_runs
    FROM ready
    LEFT JOIN hands ON hands.account = ready.account
    LEFT JOIN busy ON busy.repository = ready.repository
    ORDER BY coalesce(hands.runs, 0) + YIELDS * urgency, coalesce(busy.runs, 0), urgency, due, ready.key LIMIT CANDIDATES
), in_repository AS (
    SELECT candidate.*, repository_runs
        + row_number() OVER (PARTITION BY repository ORDER BY urgency, is_application, due, key) AS step
    FROM candidate
), in_account AS (
    SELECT in_repository.*, account_runs + YIELDS * urgency
        + row_number() OVER (PARTITION BY account ORDER BY urgency, step, is_application, due, key) AS turn
    FROM in_repository
)
"""

_WINDOW = """SELECT * FROM (
    SELECT key, due, account, repository, priority FROM TABLE
    WHERE owner IS NULL AND priority = PRIORITY AND due <= NOW AND WANTED ORDER BY due DIRECTION LIMIT MOST
) AS PRIORITY_DIRECTION"""

Kind = tuple[int, tuple[Priority, ...], frozenset[str]]
"""How many keys to take, of which priorities, and the repositories whose applications must wait."""


def kinds(room: Room) -> Iterator[Kind]:
    """Yield the kinds of key that there is room for; those that people wait for first."""
    if room.people > 0:
        yield room.people, (Priority.PEOPLE,), room.full_of_people
    if room.others > 0:
        yield room.others, (Priority.EVENT, Priority.SWEEP), room.full


def condition(priorities: tuple[Priority, ...]) -> str:
    """Return the SQL condition of a kind."""
    return f"priority IN ({', '.join(map(str, map(int, priorities)))})"


def ranked(
    priorities: tuple[Priority, ...], *, table: str, now: str, long_ago: str, wanted: str, candidates: str
) -> str:
    """Return the start of a claim, in which `in_account` has the candidates with their turns.

    now, long_ago: the present and the time `SWEEP_WAITS` before it, as the store has them. wanted: a further condition.
    candidates: how many keys to rank.
    """
    windows = " UNION ".join(
        _filled(
            _WINDOW,
            {
                "PRIORITY_DIRECTION": f"{each.name}_{end}",
                "PRIORITY": str(int(each)),
                "DIRECTION": end,
                "MOST": str(most),
            },
        )
        for each in priorities
        for end, most in (("ASC", OLDEST), ("DESC", NEWEST))
    )
    words = {"WINDOWS": windows, "TABLE": table, "LONG_AGO": long_ago, "NOW": now, "WANTED": wanted}
    return _filled(_RANKED, {**words, "YIELDS": str(SWEEP_YIELDS), "CANDIDATES": candidates})


def _filled(statement: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        statement = statement.replace(word, value)
    return statement
