"""Draws the program's structure as text, from its imports and the first line of each docstring.

`python -m tests.structure` prints it; `--write` also writes it into docs/architecture.md; `--check` fails where that page shows
another one. The order is that of the layers in pyproject.toml, which import-linter enforces.
"""

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- structure -->\n```text\n", "```\n<!-- /structure -->"


@dataclass(frozen=True, slots=True)
class Room:
    """A module or package directly below another package. below: the siblings that it imports, in the order of the layers."""

    name: str
    question: str
    files: int
    lines: int
    below: tuple[str, ...]


def layers_of(container: str) -> tuple[str, ...]:
    """Return the rooms of a package from top to bottom, as its layers contract has them; siblings of one layer side by side."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    contract = next(each for each in contracts if each["type"] == "layers" and container in each["containers"])
    return tuple(name.strip() for layer in contract["layers"] for name in layer.replace(":", "|").split("|"))


def rooms_of(container: str, graph: grimp.ImportGraph) -> Iterator[Room]:
    """Yield the rooms of a package from top to bottom."""
    names = layers_of(container)
    for name in names:
        room = f"{container}.{name}"
        inside = {room, *graph.find_descendants(room)}
        imported = {found for module in inside for found in graph.find_modules_directly_imported_by(module)}
        below = tuple(
            other
            for other in names
            if other != name and any(f"{each}.".startswith(f"{container}.{other}.") for each in imported)
        )
        yield Room(name, question_of(room), len(inside), sum(map(lines_of, inside)), below)


def path_of(module: str) -> Path:
    """Return the file of a module or package."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def question_of(module: str) -> str:
    """Return the first line of the module's docstring."""
    return (ast.get_docstring(ast.parse(path_of(module).read_text(encoding="utf-8"))) or "").partition("\n")[0]


def lines_of(module: str) -> int:
    """Return how many lines the module has."""
    return len(path_of(module).read_text(encoding="utf-8").splitlines())


def drawing() -> str:
    """Return the structure, a line per room and one for what it imports."""
    graph = grimp.build_graph("bot", cache_dir=None)
    parts = []
    for container in ("bot", "bot.core", "bot.github"):
        rooms = list(rooms_of(container, graph))
        width = max(len(room.name) for room in rooms)
        lines = [f"{container.replace('.', '/')}/  each imports only what is below it"]
        for room in rooms:
            size = f"{room.files} files, {room.lines:,} lines" if room.files > 1 else f"{room.lines:,} lines"
            lines.append(f"  {room.name:<{width}}  {room.question} ({size})")
            if room.below:
                lines.append(f"  {'':<{width}}  → {', '.join(room.below)}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def names_only(text: str) -> str:
    """Return a drawing without the sizes, which change with every commit."""
    return "\n".join(line.rpartition(" (")[0] if line.endswith("lines)") else line for line in text.splitlines())


def main() -> int:
    """Print the structure; with --check, return 1 where the page shows another one."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--check", action="store_true")
    chosen = arguments.parse_args()
    drawn = drawing()
    print(drawn)
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    shown, _, tail = rest.partition(END)
    if chosen.write:
        PAGE.write_text(f"{head}{BEGIN}{names_only(drawn)}\n{END}{tail}", encoding="utf-8")
    elif chosen.check and names_only(drawn).strip() != shown.strip():
        print("docs/architecture.md shows another structure: run `python -m tests.structure --write`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
