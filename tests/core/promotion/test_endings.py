"""How a promotion ended: written once on the newest past promotion of an environment, whoever ended it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.observation.actors import Actor
from bot.core.observation.pull_request import LastPage, OwnComment
from bot.core.pages import pull_request, status_comment
from bot.core.plan import Action, DescribePromotion, EditStatus
from bot.core.state import PastPromotion, State
from tests.builders import (
    NOW,
    actor,
    arrival,
    environment,
    environment_state,
    oid,
    past,
    policy,
    question,
    state,
)

RULES = policy(environment())
BODY = pull_request.body(question())
STATUS = OwnComment("IC_1", f"It waits.\n\n{status_comment.NOTE}no label\n\n<!-- gitops-bot status {'0' * 16} -->")
BY_PERSON = "Merged by alice on 2026-03-02 09:31 UTC as abc1234."
AT = NOW.replace(year=2026, month=3, day=2, hour=9, minute=31, second=7)
COMMIT = "abc1234" + "0" * 33


def merged(number: int = 5, *, by: Actor | None = None, body: str = BODY, **fields: Any) -> PastPromotion:
    """A promotion that was merged, with what people read of it."""
    comments = fields.pop("comments", (STATUS,))
    page = LastPage("PR_5", "dev: web v1.5.0", body, comments)
    found = replace(past("v1.5.0", number=number, at=AT, merged=True), version=None, merge_oid=COMMIT, page=page)
    return replace(found, merged_by=by or actor("alice"), **fields)


def after(*promotions: PastPromotion, tag: str = "v1.5.0", pull: int | None = 5) -> State:
    came = arrival(tag, at=AT, pull=pull, commit=oid("another"))
    return state(environment_state("dev", tag=tag, arrivals=(came,), past=promotions))


def endings(seen: State) -> list[Action]:
    return [each for each in decide(seen, RULES, NOW).actions if isinstance(each, DescribePromotion | EditStatus)]


def described(seen: State) -> DescribePromotion:
    return next(each for each in endings(seen) if isinstance(each, DescribePromotion))


def said(seen: State) -> str:
    return next(each.body for each in endings(seen) if isinstance(each, EditStatus))


def test_the_description_says_who_merged_it_in_place_of_who_merges_it() -> None:
    found = described(after(merged()))

    assert (found.pull_id, found.number, found.title) == ("PR_5", 5, "dev: web v1.5.0")
    merges = "The bot merges this pull request when every gate passes; the check `gitops/promotion` has them all."
    assert merges in BODY
    assert found.body == BODY.replace(merges, BY_PERSON).rpartition("<!--")[0] + "<!-- gitops-bot ended -->"


def test_the_status_comment_says_what_runs_now() -> None:
    assert said(after(merged())) == (
        "✅ **Merged** by alice on 2026-03-02 09:31 UTC as abc1234: `dev` runs `v1.5.0`.\n\n"
        "**Environments:** dev `v1.5.0`\n\n"
        "> ⚠️ no label\n\n"
        "<!-- gitops-bot status ended -->"
    )


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (Actor(""), "Merged by somebody on"),
        (Actor("gitops-bot", is_bot=True), "Merged by gitops-bot on"),
        (Actor("github-merge-queue", is_bot=True), "Merged by github-merge-queue on"),
        (Actor("x_y_"), "Merged by x\\_y\\_ on"),
    ],
)
def test_whoever_merged_it(by: Actor, words: str) -> None:
    assert words in described(after(merged(by=by))).body


@pytest.mark.parametrize(
    ("seen", "runs"),
    [
        (after(merged(merge_oid=oid("another")), pull=None), True),
        (after(merged(), pull=None), False),
        (after(merged(), tag="v1.6.0", pull=7), False),
        (state(environment_state("dev", arrivals=(), past=(merged(),))), False),
    ],
)
def test_what_runs_is_said_of_the_last_arrival_alone(seen: State, runs: bool) -> None:  # noqa: FBT001 -- a column
    assert ("`dev` runs" in said(seen)) is runs


def test_it_is_written_once() -> None:
    first = after(merged())
    page = LastPage("PR_5", "dev: web v1.5.0", described(first).body, (OwnComment("IC_1", said(first)),))

    assert endings(after(replace(merged(by=actor("another-name")), page=page))) == []


def test_an_older_promotion_stays_as_it_is() -> None:
    newest = replace(merged(6), closed_at=AT + timedelta(hours=1), page=None)

    assert endings(after(newest, merged())) == []
    assert endings(after(merged(), newest)) == []


def test_what_a_person_wrote_instead_stays() -> None:
    assert endings(after(merged(body="My own words.", comments=()))) == []


def test_a_description_that_a_person_edited_keeps_their_words() -> None:
    edited = "My words.\r\n\r\n" + BODY.rpartition("\n\n")[2]

    assert described(after(merged(body=edited))).body == f"My words.\n\n{BY_PERSON}\n\n<!-- gitops-bot ended -->"


def test_a_mark_that_was_quoted_further_up_is_not_ours() -> None:
    assert BY_PERSON in described(after(merged(body=f"<!-- gitops-bot ended -->\n\n{BODY}"))).body


def test_a_commit_that_is_gone_is_not_named() -> None:
    assert "09:31 UTC.\n" in described(after(merged(merge_oid=""))).body


def test_the_next_state_of_a_promotion_that_ended_is_written_over_its_end() -> None:
    """Such as after a person reopened it."""
    assert pull_request.differs("Text\n\n<!-- gitops-bot ended -->", BODY)
