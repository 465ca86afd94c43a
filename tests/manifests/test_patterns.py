"""Values that a pattern finds: located, written, and proven."""

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.editable.value_patterns import ValuePatternError
from bot.core.values.places import TEXT, Edit, Place, Refusal
from bot.manifests import Located, Locator, joined, locate, locate_entry, locate_pattern, render

WEB = "ghcr.io/acme/web"
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def places(text: str, pattern: str, path: str = "x.env") -> tuple[Place, ...]:
    found = locate_pattern(text.encode(), path=path, pattern=pattern, image=WEB)
    assert found.refusals == ()
    return found.places


def written(text: str, pattern: str, *, path: str = "x.env", tag: str | None = "v2", digest: str | None = None) -> str:
    """What the file becomes, or why it does not."""
    result = render(text.encode(), [Edit(place, tag, digest) for place in places(text, pattern, path)])
    return f"{result.reason}: {result.seen}" if isinstance(result, Refusal) else result.decode()


def refused(content: bytes, pattern: str = "v=(.*)") -> tuple[int, str, str]:
    (refusal,) = locate_pattern(content, path="x", pattern=pattern, image=WEB).refusals
    return refusal.line, refusal.seen, refusal.reason


def test_a_match_is_a_place() -> None:
    first, second = places("# größe\r\nv=v1\nw\rv=v2", "v=(.*)")

    assert (first.tag, first.image, first.found_by, first.entry) == ("v1", WEB, "pattern", "v=(.*)")
    assert (first.scalars[0].document, first.scalars[0].key_path) == (TEXT, ("v=(.*)", 0))
    assert (first.scalars[0].line, second.scalars[0].line) == (2, 4)
    assert [(each.start, each.end) for place in (first, second) for each in place.scalars] == [(11, 13), (18, 20)]


@pytest.mark.parametrize(
    ("value", "tag", "digest"),
    [
        ("v1", "v1", None),
        ("", None, None),
        (OLD, None, OLD),
        (f"v1@{OLD}", "v1", OLD),
        (f"{WEB}:v1", "v1", None),
        (f"{WEB}@{OLD}", None, OLD),
        ("mirror.example/other:v1", "v1", None),  # people have said whose version it is
        ("1.2.3+build.4", "1.2.3_build.4", None),
    ],
)
def test_a_value_says_by_its_look_what_it_is(value: str, tag: str | None, digest: str | None) -> None:
    (place,) = places(f"v={value}", "v=(.*)")

    assert (place.tag, place.digest) == (tag, digest)


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    assert refused(b"a\nv=v1 # now\n") == (
        2,
        "v1 # now",
        "what the pattern's group finds is not a tag, digest or image",
    )
    assert refused(b"v=" + b"x" * 150)[1] == "x" * 100 + "..."
    assert refused(b"w=1") == (0, "v=(.*)", "the pattern finds nothing in this file")
    assert refused(b"v=1\nv=\xff") == (0, "byte 0xff", "the file is not UTF-8")
    assert refused(b"v=1 " * 101, "v=([0-9])")[2].endswith("is found more than 100 times: make it more specific")
    with pytest.raises(ValuePatternError, match="no group"):
        locate_pattern(b"", path="x", pattern="v=", image=WEB)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("v=v1 \r\nw=v1", "v=(.*)", "v=v2 \r\nw=v1"),
        ("v=v1\nv=v1", "v=(.*)", "v=v2\nv=v2"),
        ("v=", "v=(.*)", "v=v2"),
        (f"v={WEB}:v1", "v=(.*)", f"v={WEB}:v2"),
        ("\ufeffv=v1", "^v=(.*)", "\ufeffv=v2"),
        ("v=v1 v=v1", r"v=(\S+)", "v=v2 v=v2"),
        ("v1/v1:v1", "/(v[0-9])", "v1/v2:v1"),
        ("v=v2", "v=(.*)", "v=v2"),
    ],
)
def test_only_the_group_changes(text: str, pattern: str, expected: str) -> None:
    assert written(text, pattern) == expected


def test_the_digest_goes_behind_the_tag_or_where_one_stands() -> None:
    assert written("v=v1", "v=(.*)", digest=NEW) == f"v=v2@{NEW}"
    assert written(f"v=v1@{OLD}", "v=(.*)", digest=NEW) == f"v=v2@{NEW}"
    assert written(f"v={OLD}", "v=(.*)", tag=None, digest=NEW) == f"v={NEW}"
    assert written(f"v=v1@{OLD}", "v=(.*)").startswith("the reference is pinned to sha256:aaa")


UNPROVEN = "the new value would change more than the version, or the pattern would not find it again"


@pytest.mark.parametrize(
    ("path", "text", "pattern"),
    [
        # The pattern would not find the new value, or only part of it, or would find one more.
        ("x.env", "v=v1", "v=(v1)"),
        ("x.env", "v=1", "v=([0-9])"),
        ("x.env", "v=1 v2", "(?:v=|v)([a-z0-9])"),
        # What would be a number.
        ("x.yaml", "v: 1.27", "v: (.*)"),
        ("x.json", '{"v": 1}', r'"v": (\d+)'),
        ("x.toml", "v = 1", "v = (.*)"),
    ],
)
def test_what_cannot_be_proven_is_refused(path: str, text: str, pattern: str) -> None:
    assert written(text, pattern, path=path, tag="2.10").startswith(UNPROVEN)


@pytest.mark.parametrize(
    ("path", "text", "pattern"),
    [
        ("x.yaml", "a: 'https://x/?ref=v1&y=1' # v1\n", "ref=([^&]*)"),
        ("x.yaml", "a: b # version v1\n", "version (.*)"),
        ("x.yaml", "&a v1\n", "(v[12])$"),
        ("x.yaml", "a: |\n  tag=v1\n  other\nb: >\n  tag=v1\n  x\n", "tag=(.*)"),
        ("x.yaml", "a: one\n  tag=v1 more\n", r"tag=(\S+)"),
        ("x.yaml", "v1-key: [v1, 'v1']\n", "(?P<version>v[12])-key"),
        ("x.yaml", "a: &a v1\nb: *a\n", "&a (.*)"),
        ("x.yaml", "{{ if }}\na: v1\n{{ end }}", "a: (.*)"),
        ("x.json", '{"a": "--tag=v1", "b": [1, null, "\\u00e4"]}', '--tag=([^"]+)'),
        ("x.toml", '[a]\nv = "v1"\nb = [1, 2.5, {c = "v1"}]\n[[d]]\ne = 2024-01-01\n', 'v = "(.*)"'),
        ("x.toml", "this is = not = toml\nv=v1", "v=(.*)"),
        ("x.toml", f"{'a.' * 200}b = 1\nv = 'v1'", "v = '(.*)'"),
        ("x.toml", "# v=v1\na = nan\n", "# v=(.*)"),
    ],
)
def test_a_file_stays_what_it_was(path: str, text: str, pattern: str) -> None:
    result = written(text, pattern, path=path)

    assert result != text
    assert result.replace("v2", "v1") == text


def test_a_broken_format_is_noticed() -> None:
    """A value that is no text for its format, and one more place than the format has."""
    assert written("a = ['v1', 1]", "'(v[0-9])'", path="x.toml") == "a = ['v2', 1]"
    assert written("v = true", "v = (.*)", path="x.toml", tag="false").startswith(UNPROVEN)
    assert written("v = true", "v = (.*)", path="x.toml", tag="v2").startswith(UNPROVEN)


def test_a_place_that_is_gone_is_stale() -> None:
    (place,) = places("v=v1", "v=(.*)")

    for now in ("v=v3", "w=v1"):
        result = render(now.encode(), [Edit(place, "v2", None)])
        assert isinstance(result, Refusal)
        assert result.reason in {"the file has changed since it was read", "the pattern finds nothing in this file"}
    assert render(b"v=v2", [Edit(place, "v2", None)]) == b"v=v2"


def test_two_images_cannot_share_a_value() -> None:
    (place,) = places("v=v1", "v=(.*)")
    (other,) = locate_pattern(b"v=v1", path="x.env", pattern="v=(.*)", image="ghcr.io/acme/api").places
    result = render(b"v=v1", [Edit(place, "v2", None), Edit(other, "v3", None)])

    assert isinstance(result, Refusal)
    assert result.seen == "v2 and v3"


def test_keys_and_patterns_of_one_file_are_written_together() -> None:
    content = f"image: {WEB}:v1\nurl: x?ref=v1\ntag: v1\n".encode()
    by_name = locate(content, path="x.yaml", images=frozenset({WEB}))
    by_key = locate_entry(content, path="x.yaml", key_path="tag", image=WEB)
    by_pattern = locate_pattern(content, path="x.yaml", pattern="ref=(.*)", image=WEB)
    found = joined([by_key, by_pattern], by_name)

    assert render(content, [Edit(place, "v2", None) for place in found.places]) == content.replace(b"v1", b"v2")


def test_what_is_named_first_counts() -> None:
    content = f"image: {WEB}:v1\nother: {WEB}:v1 # {WEB}:v1\n".encode()
    by_name = locate(content, path="x.yaml", images=frozenset({WEB}))
    by_pattern = locate_pattern(content, path="x.yaml", pattern="^image: .*:(.*)", image=WEB)
    wider = locate_pattern(content, path="x.yaml", pattern="^image: (.*)", image=WEB)
    by_key = locate_entry(content, path="x.yaml", key_path="image", image=WEB)

    def named(*listed: Located) -> list[str | None]:
        return [place.entry for place in joined(listed, by_name).places]

    assert named() == [None, None]
    assert named(by_pattern) == ["^image: .*:(.*)", None]
    assert named(by_pattern, wider, by_key) == ["^image: .*:(.*)", None]
    assert named(wider, by_pattern) == ["^image: (.*)", None]
    assert named(by_key, by_pattern) == ["image", "^image: .*:(.*)", None]


def test_matches_are_remembered_by_blob() -> None:
    locator = Locator()
    first = locator.locate_pattern(b"v=v1", path="p", pattern="v=(.*)", image=WEB)

    assert first == locator.locate_pattern(b"v=v1", path="p", pattern="v=(.*)", image=WEB)
    assert locator.parsed == 1


lines = st.text(alphabet="ab=#:'\"{}[] \t\\é🚀\u2028", max_size=12)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)


@given(
    st.lists(st.one_of(lines, tags.map("tag={}".format)), max_size=6),
    tags,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["x", "x.yaml", "x.json", "x.toml", ".env"]),
)
def test_every_other_byte_is_kept(written_lines: list[str], new: str, line_end: str, mark: str, path: str) -> None:
    """Whatever the text, the edit is exact or refused, and made again it changes nothing."""
    text = mark + line_end.join([*written_lines, "tag=v0", ""])
    content = text.encode()
    found = locate_pattern(content, path=path, pattern=r"^tag=(\S*)$", image=WEB)
    result = render(content, [Edit(place, new, None) for place in found.places])
    if isinstance(result, Refusal):
        return
    spans = [scalar for place in found.places for scalar in place.scalars]
    expected, position = "", 0
    for span in spans:
        expected, position = expected + text[position : span.start] + new, span.end
    assert result == (expected + text[position:]).encode()
    again = locate_pattern(result, path=path, pattern=r"^tag=(\S*)$", image=WEB)
    assert [place.tag for place in again.places] == [new] * len(spans)
    assert render(result, [Edit(place, new, None) for place in again.places]) == result


@given(tags, tags)
def test_formats_say_the_new_value_and_nothing_else(old: str, new: str) -> None:
    toml = f'[web]\nurl = "https://x.io/{old}/y"\n'
    shown = written(toml, "x.io/([^/]+)/", path="x.toml", tag=new)
    assert tomllib.loads(shown) == {"web": {"url": f"https://x.io/{new}/y"}}
    text = f"url: https://x.io/{old}/y\nn: 1\n"
    shown = written(text, "x.io/([^/]+)/", path="x.yaml", tag=new)
    assert yaml.safe_load(shown) == {"url": f"https://x.io/{new}/y", "n": 1}
