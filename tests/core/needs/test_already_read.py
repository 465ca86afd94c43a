"""Which open pull requests the next looks can leave out."""

from dataclasses import replace
from datetime import timedelta

from bot.core.needs.repository import THOROUGH, AlreadyRead, already_read
from bot.core.observation.repository import Protection
from tests.builders import NOW, YESTERDAY, repository, sweep, swept_pull

PULLS = (swept_pull(updated_at=YESTERDAY), swept_pull(updated_at=NOW), swept_pull())
WHOLE = sweep(pulls=PULLS)
READ = AlreadyRead(NOW, WHOLE.policy_id, NOW)
PARTIAL = replace(WHOLE, partial=True)
SOON = NOW + timedelta(minutes=10)


def test_after_a_whole_look_those_that_change_later_are_new() -> None:
    assert already_read(WHOLE, None, NOW) == READ
    assert already_read(WHOLE, READ, SOON) == replace(READ, at=SOON)


def test_after_a_partial_look_the_whole_one_still_counts_for_an_hour() -> None:
    later = replace(PARTIAL, pulls=(swept_pull(updated_at=SOON),))
    assert already_read(later, READ, SOON) == replace(READ, until=SOON)
    assert already_read(later, READ, NOW + THOROUGH) is None
    assert already_read(PARTIAL, None, SOON) == replace(READ, at=SOON), "it was forgotten meanwhile"


def test_nothing_is_left_out_beside_a_merge_queue_or_where_nothing_is_open() -> None:
    queue = repository(protection=Protection(merge_queue=True))
    assert already_read(replace(WHOLE, repository=queue), READ, SOON) is None
    assert already_read(sweep(), READ, SOON) is None
