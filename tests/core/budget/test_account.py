"""What an installation may write, when, and in which order; and how its budget learns."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.budget import notes
from bot.core.budget.account import DOCUMENTED, HOUR, LEAST, MEASURED, MINUTE, Account, Sizes, refuse, take
from bot.core.budget.costs import Ask, Urgency

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPEN, ROLLBACK, REST = Ask(Urgency.OPEN, 1), Ask(Urgency.ROLLBACK, 1), Ask(Urgency.REST, 1)


def spend(account: Account, count: int, *, urgency: Urgency = Urgency.ROLLBACK, now: datetime = NOW) -> Account:
    """Take so many one after the other, all of which must be granted."""
    for number in range(count):
        granted = take(account, {f"spent {now} {number}": Ask(urgency, 1)}, now)
        assert granted.waits == {}
        account = granted.account
    return account


def test_what_costs_nothing_never_waits() -> None:
    full = spend(Account(), MEASURED.minute)

    assert take(full, {"edit": Ask(Urgency.REST, 0)}, NOW).waits == {}


def test_a_minute_is_filled_and_not_more() -> None:
    full = spend(Account(), MEASURED.minute)

    wait = take(full, {"one more": ROLLBACK}, NOW).waits["one more"]

    assert (wait.used, wait.most, wait.per) == (20, 20, "minute")
    assert NOW + timedelta(minutes=1) < wait.until <= NOW + MINUTE + timedelta(seconds=10)
    assert take(full, {"one more": ROLLBACK}, wait.until).waits == {}


def test_an_hour_is_filled_and_not_more() -> None:
    account, now = Account(), NOW
    for _ in range(7):
        account, now = spend(account, 20, now=now), now + MINUTE + timedelta(seconds=10)
    account = spend(account, 10, now=now)

    wait = take(account, {"one more": ROLLBACK}, now).waits["one more"]

    assert (wait.used, wait.most, wait.per) == (150, 150, "hour")
    assert NOW + timedelta(hours=1) < wait.until <= NOW + HOUR + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("urgency", "room"),
    [(Urgency.ROLLBACK, 20), (Urgency.MERGE, 19), (Urgency.ANSWER, 18), (Urgency.OPEN, 16), (Urgency.REST, 14)],
)
def test_the_less_urgent_stop_sooner(urgency: Urgency, room: int) -> None:
    asks = {f"{number:02}": Ask(urgency, 1) for number in range(30)}

    assert 30 - len(take(Account(), asks, NOW).waits) == room


def test_the_most_urgent_go_first_within_one_plan() -> None:
    account = spend(Account(), 15)

    waits = take(account, {"a": OPEN, "b": OPEN, "c": ROLLBACK}, NOW).waits

    assert set(waits) == {"a", "b"}


def test_rollbacks_overtake_a_line_of_pull_requests() -> None:
    line = take(Account(), {f"open {number:02}": OPEN for number in range(90)}, NOW).account

    assert take(line, {"back": ROLLBACK}, NOW).waits == {}


def test_whoever_waits_has_a_place_and_newcomers_stand_behind() -> None:
    line = take(Account(), {f"open {number:02}": OPEN for number in range(40)}, NOW)
    first = min(line.waits, key=lambda name: line.waits[name].until)
    at = line.waits[first].until

    newcomer = take(line.account, {"newcomer": OPEN}, at)

    assert "newcomer" in newcomer.waits
    assert take(newcomer.account, {first: OPEN}, at).waits == {}


def test_ninety_are_told_different_times_and_all_are_granted_when_they_come() -> None:
    """No one looks again every minute: each comes once or twice."""
    account, now = Account(), NOW
    due = {f"open {number:02}": NOW for number in range(90)}
    asked = granted = 0
    while due:
        now = max(now, min(due.values()))
        for name in sorted(name for name, at in due.items() if at <= now):
            asked += 1
            answer = take(account, {name: OPEN}, now)
            account = answer.account
            if name in answer.waits:
                due[name] = answer.waits[name].until
                assert due[name] > now
            else:
                granted += 1
                del due[name]
    assert granted == 90
    assert asked <= 270
    assert now - NOW < timedelta(minutes=10), "they are 90 of 120 an hour, at 16 a minute"


def test_a_place_is_lost_by_whoever_does_not_come_back() -> None:
    line = take(Account(), {f"open {number:02}": OPEN for number in range(40)}, NOW).account

    later = take(line, {"newcomer": OPEN}, NOW + timedelta(hours=2))

    assert (later.waits, later.account.line) == ({}, ())


def test_an_event_before_its_time_keeps_the_place() -> None:
    line = take(Account(), {f"open {number:02}": OPEN for number in range(40)}, NOW)
    last = max(line.waits, key=lambda name: line.waits[name].until)

    again = take(line.account, {last: OPEN}, NOW + SECOND)

    assert again.waits[last].until == line.waits[last].until


class TestLearning:
    def test_a_refusal_pauses_and_halves_the_fuller_window(self) -> None:
        account = spend(Account(), 10)

        after = refuse(account, NOW + timedelta(minutes=5), NOW)

        assert after.sizes == Sizes(10, 150)
        wait = take(after, {"back": ROLLBACK}, NOW + timedelta(minutes=2)).waits["back"]
        assert (wait.refused, wait.until) == (True, NOW + timedelta(minutes=5))
        assert take(after, {"back": ROLLBACK}, NOW + timedelta(minutes=5)).waits == {}

    def test_a_refusal_late_in_a_full_hour_halves_the_hour(self) -> None:
        account, now = Account(), NOW
        for _ in range(14):
            account, now = spend(account, 10, now=now), now + timedelta(minutes=2)

        assert refuse(account, now, now).sizes == Sizes(20, 75)

    def test_it_never_falls_below_the_least(self) -> None:
        account = Account(sizes=LEAST)
        assert refuse(account, NOW, NOW).sizes == LEAST
        assert refuse(spend(account, 1, now=NOW - timedelta(minutes=5)), NOW, NOW).sizes == LEAST

    def test_the_later_of_two_pauses_counts(self) -> None:
        paused = refuse(Account(), NOW + HOUR, NOW)

        assert refuse(paused, NOW + MINUTE, NOW).paused_until == NOW + HOUR

    def test_refusals_at_the_same_time_count_once(self) -> None:
        once = refuse(spend(Account(), 10), NOW + MINUTE, NOW)

        assert refuse(once, NOW + MINUTE, NOW).sizes == once.sizes == Sizes(10, 150)

    def busy(self, account: Account, hours: int, *, since: datetime = NOW) -> Account:
        """Let something wait in each of so many hours, and look once in the next."""
        for hour in range(hours):
            full = spend(account, account.sizes.minute, now=since + hour * timedelta(hours=2) / 2)
            account = take(full, {"waits": OPEN}, since + hour * timedelta(hours=1)).account
        return take(account, {"later": ROLLBACK}, since + hours * timedelta(hours=1)).account

    def test_three_busy_hours_without_a_refusal_are_evidence(self) -> None:
        assert self.busy(Account(), 2).sizes == MEASURED
        assert self.busy(Account(), 3).sizes == Sizes(26, 188)

    def test_it_never_grows_beyond_what_is_documented(self) -> None:
        assert self.busy(Account(sizes=Sizes(75, 450)), 3).sizes == DOCUMENTED

    def test_what_was_refused_is_not_tried_again_for_a_week(self) -> None:
        refused = refuse(spend(Account(sizes=Sizes(26, 188)), 26), NOW, NOW)
        assert refused.sizes.minute == 13
        back = self.busy(Account(sizes=Sizes(25, 188), ceiling=refused.ceiling, ceiling_until=refused.ceiling_until), 3)
        assert back.sizes.minute == 25
        assert refuse(back, NOW, NOW).ceiling.minute == 24
        later = self.busy(
            Account(sizes=Sizes(25, 188), ceiling=refused.ceiling, ceiling_until=refused.ceiling_until),
            3,
            since=NOW + timedelta(days=8),
        )
        assert later.sizes.minute == 32


class TestClocks:
    def test_what_a_clock_wrote_that_was_far_ahead_is_dropped(self) -> None:
        ahead = spend(Account(), 20, now=NOW + timedelta(days=1))
        paused = refuse(ahead, NOW + timedelta(days=400), NOW)

        assert take(paused, {"one": ROLLBACK}, NOW).waits == {}


class TestNotes:
    def test_an_account_survives_as_text(self) -> None:
        line = take(Account(), {f"open {number:02}": OPEN for number in range(40)}, NOW).account
        account = refuse(line, NOW + MINUTE, NOW)

        assert notes.read(notes.write(account)) == account
        assert notes.read(notes.write(Account())) == Account()

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"spent": 1}'])
    def test_any_other_text_is_a_new_account(self, text: str) -> None:
        assert notes.read(text) == Account()
