"""Draw the program's structure as text, from its imports and the first line of each docstring, and check its sizes.

`python -m tests.structure` prints it; `--write` also writes it into docs/architecture.md. `--check` fails if that page shows
another structure, or if a module, a function or a folder is larger than CONTRIBUTING.md allows. The order is that of the
layers in pyproject.toml, which import-linter enforces.
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

MOST_LINES = 350
"""Lines of a module in bot/."""
MOST_FUNCTION_LINES = 60
"""Lines of a function in bot/ and tests/, with its docstring and without its decorators."""
MOST_ENTRIES = 12
"""Modules and folders in a folder of bot/, without `__init__.py`."""
ONE_OF_A_KIND = {
    "bot": "one entry per layer",
    "bot/cli": "one entry per command, and what they share",
    "bot/core": "one entry per room",
    "bot/core/commands": "one file per command",
    "bot/core/gates": "one file per gate",
    "bot/core/pages": "one file per page",
    "bot/core/policy": "one file per part of .gitops.yml",
    "bot/core/values": "one file per kind of value",
    "bot/passes": "one file per kind of pass, and what each needs",
    "bot/github/reads": "one file per question to GitHub",
    "bot/github/writes": "one file per kind of write, and how they are carried out",
    "bot/github/queries": "one file per GraphQL document",
    "bot/manifests/formats": "one file per format",
    "bot/registries/hooks": "one file per vendor",
    "bot/simulator/github/rest/resources": "one file per resource",
}
"""Folders that may have more entries, and why."""


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


def too_large() -> Iterator[str]:
    """Yield a line for each module, function and folder that is larger than allowed, with the way out."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            yield f"{shown(path)} has {lines} lines, at most {MOST_LINES} are allowed: split it by the ideas it holds"
    for top in ("bot", "tests"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield from long_functions(path)
    for folder in (ROOT / "bot", *sorted(each.parent for each in (ROOT / "bot").rglob("__init__.py"))):
        entries = [each for each in folder.iterdir() if each.name not in ("__init__.py", "__pycache__")]
        if len(entries) > MOST_ENTRIES and shown(folder) not in ONE_OF_A_KIND:
            yield (
                f"{shown(folder)} has {len(entries)} entries, at most {MOST_ENTRIES} are allowed: make rooms in it, or add it "
                "to ONE_OF_A_KIND in tests/structure.py if each entry is one of a kind"
            )


def long_functions(path: Path) -> Iterator[str]:
    """Yield a line for each function of a module that is longer than allowed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                where = f"{shown(path)}:{node.lineno}"
                yield f"{where}: {node.name} has {lines} lines, at most {MOST_FUNCTION_LINES} are allowed: split it"


def shown(path: Path) -> str:
    """Return the path as people write it, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def names_only(text: str) -> str:
    """Return a drawing without the sizes, which change with every commit."""
    return "\n".join(line.rpartition(" (")[0] if line.endswith("lines)") else line for line in text.splitlines())


def main() -> int:
    """Print the structure; with --check, return 1 if the page shows another one or if something is too large."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--check", action="store_true")
    chosen = arguments.parse_args()
    drawn = drawing()
    print(drawn)
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    on_page, _, tail = rest.partition(END)
    if chosen.write:
        PAGE.write_text(f"{head}{BEGIN}{names_only(drawn)}\n{END}{tail}", encoding="utf-8")
    if not chosen.check:
        return 0
    problems = list(too_large())
    if names_only(drawn).strip() != on_page.strip():
        problems.append("docs/architecture.md shows another structure: run `python -m tests.structure --write`")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
