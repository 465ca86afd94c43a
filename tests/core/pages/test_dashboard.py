"""The dashboard: a row for each environment, opened when there is something that no pull request says."""

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


def test_an_environment_that_is_up_to_date() -> None:
    found = row(tags=("v1.4.0",))

    assert found.text == "| `web` | `dev` | `v1.4.0` | ✅ Up to date (`v1.4.0`) |"
    assert not found.stands_alone


def test_an_open_promotion_says_its_headline_and_is_not_told_that_it_was_mentioned() -> None:
    found = row(opened(is_draft=True))

    assert said(found).startswith("[#7](../pull/7) to `v1.5.0`: ⛔ **Approvals:** the pull request is a draft")
    assert not found.stands_alone


def test_answers_that_are_gone_in_a_moment_are_left_out() -> None:
    assert said(row(opened(mergeable=Mergeable.UNKNOWN))) == "[#7](../pull/7) to `v1.5.0`: ✅ **Every gate passes.**"


def test_a_version_that_is_held_back_says_why_and_by_whom_it_can_be_cleared() -> None:
    found = row(rules=RED, **red())

    assert said(found).startswith("`v1.5.0` is held back: ⛔ **Checks:** `build` failed on commit")
    assert found.stands_alone


def test_an_image_that_is_not_there_is_told() -> None:
    found = row(tags={WEB: Missing(WEB, None)}, artifacts={})

    assert "the registry does not know" in said(found)
    assert found.stands_alone


def test_what_a_person_may_promote() -> None:
    found = row(rules=policy(environment(promote="manual")))

    assert said(found).startswith("`v1.5.0` can be promoted with `/promote dev web`: ")
    assert not found.stands_alone


def test_what_is_about_to_open() -> None:
    found = row()

    assert said(found) == "opens a pull request for `v1.5.0`: ✅ **Every gate passes.**"
    assert not found.stands_alone


@pytest.mark.parametrize("rules", [policy(environment(mode="observe")), policy(environment(), mode="observe")])
def test_who_only_observes_says_what_would_be_done(rules: Policy) -> None:
    found = row(rules=rules)

    assert said(found) == "would open a pull request for `v1.5.0`: ✅ **Every gate passes.**"
    assert found.stands_alone


def test_a_version_that_nobody_can_read() -> None:
    mixed = environment_state("dev", None, places=(place("v1.4.0"), place("v1.3.0", path="envs/dev/web/other.yaml")))

    found = row(mixed)

    assert found.text.startswith("| `web` | `dev` | — | ")
    assert said(found).startswith(
        "No pull request can be opened for `v1.5.0`: ⛔ **Manifests:** the references disagree"
    )
    assert found.stands_alone, "no pull request can say it"


def test_what_people_rejected_themselves_is_said_and_is_no_reason_for_an_issue() -> None:
    found = row(records=rejected(rejection()))

    assert said(found).startswith("`v1.5.0` is held back: ⛔ **Rejected:**")
    assert not found.stands_alone


def test_words_of_others_stay_in_their_cell() -> None:
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


def test_it_is_opened_when_something_stands_nowhere_else() -> None:
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
def test_nothing_is_written_where(seen: Dashboard, row: Row) -> None:
    assert decide_dashboard(seen, DEV, {"web": (row,)}) is None


def test_an_open_one_is_kept_current_whatever_there_is_to_tell() -> None:
    page = decide_dashboard(present(body_with(HELD)), DEV, {"web": (QUIET,)})

    assert page is not None
    assert page.issue_id == "I_1"
    assert QUIET.text in page.body
    assert HELD.text not in page.body


def test_a_closed_one_is_opened_again_when_there_is_something_to_tell() -> None:
    page = decide_dashboard(present(body_with(HELD), is_open=False), DEV, {"web": (HELD,)})

    assert page is not None
    assert page.issue_id == "I_1"


def test_what_was_not_looked_at_yet_is_kept_and_what_is_gone_is_dropped() -> None:
    old = body_with(HELD) + "\n| `api` | `dev` | `v9` | kept |\n| `gone` | `dev` | `v1` | dropped |"

    page = decide_dashboard(present(old), TWO, {"web": (QUIET,)})

    assert page is not None
    assert page.body.endswith(f"| `api` | `dev` | `v9` | kept |\n{QUIET.text}")


def test_it_never_becomes_longer_than_an_issue_can_be() -> None:
    long = (Row("| `api` | " + "x" * LONGEST, stands_alone=False),)

    page = decide_dashboard(present("", is_open=True), TWO, {"api": long, "web": (HELD,)})

    assert page is not None
    assert page.body.endswith("2 more applications are not shown: an issue has room for 65,536 characters.")


def test_it_says_that_the_bot_only_looks_on() -> None:
    assert "**`mode: observe`**" in body_with(HELD, rules=policy(environment(), mode="observe"))
    assert "observe" not in body_with(HELD)


def test_an_archived_repository_has_rows_and_nobody_writes_them() -> None:
    assert row(repository=repository(archived=True)).text
