"""What the web application is given shows no secret where it is logged or printed."""

from pathlib import Path

from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime
from bot.web.api import Api
from bot.web.parts import Parts, RegistryHook
from tests.web.server import NO_REGISTRIES, SECRET, Registries, route_github


def test_a_hook_shows_neither_the_secret_of_its_path_nor_its_headers() -> None:
    hook = RegistryHook("quay", SECRET, None, {"Authorization": f"Bearer {SECRET}"})
    assert SECRET not in repr(hook)
    assert "quay" in repr(hook)


async def test_the_parts_do_not_show_the_secret_of_github(tmp_path: Path) -> None:
    queue = await SqliteQueue.open(tmp_path / "queue.sqlite3", runtime=system_runtime())
    parts = Parts(
        queue=queue,
        github_secret=SECRET,
        route_github=route_github,
        registries=Registries(),
        api=Api(queue, tokens=(SECRET,), repositories=tuple, missing=tuple, registries=lambda: NO_REGISTRIES),
        missing=tuple,
        passes=dict,
        now=system_runtime().now,
        new_id=system_runtime().new_id,
    )
    assert SECRET not in repr(parts)
    await queue.close()
