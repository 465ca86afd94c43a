"""What each manifests repository's dashboard should show, as far as this process has looked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.pages.dashboard import Advice
from bot.core.plan import Row
from bot.core.values.errors import Problem

PAUSE = timedelta(seconds=30)
"""The time between two edits of one dashboard: a burst of releases must not spend the write budget on it."""


@dataclass(slots=True)
class Board:
    """The dashboard of one repository.

    changed: it may need a write. absent: there is no issue and nothing that requires one. paused_until: no write before
    this time, because it was written a moment ago.
    """

    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    advice: tuple[Advice, ...] = ()
    changed: bool = False
    absent: bool = False
    paused_until: datetime | None = None

    def learn(self, application: str, rows: tuple[Row, ...]) -> bool:
        """Add the result of a pass; report whether the dashboard now needs a look that is not already planned."""
        before = self.changed
        if self.rows.get(application) != rows:
            self.rows[application] = rows
            self.changed = before or not self.absent or any(row.stands_alone for row in rows)
        return self.changed and not before

    def learn_problems(self, problems: tuple[Problem, ...]) -> None:
        """Note what does not fit between the policy and the folders of the repository."""
        self.changed = self.changed or problems != self.problems
        self.problems = problems

    def learn_advice(self, advice: tuple[Advice, ...]) -> None:
        """Note what keeps the bot from working here. It is shown where there is a dashboard, and opens none."""
        self.changed = self.changed or (advice != self.advice and not self.absent)
        self.advice = advice

    def was_just_written(self, now: datetime) -> bool:
        """Report whether it was written a moment ago.

        A `paused_until` too far ahead comes from a clock that was wrong.
        """
        return self.paused_until is not None and now < self.paused_until <= now + PAUSE

    def shown(self, rows: Mapping[str, tuple[Row, ...]], *, exists: bool, at: datetime) -> None:
        """Note that the dashboard shows these rows, or need not. More may have been learned meanwhile."""
        self.changed = self.rows != rows
        self.absent = not exists
        self.paused_until = at + PAUSE
