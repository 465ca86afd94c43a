"""What a proposed policy is said to find."""

from bot.core.repository.fleet_report import MOST_NAMED, found
from bot.core.state import State
from tests.builders import application, environment_state, policy, state
from tests.core.policy.fleet.fleets import FLEET, discovered, folders

LEGACY = folders("legacy-a")


def seen(name: str, *, refers: bool = True) -> State:
    return state(environment_state("dev", "v1" if refers else None), application=name)


def test_how_many_applications_and_folders_without_a_reference() -> None:
    there = discovered(FLEET, *folders("billing", "cart", "docs", "shop"), *LEGACY)
    states = {"cart": seen("cart"), "docs": seen("docs", refers=False), "shop": seen("shop")}
    said = found(there, there.policy, states)

    assert said.headline == "finds 3 applications, 1 folder without a reference to its image"
    assert said.page == "**Without a reference to their image, so not applications:** `docs`"
    assert said.problems == ()


def test_what_was_not_looked_at_yet() -> None:
    there = discovered(FLEET, *folders("billing", "cart", "shop"), *LEGACY)
    others = policy(applications=[application("cart"), application("shop", images=["acme/other"])])
    said = found(there, others, {"shop": seen("shop")})

    assert said.headline == "finds 3 applications, 2 of them not looked at yet"
    assert said.page == "**Looked at once this is merged:** `cart`, `shop`"
    assert found(there, None, {"shop": seen("shop")}).headline == said.headline


def test_many_are_named_in_part_and_warnings_are_counted() -> None:
    names = [f"a{number:03}" for number in range(MOST_NAMED + 5)]
    there = discovered(FLEET, *folders("billing", *names))
    said = found(there, there.policy, {name: seen(name, refers=False) for name in names})

    assert said.headline == "finds 1 application, 55 folders without a reference to their image, 1 warning"
    assert "`a049` and 5 more" in said.page
    assert "- `.gitops.yml:10:18` 'legacy-\\*' excepts nothing" in said.page


def test_a_policy_that_lists_everything_finds_nothing() -> None:
    there = discovered("applications: {web: {image: web}}\nenvironments: {dev: {path: dev, from: registry}}\n")

    assert found(there, there.policy, {}).headline == ""
