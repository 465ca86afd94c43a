"""Which files a survey for a proposed policy reads."""

from bot.core.observation.sweep import Sweep
from bot.core.repository.other_pull_requests import Proposal
from bot.core.repository.survey import MOST_FOLDERS, Surveyed, files_of, folders_of, to_survey, written_policies
from tests.builders import environment_state, state, sweep, swept_pull
from tests.core.policy.fleet.fleets import FLEET, discovered, folders

LISTED = "applications: {web: {image: web}}\nenvironments: {dev: {path: 'dev/{application}', from: registry}}\n"


def proposal(head: str, text: str = FLEET, *, changes_it: bool = True, unread: str = "") -> Proposal:
    return Proposal(head, changes_it=changes_it, files={".gitops.yml": text} if text else {}, unread=unread)


def seen(*names: str) -> Sweep:
    places = [f"envs/{where}" for where in ("dev", "staging", "prod")]
    return sweep(
        entries={place: dict.fromkeys(names, "oid") for place in places},
        folders={place: frozenset(names) for place in places},
        pulls=(swept_pull(head_oid="fork", is_cross_repository=True),),
    )


def test_only_valid_policies_with_rules_of_this_repository_are_surveyed() -> None:
    proposals = (
        proposal("good"),
        proposal("fork"),
        proposal("listed", LISTED),
        proposal("broken", "applications: 3"),
        proposal("same", changes_it=False),
        proposal("gone", ""),
        proposal("unread", unread="it is too large"),
    )
    found = written_policies(proposals, seen())

    assert list(found) == ["good"]
    assert folders_of(found.values()) == ("envs/dev", "envs/staging", "envs/prod")
    assert len(folders_of(found.values())) <= MOST_FOLDERS


def test_what_nobody_has_looked_at() -> None:
    there = discovered(FLEET, *folders("billing", "cart", "shop")).policy
    states = {"cart": state(environment_state("dev"), application="cart")}
    (shop,) = to_survey(
        written_policies((proposal("good"),), seen())["good"], seen("billing", "cart", "shop"), there, states
    )

    assert (shop.application, shop.images) == ("shop", frozenset({"ghcr.io/acme/shop"}))
    assert shop.paths == (("envs/dev/shop",), ("envs/staging/shop",), ("envs/prod/shop",))


def test_the_files_in_its_places() -> None:
    shop = Surveyed("shop", frozenset(), (("envs/dev/shop",), ("live/*/shop", "!live/old/**")))
    cart = Surveyed("cart", frozenset(), (("cart.yaml",), ("envs/dev/shop/cart",)))
    files = [
        "cart.yaml",
        "envs/dev/shop/a.yaml",
        "envs/dev/shop/cart/b.json",
        "envs/dev/shop/x.md",
        "live/eu/shop/c.yml",
        "live/old/shop/d.yml",
        "x.yaml",
    ]

    assert files_of([shop, cart], files) == {
        "shop": ("envs/dev/shop/a.yaml", "envs/dev/shop/cart/b.json", "live/eu/shop/c.yml"),
        "cart": ("cart.yaml", "envs/dev/shop/cart/b.json"),
    }
