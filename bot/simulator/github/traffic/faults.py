"""Fault switches: failures between the bot and GitHub, set by a test or a demo.

Each switch affects a given number of matching requests (or webhooks), in the order the switches were set, and is then
spent. Nothing fails at random: a test that wants randomness draws it and sets a switch.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from bot.simulator.github.traffic.request_limits import RequestLimits, RequestSize

DOCUMENTATION = "https://docs.github.com/en"
SECONDARY_LIMIT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)
# renovatebot/renovate#14830, integrations/terraform-provider-github#2329
TOO_MANY_REQUESTS = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID "
)


@dataclass(frozen=True, slots=True)
class ContentSize:
    """How much new content an App may create, in any minute and in any hour."""

    minute: int
    hour: int


DOCUMENTED = ContentSize(80, 500)
"""https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"""
MEASURED = ContentSize(20, 150)
"""https://github.com/cli/cli/issues/4801"""


class ContentLimit:
    """The limit on creating content, or on reacting, as the model checks it.

    left: so many of the next are refused. size: what each App may create; None for as much as it likes. hits: how often an App
    met that limit.
    """

    def __init__(self) -> None:
        self.left = 0
        self.size: ContentSize | None = None
        self.hits = 0
        self._created: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def is_hit(self) -> bool:
        """Report whether a switch refuses this creation, and count it."""
        self.left = max(0, self.left - 1) if (hit := self.left > 0) else 0
        return hit

    def is_too_much(self, login: str, now: datetime) -> bool:
        """Report whether this App has created as much as it may; else count this creation, too."""
        if self.size is None or not login.endswith("[bot]"):
            return False
        created = self._created[login]
        while created and now - created[0] >= timedelta(hours=1):
            created.popleft()
        lately = sum(now - at < timedelta(minutes=1) for at in created)
        if lately >= self.size.minute or len(created) >= self.size.hour:
            self.hits += 1
            return True
        created.append(now)
        return False


class Moment(Enum):
    """When to cut a connection: before GitHub did anything, or after it did everything."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this and do nothing. `body` is JSON (an object), or other text such as a proxy's page."""

    status: int
    body: Mapping[str, Any] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HangUp:
    """Cut the connection without an answer."""

    moment: Moment


@dataclass(frozen=True, slots=True)
class Partial:
    """Execute a GraphQL query, but return null at `paths` and report that resource limits were exceeded.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#query-limits
    """

    paths: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Execute nothing of a GraphQL document, and answer null with this error for every field at its root.

    kind: GitHub's `type`, '' for none.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Slow:
    """Answer as usual, after `seconds` of the event loop's time."""

    seconds: float


Effect = Answer | HangUp | Partial | Refuse | Slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which requests a switch affects; None matches all.

    method: `POST`. path: a glob over the path without API root and query, `/repos/*/pulls/*/merge`; `*` also matches
    slashes. operation: a GraphQL operation's name, or the name of a top-level field (`createCommitOnBranch`).
    """

    method: str | None = None
    path: str | None = None
    operation: str | None = None

    def fits(self, method: str, path: str, operations: frozenset[str]) -> bool:
        return (
            (self.method is None or self.method == method)
            and (self.path is None or fnmatchcase(path, self.path))
            and (self.operation is None or self.operation in operations)
        )


@dataclass(slots=True)
class _Switch:
    which: Which
    effect: Effect
    left: int


class Fate(Enum):
    """What happens to a webhook."""

    DELIVER = "deliver"
    DROP = "drop"  # recorded as failed, as if the receiver was down
    LOSE = "lose"  # not recorded: GitHub never created it
    REPEAT = "repeat"  # delivered twice, same GUID
    HOLD = "hold"  # held until `release`


@dataclass(slots=True)
class _WebhookSwitch:
    event: str | None
    fate: Fate
    left: int


class Faults:
    """All fault switches of one simulated GitHub."""

    def __init__(self, content_limit: ContentLimit | None = None, reaction_limit: ContentLimit | None = None) -> None:
        self.request_limits = RequestLimits()
        self._content_limit = content_limit or ContentLimit()
        self._reaction_limit = reaction_limit or ContentLimit()
        self._switches: list[_Switch] = []
        self._webhooks: list[_WebhookSwitch] = []
        self._exhausted: dict[str, datetime] = {}

    # -- requests --------------------------------------------------------------------------------------------------

    def next_requests(self, effect: Effect, *, count: int = 1, which: Which | None = None) -> None:
        """Apply `effect` to the next `count` requests that match `which`."""
        self._switches.append(_Switch(which or Which(), effect, count))

    def fail(self, status: int, *, count: int = 1, message: str = "Server Error", which: Which | None = None) -> None:
        """Answer `count` requests with an error status and GitHub's form of an error body."""
        body = {"message": message, "documentation_url": f"{DOCUMENTATION}/rest", "status": str(status)}
        self.next_requests(Answer(status, body), count=count, which=which)

    def bad_gateway(self, *, count: int = 1, which: Which | None = None) -> None:
        """Answer with a page of a proxy in front of GitHub, which is not JSON."""
        page = "<html><head><title>502 Bad Gateway</title></head></html>"
        self.next_requests(Answer(502, page, {"Content-Type": "text/html"}), count=count, which=which)

    def hang_up(self, moment: Moment, *, count: int = 1, which: Which | None = None) -> None:
        """Cut the connection. With AFTER the caller cannot know that its request was carried out."""
        self.next_requests(HangUp(moment), count=count, which=which)

    def secondary_limit(self, *, retry_after: int | None = 60, count: int = 1, which: Which | None = None) -> None:
        """Exceed the limit on creating content: 403 on REST and GraphQL. `retry_after`: seconds, None for no header.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
        """
        body = {
            "message": SECONDARY_LIMIT,
            "documentation_url": f"{DOCUMENTATION}/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api",
            "status": "403",
        }
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.next_requests(Answer(403, body, headers), count=count, which=which)

    def too_many_requests(self, *, retry_after: int = 60, count: int = 1, which: Which | None = None) -> None:
        """Exceed the same limit with status 429, which GitHub also uses.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        """
        body = {"message": SECONDARY_LIMIT, "documentation_url": f"{DOCUMENTATION}/rest", "status": "429"}
        self.next_requests(Answer(429, body, {"Retry-After": str(retry_after)}), count=count, which=which)

    def graphql_limit(self, kind: str = "RATE_LIMIT", *, status: int = 200, count: int = 1) -> None:
        """Exceed GraphQL's hourly limit in one of its forms.

        `RATE_LIMIT` with a code (yanyongyu/githubkit#271), as 200 or 403, and `RATE_LIMITED` without one
        (renovate#21861).
        """
        error = {"type": kind, "message": "API rate limit exceeded for installation."}
        if kind == "RATE_LIMIT":
            error["code"] = "graphql_rate_limit"
        self.next_requests(Answer(status, {"errors": [error]}), count=count, which=Which(path="/graphql"))

    def too_quickly(self, *, count: int = 1) -> None:
        """Refuse the next `count` issues, comments, pull requests or reviews.

        In GraphQL this is an error of the field, while the rest of the document is executed
        (Azure/azure-sdk-tools#7226, cli/cli#4801); in REST it is the secondary limit.
        """
        self._content_limit.left = count

    def limit_content(self, size: ContentSize | None) -> None:
        """Refuse in the same way what an App creates beyond this size. None: nothing."""
        self._content_limit.size = size

    @property
    def content_hits(self) -> int:
        """How often an App met the limit of `limit_content`."""
        return self._content_limit.hits

    def limit_requests(self, size: RequestSize | None) -> None:
        """Refuse requests beyond this size; GitHub's published figures by default. None: refuse none."""
        self.request_limits.size = size

    @property
    def request_hits(self) -> int:
        """How many requests were refused for `limit_requests`."""
        return self.request_limits.hits

    def refuse_reactions(self, *, count: int = 1) -> None:
        """Refuse the next `count` reactions, as on a locked conversation (open-telemetry/opentelemetry-dotnet#6554), while the
        rest of the document is carried out."""
        self._reaction_limit.left = count

    def resource_limits(self, *paths: tuple[str, ...], count: int = 1, which: Which | None = None) -> None:
        """Answer GraphQL with 200, null at `paths`, and RESOURCE_LIMITS_EXCEEDED."""
        self.next_requests(Partial(paths), count=count, which=which)

    def refuse(self, kind: str, message: str, *, count: int = 1, which: Which | None = None) -> None:
        """Refuse every field of `count` GraphQL documents, as GitHub refuses a mutation; the answer's status is 200."""
        self.next_requests(Refuse(kind, message), count=count, which=which)

    def effect_on(self, method: str, path: str, operations: frozenset[str]) -> Effect | None:
        """Return the effect of the first switch that matches this request, and count it; None without one."""
        for switch in self._switches:
            if switch.which.fits(method, path, operations):
                switch.left -= 1
                if switch.left == 0:
                    self._switches.remove(switch)
                return switch.effect
        return None

    # -- rate limits -----------------------------------------------------------------------------------------------

    def exhaust(self, resource: str, *, until: datetime) -> None:
        """Exhaust a rate limit (`core`, `graphql`) until a time."""
        self._exhausted[resource] = until

    def exhausted_until(self, resource: str, now: datetime) -> datetime | None:
        """Return when an exhausted limit is reset, or None."""
        until = self._exhausted.get(resource)
        return until if until is not None and now < until else None

    # -- webhooks --------------------------------------------------------------------------------------------------

    def next_webhooks(self, fate: Fate, *, count: int = 1, event: str | None = None) -> None:
        """Apply `fate` to the next `count` webhooks of an event, or of any."""
        self._webhooks.append(_WebhookSwitch(event, fate, count))

    def fate_of(self, event: str) -> Fate:
        """Return the fate of a webhook, and count it."""
        for switch in self._webhooks:
            if switch.event in {None, event}:
                switch.left -= 1
                if switch.left == 0:
                    self._webhooks.remove(switch)
                return switch.fate
        return Fate.DELIVER

    # -- all switches ----------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Remove all switches."""
        self._switches.clear()
        self._webhooks.clear()
        self._exhausted.clear()
        self._content_limit.left = self._reaction_limit.left = 0

    def unspent(self) -> Iterator[str]:
        """Describe the switches that matched nothing, which a test should know."""
        for switch in self._switches:
            yield f"{switch.left} × {switch.effect} for {switch.which}"
        for webhook in self._webhooks:
            yield f"{webhook.left} × {webhook.fate.value} for webhook {webhook.event or 'of any event'}"
        if self._content_limit.left:
            yield f"{self._content_limit.left} × submitted too quickly"
        if self._reaction_limit.left:
            yield f"{self._reaction_limit.left} × a reaction refused"
