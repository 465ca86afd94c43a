"""What the simulated GitHub exchanged, told to whoever asks for it.

The contract tests hold every exchange of a whole test run to GitHub's published schemas. Tests start servers in many
places, so besides a server's own recorder there is one for the process: the test run's set-up puts it there.
Answers that a fault switch made are not told: they are wrong on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """One REST request and its answer.

    path: percent-encoded, without the API's root and the query. media_type: the answer's, without parameters.
    """

    method: str
    path: str
    request: bytes
    status: int
    media_type: str
    response: bytes


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One GraphQL request."""

    document: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """One webhook as it left the simulator: header names as GitHub writes them, the signed bytes."""

    headers: Mapping[str, str]
    body: bytes


class Recorder(Protocol):
    """Is told of everything exchanged, in order."""

    def exchange(self, exchange: Exchange) -> None: ...

    def graphql(self, request: GraphQLRequest) -> None: ...

    def webhook(self, webhook: SentWebhook) -> None: ...


class Recorders:
    """The recorders that every server of this process tells, besides its own."""

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
