"""The new text of each reference."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.promotion.edits import edits_for, writes
from bot.core.values.places import Edit
from tests.builders import (
    WEB,
    application,
    digest,
    environment,
    environment_state,
    place,
    policy,
    question,
    refusal,
    state,
    version,
)

OLD, NEW = digest("old"), digest("new")


def edit(
    *, tag: str | None = "v1.4.0", old: str | None = None, write: str = "tag", new: str | None = NEW
) -> tuple[str | None, str | None] | None:
    """Tag and digest that are written, None where nothing can be."""
    here = environment_state("dev", places=(place(tag, digest=old),))
    rules = policy(environment(), applications=[application(versions={"write": write})])
    found = edits_for(question(version("v1.5.0", digest=new), policy=rules, state=state(here)))
    return (found[0].tag, found[0].digest) if found else None


@pytest.mark.parametrize(
    ("present", "write", "expected"),
    [
        ({"tag": "v1.4.0"}, "tag", ("v1.5.0", None)),
        ({"tag": "v1.4.0"}, "tag+digest", ("v1.5.0", NEW)),
        ({"tag": "v1.4.0"}, "digest", ("v1.5.0", NEW)),
        # A new tag beside an old digest would deploy the old image.
        ({"tag": "v1.4.0", "old": OLD}, "tag", ("v1.5.0", NEW)),
        ({"tag": None, "old": OLD}, "tag", ("v1.5.0", NEW)),
        ({"tag": None, "old": OLD}, "digest", (None, NEW)),
        ({"tag": None, "old": OLD}, "tag+digest", ("v1.5.0", NEW)),
    ],
)
def test_references_are_written_in_the_policys_form(
    present: dict[str, Any], write: str, expected: tuple[str | None, str | None]
) -> None:
    assert edit(**present, write=write) == expected


@pytest.mark.parametrize(
    ("present", "write", "expected"),
    [
        ({"tag": "v1.4.0"}, "tag", ("v1.5.0", None)),
        ({"tag": "v1.4.0"}, "tag+digest", None),
        ({"tag": "v1.4.0", "old": OLD}, "tag", None),
    ],
)
def test_without_a_needed_digest_nothing_is_written(present: Any, write: str, expected: Any) -> None:
    assert edit(**present, write=write, new=None) == expected


def test_edits_are_made_for_all_references_or_none() -> None:
    worker = place("v1.4.0", path="envs/dev/web/worker.yaml", image="ghcr.io/acme/worker", digest=OLD)
    here = environment_state("dev", places=(place("v1.4.0"), worker))

    assert edits_for(question(version("v1.5.0", digest=NEW), state=state(here))) == ()


FILE = "envs/{environment}/web/deployment.yaml"


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], NEW),
        ([{"file": FILE, "path": "spec.image", "write": "tag"}], None),
        ([{"file": FILE, "path": "spec.other", "write": "tag"}], NEW),
        ([{"file": "other.yaml", "path": "spec.image", "write": "tag"}], NEW),
    ],
)
def test_a_scalar_named_by_the_policy_is_written_in_its_form(edits: Any, expected: str | None) -> None:
    assert written(edits, entry="spec.image") == ("v1.5.0", expected)


@pytest.mark.parametrize("path", ["images[0].newTag", "containers[name=web].image", r"data.web\.tag"])
def test_key_paths_are_compared_as_they_are_written_in_the_policy(path: str) -> None:
    others = [{"file": FILE, "path": other} for other in ("images[1].newTag", "containers[name=api].image", "data.web")]

    assert written([*others, {"file": FILE, "path": path, "write": "digest"}], entry=path) == ("v1.5.0", NEW)
    assert written([*others, {"file": FILE, "path": path, "write": "tag"}], entry=path) == ("v1.5.0", None)


def test_a_scalar_found_by_searching_is_not_an_entry() -> None:
    assert written([{"file": FILE, "path": "spec.image", "write": "tag"}], entry=None) == ("v1.5.0", NEW)


def written(edits: Any, *, entry: str | None) -> tuple[str | None, str | None]:
    """What is written where an application writes `tag+digest`, at the place of an entry."""
    rules = policy(environment(), applications=[application(versions={"write": "tag+digest"}, edit=edits)])
    here = environment_state("dev", places=(replace(place("v1.4.0"), entry=entry),))
    (found,) = edits_for(question(version("v1.5.0", digest=NEW), policy=rules, state=state(here)))
    return found.tag, found.digest


@pytest.mark.parametrize(
    "here",
    [
        environment_state("dev", refusals=(refusal(),)),
        environment_state("dev", version=None),
        environment_state("dev", None),
    ],
)
def test_with_an_unreadable_reference_nothing_is_written(here: Any) -> None:
    assert edits_for(question(state=state(here))) == ()


def test_an_edit_without_effect_is_recognised() -> None:
    held = place("v1.4.0", digest=OLD, image=WEB)

    assert writes(Edit(held, tag="v1.5.0", digest=None))
    assert writes(Edit(held, tag=None, digest=NEW))
    assert not writes(Edit(held, tag="v1.4.0", digest=OLD))
    assert not writes(Edit(held, tag=None, digest=None))
