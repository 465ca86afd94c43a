"""Recordings of what the simulated GitHub exchanged.

The contract tests compare every exchange of a whole test run with GitHub's published schemas. Tests start servers in
many places, so besides a server's own recorder there is one for the process, which the test run sets. Answers of fault
switches are not recorded, because they are not how GitHub answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """A REST request and its answer.

    path: percent-encoded, without the API's root and the query. media_type: of the answer, without parameters.
    """

    method: str
    path: str
    request: bytes
    status: int
    media_type: str
    response: bytes


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A GraphQL request."""

    document: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """A webhook as sent: header names in GitHub's spelling, and the signed bytes."""

    headers: Mapping[str, str]
    body: bytes


class Recorder(Protocol):
    """Receives every exchange, in order."""

    def exchange(self, exchange: Exchange) -> None: ...

    def graphql(self, request: GraphQLRequest) -> None: ...

    def webhook(self, webhook: SentWebhook) -> None: ...


class Recorders:
    """The recorders of every server in this process."""

    def __init__(self) -> None:
        self._recorders: list[Recorder] = []

    def add(self, recorder: Recorder) -> None:
        self._recorders.append(recorder)

    def remove(self, recorder: Recorder) -> None:
        self._recorders.remove(recorder)

    def exchange(self, exchange: Exchange) -> None:
        for recorder in self._recorders:
            recorder.exchange(exchange)

    def graphql(self, request: GraphQLRequest) -> None:
        for recorder in self._recorders:
            recorder.graphql(request)

    def webhook(self, webhook: SentWebhook) -> None:
        for recorder in self._recorders:
            recorder.webhook(webhook)


RECORDERS = Recorders()
