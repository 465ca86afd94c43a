"""Debian's docker-registry (CNCF Distribution), started for a test on a free loopback port with a password and a hook."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.simulator.registry.store import Store

USER, PASSWORD = "bot", "s3cret"
LOGIN = aiohttp.encode_basic_auth(USER, PASSWORD)
PACKAGES = {"docker-registry": "docker-registry", "skopeo": "skopeo", "htpasswd": "apache2-utils"}


@dataclass(frozen=True, slots=True)
class DockerRegistry:
    """host: `127.0.0.1:PORT`."""

    host: str

    async def push(self, session: aiohttp.ClientSession, store: Store, repository: str, reference: str) -> str:
        """Push what a simulated registry holds under this tag or digest, over the HTTP API; its digest."""
        base, login = f"http://{self.host}/v2/{repository}", {"Authorization": LOGIN}
        manifest = store.manifest(repository, reference)
        document = json.loads(manifest.body)
        for child in document.get("manifests", ()):
            await self.push(session, store, repository, child["digest"])
        for part in (*document.get("layers", ()), *filter(None, [document.get("config")])):
            async with session.post(f"{base}/blobs/uploads/", headers=login) as opened:
                assert opened.status == 202, await opened.text()
                upload = URL(opened.headers["Location"]).extend_query(digest=part["digest"])
            body = store.blob(repository, part["digest"])
            async with session.put(upload, data=body, headers=login) as answer:
                assert answer.status == 201, await answer.text()
        headers = login | {"Content-Type": manifest.media_type}
        url = f"{base}/manifests/{reference}"
        async with session.put(url, data=manifest.body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return answer.headers["Docker-Content-Digest"]

    async def delete(self, session: aiohttp.ClientSession, repository: str, digest: str) -> None:
        url = f"http://{self.host}/v2/{repository}/manifests/{digest}"
        async with session.delete(url, headers={"Authorization": LOGIN}) as answer:
            assert answer.status == 202, await answer.text()


def need_packages() -> None:
    """Fail, rather than skip: whoever asks for these tests wants them to run."""
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if missing:
        pytest.fail(f"these tests need Debian's packages; run: apt-get install -y {' '.join(missing)}", pytrace=False)


@asynccontextmanager
async def docker_registry(folder: Path, hook: str, secret: str) -> AsyncIterator[DockerRegistry]:
    """Run it. Notifications go to the hook with the secret in the Authorization header."""
    need_packages()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "htpasswd").write_text(await run("htpasswd", "-Bbn", USER, PASSWORD))
    (folder / "config.yml").write_text(json.dumps(_config(folder, host, hook, secret)))
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "docker-registry", "serve", str(folder / "config.yml"), stdout=log, stderr=log
        )
        try:
            if not await _listening(host, process):
                pytest.fail(f"docker-registry does not listen; it says:\n{(folder / 'log').read_text()[-2000:]}")
            yield DockerRegistry(host)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _config(folder: Path, host: str, hook: str, secret: str) -> dict[str, object]:
    """JSON is YAML. Events are those of a default installation, blobs and pulls included."""
    endpoint = {
        "name": "bot",
        "url": hook,
        "headers": {"Authorization": [f"Bearer {secret}"]},
        "timeout": "1s",
        "threshold": 3,
        "backoff": "100ms",
    }
    return {
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
        "http": {"addr": host},
        "auth": {"htpasswd": {"realm": "basic-realm", "path": str(folder / "htpasswd")}},
        "notifications": {"endpoints": [endpoint]},
    }


async def _listening(host: str, process: asyncio.subprocess.Process) -> bool:
    """Wait until it accepts connections; False if it ended, or needs more than ten seconds."""
    name, port = host.split(":")
    for _ in range(200):
        if process.returncode is not None:
            return False
        try:
            _, writer = await asyncio.open_connection(name, int(port))
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return True
    return False


async def run(program: str, *arguments: str) -> str:
    """Run a program that must succeed; return what it printed."""
    need_packages()
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
