"""Reactions, and the things that people react to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.model.world.ids import Kind, node_id

REACTION_LOCKED = "Unable to create reaction because issue is locked."
"""A locked conversation takes no reactions: https://github.com/open-telemetry/opentelemetry-dotnet/issues/6554.

The message follows the one about comments.
"""


class ReactionContent(Enum):
    """GraphQL's name of a reaction; `rest` is REST's."""

    THUMBS_UP = "THUMBS_UP"
    THUMBS_DOWN = "THUMBS_DOWN"
    LAUGH = "LAUGH"
    HOORAY = "HOORAY"
    CONFUSED = "CONFUSED"
    HEART = "HEART"
    ROCKET = "ROCKET"
    EYES = "EYES"

    @property
    def rest(self) -> str:
        """Return REST's name."""
        return {"THUMBS_UP": "+1", "THUMBS_DOWN": "-1"}.get(self.value, self.value.lower())


@dataclass(eq=False, slots=True, kw_only=True)
class Reaction:
    """One person's reaction."""

    id: int
    subject: "Reactable"
    content: ReactionContent
    user: User
    created_at: datetime

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.REACTION, self.id)


@dataclass(eq=False, slots=True, kw_only=True)
class Reactable:
    """Something that takes reactions."""

    repository: CodeRepository
    id: int
    reactions: list[Reaction] = field(default_factory=list)

    kind: ClassVar[Kind]

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(self.kind, self.id)

    @property
    def is_locked(self) -> bool:
        """Report whether its conversation is locked."""
        return False

    def react(self, content: ReactionContent, *, by: User) -> Reaction:
        """Add a reaction, or return the existing one. GitHub sends no event for it."""
        if self.is_locked or self.repository.github.reaction_limit.is_hit():
            raise Refused(Reason.FORBIDDEN, REACTION_LOCKED)
        for reaction in self.reactions:
            if reaction.user is by and reaction.content is content:
                return reaction
        github = self.repository.github
        made = Reaction(
            id=github.ids.next(Kind.REACTION), subject=self, content=content, user=by, created_at=github.now()
        )
        self.reactions.append(made)
        github.remember(made)
        github.events.touch()
        return made

    def unreact(self, content: ReactionContent, *, by: User) -> Reaction:
        """Remove a reaction; raise Refused if there is none."""
        for reaction in self.reactions:
            if reaction.user is by and reaction.content is content:
                self.reactions.remove(reaction)
                self.repository.github.forget(reaction)
                self.repository.github.events.touch()
                return reaction
        raise Refused(Reason.NOT_FOUND, "Could not resolve to a reaction by the viewer with that content.")
