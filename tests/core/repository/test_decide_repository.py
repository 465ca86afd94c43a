"""The repository's own pass: holds, help, what was misspelt, a broken policy, and which applications are due."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.commands.heard import MOST_ANSWERS
from bot.core.needs.repository import SweepNeeds, listed_folder, repository_needs
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import Merged
from bot.core.observation.sweep import Sweep
from bot.core.plan import Action, CheckOutcome, React, Reaction, Reply, ReportCheck, WriteState
from bot.core.policy import ExplicitEdit, Policy
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Hold
from bot.core.records.environment import EnvironmentRecords
from bot.core.records.state_branch import records_on
from bot.core.repository.decide import Round, decide_repository, fingerprint
from bot.core.repository.other_pull_requests import MOST_ANNOTATIONS, POLICY_CHECK
from bot.core.values.errors import PolicyError, Problem
from tests.builders import (
    APP_ID,
    NOW,
    actor,
    ago,
    application,
    comment,
    commit,
    environment,
    hold,
    oid,
    policy,
    records,
    rejected,
    rejection,
    report,
    repository,
    sweep,
    swept_pull,
)

RULES = policy(
    environment("dev"),
    environment("prod", "dev", timezone="Europe/Berlin", permissions={"hold": ["@dave"], "unhold": ["@acme/sre"]}),
    applications=[application("web"), application("api")],
)
NO_TIME = "`tomorrow` is not a time to come. Write for example `2h`, `14:00` or `2026-12-24 14:00`."
DONE, REFUSED, SEEN = Reaction.DONE, Reaction.REFUSED, Reaction.SEEN


def decide(
    *comments: Any, kept: Records | None = None, rules: Policy | PolicyError | None = RULES, **fields: Any
) -> Round:
    said = tuple(comment(each, number=7) if isinstance(each, str) else each for each in comments)
    return decide_repository(sweep(comments=said, records=kept or Records(), **fields), rules, NOW)


def marks(actions: Sequence[Action]) -> list[tuple[str, Reaction]]:
    return [(action.comment_id, action.reaction) for action in actions if isinstance(action, React)]


def answer(outcome: Round) -> str:
    """The one reply, without the quoted line."""
    (reply,) = (action for action in outcome.actions if isinstance(action, Reply))
    return reply.body.split("\n\n", 1)[1]


def written(outcome: Round) -> Records:
    (write,) = (action for action in outcome.actions if isinstance(action, WriteState))
    return read_records({name: text for name, text in write.files.items() if text})


def held(*holds: Hold, environment: str = "dev") -> Records:
    return records(**{environment: EnvironmentRecords(holds=holds)})


# --- /hold


@pytest.mark.parametrize(
    ("line", "on", "where", "application"),
    [
        ("/hold all", None, "all", None),
        ("/hold dev", None, "dev", None),
        ("/hold dev web", None, "dev", "web"),
        ("/hold", ("dev", "web"), "dev", "web"),
        ("/hold dev", ("prod", "web"), "dev", None),
    ],
)
def test_hold_is_on_record_before_it_is_answered(line: str, on: Any, where: str, application: str | None) -> None:
    first = decide(comment(line, "bob", number=7, promotion=on))
    (kept,) = written(first).of(where).holds

    assert (kept.application, kept.by, kept.at, kept.until, kept.comment) == (
        application,
        "bob",
        ago(minutes=1),
        None,
        7,
    )
    assert marks(first.actions) == [("IC_7", SEEN)]
    assert first.unfinished

    second = decide(comment(line, "bob", number=7, promotion=on, seen=True), kept=written(first))
    assert marks(second.actions) == [("IC_7", DONE)]
    assert answer(second).startswith("Held: nothing merges ")
    assert not second.unfinished


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "/hold all",
            "Held: nothing merges anywhere until it is lifted with `/unhold all`. Rollbacks still go.",
        ),
        (
            "/hold dev web",
            "Held: nothing merges for `web` in `dev` until it is lifted with `/unhold dev web`. Rollbacks still go.",
        ),
        (
            "/hold dev until 2h",
            "Held: nothing merges in `dev` until 2026-03-03 13:59 UTC. Rollbacks still go.",
        ),
    ],
)
def test_hold_says_what_until_when(line: str, text: str) -> None:
    assert answer(decide(line, kept=written(decide(line)))) == text


@pytest.mark.parametrize(
    ("line", "merged", "held_up"),
    [
        ("/hold all", ["#4 dev: web", "#5 prod: api"], ["#7 dev: web", "#8 prod: api"]),
        ("/hold dev", ["#4 dev: web"], ["#7 dev: web"]),
        ("/hold dev api", [], []),
    ],
)
def test_hold_names_what_it_came_too_late_for_and_what_it_holds_up(
    line: str, merged: list[str], held_up: list[str]
) -> None:
    """Of the place alone; nothing that was merged long ago, is a fork's, or is no promotion."""
    text = answer(
        decide(
            line,
            kept=written(decide(line)),
            merges=(
                Merged("prod", "api", ago(minutes=14), 5, "prod: api"),
                Merged("dev", "web", ago(minutes=1), 4, "dev: web"),
                Merged("dev", "web", ago(minutes=15), 3, "dev: web"),
            ),
            pulls=(
                swept_pull(number=8, branch="gitops/prod/api", title="prod: api"),
                swept_pull(title="dev: web"),
                swept_pull(number=9, title="mine", is_cross_repository=True),
                swept_pull(number=10, branch="feature", title="mine"),
            ),
        )
    )
    first, *lists = text.replace("\\", "").split("\n\n")
    assert first.startswith("Held: ")
    assert lists == [
        "\n".join([heading, *(f"- {each}" for each in listed)])
        for heading, listed in (
            ("Merged in the last 15 minutes, before it was held:", merged),
            ("Open, and held unless it is a rollback:", held_up),
        )
        if listed
    ]


def test_hold_names_ten_of_many() -> None:
    pulls = tuple(swept_pull(number=number) for number in range(1, 13))
    text = answer(decide("/hold all", kept=written(decide("/hold all")), pulls=pulls))
    assert text.splitlines()[-2].startswith("- #10 ")
    assert text.splitlines()[-1] == "- and 2 more"


def test_a_hold_has_an_end_in_the_environments_time_and_a_reason() -> None:
    (kept,) = written(decide(comment("/hold prod until 14:00 load test", "dave", number=7))).of("prod").holds

    assert (kept.until, kept.reason) == (NOW + timedelta(hours=1), "load test")


def test_a_hold_is_never_too_late() -> None:
    old = comment("/hold dev", number=7, created_at=ago(days=2))

    assert written(decide(old)).of("dev").holds


@pytest.mark.parametrize(
    ("line", "author", "expected"),
    [
        ("/hold", "bob", "Say where: `/hold [all|ENV|ENV APP] [until TIME] [reason]`, with one of `all`, `dev`, `prod`."),
        ("/hold prd", "bob", "There is no `prd`; did you mean `prod`?"),
        ("/hold dev until tomorrow", "bob", NO_TIME),
        ("/hold dev", "carol", "You may not `/hold` in `dev`. Who may: people with write permission."),
        ("/hold all", "carol", "You may not `/hold` everywhere. Who may: people with write permission."),
        ("/hold prod", "alice", "You may not `/hold` in `prod`. Who may: dave."),
        ("/unhold", "bob", "Say where: `/unhold [all|ENV|ENV APP]`, with one of `all`, `dev`, `prod`."),
    ],
)  # fmt: skip
def test_hold_that_cannot_be(line: str, author: str, expected: str) -> None:
    outcome = decide(comment(line, author, number=7))

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", REFUSED)]


def test_a_promotion_of_an_environment_that_is_gone() -> None:
    outcome = decide(comment("/hold", number=7, promotion=("old", "web")))

    assert answer(outcome) == "The policy has no environment `old`; it has `dev`, `prod`."


def test_owners_may_hold_their_application() -> None:
    rules = policy(
        environment("dev", permissions={"hold": ["owners"]}),
        applications=[application("web", owners=["@dave"]), application("api")],
    )

    assert written(decide(comment("/hold dev web", "dave", number=7), rules=rules)).of("dev").holds
    assert "Who may: nobody" in answer(decide(comment("/hold dev api", "dave", number=7), rules=rules))


def test_what_cannot_be_recorded_is_said() -> None:
    broken = replace(sweep().state, files={"dev.yaml": "["})
    outcome = decide("/hold dev", state=broken)

    assert answer(outcome).startswith("I cannot record this: dev.yaml on gitops-state cannot be read")


# --- /unhold


def test_unhold_is_answered_when_it_is_gone() -> None:
    first = decide("/unhold dev", kept=held(hold(by="bob")))
    assert written(first).of("dev").holds == ()
    assert marks(first.actions) == [("IC_7", SEEN)]

    second = decide(comment("/unhold dev", number=7, seen=True), kept=written(first))
    assert answer(second) == "Lifted."
    assert marks(second.actions) == [("IC_7", DONE)]


@pytest.mark.parametrize(
    ("line", "kept", "left"),
    [
        ("/unhold dev", held(hold(), hold(application="web")), []),
        ("/unhold dev web", held(hold(application="api", by="x"), hold(application="web")), ["api"]),
        ("/unhold all", held(hold(), environment="all"), []),
    ],
)
def test_unhold_lifts_what_it_names(line: str, kept: Records, left: list[str]) -> None:
    (found,) = written(decide(line, kept=kept)).environments.values()

    assert [each.application for each in found.holds] == left


@pytest.mark.parametrize(
    ("author", "environment", "expected"),
    [
        ("alice", "dev", "lifted"),  # maintain
        ("bob", "dev", "lifted"),  # his own
        ("Bob", "dev", "lifted"),
        (
            "carol",
            "dev",
            "You may not `/unhold` in `dev`. Who may: people with maintain permission, or bob, who holds it.",
        ),
        ("erin", "prod", "lifted"),  # @acme/sre
        ("alice", "prod", "You may not `/unhold` in `prod`. Who may: acme/sre, or bob, who holds it."),
        ("bob", "prod", "lifted"),  # his own
    ],
)
def test_who_may_lift_a_hold(author: str, environment: str, expected: str) -> None:
    outcome = decide(
        comment(f"/unhold {environment}", author, number=7),
        kept=held(hold(by="bob"), environment=environment),
        teams={"acme/sre": frozenset({"erin"})},
    )

    assert ("lifted" if marks(outcome.actions) == [("IC_7", SEEN)] else answer(outcome)) == expected


def test_of_several_a_person_lifts_their_own_and_is_told_what_is_left() -> None:
    both = held(hold(by="bob"), hold(by="alice"))
    first = decide(comment("/unhold dev", "bob", number=7), kept=both)
    assert [each.by for each in written(first).of("dev").holds] == ["alice"]

    second = decide(comment("/unhold dev", "bob", number=7, seen=True), kept=written(first))
    assert answer(second) == "Lifted. Still held by alice, which `/unhold dev` lifts."


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Records(), "There is no such hold."),
        (held(hold(until=ago(minutes=1)), environment="dev"), "There is no such hold."),
        (held(hold(), environment="dev"), "There is no such hold. Still held by alice, which `/unhold dev` lifts."),
        (held(hold(), environment="all"), "There is no such hold. Still held by alice, which `/unhold all` lifts."),
        (held(hold(application="api"), environment="dev"), "There is no such hold."),
    ],
)
def test_unhold_of_none_says_what_holds_all_the_same(kept: Records, expected: str) -> None:
    outcome = decide("/unhold dev web", kept=kept)

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", DONE)]


def test_unhold_lifts_only_what_was_there_when_it_was_written() -> None:
    outcome = decide("/unhold dev", kept=held(hold(at=NOW)))

    assert answer(outcome).startswith("There is no such hold. Still held by alice")


def test_unhold_is_too_late_after_a_while() -> None:
    """Stopping is cheap, loosening is not."""
    late = comment("/unhold dev", number=7, created_at=ago(minutes=15, seconds=1))
    outcome = decide(late, kept=held(hold(at=ago(hours=2))))

    assert answer(outcome).startswith("This was written too long ago")
    assert marks(outcome.actions) == [("IC_7", REFUSED)]


# --- the rest of what people write


def test_help_lists_every_command() -> None:
    outcome = decide("/help")

    assert marks(outcome.actions) == [("IC_7", DONE)]
    for word in ("/promote", "/rollback", "/hold", "/unhold", "/why", "/help"):
        assert f"| `{word}" in answer(outcome)
    assert r"| `/hold [all\|ENV\|ENV APP] [until TIME] [reason]` |" in answer(outcome)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("/promot prod", "There is no `/promot`; did you mean `/promote`?"),
        ("/promote", "It is written `/promote ENV [APP[@VERSION]]`."),
        ("/promote dev wbe", "The policy has no application `wbe`; it has `web`, `api`. Did you mean `web`?"),
        ("/promote dev zzz", "The policy has no application `zzz`; it has `web`, `api`."),
        ("/promote dev", "Which application? Here it has to be named; there are `web`, `api`."),
        ("/why", "Which application? Here it has to be named; there are `web`, `api`."),
    ],
)
def test_what_cannot_be_understood(body: str, expected: str) -> None:
    outcome = decide(body)

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", REFUSED)]


def test_the_reply_quotes_the_line_it_answers() -> None:
    (reply, _) = decide(comment("Hello\n/promot `prod`\n", number=7)).actions

    assert isinstance(reply, Reply)
    assert reply.body.startswith("> `/promot 'prod'`\n\n")


@pytest.mark.parametrize(
    "body", ["hello", "/lgtm", "> /help", "/promote dev web", "/why dev api", "```\n/hold dev\n```"]
)
def test_what_is_not_the_repositorys(body: str) -> None:
    assert decide(body).actions == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"done": True},
        {"edited": True},
        {"author": actor("renovate", is_bot=True)},
        {"created_at": ago(days=3, seconds=1)},
    ],
)
def test_marked_edited_bots_and_from_long_ago(fields: Any) -> None:
    assert decide(replace(comment("/help", number=7), **fields)).actions == ()


def test_at_most_one_changes_the_records_in_a_pass_and_others_are_answered() -> None:
    outcome = decide(
        comment("/help", number=6, created_at=ago(minutes=3)),
        comment("/hold dev", number=7, created_at=ago(minutes=2)),
        comment("/hold prod", number=8),
    )

    assert marks(outcome.actions) == [("IC_6", DONE), ("IC_7", SEEN)]


# --- the policy


def test_a_repository_without_a_policy_is_left_alone() -> None:
    assert decide("/help", rules=None) == Round((), {})


def test_an_archived_repository_is_left_alone() -> None:
    assert decide("/help", repository=repository(archived=True)) == Round((), {})


def test_a_repository_that_is_only_watched_gets_no_answers() -> None:
    rules = policy(environment("dev"), mode="observe")
    outcome = decide("/help", rules=rules)

    assert outcome.actions == ()
    assert set(outcome.fingerprints) == {"web"}


def broken(count: int = 1, message: str = "unknown key 'gats' (did you mean 'gates'?)") -> PolicyError:
    return PolicyError(tuple(Problem(".gitops.yml", line, 5, message) for line in range(count)))


def test_a_broken_policy_is_a_failed_check_on_the_commit_that_has_it() -> None:
    outcome = decide(rules=broken(2, "ask @acme/sre about #1"))
    (check,) = outcome.actions

    assert outcome.fingerprints == {}
    assert isinstance(check, ReportCheck)
    assert (check.name, check.head_oid, check.check_id) == (POLICY_CHECK, oid("head"), None)
    assert check.outcome is CheckOutcome.FAILURE
    assert check.title == "2 problems; nothing changes until the policy can be followed"
    assert [(each.path, each.line) for each in check.annotations] == [(".gitops.yml", 1), (".gitops.yml", 1)]
    assert "- `.gitops.yml:1:5` ask \\@\u2060acme/sre about \\#\u20601" in check.summary


def test_one_problem_is_one_and_many_are_annotated_in_part() -> None:
    (one,) = decide(rules=broken()).actions
    (many,) = decide(rules=broken(MOST_ANNOTATIONS + 1)).actions

    assert isinstance(one, ReportCheck)
    assert isinstance(many, ReportCheck)
    assert one.title.startswith("1 problem;")
    assert len(many.annotations) == MOST_ANNOTATIONS


@pytest.mark.parametrize(
    ("outcome", "title", "rules", "reported"),
    [
        (Outcome.FAILURE, "1 problem; nothing changes until the policy can be followed", broken(), None),
        (
            Outcome.FAILURE,
            "2 problems; nothing changes until the policy can be followed",
            broken(),
            CheckOutcome.FAILURE,
        ),
        (Outcome.SUCCESS, "The policy can be followed.", broken(), CheckOutcome.FAILURE),
        (Outcome.FAILURE, "1 problem; …", RULES, CheckOutcome.SUCCESS),
        (Outcome.SUCCESS, "The policy can be followed.", RULES, None),
    ],
)
def test_the_check_is_written_when_it_says_something_else(
    outcome: Outcome, title: str, rules: Policy | PolicyError, reported: CheckOutcome | None
) -> None:
    present = report(POLICY_CHECK, outcome, title, app_id=APP_ID, node_id="CR_9")
    actions = decide(rules=rules, recent=(commit("head", present),)).actions

    assert [(each.check_id, each.outcome) for each in actions if isinstance(each, ReportCheck)] == (
        [("CR_9", reported)] if reported else []
    )


# --- which applications are due


def prints(rules: Policy = RULES, **fields: Any) -> dict[str, str]:
    seen = sweep(**fields)
    kept = records_on(seen.state)
    return {name: fingerprint(seen, rules, name, records=kept, now=NOW) for name in rules.applications}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name, each in after.items() if before.get(name) != each}


ENTRIES = {"envs/dev": {"web": oid("1"), "api": oid("2")}, "envs/prod": {"web": oid("3"), "api": oid("4")}}


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, set()),
        ({"policy_id": "policy-2"}, {"web", "api"}),
        ({"records": held(hold())}, {"web", "api"}),
        ({"records": held(hold(application="api"))}, {"api"}),
        ({"records": rejected(rejection())}, {"web"}),
        ({"records": records(qa=EnvironmentRecords(digests={"api": {"v1": {"image": "sha256:1"}}}))}, {"api"}),
        ({"entries": {**ENTRIES, "envs/dev": {"web": oid("9"), "api": oid("2")}}}, {"web"}),
        ({"entries": {**ENTRIES, "envs/dev": {"web": oid("1"), "api": oid("2"), "new": oid("5")}}}, set()),
        ({"branches": {"gitops/dev/web": oid("b")}}, {"web"}),
        ({"branches": {"feature": oid("b")}}, set()),
        ({"pulls": (swept_pull(),)}, {"web"}),
        ({"pulls": (swept_pull(branch="feature"),)}, set()),
        ({"pulls": (swept_pull(is_cross_repository=True),)}, set()),
        ({"comments": (comment("/why dev web"),)}, {"web"}),
        ({"comments": (comment("/help"),)}, set()),
        ({"comments": (comment("/why dev web", done=True),)}, set()),
        ({"recent": (commit("head", report("argocd/web-dev")),)}, {"web"}),
        ({"recent": (commit("head", report("argocd/web-prod")),)}, set()),
        ({"recent": (commit("newer"), commit("head"))}, set()),
    ],
)
def test_an_application_is_due_when_something_it_depends_on_changed(fields: Any, due: set[str]) -> None:
    rules = policy(
        environment("dev"),
        environment("prod", "dev", gates={"health": ["argocd/{application}-{environment}"]}),
        applications=RULES.applications.values(),
    )

    assert changed(prints(rules, entries=ENTRIES), prints(rules, **{"entries": ENTRIES, **fields})) == due


def test_where_no_entry_carries_its_name_every_entry_counts() -> None:
    rules = policy(environment("dev", path="envs/dev"), applications=[application("web"), application("api")])
    before = prints(rules, entries={"envs": {"dev": oid("1"), "prod": oid("2")}})

    assert changed(before, prints(rules, entries={"envs": {"dev": oid("9"), "prod": oid("2")}})) == {"web", "api"}
    assert changed(before, prints(rules, entries={"envs": {"dev": oid("1"), "prod": oid("9")}})) == set()
    globbed = policy(environment("dev", path="envs/*/{application}"))
    seen = prints(globbed, entries={"envs": {"a": oid("1")}})
    assert changed(seen, prints(globbed, entries={"envs": {"a": oid("1"), "b": oid("2")}})) == {"web"}


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("envs/dev/{application}", "envs/dev"),
        ("envs/{environment}/{application}", "envs/dev"),
        ("apps/{application}/overlays/{environment}", "apps"),
        ("apps/web-{application}", "apps"),
        ("envs/dev", "envs"),
        ("values-{environment}.yaml", ""),
        ("envs/*/{application}", "envs"),
        ("{application}", ""),
        (".", ""),
    ],
)
def test_a_folder_is_listed_once_for_all_applications(path: str, folder: str) -> None:
    assert listed_folder(environment("dev", path=path)) == folder


def test_every_application_has_a_fingerprint() -> None:
    assert set(decide().fingerprints) == {"web", "api"}


# --- what to look at


def needs(*comments: Any, rules: Policy | None = RULES, seen: Sweep | None = None) -> SweepNeeds:
    return repository_needs("acme/deploy", rules, seen or sweep(comments=comments), NOW)


def test_without_a_policy_only_the_policy() -> None:
    assert repository_needs("acme/deploy", None, None, NOW) == SweepNeeds("acme/deploy")


def test_the_folders_of_all_environments_each_once() -> None:
    assert repository_needs("acme/deploy", RULES, None, NOW).folders == ("envs/dev", "envs/prod")
    one = policy(
        environment("dev", path="a/{application}/dev"), environment("prod", "dev", path="a/{application}/prod")
    )
    assert needs(rules=one).folders == ("a",)


def test_the_rights_of_those_who_commanded_something() -> None:
    found = needs(comment("/hold dev", "bob"), comment("hello", "carol"), comment("/help", "dave", done=True))

    assert found.people == {"bob"}
    assert found.teams == {"acme/sre"}
    assert needs(comment("hello", "carol")).teams == frozenset()


def test_needs_that_were_met_cover_smaller_ones() -> None:
    more = SweepNeeds("r", ("a", "b"), frozenset({"bob"}), frozenset({"acme/sre"}))

    assert more.cover(SweepNeeds("r", ("b",), frozenset({"bob"})))
    assert not SweepNeeds("r", ("a",)).cover(more)


def test_unhold_says_that_a_label_holds_all_the_same() -> None:
    outcome = decide("/unhold dev", repository=repository(hold_issue=12))

    assert answer(outcome) == "There is no such hold. Still held by the label `gitops/hold` on #12."


def test_explicit_edits_may_stand_anywhere_so_any_push_makes_due() -> None:
    """Without them, a push elsewhere changes nothing for the application."""
    edit = ExplicitEdit(file="values/{environment}.yaml", path="web.tag")
    rules = policy(
        environment("dev"),
        applications=[application("web", edit=(edit,)), application("api", images=("ghcr.io/acme/api",))],
    )
    before, after = (
        decide_repository(sweep(repository=repository(head_oid=oid(word))), rules, NOW).fingerprints
        for word in ("before", "after")
    )

    assert before["web"] != after["web"]
    assert before["api"] == after["api"]


def test_a_hold_that_is_over_before_it_is_read_is_none() -> None:
    """The bot was away for longer: nothing is recorded, and nobody is told that something is held."""
    late = comment("/hold dev until 1h", number=7, created_at=ago(hours=2))

    assert answer(decide(late)) == "I read this only now, and it was to end at 2026-03-03 11:00 UTC: nothing is held."


def test_a_time_is_shown_as_the_environment_has_it() -> None:
    rules = policy(environment("dev", timezone="Europe/Berlin"))
    line = "/hold dev until 14:00"

    assert answer(decide(line, rules=rules, kept=written(decide(line, rules=rules)))).startswith(
        "Held: nothing merges in `dev` until 2026-03-03 14:00 in Europe/Berlin (2026-03-03 13:00 UTC)."
    )


BROKEN = PolicyError((Problem(".gitops.yml", 7, 3, "there is no key `enviroments`"), Problem(".gitops.yml", 9, 1, "x")))


def test_everything_can_be_held_while_the_policy_is_broken() -> None:
    """Nobody knows which places there are; and nobody waits for an answer at night."""
    first = decide("/hold all the database moves", rules=BROKEN)
    kept = written(first)

    assert [hold.reason for hold in kept.of("all").holds] == ["the database moves"]
    assert first.unfinished
    assert answer(decide("/hold all the database moves", rules=BROKEN, kept=kept)).startswith("Held: nothing merges")
    assert answer(decide(comment("/hold all", "carol", number=7), rules=BROKEN)).startswith("You may not `/hold`")
    lifting = comment("/unhold all", number=8, created_at=NOW)
    assert written(decide(lifting, rules=BROKEN, kept=kept)).of("all").holds == ()


@pytest.mark.parametrize("line", ["/hold dev", "/promote prod", "/why", "/override soak x", "/reject v1.5.0"])
def test_everything_else_waits_until_the_policy_is_mended(line: str) -> None:
    found = decide(line, rules=BROKEN)

    assert marks(found.actions) == [("IC_7", REFUSED)]
    assert answer(found).replace("\\", "") == (
        "The policy cannot be followed, and nothing is promoted or merged until it is mended: .gitops.yml:7:3: there is no key "
        "`enviroments` (and 1 more). `/hold all` and `/unhold all` work meanwhile. If you still want it when it is, "
        f"write it again:\n\n```\n{line}\n```"
    )


def test_help_and_hints_need_no_policy() -> None:
    assert "/promote ENV" in answer(decide("/help", rules=BROKEN))
    assert answer(decide("/hodl all", rules=BROKEN)) == "There is no `/hodl`; did you mean `/hold`?"


def test_who_speaks_while_the_policy_is_broken_is_looked_up() -> None:
    found = repository_needs("acme/manifests", BROKEN, sweep(comments=(comment("/hold all", "bob"),)), NOW)

    assert found.people == {"bob"}
    assert found.folders == ()


@pytest.mark.parametrize(
    ("author", "rows"),
    [
        # maintain; prod has its own lists
        (
            "alice",
            {"/promote": "everywhere", "/hold": "`dev`", "/unhold": "your own; others: `dev`", "/why": "everywhere"},
        ),
        (
            "carol",
            {"/promote": "nowhere", "/hold": "nowhere", "/unhold": "your own; others: nowhere", "/help": "everywhere"},
        ),
        ("erin", {"/promote": "nowhere", "/hold": "nowhere", "/unhold": "your own; others: `prod`"}),
    ],
)
def test_help_says_where_its_reader_may(author: str, rows: dict[str, str]) -> None:
    """On a promotion: elsewhere nobody knows whose owners count."""
    teams = {"acme/sre": frozenset({"erin"})}
    there = answer(decide(comment("/help", author, number=7, promotion=("prod", "web")), teams=teams))
    elsewhere = answer(decide(comment("/help", author, number=7), teams=teams))
    cells = [
        line.replace("\\|", "/").strip("| ").split(" | ") for line in there.splitlines() if line.startswith("| `/")
    ]
    said = {re.match(r"`(/\w+)", row[0]).group(1): row[2] for row in cells}  # type: ignore[union-attr]

    assert {word: said[word] for word in rows} == rows
    assert "where you may" not in elsewhere


def test_a_crowd_keeps_nobody_who_may_write_waiting() -> None:
    """So many answers are given in one pass; the next one goes on with the others."""
    crowd = [comment("/help", "stranger", number=number, created_at=ago(minutes=9)) for number in range(1, 31)]
    first = decide(*crowd, comment("/hold all", "bob", number=99))

    assert written(first).of("all").holds[0].by == "bob"
    assert marks(first.actions) == [("IC_99", SEEN)]
    assert len(marks(decide(*crowd).actions)) == MOST_ANSWERS


def test_owners_may_hold_what_brings_their_application() -> None:
    """And only who may lift everything lifts what others hold there."""
    rules = policy(
        environment("dev", permissions={"hold": ["owners"], "unhold": ["owners"]}),
        applications=[application("web", owners=["@dave"]), application("api", owners=["@erin"])],
    )

    assert written(decide(comment("/hold dev", "erin", number=7), rules=rules)).of("dev").holds[0].by == "erin"
    assert written(decide(comment("/hold dev api", "erin", number=7), rules=rules)).of("dev").holds[0].by == "erin"
    assert answer(decide(comment("/hold dev web", "erin", number=7), rules=rules)) == (
        "You may not `/hold` in `dev`. Who may: dave."
    )
    assert answer(decide(comment("/unhold dev", "erin", number=7), rules=rules, kept=held(hold(by="bob")))) == (
        "You may not `/unhold` in `dev`. Who may: bob, who holds it."
    )
