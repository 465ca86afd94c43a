"""The search for names in bytes: as whole words, however many names there are."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.manifests import last_segments, may_hold_any, words_in
from bot.manifests.references.mentions import may_mention, whole_words

texts = st.text("ab-./:@ \n", max_size=40)
words = st.text("ab-", min_size=1, max_size=3)


@given(texts, words)
def test_whole_words_are_those_of_the_pattern(text: str, word: str) -> None:
    inside = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
    pattern = rf"(?<![a-z0-9._-])(?={re.escape(word)}(?![a-z0-9._-]))"

    assert list(whole_words(text, word, inside)) == [match.start() for match in re.finditer(pattern, text)]


@given(texts, st.frozensets(words, max_size=4))
def test_one_search_finds_what_many_do(text: str, names: frozenset[str]) -> None:
    content, images = text.encode(), {name: f"ghcr.io/acme/{name}" for name in names}

    found = words_in(content, frozenset(name.encode() for name in names))

    assert found == {name.encode() for name, image in images.items() if may_mention(content, frozenset({image}))}


def test_names_end_with_their_last_segment() -> None:
    assert last_segments(["ghcr.io/acme/web", "docker.io/library/nginx"]) == {"web", "nginx"}


def test_utf_16_is_searched_too() -> None:
    """It is refused later, with a reason."""
    content = "image: ghcr.io/acme/web:v1".encode("utf-16")

    assert words_in(content, frozenset({b"web"})) == {b"web"}
    assert may_hold_any(content)
