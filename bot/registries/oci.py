"""Asks registries which tags an image has and what a tag points at, over the OCI Distribution API.

A tag is requested each time, by one HEAD, because it can move (and on Docker Hub a HEAD does not count against the pull
limit). The content of a digest never changes, so it is requested once and remembered. Every failure is a value: no pass
fails because of a registry, and a missing answer never passes a gate.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md

Race accepted: a tag may move between the HEAD and the end of the pass. What was seen is deployed, by digest.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import aiohttp
from cachetools import LRUCache

from bot.core.values.artifacts import Artifact, Missing, News, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.core.values.images import ImageError, ImageName, is_digest, is_tag
from bot.registries.breakers import Paused
from bot.registries.changes import Changes
from bot.registries.documents import (
    MANIFESTS,
    Config,
    DocumentError,
    Image,
    Index,
    Marks,
    read_config,
    read_manifest,
)
from bot.registries.hosts import Hosts, Location
from bot.registries.keychain import Keychain
from bot.registries.limits import Limits
from bot.registries.tag_lists import TagLists
from bot.registries.transport import Question, Transport, require_registry_error
from bot.runtime import Runtime

Value = TypeVar("Value")

# A version with build metadata, as a chart's tag writes it: 104.1.2_up57.0.3.
_CHART_LIKE = re.compile(r"\d\.\d+\.\d[^_]*_")


@dataclass(frozen=True, slots=True)
class Facts:
    """The immutable content of a digest."""

    platforms: tuple[str, ...]
    marks: Marks
    is_chart: bool = False


class Registries:
    """Every registry that this server may ask. One for the whole process: it remembers digests, logins and silent hosts.

    session: shared, closed by its owner. hosts: where to connect; keychain: with which logins.
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
        self._transport = Transport(session, hosts=hosts, keychain=keychain, runtime=runtime, limits=self._limits)
        self._lists = TagLists(self._transport, runtime=runtime, limits=self._limits)
        self._changes = Changes(self._transport, self._lists, limits=self._limits, digest=self._digest)
        self._facts: LRUCache[str, Facts] = LRUCache(self._limits.remembered)
        self._built: LRUCache[tuple[str, str], Artifact] = LRUCache(self._limits.remembered)
        self._charts: LRUCache[tuple[str, str], bool] = LRUCache(self._limits.remembered)

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        """Return all tags of an image; `Missing(image, None)` where the registry knows no such image."""
        try:
            location = self._locate(image)
        except Temporary as trouble:
            return Unanswered(image, trouble.reason, trouble.again_at)
        seen = await self._lists.read(location)
        if isinstance(seen, Tags):
            return replace(seen, image=image, charts=await self._holds_charts(location, seen.tags))
        return replace(seen, image=image)

    async def poll(self, image: str, tag: str | None) -> News:
        """Return whether the image has other tags than at the last poll; with a tag, whether that points elsewhere."""
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await self._changes.poll(self._locate(image), tag)
        except (Temporary, TimeoutError):
            return News.SILENT

    async def artifact(self, image: str, tag: str) -> Artifact | Missing | Unanswered:
        """Return what a tag or a digest points at now."""
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await self._artifact(image, tag)
        except Temporary as trouble:
            return Unanswered(image, trouble.reason, trouble.again_at, tag)
        except TimeoutError:
            deadline = f"within {self._limits.deadline:g} seconds (`REGISTRY_DEADLINE`)"
            return Unanswered(image, f"no complete answer came {deadline}", None, tag)

    async def artifacts(self, image: str, tags: Iterable[str]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags point at now, in their order. A few are asked at a time."""
        return tuple(await asyncio.gather(*(self.artifact(image, tag) for tag in tags)))

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags of these images point at now, image → tags; sorted by image and tag."""
        asked = [self.artifacts(image, sorted(tags)) for image, tags in sorted(wanted.items())]
        return tuple(chain.from_iterable(await asyncio.gather(*asked)))

    async def built(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags of these images point at, image → tags, to read when they were built.

        Each tag is asked once, and what it said is remembered. Accepted race: a tag that moves is ranked by what it pointed
        at before, until it is forgotten; the newest few are asked afresh in any case.
        """
        pairs = {(image, tag) for image, tags in wanted.items() for tag in tags}
        known = {pair: self._built[pair] for pair in pairs if pair in self._built}
        unknown = {image: frozenset(tag for tag in tags if (image, tag) not in known) for image, tags in wanted.items()}
        seen = await self.observe(unknown)
        for each in seen:
            if isinstance(each, Artifact):
                self._built[each.image, each.tag] = each
        return (*known.values(), *seen)

    def paused(self) -> tuple[Paused, ...]:
        """Return the hosts that are asked nothing now, because they are silent or busy."""
        return self._transport.breakers.paused()

    def _locate(self, image: str) -> Location:
        try:
            return self._hosts.locate(ImageName.parse(image))
        except ImageError as error:
            raise Temporary(str(error)) from None

    async def _holds_charts(self, location: Location, tags: tuple[str, ...]) -> bool:
        """Report whether these tags are Helm charts, after looking at one that could be. Remembered for good.

        Images have tags of that form as well (`1.2.3_amd64`), and there they are not versions.
        """
        like = max((tag for tag in tags if _CHART_LIKE.search(tag)), default=None)
        key = location.host, location.path
        if like is not None and key not in self._charts:
            try:
                async with asyncio.timeout(self._limits.deadline):
                    digest = await self._digest(location, like)
                    self._charts[key] = digest is not None and (await self._looked_up(location, digest)).is_chart
            except (Temporary, TimeoutError):
                return False
        return like is not None and self._charts[key]

    async def _artifact(self, image: str, tag: str) -> Artifact | Missing:
        location = self._locate(image)
        if not (is_tag(tag) or is_digest(tag)):
            raise Temporary(f"{tag[:200]!r} cannot be a tag")
        digest = await self._digest(location, tag)
        if digest is None:
            return Missing(image, tag)
        if is_digest(tag) and digest != tag:
            raise Temporary(
                f"`{location.host}` answered a request for {tag[:19]}… of `{location.path}` with a different digest"
            )
        facts = await self._looked_up(location, digest)
        return Artifact(image, tag, digest, facts.platforms, facts.marks.revision, facts.marks.created)

    async def _digest(self, location: Location, tag: str) -> str | None:
        """Return the digest of the tag, None if the tag does not exist.

        A HEAD need not return the digest, and its 404 has no body that tells a registry's from a proxy's. Then GET
        decides.
        """
        url = location.url("manifests", tag)
        answer = await self._transport.ask(Question(location, "HEAD", url, 0, MANIFESTS))
        digest = answer.headers.get("Docker-Content-Digest", "")
        if answer.status == 200 and is_digest(digest):
            return digest
        answer = await self._transport.ask(Question(location, "GET", url, self._limits.document, MANIFESTS))
        if answer.status == 404:
            require_registry_error(answer, location)
            return None
        digest = answer.headers.get("Docker-Content-Digest", "") or _digest_of(answer.body, "sha256")
        _verified(answer.body, digest, location)
        return digest

    async def _looked_up(self, location: Location, digest: str) -> Facts:
        facts = self._facts.get(digest)
        if facts is None:
            facts = self._facts[digest] = await self._look_up(location, digest)
        return facts

    async def _look_up(self, location: Location, digest: str) -> Facts:
        """Return the facts of a digest: from its manifest and, if that is not enough, from what it refers to."""
        manifest = await self._manifest(location, digest)
        if isinstance(manifest, Image):
            return await self._image(location, manifest)
        platforms, marks = set(manifest.platforms), manifest.marks
        # Children without a platform are rare, and each costs two requests, once.
        for unplaced in manifest.unplaced[: self._limits.children]:
            child = await self._child(location, unplaced)
            platforms.update(child.platforms)
            marks = marks.or_else(child.marks)
        if manifest.child is not None and (marks.revision is None or marks.created is None):
            marks = marks.or_else((await self._child(location, manifest.child)).marks)
        return Facts(tuple(sorted(platforms)), marks)

    async def _child(self, location: Location, digest: str) -> Facts:
        """Return the facts of one image of an index. An index within an index is not followed."""
        facts = self._facts.get(digest)
        if facts is None:
            manifest = await self._manifest(location, digest)
            if isinstance(manifest, Index):
                return Facts((), Marks())
            facts = self._facts[digest] = await self._image(location, manifest)
        return facts

    async def _image(self, location: Location, image: Image) -> Facts:
        config = await self._config(location, image)
        return Facts(tuple(filter(None, [config.platform])), image.marks.or_else(config.marks), image.is_chart)

    async def _manifest(self, location: Location, digest: str) -> Index | Image:
        question = Question(location, "GET", location.url("manifests", digest), self._limits.document, MANIFESTS)
        return _read(read_manifest, await self._content(question, digest), location)

    async def _config(self, location: Location, image: Image) -> Config:
        """Return an image's config; an empty one for any other artifact, which runs on no platform."""
        if image.config is None:
            return Config(None, Marks())
        question = Question(location, "GET", location.url("blobs", image.config), self._limits.config)
        return _read(read_config, await self._content(question, image.config), location)

    async def _content(self, question: Question, digest: str) -> bytes:
        """Return the verified content of a digest. Missing: it was just deleted, or the push is not complete."""
        answer, location = await self._transport.ask(question), question.location
        if answer.status == 404:
            raise Temporary(f"`{location.host}` names {digest[:19]}… in `{location.path}`, but does not have it")
        return _verified(answer.body, digest, location)


def _read(reader: Callable[[bytes], Value], body: bytes, location: Location) -> Value:
    try:
        return reader(body)
    except DocumentError as error:
        raise Temporary(f"what `{location.host}` sent for `{location.path}` {error}") from None


def _digest_of(body: bytes, algorithm: str) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def _verified(body: bytes, digest: str, location: Location) -> bytes:
    if not is_digest(digest) or _digest_of(body, digest.partition(":")[0]) != digest:
        raise Temporary(f"what `{location.host}` sent for `{location.path}` does not match the digest that it names")
    return body
