"""Key paths, and the places they lead to."""

import dataclasses

import pytest

from bot.core.images import ImageError
from bot.core.places import Edit, Refusal
from bot.manifests import KeyPathError, Locator, blob_id, locate_entry, parse_key_path, render
from bot.manifests.entries import Match

WEB = "ghcr.io/acme/web"
CONTENT = b"image:\n  tag: v1\n"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("a[0].b[12]", ("a", 0, "b", 12)),
        ("[0]", (0,)),
        ("[0].a", (0, "a")),
        ("a[name=web][0]", ("a", Match("name", "web"), 0)),
        ("a[app.kubernetes.io/name=web.x].b", ("a", Match("app.kubernetes.io/name", "web.x"), "b")),
        (r"data.config\.yaml", ("data", "config.yaml")),
        (r"a\[0\]", ("a[0]",)),
        ("80.a b.ü", ("80", "a b", "ü")),
    ],
)
def test_key_paths_are_keys_positions_and_selectors(text: str, steps: tuple[object, ...]) -> None:
    assert steps == parse_key_path(text)


@pytest.mark.parametrize(
    "text", ["", ".", ".a", "a.", "a..b", "a[", "a[]", "a]", "a[x]", "a.[0]", "a[0]b", "a\\", ".".join("a" * 101)]
)
def test_what_is_no_key_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(KeyPathError, match=r"web\.image\.tag"):
        parse_key_path(text)


def test_an_image_must_be_one() -> None:
    with pytest.raises(ImageError):
        locate_entry(CONTENT, path="p", key_path="image.tag", image="Web")


def test_a_place_is_what_the_entry_says() -> None:
    (place,) = locate_entry(CONTENT, path="v.yaml", key_path="image.tag", image="web").places

    assert (place.path, place.image, place.found_by, place.tag) == ("v.yaml", "docker.io/library/web", "entry", "v1")
    assert place.scalars[0].key_path == ("image", "tag")


@pytest.mark.parametrize("now", [b"a: b\n", b"", b"image:\n  tag: v3\n", b"image:\n  tag: {a: b}\n"])
def test_an_entry_that_is_gone_is_stale(now: bytes) -> None:
    (place,) = locate_entry(CONTENT, path="v.yaml", key_path="image.tag", image=WEB).places
    result = render(now, [Edit(place, "v2", None)])

    assert isinstance(result, Refusal)
    assert result.reason == "the file has changed since it was read"


def test_entries_are_remembered_by_blob() -> None:
    locator = Locator()
    blob = blob_id(CONTENT)

    assert locator.known_entry(blob, path="p", key_path="image.tag", image=WEB) is None
    first = locator.locate_entry(CONTENT, path="p", key_path="image.tag", image=WEB)
    assert first == locator.locate_entry(CONTENT, path="p", key_path="image.tag", image=WEB)
    assert first == locator.known_entry(blob, path="p", key_path="image.tag", image=WEB)
    assert locator.parsed == 1
    assert [dataclasses.replace(place, path="q") for place in first.places] == list(
        locator.locate_entry(CONTENT, path="q", key_path="image.tag", image=WEB).places
    )


def test_selectors_over_shared_nodes_cost_what_the_nodes_cost() -> None:
    """Without that, forty doublings would take longer than anybody waits."""
    content = b"l0: &l0 [{n: a, t: v1}]\n" + b"".join(
        b"l%d: &l%d [{n: a, x: *l%d}, {n: a, x: *l%d}]\n" % (n, n, n - 1, n - 1) for n in range(1, 41)
    )
    key_path = "l40" + "[n=a].x" * 40 + "[n=a].t"

    assert len(locate_entry(content, path="p", key_path=key_path, image=WEB).places) == 1
