"""git over HTTP: clone, fetch and push through `git http-backend`, the CGI program that comes with git.

A push is checked against branch protection before git accepts it. Afterwards the model learns what the push changed.
https://git-scm.com/docs/git-http-backend
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.access.rules import check_push
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused

RECEIVE, UPLOAD = "git-receive-pack", "git-upload-pack"
PATHS = ("info/refs", RECEIVE, UPLOAD)
FLUSH = b"0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequest:
    """A request below `/owner/name.git/`. `rest` is the remaining path; `service` the git service."""

    method: str
    repository: str
    rest: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    caller: Caller

    @property
    def service(self) -> str:
        asked = self.query.partition("service=")[2].partition("&")[0]
        return asked if self.rest == "info/refs" else self.rest


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """The answer that the server sends."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RefCommand:
    """One command of a push: move `ref` from `before` to `after`. The zero id means create or delete."""

    before: str
    after: str
    ref: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Why a push refuses one ref: the reason next to its name, and the remote's message above."""

    reason: str
    said: tuple[str, ...]


def split_path(path: str) -> tuple[str, str] | None:
    """Split `/acme/web.git/info/refs` into (`acme/web`, `info/refs`); None if it is not a git path.

    `.git` is optional.
    """
    for rest in PATHS:
        if path.endswith(f"/{rest}"):
            name = path[1 : -len(rest) - 1].removesuffix(".git")
            return (name, rest) if name.count("/") == 1 else None
    return None


async def answer(github: GitHub, request: GitRequest) -> GitAnswer:
    """Serve one request of git's smart protocol."""
    github.finish_background_work()
    repository = github.find_repository(request.repository)
    pushing = request.service == RECEIVE
    denied = _denied(request.caller, repository, pushing=pushing)
    if denied is not None or repository is None:
        return denied or _text(404, "Repository not found.")
    if request.rest != RECEIVE:
        return await _backend(repository, request)
    return await _push(repository, request)


def _denied(caller: Caller, repository: Repository | None, *, pushing: bool) -> GitAnswer | None:
    """Return the refusal, if any. git first asks without credentials, and again with them after a 401."""
    known = caller.actor is not None
    if repository is None or not caller.sees(repository):
        return _text(404, "Repository not found.") if known else _challenge()
    if caller.allows(repository, "contents", Access.WRITE if pushing else Access.READ):
        return None
    if not known:
        return _challenge()
    return _text(
        403, f"Permission to {repository.full_name}.git denied to {caller.actor.login if caller.actor else ''}."
    )


async def _push(repository: Repository, request: GitRequest) -> GitAnswer:
    commands, capabilities, pack = parse_push(request.body)
    actor = request.caller.actor
    if actor is None:
        return _challenge()
    if pack:
        await _index(repository, pack)  # so that its commits can be checked before the push is accepted
    refusals = {}
    for command in commands:
        try:
            check_push(repository, command.ref, before=command.before, after=command.after, by=actor)
        except Refused as refused:
            refusals[command.ref] = _declining(command.ref, refused)
    if refusals:
        return _declined(commands, capabilities, refusals)
    seen = repository.refs_seen()
    served = await _backend(repository, request)
    repository.receive(seen, by=actor)
    return served


def parse_push(body: bytes) -> tuple[list[RefCommand], str, bytes]:
    """Return the commands, the capabilities and the pack of a push.

    https://git-scm.com/docs/pack-protocol#_reference_update_request_and_packfile_transfer
    """
    commands: list[RefCommand] = []
    capabilities, position = "", 0
    while (length := int(body[position : position + 4] or b"0", 16)) > 4:
        line = body[position + 4 : position + length].decode()
        command, _, listed = line.partition("\0")
        capabilities = capabilities or listed.strip()
        before, after, ref = command.strip().split(" ", 2)
        commands.append(RefCommand(before, after, ref))
        position += length
    return commands, capabilities, body[position + 4 :]


def _declining(ref: str, refused: Refused) -> Declined:
    """Word a refusal of protection as git shows it; other refusals are their own reason.

    Classic rule: https://github.com/SharezoneApp/sharezone-app/pull/605. Ruleset:
    https://github.com/vercel/sandbox/pull/169.
    """
    if refused.reason is not Reason.PROTECTED:
        return Declined(refused.message, ())
    title, _, rules = refused.rest_message.partition("\n\n")
    if rules:
        listed = rules.strip().split("\n")
        return Declined(
            "push declined due to repository rule violations",
            (f"error: GH013: {title} for {ref}.", "", f"- {listed[0]}", *(f"  {line}" for line in listed[1:])),
        )
    return Declined(
        "protected branch hook declined",
        (f"error: GH006: Protected branch update failed for {ref}.", f"error: {refused.rest_message}"),
    )


def _declined(commands: list[RefCommand], capabilities: str, refusals: Mapping[str, Declined]) -> GitAnswer:
    """Report all refs as refused: GitHub's pre-receive hook declines a push as a whole."""
    report = [_packet(b"unpack ok\n")]
    for command in commands:
        found = refusals.get(command.ref)
        report.append(_packet(f"ng {command.ref} {found.reason if found else 'pre-receive hook declined'}\n".encode()))
    body = b"".join(report) + FLUSH
    if "side-band-64k" in capabilities.split():
        said = "".join(f"{line}\n" for found in refusals.values() for line in found.said).encode()
        body = (_packet(b"\x02" + said) if said else b"") + _packet(b"\x01" + body) + FLUSH
    headers = {"Content-Type": f"application/x-{RECEIVE}-result", "Cache-Control": "no-cache"}
    return GitAnswer(200, headers, body)


def _packet(content: bytes) -> bytes:
    return f"{len(content) + 4:04x}".encode() + content


async def _index(repository: Repository, pack: bytes) -> None:
    """Store a pack's objects. If the push is declined, they remain unreachable, which does no harm."""
    process = await asyncio.create_subprocess_exec(
        "git", "-C", str(repository.store.path), "index-pack", "--stdin", "--fix-thin",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.communicate(pack)


async def _backend(repository: Repository, request: GitRequest) -> GitAnswer:
    path = repository.store.path
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_PROJECT_ROOT": str(path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path.name}/{request.rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REMOTE_USER": request.caller.actor.login if request.caller.actor else "",
        # The user's git configuration must not change the simulator.
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend",
        env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, said = await process.communicate(request.body)
    # For an unknown object, git answers "not our ref" as it should, and then exits with an error.
    if process.returncode and b"\r\n\r\n" not in output:
        return _text(500, said.decode("utf-8", "replace"))
    return _parse_cgi(output)


def _parse_cgi(output: bytes) -> GitAnswer:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return GitAnswer(status, headers, body)


def _challenge() -> GitAnswer:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}
    return GitAnswer(401, headers, b"Authentication required\n")


def _text(status: int, message: str) -> GitAnswer:
    return GitAnswer(status, {"Content-Type": "text/plain"}, f"{message}\n".encode())
