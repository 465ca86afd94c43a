"""Which words name environments, and in which order versions usually pass them.

Teams call environments alike: `dev`, `staging`, `prod`, with a region before or behind. Words that also mean other things
(`test`, `demo`, `live`) count only where others stand beside them.
"""

import re
from dataclasses import dataclass

MAIN: tuple[tuple[str, ...], ...] = (
    ("dev", "develop", "development", "devel"),
    ("integration", "int"),
    ("test", "testing", "tst"),
    ("qa", "qe"),
    ("uat", "acceptance", "acc", "aat"),
    ("staging", "stage", "stg", "stag"),
    ("preprod", "pre-prod", "preproduction", "pre-production", "prep"),
    ("canary",),
    ("prod", "production", "prd", "live"),
)
"""From the first that a version reaches to the last."""

SIDE: tuple[tuple[tuple[str, ...], int], ...] = (
    (("sandbox", "sbox", "sbx", "playground", "lab"), 0),
    (("load", "loadtest", "perf", "perftest", "performance"), 3),
    (("demo",), 5),
    (("ithc", "pentest"), 5),
    (("nonprod", "non-prod", "nonproduction"), 5),
)
"""Beside the way to production: nothing follows them. With the position in MAIN behind which they come."""

WEAK = frozenset({"int", "test", "tst", "acc", "canary", "live", "lab", "load", "demo", "stag", "prep", "perf"})
"""Words that mean other things as often."""

PRODUCTION = len(MAIN) - 1
FIRST = 0

_KINDS = {word: (rank, False, words[0]) for rank, words in enumerate(MAIN) for word in words} | {
    word: (rank, True, words[0]) for words, rank in SIDE for word in words
}

_REGION = re.compile(
    r"[0-9]+[a-z]?|[a-z]|(?:aws|gcp|gke|eks|aks|az|azure|ocp|gpu|non|cpu|blue|green|primary|secondary|dr|multi|region|cluster)"
    r"|(?:eu|us|na|sa|ap|apac|emea|asia|uk|de|fr|nl|in|jp|au|ca|br|cn|sg|me|af|global)[0-9]*"
    r"|(?:central|east|west|north|south|northeast|southeast|northwest|southwest)[0-9]*"
    r"|(?:eu|us|ap|ca|sa|af|me)(?:w|e|c|n|s|ne|se|nw|sw)[0-9]+"
)
_SEPARATORS = re.compile(r"[-_.]")


@dataclass(frozen=True, slots=True)
class Stage:
    """An environment's place in the usual order.

    rank: position in MAIN; None where no word tells. is_side: nothing follows it. kind: the usual word for it; word: the
    one that told. region: the rest of its name.
    """

    rank: int | None = None
    is_side: bool = False
    kind: str = ""
    word: str = ""
    region: str = ""

    @property
    def is_production(self) -> bool:
        """Report whether it is the last one."""
        return self.rank == PRODUCTION

    @property
    def is_weak(self) -> bool:
        """Report whether its word often means something else."""
        return not self.word or self.word in WEAK


UNKNOWN = Stage()


@dataclass(frozen=True, slots=True)
class Named:
    """An environment's name within a text: `prefix`, `name`, `suffix`; is_plain: nothing else, or a region at most."""

    prefix: str
    name: str
    suffix: str
    stage: Stage

    @property
    def is_plain(self) -> bool:
        """Report whether the whole text is the environment's name."""
        return not self.prefix and not self.suffix


def named_in(text: str) -> Named | None:
    """Find the environment that the name of a folder, or of a file without its ending, contains."""
    tokens = [(found.start(), found.end()) for found in re.finditer(r"[^-_.]+", text)]
    words = [text[start:end].lower() for start, end in tokens]
    found = _word_in(words)
    if found is None:
        return None
    first, last = found
    rank, is_side, kind = _KINDS[_joined(words[first : last + 1])]
    start, end = first, last
    while start > 0 and _REGION.fullmatch(words[start - 1]):
        start -= 1
    while end + 1 < len(words) and _REGION.fullmatch(words[end + 1]):
        end += 1
    name = text[tokens[start][0] : tokens[end][1]]
    region = _joined([*words[start:first], *words[last + 1 : end + 1]])
    stage = Stage(rank, is_side=is_side, kind=kind, word=_joined(words[first : last + 1]), region=region)
    return Named(text[: tokens[start][0]], name, text[tokens[end][1] :], stage)


def stage_of(name: str) -> Stage:
    """Return the stage of an environment's name, wherever the name was found."""
    found = named_in(name)
    return Stage(region="-".join(_SEPARATORS.split(name.lower()))) if found is None else found.stage


def _word_in(words: list[str]) -> tuple[int, int] | None:
    """Return the first and last position of the word; two tokens such as `pre-prod` go before one."""
    for length in (2, 1):
        for first in range(len(words) - length + 1):
            if _joined(words[first : first + length]) in _KINDS:
                return first, first + length - 1
    return None


def _joined(words: list[str]) -> str:
    return "-".join(words)
