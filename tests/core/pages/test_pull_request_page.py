"""The pages and commit messages as their readers see them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core import gates
from bot.core.gates.question import Purpose, Question
from bot.core.observation.source import LoggedCommit
from bot.core.pages import check_run, closing, commit_messages, pull_request, status_comment
from bot.core.pages.parts import verdicts
from bot.core.plan import Severity, Verdict
from bot.core.policy import MergeMethod
from bot.core.promotion import merging
from bot.core.records.entries import RequestKind
from bot.core.state import State
from tests.builders import (
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
    place,
    policy,
    promotion,
    question,
    report,
    repository,
    request,
    requested,
    source,
    state,
    version,
)

STORY = policy(
    environment("dev"),
    environment("staging", "dev"),
    environment(
        "prod",
        "staging",
        gates={
            "checks": ["build"],
            "soak": "4h",
            "health": ["argocd/{application}-{environment}"],
            "approvals": {"count": 1, "from": ["owners"]},
        },
    ),
    applications=[application(source="acme/web", owners=["@acme/web"], versions={"write": "tag+digest"})],
)


def story(**fields: Any) -> Question:
    """prod has v1.4.0; alice asked for v1.5.0, which soaks in staging and waits for an approval."""
    came, built, before = oid("came"), oid("v1.5.0 source"), oid("v1.4.0 source")
    carried = version("v1.5.0", digest=artifact("v1.5.0").digest, commit=built)
    staging = environment_state("staging", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=2), commit=came),))
    prod = environment_state(
        "prod", "v1.4.0", digest=digest(f"{WEB}:v1.4.0"), promotion=promotion(carried, environment="prod")
    )
    log = (
        LoggedCommit(built, "Greet @everyone, fixes #12", actor("bob"), pull=31),
        LoggedCommit(before, "The version before", actor("alice"), pull=30),
    )
    seen = source(commit(built, report("build")))
    world = state(
        environment_state("dev", "v1.5.0"),
        staging,
        prod,
        artifacts=artifacts(artifact("v1.5.0", revision=built), artifact("v1.4.0", revision=before)),
        source=replace(seen, logs={built: log}),
        recent=(commit(came, report("argocd/web-staging", at=ago(hours=1))),),
        records=requested(request("v1.5.0"), "prod"),
        teams={"acme/web": frozenset({"alice"})},
    )
    return question(carried, Purpose.PROMOTE, policy=STORY, environment="prod", state=world, **fields)


body = pull_request.body


def standing(asked: Question) -> str:
    return status_comment.standing(asked, gates.judge(asked))


def test_a_description_says_what_the_pull_request_is() -> None:
    text = body(story())

    assert text.splitlines()[:5] == [
        "Moves **web** in **prod** from `v1.4.0` to `v1.5.0`, requested by alice.",
        "",
        "| image | from | to |",
        "|---|---|---|",
        f"| `ghcr.io/acme/web` | `v1.4.0` `{digest(f'{WEB}:v1.4.0')[7:19]}` | `v1.5.0` `{artifact('v1.5.0').digest[7:19]}` |",
    ]
    assert f"Built from acme/web@{oid('v1.5.0 source')}.\n" in text
    assert "@everyone" not in text
    assert "#12" not in text


def test_a_description_does_not_depend_on_the_gates() -> None:
    """The gates are in the status comment and in the check run."""
    asked = story()
    approved = replace(asked, now=asked.now + timedelta(hours=9))

    assert gates.judge(asked) != gates.judge(approved)
    assert body(asked) == body(approved)
    assert "approval" not in body(asked)


@pytest.mark.parametrize(("merge", "who"), [("auto", "The bot"), ("manual", "A person")])
def test_a_description_says_who_merges(merge: str, who: str) -> None:
    asked = question(policy=policy(environment(merge=merge)), state=state(environment_state("dev")))

    assert f"{who} merges this pull request when every gate passes" in body(asked)


def test_a_status_begins_with_why_it_waits_and_who_can_clear_it() -> None:
    assert standing(story()).splitlines()[:5] == [
        "⛔ **Approvals:** waiting for 1 approval from acme/web. Can be cleared by acme/web.",
        "",
        (
            "- ⏳ **Soak:** soaking in `staging` until 2026-03-03 15\\:00 UTC (4h, started 2026-03-03 11\\:00 UTC). "
            "Clears automatically."
        ),
        "",
        "Checked again at 2026-03-03 15:00 UTC, and whenever something changes.",
    ]


def test_gates_that_passed_are_folded_away() -> None:
    text = standing(story())
    before, _, folded = text.partition("<details><summary>✅ 12 gates passed</summary>\n\n")
    folded, _, after = folded.partition("\n\n</details>\n\n")

    assert "✅" not in before
    assert folded.splitlines()[2:4] == [
        "| ✅ passed | from | `staging` has run it since 2026-03-03 10\\:00 UTC |",
        f"| ✅ passed | checks | `build` passed on commit `{oid('v1.5.0 source')[:7]}` of acme/web |",
    ]
    assert "Not configured: min-age, windows" in folded
    assert after == "**Environments:** dev `v1.5.0` → staging `v1.5.0` → prod `v1.4.0`"


def test_gates_that_do_not_apply_are_named_apart_from_those_that_are_not_configured() -> None:
    asked = replace(story(), purpose=Purpose.ROLLBACK)

    assert verdicts.gate_table(gates.judge(asked)).splitlines()[-3:] == [
        "Not configured: windows.",
        "",
        "Does not apply to a rollback: from, checks, health, soak, min-age, downgrade, current, pace, limit.",
    ]


def test_an_overridden_gate_stays_visible() -> None:
    passed = verdict(Severity.PASSED, "overridden", by="sam", reason="it burns", otherwise="waiting for 1 approval")
    text = status_comment.standing(story(), (passed, verdict(Severity.PASSED)))

    assert "- ✅ **Approvals:** overridden by sam: it burns; without the override: waiting for 1 approval" in text
    assert "<details><summary>✅ 1 gate passed</summary>" in text


def test_the_check_run_has_all_gates_in_one_table() -> None:
    asked = story()
    rows = [
        line
        for line in check_run.summary(asked, gates.judge(asked)).splitlines()
        if line.startswith(("| ⛔", "| ⏳", "| ✅"))
    ]

    assert [row.split(" | ")[1] for row in rows[:4]] == ["approvals", "soak", "from", "checks"]


def test_a_description_ends_with_the_files_who_merges_and_the_commands() -> None:
    text = body(story())

    assert "- `envs/prod/web/deployment.yaml:12`" in text
    assert text.splitlines()[-3].startswith("<sub>`/why` ·")
    assert text.splitlines()[-1].startswith("<!-- gitops-bot ")


def test_the_chain_shows_parallel_environments_side_by_side() -> None:
    rules = policy(environment("eu"), environment("us"), environment("qa", "eu"), environment("global", ["eu", "us"]))
    seen = state(*(environment_state(name, "v1.4.0") for name in ("eu", "us", "qa")), environment_state("global", None))

    assert status_comment.chain(rules, seen) == ("eu `v1.4.0`, us `v1.4.0` → qa `v1.4.0`, global —")


def test_two_images_on_one_line_are_one_change() -> None:
    places = (place(image="ghcr.io/acme/web"), place(image="ghcr.io/acme/worker"))
    text = body(question(policy=policy(environment()), state=state(environment_state("dev", places=places))))

    assert text.count("deployment.yaml:12`") == 1


def test_a_page_does_not_change_with_time() -> None:
    """A minute later nothing has changed, so nothing is written."""
    now = story()

    assert body(now) == body(replace(now, now=now.now + timedelta(minutes=1)))


def test_a_long_list_of_files_is_counted() -> None:
    places = tuple(place(path=f"envs/dev/web/{number:03}.yaml") for number in range(pull_request.MOST_FILES + 2))
    text = body(question(policy=policy(environment()), state=state(environment_state("dev", places=places))))

    assert "- `envs/dev/web/004.yaml:12`\n\n<details><summary>97 more</summary>\n" in text
    assert "- `envs/dev/web/099.yaml:12`\n- and 2 more\n\n</details>" in text


@pytest.mark.parametrize(
    ("present", "purpose", "expected"),
    [
        ("v1.4.0", Purpose.AUTOMATIC, "dev: web v1.4.0 → v1.5.0"),
        (None, Purpose.AUTOMATIC, "dev: web → v1.5.0"),
        ("v1.6.0", Purpose.ROLLBACK, "dev: web v1.6.0 → v1.5.0 (rollback)"),
        ("x@evil #1", Purpose.AUTOMATIC, "dev: web x@\u2060evil #\u20601 → v1.5.0"),
    ],
)
def test_a_title_names_environment_application_and_versions(
    present: str | None, purpose: Purpose, expected: str
) -> None:
    assert commit_messages.title(question(purpose=purpose, state=state(environment_state("dev", present)))) == expected


@pytest.mark.parametrize(
    ("title", "present", "purpose", "expected"),
    [
        (
            "chore({environment}): {application} to {to} (was {from})",
            "v1.4.0",
            Purpose.AUTOMATIC,
            "chore(dev): web to v1.5.0 (was v1.4.0)",
        ),
        ("deploy {to}", None, Purpose.ROLLBACK, "deploy v1.5.0 (rollback)"),
        ("fixes #1 {to}\n@all", None, Purpose.AUTOMATIC, "fixes #\u20601 v1.5.0 @\u2060all"),
    ],
)
def test_a_title_follows_the_policys_template(title: str, present: str | None, purpose: Purpose, expected: str) -> None:
    rules = policy(environment(pull_request={"title": title}))
    seen = state(environment_state("dev", present))

    assert commit_messages.title(question(policy=rules, purpose=purpose, state=seen)) == expected


def test_a_title_fits_githubs_limit() -> None:
    rules = policy(environment(pull_request={"title": "{to}" * 60}))
    seen = state(environment_state("dev"))
    title = commit_messages.title(question(policy=rules, purpose=Purpose.ROLLBACK, state=seen))

    assert len(title) == commit_messages.LONGEST_TITLE
    assert title.endswith(" (rollback)")


def test_a_changed_page_is_detected_by_its_mark() -> None:
    ours = body(story())

    assert not pull_request.differs(ours, ours)
    assert not pull_request.differs(f"A person's words.\r\n\r\n{ours}", ours)
    assert pull_request.differs("A person's words alone.", ours)
    assert pull_request.differs(ours.replace("<!-- gitops-bot ", "<!-- gitops-bot 0"), ours)
    assert pull_request.differs(f"<!-- gitops-bot {'0' * 16} -->", ours)
    quoted = f"`<!-- gitops-bot {'0' * 16} -->`\n\n{ours}"
    assert not pull_request.differs(quoted, ours)
    assert not pull_request.differs(" A title\n", "A title")
    assert pull_request.differs("Another title", "A title")


def test_trailers_say_what_and_for_whom() -> None:
    lines = commit_messages.trailers(story()).splitlines()

    assert lines[:6] == [
        "GitOps-Application: web",
        "GitOps-Environment: prod",
        "GitOps-Version: v1.5.0",
        f"GitOps-Digest: {WEB}@{artifact('v1.5.0').digest}",
        f"GitOps-Source-Commit: {oid('v1.5.0 source')}",
        "GitOps-Requested-By: alice",
    ]


def test_trailers_are_single_lines_that_refer_to_nothing() -> None:
    text = commit_messages.trailers(question(version("v1\n\nGitOps-Version: v2", commit="x\nfixes #1")))

    assert [line.partition(":")[0] for line in text.splitlines()] == [
        "GitOps-Application",
        "GitOps-Environment",
        "GitOps-Version",
        "GitOps-Source-Commit",
    ]
    assert "#1" not in text


def test_commit_messages_describe_the_promotion() -> None:
    asked = question()

    assert commit_messages.commit(asked).headline == "dev: web v1.4.0 → v1.5.0"
    assert commit_messages.merge_commit(asked, 7).headline == "dev: web v1.4.0 → v1.5.0 (#7)"
    first = commit_messages.remembered(question(version("v1.5.0", digest="sha256:1")))
    assert (first.headline, first.body) == ("web v1.5.0 was first seen", f"{WEB}@sha256:1")


def test_the_message_of_a_recorded_command_is_short_without_mentions() -> None:
    found = commit_messages.recorded(
        comment("…", "alice", number=7), f"/hold dev until 2h for @everyone, fixes #1 {'x' * 99}"
    )

    assert found.headline.startswith("alice: /hold dev until 2h for @\u2060everyone, fixes #\u20601 xxx")
    assert len(found.headline) <= 72
    assert found.body == "Comment 7 on #3."


@pytest.mark.parametrize(
    ("allowed", "wanted", "method"),
    [
        ({"MERGE", "SQUASH"}, MergeMethod.SQUASH, "SQUASH"),
        ({"REBASE"}, MergeMethod.SQUASH, "REBASE"),
        (set(), MergeMethod.MERGE, "MERGE"),
    ],
)
def test_the_merge_commit_follows_the_merge_method(allowed: set[str], wanted: MergeMethod, method: str) -> None:
    rules = policy(environment(merge_method=wanted))
    seen = state(environment_state("dev"), repository=repository(merge_methods=frozenset(allowed)))

    assert merging.merge_method(question(policy=rules, state=seen)) == method


def verdict(severity: Severity, code: str = "draft", **facts: str) -> Verdict:
    return Verdict("approvals", severity, code, facts, ("bob, with `/x y`",) if severity is Severity.BLOCKED else ())


def test_the_headline_is_the_most_severe_verdict() -> None:
    passed = verdict(Severity.PASSED, "approved", by="bob")
    blocked = verdict(Severity.BLOCKED)

    assert verdicts.headline_line((passed,)) == "✅ **Every gate passes.**"
    assert verdicts.headline_line((passed, blocked)) == (
        "⛔ **Approvals:** the pull request is a draft. Can be cleared by bob, with `/x y`."
    )
    assert verdicts.headline_line((replace(blocked, who=()),)) == "⛔ **Approvals:** the pull request is a draft."
    waiting = verdict(Severity.WAITING)
    assert verdicts.headline_line((waiting,)).endswith(" is a draft. Clears automatically.")
    assert verdicts.headline_line((replace(waiting, who=("bob",)),)).endswith(
        "Clears automatically. Can be skipped by bob."
    )
    assert check_run.headline((passed,), question()) == "every gate passes"
    assert check_run.headline((blocked,), question()) == "approvals: the pull request is a draft"
    by_hand = policy(environment(merge="manual"))
    assert check_run.headline((passed,), question(policy=by_hand)) == "every gate passes; a person merges"


def test_titles_of_check_runs_fit_githubs_limit() -> None:
    long = verdict(Severity.BLOCKED, "changes-requested", by="x" * 999)

    assert len(check_run.headline((long,), question())) == 250


def closed(
    candidate: str | None = None, carried: str | None = "v1.5.0", present: str = "v1.4.0", *verdicts: Verdict
) -> str:
    opened = promotion(carried) if carried else None
    here = environment_state("dev", present, promotion=opened)
    return closing.superseded(here, version(candidate) if candidate else None, verdicts)


def test_a_closed_promotion_says_why() -> None:
    blocked = verdict(Severity.BLOCKED)

    assert closed(present="v1.5.0") == "Closed: `dev` already runs `v1.5.0`."
    assert closed() == "Closed: `v1.5.0` can no longer be promoted to `dev`."
    assert closed("v1.6.0", "v1.5.0", "v1.4.0", blocked) == (
        "Closed: `v1.5.0` is superseded by `v1.6.0`. **Approvals:** the pull request is a draft."
    )
    assert closed("v1.5.0") == "Closed: `v1.5.0` can no longer be promoted to `dev`."
    assert closed(carried=None) == "Closed: — can no longer be promoted to `dev`."


def test_a_promotion_replaced_by_a_rollback_says_so() -> None:
    back = question("v1.3.0", Purpose.ROLLBACK, request=request("v1.3.0", RequestKind.ROLLBACK))

    assert closing.replaced_by_rollback(back) == "Closed: a rollback to `v1.3.0` was requested by alice."
    assert closing.replaced_by_rollback(replace(back, request=None)) == "Closed: a rollback to `v1.3.0` was requested."


def test_versions_without_digests_and_empty_places_are_shown() -> None:
    nothing: State = state(environment_state("dev", None))

    assert f"| `{WEB}` | — | `v1.5.0` |" in body(question(policy=policy(environment()), state=nothing))
    assert f"| `{WEB}` | `v1.4.0` | `v1.5.0` |" in body(question())
