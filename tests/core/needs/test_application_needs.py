"""What a pass must look at, and whether a look brought it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.needs.application import EnvironmentNeeds, Known, Needs, needs_for
from bot.core.policy.paths import explicit_files, fixed_folder, reaches, resolved_path
from tests.builders import application, environment, oid, policy

FILE = "envs/dev/web/deployment.yaml"


def ask(rules: Any = None, **known: Any) -> Needs:
    return needs_for("acme/deploy", "web", rules or policy(environment()), Known(**known))


def test_without_a_policy_only_the_policy() -> None:
    assert needs_for("acme/deploy", "web", None, Known()) == Needs("acme/deploy", "web")
    assert needs_for("acme/deploy", "api", policy(), Known()) == Needs("acme/deploy", "api")


def test_a_cold_look_lists_the_folders_and_brings_their_texts() -> None:
    assert ask().environments == (EnvironmentNeeds("dev", "envs/dev/web", texts=True, files=()),)


def test_a_warm_look_reads_the_files_that_matter() -> None:
    assert ask(files={"dev": (FILE,)}).environments == (
        EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(FILE,)),
    )


def test_explicit_files_are_read_wherever_they_are() -> None:
    edits = [
        {"file": "values/{environment}.yaml", "path": "web.tag"},
        {"file": "values/{environment}.yaml", "path": "x"},
    ]
    app = application(edit=edits)

    assert explicit_files(environment("dev"), app) == ("values/dev.yaml",)
    assert ask(policy(environment(), applications=[app])).environments[0].files == ("values/dev.yaml",)


def test_the_promotions_branch() -> None:
    assert EnvironmentNeeds("dev", "", texts=True, files=()).branches("web") == ("gitops/dev/web",)


@pytest.mark.parametrize(
    ("app", "source", "branch", "commits"),
    [
        ({}, None, None, set()),
        ({"source": "acme/web"}, "acme/web", None, {oid("a")}),
        ({"source": "acme/web", "versions": {"commit": "long"}}, "acme/web", "HEAD", {oid("a")}),
        (
            {"source": {"repository": "acme/web", "branch": "release"}, "versions": {"commit": "long"}},
            "acme/web",
            "release",
            {oid("a")},
        ),
        ({"versions": {"commit": "long"}}, None, None, set()),
    ],
)
def test_the_source_repository(app: Any, source: str | None, branch: str | None, commits: set[str]) -> None:
    rules = policy(environment(), applications=[application(**app)])
    found = ask(rules, source_commits=frozenset({oid("a")}))

    assert (found.source, found.source_branch, set(found.source_commits)) == (source, branch, commits)


@pytest.mark.parametrize(
    ("app", "gates", "head"),
    [
        ({"source": "acme/web"}, {"checks": ["build"]}, "HEAD"),
        ({"source": {"repository": "acme/web", "branch": "release"}}, {"checks": ["build"]}, "release"),
        ({"source": "acme/web"}, {}, None),
        ({"source": {"repository": "acme/web", "paths": ["src/**"]}}, {"checks": ["build"]}, None),
        ({}, {"checks": ["build"]}, None),
    ],
)
def test_the_newest_source_commit_where_its_checks_keep_images_back(app: Any, gates: Any, head: str | None) -> None:
    rules = policy(environment(gates=gates), environment("prod", "dev"), applications=[application(**app)])

    assert ask(rules).source_head == head
    assert not ask(rules).cover(replace(ask(rules), source_head="other"))


def test_the_teams_whose_members_matter() -> None:
    rules = policy(
        environment(
            gates={"approvals": {"count": 1, "from": ["owners", "@acme/sre", "write"]}},
            permissions={"promote": ["@acme/leads"], "rollback": ["@acme/ops", "@bob"]},
        ),
        applications=[application(owners=["@acme/web", "@dave"])],
    )

    assert ask(rules).teams >= {"acme/web", "acme/sre", "acme/leads", "acme/ops"}
    assert not any("dave" in team or "bob" in team for team in ask(rules).teams)


@pytest.mark.parametrize(
    ("path", "resolved"),
    [("envs/dev/{application}", "envs/dev/web"), ("{application}/{environment}.yaml", "web/dev.yaml"), (".", ".")],
)
def test_placeholders_are_filled_in(path: str, resolved: str) -> None:
    assert resolved_path(environment("dev", path=path), "web") == resolved


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (".", ""),
        ("envs/dev/web", "envs/dev/web"),
        ("envs/dev/values.yaml", "envs/dev"),
        ("values.yml", ""),
        ("envs/dev/data.json", "envs/dev"),
        ("envs/*/web", "envs"),
        ("envs/dev/*.yaml", "envs/dev"),
        ("**/web.yaml", ""),
        ("envs/de?/web", "envs"),
    ],
)
def test_the_deepest_folder_that_holds_everything(path: str, folder: str) -> None:
    assert fixed_folder(path) == folder


@pytest.mark.parametrize(
    ("path", "file", "reached"),
    [
        (".", "a.yaml", True),
        ("envs/dev", "envs/dev/a.yaml", True),
        ("envs/dev", "envs/dev/web/a.yaml", True),
        ("envs/dev", "envs/developer/a.yaml", False),
        ("envs/dev/a.yaml", "envs/dev/a.yaml", True),
        ("envs/*/a.yaml", "envs/dev/a.yaml", True),
        ("envs/*/a.yaml", "envs/dev/b.yaml", False),
    ],
)
def test_which_files_a_path_means(path: str, file: str, reached: bool) -> None:  # noqa: FBT001
    assert reaches(path, file) is reached


MUCH: dict[str, Any] = {
    "source_commits": frozenset({"a"}),
    "commits": frozenset({"b"}),
    "blobs": frozenset({"c"}),
    "people": frozenset({"d"}),
    "history": 20,
}


@pytest.mark.parametrize("lack", [None, *MUCH])
def test_a_look_covers_what_asks_for_no_more(lack: str | None) -> None:
    brought = Needs("acme/deploy", "web", **{key: value for key, value in MUCH.items() if key != lack})

    assert brought.cover(Needs("acme/deploy", "web", **MUCH)) is (lack is None)
    assert Needs("acme/deploy", "web", **MUCH).cover(brought)


@pytest.mark.parametrize(
    ("other", "covered"),
    [
        (EnvironmentNeeds("dev", "envs/dev", texts=False, files=()), True),
        (EnvironmentNeeds("dev", "envs/dev", texts=False, files=("a",)), True),
        (EnvironmentNeeds("dev", "envs/dev", texts=False, files=("b",)), False),
        (EnvironmentNeeds("dev", "envs/dev", texts=True, files=()), False),
        (EnvironmentNeeds("dev", "envs", texts=False, files=()), False),
        (EnvironmentNeeds("prod", "envs/dev", texts=False, files=()), False),
    ],
)
def test_a_look_covers_an_environment(other: EnvironmentNeeds, covered: bool) -> None:  # noqa: FBT001
    brought = Needs("r", "web", (EnvironmentNeeds("dev", "envs/dev", texts=False, files=("a",)),))

    assert brought.cover(Needs("r", "web", (other,))) is covered


def test_another_source_is_not_covered() -> None:
    assert not Needs("r", "web").cover(Needs("r", "web", source="acme/web"))
