"""The pages' pure parts: Markdown, differences, and which version comes next."""

import pytest

from bot.simulator.pages.content.difference import Line, Side, lines
from bot.simulator.pages.content.versions import Next, next_versions
from bot.simulator.pages.rendering.markdown import Markdown
from tests.simulator.pages.pages_world import SmallWorld, small_world

REL = 'rel="nofollow noopener noreferrer"'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """A repository with issue #1 as a target of references. Tests do not change it."""
    made = small_world(tmp_path_factory.mktemp("github"))
    made.manifests.open_issue("One", by=made.user("alice"))
    return made


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("**a** ~~b~~ `c`", "<p><strong>a</strong> <s>b</s> <code>c</code></p>"),
        ("<sub>a `b` *c*</sub> d", "<p><sub>a <code>b</code> <em>c</em></sub> d</p>"),
        ("<sub>a <b>", "<p>&lt;sub&gt;a &lt;b&gt;</p>"),
        ("`<sub>`x</sub>", "<p><code>&lt;sub&gt;</code>x&lt;/sub&gt;</p>"),
        ("*<sub>*</sub>", "<p>*<sub>*</sub></p>"),
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("a\n<!-- hidden\n\nstill -->\nb", "<p>a</p>\n<p>b</p>"),
        ("<!-- never closed\n\nb", ""),
        ("a <!-- never closed", "<p>a &lt;!-- never closed</p>"),
        ("    <!-- code -->", "<pre><code>&lt;!-- code --&gt;\n</code></pre>"),
        ("> <!-- hidden -->\n> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        (
            "<details><summary>2 & more</summary>\n\n*b*\n\n</details>\n\nc",
            "<details>\n<summary>2 &amp; more</summary>\n<p><em>b</em></p>\n</details>\n<p>c</p>",
        ),
        ("a\n<details><summary>b</summary>", "<p>a<br />\n&lt;details&gt;&lt;summary&gt;b&lt;/summary&gt;</p>"),
        ("a\n</details>", "<p>a<br />\n&lt;/details&gt;</p>"),
        ("    </details>", "<pre><code>&lt;/details&gt;\n</code></pre>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](https://b.example)", f'<p><a href="https://b.example" {REL}>a</a></p>'),
        ("#1, #2, a#1, /#1", f'<p><a href="/acme/manifests/issues/1" {REL}>#1</a>, #2, a#1, /#1</p>'),
        (
            "`#1` [#1](x) \\#1",
            f'<p><code>#1</code> <a href="x" {REL}>#1</a> <a href="/acme/manifests/issues/1" {REL}>#1</a></p>',
        ),
        ("@dana, @nobody a@dana", '<p><strong class="mention">@dana</strong>, @nobody a@dana</p>'),
        ("@acme/sre @acme/none", '<p><strong class="mention">@acme/sre</strong> @acme/none</p>'),
        ("@\u2060dana #\u20601", "<p>@\u2060dana #\u20601</p>"),
        ("acme/web@0123456 a/b@0123456", "<p>acme/web@0123456 a/b@0123456</p>"),
    ],
)
def test_markdown_is_what_github_would_show(world: SmallWorld, text: str, html: str) -> None:
    assert str(Markdown(world.manifests).page(text)).strip() == html


def test_commits_become_links(world: SmallWorld) -> None:
    mine, other = world.manifests.head(), world.source.head()
    html = Markdown(world.manifests).page(f"acme/web@{other} acme/manifests@{mine[:9]}")
    assert f'<a href="/acme/web/commit/{other}" {REL}>acme/web@{other[:7]}</a>' in html
    assert f'<a href="/acme/manifests/commit/{mine}" {REL}>{mine[:7]}</a>' in html


def test_files_keep_their_paragraphs(world: SmallWorld) -> None:
    assert Markdown(world.manifests).file("one\ntwo") == "<p>one\ntwo</p>\n"


def changed(patch: str) -> list[tuple[str, str, str, str]]:
    return [(line.side.value, line.start, line.changed, line.end) for line in lines(patch)]


def test_changed_lines_are_compared_word_by_word() -> None:
    patch = "@@ -1,3 +1,3 @@ head\n a\n-  tag: v1.4.1   # why\n+  tag: v1.5.0   # why\n c"
    assert lines(patch) == [
        Line(Side.HUNK, None, None, "@@ -1,3 +1,3 @@ head"),
        Line(Side.BOTH, 1, 1, "a"),
        Line(Side.BEFORE, 2, None, "  tag: ", "v1.4.1", "   # why"),
        Line(Side.AFTER, None, 2, "  tag: ", "v1.5.0", "   # why"),
        Line(Side.BOTH, 3, 3, "c"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("web:v1.4.1", "web:v1.4.10", ("web:", "v1.4.1", ""), ("web:", "v1.4.10", "")),
        ("a b", "a  b", ("a ", "", "b"), ("a ", " ", "b")),
        ("  x", "    x", ("  ", "", "x"), ("  ", "  ", "x")),
        ("one", "two", ("one", "", ""), ("two", "", "")),
        ("same", "same", ("same", "", ""), ("same", "", "")),
        ("", "x", ("", "", ""), ("x", "", "")),
        ("x: a-b c", "x: d-b c", ("x: ", "a-b", " c"), ("x: ", "d-b", " c")),
        ("x: sha256:aa", "x: sha256:ab", ("x: sha256:", "aa", ""), ("x: sha256:", "ab", "")),
    ],
)
def test_what_changed_in_a_line(before: str, after: str, old: tuple[str, str, str], new: tuple[str, str, str]) -> None:
    assert changed(f"@@ -1 +1 @@\n-{before}\n+{after}")[1:] == [("before", *old), ("after", *new)]


def test_lines_without_a_counterpart_are_not_compared() -> None:
    assert changed("@@ -1,2 +1 @@\n-a 1\n-a 2\n+a 3")[1:] == [
        ("before", "a 1", "", ""),
        ("before", "a 2", "", ""),
        ("after", "a 3", "", ""),
    ]


def test_several_hunks_and_files_that_do_not_end_with_a_line() -> None:
    patch = "@@ -1 +1 @@\n-a 1\n\\ No newline at end of file\n+a 2\n@@ -9 +9,2 @@\n-b\n+c\n+d\f\n\\ No newline at end of file"
    assert changed(patch) == [
        ("hunk", "@@ -1 +1 @@", "", ""),
        ("before", "a ", "1", ""),
        ("note", "No newline at end of file", "", ""),
        ("after", "a ", "2", ""),
        ("hunk", "@@ -9 +9,2 @@", "", ""),
        ("before", "b", "", ""),
        ("after", "c", "", ""),
        ("after", "d\f", "", ""),
        ("note", "No newline at end of file", "", ""),
    ]
    assert [line.after for line in lines(patch)][-3:] == [9, 10, None]
    assert changed("@@ -1,2 +1,2 @@\n-a\n+b\n-c\n+d")[1:] == [
        ("before", "a", "", ""), ("after", "b", "", ""), ("before", "c", "", ""), ("after", "d", "", ""),
    ]  # fmt: skip
    assert lines(None) == []
    assert lines("") == []


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ([], Next("", "v0.0.1", "v0.1.0")),
        (["latest", "v1.2", "v1.2.3-rc.1", "v01.2.3"], Next("", "v0.0.1", "v0.1.0")),
        (["v1.9.0", "v1.10.2", "v1.10.1"], Next("v1.10.2", "v1.10.3", "v1.11.0")),
        (["2.0.0", "v1.9.9"], Next("2.0.0", "2.0.1", "2.1.0")),
    ],
)
def test_the_next_version_counts_the_newest_up(tags: list[str], wanted: Next) -> None:
    assert next_versions(tags) == wanted
