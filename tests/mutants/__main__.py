"""`make mutants`: change the program in one place at a time, and see whether a test notices.

A mutant that no test notices is a gap, unless it changes nothing that anyone could observe: equivalents.txt lists those, with
the reason. The seed and the number decide which mutants are tried; the same ones are tried again with the same program.
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random  # noqa: TID251 -- seeded: the same mutants in every run

from tests.mutants.covering import ROOT, Covering, copy_the_tree, covering
from tests.mutants.mutations import Mutation, enums_of, mutations_of
from tests.mutants.trial import NOTICED, Verdict, judge, preload

ROOMS = ("core", "github", "queue", "registries", "passes")
EQUIVALENTS = Path(__file__).with_name("equivalents.txt")
ENOUGH = 0.95
"""The part of the mutants, equivalents left out, that the tests must detect."""


def main() -> int:
    """Try mutants, and report. Returns 1 if too many survived."""
    asked = _arguments()
    os.nice(asked.nice - os.nice(0))
    preload()
    seen = covering(fresh=asked.record)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy_the_tree(Path(folder))
        return _try_all(asked, seen, Path(folder))


def _try_all(asked: argparse.Namespace, seen: Covering, tree: Path) -> int:
    equivalents = _equivalents()
    mutations = [one for one in _all_mutations() if re.search(asked.only, one.name)]
    chosen = Random(asked.seed).sample(mutations, min(asked.count, len(mutations)))[asked.skip :]  # noqa: S311
    print(f"{len(chosen)} of {len(mutations)} mutants (seed {asked.seed}); each line is one", flush=True)
    counted: Counter[Verdict] = Counter()
    survivors, noticed = [], set()
    for mutation in chosen:
        verdict = Verdict.EQUIVALENT if mutation.name in equivalents else _tried(mutation, seen, asked, tree)
        counted[verdict] += 1
        if verdict is Verdict.DETECTED:
            noticed.add((tree / NOTICED).read_text())
        if verdict.survived:
            survivors.append(mutation)
        print(f"{verdict.value:16} {mutation.path}:{mutation.line}: {mutation.name.partition(' | ')[2]}", flush=True)
    _control(tree, sorted(noticed - {""}), seconds=100 * asked.seconds)
    return _report(counted, survivors)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--skip", type=int, default=0, help="leave out so many, which an earlier run tried")
    parser.add_argument("--only", default="", help="a pattern of mutations' names, such as bot/core/gates/")
    parser.add_argument("--seconds", type=float, default=60, help="of tests for each mutant, the quickest first")
    parser.add_argument("--nice", type=int, default=19, help="how far to stand back for everything else on the machine")
    parser.add_argument("--record", action="store_true", help="record anew which tests run which lines")
    return parser.parse_args()


def _all_mutations() -> list[Mutation]:
    sources = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in sorted((ROOT / "bot").rglob("*.py"))}
    enums = enums_of(sources)
    rooms = tuple(f"bot/{room}/" for room in ROOMS)
    return [one for path, text in sources.items() if path.startswith(rooms) for one in mutations_of(path, text, enums)]


def _tried(mutation: Mutation, seen: Covering, asked: argparse.Namespace, tree: Path) -> Verdict:
    """Put the mutant into the copy of the tree, run its tests, and put the original back."""
    tests = seen.tests(mutation.path, mutation.line, mutation.last_line, most_seconds=asked.seconds)
    file = tree / mutation.path
    original = file.read_bytes()
    try:
        _write(file, mutation.applied(original))
        return judge(tree, [*tests, *seen.changed], seconds=10 * asked.seconds)
    finally:
        _write(file, original)


def _write(file: Path, content: bytes) -> None:
    """Write a module, and forget what was compiled of it: two mutants may be written within one second."""
    file.write_bytes(content)
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        compiled.unlink()


def _equivalents() -> set[str]:
    """Return the mutations that change nothing; each line before them, after a #, is their reason."""
    lines = EQUIVALENTS.read_text("utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def _control(tree: Path, tests: list[str], *, seconds: float) -> None:
    """Run every test that noticed a mutant once more, without any: one that fails all the same has noticed nothing."""
    if tests and judge(tree, tests, seconds=seconds) is not Verdict.SURVIVED:
        raise SystemExit(f"this test fails without any mutation: {(tree / NOTICED).read_text()}")


def _report(counted: Counter[Verdict], survivors: list[Mutation]) -> int:
    detected = counted[Verdict.DETECTED] + counted[Verdict.TIMEOUT]
    judged = detected + len(survivors)
    print(f"\n{detected} detected, {len(survivors)} survived, {counted[Verdict.EQUIVALENT]} equivalent")
    for mutation in survivors:
        print(f"survived: {mutation.path}:{mutation.line}\n  {mutation.name}")
    if judged:
        print(f"{detected / judged:.1%} of the mutants that are not equivalent were detected")
    return 0 if detected >= ENOUGH * judged else 1


if __name__ == "__main__":
    sys.exit(main())
