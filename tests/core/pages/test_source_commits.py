"""The source commits on a promotion's page: which ones, how many, how they look, and what replaces an unknown list."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.gates.question import Question
from bot.core.observation.repository import Visibility
from bot.core.observation.source import LoggedCommit, SourceSeen
from bot.core.pages import pull_request
from bot.core.pages.parts.source_commits import MOST_COMMITS, commit_list, wanted_logs
from tests.builders import (
    application,
    artifact,
    artifacts,
    environment_state,
    logged,
    oid,
    policy,
    question,
    repository,
    source,
    state,
    version,
)

OLD, NEW = oid("old"), oid("new")
RULES = policy(applications=[application(source="acme/web")])


def about(tag: str = "v1.5.0", *, seen: SourceSeen | None = None, rules: Any = RULES, **fields: Any) -> Question:
    """dev is to go from v1.4.0, built from `old`, to v1.5.0, built from `new`; or from `there` to `tag`."""
    there = fields.pop("there", "v1.4.0")
    revisions = {"v1.4.0": OLD, "v1.5.0": NEW, **fields.pop("revisions", {})}
    known = artifacts(*(artifact(each, revision=revision) for each, revision in revisions.items()))
    others = (environment_state("staging"), environment_state("prod"))
    present = state(environment_state("dev", there), *others, artifacts=known, source=seen)
    return question(version(tag, commit=revisions.get(tag)), policy=rules, state=present)


def with_log(*log: LoggedCommit, of: str = NEW) -> SourceSeen:
    return source(logs={of: log})


def test_commits_are_one_line_each_newest_first() -> None:
    seen = with_log(
        logged("new", headline="Greet people (#12)", pull=12),
        logged("between", author="", headline="Tidy up"),
        logged("old"),
        logged("older"),
    )

    assert commit_list(about(seen=seen)).splitlines() == [
        "**New commits since `v1.4.0`:**",
        "",
        f"- acme/web@{NEW} Greet people — `dana`, `acme/web#12`",
        f"- acme/web@{oid('between')} Tidy up",
    ]


@pytest.mark.parametrize(
    ("manifests", "private_source", "said", "shown"),
    [
        ("PUBLIC", True, None, False),
        ("PUBLIC", True, "subjects", True),
        ("PUBLIC", False, None, True),
        ("PUBLIC", False, "ids", False),
        ("INTERNAL", True, None, False),
        ("PRIVATE", True, None, True),
        ("PRIVATE", True, "ids", False),
    ],
)
def test_whoever_cannot_see_the_source_sees_only_ids(
    manifests: str,
    private_source: bool,  # noqa: FBT001 -- a column
    said: str | None,
    shown: bool,  # noqa: FBT001 -- a column
) -> None:
    seen = with_log(logged("new", headline="Close the leak (#12)", pull=12), logged("old"))
    visibility = Visibility.PRIVATE if private_source else Visibility.PUBLIC
    rules = policy(applications=[application(source={"repository": "acme/web", "commits": said})])
    asked = about(seen=replace(seen, visibility=visibility), rules=rules)
    there = replace(asked, state=replace(asked.state, repository=repository(visibility=Visibility[manifests])))

    line = commit_list(there).splitlines()[-1]
    assert line == f"- acme/web@{NEW}{' Close the leak — `dana`, `acme/web#12`' if shown else ''}"
    assert ("leak" in pull_request.body(there)) is shown


def test_a_long_list_is_cut() -> None:
    log = (logged("new"), *(logged(str(number)) for number in range(MOST_COMMITS + 2)), logged("old"))

    lines = commit_list(about(seen=with_log(*log))).splitlines()

    assert sum(line.startswith("- acme/web@") for line in lines) == MOST_COMMITS
    assert lines[6:9] == [lines[6], "", f"<details><summary>{MOST_COMMITS - 2} more</summary>"]
    assert lines[-3:] == ["- and 3 more", "", "</details>"]


def test_commit_messages_mention_nobody_and_close_nothing() -> None:
    wild = logged(
        "new", headline="Fixes #1, thanks @acme/all `x` <b> acme/web#3 https://evil.test", author="eve`@x", pull=4
    )

    line = commit_list(about(seen=with_log(wild, logged("old")))).splitlines()[-1]

    said, _, facts = line.removeprefix(f"- acme/web@{NEW} ").partition(" — ")
    assert "#1" not in said
    assert "@acme" not in said
    assert "#3" not in said
    assert "://" not in said
    assert "<b>" not in said.replace("\\<", "")
    assert facts == "`eve'@x`, `acme/web#4`"


def test_a_rollback_lists_the_removed_commits() -> None:
    seen = with_log(logged("new"), logged("old"))

    asked = about("v1.4.0", there="v1.5.0", seen=seen)

    assert wanted_logs(asked) == {NEW}
    assert commit_list(asked).splitlines() == [
        "**Removed: the commits since `v1.4.0`:**",
        "",
        f"- acme/web@{NEW} Change new — `dana`",
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (about(rules=policy()), ""),
        (about(there=None), ""),
        (about(revisions={"v1.5.0": None}), ""),
        (
            about(revisions={"v1.4.0": None}),
            "Cannot list the commits since `v1.4.0`: its image does not say what it was built from.",
        ),
        (about(revisions={"v1.4.0": NEW}), "`v1.4.0` was built from the same commit."),
        (
            about(seen=source(readable=False)),
            f"The commits up to acme/web@{NEW} cannot be read: check that it exists and that the App is installed there.",
        ),
        (
            about(),
            f"The commits up to acme/web@{NEW} cannot be read: check that it exists and that the App is installed there.",
        ),
        (
            about(seen=with_log(logged("new"), logged("between"))),
            f"`v1.4.0` was built from acme/web@{OLD}, which is not in the log of `v1.5.0` (read 2 deep).",
        ),
        (
            about(seen=with_log(logged("new")), revisions={"v1.4.0": "deadbeef"}),
            "`v1.4.0` was built from `deadbeef`, which is not in the log of `v1.5.0` (read 1 deep).",
        ),
    ],
)
def test_a_missing_list_is_explained(asked: Question, sentence: str) -> None:
    assert commit_list(asked) == sentence
    assert sentence in pull_request.body(asked)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (about(), {NEW}),
        (about(rules=policy()), set()),
        (about(there=None), set()),
        (about(revisions={"v1.5.0": None}), set()),
        (about(revisions={"v1.4.0": None}), set()),
        (about(revisions={"v1.5.0": "main"}), set()),
    ],
)
def test_a_log_is_requested_only_if_it_will_be_shown(asked: Question, wanted: set[str]) -> None:
    assert wanted_logs(asked) == wanted


def test_the_page_has_the_list_between_the_versions_and_the_files() -> None:
    text = pull_request.body(about(seen=with_log(logged("new"), logged("old"))))

    assert text.index("| image |") < text.index("**New commits") < text.index("**Changes:**")
