"""Generated documents and hostile tags: an edit is exact or refused."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.core.values.images import is_digest, is_tag
from bot.core.values.places import Edit, Refusal
from bot.manifests import locate, references, render

WEB = "ghcr.io/acme/web"
IMAGES = frozenset({WEB})
OLD = "sha256:" + "a" * 64

tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}", fullmatch=True)
NUMBERS_AND_WORDS = "1.10 0755 1e3 12345e7 yes no null ~ 2024-01-01 1_000 0x1f .5 1. on y 0o7 1:30"
numbers_and_words = st.sampled_from(NUMBERS_AND_WORDS.split())
hostile = st.text(alphabet="a1.-_:#&*!|>%@`\"'{}[],? \n\t\\é\u2028", max_size=10)
digests = st.one_of(st.none(), st.just("sha256:" + "b" * 64), st.just("sha512:" + "c" * 128), hostile)
quotes = st.sampled_from(
    ["{}", "'{}'", '"{}"', "&anchor {}", "!!str {}", "|-\n        {}", ">-\n        {}", "\n        {}"]
)
noise = st.sampled_from(
    [
        "",
        "# größe 🚀",
        "other: [a, {b: c}]",
        "text: |\n  ghcr.io/acme/web:v1",
        "labels: {version: v1}",
        "x: 'ghcr.io/acme/web'",
    ]
)
shapes = st.sampled_from(
    [
        ("containers:\n- name: a\n  image: {}{}\n", "ghcr.io/acme/web:{}"),
        ("containers: [{{name: a, image: {}}}]{}\n", "ghcr.io/acme/web:{}"),
        ("images:\n- name: ghcr.io/acme/web\n  newTag: {}{}\n", "{}"),
        ("image:\n  registry: ghcr.io\n  repository: acme/web\n  tag: {}{}\n", "{}"),
        ("image:\n  tag: {}{}\n  repository: ghcr.io/acme/web\n", "{}"),
    ]
)
comments = st.sampled_from(["", " # why: v1", "   #"])
line_ends = st.sampled_from(["\n", "\r\n", "\r"])
marks = st.sampled_from(["", "\ufeff"])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A file with one reference, in every style, among things that look like one."""
    shape, value = draw(shapes)
    quote = draw(quotes)
    comment = "" if "\n" in quote or "[{{" in shape else draw(comments)
    if "[{{" in shape:
        quote = quote if "\n" not in quote else "{}"
    body = shape.format(quote.format(value.format(draw(st.one_of(tags, numbers_and_words)))), comment)
    text = "\n".join([draw(noise), body + draw(noise), ""])
    return (draw(marks) + text.replace("\n", draw(line_ends))).encode()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.one_of(tags, numbers_and_words, hostile, st.none()), digests)
@example(b"images:\n- name: ghcr.io/acme/web\n  newTag: null\n", "null", None)
def test_an_edit_is_exact_or_refused(content: bytes, tag: str | None, digest: str | None) -> None:
    located = locate(content, path="p", images=IMAGES)
    if located.refusals or not located.places:
        return
    (place,) = located.places

    result = render(content, [Edit(place, tag, digest)])

    is_possible = (tag is None or is_tag(tag)) and (digest is None or is_digest(digest))
    if isinstance(result, Refusal):
        assert not is_possible or (place.digest and not digest) or (digest and not tag and not place.tag)
        return
    assert is_possible
    (now,) = locate(result, path="p", images=IMAGES).places
    assert (now.tag, now.digest) == (tag or place.tag, digest or place.digest)
    assert [scalar.key_path for scalar in now.scalars] == [scalar.key_path for scalar in place.scalars]
    assert render(result, [Edit(now, tag, digest)]) == result
    outside_is_the_same(content, result)


def outside_is_the_same(before: bytes, after: bytes) -> None:
    """One stretch of bytes changed, no longer than a version with its quotes, and the lines are as many as before."""
    start = next(
        (n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after))
    )
    end = next((n for n, (old, new) in enumerate(zip(before[::-1], after[::-1], strict=False)) if old != new), 0)
    assert max(len(before), len(after)) - start - end <= 128 + 1 + 7 + 128 + 3 or before == after
    assert (before.count(b"\n"), before.count(b"\r")) == (after.count(b"\n"), after.count(b"\r"))


@given(documents(), st.one_of(tags, numbers_and_words))
def test_an_edit_and_its_reverse_restore_the_file(content: bytes, tag: str) -> None:
    """Only added quotes stay."""
    for place in locate(content, path="p", images=IMAGES).places:
        if place.digest or not place.tag or not is_tag(tag):
            return
        there = render(content, [Edit(place, tag, None)])
        assert isinstance(there, bytes)
        (now,) = locate(there, path="p", images=IMAGES).places
        back = render(there, [Edit(now, place.tag, None)])
        assert isinstance(back, bytes)
        assert back == content or back.replace(b'"', b"") == content.replace(b'"', b"")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    found = references(b"image: ghcr.io/acme/web:v1\n" + content, path="p")

    assert found.places or found.refusals


@given(st.text(alphabet="image:reposty/tagcneswN \n-&*<>{}[]'\"|#!v1.", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for place in references(text.encode(), path="p").places:
        assert isinstance(render(text.encode(), [Edit(place, "v2", None)]), bytes | Refusal)
