"""What people ask for in comments, and what follows: recorded first, answered and marked then, each at most once.

Through `decide`, because what a comment does is part of the plan.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.commands.heard import MOST_ANSWERS
from bot.core.decide import decide
from bot.core.plan import Action, OpenPromotion, Plan, React, Reaction, Reply, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Rejection, RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import State
from bot.core.values.artifacts import Missing, Unanswered
from tests.builders import (
    NOW,
    WEB,
    actor,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    comment,
    commit,
    digest,
    environment,
    environment_state,
    oid,
    past,
    policy,
    promotion,
    records,
    refusal,
    rejected,
    rejection,
    request,
    requested,
    state,
)
from tests.core.applied import noted

RULES = policy(
    environment("dev"),
    environment("staging", "dev"),
    environment("prod", "staging", promote="manual"),
    applications=[application(owners=["@dave"])],
)
ROLLBACK = RequestKind.ROLLBACK
HAD = (arrival("v1.4.0", ago(hours=1)), arrival("v1.3.0", ago(hours=2)), arrival("v1.2.0", ago(hours=3)))
DONE, REFUSED, SEEN = Reaction.DONE, Reaction.REFUSED, Reaction.SEEN


def world(*comments: Any, records: Records | None = None, **fields: Any) -> State:
    """dev and staging have v1.5.0; prod has v1.4.0, and had v1.3.0 and v1.2.0."""
    prod = {"arrivals": HAD, **fields.pop("prod", {})}
    seen = state(
        environment_state("dev", "v1.5.0"),
        environment_state("staging", "v1.5.0"),
        environment_state("prod", prod.pop("tag", "v1.4.0"), **prod),
        **{"tags": ("v1.4.0", "v1.5.0"), **fields},
    )
    said = tuple(comment(each, number=7) if isinstance(each, str) else each for each in comments)
    return replace(seen, comments=said, records=records or Records())


def plan(*comments: Any, rules: Policy = RULES, **fields: Any) -> Plan:
    """Of the pass after the one in which what people did was written down."""
    return decide(noted(world(*comments, **fields), rules), rules, NOW)


def kept(actions: Sequence[Action]) -> Records:
    """The records as the plan writes them."""
    (written,) = (action for action in actions if isinstance(action, WriteState))
    return read_records({name: text for name, text in written.files.items() if text})


def replies(actions: Sequence[Action]) -> list[str]:
    """Without the quoted line."""
    return [action.body.split("\n\n", 1)[1] for action in actions if isinstance(action, Reply)]


def marks(actions: Sequence[Action]) -> list[tuple[str, Reaction]]:
    return [(action.comment_id, action.reaction) for action in actions if isinstance(action, React)]


def refused(actions: Sequence[Action]) -> str:
    """The one answer of a command that was not carried out."""
    assert marks(actions) == [("IC_7", REFUSED)]
    (text,) = replies(actions)
    return text


# --- /promote


def test_promote_is_recorded_and_marked_as_seen_and_decided_upon_in_the_next_pass() -> None:
    found = plan("/promote prod", state_oid=oid("state"))
    asked = kept(found.actions).of("prod").requests["web"]

    assert (asked.tag, asked.kind, asked.named, asked.by) == ("v1.5.0", RequestKind.PROMOTE, False, "alice")
    assert (asked.at, asked.comment) == (ago(minutes=1), 7)
    assert marks(found.actions) == [("IC_7", SEEN)]
    assert len(found.actions) == 2
    assert found.again_at == NOW
    (written,) = (action for action in found.actions if isinstance(action, WriteState))
    assert (written.seen_head, written.message.headline) == (oid("state"), "alice: /promote prod")
    assert written.message.body == "Comment 7 on #3."


def test_promote_by_name() -> None:
    asked = kept(plan("/promote prod web@v1.2.0").actions).of("prod").requests["web"]

    assert (asked.tag, asked.named) == ("v1.2.0", True)


def test_who_asks_for_what_is_there_is_told_what_comes() -> None:
    """Such as after a rollback that somebody thinks better of."""
    going = {"promotion": promotion("v1.3.0", number=8)}

    assert refused(plan("/promote prod web@v1.4.0", prod=going).actions) == (
        "`prod` has `v1.4.0` already. #8 would bring `v1.3.0`: close it to keep `v1.4.0`."
    )


def test_promote_by_name_what_only_the_registry_has() -> None:
    asked = kept(plan("/promote prod web@v2.0.0", artifacts=artifacts("v2.0.0")).actions).of("prod").requests["web"]

    assert asked.digests == {WEB: artifact("v2.0.0").digest}


def test_promote_by_name_lifts_its_rejection_there() -> None:
    both = {
        name: EnvironmentRecords(rejected={"web": (rejection("v1.5.0"), rejection("v1.4.5"))})
        for name in ("staging", "prod")
    }
    found = kept(plan("/promote prod web@v1.5.0", records=records(**both)).actions)

    assert [each.tag for each in found.of("prod").rejected["web"]] == ["v1.4.5"]
    assert "staging" not in found.environments


def test_on_a_promotion_the_application_is_that_of_the_promotion() -> None:
    two = policy(environment("dev"), applications=[application("web"), application("api")])
    on_pull = comment("/promote dev", number=7, promotion=("dev", "web"))
    seen = replace(state(environment_state("dev")), comments=(on_pull,))

    assert "web" in kept(decide(seen, two, NOW).actions).of("dev").requests


def test_the_newest_candidate_whatever_was_asked_for_before() -> None:
    """`/promote` after a rollback means the way forward, not what was gone back to."""
    back = requested(request("v1.3.0", ROLLBACK, at=ago(minutes=5), comment=1), "prod")

    assert kept(plan("/promote prod", records=back).actions).of("prod").requests["web"].tag == "v1.5.0"


@pytest.mark.parametrize(
    ("line", "fields", "expected"),
    [
        (
            "/promote prd",
            {},
            "The policy has no environment `prd`; it has `dev`, `staging`, `prod`. Did you mean `prod`?",
        ),
        ("/promote production", {}, "The policy has no environment `production`; it has `dev`, `staging`, `prod`."),
        (
            "/promote prod web@v9.9.9",
            {"artifacts": artifacts(Missing(WEB, "v9.9.9"))},
            "No environment had `v9.9.9`, and the registry has no such tag of `ghcr.io/acme/web`.",
        ),
        ("/promote prod web@v1.4.0", {}, "`prod` has `v1.4.0` already."),
        ("/promote dev", {}, "There is nothing newer for `dev`, which has `v1.5.0`."),
        (
            "/promote prod",
            {"prod": {"tag": "v1.6.0", "arrivals": (arrival("v1.6.0"),)}},
            "There is nothing newer for `prod`, which has `v1.6.0`.",
        ),
    ],
)
def test_promote_what_cannot_be(line: str, fields: Any, expected: str) -> None:
    assert refused(plan(line, **fields).actions) == expected


@pytest.mark.parametrize("artifact_seen", [artifacts(Unanswered(WEB, "ghcr.io answered 503", tag="v9.9.9")), {}])
def test_promote_what_nobody_can_tell_about(artifact_seen: Any) -> None:
    text = refused(plan("/promote prod web@v9.9.9", artifacts=artifact_seen).actions)

    assert text.startswith("No environment had `v9.9.9`, and the registry cannot be asked now: ")
    assert text.endswith("If you still want it, write it again:\n\n```\n/promote prod web@v9.9.9\n```")


def test_promote_where_every_version_is_blocked_shows_why_and_how_to_insist() -> None:
    text = refused(plan("/promote prod", records=rejected(rejection("v1.5.0"), environment="prod")).actions)

    assert text.startswith("There is no version that could come to `prod`. The newest is `v1.5.0`:\n\n| | gate | |")
    assert text.endswith("To name a version, write `/promote prod web@v1.5.0`.")


# --- /rollback


def test_rollback_goes_to_the_version_before_and_rejects_the_present_one() -> None:
    found = kept(plan("/rollback prod").actions).of("prod")

    assert (found.requests["web"].tag, found.requests["web"].kind) == ("v1.3.0", ROLLBACK)
    assert found.rejected["web"] == (
        Rejection(tag="v1.4.0", by="alice", reason="rolled back in prod", at=ago(minutes=1), comment=7),
    )


def test_rollback_rejects_wherever_it_has_not_been_yet() -> None:
    """dev and staging run ahead of what prod leaves; eu has not had it."""
    rules = policy(*RULES.environments.values(), environment("eu", "prod"), applications=RULES.applications.values())
    seen = world("/rollback prod")
    environments = {
        **seen.environments,
        "eu": environment_state("eu", "v1.3.0"),
        "staging": environment_state(
            "staging", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1)), arrival("v1.4.0", ago(hours=2)))
        ),
    }
    found = kept(decide(replace(seen, environments=environments), rules, NOW).actions)

    assert {name for name, each in found.environments.items() if each.rejected} == {"dev", "prod", "eu"}
    assert set(found.of("eu").requests) == set()


def test_rollback_keeps_the_digest_that_was_there() -> None:
    there = environment_state("prod", "v1.3.0", digest=digest("then")).version
    had = (HAD[0], arrival(version=there, at=ago(hours=2)))
    asked = kept(plan("/rollback prod", prod={"arrivals": had}).actions).of("prod").requests["web"]

    assert asked.digests == {WEB: digest("then")}


@pytest.mark.parametrize(
    ("line", "had", "kept_records", "expected"),
    [
        ("/rollback prod", HAD, Records(), "v1.3.0"),
        ("/rollback prod web@v1.2.0", HAD, Records(), "v1.2.0"),
        ("/rollback prod", HAD, rejected(rejection("v1.3.0", at=ago(minutes=30)), environment="prod"), "v1.2.0"),
        ("/rollback prod web@v1.3.0", HAD, rejected(rejection("v1.3.0"), environment="prod"), "v1.3.0"),
        # It went back once already: v1.5.0 was not left for a newer one, and v1.4.0 is what it has.
        (
            "/rollback prod",
            (HAD[0], arrival("v1.5.0", ago(hours=2)), arrival("v1.4.0", ago(hours=3)), arrival("v1.3.0", ago(hours=4))),
            Records(),
            "v1.3.0",
        ),
        # What came after by hand and cannot be placed is not newer.
        ("/rollback prod", (HAD[0], arrival("debug", ago(hours=2)), HAD[2]), Records(), None),
        ("/rollback prod", HAD[:1], Records(), None),
        ("/rollback prod web@v1.1.0", HAD, Records(), None),
        ("/rollback prod web@v1.4.0", HAD, Records(), None),
    ],
)
def test_where_a_rollback_goes(line: str, had: Any, kept_records: Records, expected: str | None) -> None:
    found = plan(line, prod={"arrivals": had}, records=kept_records)

    if expected is None:
        assert refused(found.actions).startswith("`prod` has `v1.4.0`")
    else:
        assert kept(found.actions).of("prod").requests["web"].tag == expected


def test_rollback_needs_a_version_to_leave() -> None:
    assert refused(plan("/rollback prod", prod={"version": None}).actions).startswith(
        "`prod` has no single version now that I could read"
    )


def test_a_rollback_to_nowhere_names_what_there_is() -> None:
    debug = (HAD[0], arrival("debug", ago(hours=2)), HAD[2])

    assert refused(plan("/rollback prod", prod={"arrivals": debug}).actions).endswith(
        "Before it had `debug`, `v1.2.0`, but none of these is one to go back to unasked: each was rejected, or was left for "
        "an older one. To go back all the same, name it: `/rollback prod web@debug`."
    )
    assert refused(plan("/rollback prod", prod={"arrivals": HAD[:1]}).actions) == (
        "`prod` has `v1.4.0`, and I do not see that it had another version before."
    )
    assert refused(plan("/rollback prod web@v1.1.0").actions) == (
        "`prod` has `v1.4.0`, and never had `v1.1.0`. Before it had `v1.3.0`, `v1.2.0`."
    )
    assert refused(plan("/rollback prod web@v1.4.0").actions) == "`prod` has `v1.4.0` already."


@pytest.mark.parametrize(
    ("line", "head", "opened", "heard"),
    [
        ("/promote prod", ago(seconds=30), ago(hours=1), False),
        ("/promote prod", ago(minutes=1), ago(hours=1), True),
        ("/promote prod", None, ago(hours=1), True),
        ("/promote prod", ago(seconds=30), ago(seconds=30), True),
        ("/promote prod", ago(hours=-1), ago(hours=1), True),
        ("/promote prod web@v1.5.0", ago(seconds=30), ago(hours=1), True),
        ("/rollback prod", ago(seconds=30), ago(hours=1), True),
        ("/override soak it burns", ago(seconds=30), ago(hours=1), False),
    ],
)
def test_a_promotion_that_changed_since_is_not_what_was_meant(
    line: str,
    head: datetime | None,
    opened: datetime,
    heard: bool,  # noqa: FBT001
) -> None:
    """Its reader saw another version there, perhaps; who names one, or goes back, does not mean it."""
    open_ = promotion("v1.5.0", head=replace(commit("head"), at=head), created_at=opened)
    found = plan(comment(line, number=7, promotion=("prod", "web"), subject_number=7), prod={"promotion": open_})

    if heard:
        assert kept(found.actions).of("prod").requests
    else:
        assert refused(found.actions).startswith(
            "#7, the promotion to `prod`, has changed since this was written, and brings `v1.5.0` now. If you still want it"
        )


def test_who_was_overtaken_is_told_so_and_not_obeyed_twice() -> None:
    """The answer to the first failed, and the second took its place: its reaction is missing, its record is not."""
    first = kept(plan("/promote prod web@v1.2.0").actions)
    second = kept(plan(comment("/promote prod web@v1.3.0", number=8), records=first).actions)
    again = plan(comment("/promote prod web@v1.2.0", number=7, seen=True), records=second)

    assert replies(again.actions) == ["A later command about `prod` took the place of this one."]
    assert second.of("prod").requests["web"].before == (7,)


# --- rights


@pytest.mark.parametrize(
    ("permissions", "author", "may"),
    [
        ({}, "bob", True),
        ({}, "carol", False),
        ({}, "stranger", False),
        ({"promote": ["owners"]}, "dave", True),
        ({"promote": ["owners"]}, "alice", False),
        ({"promote": ["@acme/sre"]}, "erin", True),
        ({"promote": ["@acme/hidden"]}, "erin", False),
        ({"promote": []}, "alice", False),
        ({"rollback": []}, "bob", True),
    ],
)
def test_who_may_promote(permissions: Any, author: str, may: bool) -> None:  # noqa: FBT001
    rules = policy(
        environment("dev"),
        environment("staging", "dev"),
        environment("prod", "staging", permissions=permissions),
        applications=RULES.applications.values(),
    )
    teams = {"acme/sre": frozenset({"erin"}), "acme/hidden": None}
    found = plan(comment("/promote prod", author, number=7), rules=rules, teams=teams)

    if may:
        assert kept(found.actions).of("prod").requests["web"].by == author
    else:
        assert refused(found.actions).startswith("You may not `/promote` in `prod`. Who may: ")


@pytest.mark.parametrize(
    ("permissions", "who"),
    [
        ({}, "people with write permission."),
        ({"promote": ["owners", "@acme/hidden"]}, r"dave, acme/hidden. (I cannot read the members of acme/hidden.)"),
        ({"promote": []}, "nobody."),
    ],
)
def test_a_refusal_names_who_may_and_mentions_nobody(permissions: Any, who: str) -> None:
    rules = policy(environment("dev", permissions=permissions), applications=RULES.applications.values())
    seen = replace(state(environment_state("dev")), comments=(comment("/promote dev", "carol", number=7),))
    text = refused(decide(seen, rules, NOW).actions)

    assert text == f"You may not `/promote` in `dev`. Who may: {who}"


def test_a_rollback_has_permissions_of_its_own() -> None:
    rules = policy(environment("prod", permissions={"rollback": ["@carol"]}))
    seen = replace(
        state(environment_state("prod", arrivals=HAD)), comments=(comment("/rollback prod", "carol", number=7),)
    )

    assert kept(decide(seen, rules, NOW).actions).of("prod").requests["web"].by == "carol"


# --- a command means the world at its comment


def test_late_is_not_carried_out_and_gives_the_line_to_paste() -> None:
    text = refused(plan(comment("/promote prod", number=7, created_at=ago(minutes=15, seconds=1))).actions)

    assert text.startswith("This was written too long ago to be carried out now.")
    assert text.endswith("```\n/promote prod\n```")
    assert kept(plan(comment("/promote prod", number=7, created_at=ago(minutes=15))).actions)


def test_after_a_change_of_the_environment_it_is_not_carried_out() -> None:
    text = refused(plan("/promote prod", prod={"arrivals": (arrival("v1.4.0", ago(seconds=30)), *HAD[1:])}).actions)

    assert text.startswith("`prod` has changed since this was written, and has `v1.4.0` now.")


# --- the second half


def recorded(kind: RequestKind = RequestKind.PROMOTE, tag: str = "v1.5.0", **fields: Any) -> Records:
    return requested(request(tag, kind, comment=7, at=ago(minutes=1), **fields), "prod")


def test_what_is_recorded_is_answered_once_there_is_a_pull_request() -> None:
    opening = plan("/promote prod", records=recorded())
    opened = plan(
        "/promote prod", records=recorded(), prod={"promotion": promotion("v1.5.0", environment="prod", number=8)}
    )

    assert any(isinstance(action, OpenPromotion) for action in opening.actions)
    assert replies(opening.actions) == []
    assert marks(opening.actions) == []
    assert marks(opened.actions) == [("IC_7", DONE)]
    assert replies(opened.actions) == ["Promoting `prod` to `v1.5.0` in #8.\n\n✅ **Every gate passes.**"]


def test_a_rollback_says_what_is_not_proposed_again() -> None:
    found = plan(
        "/rollback prod",
        records=recorded(ROLLBACK, "v1.3.0"),
        prod={"promotion": promotion("v1.3.0", environment="prod", number=8)},
        artifacts=artifacts("v1.3.0"),
    )

    assert replies(found.actions)[0].startswith(
        "Rolling back `prod` to `v1.3.0` in #8. `v1.4.0` is not proposed there again.\n\n"
    )


def test_a_rollback_says_where_else_the_version_is_and_where_it_does_not_come() -> None:
    along = EnvironmentRecords(rejected={"web": (rejection("v1.4.0", comment=7, at=ago(minutes=1)),)})
    seen = world(
        "/rollback prod",
        records=Records(environments={**recorded(ROLLBACK, "v1.3.0").environments, "dev": along}),
        prod={"promotion": promotion("v1.3.0", environment="prod", number=8)},
        artifacts=artifacts("v1.3.0"),
    )
    seen = replace(seen, environments={**seen.environments, "staging": environment_state("staging", "v1.4.0")})

    assert replies(decide(seen, RULES, NOW).actions)[0].startswith(
        "Rolling back `prod` to `v1.3.0` in #8. `v1.4.0` is not proposed there again, nor in `dev`. "
        "`staging` has it too, and keeps it; `/rollback staging web` goes back.\n\n"
    )


GONE = (
    "`v1.5.0` is not on its way to `prod` any more: the environment has changed since, or the pull request was closed."
)


@pytest.mark.parametrize(
    ("prod", "expected"),
    [
        ({"tag": "v1.5.0", "arrivals": (arrival("v1.5.0", ago(seconds=5)), *HAD)}, "Done: `prod` has `v1.5.0`."),
        (
            {"tag": "v1.4.1", "arrivals": (arrival("v1.4.1", ago(seconds=5)), *HAD)},
            f"{GONE} It has `v1.4.1` now.",
        ),
        (
            {"past": (past("v1.5.0", at=ago(seconds=5)),)},
            f"{GONE} It has `v1.4.0` now.",
        ),
    ],
)
def test_what_became_of_a_request_that_is_over(prod: Any, expected: str) -> None:
    found = plan("/promote prod", records=recorded(), prod=prod)

    assert replies(found.actions) == [expected]
    assert marks(found.actions) == [("IC_7", DONE)]


def test_what_cannot_be_opened_is_answered_at_once() -> None:
    found = plan("/promote prod", records=recorded(), prod={"refusals": (refusal("envs/prod/web/deployment.yaml"),)})

    assert replies(found.actions)[0].startswith("Promoting `prod` to `v1.5.0`.\n\n⛔ **Manifests:**")


def test_after_a_while_it_is_answered_without_a_pull_request() -> None:
    late = comment("/promote prod", number=7, created_at=ago(minutes=15))
    asked = requested(request("v1.5.0", comment=7, at=ago(minutes=15)), "prod")

    assert marks(plan(late, records=asked).actions) == [("IC_7", DONE)]


def test_a_crash_between_the_record_and_the_mark_repeats_nothing() -> None:
    """Redelivered a hundred times, a recorded comment is answered and never recorded again."""
    pull = {"promotion": promotion("v1.5.0", environment="prod", number=8)}
    for _ in range(3):
        found = plan(comment("/promote prod", number=7, seen=True), records=recorded(), prod=pull)
        assert marks(found.actions) == [("IC_7", DONE)]


# --- several


def test_two_commands_about_one_environment_do_not_undo_each_other() -> None:
    """The first is answered before the second takes the place of its record; or both would be carried out for ever."""
    both = comment("/promote prod", number=7, created_at=ago(minutes=2)), comment("/rollback prod", "bob", number=8)
    first = plan(*both)
    assert (marks(first.actions), kept(first.actions).of("prod").requests["web"].comment) == ([("IC_7", SEEN)], 7)

    second = plan(*both, records=kept(first.actions))
    assert marks(second.actions) == [("IC_7", DONE), ("IC_8", SEEN)]
    assert kept(second.actions).of("prod").requests["web"].comment == 8

    third = plan(replace(both[0], done=True), both[1], records=kept(second.actions))
    assert marks(third.actions) == []
    assert any(isinstance(action, OpenPromotion) for action in third.actions)


def test_one_whose_record_was_replaced_says_so() -> None:
    """Its own rejection shows that it was carried out."""
    kept_records = records(
        prod=EnvironmentRecords(
            requests={"web": request("v1.5.0", comment=8)}, rejected={"web": (rejection("v1.4.0", comment=7),)}
        )
    )

    assert replies(plan("/rollback prod", records=kept_records).actions) == [
        "A later command about `prod` took the place of this one."
    ]


def test_at_most_one_command_changes_the_records_in_a_pass() -> None:
    found = plan(comment("/promote prod", number=7, created_at=ago(minutes=2)), comment("/rollback staging", number=8))

    assert marks(found.actions) == [("IC_7", SEEN)]


def test_refusals_do_not_hold_up_others() -> None:
    found = plan(
        comment("/promote prd", number=6, created_at=ago(minutes=2)),
        comment("/promote prod", number=7),
        comment("/why", number=8),
    )

    assert marks(found.actions) == [("IC_6", REFUSED), ("IC_7", SEEN)]


def test_a_command_for_another_environment_does_not_wait() -> None:
    asked = requested(request("v1.5.0", comment=7, at=ago(minutes=2)), "prod")
    had = environment_state(
        "staging", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1)), arrival("v1.4.0", ago(hours=2)))
    )
    seen = world(
        comment("/promote prod", number=7, created_at=ago(minutes=2)),
        comment("/rollback staging", number=8),
        records=asked,
    )
    found = decide(replace(seen, environments={**seen.environments, "staging": had}), RULES, NOW)

    assert marks(found.actions) == [("IC_8", SEEN)]


# --- what is passed over


@pytest.mark.parametrize(
    "fields",
    [
        {"done": True},
        {"edited": True},
        {"author": actor("renovate", is_bot=True)},
        {"created_at": NOW - timedelta(days=3, seconds=1)},
    ],
)
def test_marked_edited_bots_and_from_long_ago(fields: Any) -> None:
    found = plan(replace(comment("/promote prod", number=7), **fields))

    assert replies(found.actions) == []
    assert marks(found.actions) == []


@pytest.mark.parametrize(
    "body", ["> /promote prod", "```\n/promote prod\n```", "/lgtm", "/promot prod", "/help", "/hold prod"]
)
def test_what_is_no_command_or_the_repositorys(body: str) -> None:
    found = plan(comment(body, number=7))

    assert marks(found.actions) == []


def test_a_command_about_another_application() -> None:
    two = policy(*RULES.environments.values(), applications=[application("web"), application("api")])

    assert marks(plan("/promote prod api", rules=two).actions) == []
    assert marks(plan("/promote prod", rules=two).actions) == []
    assert marks(plan("/promote prod web", rules=two).actions) == [("IC_7", SEEN)]


# --- /why


def test_why_says_every_gates_answer_for_every_environment() -> None:
    found = plan("/why")
    (text,) = replies(found.actions)

    assert marks(found.actions) == [("IC_7", DONE)]
    newest = "**`web` in `{}`** has `v1.5.0`. ✅ Up to date (`v1.5.0`)."
    assert [line for line in text.splitlines() if line.startswith("**")] == [
        f"{newest.format('dev')} Another one comes by name, with `/promote dev web@VERSION`.",
        f"{newest.format('staging')} Another one comes by name, with `/promote staging web@VERSION`.",
        "**`web` in `prod`** has `v1.4.0`. `v1.5.0` could be promoted with `/promote prod web`.",
    ]


@pytest.mark.parametrize(
    ("line", "on", "expected"),
    [
        ("/why prod", None, ["prod"]),
        ("/why", ("prod", "web"), ["prod"]),
        ("/why all", ("prod", "web"), ["dev", "staging", "prod"]),
    ],
)
def test_why_of_one(line: str, on: Any, expected: list[str]) -> None:
    (text,) = replies(plan(comment(line, number=7, promotion=on)).actions)

    assert [name for name in RULES.environments if f"in `{name}`**" in text] == expected


def test_why_of_what_cannot_be_told() -> None:
    """A single reason is said once, without a table."""
    text = "".join(replies(plan("/why dev", tags={WEB: Unanswered(WEB, "503")}).actions))

    assert text.startswith("**`web` in `dev`** has `v1.5.0`. ⏳ **Image:** no answer about")
    assert "|" not in text


def test_why_of_an_application() -> None:
    assert refused(plan("/why web").actions) == (
        "`web` is an application; name the environment before it: `dev`, `staging`, `prod`."
    )


def test_why_of_none() -> None:
    assert refused(plan("/why prd").actions).startswith("The policy has no environment `prd`")
    assert refused(plan(comment("/why", number=7, promotion=("gone", "web"))).actions).startswith(
        "The policy has no environment `gone`"
    )


@pytest.mark.parametrize(
    ("prod", "asked", "expected"),
    [
        ({"promotion": promotion("v1.5.0", environment="prod", number=8)}, recorded(), "`v1.5.0` is proposed in #8."),
        ({}, recorded(), "`v1.5.0` comes next."),
        ({}, rejected(rejection("v1.5.0"), environment="prod"), "`v1.5.0` is the newest, and is not proposed."),
    ],
)
def test_why_says_what_comes_next(prod: Any, asked: Records, expected: str) -> None:
    (text,) = replies(plan("/why prod", prod=prod, records=asked).actions)

    assert text.splitlines()[0] == f"**`web` in `prod`** has `v1.4.0`. {expected}"


# --- where nothing may be written


@pytest.mark.parametrize("mode", [{"mode": "observe"}, {"applications": [application(mode="observe")]}])
def test_nobody_is_answered_where_it_only_looks_on(mode: Any) -> None:
    rules = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging"), **mode)

    assert plan("/promote prod", rules=rules).actions == ()
    assert plan("/why", rules=rules).actions == ()


def test_an_environment_that_is_only_watched_takes_no_commands() -> None:
    rules = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging", mode="observe"))

    assert refused(plan("/promote prod", rules=rules).actions) == (
        "The policy has `prod` in mode `observe`: I show what I would do there, and do nothing."
    )


def test_what_cannot_be_recorded_is_not_carried_out() -> None:
    text = refused(plan("/promote prod", records=read_records({"prod.yaml": "["})).actions)

    assert text.startswith("I cannot record this: prod.yaml on gitops-state cannot be read")


def test_a_rollback_goes_on_beside_records_that_cannot_be_read() -> None:
    found = kept(plan("/rollback prod", records=read_records({"dev.yaml": "["})).actions)

    assert set(found.environments) == {"staging", "prod"}


def test_hostile_lines_stay_in_their_quotes() -> None:
    found = plan("/promote `x`fixes#1|<b>")
    (reply,) = (action for action in found.actions if isinstance(action, Reply))

    assert reply.body.startswith("> `/promote 'x'fixes#1|<b>`\n\nThe policy has no environment `'x'fixes#1|<b>`;")
    assert reply.subject_id == "I_3"


def test_naming_a_version_lifts_what_speaks_against_it() -> None:
    """On record, so that nobody writes the same deed down again."""
    against = rejected(rejection("v1.5.0"), environment="prod")
    found = kept(plan("/promote prod web@v1.5.0", records=against).actions).of("prod")

    assert found.rejected["web"] == ()
    (accepted,) = found.accepted["web"]
    assert (accepted.tag, accepted.by, accepted.comment) == ("v1.5.0", "alice", 7)
    assert "web" not in kept(plan("/promote prod web@v1.5.0").actions).of("prod").accepted


def test_questions_wait_for_commands_and_come_in_measure() -> None:
    """What the bot may write in a minute is limited, and a crowd that asks shall not use it up."""
    crowd = [comment("/why dev", "stranger", number=number, created_at=ago(minutes=9)) for number in range(1, 31)]
    acting = plan(*crowd, comment("/promote prod", number=99))

    assert marks(acting.actions) == [("IC_99", SEEN)]
    assert len(marks(plan(*crowd).actions)) == MOST_ANSWERS
