"""One look at an application, over real HTTP: its content, its cost, and what becomes a value instead of an error."""

import dataclasses
from datetime import timedelta

import pytest

from bot.core.needs.application import EnvironmentNeeds
from bot.core.observation.actors import Actor, Permission
from bot.core.observation.commits import Outcome
from bot.core.observation.repository import Protection
from bot.core.values.errors import Temporary
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import MergeMethod, ProtectionSource
from bot.simulator.github.model.protection.protection import Protection as Rules
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import DEV, ONE_REQUEST, REPOSITORY, Bench


async def test_a_warm_look_is_one_request(bench: Bench) -> None:
    await bench.observe()
    bench.forget()

    await bench.observe(teams=frozenset({"acme/sre"}))

    assert bench.asked() == ONE_REQUEST
    assert bench.github.client.requests["observe"] == 2


async def test_reports_are_the_newest_of_each_name(bench: Bench) -> None:
    world, head = bench.world, bench.world.repository.head()
    world.repository.set_status(head, "argocd/web-dev", StatusState.PENDING, by=world.mona)
    world.repository.set_status(head, "argocd/web-dev", StatusState.SUCCESS, by=world.mona, description="Synced")
    world.repository.create_check_run(
        head,
        "build",
        app=world.app,
        details=RunDetails(conclusion=Conclusion.FAILURE, output=Output(title="Broke", summary="x")),
    )
    world.repository.create_check_run(head, "lint", app=world.app)
    world.repository.create_check_run(head, "docs", app=world.app, details=RunDetails(conclusion=Conclusion.SKIPPED))

    (commit,) = [one for one in (await bench.observe()).recent if one.oid == head]

    reports = {report.name: report for report in commit.reports}
    assert {name: report.outcome for name, report in reports.items()} == {
        "argocd/web-dev": Outcome.SUCCESS,
        "build": Outcome.FAILURE,
        "lint": Outcome.PENDING,
        "docs": Outcome.SUCCESS,
    }
    assert reports["argocd/web-dev"].title == "Synced"
    assert (reports["argocd/web-dev"].app_id, reports["argocd/web-dev"].node_id) == (None, None)
    assert reports["build"].title == "Broke"
    assert reports["build"].app_id == world.app.id
    assert reports["build"].node_id is not None
    assert commit.reports_complete


async def test_comments_carry_the_marks_of_the_bot(bench: Bench) -> None:
    await bench.open()
    world = bench.world
    issue = world.repository.open_issue("Please", by=world.mona)
    pull = world.repository.pull(1)
    plain = issue.comment("/why", by=world.mona)
    seen = pull.comment("/promote prod", by=world.mona)
    done = pull.comment("/hold prod", by=world.octocat)
    edited = pull.comment("/hold dev", by=world.octocat)
    seen.react(ReactionContent.EYES, by=world.app.bot)
    done.react(ReactionContent.ROCKET, by=world.app.bot)
    plain.react(ReactionContent.ROCKET, by=world.mona)  # anybody may react
    edited.edit("/hold all", by=world.octocat)

    found = {comment.database_id: comment for comment in (await bench.observe()).comments}

    assert (found[plain.id].done, found[plain.id].promotion) == (False, None)
    assert not found[seen.id].done
    assert found[done.id].done
    assert found[seen.id].promotion == ("dev", "web")
    assert found[seen.id].subject_number == 1
    assert found[plain.id].author == Actor("mona", id=world.mona.id)
    assert [comment.edited for comment in found.values()] == [False, False, False, True]


async def test_a_role_is_that_of_exactly_this_person(bench: Bench) -> None:
    """However many others have a login that begins so (slash-command-dispatch#301). Letter case does not count."""
    world = bench.world
    for number in range(25):
        world.repository.grant(world.github.user(f"mona-{number}"), Role.READ)
    world.repository.grant(world.github.user("mona-lisa"), Role.ADMIN)
    world.repository.grant(world.github.user("tria"), Role.TRIAGE)
    world.repository.grant(world.github.user("Main"), Role.MAINTAIN)

    seen = await bench.observe(people=frozenset({"Mona", "mona-lisa", "tria", "Main", "hubot", "nobody"}))

    assert seen.people == {
        "mona": Permission.WRITE,
        "mona-lisa": Permission.ADMIN,
        "tria": Permission.TRIAGE,
        "main": Permission.MAINTAIN,
        "hubot": Permission.NONE,
        "nobody": Permission.NONE,
    }


async def test_a_role_is_looked_up_each_time_and_its_absence_once_a_minute(bench: Bench) -> None:
    await bench.observe(people=frozenset({"mona", "hubot"}))
    bench.forget()

    await bench.observe(people=frozenset({"mona", "hubot"}))
    assert bench.asked() == [*ONE_REQUEST, "GET /repos/acme/manifests/collaborators/mona/permission"]
    bench.world.github.clock.advance(timedelta(minutes=1))
    bench.forget()

    await bench.observe(people=frozenset({"hubot"}))
    assert bench.asked() == [*ONE_REQUEST, "GET /repos/acme/manifests/collaborators/hubot/permission"]


async def test_a_role_that_an_organisation_made_up_counts_as_the_one_below_it(bench: Bench) -> None:
    answer = Answer(200, {"permission": "write", "role_name": "release-manager", "user": {"login": "mona"}})
    strange = Answer(200, {"permission": "mystery", "role_name": "mystery", "user": {"login": "mona"}})
    which = Which(path="/repos/acme/manifests/collaborators/mona/permission")

    bench.world.running.faults.next_requests(answer, which=which)
    assert (await bench.observe(people=frozenset({"mona"}))).people == {"mona": Permission.WRITE}
    bench.world.running.faults.next_requests(strange, which=which)
    assert (await bench.observe(people=frozenset({"mona"}))).people == {"mona": Permission.NONE}


async def test_a_role_that_github_does_not_tell_is_no_guess(bench: Bench) -> None:
    which = Which(path="/repos/acme/manifests/collaborators/mona/permission")
    bench.world.running.faults.next_requests(Answer(502, {}), which=which)

    with pytest.raises(Temporary):
        await bench.observe(people=frozenset({"mona"}))


async def test_a_large_team_is_read_completely(bench: Bench) -> None:
    many = [bench.world.github.user(f"user-{number}") for number in range(130)]
    bench.world.acme.team("everybody", *many)

    seen = await bench.observe(teams=frozenset({"acme/everybody", "acme/nobody", "elsewhere/x"}))

    everybody = seen.teams["acme/everybody"]
    assert everybody is not None
    assert len(everybody) == 130
    assert (seen.teams["acme/nobody"], seen.teams["elsewhere/x"]) == (None, None)


async def test_branch_protection_and_rulesets_are_combined(bench: Bench) -> None:
    repository = bench.world.repository
    repository.protect("main", Rules(checks=("build",), approvals=1))
    repository.protect("main", Rules(source=ProtectionSource.RULESET, checks=("test",), strict=True, approvals=2))

    seen = await bench.observe()

    assert seen.repository.protection == Protection(frozenset({"build", "test"}), required_approvals=2, strict=True)


async def test_the_state_branch_is_read_with_its_head(bench: Bench) -> None:
    assert (await bench.observe()).state.head_oid is None
    head = bench.world.change("gitops-state", {"prod.yaml": "holds: []\n"})

    state = (await bench.observe()).state

    assert state.head_oid == head
    assert state.files["prod.yaml"] == "holds: []\n"


async def test_a_look_that_is_too_big_is_split(bench: Bench) -> None:
    await bench.observe()
    bench.forget()
    bench.world.running.faults.resource_limits(("repository", "state"), which=Which(operation="Observe"))

    seen = await bench.observe()

    assert bench.asked() == ONE_REQUEST * 3
    assert seen.environments.keys() == {"dev", "prod"}
    assert seen.blobs.keys() >= {file.blob_id for each in seen.environments.values() for file in each.files or ()}


async def test_every_half_of_a_look_is_smaller(bench: Bench) -> None:
    """Four environments, where GitHub refuses the whole and the first half: each request asks for less than the one before."""
    names = ("a", "b", "c", "d")
    four = tuple(EnvironmentNeeds(name, "envs/dev/web", texts=False, files=(DEV,)) for name in names)
    await bench.observe()
    bench.forget()
    bench.world.running.faults.resource_limits(("repository", "state"), count=2, which=Which(operation="Observe"))

    seen = await bench.observe(environments=four)

    assert bench.asked() == ONE_REQUEST * 5, "all, a and b, a, b, c and d"
    assert tuple(seen.environments) == names
    assert all(each.files for each in seen.environments.values())
    assert all(each.histories[DEV].revisions for each in seen.environments.values())


async def test_a_look_that_cannot_be_split_is_temporary(bench: Bench) -> None:
    bench.world.running.faults.resource_limits(("repository", "state"), which=Which(operation="Observe"))

    with pytest.raises(Temporary, match="observe: the request is too big for GitHub"):
        await bench.observe(environments=())


async def test_a_repository_without_the_app_is_reported(bench: Bench) -> None:
    needs = dataclasses.replace(bench.needs(), repository="acme/unknown")

    with pytest.raises(Temporary, match="acme/unknown: the App is not installed there"):
        await bench.github.observe(needs)


async def test_an_empty_repository_is_reported(bench: Bench) -> None:
    bench.world.github.create_repository("acme/empty", by=bench.world.octocat)
    needs = dataclasses.replace(bench.needs(), repository="acme/empty", environments=())

    with pytest.raises(Temporary, match="acme/empty is empty"):
        await bench.github.observe(needs)


async def test_a_renamed_default_branch_is_noticed_in_the_same_look(bench: Bench) -> None:
    await bench.open()
    repository = bench.world.repository
    repository.create_branch("trunk", by=bench.world.octocat)
    repository.pull(1).retarget("trunk", by=bench.world.octocat)
    repository.default_branch = "trunk"

    seen = await bench.observe()

    assert seen.repository.default_branch == "trunk"
    assert seen.environments["dev"].pull is not None
    assert seen.repository.name == REPOSITORY


async def test_every_rule_of_the_branch_is_read(bench: Bench) -> None:
    """Classic protection and rulesets are added up. Rules that the bot does not know keep GitHub's names."""
    repository = bench.world.repository
    ruleset = Rules(
        source=ProtectionSource.RULESET,
        checks=(RequiredCheck("ci", 42), "lint"),
        conversations=True,
        deployments=("qa",),
        linear_history=True,
        merge_methods=(MergeMethod.SQUASH, MergeMethod.MERGE),
    )
    repository.protect("main", ruleset)
    repository.protect("main", Rules(approvals=1, code_owners=True, signatures=True))

    seen = (await bench.observe()).repository

    assert seen.protection == Protection(
        required_checks=frozenset({"ci", "lint"}),
        required_approvals=1,
        check_apps={"ci": 42},
        code_owners=True,
        conversations=True,
        deployments=frozenset({"qa"}),
        others=frozenset({"REQUIRED_LINEAR_HISTORY", "REQUIRED_SIGNATURES"}),
    )
    assert seen.merge_methods == {"SQUASH"}
