"""The dashboard: a row per environment, opened if something is shown by no pull request."""

from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import Mergeable
from bot.core.pages.dashboard import LONGEST, TITLE, Dashboard, decide_dashboard
from bot.core.plan import Row
from bot.core.policy import Policy
from bot.core.state import EnvironmentState
from bot.core.values.artifacts import Missing
from bot.core.values.errors import Problem
from tests.builders import (
    NOW,
    WEB,
    application,
    artifact,
    artifacts,
    commit,
    environment,
    environment_state,
    oid,
    place,
    policy,
    promotion,
    rejected,
    rejection,
    report,
    repository,
    source,
    state,
)

DEV = policy(environment())
RED = policy(environment(gates={"checks": ["build"]}), applications=[application(source="acme/web")])
NOTHING = Dashboard(possible=True)


def row(here: EnvironmentState | None = None, rules: Policy = DEV, **fields: Any) -> Row:
    (found,) = decide(state(here or environment_state("dev"), **fields), rules, NOW).rows
    return found


def said(found: Row) -> str:
    """The last cell."""
    return found.text.removesuffix(" |").rpartition(" | ")[2]


def opened(**fields: Any) -> EnvironmentState:
    return environment_state("dev", promotion=promotion(**fields))


def red() -> dict[str, Any]:
    """v1.5.0 was built from a commit whose check failed."""
    known = artifacts("v1.4.0", artifact("v1.5.0", revision=oid("red")))
    return {"artifacts": known, "source": source(commit("red", report("build", Outcome.FAILURE)))}


def test_an_up_to_date_environment_says_so() -> None:
    found = row(tags=("v1.4.0",))

    assert found.text == "| `web` | `dev` | `v1.4.0` | ✅ Up to date (`v1.4.0`) |"
    assert not found.stands_alone


def test_an_open_promotion_shows_its_headline_without_a_cross_reference() -> None:
    found = row(opened(is_draft=True))

    assert said(found).startswith("[#7](../pull/7) to `v1.5.0`: ⛔ **Approvals:** the pull request is a draft")
    assert not found.stands_alone


def test_transient_answers_are_left_out() -> None:
    assert said(row(opened(mergeable=Mergeable.UNKNOWN))) == "[#7](../pull/7) to `v1.5.0`: ✅ **Every gate passes.**"


def test_a_blocked_version_names_the_reason_and_who_can_clear_it() -> None:
    found = row(rules=RED, **red())

    assert said(found).startswith("`v1.5.0` is held back: ⛔ **Checks:** `build` failed on commit")
    assert found.stands_alone


def test_a_missing_image_is_shown() -> None:
    found = row(tags={WEB: Missing(WEB, None)}, artifacts={})

    assert "the registry does not know" in said(found)
    assert found.stands_alone


def test_a_manual_environment_shows_what_can_be_promoted() -> None:
    found = row(rules=policy(environment(promote="manual")))

    assert said(found).startswith("`v1.5.0` can be promoted with `/promote dev web`: ")
    assert not found.stands_alone


def test_a_promotion_about_to_open_is_shown() -> None:
    found = row()

    assert said(found) == "opens a pull request for `v1.5.0`: ✅ **Every gate passes.**"
    assert not found.stands_alone


@pytest.mark.parametrize("rules", [policy(environment(mode="observe")), policy(environment(), mode="observe")])
def test_observe_mode_shows_what_would_be_done(rules: Policy) -> None:
    found = row(rules=rules)

    assert said(found) == "would open a pull request for `v1.5.0`: ✅ **Every gate passes.**"
    assert found.stands_alone


def test_an_unreadable_version_is_shown() -> None:
    mixed = environment_state("dev", None, places=(place("v1.4.0"), place("v1.3.0", path="envs/dev/web/other.yaml")))

    found = row(mixed)

    assert found.text.startswith("| `web` | `dev` | — | ")
    assert said(found).startswith(
        "No pull request can be opened for `v1.5.0`: ⛔ **Manifests:** the references disagree"
    )
    assert found.stands_alone, "no pull request can say it"


def test_a_rejected_version_is_shown_but_opens_no_issue() -> None:
    found = row(records=rejected(rejection()))

    assert said(found).startswith("`v1.5.0` is held back: ⛔ **Rejected:**")
    assert not found.stands_alone


def test_hostile_text_stays_in_its_cell() -> None:
    wild = rejected(rejection(reason="a | b\n| `api` | @all"))

    text = row(rules=policy(environment()), records=wild).text

    assert "\n" not in text
    assert "@all" not in text
    assert text.replace("\\|", "").count("|") == 5


# --- the page


HELD = Row("| `web` | `dev` | `v1` | held back |", stands_alone=True)
QUIET = Row("| `web` | `dev` | `v1` | up to date |", stands_alone=False)
TWO = policy(environment(), applications=[application("api"), application("web")])


def present(body: str, *, is_open: bool = True) -> Dashboard:
    return Dashboard(possible=True, issue_id="I_1", is_open=is_open, body=body)


def body_with(*rows: Row, rules: Policy = DEV) -> str:
    page = decide_dashboard(present("something else"), rules, {"web": rows})
    assert page is not None
    return page.body


def test_the_issue_opens_if_no_other_page_shows_a_reason() -> None:
    page = decide_dashboard(NOTHING, DEV, {"web": (HELD,)})

    assert page is not None
    assert (page.issue_id, page.title, page.label) == (None, TITLE, "gitops/dashboard")
    assert page.body.endswith(f"|---|---|---|---|\n{HELD.text}")


@pytest.mark.parametrize(
    ("seen", "row"),
    [
        (NOTHING, QUIET),
        (Dashboard(possible=False), HELD),
        (present("", is_open=False), QUIET),
        (present(body_with(HELD)), HELD),
        (present(body_with(HELD).replace("\n", "\r\n") + "\r\n"), HELD),
    ],
    ids=["nothing to tell", "no issues", "closed, nothing to tell", "stands there", "stands there, by another system"],
)
def test_nothing_is_written_in_these_cases(seen: Dashboard, row: Row) -> None:
    assert decide_dashboard(seen, DEV, {"web": (row,)}) is None


def test_an_open_issue_is_kept_current() -> None:
    page = decide_dashboard(present(body_with(HELD)), DEV, {"web": (QUIET,)})

    assert page is not None
    assert page.issue_id == "I_1"
    assert QUIET.text in page.body
    assert HELD.text not in page.body


def test_a_closed_issue_is_reopened_if_there_is_a_reason() -> None:
    page = decide_dashboard(present(body_with(HELD), is_open=False), DEV, {"web": (HELD,)})

    assert page is not None
    assert page.issue_id == "I_1"


def test_unknown_rows_are_kept_and_obsolete_ones_dropped() -> None:
    old = body_with(HELD) + "\n| `api` | `dev` | `v9` | kept |\n| `gone` | `dev` | `v1` | dropped |"

    page = decide_dashboard(present(old), TWO, {"web": (QUIET,)})

    assert page is not None
    assert page.body.endswith(f"| `api` | `dev` | `v9` | kept |\n{QUIET.text}")


def test_the_page_fits_into_an_issue() -> None:
    long = (Row("| `api` | " + "x" * LONGEST, stands_alone=False),)

    page = decide_dashboard(present("", is_open=True), TWO, {"api": long, "web": (HELD,)})

    assert page is not None
    assert page.body.endswith("2 more applications are not shown: an issue has room for 65,536 characters.")


def test_observe_mode_is_named_on_the_page() -> None:
    assert "**`mode: observe`**" in body_with(HELD, rules=policy(environment(), mode="observe"))
    assert "observe" not in body_with(HELD)


def test_an_archived_repository_gets_no_issue() -> None:
    assert row(repository=repository(archived=True)).text


# --- many applications, and a policy that does not fit the folders


def large(count: int) -> tuple[Policy, dict[str, tuple[Row, ...]]]:
    """So many applications in three environments; one in ten is blocked in prod, one in five waits in staging."""
    places = environment(), environment("staging", "dev"), environment("prod", "staging")
    rules = policy(*places, applications=[application(f"service-{number:04}") for number in range(count)])

    def text(name: str, number: int, where: str) -> str:
        blocked, waits = where == "prod" and number % 10 == 0, where == "staging" and number % 5 == 0
        said = "⛔ **Approvals:** waiting for 1 approval from acme/sre" if blocked else "✅ Up to date (`v1.0.0`)"
        return f"| `{name}` | `{where}` | `v1.0.0` | {'⏳ **Soak:** until noon' if waits else said} |"

    rows = {
        name: tuple(Row(text(name, number, where), stands_alone=number == 0) for where in rules.environments)
        for number, name in enumerate(rules.applications)
    }
    return rules, rows


@pytest.mark.parametrize("count", [21, 300, 1_000, 5_000])
def test_many_applications_are_grouped_and_fit(count: int) -> None:
    rules, rows = large(count)
    page = decide_dashboard(NOTHING, rules, rows)

    assert page is not None
    assert len(page.body) <= LONGEST + 200
    blocked = len(range(0, count, 10))
    assert f"| `prod` | {blocked} | 0 | {count - blocked} |" in page.body
    assert f"### ⛔ {blocked} need a person" in page.body
    problems = page.body.index("### ⛔")
    assert problems < page.body.index("<summary>⏳ staging:") < page.body.index("<summary>✅ dev:")
    assert page.body.index("`service-0000` | `prod`") > problems
    if count == 5_000:
        assert "more are not shown: an issue has room for 65,536 characters." in page.body


def test_a_grouped_page_is_written_once() -> None:
    rules, rows = large(100)
    page = decide_dashboard(NOTHING, rules, rows)

    assert page is not None
    assert decide_dashboard(present(page.body), rules, rows) is None
    kept = decide_dashboard(present(page.body), rules, {})
    assert kept is None, "rows that were not looked at stay, wherever they stand"


def test_nobody_is_needed_where_nothing_is_blocked() -> None:
    rules, rows = large(30)
    quiet = {
        name: tuple(Row(each.text.replace("⛔", "✅"), stands_alone=False) for each in row)
        for name, row in rows.items()
    }
    page = decide_dashboard(present("x"), rules, quiet)

    assert page is not None
    assert "###" not in page.body


def test_what_does_not_fit_between_policy_and_folders_is_told() -> None:
    problem = Problem(".gitops.yml", 7, 3, "'envs/dev/Web' cannot be an application")
    page = decide_dashboard(NOTHING, DEV, {"web": (QUIET,)}, (problem,))

    assert page is not None
    assert "### 1 warning about the policy\n\n- `.gitops.yml:7` 'envs/dev/Web' cannot be an application\n" in page.body
