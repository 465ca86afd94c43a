"""Key paths and the places that they name."""

import dataclasses

import pytest

from bot.core.values.images import ImageError
from bot.core.values.places import Edit, Refusal
from bot.manifests import Locator, locate, locate_entry, render

WEB = "ghcr.io/acme/web"
CONTENT = b"image:\n  tag: v1\n"


def test_an_invalid_image_raises() -> None:
    with pytest.raises(ImageError):
        locate_entry(CONTENT, path="p", key_path="image.tag", image="Web")


def test_a_place_has_the_entrys_file_and_key_path() -> None:
    (place,) = locate_entry(CONTENT, path="v.yaml", key_path="image.tag", image="web").places

    assert (place.path, place.image, place.found_by, place.tag) == ("v.yaml", "docker.io/library/web", "entry", "v1")
    assert place.scalars[0].key_path == ("image", "tag")
    assert place.entry == "image.tag"


@pytest.mark.parametrize(
    ("content", "key_path"),
    [
        (b"images:\n- newTag: v1\n", "images[0].newTag"),
        (b"c:\n- {name: api, tag: v9}\n- {name: web, tag: v1}\n", "c[name=web].tag"),
        (b"data:\n  web.tag: v1\n", r"data.web\.tag"),
        # The digest before its tag is the first scalar of the reference.
        (b"image:\n  digest: ''\n  tag: v1\n", "image.tag"),
    ],
)
def test_a_place_knows_the_entry_that_named_it(content: bytes, key_path: str) -> None:
    (place,) = locate_entry(content, path="v.yaml", key_path=key_path, image=WEB).places

    assert (place.tag, place.entry) == ("v1", key_path)


def test_a_place_found_by_searching_has_no_entry() -> None:
    (place,) = locate(b"image: ghcr.io/acme/web:v1\n", path="v.yaml", images=frozenset({WEB})).places

    assert place.entry is None


@pytest.mark.parametrize("now", [b"a: b\n", b"", b"image:\n  tag: v3\n", b"image:\n  tag: {a: b}\n"])
def test_an_entry_that_is_gone_is_stale(now: bytes) -> None:
    (place,) = locate_entry(CONTENT, path="v.yaml", key_path="image.tag", image=WEB).places
    result = render(now, [Edit(place, "v2", None)])

    assert isinstance(result, Refusal)
    assert result.reason == "the file has changed since it was read"


def test_an_entry_whose_document_is_gone_is_stale() -> None:
    """The first document past the last one is none either."""
    (place,) = locate_entry(b"a: b\n---\n" + CONTENT, path="v.yaml", key_path="image.tag", image=WEB).places
    result = render(CONTENT, [Edit(place, "v2", None)])

    assert place.scalars[0].document == 1
    assert isinstance(result, Refusal)
    assert result.reason == "the file has changed since it was read"


def test_entries_are_remembered_by_blob() -> None:
    locator = Locator()

    first = locator.locate_entry(CONTENT, path="p", key_path="image.tag", image=WEB)
    assert first == locator.locate_entry(CONTENT, path="p", key_path="image.tag", image=WEB)
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
