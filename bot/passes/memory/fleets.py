"""What a process knows of a repository with many applications, most of which are at rest."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.repository.file_index import FileIndex


@dataclass(slots=True)
class Fleet:
    """One repository's applications.

    asked: application → when the repository's pass last asked about it, or has to ask as if it had asked then. glanced:
    those of which no look has seen the history. untold: those whose past promotions have something to be told; None
    until they were listed. unfinished: some were not asked about yet. answers: what the registries answered last about
    those at rest, as a number. files: of one commit, with its id.
    """

    asked: dict[str, datetime] = field(default_factory=dict)
    glanced: set[str] = field(default_factory=set)
    untold: set[str] | None = None
    unfinished: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    files: tuple[str, FileIndex] | None = None

    def looked_at(self, application: str) -> None:
        """Note that a look has seen an application whole."""
        self.glanced.discard(application)
        self.answers.pop(application, None)
