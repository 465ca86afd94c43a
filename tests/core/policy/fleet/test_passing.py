"""Where versions come from if an application does not use some environments."""

from typing import Any

import pytest

from bot.core.policy import OriginKind
from bot.core.policy.fleet.passing import NOWHERE, passed_through
from tests.builders import environment

EVERYWHERE = {
    each.name: each
    for each in (
        environment("dev"),
        environment("qa"),
        environment("eu", "dev"),
        environment("us", ["dev", "qa"]),
        environment("canary", {"any": ["eu", "us"]}),
        environment("global", ["eu", "us"]),
        environment("edge", "canary"),
        environment("mirror", ["canary", "dev"]),
    )
}


@pytest.mark.parametrize(
    ("name", "unused", "expected"),
    [
        ("eu", "", "all dev"),
        ("eu", "dev", "registry"),
        ("us", "dev", "all qa"),
        ("us", "dev qa", "registry"),
        ("global", "us", "all eu"),
        ("global", "eu us", "all dev qa"),
        ("global", "eu us qa", "all dev"),
        ("global", "eu us dev qa", "registry"),
        ("canary", "eu", "any us"),
        ("canary", "eu us", "any dev qa"),
        ("edge", "canary", "any eu us"),
        ("edge", "canary us", "any eu"),
        ("edge", "canary eu us", "any dev qa"),
        ("mirror", "canary", "all dev"),
        ("mirror", "canary dev", "any eu us"),
    ],
)
def test_versions_pass_through(name: str, unused: str, expected: str) -> None:
    origin = passed_through(EVERYWHERE, unused.split())[name].origin

    assert " ".join([origin.kind.value, *origin.environments]) == expected


def test_what_nothing_is_left_of_comes_from_where_the_caller_says() -> None:
    found = passed_through(EVERYWHERE, ["dev"], last=NOWHERE)

    assert found["eu"].origin == NOWHERE
    assert found["us"].origin.environments == ("qa",)
    assert found["qa"].origin.kind is OriginKind.REGISTRY, "that is its own origin"


def test_what_is_not_used_is_not_there() -> None:
    found: dict[str, Any] = passed_through(EVERYWHERE, ["dev"])

    assert list(found) == [name for name in EVERYWHERE if name != "dev"]
    assert found["qa"] is EVERYWHERE["qa"], "what does not change is kept"
