"""When the dashboard has to be looked at, and that a burst asks for it once."""

from datetime import timedelta

from bot.core.plan import Row
from bot.passes.memory.boards import PAUSE, Board
from tests.builders import NOW

QUIET = (Row("| `web` | `dev` | `v1` | up to date |", stands_alone=False),)
MOVED = (Row("| `web` | `dev` | `v1` | #7 |", stands_alone=False),)
HELD = (Row("| `web` | `dev` | `v1` | held back |", stands_alone=True),)


def test_the_first_rows_ask_for_a_look_and_the_same_ones_do_not() -> None:
    board = Board()

    assert board.learn("web", QUIET)
    assert not board.learn("api", QUIET), "somebody is on the way already"
    board.shown(dict(board.rows), exists=True, at=NOW)
    assert not board.learn("web", QUIET)
    assert board.learn("web", MOVED)


def test_without_an_issue_only_what_stands_nowhere_else_asks_for_one() -> None:
    board = Board()
    board.learn("web", QUIET)
    board.shown(dict(board.rows), exists=False, at=NOW)

    assert not board.learn("web", MOVED)
    assert not board.changed
    assert board.learn("web", HELD)


def test_it_rests_after_it_was_written_but_not_for_a_clock_that_was_ahead() -> None:
    board = Board()
    assert not board.was_just_written(NOW)
    board.shown({}, exists=True, at=NOW)

    assert board.was_just_written(NOW)
    assert not board.was_just_written(NOW + PAUSE)
    assert not board.was_just_written(NOW - timedelta(days=400))


def test_what_is_learnt_while_it_is_written_is_written_next() -> None:
    board = Board()
    board.learn("web", QUIET)
    written = dict(board.rows)
    board.learn("web", MOVED)

    board.shown(written, exists=True, at=NOW)

    assert board.changed
    assert board.paused_until == NOW + PAUSE
