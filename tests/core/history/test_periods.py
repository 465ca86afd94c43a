"""Periods: how long an environment held a version, and which commits count for it."""

from datetime import timedelta

from bot.core.history.periods import all_periods, first_success, newest_report, periods_of
from bot.core.observation.commits import Outcome
from tests.builders import NOW, ago, arrival, commit, environment_state, oid, report, state, version

CAME, LEFT = arrival("v1.5.0", ago(hours=2), commit=oid("came")), arrival("v1.6.0", ago(hours=1), commit=oid("left"))
HERE = environment_state("dev", "v1.6.0", arrivals=(LEFT, CAME))


def test_a_period_ends_when_the_next_begins() -> None:
    latest, before = all_periods(state(HERE), HERE)

    assert (latest.version, latest.since, latest.until, latest.successor) == (version("v1.6.0"), LEFT.at, None, None)
    assert (before.version, before.since, before.until) == (version("v1.5.0"), CAME.at, LEFT.at)
    assert before.successor == version("v1.6.0")


def test_an_unreadable_arrival_is_neither_a_period_nor_a_successor() -> None:
    unreadable = arrival(None, ago(minutes=90))
    here = environment_state("dev", "v1.6.0", arrivals=(LEFT, unreadable, CAME))
    latest, before = all_periods(state(here), here)

    assert before.until == unreadable.at
    assert before.successor == latest.version


def test_periods_of_a_version_are_newest_first() -> None:
    again = arrival("v1.5.0", ago(minutes=5))
    here = environment_state("dev", "v1.5.0", arrivals=(again, LEFT, CAME))

    assert [period.since for period in periods_of(state(here), here, version("v1.5.0"))] == [again.at, CAME.at]


def test_commits_of_a_period_end_before_the_commit_that_replaced_the_version() -> None:
    recent = tuple(commit(word) for word in ("newest", "left", "between", "came", "before"))
    latest, before = all_periods(state(HERE, recent=recent), HERE)

    assert [each.oid for each in latest.commits] == [oid("newest"), oid("left")]
    assert [each.oid for each in before.commits] == [oid("between"), oid("came")]


def test_an_old_first_commit_is_looked_up() -> None:
    known = {oid("came"): commit("came")}
    latest, before = all_periods(state(HERE, recent=(commit("newest"), commit("newer")), commits=known), HERE)

    assert [each.oid for each in latest.commits] == [oid("newest"), oid("newer")]
    assert [each.oid for each in before.commits] == [oid("came")]


def test_a_period_from_before_the_newest_commits_counts_them_to_its_end() -> None:
    recent = tuple(commit(word) for word in ("newest", "left", "between"))
    known = {oid("came"): commit("came")}
    _, before = all_periods(state(HERE, recent=recent, commits=known), HERE)

    assert [each.oid for each in before.commits] == [oid("between"), oid("came")]


def test_the_reports_of_the_version_before_do_not_count_where_a_force_push_removed_the_first_commit() -> None:
    early, late = report("x", at=ago(minutes=90)), report("x", Outcome.FAILURE, at=ago(minutes=10))
    recent = commit("rewritten", late), commit("other", early), commit("came", early), commit("older", early)
    (latest,) = periods_of(state(HERE, recent=recent), HERE, version("v1.6.0"))

    assert [each.oid for each in latest.commits] == [oid("rewritten"), oid("other")]
    assert newest_report(latest, "x") == late
    assert first_success(latest, "x") is None


def test_the_reports_of_the_version_before_do_not_count_where_a_commit_has_an_old_date() -> None:
    """GitHub sorts a history with merges by the dates of its commits, which their authors chose."""
    early, late = report("x", at=ago(minutes=90)), report("x", Outcome.FAILURE, at=ago(minutes=10))
    recent = (
        commit("newest", late),
        commit("before", early),
        commit("dated", report("y", at=None)),
        commit("left", report("z", at=ago(days=1))),
    )
    (latest,) = periods_of(state(HERE, recent=recent), HERE, version("v1.6.0"))

    assert (newest_report(latest, "x"), first_success(latest, "x")) == (late, None)
    assert (first_success(latest, "y"), first_success(latest, "z")) == (LEFT.at, LEFT.at)


def test_the_newest_report_is_by_time_else_by_commit() -> None:
    late, early = report("x", Outcome.FAILURE, at=NOW), report("x", at=NOW - timedelta(minutes=1))
    timeless = report("x", Outcome.PENDING, at=None)

    def newest(*commits: object) -> object:
        here = environment_state("dev", "v1.5.0", arrivals=(CAME,))
        (period,) = all_periods(state(here, recent=commits), here)
        return newest_report(period, "x")

    assert newest(commit("later", early), commit("came", late)) == late
    assert newest(commit("later", timeless), commit("came", late)) == timeless
    assert newest(commit("later", early), commit("came", timeless)) == early
    assert newest(commit("later", report("y")), commit("came")) is None


def test_the_first_success_is_never_before_the_period() -> None:
    here = environment_state("dev", "v1.5.0", arrivals=(CAME,))
    recent = (commit("later", report("x", at=NOW)), commit("came", report("x", at=ago(days=1)), report("y", at=None)))
    (period,) = all_periods(state(here, recent=recent), here)

    assert first_success(period, "x") == CAME.at
    assert first_success(period, "y") == CAME.at
    assert first_success(period, "z") is None


def test_a_period_begins_when_the_version_was_certainly_there() -> None:
    """A commit made five hours ago and pushed now (akuity/kargo#3731).

    The previous version's period still ends at the commit's date.
    """
    pushed = arrival("v1.6.0", ago(hours=5), latest=ago(minutes=1))
    here = environment_state("dev", "v1.6.0", arrivals=(pushed, arrival("v1.5.0", ago(hours=6))))

    latest, before = all_periods(state(here), here)

    assert (latest.since, before.until) == (ago(minutes=1), ago(hours=5))
