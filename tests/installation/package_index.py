"""A package index on this machine, in which every package has a newer release than the lock.

It speaks PEP 503, with the metadata beside each file as in PEP 658, which is what a new pip reads first. The newer release is
well formed, requires the same and contains nothing: only a pip that may choose takes it.
"""

import hashlib
import re
import zipfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from packaging.utils import parse_wheel_filename

NEWER = "9999"
WHEEL = "Wheel-Version: 1.0\nGenerator: gitops-bot\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def add_newer_release(wheel: Path) -> Path:
    """Write the newer release of a wheel beside it, and return its path."""
    name = wheel.name.partition("-")[0]
    newer = wheel.with_name(f"{name}-{NEWER}-py3-none-any.whl")
    metadata = re.sub(r"^Version: .*$", f"Version: {NEWER}", metadata_of(wheel), count=1, flags=re.MULTILINE)
    with zipfile.ZipFile(newer, "w") as archive:
        archive.writestr(f"{name}-{NEWER}.dist-info/METADATA", metadata)
        archive.writestr(f"{name}-{NEWER}.dist-info/WHEEL", WHEEL)
        archive.writestr(f"{name}-{NEWER}.dist-info/RECORD", "")
    return newer


def metadata_of(wheel: Path) -> str:
    """Return the text of METADATA: of the wheel itself, not of what it vendors, as setuptools does."""
    with zipfile.ZipFile(wheel) as archive:
        (member,) = (name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return archive.read(member).decode()


@asynccontextmanager
async def serving(wheels: Iterable[Path]) -> AsyncIterator[str]:
    """Serve these wheels on loopback; yield the URL for PIP_INDEX_URL."""
    files = {wheel.name: wheel for wheel in wheels}
    pages: dict[str, str] = defaultdict(str)
    for name, wheel in files.items():
        pages[parse_wheel_filename(name)[0]] += _link(wheel)

    async def page(request: web.Request) -> web.Response:
        project = request.match_info["project"]
        if project not in pages:
            raise web.HTTPNotFound
        return web.Response(text=f"<!DOCTYPE html><html><body>{pages[project]}</body></html>", content_type="text/html")

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name.endswith(".metadata"):
            return web.Response(text=metadata_of(files[name.removesuffix(".metadata")]))
        return web.FileResponse(files[name])

    application = web.Application()
    application.add_routes([web.get("/simple/{project}/", page), web.get("/files/{name}", file)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/simple"
    finally:
        await runner.cleanup()


def _link(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    metadata = hashlib.sha256(metadata_of(wheel).encode()).hexdigest()
    return (
        f'<a href="/files/{wheel.name}#sha256={digest}" data-core-metadata="sha256={metadata}" '
        f'data-dist-info-metadata="sha256={metadata}">{wheel.name}</a><br>'
    )
