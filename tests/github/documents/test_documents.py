"""GraphQL documents: their text, their cost, and that they are valid in GitHub's published schema."""

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.needs.repository import SweepNeeds
from bot.github.documents import questions, templates
from bot.github.documents.templates import Document
from tests.github.documents.cost import connection_requests, points

ENVIRONMENTS = ("dev", "test", "staging", "canary", "prod")


def needs(environments: int, files: int, *, texts: bool = False, folder: str = "envs/x/web", **more: Any) -> Needs:
    each = tuple(
        EnvironmentNeeds(
            name,
            folder and f"{folder}/{name}",
            texts,
            tuple(f"envs/{name}/web/{number}.yaml" for number in range(files)),
        )
        for name in ENVIRONMENTS[:environments]
    )
    return Needs("acme/manifests", "web", each, **more)


USUAL: Mapping[str, Any] = {
    "source": "acme/web",
    "source_commits": frozenset({"1" * 40}),
    "people": frozenset({"mona", "octocat"}),
    "teams": frozenset({"acme/sre"}),
}
FORMER = ("gitops/dev/old", "gitops/old/web", "gitops/old/old")
QUESTIONS: Mapping[str, tuple[Document, Mapping[str, object]]] = {
    "observe, only the policy": questions.observe(needs(0, 0), base=None, source=True),
    "observe, cold": questions.observe(needs(2, 0, texts=True), base=None, source=True),
    "observe, the root": questions.observe(needs(2, 1, folder=""), base="main", source=True),
    "observe, the root, cold": questions.observe(needs(1, 0, folder="", texts=True), base="main", source=True),
    "observe, usual": questions.observe(needs(5, 2, **USUAL), base="main", source=True),
    "observe, renamed": questions.observe(
        replace(needs(5, 2), environments=tuple(replace(each, former=FORMER) for each in needs(5, 2).environments)),
        base="main",
        source=True,
    ),
    "observe, all": questions.observe(
        needs(
            5,
            2,
            **{
                **USUAL,
                "source_branch": "HEAD",
                "source_head": "HEAD",
                "blobs": frozenset({"2" * 40}),
                "logs": frozenset({"1" * 40, "5" * 40}),
                "commits": frozenset({"3" * 40, "4" * 40}),
                "owners": True,
            },
        ),
        base="main",
        source=True,
    ),
    "observe, source elsewhere": questions.observe(needs(1, 1, **USUAL), base="main", source=False),
    "source": questions.source(
        needs(1, 1, **USUAL, source_branch="main", source_head="main", logs=frozenset({"1" * 40}))
    ),
    "blobs": questions.blobs("acme/manifests", ["1" * 40, "2" * 40]),
    "team": questions.team("acme/sre", "cursor"),
    "sweep": questions.sweep(
        SweepNeeds("acme/manifests", ("envs/dev", "envs/prod", ""), frozenset({"mona"}), frozenset({"acme/sre"}))
    ),
    "comments": questions.comments(["IC_1", "IC_2"]),
    "observe, with comments": questions.observe(needs(1, 1), base="main", source=True, waiting=["IC_1"]),
    "sweep, with comments": questions.sweep(SweepNeeds("acme/manifests"), waiting=["IC_1", "IC_2"]),
    "sweep, nothing known": questions.sweep(SweepNeeds("acme/manifests")),
    "observe, the policy is known": questions.observe(needs(1, 1), base="main", source=True, policies=False),
    "past": questions.past("acme/manifests", "gitops/dev/web", ["a.yaml", "b.yaml"], after="10"),
    "reports": questions.reports("acme/manifests", [("1" * 40, "a"), ("2" * 40, "b")]),
    "reports, as a sweep reads them": questions.reports("acme/manifests", [("1" * 40, "a")], brief=True),
    "more of a pull request": questions.pull(
        "acme/manifests",
        7,
        ["a.yaml", "b.yaml"],
        cursors=dict.fromkeys(
            ("labels", "files", "reviewRequests", "reviewThreads", "latestOpinionatedReviews", "commits"), "a"
        ),
    ),
    "more files of a pull request": questions.pull("acme/manifests", 7, ["a.yaml"], cursors={"files": "a"}),
    "brought": questions.brought("acme/manifests", [("1" * 40, "a"), ("2" * 40, "b")]),
    "head": questions.head("acme/manifests"),
    "tree": questions.tree("acme/manifests", "1" * 40),
    "state": questions.state("acme/manifests", "1" * 40),
    "more of both": questions.more("acme/manifests", pulls_after="a", branches_after="b"),
    "dashboard": questions.dashboard("acme/manifests", "gitops/dashboard"),
    "proposals": questions.proposals("acme/manifests", [(7, "1" * 40), (8, "2" * 40)]),
    "more pull requests": questions.more("acme/manifests", pulls_after="a", branches_after=None),
    "every mutation": (templates.mutation("all", ["createRef", "updateRefs", "createCommitOnBranch"]), {}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_document_parses_and_declares_exactly_its_variables(name: str) -> None:
    document, variables = QUESTIONS[name]

    parse(document.text)

    declared = set(re.findall(r"\$(\w+):", document.text))
    assert name == "every mutation" or declared == set(variables)


@pytest.mark.parametrize(("environments", "files", "expected"), [(0, 0, 1), (1, 1, 1), (3, 1, 2), (5, 1, 3), (5, 2, 3)])
def test_a_look_at_five_environments_with_two_files_each_costs_at_most_three_points(
    environments: int, files: int, expected: int
) -> None:
    document, variables = questions.observe(needs(environments, files, **USUAL), base="main", source=True)

    assert points(document.text, variables) == expected


def test_the_biggest_usual_look_stays_well_below_four_points() -> None:
    document, variables = QUESTIONS["observe, usual"]

    assert connection_requests(document.text, variables) <= 340


def test_a_former_name_costs_two_points_while_the_policy_has_it() -> None:
    each = tuple(replace(each, former=FORMER[:1]) for each in needs(5, 2).environments)
    document, variables = questions.observe(replace(needs(5, 2, **USUAL), environments=each), base="main", source=True)

    assert points(document.text, variables) == 5
    assert document.text.count("associatedPullRequests(first: 1, states: [OPEN]") == 10


def test_the_log_of_a_new_version_costs_half_a_point() -> None:
    usual, variables = QUESTIONS["observe, usual"]
    document, more = questions.observe(needs(5, 2, **USUAL, logs=frozenset({"1" * 40})), base="main", source=True)

    assert connection_requests(document.text, more) - connection_requests(usual.text, variables) == 51


def test_a_sweep_costs_one_point_whatever_the_number_of_applications() -> None:
    document, variables = QUESTIONS["sweep"]

    assert points(document.text, variables) == 1


def test_the_text_depends_on_the_shape_alone() -> None:
    one, _ = questions.observe(needs(2, 1), base="main", source=True)
    other, _ = questions.observe(needs(2, 1, folder="somewhere/else"), base="trunk", source=True)

    assert one is other


def test_no_value_enters_the_text() -> None:
    document, _ = questions.observe(needs(2, 1, folder='x"}){evil'), base='"', source=True)

    assert "evil" not in document.text


@pytest.mark.contract
@pytest.mark.parametrize("name", QUESTIONS)
def test_github_accepts_every_document(name: str) -> None:
    from tests.contract.graphql_schema import violations_in  # noqa: PLC0415 -- fetches the schema, for this test alone

    document, variables = QUESTIONS[name]
    every = templates.mutation("all", sorted(templates.fields()))

    if name == "every mutation":
        missing = [f'"$m{number}" of required' for number in range(len(templates.fields()))]
        assert len(violations_in(every.text, {})) == len(missing)  # nothing but the inputs that are not given here
    else:
        assert violations_in(document.text, variables) == []


@pytest.mark.contract
def test_every_file_of_queries_is_valid_as_it_is() -> None:
    from tests.contract.graphql_schema import violations_of_files  # noqa: PLC0415 -- as above

    with resources.as_file(resources.files("bot.github").joinpath("queries")) as folder:
        assert violations_of_files(Path(folder)) == []
