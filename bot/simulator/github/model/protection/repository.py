"""The part of a repository that concerns protection."""

from abc import abstractmethod
from dataclasses import dataclass, field

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.protection.protection import (
    BranchProtection,
    BranchProtectionEvent,
    Protection,
    ProtectionSource,
    covers,
)
from bot.simulator.github.model.world.ids import Kind


@dataclass(eq=False, kw_only=True)
class ProtectedRepository(CodeRepository):
    """A repository with protected branches."""

    protections: list[BranchProtection] = field(default_factory=list)

    @abstractmethod
    def reconsider_all(self) -> None:
        """Check every open pull request again, after a change of protection."""

    def protect(self, pattern: str, protection: Protection, *, by: User | None = None) -> BranchProtection:
        """Protect branches that match a pattern; replaces a protection of the same kind and pattern."""
        self.unprotect(pattern, protection.source)
        made = BranchProtection(
            id=self.github.ids.next(Kind.PROTECTION), repository=self, pattern=pattern, protection=protection
        )
        self.protections.append(made)
        self.github.remember(made)
        event = BranchProtectionEvent(
            repository=self, action="created", protection=made, actor=by or self.github.ghost, at=self.github.now()
        )
        self.github.events.emit(event)
        self.reconsider_all()
        return made

    def unprotect(self, pattern: str, source: ProtectionSource | None = None) -> None:
        """Remove the protections of a pattern (of one kind, or both)."""
        for found in tuple(self.protections):
            if found.pattern == pattern and source in {None, found.protection.source}:
                self.protections.remove(found)
                self.github.forget(found)
        self.github.events.touch()

    def protections_of(self, branch: str) -> list[BranchProtection]:
        """Return the protections of a branch."""
        is_default = branch == self.default_branch
        return [
            found
            for found in self.protections
            if covers(found.pattern, branch) or (is_default and found.pattern == "~DEFAULT_BRANCH")
        ]

    def is_protected(self, branch: str) -> bool:
        """Report whether a branch is protected."""
        return bool(self.protections_of(branch))
