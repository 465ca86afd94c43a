"""Who an author is, where GitHub knows little of them."""

from bot.github.parsing.actors import author


def test_a_commit_that_names_nobody() -> None:
    assert author(None).login == ""
