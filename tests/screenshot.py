"""Take the README's picture: the pull request of a promotion in the demo.

    python -m tests.screenshot docs/promotion.png

The bot is the real one and the world is the demo's, so the picture shows today's texts. Its clock makes the result repeatable:
the same program, browser and fonts give the same bytes. The fonts are Debian's fonts-dejavu-core and fonts-noto-color-emoji.
"""

import asyncio
import logging
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bot.cli.demo.opening import stage
from bot.cli.demo.setting import TEAM
from bot.cli.demo.stage import Stage
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.pages import pages
from tests.simulator.pages.browser import BrowserMissingError, Tab, browsing

WIDTH = 840
"""CSS pixels: about the width at which GitHub shows a README."""
END = "Math.ceil(document.querySelector('#checks').getBoundingClientRect().bottom) + 16"
"""Where the picture ends: the description, the status comment and the checks are in it; the diff is not."""
MOST = 150_000
"""Bytes: every clone carries the picture, and every reader of the README downloads it."""
CHANGES = {
    "Cart: keep the discount code after a reload": "dana",
    "Checkout: retry a payment that timed out": "erin",
}
"""Commits between the two versions, with their authors."""


async def waiting_for_approval(world: Stage) -> PullRequest:
    """Promote v1.5.0 to `staging` and return its pull request to `prod`, which lacks only an approval."""
    for number, (message, author) in enumerate(CHANGES.items()):
        world.source.commit_files({f"change-{number}": message}, by=world.person(author), message=message)
    world.release("v1.5.0")
    await world.settle()
    await merged(world, "dev")
    world.sync("dev")
    await world.advance(timedelta(minutes=31))
    await merged(world, "staging")
    world.sync("staging")
    await world.advance(timedelta(minutes=61))
    world.comment(promotion(world, "staging").number, "/promote prod", by="dana")
    await world.settle()
    pull = promotion(world, "prod")
    world.validate(pull)
    await world.settle()
    return pull


async def merged(world: Stage, environment: str) -> None:
    """Let the manifests repository's own check pass on a promotion, which the bot then merges."""
    pull = promotion(world, environment)
    world.validate(pull)
    await world.settle()
    if pull.merged_at is None:
        raise AssertionError(f"#{pull.number} is not merged: {world.verdict(pull)}")


def promotion(world: Stage, environment: str) -> PullRequest:
    """Return the promotion to an environment, which must exist."""
    pull = world.promotion(environment)
    if pull is None:
        raise AssertionError(f"no promotion to {environment} was opened")
    return pull


async def photograph(tab: Tab, url: str) -> bytes:
    """Return the page down to its checks, as PNG."""
    await tab.prefer("light")
    await tab.send("Emulation.setScrollbarsHidden", hidden=True)
    await tab.size(WIDTH, 600)
    await tab.open(url)
    await tab.size(WIDTH, await tab.run(END))
    return await tab.picture()


async def take(file: Path) -> None:
    """Build the world, take the picture and write it."""
    with tempfile.TemporaryDirectory(prefix="gitops-bot-browser-") as folder:
        async with stage(TEAM, pages=pages) as world, browsing(Path(folder)) as tab:
            pull = await waiting_for_approval(world)
            picture = await photograph(tab, f"{world.hub.url}/{world.manifests.full_name}/pull/{pull.number}")
    if len(picture) > MOST:
        raise AssertionError(f"the picture has {len(picture)} bytes, the limit is {MOST}: show less of the page")
    await asyncio.get_running_loop().run_in_executor(None, file.write_bytes, picture)
    sys.stdout.write(f"{file}: {len(picture)} bytes\n")


def main(arguments: list[str]) -> int:
    """Return the exit status: 2 without a browser."""
    (name,) = arguments
    logging.getLogger("bot").setLevel(logging.ERROR)
    try:
        asyncio.run(take(Path(name)))
    except BrowserMissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
