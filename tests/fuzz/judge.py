"""What is wrong with an answer of the simulated GitHub to strange input."""

import json
from dataclasses import dataclass, field

from bot.simulator.github.traffic.recording import Exchange, GraphQLRequest, SentWebhook
from tests.contract import rest_schema, webhook_schema
from tests.contract.record import RestExchange, WebhookSent

IGNORED_BY_GITHUB = "is not documented"
"""GitHub ignores the fields of a request that it does not know."""

SETTINGS = (
    "allow_", "archived", "default_branch", "delete_branch_on_merge", "has_", "homepage", "is_template", "merge_", "private",
    "security_and_analysis", "squash_", "use_", "visibility", "web_commit_signoff_required",
)  # fmt: skip
"""A repository's, which are switched from outside."""

UNREAD = (
    ("PATCH /app/hook/config", ".insecure_ssl"),
    ("PATCH /app/hook/config", ".content_type"),
    *(("PATCH /repos/{owner}/{repo} ", f"request .{name}") for name in SETTINGS),
    ("", ".output.images"),
    ("", ".issue_field_values"),
)
"""Fields of requests, by operation, that the simulator does not have, so that it cannot refuse what is wrong with them."""


@dataclass(slots=True)
class Judge:
    """A recorder that holds every exchange to GitHub's schemas. findings: what it complained of, each once."""

    findings: dict[str, str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)

    def exchange(self, exchange: Exchange) -> None:
        """Note what in a request that was obeyed, or in its answer, is not as documented."""
        self.statuses.add(exchange.status)
        seen = RestExchange(
            method=exchange.method,
            path=exchange.path,
            request=_json(exchange.request),
            status=exchange.status,
            media_type=exchange.media_type,
            response=_json(exchange.response) if "json" in exchange.media_type else None,
            test="",
        )
        for line in rest_schema.violations(seen):
            if not _ignored(line):
                self.note(line, f"{exchange.path} {exchange.request[:300]!r}")

    def graphql(self, request: GraphQLRequest) -> None:
        """Documents are judged with their answers; see graphql_answers.py."""

    def webhook(self, webhook: SentWebhook) -> None:
        """Note what in a webhook is not as documented."""
        for line in webhook_schema.violations(WebhookSent(dict(webhook.headers), json.loads(webhook.body), "")):
            self.note(line, "")

    def note(self, line: str, example: str) -> None:
        """Keep a complaint with the first example of it."""
        self.findings.setdefault(line, example)

    def report(self) -> str:
        """Return the complaints, a line each, with an example."""
        return "\n".join(f"{line}   e.g. {example}" for line, example in self.findings.items())


def _ignored(line: str) -> bool:
    """Whether it is about a field of a request that GitHub, or the simulator, does not look at."""
    unread = any(line.startswith(operation) and field in line for operation, field in UNREAD)
    return " request " in line and (unread or line.endswith(IGNORED_BY_GITHUB))


def _json(body: bytes) -> object:
    if not body:
        return None
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read
