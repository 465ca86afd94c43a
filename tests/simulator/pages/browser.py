"""Debian's Chromium without a window, spoken to in its own protocol: enough to open a page, press and look.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import base64
import itertools
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

PROGRAM = "chromium"
PATIENCE = 30
"""Seconds: a cold start on a busy machine takes several."""


class BrowserMissingError(Exception):
    """There is no Chromium on this machine."""

    def __init__(self) -> None:
        super().__init__(
            f"The program {PROGRAM} was not found, and these tests look at the pages in a real browser. "
            "On Debian: apt-get install --no-install-recommends chromium fonts-dejavu-core"
        )


class Tab:
    """One page in the browser. `complaints` is what it logged: refused scripts and styles, errors, missing files."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def listen(self) -> None:
        """Take what the browser says, until it ends."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif said["method"] == "Log.entryAdded":
                self.complaints.append(said["params"]["entry"]["text"])
            elif said["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(said["params"]["exceptionDetails"]))

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        if "error" in answer:
            raise AssertionError(f"{method} {parameters}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    async def press(self, selector: str) -> None:
        """Press something that leads to a page, and wait until it is loaded."""
        self._loaded.clear()
        await self.run(f"document.querySelector({selector!r}).click()")
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def until(self, script: str) -> None:
        """Wait until an expression holds."""
        async with asyncio.timeout(PATIENCE):
            while not await self.run(script):  # noqa: ASYNC110 -- what is waited for is in another program
                await asyncio.sleep(0.05)

    async def size(self, width: int, height: int) -> None:
        """As if the screen were this large, in CSS pixels."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    async def prefer(self, scheme: str) -> None:
        """As if the reader preferred `light` or `dark`."""
        await self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def picture(self) -> bytes:
        """What can be seen, as PNG."""
        return base64.b64decode((await self.send("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Tab]:
    """A browser with one empty page; it keeps what it must in `folder`, and is ended with all its processes."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise BrowserMissingError
    process = await asyncio.create_subprocess_exec(
        program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        port = await _port(process, folder / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            address = next(one["webSocketDebuggerUrl"] for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                for domain in ("Page", "Runtime", "Log"):
                    await tab.send(f"{domain}.enable")
                yield tab
                listening.cancel()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _port(process: asyncio.subprocess.Process, file: Path) -> str:
    """Chromium writes the port it took, and a path, when it is ready."""
    async with asyncio.timeout(PATIENCE):
        while not (lines := _lines(file)):
            if process.returncode is not None:
                raise AssertionError(f"{PROGRAM} ended with {process.returncode} at once; run it by hand to see why")
            await asyncio.sleep(0.05)
    return lines[0]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    """Yield a browser's page; without a browser the test fails."""
    try:
        async with browsing(tmp_path / "browser") as found:
            yield found
    except BrowserMissingError as missing:
        pytest.fail(str(missing))
