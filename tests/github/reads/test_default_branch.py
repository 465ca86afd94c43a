"""When a look has to be repeated because the default branch is another one than it was thought to be."""

from typing import Any

import pytest

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.github.reads.observe import _asked_by_another_base

DEV = EnvironmentNeeds("dev", folder="envs/dev", texts=False, files=())


def seen(*bases: str, default: str = "trunk") -> dict[str, Any]:
    pulls = {"associatedPullRequests": {"nodes": [{"baseRefName": base} for base in bases]}}
    return {"defaultBranchRef": {"name": default}, "e0_h0_ref": pulls}


@pytest.mark.parametrize(
    ("base", "bases", "again"),
    [
        ("trunk", ("trunk",), False),
        ("trunk", ("release",), False),
        ("main", ("trunk",), True),
        ("main", (), True),
        (None, (), False),
        (None, ("trunk",), False),
        (None, ("trunk", "trunk"), False),
        (None, ("release",), True),
        (None, ("trunk", "release"), True),
    ],
)
def test_the_default_branch_of_the_last_look(base: str | None, bases: tuple[str, ...], again: bool) -> None:  # noqa: FBT001 -- a table
    needs = Needs("acme/deploy", "web", (DEV,))
    assert _asked_by_another_base(seen(*bases), base, needs) is again
    assert _asked_by_another_base(seen(*bases), base, Needs("acme/deploy", "web", ())) is False
