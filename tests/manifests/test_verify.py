"""The proof itself: faults put into an edit are found, by the tree, by the bytes, or by both."""

import pytest
import yaml

from bot.manifests.editing.verify import outside_is_kept, tree_is_kept, yaml_is_kept
from bot.manifests.parsing.tree import Tree, compose

BEFORE = "a: &x v1 # why\nb: [*x, {c: d}]\n---\ne: v1\n"
MARK = 3


def tree(text: str) -> Tree:
    return compose(text, loader=yaml.CSafeLoader)


@pytest.mark.parametrize(
    ("after", "is_kept"),
    [
        (BEFORE.replace("&x v1", "&x v2"), True),
        (BEFORE.replace("&x v1", '&x "v2"'), True),
        (BEFORE.replace("&x v1", "&x 2"), False),
        (BEFORE.replace("&x v1", "&x [v2]"), False),
        (BEFORE.replace("&x v1", "v2").replace("*x", "v2"), False),
        (BEFORE.replace("v1", "v2"), False),
        (BEFORE.replace("&x v1", "&x v2").replace("d}", "d }"), True),
        (BEFORE.replace("&x v1", "&x v2").replace("c: d", "c: 'd'"), False),
        (BEFORE.replace("&x v1", "&x v2").replace("c: d", "c: d, f: g"), False),
        (BEFORE.replace("&x v1", "&x v2").replace("{c: d}", "[c, d]"), False),
        (BEFORE.replace("&x v1", "&x v2") + "---\nf: g\n", False),
        (BEFORE, False),
    ],
)
def test_the_tree_is_the_same_but_for_the_scalar(after: str, is_kept: bool) -> None:  # noqa: FBT001 -- a table's column
    assert is_kept == tree_is_kept(tree(BEFORE), tree(after), {MARK: "v2"})


def test_an_alias_that_became_a_copy_is_found() -> None:
    before = tree("a: &x {b: c}\nd: *x\n")

    assert tree_is_kept(before, tree("a: &x {b: c}\nd: *x\n"), {})
    assert not tree_is_kept(before, tree("a: &x {b: c}\nd: {b: c}\n"), {})


def test_a_change_that_was_expected_and_is_not_there_is_found() -> None:
    assert not tree_is_kept(tree("a: b\n"), tree("a: b\n"), {99: "v2"})


@pytest.mark.parametrize(
    ("after", "is_kept"),
    [
        (b"a: v22 # why\nb: v1\n", True),
        (b"a: v22\nb: v1\n", False),
        (b"A: v22 # why\nb: v1\n", False),
        (b"a: v22 # why\nb: v1", False),
        (b"a: v22 # why\nb: v1\n\n", False),
        (b"a: v2 # why\nb: v1\n", False),
    ],
)
def test_the_bytes_outside_are_the_same(after: bytes, is_kept: bool) -> None:  # noqa: FBT001 -- a table's column
    assert is_kept == outside_is_kept(b"a: v1 # why\nb: v1\n", after, [(3, 5, 3)])


def test_yaml_must_stay_yaml() -> None:
    """What a pattern replaces may be anything, and what comes of it must not break the file."""
    assert yaml_is_kept(b"a: v1\n", b"a: v2\n", [(3, 5, 2)])
    assert not yaml_is_kept(b"a: v1\n", b"a: '\n", [(3, 5, 1)])
    assert yaml_is_kept(b"a: {{ x }\n", b"a: {{ y }\n", [(6, 7, 1)])
