"""What a recursive listing says of folders that it does not show."""

from typing import Any

import pytest

from bot.github.parsing.files import listing

TREE = "a" * 40


def entry(name: str, kind: str = "blob", **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "oid": "b" * 40, "mode": 0o100644, **fields}


@pytest.mark.parametrize(
    ("shown", "deeper"),
    [
        ({"entries": []}, False),
        ({"entries": [entry("c.yaml")]}, False),
        ({}, True),
        (None, True),
    ],
    ids=["empty", "one file", "not asked for", "no answer"],
)
def test_a_folder_that_is_not_shown_leaves_more_to_list(shown: dict[str, Any] | None, deeper: bool) -> None:  # noqa: FBT001 -- a table
    entries = [entry("a.yaml"), entry("folder", "tree", object=shown), entry("z.yaml")]
    found = listing("envs", {"oid": TREE, "entries": entries})
    assert found is not None
    assert found.deeper is deeper
    assert [each.path for each in found.files][:1] == ["envs/a.yaml"]


def test_a_folder_that_is_not_there() -> None:
    assert listing("envs", None) is None
    assert listing("envs", {"oid": TREE}) is None
