"""How GitHub reports failures, sorted and without secrets.

`Refused` is a `Temporary`: where no caller handles it, the pass looks again later. That is right for every answer that a
fresh look can explain.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.values.errors import ContentLimited, Temporary

Json = Mapping[str, Any]
"""A JSON object as GitHub sent it. It never leaves this folder."""

UNREADABLE = frozenset({"NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE"})
TOO_MUCH = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"})

# Installation tokens, old (`v1.…`) and new (of any length, with dots and dashes), other GitHub tokens, and JWTs.
_SECRETS = re.compile(
    r"gh[a-z]_[A-Za-z0-9._-]+|github_pat_[A-Za-z0-9_]+|v1\.[0-9a-f]{40}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
)


def redact(text: str) -> str:
    """Return the text with every token replaced by `***`."""
    return _SECRETS.sub("***", text)


@contextmanager
def understood(operation: str) -> Iterator[None]:
    """Read an answer: one that is not as documented, such as a proxy's page with the status 200, raises Temporary."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else redact(str(error))
        raise Temporary(f"{operation}: GitHub's answer is not as documented ({what})") from error


# How GitHub says that content was created too fast, as the error of one field: Azure/azure-sdk-tools#7226, cli/cli#4801.
TOO_QUICKLY = "was submitted too quickly"


# What GitHub says of a JWT, in words that only those understand who wrote one, and what they mean here.
_OF_A_JWT = (
    ("claim ('iat')", "this server's clock is not GitHub's; turn on time synchronisation"),
    ("claim ('exp')", "this server's clock is not GitHub's; turn on time synchronisation"),
    ("Integration not found", "there is no App with this GITHUB_APP_ID"),
    ("JSON web token could not be decoded", "check GITHUB_APP_ID, and that GITHUB_PRIVATE_KEY is a key of this App"),
)


def hint(status: int, said: str) -> str:
    """Return what to do about a refusal that GitHub words for programmers, to be put behind its words; '' for any other."""
    if status not in (401, 404):
        return ""
    return next((f" ({todo})" for words, todo in _OF_A_JWT if words in said), "")


class Refused(Temporary):
    """GitHub answered with an HTTP status that means failure. status: such as 404."""

    def __init__(self, reason: str, *, status: int, again_at: datetime | None = None) -> None:
        super().__init__(reason, again_at=again_at)
        self.status = status


class TooQuicklyRefused(Refused, ContentLimited):
    """The status means that there was too much new content."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of `errors` in a GraphQL answer. kind: GitHub's `type`, '' where it names none; path: of the field."""

    kind: str
    message: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        where = ".".join(self.path)
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer: data, which may have holes, and GitHub's complaints."""

    data: Json
    complaints: tuple[Complaint, ...]

    def about(self, *path: str) -> tuple[Complaint, ...]:
        """Return the complaints about the field at this path and about everything below it."""
        return tuple(each for each in self.complaints if each.path[: len(path)] == path)


class Limited(Temporary):
    """GitHub's rate limit is reached. answer: what the document did nevertheless, in the fields that were not refused."""

    def __init__(self, reason: str, *, again_at: datetime, answer: Answer) -> None:
        super().__init__(reason, again_at=again_at)
        self.answer = answer


class TooQuickly(Limited, ContentLimited):
    """The same, for new content."""


class TooMuch(Temporary):
    """The document asks for more than GitHub computes in one request. Ask for less."""


def is_about_content(said: str) -> bool:
    """Report whether GitHub says that it limits new content. Its words do not always tell which secondary limit it is."""
    return any(words in said.casefold() for words in (TOO_QUICKLY, "content creation", "secondary rate limit"))


def is_about_requests(said: str) -> bool:
    """Report whether GitHub says that there were too many requests in a minute, rather than too much new content."""
    said = said.casefold()
    return "content creation" not in said and ("secondary rate limit" in said or "too many requests" in said)


def complaint(error: Json) -> Complaint:
    """Parse one entry of `errors`. Its message contains no secrets."""
    path = tuple(str(step) for step in error.get("path") or ())
    extensions = error.get("extensions") or {}
    kind = str(error.get("type") or extensions.get("code") or "").upper()
    return Complaint(kind, redact(str(error.get("message") or "no message")), path)
