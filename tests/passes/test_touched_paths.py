"""What a commit touches is asked for once, and told to nobody who did not ask for it."""

from bot.core.observation.source import ChangedFiles
from bot.passes.memory.touched_paths import TouchedPaths

ASKED = ("acme/deploy", "acme/web", ("src/**",))


def test_answers_are_remembered_for_who_asked() -> None:
    touched = TouchedPaths()

    assert touched.learn(ASKED, ["a", "b"], {"a": ChangedFiles(("src/x",)), "b": ChangedFiles(("docs/x",))}) == {
        "a": True,
        "b": False,
    }
    assert touched.known(ASKED, ["a", "b", "c"]) == {"a": True, "b": False}
    assert touched.known(("acme/other", *ASKED[1:]), ["a"]) == {}
    assert touched.known((*ASKED[:2], ("docs/**",)), ["a"]) == {}, "other globs, another answer"


def test_what_could_not_be_read_is_asked_for_again() -> None:
    touched = TouchedPaths()

    assert touched.learn(ASKED, ["a", "b"], {"b": ChangedFiles(("docs/x",), complete=False)}) == {"a": None, "b": None}
    assert touched.known(ASKED, ["a", "b"]) == {}
