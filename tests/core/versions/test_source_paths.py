"""Which commits are versions where the policy names paths: the globs of GitHub Actions, and what is done with the answers."""

from typing import Any

import pytest

from bot.core.commands.why import summary
from bot.core.gates.from_ import judge
from bot.core.needs.registries import commits_to_ask, newest_tags
from bot.core.observation.source import ChangedFiles, SourceSeen
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity
from bot.core.policy import Application
from bot.core.policy.orders.commit import UNTOUCHED
from bot.core.selection.candidates import choose
from bot.core.selection.possible import complete
from bot.core.state import State
from bot.core.values.artifacts import Tags
from bot.core.values.patterns import path_matches, path_pattern
from bot.core.values.version import Version
from bot.core.versions.source_paths import paths_of, touches, untouched_in, without_manifests
from bot.core.versions.tags import RejectedTag, commit_of, rank
from tests.builders import NOW, WEB, application, environment, environment_state, oid, policy, question, state

HISTORY = tuple(oid(f"commit {number}") for number in range(12))
"""Newest first."""


@pytest.mark.parametrize(
    ("glob", "file", "matches"),
    [
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#patterns-to-match-file-paths
        ("*", "README.md", True),
        ("*", "docs/README.md", False),
        ("*.jsx?", "page.js", True),
        ("*.jsx?", "page.jsx", True),
        ("**", "all/the/files.md", True),
        ("*.js", "index.js", True),
        ("*.js", "js/index.js", False),
        ("**.js", "src/js/app.js", True),
        ("docs/*", "docs/README.md", True),
        ("docs/*", "docs/mona/octocat.txt", False),
        ("docs/**", "docs/mona/octocat.txt", True),
        ("docs/**/*.md", "docs/README.md", True),
        ("docs/**/*.md", "docs/a/markdown/file.md", True),
        ("**/docs/**", "docs/hello.md", True),
        ("**/docs/**", "dir/docs/my-file.txt", True),
        ("**/README.md", "js/README.md", True),
        ("**/*src/**", "my-src/code/js/app.js", True),
        ("**/*-post.md", "path/their-post.md", True),
        ("**/migrate-*.sql", "db/sept/migrate-v1.sql", True),
        ("v[12].[0-9]+.md", "v1.10.md", True),
        ("a.b", "axb", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
    ],
)
def test_the_globs_of_github_actions(glob: str, file: str, matches: bool) -> None:  # noqa: FBT001 -- a table
    assert (path_pattern(glob).search(file) is not None) is matches


@pytest.mark.parametrize(
    ("glob", "file", "matches"),
    [
        (".", "docs/README.md", True),
        ("docs", "docs/README.md", True),
        ("docs", "docs/mona/octocat.txt", True),
        ("docs", "docs2/README.md", False),
        ("docs", "a/docs/README.md", False),
        ("*/docs", "a/docs/mona/octocat.txt", True),
        ("**/docs", "a/b/docs/mona/octocat.txt", True),
        ("clusters/*/web", "clusters/eu/web/app.yaml", True),
        ("clusters/*/web", "clusters/eu/west/web/app.yaml", False),
        ("clusters/web-*", "clusters/web-eu/base/app.yaml", True),
        ("*", "README.md", True),
        ("*", "docs/README.md", False),
    ],
)
def test_a_glob_that_ends_in_a_folder_means_everything_below_it(glob: str, file: str, matches: bool) -> None:  # noqa: FBT001
    """As in CODEOWNERS."""
    assert path_matches([glob], file) is matches


@pytest.mark.parametrize(
    ("paths", "files", "answer"),
    [
        (("**", "!docs/**"), ("docs/a.md",), False),
        (("**", "!docs/**"), ("docs/a.md", "src/a.go"), True),
        (("**", "!docs/**", "docs/api/**"), ("docs/api/a.md",), True),
        (("src/**",), ("README.md",), False),
        (("src/**", "!**"), ("src/a.go",), False),
        (("src/**",), (), False),
    ],
)
def test_the_last_glob_that_matches_counts(paths: tuple[str, ...], files: tuple[str, ...], answer: bool) -> None:  # noqa: FBT001
    assert touches(paths, ChangedFiles(files)) is answer


def test_a_truncated_list_without_a_match_is_unknown() -> None:
    """A match decides, but a truncated list without a match is unknown."""
    assert touches(("src/**",), None) is None
    assert touches(("src/**",), ChangedFiles(("docs/a",), complete=False)) is None
    assert touches(("src/**",), ChangedFiles(("src/a",), complete=False)) is True
    assert untouched_in({"a": True, "b": False, "c": None}) == {"b"}


def by_commit(paths: tuple[str, ...] = ("src/**",), **versions: Any) -> Application:
    return application(source={"repository": "acme/web", "paths": paths}, versions={"commit": "long", **versions})


def test_paths_count_only_in_the_order_commit() -> None:
    assert paths_of(by_commit()) == ("src/**",)
    assert paths_of(by_commit(("**",))) is None
    assert paths_of(application(source={"repository": "acme/web", "paths": ["src/**"]})) is None
    assert paths_of(application()) is None


def test_a_commit_outside_the_paths_is_rejected_with_a_reason() -> None:
    ranking = rank(by_commit().versions, HISTORY[:3], history=HISTORY, untouched=frozenset(HISTORY[:1]))

    assert ranking.candidates == HISTORY[1:3]
    assert ranking.rejected == (RejectedTag(HISTORY[0], UNTOUCHED),)
    assert UNTOUCHED.startswith("paths-untouched: ")


def test_a_tag_names_its_commit_by_what_is_compared() -> None:
    versions = by_commit(tags="^main-(?P<version>[0-9a-f]{40})$").versions

    assert commit_of(versions, f"main-{HISTORY[4]}", HISTORY) == HISTORY[4]
    assert commit_of(versions, HISTORY[4], HISTORY) is None
    assert commit_of(versions, f"main-{'0' * 40}", HISTORY) is None
    tagged = by_commit(tags="^main-(?P<version>[0-9a-f]{40})$")
    assert complete(tagged, world(), Version(f"main-{HISTORY[4]}")).source_commit == HISTORY[4]


def test_commits_are_requested_until_the_newest_versions_are_known() -> None:
    """Five that count, however many do not; and none twice."""
    tags, ours = frozenset(HISTORY[1:]), by_commit()
    touched: dict[str, bool | None] = {}
    asked: list[str] = []
    while wanted := commits_to_ask(ours, tags, history=HISTORY, touched=touched):
        assert not wanted & touched.keys()
        asked += wanted
        touched |= {commit: commit not in HISTORY[1:4] for commit in wanted}

    assert set(asked) == set(HISTORY[1:9])
    assert len(asked) == 8
    seen = {WEB: Tags(WEB, HISTORY)}
    assert newest_tags(ours, seen, HISTORY, untouched=untouched_in(touched))[1:] == HISTORY[4:8]


# --- the State


def world(touched: dict[str, bool | None] | None = None, present: str = HISTORY[5]) -> State:
    source = SourceSeen(readable=True, history=HISTORY, commits={}, touched=touched or {})
    environments = (environment_state(name, present) for name in ("dev", "staging", "prod"))
    return state(*environments, tags=HISTORY[:6], source=source)


RULES = policy(applications=[by_commit()])


def test_the_newest_commit_within_the_paths_is_chosen() -> None:
    choice = choose(RULES, world({HISTORY[0]: False, HISTORY[1]: True}), RULES.environments["dev"], NOW)

    assert choice.question is not None
    assert choice.question.version.tag == HISTORY[1]


def test_without_a_commit_within_the_paths_the_newest_tag_is_named() -> None:
    (verdict,) = choose(RULES, world(dict.fromkeys(HISTORY[:5], False)), RULES.environments["dev"], NOW).verdicts

    assert (verdict.severity, verdict.code) == (Severity.PASSED, "paths-untouched")
    assert plain_sentence(verdict) == (
        f"up to date ({HISTORY[5]}): the commit of {HISTORY[0]} changes nothing in source.paths"
    )
    seen = world(dict.fromkeys(HISTORY[:5], False))
    said = summary(RULES, seen, "dev", choose(RULES, seen, RULES.environments["dev"], NOW))
    assert f"the commit of `{HISTORY[0]}` changes nothing in source.paths." in said
    (verdict,) = choose(RULES, world(present=HISTORY[0]), RULES.environments["dev"], NOW).verdicts
    assert verdict.code == "up-to-date"


@pytest.mark.parametrize(
    ("touched", "severity", "code"),
    [
        ({HISTORY[0]: None}, Severity.BLOCKED, "paths-unreadable"),
        ({HISTORY[0]: True}, Severity.PASSED, "from-registry"),
        ({}, Severity.PASSED, "from-registry"),  # an open promotion of an older version, which was asked about before
    ],
)
def test_an_unreadable_commit_blocks(touched: dict[str, bool | None], severity: Severity, code: str) -> None:
    verdict = judge(question(HISTORY[0], policy=RULES, state=world(touched)))

    assert (verdict.severity, verdict.code) == (severity, code)
    if code == "paths-unreadable":
        assert verdict.who[0] == "an owner of acme/web, by installing the App there"


@pytest.mark.parametrize(
    ("source", "versions", "expected"),
    [
        (
            "Acme/Manifests",
            {"commit": "long"},
            (
                "**",
                "!envs/dev/*",
                "!envs/dev/*/**",
                "!prod.yaml",
                "!prod.yaml/**",
                "!values/*.yaml",
                "!values/*.yaml/**",
            ),
        ),
        ({"repository": "acme/manifests", "paths": ["src/**"]}, {"commit": "long"}, ("src/**",)),
        ("acme/web", {"commit": "long"}, ("**",)),
        ("acme/manifests", {"semver": "*"}, ("**",)),
    ],
)
def test_in_one_repository_promotions_are_not_versions(source: Any, versions: Any, expected: tuple[str, ...]) -> None:
    edit = {"file": "values/{environment}.yaml", "path": "web.tag"}
    web = application(source=source, versions=versions, edit=[edit])
    places = environment("dev", path="envs/dev/{application}"), environment("prod", "dev", path="prod.yaml")
    found = without_manifests(policy(*places, applications=[web]), "acme/manifests").applications["web"].source

    assert found is not None
    assert found.paths == expected


def test_without_a_separate_source_nothing_is_excluded() -> None:
    whole = policy(
        environment(path="."), applications=[application(source="acme/manifests", versions={"commit": "long"})]
    )
    bare = policy(environment(), applications=[application()])

    assert without_manifests(whole, "acme/manifests") == whole
    assert without_manifests(bare, "acme/manifests") is bare


def test_applications_from_elsewhere_stay_in_the_policy_as_they_were() -> None:
    changed = application("web", source="acme/manifests", versions={"commit": "long"})
    others = application("api", source="acme/api", versions={"commit": "long"}), application("cron")
    places = environment("dev", path="envs/dev/{application}")
    before = policy(places, applications=[changed, *others])

    found = without_manifests(before, "acme/manifests").applications

    assert list(found) == ["web", "api", "cron"]
    assert found["web"] != before.applications["web"]
    assert [found[name] for name in ("api", "cron")] == [before.applications[name] for name in ("api", "cron")]
