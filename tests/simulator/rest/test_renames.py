"""Renames and transfers of repositories, accounts and the App: ids stay, and old names redirect.

https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository,
https://docs.github.com/en/repositories/creating-and-managing-repositories/transferring-a-repository,
https://docs.github.com/en/account-and-profile/concepts/username-changes
"""

from pathlib import Path

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from tests.simulator.http_world import PERMISSIONS, World
from tests.simulator.server.test_smart_http import address, git
from tests.simulator.server.test_webhooks import sent

OLD, NEW = "/repos/acme/manifests", "/repos/acme/deploy"
NAME = '{ repository(owner: "acme", name: "manifests") { databaseId nameWithOwner } }'


async def test_a_renamed_repository_is_found_by_its_number(world: World) -> None:
    identifier, tip = world.repository.id, world.repository.head()
    renamed = await world.as_user(world.octocat).patch(OLD, {"name": "deploy"})
    assert (renamed.status, renamed.body["full_name"], renamed.body["id"]) == (200, "acme/deploy", identifier)

    async with world.session.get(
        f"{world.running.url}{OLD}/branches/main", headers={"Authorization": world.as_bot.authorization or ""},
        allow_redirects=False,
    ) as redirect:  # fmt: skip
        assert (redirect.status, (await redirect.json())["message"]) == (301, "Moved Permanently")
        assert redirect.headers["Location"] == f"{world.running.url}/repositories/{identifier}/branches/main"
    followed = await world.as_bot.get(f"{OLD}/branches/main")
    async with world.session.post(
        f"{world.running.url}{OLD}/issues", json={"title": "x"},
        headers={"Authorization": world.as_bot.authorization or ""}, allow_redirects=False,
    ) as write:  # fmt: skip
        assert write.status == 307
    assert (followed.status, followed.body["commit"]["sha"]) == (200, tip)
    query = await world.as_bot.post("/graphql", {"query": NAME})
    assert query.body["data"]["repository"] == {"databaseId": identifier, "nameWithOwner": "acme/deploy"}


async def test_git_follows_a_rename(world: World, tmp_path: Path) -> None:
    world.github.rename_repository(world.repository, "deploy", by=world.octocat)
    status, said = await git(tmp_path, "clone", "-q", address(world, world.mona), "work")
    assert status == 0, said


async def test_a_rename_sends_a_webhook(world: World) -> None:
    world.github.rename_repository(world.repository, "deploy", by=world.octocat)
    ((event, payload),) = await sent(world)
    assert (event, payload["action"], payload["repository"]["full_name"]) == ("repository", "renamed", "acme/deploy")
    assert payload["changes"] == {"repository": {"name": {"from": "manifests"}}}


async def test_a_former_name_may_be_taken_again(world: World) -> None:
    world.github.rename_repository(world.repository, "deploy", by=world.octocat)
    made = world.github.create_repository("acme/manifests", files={"other": "1"}, by=world.octocat)

    found = await world.as_bot.get(OLD)

    assert (found.status, found.body["id"]) == (200, made.id)
    assert made.store.path != world.repository.store.path
    assert not made.store.has_commit(world.repository.head())
    with pytest.raises(ValueError, match="exists already"):
        world.github.rename_repository(made, "deploy", by=world.octocat)


async def test_a_transfer_leaves_the_installation_behind(world: World) -> None:
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    identifier = world.repository.id

    asked = await world.as_user(world.octocat).post(f"{OLD}/transfer", {"new_owner": "globex"})
    told = await sent(world)
    by_bot, by_owner = await world.as_bot.get(OLD), await world.as_user(world.octocat).get(OLD)

    assert (asked.status, world.repository.full_name, world.repository.id) == (202, "globex/manifests", identifier)
    assert [(event, payload["action"]) for event, payload in told] == [("installation_repositories", "removed")]
    assert told[0][1]["repositories_removed"][0]["id"] == identifier
    assert by_bot.status == 404
    assert by_owner.body["full_name"] == "globex/manifests"


async def test_a_transfer_to_an_account_with_the_app(world: World) -> None:
    globex = world.github.organisation("globex")
    world.github.install(world.app, globex, by=world.octocat)
    await sent(world)
    world.github.transfer_repository(world.repository, globex, by=world.octocat)

    told = dict(await sent(world))

    assert told["repository"]["action"] == "transferred"
    assert told["repository"]["changes"]["owner"]["from"]["organization"]["id"] == world.acme.id
    assert world.repository.role_of(world.mona) is Role.WRITE, "collaborators come along"


async def test_a_renamed_organisation_takes_its_repositories_along(world: World) -> None:
    world.github.rename_account(world.acme, "acme-corp", by=world.octocat)

    ((event, payload),) = await sent(world)
    found = await world.as_bot.get(OLD)

    assert (event, payload["action"]) == ("installation_target", "renamed")
    assert (payload["account"]["login"], payload["account"]["id"]) == ("acme-corp", world.acme.id)
    assert payload["changes"] == {"login": {"from": "acme"}}
    assert (found.status, found.body["full_name"]) == (200, "acme-corp/manifests")
    assert (await world.as_bot.get("/orgs/acme")).status == 404, "accounts are not redirected"
    with pytest.raises(ValueError, match="taken"):
        world.github.rename_account(world.acme, "mona", by=world.octocat)


async def test_a_renamed_person_stays_the_author(world: World) -> None:
    sha = world.change("main", {"a": "1"}, by=world.mona)
    issue = world.repository.open_issue("Talk", by=world.mona)
    world.github.rename_account(world.mona, "lisa", by=world.mona)
    impostor = world.github.user("mona")

    commit = (await world.as_bot.get(f"{OLD}/commits/{sha}")).body
    shown = (await world.as_bot.get(f"{OLD}/issues/{issue.number}")).body

    assert (commit["author"]["login"], commit["author"]["id"]) == ("lisa", world.mona.id)
    assert commit["commit"]["author"]["email"] == f"{world.mona.id}+mona@users.noreply.github.com"
    assert (shown["user"]["login"], shown["user"]["id"]) == ("lisa", world.mona.id)
    assert world.github.account_by_email("mona@users.noreply.github.com") is impostor, "the form without a number"


async def test_a_renamed_app_is_the_same_app(world: World) -> None:
    # konflate#342: the slug and the bot's login change, both ids stay
    pull = world.open_pull()
    before = pull.comment("before", by=world.app.bot)
    ids = (world.app.id, world.app.bot.id)
    world.github.rename_app(world.app, "ship-it")
    after = pull.comment("after", by=world.app.bot)

    app = (await world.as_app.get("/app")).body
    comments = (await world.as_bot.get(f"{OLD}/issues/{pull.number}/comments")).body
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment { viewerDidAuthor
        author { login ... on Bot { databaseId } } } } }"""
    found = (
        await world.as_bot.post("/graphql", {"query": query, "variables": {"ids": [before.node_id, after.node_id]}})
    ).body

    assert (app["id"], app["slug"], world.app.id, world.app.bot.id) == (ids[0], "ship-it", *ids)
    assert [one["user"]["login"] for one in comments] == ["ship-it[bot]"] * 2
    assert {one["performed_via_github_app"]["id"] for one in comments} == {ids[0]}
    assert found["data"]["nodes"] == [
        {"viewerDidAuthor": True, "author": {"login": "ship-it", "databaseId": ids[1]}}
    ] * 2  # fmt: skip
    assert world.github.find_account("gitops-bot") is None
    world.github.create_app("gitops-bot", owner=world.acme, permissions=PERMISSIONS)
