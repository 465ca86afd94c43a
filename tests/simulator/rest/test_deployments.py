"""REST: deployments and their statuses."""

import pytest

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.statuses import StatusState
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
DEPLOYMENTS = f"{REPOSITORY}/deployments"


async def test_a_deployment_from_start_to_end(world: World) -> None:
    bot, head = world.as_bot, world.repository.head()
    asked = {"ref": head, "task": "deploy:web", "environment": "prod", "payload": {"n": 1}, "description": "v1"}

    made = await bot.post(DEPLOYMENTS, {**asked, "required_contexts": [], "auto_merge": False})
    one = f"{DEPLOYMENTS}/{made.body['id']}"
    queued = await bot.post(f"{one}/statuses", {"state": "queued", "log_url": "https://x/1", "description": "soon"})
    await bot.post(f"{one}/statuses", {"state": "success", "environment_url": "https://x"})
    statuses = (await bot.get(f"{one}/statuses")).body

    assert made.status == queued.status == 201
    assert (made.body["sha"], made.body["ref"], made.body["payload"]) == (head, head, {"n": 1})
    assert (made.body["environment"], made.body["production_environment"]) == ("prod", False)
    assert made.body["performed_via_github_app"]["slug"] == "gitops-bot"
    assert [each["state"] for each in statuses] == ["success", "queued"], "the newest first"
    assert statuses[1]["target_url"] == statuses[1]["log_url"] == "https://x/1"
    assert (await bot.get(f"{one}/statuses/{queued.body['id']}")).body == queued.body
    assert (await bot.get(f"{one}/statuses/1")).status == 404
    assert (await bot.get(f"{DEPLOYMENTS}/1")).status == 404
    assert (await bot.get(one)).body["updated_at"] >= made.body["updated_at"]
    await world.running.webhooks_settled()
    assert world.receiver.events() == ["deployment", "deployment_status", "deployment_status"]


async def test_nothing_but_the_client_prevents_a_second_one_and_lists_are_filtered(world: World) -> None:
    bot, head = world.as_bot, world.repository.head()
    for environment, task in (("dev", "deploy:web"), ("dev", "deploy:api"), ("prod", "deploy:web")):
        await bot.post(DEPLOYMENTS, {"ref": "main", "environment": environment, "task": task})
    await bot.post(DEPLOYMENTS, {"ref": "main", "environment": "dev", "task": "deploy:web"})

    async def listed(query: str) -> list[tuple[str, str]]:
        return [(each["environment"], each["task"]) for each in (await bot.get(f"{DEPLOYMENTS}?{query}")).body]

    assert await listed("environment=dev&task=deploy%3Aweb") == [("dev", "deploy:web")] * 2
    assert await listed("task=deploy:api") == [("dev", "deploy:api")]
    assert len(await listed(f"sha={head}&environment=none")) == 4
    assert await listed("sha=" + "0" * 40) == []
    assert await listed("ref=main&per_page=1") == [("dev", "deploy:web")], "the newest first"


@pytest.mark.parametrize(
    ("first", "both", "status", "expected"),
    [
        ({}, {}, {}, "inactive"),
        ({}, {}, {"auto_inactive": False}, "success"),
        ({"transient_environment": True}, {}, {}, "success"),
        ({}, {"production_environment": True}, {}, "success"),
        ({}, {"environment": "production"}, {}, "success"),
        ({"environment": "dev"}, {}, {}, "success"),
    ],
)
async def test_a_success_makes_earlier_ones_of_the_environment_inactive(
    world: World, first: dict[str, object], both: dict[str, object], status: dict[str, object], expected: str
) -> None:
    """https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status"""
    bot, ids = world.as_bot, []
    for given in (first, {}):
        made = await bot.post(DEPLOYMENTS, {"ref": "main", "environment": "prod", **both, **given})
        ids.append(made.body["id"])
        await bot.post(f"{DEPLOYMENTS}/{ids[-1]}/statuses", {"state": "success", **status})

    states = [(await bot.get(f"{DEPLOYMENTS}/{each}/statuses")).body[0]["state"] for each in ids]
    assert states == [expected, "success"]


async def test_checks_of_the_commit_count_unless_contexts_are_named(world: World) -> None:
    """https://docs.github.com/en/rest/deployments/deployments#create-a-deployment"""
    bot, head = world.as_bot, world.repository.head()
    world.repository.set_status(head, "ci", StatusState.FAILURE, by=world.octocat)
    world.repository.set_status(head, "lint", StatusState.SUCCESS, by=world.octocat)

    refused = await bot.post(DEPLOYMENTS, {"ref": head})
    assert (refused.status, refused.body["message"]) == (409, f"Conflict: Commit status checks failed for {head}.")
    assert (await bot.post(DEPLOYMENTS, {"ref": head, "required_contexts": ["ci"]})).status == 409
    assert (await bot.post(DEPLOYMENTS, {"ref": head, "required_contexts": ["none"]})).status == 409
    assert (await bot.post(DEPLOYMENTS, {"ref": head, "required_contexts": ["lint"]})).status == 201
    assert (await bot.post(DEPLOYMENTS, {"ref": head, "required_contexts": []})).status == 201


async def test_a_branch_behind_the_default_branch_is_merged_first_and_nothing_is_created(world: World) -> None:
    bot, repository = world.as_bot, world.repository
    repository.create_branch("topic", by=world.octocat)
    repository.create_branch("clash", by=world.octocat)
    repository.commit_files({"README.md": "theirs\n"}, by=world.octocat, branch="clash", message="Edit")
    repository.commit_files({"README.md": "ours\n"}, by=world.octocat, message="Edit")

    merged = await bot.post(DEPLOYMENTS, {"ref": "topic"})
    assert (merged.status, merged.body) == (202, {"message": "Auto-merged main into topic on deployment."})
    assert repository.deployments.all == []
    assert repository.history.is_ancestor(repository.head(), of=repository.head("topic"))
    assert (await bot.post(DEPLOYMENTS, {"ref": "topic"})).status == 201
    conflict = await bot.post(DEPLOYMENTS, {"ref": "clash"})
    assert (conflict.status, conflict.body["message"]) == (409, "Conflict merging main into clash.")
    assert (await bot.post(DEPLOYMENTS, {"ref": "clash", "auto_merge": False})).status == 201


async def test_bad_requests_are_refused(world: World) -> None:
    bot, head = world.as_bot, world.repository.head()
    unknown = await bot.post(DEPLOYMENTS, {"ref": "f" * 40})
    assert (unknown.status, unknown.body["message"]) == (422, f"No ref found for: {'f' * 40}")
    assert (await bot.post(DEPLOYMENTS, {})).status == 422
    assert (await bot.post(DEPLOYMENTS, {"ref": head, "payload": 7})).status == 422
    one = f"{DEPLOYMENTS}/{(await bot.post(DEPLOYMENTS, {'ref': head})).body['id']}/statuses"
    assert (await bot.post(one, {})).status == 422
    assert (await bot.post(one, {"state": "done"})).status == 422
    assert (await bot.post(one, {"state": "success", "description": "x" * 141})).status == 422
    assert (await bot.get(one)).body == []


async def test_only_an_inactive_one_or_the_only_one_is_deleted(world: World) -> None:
    bot = world.as_bot
    first, second = [(await bot.post(DEPLOYMENTS, {"ref": "main"})).body["id"] for _ in range(2)]
    assert (await bot.delete(f"{DEPLOYMENTS}/{first}")).status == 422
    await bot.post(f"{DEPLOYMENTS}/{first}/statuses", {"state": "inactive"})
    assert (await bot.delete(f"{DEPLOYMENTS}/{first}")).status == 204
    assert (await bot.delete(f"{DEPLOYMENTS}/{second}")).status == 204


async def test_it_takes_the_permission_and_a_repository_that_is_not_archived(world: World) -> None:
    bot, installation = world.as_bot, world.installation
    world.repository.archive(by=world.octocat)
    archived = await bot.post(DEPLOYMENTS, {"ref": "main"})
    assert (archived.status, archived.body["message"]) == (403, "Repository was archived so is read-only.")
    world.repository.unarchive(by=world.octocat)

    installation.permissions = {**installation.permissions, "deployments": Access.READ}
    reader = world.as_bot
    assert (await reader.get(DEPLOYMENTS)).status == 200
    refused = await reader.post(DEPLOYMENTS, {"ref": "main"})
    assert (refused.status, refused.body["message"]) == (403, "Resource not accessible by integration")
