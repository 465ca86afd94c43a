"""The policy's YAML as a tree with positions: what is read, what is refused, in bounded time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.policy.file.yaml_tree import MAX_CHARACTERS, Entry, Node, Spot, parse, plain


def tree(text: str) -> Node:
    root, problems = parse("f", text)
    assert root is not None
    assert problems == ()
    return root


def refused(text: str) -> str:
    root, problems = parse("f", text)
    assert root is None
    [problem] = problems
    return str(problem).removeprefix("f:")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text", "text"),
        ("'3'", "3"),
        ("3", 3),
        ("-3", -3),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("9" * 30, float("9" * 30)),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("Null", None),
        ("NULL", None),
        ("null", None),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-12-18", "2026-12-18"),
        ("~", None),
        ("", None),
        ("''", ""),
        ("|\n a\n b\n", "a\nb\n"),
        ("[a, {b: 1}, []]", ["a", {"b": 1}, []]),
        ("{a: &x [1], b: *x}", {"a": [1], "b": [1]}),
        ("{1: a, true: b}", {"1": "a", "true": "b"}),
    ],
)
def test_values_follow_yaml_1_2(written: str, value: object) -> None:
    assert plain(tree(written)) == value


def test_every_key_and_value_has_its_position() -> None:
    root = tree("é: 'ü'\nlist:\n- a\n-   {b: c}\n")
    entry = Entry(Spot(1, 1), root)

    assert root.entries["é"] == Entry(Spot(1, 1), Node(Spot(1, 4), "ü", "ü"))
    assert entry.find(("list", 1, "b"))[1] == Spot(4, 9)
    assert root.entries["list"].spot == Spot(2, 1)


@pytest.mark.parametrize(
    ("keys", "spot"),
    [
        ((), Spot(2, 3)),
        (("a",), Spot(2, 6)),
        (("model", "a"), Spot(2, 6)),
        (("a", "missing"), Spot(2, 3)),
        (("missing",), Spot(1, 1)),
        (("text", 0), Spot(3, 9)),
    ],
)
def test_keys_absent_from_the_text_have_the_nearest_position(keys: tuple[str | int, ...], spot: Spot) -> None:
    entry = tree("top:\n  a: {b: c}\n  text: x\n").entries["top"]

    assert entry.find(keys)[1] == spot


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "nothing"), ("abc", "'abc'"), ("1.10", "1.10"), ("true", "true"), ("[]", "a list"), ("{}", "a mapping")],
)
def test_values_are_shown_as_written(value: str, said: str) -> None:
    assert str(tree(value)) == said


def test_long_values_are_cut_when_shown() -> None:
    assert str(tree("a" * 100)) == repr("a" * 57 + "...")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\t- b", "2:1: a tab cannot indent YAML: use spaces"),
        (
            "a: b: c",
            "1:5: this is not YAML: mapping values are not allowed in this context; quote a value that has a colon ",
        ),
        (
            "a: @b",
            "1:4: this is not YAML: found character that cannot start any token while scanning for the next token; quote",
        ),
        (
            "a: *.yml",
            "1:5: this is not YAML: did not find expected alphabetic or numeric character while scanning an alias; ",
        ),
        (
            "[a/{b}]",
            "1:4: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence; quote a value",
        ),
        ("%YAML 3.0\n--- a", "1:1: this is not YAML: found incompatible YAML document"),
        ("a: 1\n---\nb: 2", "2:1: a second document begins here: write one document per file"),
        ("a: *b", "1:4: *b refers to nothing: no &b ends before it; quote it if it is text"),
        ("&a [*a]", "1:5: *a refers to nothing: no &a ends before it"),
        ("a: \0", "1:4: the character U+0000 is not allowed in YAML: remove it"),
        ("a\nb: \ud800", "2:4: the character U+D800 is not allowed in YAML: remove it"),
        ("[" * 100_000, "1:21: this is nested more than 20 deep"),
        ("- " * 100_000, "1:41: this is nested more than 20 deep"),
        (
            "a" * 10_000_000,
            "0:0: the file has 10000000 characters, and at most 500000 are read: give applications and ",
        ),
    ],
)
def test_invalid_yaml_is_refused_in_one_sentence(text: str, said: str) -> None:
    assert refused(text).startswith(said)


def test_an_alias_bomb_is_refused_where_it_grows_too_large() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    assert refused("\n".join(lines)) == "6:5: this has more than 200000 values, with aliases expanded: shorten it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "f:3:1: the key 'a' is already in line 1: keep one"),
        ("? [a]\n: b", "f:1:3: expected a key that is one word, saw a list: quote it if it begins with a bracket"),
        ("a: !secret b", "f:1:4: the tag !secret is not supported: remove it, and quote the value if it is text"),
        ("a: !!map {}", "f:1:4: the tag tag:yaml.org,2002:map is not supported: remove it"),
    ],
)
def test_unusual_values_are_reported_and_reading_continues(text: str, said: str) -> None:
    root, [problem] = parse("f", text)

    assert root is not None
    assert str(problem).startswith(said)


def test_the_largest_file_is_read() -> None:
    text = "\n".join(f"k{n:04}: {'x' * 92}" for n in range(5_000))

    assert MAX_CHARACTERS - 1_000 < len(text) <= MAX_CHARACTERS
    assert len(tree(text).entries) == 5_000


@given(st.text(st.characters(), max_size=60) | st.text("ab:- \n\t[]{},&*!|>'\"#%@`?~1", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    root, problems = parse("f", text)

    assert (root is None) <= bool(problems)
    lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 2
    assert all(0 < problem.line <= lines and problem.column > 0 for problem in problems)
    if root is not None:
        plain(root)
