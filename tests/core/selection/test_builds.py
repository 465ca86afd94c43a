"""What people read about the source's newest commit, where no image of it arrived."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.commands.why import summary
from bot.core.observation.commits import Outcome, Report
from bot.core.observation.repository import Visibility
from bot.core.pages.dashboard import rows
from bot.core.pages.parts.sentences import on_page_sentence, plain_sentence
from bot.core.plan import Verdict
from bot.core.policy import Policy
from bot.core.selection import builds
from bot.core.selection.candidates import Choice, choose
from bot.core.state import State
from bot.core.values.artifacts import Tags
from tests.builders import (
    NOW,
    WEB,
    ago,
    application,
    artifact,
    artifacts,
    commit,
    environment,
    environment_state,
    oid,
    policy,
    report,
    repository,
    source,
    state,
)

RUN = "https://github.test/acme/web/actions/runs/7/job/9"
HEAD, SHORT = oid("head"), oid("head")[:7]
OURS = 4711


def rules(checks: tuple[str, ...] = (), **versions: Any) -> Policy:
    fields: dict[str, Any] = {"versions": versions} if versions else {}
    app = application(source="acme/web", **fields)
    return policy(environment(gates={"checks": list(checks)} if checks else {}), applications=[app])


def seen(*reports: Report, tags: tuple[str, ...] = ("v1.4.0",), revision: str | None = "other", **fields: Any) -> State:
    """The newest commit with these reports; the image of v1.4.0 was built from another one."""
    head = replace(commit("head", *reports), **fields)
    built = artifacts(artifact("v1.4.0", revision=revision and oid(revision)))
    there = replace(source(head=head, history=(HEAD, oid("other"))), visibility=Visibility.PUBLIC)
    return state(environment_state(), tags=tags, source=there, artifacts=built, repository=repository(app_id=OURS))


def chosen(rules: Policy, seen: State) -> Choice:
    return choose(rules, seen, rules.environments["dev"], NOW)


def note(rules: Policy, seen: State) -> Verdict:
    return chosen(rules, seen).verdicts[-1]


def said(rules: Policy, seen: State) -> tuple[str, str]:
    verdict = note(rules, seen)
    return f"{verdict.severity.name.lower()} {verdict.code}", plain_sentence(verdict)


QUEUED = report("build", Outcome.PENDING, at=None)
RUNNING = report("build", Outcome.PENDING, at=ago(minutes=10), since=ago(minutes=10), url=RUN)
RED = report("build", Outcome.FAILURE, url=RUN)
GREEN = report("build", url=RUN)
LINT = report("lint", Outcome.FAILURE)
LOOKED = f"looked for a newer tag of {WEB} for semver: *"
NEWEST = f"the newest commit of acme/web, {SHORT}"


@pytest.mark.parametrize(
    ("checks", "reports", "answer", "expected"),
    [
        # queued or running: since when, link
        (
            (),
            [RUNNING],
            "passed source-building",
            f"{NEWEST}, is being built, since 2026-03-03 11:50 UTC: build ({RUN})",
        ),
        ((), [QUEUED], "passed source-building", f"{NEWEST}, is being built: build"),
        (
            ("build",),
            [RUNNING, LINT],
            "passed source-building",
            f"{NEWEST}, is being built, since 2026-03-03 11:50 UTC: build ({RUN})",
        ),
        # the first report says since when, so that the page does not change with each of them
        (
            (),
            [replace(GREEN, at=ago(minutes=20)), replace(RUNNING, name="test")],
            "passed source-building",
            f"{NEWEST}, is being built, since 2026-03-03 11:40 UTC: test ({RUN})",
        ),
        # since it began, not since it was last reported
        (
            (),
            [replace(RUNNING, at=ago(minutes=4), since=ago(minutes=10))],
            "passed source-building",
            f"{NEWEST}, is being built, since 2026-03-03 11:50 UTC: build ({RUN})",
        ),
        # it failed
        (
            ("build",),
            [RED, LINT],
            "blocked source-red",
            f"{NEWEST}, failed build, and there is no image of it ({RUN})",
        ),
        ((), [RED], "passed source-failed", f"there is no image of {NEWEST}, which failed build ({RUN})"),
        (
            (),
            [report(name, Outcome.FAILURE) for name in "abcde"],
            "passed source-failed",
            f"there is no image of {NEWEST}, which failed a, b, c and 2 more",
        ),
        # no build at all
        ((), [], "passed source-unbuilt", f"there is no image of {NEWEST}, and nothing was reported on it"),
        (
            ("build",),
            [LINT],
            "passed source-unbuilt",
            f"there is no image of {NEWEST}, and nothing was reported on it; expected build",
        ),
        (
            (),
            [report("gitops/policy", app_id=OURS)],
            "passed source-unbuilt",
            f"there is no image of {NEWEST}, and nothing was reported on it",
        ),
        # finished, and no such image
        (
            (),
            [GREEN],
            "passed source-without-image",
            f"there is no image of {NEWEST}, which passed its checks; {LOOKED}",
        ),
    ],
)
def test_what_became_of_the_newest_commit(
    checks: tuple[str, ...], reports: list[Report], answer: str, expected: str
) -> None:
    assert said(rules(checks), seen(*reports)) == (answer, expected)


def test_an_image_under_another_name_is_named() -> None:
    there = seen(GREEN, tags=("v1.4.0", f"main-{SHORT}"))

    assert said(rules(), there)[1].endswith(f"; the registry has main-{SHORT}, which the policy does not take")


@pytest.mark.parametrize(
    ("versions", "looked"),
    [
        (
            {"semver": ">=1", "tags": "^v(?P<version>.+)$"},
            f"a newer tag of {WEB} for semver: >=1, tags: ^v(?P<version>.+)$",
        ),
        ({"digest": "main"}, f"{WEB}:main"),
    ],
)
def test_which_names_were_looked_for(versions: Any, looked: str) -> None:
    there = seen(GREEN)
    given = rules(**versions)
    verdict = builds.noted(given.applications["web"], there, given.environments["dev"])

    assert verdict is not None
    assert verdict.facts["looked"] == looked


def test_with_an_order_of_commits_an_image_is_awaited() -> None:
    order = rules(commit="short")
    old = oid("other")[:7]
    there = replace(seen(RUNNING, tags=(old,), revision=None), environments={"dev": environment_state("dev", old)})

    assert note(order, there).severity.name == "WAITING"
    assert said(order, there)[0] == "waiting source-building"
    done = replace(there, source=replace(there.source or source(), head=commit("head", GREEN)))
    assert f"looked for a newer tag of {WEB} that names {SHORT}" in said(order, done)[1]


@pytest.mark.parametrize(
    "there",
    [
        seen(RUNNING, revision=None),  # images do not say what they were built from
        seen(RUNNING, revision="head"),
        seen(GREEN, reports_complete=False),
        replace(seen(RUNNING), source=None),
        replace(seen(RUNNING), source=source()),
        replace(seen(RUNNING), tags={}),
    ],
)
def test_nothing_is_said_where_nobody_can_tell_that_an_image_is_missing(there: State) -> None:
    assert [each.code for each in chosen(rules(), there).verdicts if each.code.startswith("source-")] == []


def test_a_commit_whose_tag_is_a_version_has_an_image() -> None:
    order = rules(commit="short")
    there = seen(GREEN, tags=(SHORT,), revision=None)
    there = replace(there, environments={"dev": environment_state("dev", SHORT)})

    assert [each.code for each in chosen(order, there).verdicts] == ["up-to-date"]


def test_a_private_source_keeps_its_names_and_links() -> None:
    there = seen(RUNNING)
    hidden = replace(there, source=replace(there.source or source(), visibility=Visibility.PRIVATE))
    public = replace(hidden, repository=repository(visibility=Visibility.PUBLIC))

    assert said(rules(), public)[1] == f"{NEWEST}, is being built, since 2026-03-03 11:50 UTC"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (RUN, f"([details]({RUN}))"),
        ("https://github.test/acme/web/issues/7", None),
        ("https://ci.example.com/a) [x](https://evil.example", None),
        ("javascript:alert(1)", None),
        ("https://ci.example.com/@mona", None),
    ],
)
def test_a_link_leads_to_the_build_and_nowhere_else(url: str, shown: str | None) -> None:
    page = on_page_sentence(note(rules(), seen(replace(RUNNING, url=url))))

    assert shown is None or page.endswith(shown)
    assert ("[details]" in page) is (shown is not None)
    assert "](javascript" not in page


def test_why_and_the_dashboard_say_it() -> None:
    order, release = rules(digest="main"), rules()
    main = artifacts(artifact("main", revision=oid("other")))
    present = environment_state("dev", "main")
    there = seen(RED)

    answered = summary(release, there, "dev", chosen(release, there))
    assert (
        f"Up to date (`v1.4.0`); there is no image of the newest commit of acme/web, `{SHORT}`, which failed"
        in answered
    )

    (row,) = rows(release, there, {"dev": chosen(release, there)})
    assert row.said.endswith("Up to date (`v1.4.0`)")  # releases are made of some commits only

    following = replace(there, artifacts=main, environments={"dev": present})
    (row,) = rows(order, following, {"dev": chosen(order, following)})
    assert "source" not in row.said
    assert Tags(WEB, ("v1.4.0",)) == following.tags[WEB]
