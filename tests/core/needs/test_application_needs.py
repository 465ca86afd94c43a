"""What a pass must request, and whether a look returned it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.needs.application import EnvironmentNeeds, Known, Needs, needs_for
from bot.core.policy.named_places import named_files
from bot.core.policy.paths import fixed_folder, reaches, resolved_paths
from tests.builders import application, environment, oid, policy

FILE = "envs/dev/web/deployment.yaml"


def ask(rules: Any = None, **known: Any) -> Needs:
    return needs_for("acme/deploy", "web", rules or policy(environment()), Known(**known))


def test_without_a_policy_only_the_policy_is_requested() -> None:
    assert needs_for("acme/deploy", "web", None, Known()) == Needs("acme/deploy", "web")
    assert needs_for("acme/deploy", "api", policy(), Known()) == Needs("acme/deploy", "api")


def test_a_first_look_requests_folders_with_their_texts() -> None:
    assert ask().environments == (
        EnvironmentNeeds("dev", "envs/dev/web", texts=True, files=(), paths=("envs/dev/web",)),
    )


def test_a_later_look_requests_only_relevant_files() -> None:
    assert ask(files={"dev": (FILE,)}).environments == (
        EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(FILE,), paths=("envs/dev/web",)),
    )


def test_files_named_by_the_policy_are_requested_anywhere() -> None:
    edits = [
        {"file": "values/{environment}.yaml", "path": "web.tag"},
        {"file": "values/{environment}.yaml", "path": "x"},
    ]
    app = application(edit=edits)

    assert named_files(environment("dev"), app) == ("values/dev.yaml",)
    assert ask(policy(environment(), applications=[app])).environments[0].files == ("values/dev.yaml",)


@pytest.mark.parametrize(
    ("file", "wanted"), [("values/{environment}.yaml", True), ("envs/{environment}/web/values.yaml", False)]
)
def test_codeowners_is_requested_where_a_file_is_outside_of_the_path(file: str, *, wanted: bool) -> None:
    app = application(edit=[{"file": file, "path": "web.tag"}])

    assert ask(policy(environment(), applications=[app])).owners is wanted
    assert ask().owners is False
    assert ask(teams=frozenset({"acme/data"})).teams == {"acme/data"}


def test_the_promotion_branch_is_requested() -> None:
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
def test_the_source_repository_is_requested(
    app: Any, source: str | None, branch: str | None, commits: set[str]
) -> None:
    rules = policy(environment(), applications=[application(**app)])
    found = ask(rules, source_commits=frozenset({oid("a")}))

    assert (found.source, found.source_branch, set(found.source_commits)) == (source, branch, commits)


@pytest.mark.parametrize(
    ("app", "gates", "head"),
    [
        ({"source": "acme/web"}, {"checks": ["build"]}, "HEAD"),
        ({"source": {"repository": "acme/web", "branch": "release"}}, {"checks": ["build"]}, "release"),
        ({"source": "acme/web"}, {}, "HEAD"),
        ({"source": {"repository": "acme/web", "paths": ["src/**"]}}, {"checks": ["build"]}, None),
        ({"source": {"repository": "acme/web", "paths": ["src/**"]}}, {}, None),
        ({}, {"checks": ["build"]}, None),
    ],
)
def test_the_newest_source_commit_is_requested(app: Any, gates: Any, head: str | None) -> None:
    rules = policy(environment(gates=gates), environment("prod", "dev"), applications=[application(**app)])

    assert ask(rules).source_head == head
    assert not ask(rules).cover(replace(ask(rules), source_head="other"))


def test_teams_named_by_the_policy_are_requested() -> None:
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
    assert resolved_paths(environment("dev", path=path), "web") == (resolved,)


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
def test_the_deepest_common_folder_is_listed(path: str, folder: str) -> None:
    assert fixed_folder(path) == folder


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["envs/dev/web", "envs/dev/api"], "envs/dev"),
        (["envs/dev", "envs/development"], "envs"),
        (["envs/dev/*.yaml", "envs/dev/web"], "envs/dev"),
        (["envs/dev/web", "apps/web"], ""),
        (["envs/dev/web", "!apps/web"], "envs/dev/web"),
        ([".", "apps/web"], ""),
    ],
)
def test_the_deepest_folder_that_holds_all_paths(paths: list[str], folder: str) -> None:
    assert fixed_folder(*paths) == folder


def test_where_only_named_places_count_no_manifest_is_read_along() -> None:
    edit = {"only": [{"file": "tags/{environment}", "pattern": "(.*)"}]}
    dev, prod = ask(policy(environment(edit=edit), environment("prod"))).environments

    assert (dev.paths, dev.files) == ((), ("tags/dev",))
    assert (prod.paths, prod.files) == (("envs/prod/web",), ())


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
def test_a_path_reaches_these_files(path: str, file: str, reached: bool) -> None:  # noqa: FBT001
    assert reaches((path,), file) is reached


MUCH: dict[str, Any] = {
    "source_commits": frozenset({"a"}),
    "commits": frozenset({"b"}),
    "blobs": frozenset({"c"}),
    "people": frozenset({"d"}),
    "teams": frozenset({"e"}),
    "history": 20,
    "owners": True,
}


@pytest.mark.parametrize("lack", [None, *MUCH])
def test_a_look_covers_equal_or_smaller_needs(lack: str | None) -> None:
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
def test_a_look_covers_the_same_environment_with_fewer_files(other: EnvironmentNeeds, covered: bool) -> None:  # noqa: FBT001
    brought = Needs("r", "web", (EnvironmentNeeds("dev", "envs/dev", texts=False, files=("a",)),))

    assert brought.cover(Needs("r", "web", (other,))) is covered


def test_a_look_does_not_cover_another_source() -> None:
    assert not Needs("r", "web").cover(Needs("r", "web", source="acme/web"))
