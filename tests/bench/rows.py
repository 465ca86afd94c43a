"""What a benchmark gives: figures as people read them, and a ratio to something that ran beside it.

A speed alone says how fast the machine is; a ratio to a fixed piece of work says how fast we are.
"""

from enum import Enum
from typing import NamedTuple


class Bound(Enum):
    """On which side of `wanted` the ratio should be."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


class Row(NamedTuple):
    """One comparison of one run. ours, compared: with their units."""

    name: str
    ours: str
    compared: str
    ratio: float
    bound: Bound
    wanted: float

    def missed_by(self) -> float:
        """By which factor the ratio is on the wrong side; at most 1 where it is on the right one."""
        return self.ratio / self.wanted if self.bound is Bound.AT_MOST else self.wanted / self.ratio
