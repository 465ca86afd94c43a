"""The status comment: one, the bot's own, edited only if it would say something else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core import gates
from bot.core.gates.question import Question
from bot.core.observation.pull_request import OwnComment, PullRequest
from bot.core.pages import status_comment
from bot.core.plan import EditStatus, IntroducePromotion, Severity, Verdict
from bot.core.policy import Policy
from tests.builders import (
    NOW,
    application,
    environment,
    environment_state,
    policy,
    promotion,
    question,
    repository,
    state,
)

DRAFT = Verdict("approvals", Severity.BLOCKED, "draft", {}, ("bob",))
PASSED = Verdict("approvals", Severity.PASSED, "approved", {"by": "bob", "later": ""})


def rules(*, owners: tuple[str, ...] = ("@acme/web",), merge: str = "auto", **page: Any) -> Policy:
    return policy(environment(merge=merge, pull_request=page), applications=[application(owners=owners)])


def about(*comments: OwnComment, room: bool = True, followed: Policy | None = None, **fields: Any) -> Question:
    opened = promotion(own_comments=comments, room_for_status=room, **fields)
    seen = state(environment_state("dev", promotion=opened), repository=repository(name="acme/deploy"))
    return question(policy=followed or rules(), state=seen)


def pull_of(asked: Question) -> PullRequest:
    assert asked.promotion is not None
    return asked.promotion.pull


def introduced(asked: Question, *verdicts: Verdict, merges: bool = False) -> IntroducePromotion:
    (found,) = status_comment.introduction(asked, verdicts, merges=merges)
    return found


def test_it_lists_open_gates_by_severity_and_the_next_change() -> None:
    at = NOW + timedelta(hours=2)
    soak = {"environment": "dev", "since": "a", "until": "2026-03-03 14:00 UTC", "wanted": "4h"}
    waiting = Verdict("soak", Severity.WAITING, "soak-running", soak, (), at)
    silent = Verdict("image", Severity.WAITING, "draft", {}, (), NOW + timedelta(minutes=3))

    assert status_comment.standing(about(), (PASSED, waiting, silent, DRAFT)).splitlines()[:8] == [
        "⛔ **Approvals:** the pull request is a draft. Can be cleared by bob.",
        "",
        "- ⏳ **Soak:** soaking in `dev` until 2026-03-03 14\\:00 UTC (4h, started a). Clears automatically.",
        "- ⏳ **Image:** the pull request is a draft. Clears automatically.",
        "",
        "Checked again at 2026-03-03 14:00 UTC, and whenever something changes.",
        "",
        "<details><summary>✅ 1 gate passed</summary>",
    ]
    assert "again" not in status_comment.standing(about(), (silent,))


@pytest.mark.parametrize(
    ("asked", "next_step"),
    [
        (about(), "The bot merges it."),
        (about(followed=rules(merge="manual")), "A person merges it: the policy has `merge: manual` here."),
        (about(is_queued=True), "In GitHub's merge queue, which merges it when its turn comes."),
        (replace(about(), state=state(environment_state("dev"))), "The bot merges it."),
    ],
)
def test_without_open_gates_it_says_who_merges(asked: Question, next_step: str) -> None:
    assert status_comment.standing(asked, (PASSED,)).splitlines()[0] == f"✅ **Every gate passes.** {next_step}"


def test_it_is_created_once_with_labels_and_review_requests() -> None:
    asked = about(followed=rules(labels=["env/{environment}", "{application}", "web"], reviewers=["owners", "@kim"]))
    found = introduced(asked, DRAFT)

    assert (found.pull_id, found.number) == ("PR_7", 7)
    assert (found.labels, found.reviewers) == (("env/dev", "web"), ("acme/web", "kim"))
    assert found.body.splitlines()[0].startswith("⛔ **Approvals:**")
    there = about(OwnComment("IC_1", found.body))
    assert status_comment.introduction(there, (DRAFT,), merges=False) == ()
    assert status_comment.edited(there, (DRAFT,)) == ()


def test_roles_and_teams_of_other_organisations_are_not_requested() -> None:
    owners = ("write", "@Acme/web", "@other/web")
    found = introduced(about(followed=rules(owners=owners, reviewers=["owners"])), DRAFT)

    assert found.reviewers == ("Acme/web",)
    assert "> ⚠️ could not `request a review from other/web`: it is a team of another organisation\n" in found.body


@pytest.mark.parametrize(
    "asked",
    [
        about(room=False),
        replace(about(), state=state(environment_state("dev"))),
    ],
)
def test_it_is_not_created_beyond_the_first_comments(asked: Question) -> None:
    assert status_comment.introduction(asked, (DRAFT,), merges=False) == ()
    assert status_comment.edited(asked, (DRAFT,)) == ()


def test_a_promotion_that_merges_at_once_only_gets_labels() -> None:
    labelled = about(followed=rules(labels="deploy", reviewers="owners"))

    assert status_comment.introduction(about(), (PASSED,), merges=True) == ()
    assert introduced(labelled, PASSED, merges=True).labels == ("deploy",)
    assert introduced(labelled, PASSED, merges=True).reviewers == ()


def test_after_a_refused_merge_the_full_comment_is_created() -> None:
    refused = Verdict("refused", Severity.BLOCKED, "github-refused", {"doing": "merge #7", "said": "No"})
    found = introduced(about(followed=rules(reviewers="owners")), refused, PASSED, merges=True)

    assert found.body.startswith("⛔ **Refused:** GitHub refused to merge")
    assert found.reviewers == ("acme/web",)


def test_another_comment_of_the_bot_is_not_mistaken_for_it() -> None:
    quoted = OwnComment("IC_1", "> `<!-- gitops-bot status 0123456789abcdef -->`\n\nDone.")
    mentioned = OwnComment("IC_2", "<!-- gitops-bot status 0123456789abcdef -->\n\nDone.")

    assert introduced(about(quoted, mentioned), DRAFT).body


def test_it_is_edited_only_on_change_and_keeps_its_notes() -> None:
    body = status_comment.with_refusals(introduced(about(), DRAFT).body, (("ask @kim", "GitHub: no #1 <b>"),))
    asked = about(OwnComment("IC_9", "Hello."), OwnComment("IC_1", body.replace("\n", "\r\n")))

    assert status_comment.edited(asked, (DRAFT,)) == ()
    (found,) = status_comment.edited(asked, (PASSED,))
    assert (found.comment_id, found.number) == ("IC_1", 7)
    assert found.body.splitlines()[0] == "✅ **Every gate passes.** The bot merges it."
    assert found.body.splitlines()[-3:-2] == [
        "> ⚠️ could not `ask @kim`: GitHub\\: no \\#\u20601 \\<b\\>",
    ]


def test_it_does_not_change_with_time() -> None:
    asked = about()
    later = replace(asked, now=asked.now + timedelta(minutes=1))

    assert status_comment.standing(asked, gates.judge(asked)) == status_comment.standing(later, gates.judge(later))


def test_it_ends_with_why_the_promotion_was_closed() -> None:
    there = about(OwnComment("IC_1", introduced(about(), DRAFT).body))
    (found,) = status_comment.ended(pull_of(there), "Closed: `dev` has it.")

    assert isinstance(found, EditStatus)
    assert found.body.startswith("Closed: `dev` has it.\n\n<!-- gitops-bot status ")
    assert status_comment.ended(pull_of(about()), "Closed.") == ()
