"""Key paths: parsing and display."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.editable.key_paths import PATTERN, KeyPathError, Match, Steps, parse_key_path, shown

NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
WORDS = st.text("abc./=-", min_size=1)
STEPS = st.one_of(NAMES, st.integers(0, 999_999), st.builds(Match, WORDS.filter(lambda word: "=" not in word), WORDS))


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
def test_keys_positions_and_selectors_are_parsed(text: str, steps: tuple[object, ...]) -> None:
    assert steps == parse_key_path(text)


@pytest.mark.parametrize(
    "text", ["", ".", ".a", "a.", "a..b", "a[", "a[]", "a]", "a[x]", "a.[0]", "a[0]b", "a\\", ".".join("a" * 101)]
)
def test_an_invalid_key_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(KeyPathError, match=r"web\.image\.tag"):
        parse_key_path(text)
    assert re.match(PATTERN, text) is None or text.count(".") == 100


@given(st.lists(STEPS, min_size=1, max_size=8).map(tuple))
def test_a_shown_key_path_parses_to_the_same(steps: Steps) -> None:
    assert parse_key_path(shown(steps)) == steps
    assert re.match(PATTERN, shown(steps))


@given(st.text(r"ab.[]=\01", min_size=1, max_size=9))
def test_the_schemas_pattern_matches_the_grammar(text: str) -> None:
    try:
        parse_key_path(text)
    except KeyPathError:
        assert re.match(PATTERN, text) is None
    else:
        assert re.match(PATTERN, text)
