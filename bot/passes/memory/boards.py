"""What each manifests repository's dashboard should say, as far as this process has looked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.plan import Row

PAUSE = timedelta(seconds=30)
"""Between two edits of one dashboard, so that a burst of releases does not spend the budget for writing on it."""


@dataclass(slots=True)
class Board:
    """One repository's.

    changed: it may have to be written. absent: there is no issue, and nothing that asks for one. rests_until: it was
    written a moment ago.
    """

    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    changed: bool = False
    absent: bool = False
    rests_until: datetime | None = None

    def learn(self, application: str, rows: tuple[Row, ...]) -> bool:
        """Take over what a pass has found; whether somebody has to look at the dashboard for it who would not otherwise."""
        before = self.changed
        if self.rows.get(application) != rows:
            self.rows[application] = rows
            self.changed = before or not self.absent or any(row.stands_alone for row in rows)
        return self.changed and not before

    def rests(self, now: datetime) -> bool:
        """Return whether it was written a moment ago. A later time than that comes from a clock that was ahead."""
        return self.rests_until is not None and now < self.rests_until <= now + PAUSE

    def shown(self, rows: Mapping[str, tuple[Row, ...]], *, exists: bool, at: datetime) -> None:
        """These rows stand there now, or need not. More may have been learnt meanwhile."""
        self.changed = self.rows != rows
        self.absent = not exists
        self.rests_until = at + PAUSE
