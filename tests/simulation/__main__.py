"""Tells many stories, and prints the shortest one of each kind that breaks a promise. `make simulate` runs it.

Every seed is told in a process of its own, so that nothing of one world is left for another. Such a process is forked from
one that has read the program and GitHub's schema already, and that takes nothing apart at the end: this halves the time.
"""

import argparse
import gc
import math
import os
import subprocess
import sys
import time  # noqa: TID251 -- says how long it took
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.simulation.shrinking import shrink
from tests.simulation.story import DEEDS, TROUBLES, Story, story_of
from tests.simulation.world import Told, tell, tell_last

GROUP = 25
"""Seeds whose processes are forked from one, at most."""

WARM = 12
"""Steps that are told first, so that the forked processes find most queries parsed and checked."""
HAPPENED = "happened:"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where every promise held, else 1."""
    options = _parser().parse_args(arguments)
    if options.seed is not None:
        return _one(options)
    if options.group is not None:
        return _group(options.group, options)
    began = time.monotonic()
    options.size = min(GROUP, math.ceil(options.seeds / options.processes))
    groups = range(options.first, options.first + options.seeds, options.size)
    happened: Counter[str] = Counter()
    with ThreadPoolExecutor(options.processes) as pool:
        failed = sum(pool.map(lambda first: _run(first, options, happened), groups))
    print("".join(_table(happened, options.seeds)), end="")
    took = time.monotonic() - began
    kept = f"{failed} groups broke a promise" if failed else "every promise was kept"
    print(f"{options.seeds} stories of {options.steps} steps in {took:.0f} s: {kept}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--steps", type=int, default=40, help="steps of each story")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="tell this one alone, and shorten it if it breaks a promise")
    parser.add_argument("--only", type=_numbers, help="with --seed: tell only these of its steps, such as 3,17,20")
    parser.add_argument("--count", action="store_true", help="print how often everything happened")
    parser.add_argument("--trace", action="store_true", help="with --seed: print all that happens")
    parser.add_argument("--whole", action="store_true", help="with --seed: do not shorten it")
    parser.add_argument("--group", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--stop", action="store_true", help=argparse.SUPPRESS)
    return parser


def _run(first: int, options: argparse.Namespace, happened: "Counter[str]") -> int:
    """Tell a group of seeds in a process of its own; return 1 where a promise was broken. happened: is counted up."""
    command = [sys.executable, "-m", "tests.simulation", "--group", str(first), "--steps", str(options.steps)]
    end = min(first + options.size, options.first + options.seeds)
    ended = subprocess.run(
        [*command, "--first", str(first), "--seeds", str(end - first), *(["--count"] if options.count else [])],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in ended.stdout.splitlines():
        if line.startswith(HAPPENED):
            what, count = line.removeprefix(HAPPENED).strip().rsplit(" ", 1)
            happened[what] += int(count)
        else:
            print(line, flush=True)
    if ended.returncode not in (0, 1):
        print(f"seeds {first} to {end - 1}: the simulation itself failed\n{ended.stderr[-3000:]}", flush=True)
    return int(ended.returncode != 0)


def _group(first: int, options: argparse.Namespace) -> int:
    tell(story_of(first, steps=WARM))
    gc.freeze()
    failed = 0
    for seed in range(first, first + options.seeds):
        failed = max(failed, _forked(seed, options))
        if failed and options.stop:
            break
    return failed


def _forked(seed: int, options: argparse.Namespace) -> int:
    """Tell a seed in a fork of this process; return 1 where a promise was broken, 2 where the simulation itself failed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) and 1
    code = 2
    try:
        story = story_of(seed, steps=options.steps)
        told = tell_last(story)
        if options.count:
            print("".join(f"{HAPPENED} {what} {count}\n" for what, count in told.happened.items()), end="", flush=True)
        if told.problems:
            print("\n".join(_shown(told, story)), flush=True)
        code = int(bool(told.problems))
    except BaseException:  # noqa: BLE001 -- whatever it is, this process must not go on as its parent would
        print(f"seed {seed}: the simulation itself failed\n{traceback.format_exc()[-3000:]}", flush=True)
    finally:
        os._exit(code)


def _table(happened: "Counter[str]", seeds: int) -> Iterator[str]:
    """Yield how often everything happened, as lines of a table in Markdown."""
    if happened:
        yield f"| what | times in {seeds} stories |\n|---|---|\n"
        names = list(dict.fromkeys((*DEEDS, *TROUBLES, *happened)))
        yield from (f"| {name} | {happened[name]} |\n" for name in names)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a list with commas."""
    return tuple(map(int, text.split(",")))


def _one(options: argparse.Namespace) -> int:
    whole = story_of(options.seed, steps=options.steps)
    told = tell(whole.only(options.only) if options.only else whole, verbose=options.trace)
    if options.trace:
        print("\n".join(told.lines))
    print(f"seed {options.seed}: {told.steps} steps of the loop, trace {told.trace[:16]}")
    if not told.problems:
        return 0
    print("\n".join(_shown(told, whole)))
    if not options.whole:
        promise = told.problems[0][:9]
        short = shrink(told.story, lambda story: _breaks(story, promise))
        print("\n".join(_shown(tell(short), whole)))
    return 1


def _breaks(story: Story, promise: str) -> bool:
    return any(problem.startswith(promise) for problem in tell(story).problems)


def _shown(told: Told, whole: Story) -> Iterator[str]:
    """Yield what went wrong, and how to see it again. whole: the story of the seed, which this one may be a part of."""
    yield f"seed {told.story.seed} broke a promise after step {told.after + 1} of {len(told.story.steps)}:"
    yield from (f"  {problem}" for problem in told.problems)
    if len(told.story.steps) < 12:
        yield from (f"    {number + 1:2}. {step}" for number, step in enumerate(told.story.steps))
    only = ",".join(map(str, told.story.numbers_in(whole)))
    kept = f" --only {only} --whole" if len(told.story.steps) < len(whole.steps) else ""
    yield f"  again: make simulate ARGS='--seed {whole.seed} --steps {len(whole.steps)}{kept}'"


if __name__ == "__main__":
    sys.exit(main())
