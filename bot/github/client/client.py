"""Requests to GitHub: one client for the whole bot, over the shared aiohttp session.

Every failure becomes a `Temporary` in GitHub's own words, without secrets. It says when to come back, if GitHub does.
If GitHub refuses the token, it did nothing, so the client repeats the request once with a fresh token. It repeats nothing
else. Without an answer (a timeout, a 502) a write may or may not have happened; the next look shows it.

Race accepted: `requests` also counts requests that were never answered.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import gidgethub
from cachetools import LRUCache
from gidgethub import sansio
from gidgethub.aiohttp import GitHubAPI

from bot.core.budget.pace import Resource
from bot.core.values.errors import Temporary
from bot.core.values.permit import PRIORITY, Priority
from bot.github.client.addresses import Roots
from bot.github.client.breakers import Breakers
from bot.github.client.pacing import READING, WRITING, Pacing, Shared
from bot.github.client.remaining import Remaining
from bot.github.documents.templates import Document
from bot.github.errors import (
    TOO_MUCH,
    TOO_QUICKLY,
    Answer,
    Json,
    Limited,
    Refused,
    TooMuch,
    TooQuickly,
    TooQuicklyRefused,
    complaint,
    hint,
    is_about_content,
    is_about_requests,
    redact,
)
from bot.runtime import Runtime
from bot.telemetry import telemetry

# GitHub itself gives up after 10 s: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
# "wait for at least one minute": https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
SECONDARY_PAUSE = timedelta(minutes=1)
_ACCOUNTS = 20_000
RESERVES = {Priority.SWEEP: 0.1, Priority.EVENT: 0.05, Priority.PEOPLE: 0.0}
"""The part of an hour's requests and points that each kind of pass leaves to those before it."""
MOST_RESET = timedelta(hours=2)  # GitHub's windows are an hour long; a later end comes from a wrong clock
_SEEN: ContextVar[sansio.RateLimit | None] = ContextVar("seen", default=None)
"""The limit that the last answer in this task named."""
CACHED_ANSWERS = 256
GRAPHQL = "graphql"
# renovatebot/renovate#21861, yanyongyu/githubkit#271
RATE_LIMITS = frozenset({"RATE_LIMIT", "RATE_LIMITED", "GRAPHQL_RATE_LIMIT"})


class Credential(Protocol):
    """Who makes a request."""

    @property
    def account(self) -> str:
        """Whose rate limit the request counts against."""
        ...

    async def token(self) -> str:
        """Return a token that is good for some time. Raises Refused, Temporary."""
        ...

    def refused(self, token: str) -> None:
        """Do not offer this token again: GitHub refused it."""
        ...


class _Answers(LRUCache[str, tuple[str | None, str | None, Any, str | None]]):
    """Answers to GET, with their ETags.

    Git objects and commits are left out: they can be large and never change, and their readers keep what they need. Lists of
    comments are left out: none is asked for twice.
    """

    def __setitem__(self, url: str, answer: tuple[str | None, str | None, Any, str | None]) -> None:
        if not any(part in url for part in ("/git/", "/commits/", "/compare/", "/issues/comments?")):
            super().__setitem__(url, answer)


class Client(GitHubAPI):
    """gidgethub's client with our failures, GraphQL and counters.

    requests: operation → number of requests sent. points: operation → what GraphQL said its documents cost.
    """

    def __init__(self, session: aiohttp.ClientSession, *, where: Roots, runtime: Runtime) -> None:
        super().__init__(session, "gitops-bot", cache=_Answers(CACHED_ANSWERS), base_url=where.rest)
        self.requests: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self._graphql = where.graphql
        self._runtime = runtime
        self._paused: dict[str, Temporary] = {}
        self._breakers = Breakers(runtime)
        self._pacing = Pacing(runtime)
        self._remaining = Remaining(runtime)
        self._left: LRUCache[tuple[str, bool], sansio.RateLimit] = LRUCache(_ACCOUNTS)

    def plan_with(self, shared: Shared) -> None:
        """Plan the requests of a minute together with all replicas that share these notes."""
        self._pacing = Pacing(self._runtime, shared)

    async def ask(self, document: Document, variables: Mapping[str, object], *, credential: Credential) -> Answer:
        """Send a GraphQL document. The caller judges complaints about single fields, which are in the answer.

        Raises Temporary when GitHub does not answer, Limited when a limit is reached, TooMuch when the document is too big.
        """
        body = {"query": document.text, "variables": dict(variables)}
        sent, _ = await self._send("POST", self._graphql, body, credential=credential, operation=document.operation)
        if not isinstance(sent, dict) or not ("data" in sent or "errors" in sent):
            raise Temporary(f"{document.operation}: GitHub's answer contains neither data nor errors")
        answer = Answer(sent.get("data") or {}, tuple(complaint(error) for error in sent.get("errors") or ()))
        cost = int((answer.data.get("rateLimit") or {}).get("cost", 0))
        self.points[document.operation] += cost
        telemetry().metrics.github_points.labels(document.operation).inc(cost)
        try:
            self._raise_for_limits(document.operation, answer)
        except Temporary as limit:
            await self._pause(credential, limit, api=GRAPHQL)
            raise
        return answer

    async def get(self, path: str, *, credential: Credential, operation: str) -> Any:
        """GET. Returns the last answer where GitHub says that nothing changed. Raises Refused, Temporary."""
        answer, _ = await self._send("GET", path, b"", credential=credential, operation=operation)
        return answer

    async def pages(self, path: str, *, credential: Credential, operation: str) -> AsyncGenerator[Any, None]:
        """GET page after page. Raises Refused, Temporary."""
        more: str | None = path
        while more:
            answer, more = await self._send("GET", more, b"", credential=credential, operation=operation)
            yield answer

    async def send(self, path: str, body: Json, *, credential: Credential, operation: str) -> Any:
        """POST. Raises Refused, Temporary."""
        answer, _ = await self._send("POST", path, dict(body), credential=credential, operation=operation)
        return answer

    async def _send(
        self, method: str, url: str, body: dict[str, Any] | bytes, *, credential: Credential, operation: str
    ) -> tuple[Any, str | None]:
        self._same_host(url)
        self._raise_while_paused(credential)
        resource = (credential.account, url == self._graphql)
        self._leave_reserve(resource)
        token = await credential.token()
        self._breakers.check(credential.account)
        attempt = partial(self._learning, credential, method, url, body, operation=operation)
        try:
            return await attempt(token=token)
        except Refused as refusal:
            if refusal.status != 401:
                raise
        credential.refused(token)
        return await attempt(token=await credential.token())

    async def _learning(
        self,
        credential: Credential,
        method: str,
        url: str,
        body: dict[str, Any] | bytes,
        *,
        token: str,
        operation: str,
    ) -> tuple[Any, str | None]:
        """Send it once there is room for it, and remember what the answer says of this account."""
        account, resource = credential.account, Resource.GRAPHQL if url == self._graphql else Resource.REST
        async with self._pacing.request(account, resource, _points(method, body)):
            try:
                answer = await self._attempt(method, url, body, token=token, operation=operation)
            except Temporary as failure:
                self._breakers.learn(account, failure)
                await self._pause(credential, failure, api=self._api(url))
                raise
            finally:
                self._tell_remaining(account, self._api(url))
        self._breakers.learn(account, None)
        if (limit := _SEEN.get()) is not None:
            self._left[account, url == self._graphql] = limit
        return answer

    async def _attempt(
        self, method: str, url: str, body: dict[str, Any] | bytes, *, token: str, operation: str
    ) -> tuple[Any, str | None]:
        """Send it once, and count how that ended."""
        self.requests[operation] += 1
        metrics, result = telemetry().metrics, "failed"
        _SEEN.set(None)
        try:
            answer = await self._exchange(method, url, body, token=token, operation=operation)
            result = "answered"
        except Refused as refusal:
            result = "refused" if refusal.status < 500 else "failed"
            raise
        finally:
            metrics.github_requests.labels(operation, result).inc()
        return answer

    async def _exchange(
        self, method: str, url: str, body: dict[str, Any] | bytes, *, token: str, operation: str
    ) -> tuple[Any, str | None]:
        try:
            # A JWT and an installation token are both bearer tokens:
            # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
            answer, more, _ = await self._make_request(method, url, {}, body, sansio.accept_format(), jwt=token)
        except gidgethub.HTTPException as error:
            raise self._sorted(operation, error) from None  # the original may contain the token
        except TimeoutError:
            raise Temporary(f"{operation}: GitHub did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            said = redact(str(error) or type(error).__name__)
            raise Temporary(f"{operation}: no answer from GitHub ({said})") from None
        except ValueError as error:
            raise Temporary(f"{operation}: GitHub's answer could not be read ({redact(str(error))})") from None
        return answer, more

    def _tell_remaining(self, account: str, api: str) -> None:
        if (limit := _SEEN.get()) is not None:
            self._remaining.learn(api, account, limit)
            telemetry().metrics.github_left.labels(api).set_function(partial(self._remaining.lowest, api))

    def _api(self, url: str) -> str:
        return GRAPHQL if url == self._graphql else "rest"

    async def _pause(self, credential: Credential, limit: Temporary, *, api: str) -> None:
        """Send nothing for this account until the time that GitHub named, whatever events arrive before."""
        if limit.again_at is not None:
            telemetry().metrics.github_limits.labels(api).inc()
            self._paused[credential.account] = limit
            if is_about_requests(limit.reason):
                await self._pacing.refused(credential.account, limit.again_at)

    def _leave_reserve(self, resource: tuple[str, bool]) -> None:
        """Raise Temporary where what is left of the hour is kept for the more urgent. GitHub counts for all replicas."""
        limit, share, now = self._left.get(resource), RESERVES[PRIORITY.get()], self._runtime.now()
        if (
            limit is not None
            and share
            and limit.remaining <= limit.limit * share
            and now < limit.reset_datetime < now + MOST_RESET
        ):
            what = f"GitHub's limit: {limit.remaining} of {limit.limit} requests or points are left for {resource[0]}"
            until = limit.reset_datetime
            raise Temporary(f"{what}, and kept for people; continuing at {until:%H:%M} UTC", again_at=until)

    def _raise_while_paused(self, credential: Credential) -> None:
        limit = self._paused.get(credential.account)
        if limit is None or limit.again_at is None:
            return
        if self._runtime.now() < limit.again_at:
            raise Temporary(limit.reason, again_at=limit.again_at)
        del self._paused[credential.account]

    # A renamed repository answers with a redirect. Reads follow it; a write goes only where it was meant to go.
    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._session.request(
            method, url, headers=headers, data=body, timeout=TIMEOUT, allow_redirects=method == "GET"
        ) as response:
            _SEEN.set(sansio.RateLimit.from_http(response.headers))
            return response.status, response.headers, await response.read()

    def _same_host(self, url: str) -> None:
        """Raise Temporary for another host, such as in a `Link` header: the token is sent to GitHub alone."""
        host = urlsplit(url).netloc
        if host and host not in (urlsplit(self.base_url).netloc, urlsplit(self._graphql).netloc):
            raise Temporary(f"GitHub's answer points to another host ({redact(host)}); the token is not sent there")

    def _sorted(self, operation: str, error: gidgethub.HTTPException) -> Refused:
        """Return the failure that an HTTP status stands for."""
        status = int(error.status_code)
        said = redact(" ".join(str(part) for part in error.args if not isinstance(part, int))) or "no message"
        reason = f"{operation}: GitHub answered {status}: {said}{hint(status, said)}"
        kind = TooQuicklyRefused if is_about_content(said) else Refused
        return kind(reason, status=status, again_at=self._again_at(status, said, error.headers))

    def _again_at(self, status: int, said: str, headers: Mapping[str, str]) -> datetime | None:
        """Return when to come back, for primary and secondary rate limits and for `Retry-After`; None for other failures."""
        now = self._runtime.now()
        if headers.get("retry-after", "").isdigit():
            return now + timedelta(seconds=int(headers["retry-after"]))
        if status in (403, 429) and headers.get("x-ratelimit-remaining") == "0":
            return _reset(sansio.RateLimit.from_http(headers)) or now + SECONDARY_PAUSE
        if status == 429 or (status == 403 and "rate limit" in said.casefold()) or TOO_QUICKLY in said.casefold():
            return now + SECONDARY_PAUSE
        return None

    def _raise_for_limits(self, operation: str, answer: Answer) -> None:
        """GraphQL may report a limit as HTTP 200.

        https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
        """
        for each in answer.complaints:
            said = each.message.casefold()
            if each.kind in RATE_LIMITS or "secondary rate limit" in said or TOO_QUICKLY in said:
                again_at = _reset(self.rate_limit) or self._runtime.now() + SECONDARY_PAUSE
                reason = f"{operation}: GitHub's rate limit is reached: {each.message}"
                kind = TooQuickly if is_about_content(said) else Limited
                raise kind(reason, again_at=again_at, answer=answer)
            if each.kind in TOO_MUCH:
                raise TooMuch(f"{operation}: the request is too big for GitHub: {each.message}")


def _points(method: str, body: dict[str, Any] | bytes) -> int:
    """Return what a request counts for GitHub's limit of a minute."""
    if isinstance(body, dict) and "query" in body:
        return WRITING if str(body["query"]).startswith("mutation") else READING
    return READING if method == "GET" else WRITING


def _reset(limit: sansio.RateLimit | None) -> datetime | None:
    """Return when a used-up limit is reset. (As a truth value, gidgethub's RateLimit would read the real clock.)"""
    return limit.reset_datetime if limit is not None and limit.remaining <= 0 else None
