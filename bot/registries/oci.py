"""Asks registries what tags an image has and what a tag points at, over the OCI Distribution API.

A tag is asked afresh each time, by one HEAD, because it can move (and on Docker Hub a HEAD does not count against the
pull limit). What a digest stands for never changes, so it is asked once and remembered. Whatever goes wrong is a value:
a pass never fails for a registry, and a registry's silence never passes a gate.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md

Accepted race: a tag may move between the HEAD and the end of the pass; what was seen is what is deployed, by digest.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeVar

import aiohttp
from cachetools import LRUCache
from yarl import URL

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.core.values.images import ImageError, ImageName, is_digest, is_tag
from bot.registries.auth import Keychain
from bot.registries.documents import (
    MANIFESTS,
    Config,
    DocumentError,
    Image,
    Index,
    Marks,
    read_config,
    read_errors,
    read_manifest,
    read_tags,
)
from bot.registries.hosts import Carries, Hosts, Location, authority
from bot.registries.tokens import Doors
from bot.registries.transport import Request, Transport
from bot.registries.wire import Answer, Limits
from bot.runtime import Runtime

Value = TypeVar("Value")
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a digest stands for, for ever."""

    platforms: tuple[str, ...]
    marks: Marks


class Registries:
    """Every registry that this server may ask. One for the whole process: it remembers digests and tokens.

    session: shared, closed by its owner. hosts: where we may connect; keychain: with which logins.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        hosts: Hosts,
        keychain: Keychain,
        runtime: Runtime,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._hosts = hosts
        doors = Doors(session, hosts=hosts, keychain=keychain, runtime=runtime, limits=self._limits)
        self._transport = Transport(session, hosts=hosts, doors=doors, runtime=runtime, limits=self._limits)
        self._facts: LRUCache[str, Facts] = LRUCache(self._limits.remembered)
        self._built: LRUCache[tuple[str, str], datetime | None] = LRUCache(self._limits.remembered)

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        """All tags of an image; `Missing(image, None)` where the registry knows no such image."""
        return await self._bounded(self._tags(image), image, None)

    async def artifact(self, image: str, tag: str) -> Artifact | Missing | Unanswered:
        """What a tag points at now."""
        return await self._bounded(self._artifact(image, tag), image, tag)

    async def artifacts(self, image: str, tags: Iterable[str]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """What these tags point at now, in their order, asked a few at a time."""
        return tuple(await asyncio.gather(*(self.artifact(image, tag) for tag in tags)))

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """What these tags of these images point at now, image → tags; sorted by image and tag."""
        asked = [self.artifacts(image, sorted(tags)) for image, tags in sorted(wanted.items())]
        return tuple(chain.from_iterable(await asyncio.gather(*asked)))

    async def created(self, wanted: Mapping[str, frozenset[str]]) -> Mapping[str, datetime]:
        """When the versions of these tags were built, image → tags: when the last of their images was.

        Only those that every image tells. Each tag is asked once, and what it said is remembered. Accepted race: a tag that
        moves is ranked by what it pointed at before, until it is forgotten; the newest few are asked afresh in any case.
        """
        asked = {image: [tag for tag in tags if (image, tag) not in self._built] for image, tags in wanted.items()}
        for seen in await self.observe({image: frozenset(tags) for image, tags in asked.items()}):
            if isinstance(seen, Artifact):
                self._built[seen.image, seen.tag] = seen.created
        every = frozenset.intersection(*wanted.values())
        times = {tag: [self._built.get((image, tag)) for image in wanted] for tag in every}
        return {tag: max(each for each in known if each) for tag, known in times.items() if all(known)}

    async def _bounded(self, answer: Awaitable[Value], image: str, tag: str | None) -> Value | Unanswered:
        try:
            async with asyncio.timeout(self._limits.patience):
                return await answer
        except Temporary as trouble:
            return Unanswered(image, trouble.reason, trouble.again_at, tag)
        except TimeoutError:
            return Unanswered(image, f"no whole answer came within {self._limits.patience:g} seconds", None, tag)

    def _locate(self, image: str) -> Location:
        try:
            return self._hosts.locate(ImageName.parse(image))
        except ImageError as error:
            raise Temporary(str(error)) from None

    async def _tags(self, image: str) -> Tags | Missing:
        location = self._locate(image)
        first = location.base / "v2" / location.path / "tags" / "list"
        url: URL | None = first.with_query(n=_PAGE)
        found: dict[str, None] = {}
        seen: set[URL] = set()
        while url is not None:
            answer = await self._transport.ask(Request(location, "GET", url, self._limits.document))
            if answer.status == 404:
                return _missing(answer, location, image, None)
            found |= dict.fromkeys(_read(read_tags, answer.body, location))
            seen.add(url)
            url = _next_page(answer, location)
            if url in seen or len(seen) > self._limits.pages or len(found) > self._limits.tags:
                raise Temporary(f"the tags of `{image}` do not end: {len(found):,} on {len(seen):,} pages")
        return Tags(image, tuple(found))

    async def _artifact(self, image: str, tag: str) -> Artifact | Missing:
        location = self._locate(image)
        if not (is_tag(tag) or is_digest(tag)):
            raise Temporary(f"{tag[:200]!r} cannot be a tag")
        digest = await self._digest(location, tag)
        if digest is None:
            return Missing(image, tag)
        if is_digest(tag) and digest != tag:
            raise Temporary(
                f"`{location.host}` was asked for {tag[:19]}… of `{location.path}` and named another digest"
            )
        facts = self._facts.get(digest)
        if facts is None:
            facts = self._facts[digest] = await self._look_at(location, digest)
        return Artifact(image, tag, digest, facts.platforms, facts.marks.revision, facts.marks.created)

    async def _digest(self, location: Location, tag: str) -> str | None:
        """What the tag points at, None for nothing.

        A HEAD need not bring the digest, and its 404 has no body to tell a registry's from a proxy's: then GET decides.
        """
        url = location.base / "v2" / location.path / "manifests" / tag
        answer = await self._transport.ask(Request(location, "HEAD", url, 0, MANIFESTS))
        digest = answer.headers.get("Docker-Content-Digest", "")
        if answer.status == 200 and is_digest(digest):
            return digest
        answer = await self._transport.ask(Request(location, "GET", url, self._limits.document, MANIFESTS))
        if answer.status == 404:
            _missing(answer, location, str(location.image), tag)
            return None
        digest = answer.headers.get("Docker-Content-Digest", "") or _digest_of(answer.body, "sha256")
        _verified(answer.body, digest, location)
        return digest

    async def _look_at(self, location: Location, digest: str) -> Facts:
        """What stands behind a digest: the manifest, and its config, or that of one image of the index, if need be."""
        manifest = await self._manifest(location, digest)
        if isinstance(manifest, Image):
            config = await self._config(location, manifest)
            return Facts(tuple(filter(None, [config.platform])), manifest.marks.or_else(config.marks))
        marks = manifest.marks
        if (marks.revision is None or marks.created is None) and manifest.child is not None:
            child = await self._manifest(location, manifest.child)
            if isinstance(child, Image):
                marks = marks.or_else(child.marks).or_else((await self._config(location, child)).marks)
        return Facts(manifest.platforms, marks)

    async def _manifest(self, location: Location, digest: str) -> Index | Image:
        url = location.base / "v2" / location.path / "manifests" / digest
        request = Request(location, "GET", url, self._limits.document, MANIFESTS)
        return _read(read_manifest, await self._content(request, digest), location)

    async def _config(self, location: Location, image: Image) -> Config:
        """An artifact that is no image has no config we could read, and runs nowhere."""
        if image.config is None:
            return Config(None, Marks())
        url = location.base / "v2" / location.path / "blobs" / image.config
        request = Request(location, "GET", url, self._limits.config, carries=Carries.BLOB)
        return _read(read_config, await self._content(request, image.config), location)

    async def _content(self, request: Request, digest: str) -> bytes:
        """What a digest stands for, checked. Not there: deleted just now, or a push that is not complete."""
        answer = await self._transport.ask(request)
        if answer.status == 404:
            raise Temporary(
                f"`{request.location.host}` names {digest[:19]}… in `{request.location.path}` and has it not"
            )
        return _verified(answer.body, digest, request.location)


def _missing(answer: Answer, location: Location, image: str, tag: str | None) -> Missing:
    """A registry says in so many words that it does not have something; a 404 of anybody else says nothing."""
    if read_errors(answer.body) is None:
        raise Temporary(f"`{location.host}` answered 404 for `{location.path}` as no registry does; is it one?")
    return Missing(image, tag)


def _next_page(answer: Answer, location: Location) -> URL | None:
    """The URL of `Link: <…>; rel="next"`, relative or absolute, on the same host. Raises `Temporary` for another.

    A registry behind a proxy that ends TLS may write http, or its public name: what counts is asked at our base.
    """
    link = answer.next_page
    if link is None:
        return None
    if authority(link) not in {location.host, location.image.registry}:
        raise Temporary(f"`{location.host}` says that its tags go on at `{authority(link)}`, which is not followed")
    return location.base.join(link.relative())


def _read(reader: Callable[[bytes], Value], body: bytes, location: Location) -> Value:
    try:
        return reader(body)
    except DocumentError as error:
        raise Temporary(f"what `{location.host}` sent for `{location.path}` {error}") from None


def _digest_of(body: bytes, algorithm: str) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def _verified(body: bytes, digest: str, location: Location) -> bytes:
    if not is_digest(digest) or _digest_of(body, digest.partition(":")[0]) != digest:
        raise Temporary(f"what `{location.host}` sent for `{location.path}` does not have the digest that it names")
    return body
