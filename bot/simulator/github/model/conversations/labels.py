"""The labels of a repository."""

from dataclasses import dataclass
from datetime import datetime

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.limits import check_label


@dataclass(eq=False, slots=True, kw_only=True)
class Label:
    """A label of a repository; `color` is six hexadecimal digits."""

    id: int
    repository: CodeRepository
    name: str
    color: str = "ededed"
    description: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.LABEL, self.id)

    def edit(
        self, *, by: User, name: str | None = None, color: str | None = None, description: str | None = None
    ) -> None:
        """Change the given fields."""
        check_label(name)
        changes = tuple(
            (word, str(getattr(self, word)))
            for word, value in (("name", name), ("color", color), ("description", description))
            if value is not None and value != getattr(self, word)
        )
        self.name, self.color = name or self.name, color or self.color
        self.description = self.description if description is None else description
        now = self.updated_at = self.repository.github.now()
        event = LabelEvent(repository=self.repository, action="edited", label=self, changes=changes, actor=by, at=now)
        self.repository.github.events.emit(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent(RepositoryEvent):
    """created, edited, deleted: a label of the repository."""

    label: Label
