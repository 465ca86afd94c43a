"""What a test run exchanged with the simulator, kept as JSON lines so that the contract tests can judge it later.

One file per process, one line per *shape*: an exchange that differs from an earlier one only in names, numbers and
free text says nothing new. Words that look like an enum's value (`completed`, `APPROVED`) belong to the shape.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from bot.simulator.github.traffic.recording import Exchange, GraphQLRequest, SentWebhook

ENVIRONMENT = "GITOPS_BOT_RECORD_DIR"
"""Names the folder to record to, and to judge from."""

ENUM_LIKE = re.compile(r"[a-z]+(_[a-z]+)*|[A-Z]+(_[A-Z]+)*")
IDENTIFIER_LIKE = re.compile(r"/[0-9]+(?=/|$)|/[0-9a-f]{40}(?=/|$)")


@dataclass(frozen=True, slots=True)
class RestExchange:
    """One REST request with its answer.

    path: percent-encoded, without API root and query. request, response: the JSON bodies, None where there was none or
    it was not JSON. test: who asked.
    """

    method: str
    path: str
    request: Any
    status: int
    media_type: str
    response: Any
    test: str


@dataclass(frozen=True, slots=True)
class GraphQLSent:
    """One GraphQL request as the simulator received it."""

    document: str
    variables: Mapping[str, Any]
    test: str


@dataclass(frozen=True, slots=True)
class WebhookSent:
    """One webhook as the simulator sent it."""

    headers: Mapping[str, str]
    payload: Mapping[str, Any]
    test: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a test run exchanged, each shape once."""

    rest: tuple[RestExchange, ...]
    graphql: tuple[GraphQLSent, ...]
    webhooks: tuple[WebhookSent, ...]


class FileRecorder:
    """The simulator's recorder that writes to `folder`; one per process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8")
        self._seen: set[object] = set()

    def exchange(self, exchange: Exchange) -> None:
        media_type = exchange.media_type
        answered = _json_or_none(exchange.response) if "json" in media_type else None
        self._write(
            RestExchange(
                method=exchange.method,
                path=exchange.path,
                request=_json_or_none(exchange.request),
                status=exchange.status,
                media_type=media_type,
                response=answered,
                test=_current_test(),
            )
        )

    def graphql(self, request: GraphQLRequest) -> None:
        self._write(GraphQLSent(request.document, dict(request.variables), _current_test()))

    def webhook(self, webhook: SentWebhook) -> None:
        self._write(WebhookSent(dict(webhook.headers), json.loads(webhook.body), _current_test()))

    def close(self) -> None:
        self._file.close()

    def _write(self, entry: RestExchange | GraphQLSent | WebhookSent) -> None:
        key = (type(entry).__name__, _key(entry))
        if key in self._seen:
            return
        self._seen.add(key)
        self._file.write(json.dumps({"kind": type(entry).__name__, **asdict(entry)}) + "\n")
        self._file.flush()


def read(folder: Path) -> Recording:
    """Everything that was recorded to `folder`, by any process."""
    entries = list(_entries(folder))
    return Recording(
        rest=tuple(entry for entry in entries if isinstance(entry, RestExchange)),
        graphql=tuple(entry for entry in entries if isinstance(entry, GraphQLSent)),
        webhooks=tuple(entry for entry in entries if isinstance(entry, WebhookSent)),
    )


def _entries(folder: Path) -> Iterator[RestExchange | GraphQLSent | WebhookSent]:
    kinds = {kind.__name__: kind for kind in (RestExchange, GraphQLSent, WebhookSent)}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            yield kinds[fields.pop("kind")](**fields)


def _key(entry: RestExchange | GraphQLSent | WebhookSent) -> object:
    match entry:
        case RestExchange():
            path = IDENTIFIER_LIKE.sub("/:id", entry.path)
            return entry.method, path, entry.status, shape(entry.request), shape(entry.response)
        case GraphQLSent():
            return entry.document, shape(entry.variables)
        case WebhookSent():
            return entry.headers.get("X-GitHub-Event"), shape(entry.payload)


def shape(value: object) -> object:
    """What a schema can see of `value`, hashable: types, field names, and words that may be an enum's."""
    match value:
        case Mapping():
            return frozenset((key, shape(inner)) for key, inner in value.items())
        case list():
            return ("list", frozenset(shape(inner) for inner in value))
        case str():
            return value if ENUM_LIKE.fullmatch(value) and len(value) < 30 else "str"
        case _:
            return type(value).__name__


def _json_or_none(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # a test may send what is no JSON, or nested without end
        return None


def _current_test() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
