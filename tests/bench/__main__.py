"""`make bench`: runs every module of this folder that has a function `rows(quick) -> Iterable[Row]`, several times.

The figures are for people; a machine that is busy spoils them. So the run fails only where the median of a ratio misses
what is wanted by more than a factor of two.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from timeit import default_timer

from tests.bench.rows import Row

RUNS, QUICK_RUNS = 5, 3
TOO_FAR = 2.0
HEADER = ("", "ours", "compared with", "ratio", "wanted", "")

Rows = Callable[[bool], Iterable[Row]]


def benchmarks() -> dict[str, Rows]:
    """By the name of the module."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    return {name: module.rows for name, module in modules.items() if hasattr(module, "rows")}


def measured(rows: Rows, *, quick: bool) -> list[Row]:
    """For each row the run with the median ratio."""
    runs = [list(rows(quick)) for _ in range(QUICK_RUNS if quick else RUNS)]
    return [_middle(each) for each in zip(*runs, strict=True)]


def _middle(runs: tuple[Row, ...]) -> Row:
    middle = median(run.ratio for run in runs)
    return min(runs, key=lambda run: abs(run.ratio - middle))


def shown(row: Row) -> tuple[str, ...]:
    missed = row.missed_by()
    word = "" if missed <= 1 else "missed" if missed <= TOO_FAR else "FAILED"
    return (row.name, row.ours, row.compared, f"{row.ratio:.2f}", f"{row.bound.value} {row.wanted:g}", word)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--report", action="store_true", help="tell the figures, and end with 0 whatever they are")
    parser.add_argument("names", metavar="NAME", nargs="*", help="modules of tests/bench; all if left out")
    chosen = parser.parse_args()
    begun = default_timer()
    found = benchmarks()
    rows = [row for name in chosen.names or found for row in measured(found[name], quick=chosen.quick)]
    lines = [HEADER, *map(shown, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    failed = [row.name for row in rows if row.missed_by() > TOO_FAR]
    print(f"\n{len(rows)} comparisons in {default_timer() - begun:.0f} s; {len(failed)} failed")
    return 1 if failed and not chosen.report else 0


if __name__ == "__main__":
    sys.exit(main())
