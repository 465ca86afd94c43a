"""What a promotion's page says of refused deployments, and who can fix them."""

from dataclasses import replace

import pytest

from bot.core.deployments.reasons import (
    NO_COMMIT,
    NO_PERMISSION,
    NOT_ALLOWED,
    NOT_INSTALLED,
    who_can_fix,
    without_commit,
)
from bot.core.deployments.told import told, with_undeployed
from bot.core.observation.pull_request import LastPage, OwnComment
from bot.core.pages.parts.refused_deployments import in_markdown, in_plain_words
from bot.core.plan import EditStatus, IntroducePromotion
from bot.core.state import State
from bot.core.values.deployment import RefusedDeployment
from tests.builders import environment_state, past, state
from tests.core.deployments.test_reconcile import PLACE, WANTED

STATUS = "✅ **Merged**\n\n<!-- gitops-bot status ended -->"
REFUSED = RefusedDeployment(WANTED, NO_PERMISSION)
NOTE = (
    "> ⚠️ No deployment of `prod` on `acme/web`: the App may not write deployments there. This can be fixed by an owner of "
    "acme, by granting the App the permission Deployments"
)


def page(*bodies: str, room: bool = True) -> LastPage:
    comments = tuple(OwnComment(f"IC_{number}", body) for number, body in enumerate(bodies))
    return LastPage("PR_5", "prod: web", "", comments, room_for_status=room)


def merged(shown: LastPage | None) -> State:
    return state(environment_state("prod", past=(replace(past(merged=True), page=shown),)))


def test_it_is_added_to_the_status_comment_once() -> None:
    (edit,) = told(merged(page(STATUS)), [REFUSED], ())

    assert edit == EditStatus("IC_0", 5, f"✅ **Merged**\n\n{NOTE}\n\n<!-- gitops-bot status ended -->")
    assert told(merged(page(edit.body)), [REFUSED], ()) == ()


def test_what_the_pass_has_just_written_there_stays() -> None:
    written = EditStatus("IC_0", 5, "✅ **Merged** by sam\n\n<!-- gitops-bot status ended -->")
    (edit,) = told(merged(page(STATUS)), [REFUSED], (written,))
    assert edit.body.startswith(f"✅ **Merged** by sam\n\n{NOTE}\n\n<!--")


def test_a_promotion_without_a_status_comment_gets_one_if_there_is_room() -> None:
    two = [REFUSED, RefusedDeployment(replace(WANTED, place=replace(PLACE, repository="acme/deploy")), "x")]
    (comment,) = told(merged(page()), two, ())
    assert isinstance(comment, IntroducePromotion)
    assert comment.body.count("> ⚠️ No deployment") == 2
    assert comment.body.endswith("<!-- gitops-bot status ended -->")
    assert told(merged(page(room=False)), [REFUSED], ()) == ()


def test_an_older_promotion_whose_page_was_not_read_is_left_alone() -> None:
    assert told(merged(None), [REFUSED], ()) == ()
    assert told(merged(page(STATUS)), [RefusedDeployment(replace(WANTED, number=4), "x")], ()) == ()


def test_words_of_github_mention_nobody() -> None:
    (edit,) = told(merged(page(STATUS)), [RefusedDeployment(WANTED, "no @acme/sre <b>")], ())
    assert "@acme" not in edit.body
    assert "<b>" not in edit.body


def test_a_version_without_a_commit_is_refused_before_github_is_asked() -> None:
    unknown = replace(WANTED, commit="")
    assert without_commit([WANTED, unknown]) == (RefusedDeployment(unknown, NO_COMMIT),)


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (NO_COMMIT, "the people who build it, with the label org.opencontainers.image.revision"),
        (NOT_INSTALLED, "an owner of acme, by installing the App on acme/web"),
        (NOT_ALLOWED, "the administrator of the bot's server, with SOURCES_ALLOWED"),
        (NO_PERMISSION, "an owner of acme, by granting the App the permission Deployments"),
        (
            "GitHub answered 403: Resource not accessible by integration",
            "an owner of acme, by granting the App the permission Deployments",
        ),
        (
            "access_token: GitHub answered 422: The permissions requested are not granted to this installation.",
            "an owner of acme, by granting the App the permission Deployments",
        ),
        ("403: Repository was archived so is read-only.", "an administrator of acme/web, by unarchiving it"),
        (
            "409: Conflict: Commit status checks failed for master.",
            "anyone who can make the checks of the commit succeed",
        ),
        ("422: No ref found for: 1a2b3c", "anyone who can push the commit to acme/web, or correct the image's label"),
        ("something new", "anyone who can fix what GitHub names"),
    ],
)
def test_who_can_fix_it(said: str, who: str) -> None:
    assert who_can_fix(RefusedDeployment(WANTED, said)) == who


def test_pages_and_programs_learn_what_was_refused_where_and_who_can_fix_it() -> None:
    seen = state(environment_state("dev"), environment_state("prod"))
    assert with_undeployed(seen, ()) is seen
    known = with_undeployed(seen, [REFUSED, RefusedDeployment(WANTED, "It is archived.")]).environments
    assert known["dev"].undeployed == ()
    denied, archived = known["prod"].undeployed
    assert f"> ⚠️ {in_markdown(denied)}" == NOTE
    assert in_plain_words(archived) == (
        "No deployment of prod on acme/web: It is archived. This can be fixed by an administrator of acme/web, "
        "by unarchiving it."
    )
