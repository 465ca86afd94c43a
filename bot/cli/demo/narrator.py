"""Writes the demo's story as plain lines, in colour on a terminal."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

BOLD, DIM, GREEN, RED, RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


class StoryError(Exception):
    """The world is not as the story says."""


class Narrator:
    """Writes plain lines; in colour where somebody watches."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colour = out.isatty()
        self._number = 0
        self.failed: list[str] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Yield one step of the story. If it fails, say so and continue with the next step."""
        self._number += 1
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.line()
        self.line(self._in(BOLD, f"{self._number}. {title}"))
        try:
            yield
        except StoryError as error:
            self.failed.append(title)
            self.line(self._in(RED, f"   ✗ {error}"))
        else:
            self.line(self._in(DIM, f"   {loop.time() - begun:.1f} s"))

    def say(self, text: str) -> None:
        """Tell an action."""
        self.line(f"   → {text}")

    def see(self, text: str) -> None:
        """What can be read on GitHub."""
        for number, line in enumerate(text.splitlines() or [""]):
            self.line(f"     {'' if number else '· '}{'  ' if number else ''}{line}")

    def good(self, text: str) -> None:
        """Something that was wanted has come."""
        self.line(self._in(GREEN, f"     ✓ {text}"))

    def expect(self, holds: bool, text: str) -> None:  # noqa: FBT001 -- it reads as `expect(this, "that")`
        """Tell what holds; stop the step where it does not."""
        if not holds:
            raise StoryError(f"expected: {text}")
        self.good(text)

    def line(self, text: str = "") -> None:
        """One line as it is."""
        print(text, file=self._out, flush=True)

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{RESET}" if self._colour else text
