"""What commands write for people: in colour in a terminal, plain where the output is piped or NO_COLOR is set.

https://no-color.org
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

Cell = tuple[str, str]
"""A text, and its style as rich names it; '' for none."""

Line = tuple[Cell, ...]
"""Pieces of text, one after the other."""

Step = Callable[[int, int], None]
"""Receives the amount done so far, and the total."""


class UsageError(Exception):
    """A command was called in a way that cannot work; the sentence says what to do."""


def line(*pieces: str | Cell) -> Line:
    """Return a line; a text alone has no style."""
    return tuple((piece, "") if isinstance(piece, str) else piece for piece in pieces)


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[Line]:
    """Yield aligned columns below a header; the last one is as long as it is."""
    cells = [[(name, "bold") for name in header], *rows]
    widths = [max(len(row[column][0]) for row in cells) for column in range(len(header) - 1)]
    for row in cells:
        padded = [(text.ljust(width) + "  ", style) for (text, style), width in zip(row, widths, strict=False)]
        yield _without_end([*padded, row[-1]])


def _without_end(cells: list[Cell]) -> Line:
    """Return the cells without spaces at the end of the line."""
    while len(cells) > 1 and not cells[-1][0].rstrip():
        cells.pop()
    text, style = cells.pop()
    return (*cells, (text.rstrip(), style))


def printer(stream: TextIO, environment: Mapping[str, str]) -> Callable[[Line], None]:
    """Return what writes one line."""
    if not _in_colour(stream, environment):
        return lambda pieces: print("".join(text for text, _ in pieces), file=stream)
    from rich.console import Console  # noqa: PLC0415 -- loading it takes longer than most commands
    from rich.text import Text  # noqa: PLC0415 -- likewise

    console = Console(file=stream, highlight=False)
    return lambda pieces: console.print(Text.assemble(*pieces), soft_wrap=True)


@contextmanager
def progress(doing: str, stream: TextIO, environment: Mapping[str, str]) -> Iterator[Step]:
    """Show a progress bar in a terminal, and remove it at the end; elsewhere show nothing."""
    if not _in_colour(stream, environment):
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415 -- as above
    from rich.progress import Progress  # noqa: PLC0415 -- as above

    with Progress(console=Console(file=stream), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _in_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def counted(count: int, noun: str) -> str:
    """Return `1 place`, `2,000 places`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
