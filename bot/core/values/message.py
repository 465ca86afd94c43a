"""What a commit says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A commit message: its first line, and the rest with the trailers."""

    headline: str
    body: str
