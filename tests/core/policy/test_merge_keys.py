"""Aliases and merge keys, as people know them from Compose files: https://yaml.org/type/merge.html."""

import pytest

from bot.core.policy import MAIN, Environment, Promote, read
from bot.core.policy.file.yaml_tree import MAX_VALUES, parse, plain
from bot.core.values.errors import PolicyError
from tests.core.policy.strangers import DEV, WEB


def parsed(text: str) -> object:
    root, problems = parse(MAIN, text)
    assert problems == ()
    assert root is not None
    return plain(root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &a {b: 1}\nc: {<<: *a}", {"b": 1}),
        ("a: &a {b: 1}\nc: {<<: *a, b: 2}", {"b": 2}),
        ("a: &a {b: 1}\nc: {b: 2, <<: *a}", {"b": 2}),
        ("a: &a {b: {d: 1}}\nc: {<<: *a, b: {e: 2}}", {"b": {"e": 2}}),
        ("a: &a {b: 1}\nd: &d {b: 2, e: 3}\nc: {<<: [*a, *d]}", {"b": 1, "e": 3}),
        ("a: &a {b: 1}\nd: &d {<<: *a, e: 3}\nc: {<<: *d}", {"b": 1, "e": 3}),
        ("a: 1\nc: {<<: {b: 1}}", {"b": 1}),
        ("a: 1\nc: {<<: []}", {}),
    ],
)
def test_a_merge_key_brings_what_is_not_there(text: str, expected: object) -> None:
    whole = parsed(text)

    assert isinstance(whole, dict)
    assert whole["c"] == expected


def test_what_is_merged_counts_as_if_it_were_written() -> None:
    """Five values, six times in each other: they are in nobody's way alone."""
    lines = ["x0: &x0 {a: [1, 2, 3, 4]}"]
    lines += [f"x{n}: &x{n} {{<<: *x{n - 1}, b{n}: [*x{n - 1}, *x{n - 1}, *x{n - 1}, *x{n - 1}]}}" for n in range(1, 9)]
    root, problems = parse(MAIN, "\n".join(lines))

    assert root is None
    assert "values, with aliases expanded: shorten it" in problems[0].message


def test_merge_keys_that_copy_without_bound_are_an_error() -> None:
    """Each copies a hundred keys and adds none, so that nothing grows but the work."""
    keys = ", ".join(f"k{n}: 1" for n in range(100))
    once = f"a: &a {{{keys}}}\nb:\n" + f"- {{<<: *a, {keys}}}\n" * 300
    root, problems = parse(MAIN, once)
    assert root is not None
    assert problems == ()

    often = f"a: &a {{{keys}}}\nb:\n" + f"- {{<<: [{'*a,' * 20}]}}\n" * 100
    root, problems = parse(MAIN, often)
    assert root is None
    assert problems[0].message == f"the merge keys copy more than {MAX_VALUES} values: use fewer"


POLICY = """
applications: {web: {image: ghcr.io/acme/web}}
x-shared: &shared
  path: envs/{environment}/{application}
  gates: &gates {soak: 30m}
environments:
  dev: &dev {<<: *shared, from: registry, gates: {}}
  staging: {<<: *dev, from: dev, promote: manual}
  prod: {<<: [*shared], from: staging, gates: {<<: *gates, approvals: {count: 1}}}
"""


def environments(text: str) -> dict[str, Environment]:
    return dict(read({MAIN: text}).environments)


def test_environments_share_what_they_merge() -> None:
    found = environments(POLICY)

    assert [each.paths for each in found.values()] == [("envs/{environment}/{application}",)] * 3
    assert (found["dev"].gates.soak, found["prod"].gates.soak is not None) == (None, True)
    assert found["staging"].promote is Promote.MANUAL
    assert found["prod"].gates.approvals is not None


def test_a_mistake_in_what_is_merged_is_shown_once_and_where_it_is_written() -> None:
    with pytest.raises(PolicyError) as caught:
        environments(POLICY.replace("soak: 30m", "soak: never"))

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (5, 24)


def test_keys_for_anchors_are_not_read() -> None:
    assert read({MAIN: f"{WEB}{DEV}x-notes: {{anything: [goes]}}\n"}).applications.keys() == {"web"}
