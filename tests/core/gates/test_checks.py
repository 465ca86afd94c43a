"""The rows are those of `bot/core/gates/checks.py`."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.gates import checks
from bot.core.observation.commits import Outcome
from bot.core.observation.source import SourceSeen
from bot.core.plan import Verdict
from tests.builders import application, commit, environment, oid, policy, question, report, said, source, state, version

BUILT = oid("built")
FAILED, PENDING = Outcome.FAILURE, Outcome.PENDING


def ask(
    seen: SourceSeen | None, *, wanted: tuple[str, ...] = ("build",), built: str | None = BUILT, **app: Any
) -> Verdict:
    rules = policy(environment(gates={"checks": wanted}), applications=[application(**{"source": "acme/web", **app})])
    return checks.judge(question(version("v1.5.0", commit=built), policy=rules, state=state(source=seen)))


def reports(*given: Any) -> SourceSeen:
    return source(commit(BUILT, *given))


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        ((), None, "passed no-checks-wanted"),
        (("build",), None, "blocked source-unreadable"),
        (("build",), source(commit(BUILT, report("build")), readable=False), "blocked source-unreadable"),
        (("build",), source(commit("another", report("build"))), "blocked source-unreadable"),
        (("build",), reports(report("build", FAILED)), "blocked checks-failed"),
        (("build",), reports(report("build", PENDING)), "waiting checks-pending"),
        (("build",), reports(), "waiting checks-pending"),
        (("build",), reports(report("lint", FAILED)), "waiting checks-pending"),
        (("build",), reports(report("build")), "passed checks-passed"),
        # A pattern means every check that fits it, and at least one.
        (("test / *",), reports(report("test / unit"), report("test / e2e")), "passed checks-passed"),
        (("test / *",), reports(report("test / unit"), report("test / e2e", FAILED)), "blocked checks-failed"),
        (("test / *",), reports(report("test / unit"), report("test / e2e", PENDING)), "waiting checks-pending"),
        (("build", "test / *"), reports(report("build")), "waiting checks-pending"),
        # What failed outweighs what still runs: it needs a person.
        (("build", "lint"), reports(report("build", PENDING), report("lint", FAILED)), "blocked checks-failed"),
        # Brackets are themselves: names of checks have them.
        (("test [linux]",), reports(report("test [linux]")), "passed checks-passed"),
    ],
)
def test_verdict_follows_the_reports_on_the_source_commit(
    wanted: tuple[str, ...], seen: SourceSeen | None, expected: str
) -> None:
    assert said(ask(seen, wanted=wanted)) == expected


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        (("build",), (report("build"),), "passed checks-passed"),
        (("build",), (report("build", PENDING),), "waiting checks-pending"),
        (("build",), (report("lint"),), "blocked checks-unread"),
        (("test / *",), (report("test / unit"),), "blocked checks-unread"),
        (("test ?",), (report("test 1"),), "blocked checks-unread"),
        (("test / *",), (report("test / unit", FAILED),), "blocked checks-failed"),
    ],
)
def test_an_unread_report_does_not_count_as_success(
    wanted: tuple[str, ...], given: tuple[Any, ...], expected: str
) -> None:
    """GitHub had more than one page of reports, and a failed one may be on another page."""
    seen = source(replace(commit(BUILT, *given), reports_complete=False))

    assert said(ask(seen, wanted=wanted)) == expected


@pytest.mark.parametrize(
    ("built", "fields", "missing"),
    [
        (None, {}, "a whole commit id as org.opencontainers.image.revision"),
        (BUILT, {"source": None}, "source:"),
    ],
)
def test_an_unknown_source_commit_is_explained(built: str | None, fields: dict[str, Any], missing: str) -> None:
    verdict = ask(reports(report()), built=built, **fields)

    assert said(verdict) == "blocked source-unknown"
    assert verdict.facts["missing"] == missing


def test_failed_checks_are_named_with_their_commit() -> None:
    verdict = ask(reports(report("build", FAILED), report("lint")), wanted=("build", "lint"))

    assert verdict.facts == {"commit": BUILT[:7], "repository": "acme/web", "checks": "build"}
    assert verdict.who == (
        "anyone who can re-run it in acme/web",
        "people with maintain permission, using `/override checks dev web REASON`",
    )


def test_running_and_missing_checks_are_named() -> None:
    verdict = ask(reports(report("build", PENDING)), wanted=("build", "test / *"))

    assert verdict.facts["checks"] == "build, test / *"


def test_a_source_of_another_owner_names_the_setting() -> None:
    verdict = ask(replace(source(readable=False), allowed=False), source="globex/web")

    assert verdict.who[0] == "the people who run the bot, using `SOURCES_ALLOWED=acme:globex`"
    assert verdict.facts["why"] == "this server is not allowed to read sources of globex for policies of acme"


def test_whoever_cannot_see_the_source_reads_the_names_of_the_policy() -> None:
    """Its checks may be named after what nobody outside is to know."""
    seen = reports(report("test / secret plan", FAILED), report("test / unit"))
    hidden = ask(seen, wanted=("test / *",), source={"repository": "acme/web", "commits": "ids"})

    assert hidden.facts["checks"] == "test / *"
    assert ask(seen, wanted=("test / *",)).facts["checks"] == "test / secret plan"
