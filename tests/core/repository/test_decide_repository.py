"""The repository's own pass: holds, help, what was misspelt, a broken policy, and which applications are due."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.needs.repository import SweepNeeds, repository_needs
from bot.core.observation.commits import Outcome
from bot.core.observation.sweep import Sweep
from bot.core.plan import CheckOutcome, Reaction, ReportCheck
from bot.core.policy import ExplicitEdit, Policy, read
from bot.core.policy.paths import listed_folders
from bot.core.records.environment import EnvironmentRecords
from bot.core.records.state_branch import records_on
from bot.core.repository.decide import Round, decide_repository, fingerprint
from bot.core.repository.fingerprints import Fingerprint
from bot.core.repository.other_pull_requests import MOST_ANNOTATIONS, POLICY_CHECK
from bot.core.values.errors import PolicyError, Problem
from tests.builders import (
    APP_ID,
    NOW,
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
from tests.core.commands.repository_pass import BROKEN, RULES, decide, held

DONE, REFUSED, SEEN = Reaction.DONE, Reaction.REFUSED, Reaction.SEEN


# --- the policy


def test_a_repository_without_a_policy_is_left_alone() -> None:
    assert decide("/help", rules=None) == Round((), {})


def test_an_archived_repository_is_left_alone() -> None:
    assert decide("/help", repository=repository(archived=True)) == Round((), {})


def test_a_repository_in_observe_mode_gets_no_answers() -> None:
    rules = policy(environment("dev"), mode="observe")
    outcome = decide("/help", rules=rules)

    assert outcome.actions == ()
    assert set(outcome.fingerprints) == {"web"}


def broken(count: int = 1, message: str = "unknown key 'gats' (did you mean 'gates'?)") -> PolicyError:
    return PolicyError(tuple(Problem(".gitops.yml", line, 5, message) for line in range(count)))


def test_a_broken_policy_gets_a_failed_check_on_its_commit() -> None:
    outcome = decide(rules=broken(2, "ask @acme/sre about #1"))
    (check,) = outcome.actions

    assert outcome.fingerprints == {}
    assert isinstance(check, ReportCheck)
    assert (check.name, check.head_oid, check.check_id) == (POLICY_CHECK, oid("head"), None)
    assert check.outcome is CheckOutcome.FAILURE
    assert check.title == "2 problems; nothing changes until the policy is fixed"
    assert [(each.path, each.line) for each in check.annotations] == [(".gitops.yml", 1), (".gitops.yml", 1)]
    assert "- `.gitops.yml:1:5` ask \\@\u2060acme/sre about \\#\u20601" in check.summary


def test_annotations_are_limited() -> None:
    (one,) = decide(rules=broken()).actions
    (many,) = decide(rules=broken(MOST_ANNOTATIONS + 1)).actions

    assert isinstance(one, ReportCheck)
    assert isinstance(many, ReportCheck)
    assert one.title.startswith("1 problem;")
    assert len(many.annotations) == MOST_ANNOTATIONS


@pytest.mark.parametrize(
    ("outcome", "title", "rules", "reported"),
    [
        (Outcome.FAILURE, "1 problem; nothing changes until the policy is fixed", broken(), None),
        (
            Outcome.FAILURE,
            "2 problems; nothing changes until the policy is fixed",
            broken(),
            CheckOutcome.FAILURE,
        ),
        (Outcome.SUCCESS, "The policy is valid.", broken(), CheckOutcome.FAILURE),
        (Outcome.FAILURE, "1 problem; …", RULES, CheckOutcome.SUCCESS),
        (Outcome.SUCCESS, "The policy is valid.", RULES, None),
    ],
)
def test_the_check_is_written_only_on_change(
    outcome: Outcome, title: str, rules: Policy | PolicyError, reported: CheckOutcome | None
) -> None:
    present = report(POLICY_CHECK, outcome, title, app_id=APP_ID, node_id="CR_9")
    actions = decide(rules=rules, recent=(commit("head", present),)).actions

    assert [(each.check_id, each.outcome) for each in actions if isinstance(each, ReportCheck)] == (
        [("CR_9", reported)] if reported else []
    )


CHECK_OF = {Outcome.FAILURE: CheckOutcome.FAILURE, Outcome.SUCCESS: CheckOutcome.SUCCESS}


@pytest.mark.parametrize("outcome", list(CHECK_OF))
def test_the_check_is_written_again_when_somebody_asks(outcome: Outcome) -> None:
    """https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run"""
    title = "1 problem; nothing changes until the policy is fixed"
    present = replace(report(POLICY_CHECK, outcome, title, app_id=APP_ID, node_id="CR_9"), asked_again=True)

    actions = decide(rules=broken() if outcome is Outcome.FAILURE else RULES, recent=(commit("head", present),)).actions

    assert [(each.check_id, each.outcome) for each in actions if isinstance(each, ReportCheck)] == [
        ("CR_9", CHECK_OF[outcome])
    ]


# --- which applications are due


def prints(rules: Policy = RULES, **fields: Any) -> dict[str, Fingerprint]:
    seen = sweep(**fields)
    kept = records_on(seen.state, now=NOW)
    return {name: fingerprint(seen, rules, name, records=kept, now=NOW) for name in rules.applications}


def changed(before: dict[str, Fingerprint], after: dict[str, Fingerprint]) -> set[str]:
    return {name for name, each in after.items() if before.get(name) != each}


ENTRIES = {"envs/dev": {"web": oid("1"), "api": oid("2")}, "envs/prod": {"web": oid("3"), "api": oid("4")}}


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, set()),
        ({"policy_id": "policy-2"}, set()),
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


@pytest.mark.parametrize(
    ("rules", "due"),
    [
        ("  api: {image: acme/api}\n  web: {image: acme/web, environments: {prod: {promote: manual}}}\n", {"web"}),
        ("  api: {image: acme/api, environments: {dev: false}}\n  web: {image: acme/web}\n", {"api"}),
        ("  api: {image: acme/other}\n  web: {image: acme/web}\n", {"api"}),
        ("  # moved\n  web: {image: acme/web}\n  api: {image: acme/api}\n", set()),
    ],
)
def test_a_change_of_the_policy_concerns_the_applications_for_which_something_changes(
    rules: str, due: set[str]
) -> None:
    dev, prod = "dev: {path: 'dev/{application}', from: registry}", "prod: {path: 'prod/{application}', from: dev}"
    environments = f"environments:\n  {dev}\n  {prod}\n"
    before, after = (
        prints(read({".gitops.yml": f"applications:\n{said}{environments}"}), entries=ENTRIES)
        for said in ("  api: {image: acme/api}\n  web: {image: acme/web}\n", rules)
    )

    assert changed(before, after) == due
    assert all(before[name].seen == after[name].seen for name in due - {"api"})


def test_the_files_that_the_policy_names_count_by_their_folder() -> None:
    edit = {"file": "values/{environment}.yaml", "path": "web.tag"}
    rules = policy(applications=[application("web", edit=[edit]), application("api")])
    seen = {"entries": {**ENTRIES, "values": {"dev.yaml": oid("v"), "x": oid("x")}}}
    moved = {"entries": {**ENTRIES, "values": {"dev.yaml": oid("w"), "x": oid("x")}}}
    other = {"entries": {**ENTRIES, "values": {"dev.yaml": oid("v"), "x": oid("y")}}}

    assert changed(prints(rules, **seen), prints(rules, **moved)) == {"web"}
    assert changed(prints(rules, **seen), prints(rules, **other)) == set()
    assert repository_needs("acme/deploy", rules, None, NOW).folders == (
        "envs/dev",
        "envs/staging",
        "envs/prod",
        "values",
    )


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
    assert listed_folders(environment("dev", path=path)) == (folder,)


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


def test_somebody_waits_for_the_application_that_an_unanswered_comment_names() -> None:
    awaited = prints(comments=(comment("/why dev web"), comment("/why dev other", done=True)))

    assert {name for name, seen in awaited.items() if seen.awaited} == {"web"}


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


def test_who_speaks_while_the_policy_is_broken_is_looked_up() -> None:
    found = repository_needs("acme/manifests", BROKEN, sweep(comments=(comment("/hold all", "bob"),)), NOW)

    assert found.people == {"bob"}
    assert found.folders == ()


def test_a_report_about_any_environment_before_it_counts() -> None:
    """Versions may pass through, so that health is asked of one further back; each is followed once."""
    rules = policy(
        environment("dev"),
        environment("eu", "dev"),
        environment("us", "dev"),
        environment("prod", ["eu", "us"], gates={"health": ["argocd/{application}-{environment}"]}),
    )
    before = prints(rules, entries={})

    assert changed(before, prints(rules, entries={}, recent=(commit("head", report("argocd/web-dev")),))) == {"web"}
    assert changed(before, prints(rules, entries={}, recent=(commit("head", report("argocd/web-prod")),))) == set()
