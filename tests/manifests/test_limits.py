"""Hostile and oversized files: refused with a reason, in bounded time, without ending the process."""

import time  # noqa: TID251 -- the bound is on real time
from collections.abc import Iterator

import pytest
import yaml

from bot.core.values.places import Edit
from bot.manifests import locate, references, render
from bot.manifests.findings import examine
from bot.manifests.parsing.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES
from bot.manifests.parsing.tree import read
from bot.manifests.problems import Unreadable

WEB = frozenset({"ghcr.io/acme/web"})
MENTION = b"image: ghcr.io/acme/web:v1\n"
MEGABYTE = 1 << 20
SECONDS = 5.0  # of this process, and generous: each takes well under one


@pytest.fixture(autouse=True)
def in_bounded_time() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (MENTION * 200_000, "larger than"),
        (MENTION + b"x: " + b"y" * 5 * MEGABYTE, "larger than"),
        (MENTION + b"#" + b" web" * (MEGABYTE // 2), "larger than"),
        (MENTION + b"x: [" + b"a," * (MAX_NODES + 1) + b"]\n", "more values"),
        (MENTION + b"[" * 500_000, "more values"),
        (b"[" * 200_000 + MENTION, "nested deeper"),
        (MENTION + b"x: " + b"[" * 100_000 + b"]" * 100_000 + b"\n", "nested deeper"),
        (MENTION + b"x: " + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"\n", "nested deeper"),
        (MENTION + b"x:\n  " + b"- " * 100_000 + b"y\n", "nested deeper"),
        (MENTION + b"x:\n  " + b"? " * 100_000 + b"y\n", "nested deeper"),
        (MENTION + b'x: [ "]", ' * 1 + b'[ "]", ' * 20_000, "nested deeper"),
        (MENTION + b"x:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 1200)), "nested deeper"),
        (MENTION + b"x: *y\n", "not valid YAML"),
        (MENTION + b"{{ " * 300_000, "more values"),
        (b"{{" * 140_000 + MENTION, "nested deeper"),
    ],
)
def test_too_much_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    located = locate(content, path="bomb.yaml", images=WEB)

    assert located.places == ()
    (refusal,) = located.refusals
    assert reason in refusal.reason
    assert refusal.advice


def test_a_line_of_almost_a_megabyte_is_read() -> None:
    content = MENTION + b'note: "' + b"y" * (MEGABYTE - 100) + b'"\n'

    assert len(locate(content, path="p", images=WEB).places) == 1


def test_aliases_that_expand_to_a_billion_cost_what_their_bytes_cost() -> None:
    laughs = b"a0: &a0 [ha, ha]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 60)
    )

    assert len(locate(laughs + MENTION, path="p", images=WEB).places) == 1


@pytest.mark.parametrize(
    "content",
    [
        MENTION + b"x:\n" + b"  # renovate: datasource=docker depName=ghcr.io/acme/web\n" * 10_000 + b"  tag: v1\n",
        MENTION + b'x: v1 # {"$imagepolicy": "a:b:tag"}\n' + b'# {"$imagepolicy": "a:b:tag"}\n' * 10_000,
        MENTION + b"".join(b'k%d: v # {"$imagepolicy": "a:b"}\n' % n for n in range(4_000)),
        MENTION + b"image2Image: '" + b"}/" * 400_000 + b"'\n",
        MENTION + b"xImage: " + b"a" * 900_000 + b"!\n",
        MENTION + b"xImage: '" + b"{{" * 100 + b"a/" * 400_000 + b"'\n",
        b"{{ x }}\n" + MENTION + b"x:\n" + b"  - image: ghcr.io/acme/web:v1\n" * 5_000,
        MENTION + b"a.yaml: |\n" + b"  image: ghcr.io/acme/web:v1\n  ---\n" * 4_000,
    ],
)
def test_what_is_read_for_each_reference_does_not_grow_with_the_file(content: bytes) -> None:
    located = locate(content, path="p", images=WEB)

    assert located.places or located.refusals


def test_many_edits_of_one_file() -> None:
    content = b"x:\n" + b"  - image: ghcr.io/acme/web:v1\n" * 2_000
    places = locate(content, path="p", images=WEB).places

    assert render(content, [Edit(place, "v2", None) for place in places]) == content.replace(b"v1", b"v2")


def test_merge_keys_that_expand_without_bound_are_refused() -> None:
    chain = b"a0: &a0 {image: x}\n" + b"".join(
        b"a%d: &a%d {<<: *a%d, k%d: v, image: ghcr.io/acme/web:v1}\n" % (n, n, n - 1, n) for n in range(1, 2000)
    )

    (refusal,) = locate(chain, path="p", images=WEB).refusals
    assert "merge keys" in refusal.reason


def test_a_file_within_the_file_whose_merge_keys_expand_without_bound_is_left_alone() -> None:
    chain = b"  a0: &a0 {image: x}\n" + b"".join(
        b"  a%d: &a%d {<<: *a%d, k%d: v, tag: ghcr.io/acme/web:v1}\n" % (n, n, n - 1, n) for n in range(1, 700)
    )

    assert len(locate(MENTION + b"a.yaml: |\n" + chain, path="p", images=WEB).places) == 1


def test_a_document_that_contains_itself_is_read() -> None:
    content = b"a: &a\n  b: *a\n  <<: [*a, x]\n  image: ghcr.io/acme/web:v1\nc: &c [*c]\n"

    assert len(locate(content, path="p", images=WEB).places) == 1


def test_a_deep_document_within_the_limit_is_read() -> None:
    levels = MAX_DEPTH - 2
    content = b"x: " + b"[" * levels + b"]" * levels + b"\n" + MENTION

    assert len(locate(content, path="p", images=WEB).places) == 1
    assert len(locate(b"[[" * 600 + b"]]" * 600, path="p", images=frozenset({"docker.io/library/x"})).refusals) == 0
    with pytest.raises(Unreadable, match="nested deeper"):
        read(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2))


@pytest.mark.parametrize("content", [b"[" * (MAX_DEPTH + 1), b'{"a": [\n' * 1001 + b"\xff", b"[x\n" * 1001 + b"}"])
def test_brackets_without_depth_are_left_to_the_parser(content: bytes) -> None:
    assert examine(content).failure is not None


def test_many_brackets_side_by_side_are_fine() -> None:
    content = b"x:\n" + b'  - {\n    "a": [\n      1\n    ]\n  }\n' * 2000 + MENTION

    assert len(locate(content, path="p", images=WEB).places) == 1


def test_very_many_keys_do_not_stay_in_memory() -> None:
    content = b"".join(b"k%d: 1\n" % n for n in range(10_100)) + MENTION

    assert len(references(content, path="p").places) == 1


@pytest.mark.parametrize("size", [0, 1, MAX_BYTES])
def test_every_size_up_to_the_limit_is_read(size: int) -> None:
    assert examine(b"#" * size).failure is None


def test_trees_are_those_of_pyyaml() -> None:
    """Our loader differs only in leaving tags out."""
    text = "a: &x [1, {b: c}]\nd: *x\n"

    assert [shape(root) for root in yaml.compose_all(text, yaml.CBaseLoader)] == [
        shape(root) for root in read(text.encode()).roots
    ]


def shape(node: yaml.Node | None) -> object:
    assert node is not None
    if isinstance(node, yaml.ScalarNode):
        return node.value, node.start_mark.index, node.end_mark.index
    return [shape(child) if isinstance(child, yaml.Node) else tuple(map(shape, child)) for child in node.value]
