"""REST: repositories, branches, protection, people, organisations, teams."""

from bot.simulator.github.git.store import File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"


async def test_a_repository_as_each_may_see_it(world: World) -> None:
    by_bot = (await world.as_bot.get(REPOSITORY)).body
    by_user = (await world.as_user(world.mona).get("/repos/ACME/Manifests")).body

    assert by_bot["permissions"] == {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True}
    assert by_user["full_name"] == "acme/manifests"
    assert by_user["clone_url"] == f"{world.running.url}/acme/manifests.git"
    assert by_user["url"] == f"{world.running.url}{REPOSITORY}"
    assert by_user["private"] is True
    assert by_user["organization"]["login"] == "acme"


async def test_a_fork_names_its_parent(world: World) -> None:
    world.github.create_repository("acme/open", visibility=Visibility.PUBLIC, files={"a": "b"}, by=world.octocat)
    world.github.fork(world.github.repository("acme/open"), by=world.hubot)

    shown = (await world.as_user(world.hubot).get("/repos/hubot/open")).body

    assert shown["fork"] is True
    assert shown["parent"]["full_name"] == "acme/open"


async def test_lists_of_repositories(world: World) -> None:
    world.github.create_repository("acme/open", visibility=Visibility.PUBLIC, by=world.octocat)

    assert [one["name"] for one in (await world.as_user(world.mona).get("/user/repos")).body] == ["manifests", "open"]
    assert [one["name"] for one in (await world.client().get("/orgs/acme/repos")).body] == ["open"]
    listed = (await world.as_bot.get("/installation/repositories?per_page=1")).body
    assert (listed["total_count"], len(listed["repositories"])) == (2, 1)


async def test_branches(world: World) -> None:
    world.change("gitops/dev/web")
    world.repository.protect("main", Protection(checks=("build",)))
    bot = world.as_bot

    listed = (await bot.get(f"{REPOSITORY}/branches")).body
    protected = (await bot.get(f"{REPOSITORY}/branches?protected=true")).body
    shown = (await bot.get(f"{REPOSITORY}/branches/gitops/dev/web")).body

    assert [(one["name"], one["protected"]) for one in listed] == [("gitops/dev/web", False), ("main", True)]
    assert [one["name"] for one in protected] == ["main"]
    assert shown["commit"]["sha"] == world.repository.head("gitops/dev/web")
    assert (await bot.get(f"{REPOSITORY}/branches/nothing")).body["message"] == "Branch not found"


async def test_protection_and_rules(world: World) -> None:
    world.change("free")
    world.repository.protect(
        "main",
        Protection(checks=("build", RequiredCheck("ci", world.app.id)), strict=True, approvals=2, code_owners=True),
    )
    world.repository.protect(
        "main",
        Protection(
            source=ProtectionSource.RULESET, checks=("lint", RequiredCheck("ci", world.app.id)), approvals=1,
            linear_history=True, signatures=True, merge_queue=MergeMethod.SQUASH,
        ),
    )  # fmt: skip
    bot = world.as_bot

    shown = (await bot.get(f"{REPOSITORY}/branches/main/protection")).body
    rules = (await bot.get(f"{REPOSITORY}/rules/branches/main")).body

    assert shown["required_status_checks"]["contexts"] == ["build", "ci"]
    assert shown["required_status_checks"]["strict"] is True
    assert shown["required_pull_request_reviews"]["required_approving_review_count"] == 2
    assert {rule["type"] for rule in rules} == {
        "deletion", "non_fast_forward", "required_linear_history", "required_signatures", "required_status_checks",
        "pull_request", "merge_queue",
    }  # fmt: skip
    assert (await bot.get(f"{REPOSITORY}/branches/free/protection")).body["message"] == "Branch not protected"
    assert (await bot.get(f"{REPOSITORY}/rules/branches/not/yet")).body == []
    assert (await world.as_user(world.mona).get(f"{REPOSITORY}/branches/main/protection")).status == 403


async def test_what_people_may_do(world: World) -> None:
    world.repository.grant(world.hubot, Role.TRIAGE)
    maintainer = world.github.user("lead")
    world.repository.grant(maintainer, Role.MAINTAIN)
    bot = world.as_bot

    shown = {
        login: (await bot.get(f"{REPOSITORY}/collaborators/{login}/permission")).body
        for login in ("octocat", "mona", "hubot", "lead", "ghost")
    }

    assert {login: (one["permission"], one["role_name"]) for login, one in shown.items()} == {
        "octocat": ("admin", "admin"),
        "mona": ("write", "write"),
        "hubot": ("read", "triage"),
        "lead": ("write", "maintain"),
        "ghost": ("none", "none"),
    }
    listed = (await bot.get(f"{REPOSITORY}/collaborators")).body
    assert {one["login"] for one in listed} == {"octocat", "mona", "hubot", "lead"}
    assert (await bot.get(f"{REPOSITORY}/collaborators/mona")).status == 204
    assert (await bot.get(f"{REPOSITORY}/collaborators/ghost")).status == 404
    assert (await bot.get(f"{REPOSITORY}/collaborators/nobody/permission")).status == 404


async def test_organisations_and_teams(world: World) -> None:
    child = world.acme.team("oncall", world.hubot, parent=world.acme.teams["sre"])
    child.maintainers.append(world.hubot)
    bot = world.as_bot

    assert (await bot.get("/orgs/acme")).body["login"] == "acme"
    assert {one["login"] for one in (await bot.get("/orgs/acme/members")).body} == {"octocat", "mona", "hubot"}
    assert [one["slug"] for one in (await bot.get("/orgs/acme/teams")).body] == ["sre", "oncall"]
    assert (await bot.get("/orgs/acme/teams/oncall")).body["parent"]["slug"] == "sre"
    assert {one["login"] for one in (await bot.get("/orgs/acme/teams/sre/members")).body} == {"mona", "hubot"}
    assert (await bot.get("/orgs/acme/teams/oncall/memberships/hubot")).body["role"] == "maintainer"
    assert (await bot.get("/orgs/acme/teams/sre/memberships/mona")).body["role"] == "member"
    assert (await bot.get("/orgs/acme/teams/sre/memberships/octocat")).status == 404
    assert (await bot.get("/orgs/acme/members/mona")).status == 204
    assert (await bot.get("/orgs/acme/members/nobody")).status == 404
    assert (await bot.get("/orgs/nothing")).status == 404
    assert (await bot.get("/orgs/acme/teams/nothing")).status == 404
    assert (await world.client().get("/orgs/acme/members")).status == 401


async def test_users(world: World) -> None:
    mona = world.as_user(world.mona)

    assert (await mona.get("/user")).body["login"] == "mona"
    assert [one["login"] for one in (await mona.get("/user/orgs")).body] == ["acme"]
    bot = (await mona.get("/users/gitops-bot%5Bbot%5D")).body
    assert (bot["login"], bot["type"]) == ("gitops-bot[bot]", "Bot")
    assert bot["url"] == f"{world.running.url}/users/gitops-bot%5Bbot%5D"
    assert (await mona.get("/users/acme")).body["type"] == "Organization"
    assert (await mona.get("/users/nobody")).status == 404


async def test_an_archived_repository_is_read_only(world: World) -> None:
    world.repository.archive(by=world.octocat)

    reply = await world.as_bot.post(f"{REPOSITORY}/issues", {"title": "Hello"})

    assert (reply.status, reply.body["message"]) == (403, "Repository was archived so is read-only.")
    assert (await world.as_bot.get(REPOSITORY)).body["archived"] is True


async def test_a_commit_lists_its_files_by_the_page(world: World) -> None:
    """300 on a page, 3,000 at most: https://docs.github.com/en/rest/commits/commits#get-a-commit"""
    files: dict[str, str | bytes | File | None] = {f"many/{number:04}": "x" for number in range(3001)}
    head = world.repository.commit_files(files, by=world.mona)
    first = await world.as_user(world.mona).get(f"{REPOSITORY}/commits/{head}")
    last = await world.as_user(world.mona).get(f"{REPOSITORY}/commits/{head}?page=10")
    small = await world.as_user(world.mona).get(f"{REPOSITORY}/commits/{head}?per_page=2&page=2")

    assert (len(first.body["files"]), first.body["sha"], first.body["stats"]["total"]) == (300, head, 3001)
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert [last.body["files"][at]["filename"] for at in (0, -1)] == ["many/2700", "many/2999"]
    assert 'rel="next"' not in last.headers["Link"]
    assert [each["filename"] for each in small.body["files"]] == ["many/0002", "many/0003"]
