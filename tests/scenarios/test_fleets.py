"""Applications that nobody listed: each folder is one, each runs where its manifests are, and some differ."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.world import TEAM, Setting, World, a_world, seen

POLICY = """\
version: 1
defaults:
  application:
    image: ghcr.io/acme/{application}
    versions: {semver: '>=1.0.0'}
  environment:
    path: envs/{environment}/{application}
applications:
  '*': {except: [legacy-*]}
environments:
  dev: {from: registry}
  staging: {from: dev}
  prod: {from: staging}
"""
PLACES = ("dev", "staging", "prod")


def manifest(name: str, tag: str = "v1.0.0") -> str:
    return f"spec: {{template: {{spec: {{containers: [{{name: {name}, image: 'ghcr.io/acme/{name}:{tag}'}}]}}}}}}\n"


def folders(*names: str, environments: tuple[str, ...] = PLACES) -> dict[str, str]:
    return {f"envs/{where}/{name}/deployment.yaml": manifest(name) for name in names for where in environments}


def fleet(files: dict[str, str], *names: str, policy: str = POLICY) -> Setting:
    """A repository with these files, and images of these names at v1.0.0."""
    return replace(
        TEAM,
        files={".gitops.yml": policy, "README.md": "# Fleet\n", **files},
        others={f"acme/{name}": ("v1.0.0",) for name in names},
    )


async def propose(world: World, policy: str) -> tuple[str, str]:
    """The title and the page of the check run on a pull request that changes the policy."""
    repository, person = world.stage.manifests, world.stage.person("alice")
    branch = f"policy-{len(repository.pulls)}"
    repository.create_branch(branch, by=person)
    repository.commit_files({".gitops.yml": policy}, by=person, branch=branch, message="Policy")
    pull = repository.open_pull(PullDraft(title="Policy", body="", base="main", head=branch), by=person)
    await world.settle()
    run = next(run for run in repository.checks.latest_runs(pull.head_oid) if run.name == "gitops/policy")
    return run.output.title or "", run.output.summary or ""


def moves(world: World) -> list[str]:
    """The promotions that were opened, merged or closed, without what was recorded."""
    return [line for line in world.actions() if not line.startswith("recorded")]


async def test_a_folder_is_an_application_that_no_policy_lists() -> None:
    async with a_world(fleet(folders("cart", "shop"), "cart", "shop")) as world:
        await world.push_other("acme/cart", "v1.1.0")
        for place in PLACES:
            await world.validate(place, application="cart")

        assert moves(world) == [
            "opened dev: cart v1.0.0 → v1.1.0",
            "merged dev",
            "opened staging: cart v1.0.0 → v1.1.0",
            "merged staging",
            "opened prod: cart v1.0.0 → v1.1.0",
            "merged prod",
        ]


async def test_a_new_folder_is_a_new_application_at_the_cost_of_one_look() -> None:
    async with a_world(fleet(folders("cart", "shop"), "cart", "shop", "news")) as world:
        await world.live(timedelta(minutes=1))
        world.requests()
        await world.push(folders("news"), by="alice")
        asked = world.requests()
        assert asked.count("Sweep") <= 2
        assert 0 < asked.count("Observe") <= 3, "a cold look at one application, and none at the others"

        await world.push_other("acme/news", "v1.1.0")
        assert moves(world) == ["opened dev: news v1.0.0 → v1.1.0"]


async def test_discovery_costs_a_warm_bot_nothing() -> None:
    async with a_world(fleet(folders("cart", "shop"), "cart", "shop")) as world:
        await world.live(timedelta(minutes=1))
        world.requests()
        await world.advance(timedelta(minutes=11))
        assert world.requests() == ["Sweep"]


async def test_versions_pass_through_an_environment_without_manifests() -> None:
    """The page, and whoever asks, are told (kargo#2703)."""
    files = {**folders("cart"), **folders("shop", environments=("dev", "prod"))}
    async with a_world(fleet(files, "cart", "shop")) as world:
        await world.push_other("acme/shop", "v1.1.0")
        await world.validate("dev", application="shop")
        assert moves(world) == ["opened dev: shop v1.0.0 → v1.1.0", "merged dev", "opened prod: shop v1.0.0 → v1.1.0"]
        page = world.page("prod", application="shop")
        assert "dev `v1.1.0` → prod `v1.0.0` (not used: staging)" in page
        assert "Not used by `shop`: `staging`. Versions pass through." in page

        said = await world.say("/why staging shop", by="dana")
        assert (
            "`shop` does not use `staging`: nothing in `envs/staging/shop` refers to `ghcr.io/acme/shop`. Versions pass "
            "through it. To use it, add its manifests there."
        ) in said
        assert "`shop` does not use `staging`" in await world.say("/why all shop", by="dana")
        assert "`shop` does not use `staging`" in await world.say("/promote staging shop", by="dana")


async def test_manifests_that_come_later_make_the_environment_used() -> None:
    async with a_world(fleet(folders("shop", environments=("dev", "prod")), "shop")) as world:
        await world.live(timedelta(minutes=1))
        await world.push(folders("shop", environments=("staging",)), by="alice")
        await world.push_other("acme/shop", "v1.1.0")
        await world.validate("dev", application="shop")
        assert moves(world)[-1] == "opened staging: shop v1.0.0 → v1.1.0"


async def test_manifests_that_go_close_the_open_promotion_with_the_reason() -> None:
    async with a_world(fleet(folders("shop"), "shop")) as world:
        await world.push_other("acme/shop", "v1.1.0")
        await world.validate("dev", application="shop")
        await world.push({"envs/staging/shop/deployment.yaml": None}, by="alice")
        assert moves(world) == [
            "opened dev: shop v1.0.0 → v1.1.0",
            "merged dev",
            "opened staging: shop v1.0.0 → v1.1.0",
            "opened prod: shop v1.0.0 → v1.1.0",
            "closed staging",
        ]
        number = world.pull("staging", application="shop").number
        assert any(
            "Closed: `shop` does not use `staging`: nothing in `envs/staging/shop`" in each
            for each in world.said(number)
        )
        assert "Closed: `shop` does not use `staging`" in world.status("staging", application="shop")


@pytest.mark.story
async def test_a_folder_that_disappears_retires_its_application() -> None:
    """Its records stay, and count again when it comes back."""
    async with a_world(fleet(folders("cart", "shop"), "cart", "shop")) as world:
        await world.push_other("acme/shop", "v1.1.0")
        await world.say("/reject shop@v1.1.0 it burns", by="dana")
        await world.push_other("acme/shop", "v1.2.0")
        world.news()
        await world.push(dict.fromkeys(folders("shop")), by="alice")
        assert moves(world) == ["closed dev"]
        (said,) = [
            each for each in world.said(world.pull("dev", application="shop").number) if each.startswith("Closed")
        ]
        assert said.startswith("Closed: the application `shop` is gone: no folder has its name")
        assert "The policy has no application `shop`" in await world.say("/why dev shop", by="dana")

        await world.push(folders("shop"), by="alice")
        assert moves(world) == ["opened dev: shop v1.0.0 → v1.2.0"]


async def test_a_folder_that_refers_to_nothing_is_no_application() -> None:
    files = {**folders("cart"), "envs/dev/docs/readme.yaml": "text: nothing to deploy\n"}
    async with a_world(fleet(files, "cart")) as world:
        await world.live(timedelta(minutes=1))
        assert world.dashboard() is None
        title, _ = await propose(world, POLICY.replace("version: 1", "# the same\nversion: 1"))
        assert "finds 1 application, 1 folder without a reference to its image" in title


async def test_a_first_policy_with_a_rule_says_what_it_would_find() -> None:
    """Nobody has looked at these folders before: their files are read once, a hundred with each request."""
    listed = POLICY.replace("  '*': {except: [legacy-*]}\n", "  cart: {}\n")
    files = {
        **folders("cart", "news", "shop"),
        "envs/dev/docs/readme.yaml": "a: b\n",
        "envs/prod/tools/x.yaml": "c: d\n",
    }
    async with a_world(fleet(files, "cart", "news", "shop", policy=listed)) as world:
        await world.live(timedelta(minutes=1))
        world.requests()
        title, page = await propose(world, POLICY.replace("except: [legacy-*]", "except: [legcy, Docs]"))
        assert (
            "the policy is valid; finds 3 applications, 2 folders without a reference to their image, 2 warnings"
            in title
        )
        assert "**Without a reference to their image, so not applications:** `docs`, `tools`" in page
        assert "'Docs' excepts nothing: no folder and no application has this name (did you mean 'docs'?)" in seen(page)
        asked = world.requests()
        assert [each.rpartition("/")[0] or each for each in asked if each not in ("Sweep", "Proposals", "Write")] == [
            "/repos/acme/manifests/git/trees",
            "Blobs",
        ]


async def test_a_proposed_rule_for_other_folders_lists_them() -> None:
    moved = POLICY.replace("envs/{environment}/{application}", "apps/{application}/{environment}")
    files = {**folders("cart"), "apps/shop/dev/x.yaml": manifest("shop"), "apps/readme/dev/x.yaml": "a: b\n"}
    async with a_world(fleet(files, "cart", "shop")) as world:
        await world.live(timedelta(minutes=1))
        title, _ = await propose(world, moved)
        assert "finds 1 application, 1 folder without a reference to its image" in title


async def test_an_application_that_differs_in_one_environment() -> None:
    policy = POLICY.replace(
        "  '*': {except: [legacy-*]}\n",
        "  '*': {}\n  billing: {environments: {staging: false, prod: {gates: {approvals: {count: 1}}}}}\n",
    )
    async with a_world(fleet(folders("billing", "cart"), "billing", "cart", policy=policy)) as world:
        for name in ("billing", "cart"):
            await world.push_other(f"acme/{name}", "v1.1.0")
            await world.validate("dev", application=name)
        await world.validate("prod", application="billing")
        assert "opened prod: billing v1.0.0 → v1.1.0" in moves(world)
        assert "**Approvals:** waiting for 1 approval" in world.page("prod", application="billing")
        await world.approve("prod", by="sam", application="billing")
        assert moves(world) == ["merged prod"]


async def test_whoever_asks_about_no_application_hears_of_those_that_need_a_person() -> None:
    policy = POLICY.replace("prod: {from: staging}", "prod: {from: staging, gates: {approvals: {count: 1}}}")
    files = {**folders("cart", "shop"), "envs/staging/shop/job.yaml": manifest("shop", "v0.9.0")}
    async with a_world(fleet(files, "cart", "shop", policy=policy)) as world:
        await world.live(timedelta(minutes=1))
        said = await world.say("/why", by="erin")
        assert "1 of 2 applications need a person in all environments" in said
        assert "- **`shop` in `staging`:** " in said
        assert "⛔ **Manifests:** the references disagree on the version" in said


async def test_a_folder_whose_name_is_none_is_told_on_the_dashboard() -> None:
    async with a_world(fleet({**folders("cart"), "envs/dev/Web_App/x.yaml": "a: b\n"}, "cart")) as world:
        await world.live(timedelta(minutes=2))
        page = world.dashboard()
        assert page is not None
        assert "'envs/dev/Web_App' cannot be an application" in page.body.replace("\u2060", "").replace("\\", "")


async def test_a_restarted_bot_finds_them_again() -> None:
    async with a_world(fleet(folders("cart", "shop"), "cart", "shop")) as world:
        await world.restart()
        await world.push_other("acme/cart", "v1.1.0")
        assert moves(world) == ["opened dev: cart v1.0.0 → v1.1.0"]


# --- a policy that is proposed, and what it finds


async def test_a_policy_push_that_asks_nothing_new_costs_no_look_at_each_application() -> None:
    """They are decided again on what was last seen, and the dashboard shows it."""
    names = ("cart", "news", "shop", "users", "zoo")
    policy = POLICY.replace("prod: {from: staging}", "prod: {from: staging, promote: manual}")
    async with a_world(fleet(folders(*names), *names, policy=policy)) as world:
        await world.live(timedelta(minutes=2))
        world.requests()
        await world.push(
            {".gitops.yml": policy.replace("dev: {from: registry}", "dev: {from: registry, mode: observe}")}, by="alice"
        )
        await world.live(timedelta(minutes=2))
        assert "Observe" not in world.requests()

        await world.push_other("acme/cart", "v1.1.0")
        await world.live(timedelta(minutes=2))
        assert world.news() == []
        assert world.row("dev", application="cart").startswith("would open a pull request for `v1.1.0`")
        world.requests()
        await world.push({".gitops.yml": policy}, by="alice")
        assert 0 < world.requests().count("Observe") <= 6, "the one that is promoted now is looked at, and no other"
        assert moves(world) == ["opened dev: cart v1.0.0 → v1.1.0"]


async def test_a_policy_push_looks_only_at_the_applications_it_changes() -> None:
    async with a_world(fleet(folders("cart", "news", "shop"), "cart", "news", "shop")) as world:
        await world.live(timedelta(minutes=1))
        world.requests()
        changed = POLICY.replace(
            "  '*': {except: [legacy-*]}\n", "  '*': {}\n  shop: {environments: {prod: {promote: manual}}}\n"
        )
        await world.push({".gitops.yml": changed}, by="alice")
        assert world.requests().count("Observe") <= 1
