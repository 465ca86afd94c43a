"""Logins from the standard docker `config.json`: auths, credHelpers and credsStore.

The file is read again whenever a login is needed, so a rotated secret counts without a restart; tokens that are made with it
are remembered elsewhere. Keys may look as Docker, Podman and Kubernetes write them: `host`, `host:443`, `https://host/v1/`,
`host/path`, `*.dkr.ecr.*.amazonaws.com`. The most exact one that fits wins. Reasons name neither secrets nor paths of this
machine, because people read them in pull requests.
https://docs.docker.com/reference/cli/docker/login/#configure-the-credential-store
https://kubernetes.io/docs/concepts/containers/images/#config-json
"""

import asyncio
import base64
import binascii
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.values.errors import Temporary
from bot.registries.breakers import NoAnswer

# Docker Hub's login is stored under the address of its first API, whatever host is contacted.
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})

_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HELPER_OUTPUT = 64 * 1024
_LAST_WORDS = timedelta(seconds=5)
"""How long a killed helper's output may stay open: until a process that left its session ends."""
_LARGEST_FILE = 1024 * 1024
# What helpers put in place of a user name beside an identity token.
_TOKEN_USER = "<token>"  # noqa: S105 -- a marker


@dataclass(frozen=True, slots=True)
class Password:
    """A name and its password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A refresh token, to be exchanged at the registry's token service."""

    token: str = field(repr=False)


Login = Password | IdentityToken
Value = TypeVar("Value")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Entry(_Model):
    auth: str = ""
    username: str = ""
    password: str = Field("", repr=False)
    identity_token: str = Field("", alias="identitytoken", repr=False)

    @property
    def has_secret(self) -> bool:
        """Docker leaves empty entries behind where a credential store has the secret."""
        return bool(self.auth or self.identity_token or self.password)


class _File(_Model):
    auths: dict[str, _Entry] = {}
    helpers: dict[str, str] = Field({}, alias="credHelpers")
    store: str = Field("", alias="credsStore")


class _HelperAnswer(_Model):
    username: str = Field("", alias="Username")
    secret: str = Field("", alias="Secret", repr=False)


class Keychain:
    """The logins of this server. path: of a `config.json`; None, or a file that is not there, means no logins.

    search_path: where helpers are looked for; None for the PATH of the process. seconds: how long a helper may take.
    """

    def __init__(self, path: Path | None, *, search_path: str | None = None, seconds: float = 15.0) -> None:
        self._path = path
        self._search_path = search_path
        self._seconds = seconds
        self._without: dict[str, str] = {}

    def helper_without(self, host: str) -> str:
        """Return the helper that was asked last for this host and had no credentials; '' if none was."""
        return self._without.get(host, "")

    async def login(self, host: str, repository: str) -> Login | None:
        """Return the login for a repository on a host (`ghcr.io`, `localhost:5000`). Raises `Temporary`, `NoAnswer`.

        A helper for this registry counts first, then what the file itself holds, then the store for all others.
        """
        file = await self._read()
        server = _HUB_KEY if host in _HUB_HOSTS else host
        self._without.pop(host, None)
        if helper := _best(file.helpers, host, repository):
            login = await self._ask_helper(helper, server)
            if login is None:
                self._without[host] = f"docker-credential-{helper}"
            return login
        if entry := _best({key: each for key, each in file.auths.items() if each.has_secret}, host, repository):
            return _login_of(entry, host)
        return await self._ask_helper(file.store, server) if file.store else None

    async def _read(self) -> _File:
        if self._path is None:
            return _File()
        loop = asyncio.get_running_loop()
        try:
            content = await loop.run_in_executor(None, _bounded_read, self._path)
        except FileNotFoundError:
            return _File()
        except OSError as error:
            raise Temporary(f"this server cannot read its docker config.json ({error.strerror})") from None
        try:
            return _File.model_validate_json(content)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"][:1])
            raise Temporary(
                f"this server's docker config.json cannot be read{f' at `{place}`' if place else ''};"
                ' expected JSON such as {"auths": {"ghcr.io": {"auth": "…"}}}'
            ) from None

    async def _ask_helper(self, name: str, server: str) -> Login | None:
        """Ask a helper by https://github.com/docker/docker-credential-helpers: server on stdin, JSON on stdout."""
        if not _HELPER.fullmatch(name):
            raise Temporary(
                "this server's docker config.json names a credential helper that cannot be a program's name"
            )
        program = f"docker-credential-{name}"
        environment = None if self._search_path is None else {"PATH": self._search_path}
        try:
            process = await asyncio.create_subprocess_exec(
                program, "get", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
            )
        except OSError as error:
            raise Temporary(f"`{program}`, named in the docker config.json, cannot run ({error.strerror})") from None
        output = await self._converse(process, program, server)
        if process.returncode != 0:
            if b"credentials not found" in output:
                return None
            raise Temporary(f"`{program}` gave no credentials for `{server}` (exit status {process.returncode})")
        try:
            answer = _HelperAnswer.model_validate_json(output)
        except ValidationError:
            raise Temporary(f"`{program}` answered with something other than credentials") from None
        return _made_of(answer.username, answer.secret)

    async def _converse(self, process: Process, program: str, server: str) -> bytes:
        """Return what the helper prints. It is killed if it takes too long or prints too much."""
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None, "both were asked for as pipes"  # noqa: S101, PT018
        try:
            async with asyncio.timeout(self._seconds):
                output = await _exchange(stdin, stdout, f"{server}\n".encode())
                if len(output) <= _HELPER_OUTPUT:
                    await process.wait()
                    return output
        except TimeoutError:
            raise NoAnswer(f"`{program}` did not answer within {self._seconds:g} seconds") from None
        finally:
            if process.returncode is None or not stdout.at_eof():
                await _end(process, stdout)
        raise Temporary(f"`{program}` printed more than credentials")


async def _end(process: Process, stdout: asyncio.StreamReader) -> None:
    """Kill the helper, and what it started.

    asyncio waits for a process until its output is closed, which it does not notice while nobody reads what came:
    https://docs.python.org/3/library/asyncio-subprocess.html#asyncio.subprocess.Process.wait
    """
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS.total_seconds()):
            while await stdout.read(_HELPER_OUTPUT):
                pass
            await process.wait()


async def _exchange(stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader, question: bytes) -> bytes:
    try:
        stdin.write(question)
        await stdin.drain()
        stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # There is no need to ask whether the helper runs: its output decides.
    output = bytearray()
    while len(output) <= _HELPER_OUTPUT and (chunk := await stdout.read(_HELPER_OUTPUT)):
        output += chunk
    return bytes(output)


def _bounded_read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE)


def _canonical(host: str) -> str:
    return "docker.io" if host in _HUB_HOSTS else host


def _host_and_path(key: str) -> tuple[str, str]:
    """Split a key of the file: it may have a scheme, and an API version or a repository as its path."""
    scheme, _, rest = key.lower().rpartition("://")
    host, _, path = rest.partition("/")
    path = path.strip("/")
    port = ":80" if scheme == "http" else ":443"  # a scheme's own port is left out in `host`
    return _canonical(host.removesuffix(port)), "" if path in {"v1", "v2"} else path


def _best(entries: Mapping[str, Value], host: str, repository: str) -> Value | None:
    """Return the entry that matches best: host names before patterns, and of each kind the longest path."""
    host = _canonical(host)
    fitting = [
        (entry_host == host, len(path), entry_host, value)
        for (entry_host, path), value in ((_host_and_path(key), value) for key, value in entries.items())
        if _covers(entry_host, host) and f"{repository}/".startswith(f"{path}/" if path else "")
    ]
    return max(fitting, key=lambda each: each[:3])[3] if fitting else None


def _covers(pattern: str, host: str) -> bool:
    """Report whether a key's host is this one; `*`, `?` and `[a-z]` stand for parts of one label, as in Kubernetes.

    https://kubernetes.io/docs/concepts/containers/images/#config-json
    """
    if pattern == host:
        return True
    labels, wanted = host.split("."), pattern.split(".")
    return len(labels) == len(wanted) and all(map(fnmatchcase, labels, wanted))


def _login_of(entry: _Entry, host: str) -> Login | None:
    if entry.identity_token:
        return IdentityToken(entry.identity_token)
    if not entry.auth:
        return _made_of(entry.username, entry.password)
    try:
        username, _, password = base64.b64decode(entry.auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Temporary(
            f"the entry for `{host}` in this server's docker config.json has an `auth` that is not base64 of name:password"
        ) from None
    return _made_of(username, password)


def _made_of(username: str, secret: str) -> Login | None:
    if username == _TOKEN_USER:
        return IdentityToken(secret)
    return Password(username, secret) if username or secret else None
