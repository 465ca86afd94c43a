"""The end of a promotion: written once on an environment's newest past promotion, whoever ended it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.observation.actors import Actor
from bot.core.observation.pull_request import LastPage, OwnComment
from bot.core.pages import pull_request, status_comment
from bot.core.plan import Action, DeleteBranch, DescribePromotion, EditStatus, IntroducePromotion, OpenPromotion, Plan
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
from tests.core.applied import noted

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
    return replace(found, ended_by=by or actor("alice"), **fields)


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
def test_the_ending_names_the_person_or_the_bot(by: Actor, words: str) -> None:
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
def test_only_the_last_arrival_says_what_runs(seen: State, runs: bool) -> None:  # noqa: FBT001 -- a column
    assert ("`dev` runs" in said(seen)) is runs


def test_the_ending_is_written_once() -> None:
    first = after(merged())
    page = LastPage("PR_5", "dev: web v1.5.0", described(first).body, (OwnComment("IC_1", said(first)),))

    assert endings(after(replace(merged(by=actor("another-name")), page=page))) == []


def test_an_older_promotion_is_unchanged() -> None:
    newest = replace(merged(6), closed_at=AT + timedelta(hours=1), page=None)

    assert endings(after(newest, merged())) == []
    assert endings(after(merged(), newest)) == []


def test_a_replaced_description_is_unchanged() -> None:
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


def closed(by: Actor, **fields: Any) -> State:
    """A promotion of v1.5.0 that somebody closed an hour ago; dev runs v1.4.0."""
    page = LastPage("PR_5", "dev: web v1.5.0", BODY, (STATUS,))
    found = past("v1.5.0", at=NOW - timedelta(hours=1))
    ending = replace(found, by_person=not by.is_bot, by_machine=by.is_bot, ended_by=by, page=page, **fields)
    return state(environment_state("dev", past=(ending,), branch_oid=oid("left")))


def followed(seen: State, at: datetime = NOW) -> Plan:
    return decide(noted(seen, RULES), RULES, at)


def test_a_close_by_a_person_says_what_it_means_and_how_to_undo_it_and_then_leaves_the_branch_alone() -> None:
    """dependabot/feedback#641"""
    seen = closed(actor("alice"))
    status, deleted = followed(seen).actions
    assert isinstance(status, EditStatus)
    assert isinstance(deleted, DeleteBranch)
    assert status.body.startswith(
        "⛔ **Closed by alice:** this rejects `v1.5.0` in `dev`. To allow it again: `/unreject web@v1.5.0`"
    )
    here = seen.environments["dev"]
    page = LastPage("PR_5", "", BODY, (OwnComment("IC_1", status.body),))
    restored = replace(here, past=(replace(here.past[0], page=page),))
    assert followed(replace(seen, environments={"dev": restored})).actions == ()


def test_a_close_by_a_machine_is_no_rejection_and_lasts_a_day() -> None:
    """zfs-replicate#564"""
    seen = closed(actor("stale", is_bot=True))
    assert noted(seen, RULES) == seen
    plan = followed(seen)
    (status,) = plan.actions
    assert isinstance(status, EditStatus)
    assert status.body.startswith("⏳ **Closed by stale**, an App: this does not reject `v1.5.0`. ")
    assert plan.again_at == NOW + timedelta(hours=23)
    later = followed(seen, NOW + timedelta(hours=23))
    assert any(isinstance(action, OpenPromotion) for action in later.actions)


@pytest.mark.parametrize("room", [True, False])
def test_a_promotion_that_was_closed_before_its_status_comment_gets_one_for_this(room: bool) -> None:  # noqa: FBT001
    """dependabot/feedback#641"""
    seen = closed(actor("alice"))
    here = seen.environments["dev"]
    bare = replace(here, past=(replace(here.past[0], page=LastPage("PR_5", "", BODY, (), room_for_status=room)),))
    told = [
        each
        for each in followed(replace(seen, environments={"dev": bare})).actions
        if not isinstance(each, DeleteBranch)
    ]
    assert [type(each) for each in told] == [IntroducePromotion] * room
    for each in told:
        assert isinstance(each, IntroducePromotion)
        assert (each.pull_id, each.number, each.labels, each.reviewers) == ("PR_5", 5, (), ())
        assert each.body.startswith("⛔ **Closed by alice:** ")
        assert each.body.endswith("<!-- gitops-bot status ended -->")


def test_a_closed_promotion_of_no_single_version_says_nothing() -> None:
    assert not [each for each in followed(closed(actor("alice"), version=None)).actions if isinstance(each, EditStatus)]


def test_a_closed_promotion_that_nothing_speaks_against_says_nothing() -> None:
    quiet = closed(actor("alice"))
    here = quiet.environments["dev"]
    superseded = replace(here, past=(replace(here.past[0], by_person=False),))
    found = followed(replace(quiet, environments={"dev": superseded})).actions
    assert not [each for each in found if isinstance(each, EditStatus)]
