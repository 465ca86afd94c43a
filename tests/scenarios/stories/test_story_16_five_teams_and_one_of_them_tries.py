"""Five teams share one manifests repository, each with its own rights; mallory of payments tries to get others'."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.demo.setting import FILES, KUSTOMIZATION, POLICY
from bot.core.records.entries import Held, Override, Request, RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.world.errors import Refused
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_people import ready_for_prod
from tests.scenarios.world import TEAM, Setting, World, a_world, seen

PAYMENTS = """\
  payments:
    image: ghcr.io/acme/payments
    owners: ['@acme/payments']
    versions: {semver: ">=1.0.0"}
"""
HOUR = timedelta(hours=1)
POLICY_FILE = POLICY.replace("\nenvironments:", f"{PAYMENTS}\nenvironments:").split("  prod:\n")[0]
PROD_FILE = """\
path: envs/prod/{application}
from: staging
promote: manual
gates:
  soak: 1h
  approvals: {count: 1, from: ['@acme/sre'], not: [requester]}
permissions:
  promote: [owners]
  rollback: [owners, '@acme/sre']
  reject: ['@acme/quality', owners]
  hold: ['@acme/sre', owners]
  override: ['@acme/leads']
"""
OWNERS = """\
* @acme/platform
/.gitops/prod.yml @acme/sre
"""
PAYMENTS_MANIFEST = KUSTOMIZATION.replace("acme/web", "acme/payments").replace("    digest: <digest of v1.4.1>\n", "")
TEAMS = {
    "web": ("dana",),
    "payments": ("mallory",),
    "sre": ("sam",),
    "quality": ("quinn",),
    "leads": ("lee",),
    "platform": ("alice", "pat"),
}


def five_teams() -> Setting:
    """Return a repository to which all may push. Rights in prod are in a file that acme/sre owns."""
    files = {
        **FILES,
        ".gitops.yml": POLICY_FILE,
        ".gitops/prod.yml": PROD_FILE,
        ".github/CODEOWNERS": OWNERS,
        **{f"envs/{name}/payments/kustomization.yaml": PAYMENTS_MANIFEST for name in ("dev", "staging", "prod")},
    }
    logins = [login for members in TEAMS.values() for login in members]
    people = {**TEAM.people, **dict.fromkeys(logins, Role.WRITE), "alice": Role.ADMIN, "eve": Role.READ}
    return replace(TEAM, files=files, people=people, teams=TEAMS, others={"acme/payments": ("v1.4.1",)})


async def refused(world: World, text: str, *, by: str, on: int | None = None) -> str:
    """Check the refusal of a command without the right; nothing else happens."""
    answer = await world.say(text, by=by, on=on)
    assert [line for line in world.news() if not line.startswith("answered")] == []
    return answer.partition("\n\n")[2]


@told_twice
async def test_each_team_may_do_what_the_policy_allows(interlude: Interlude) -> None:
    """A refusal says who may."""
    async with a_world(five_teams()) as world:
        await ready_for_prod(world, "v1.5.0")
        world.news()
        await interlude(world)

        assert await refused(world, "/promote prod web", by="mallory") == (
            "You can't use `/promote` in `prod`. Who can: acme/web."
        )
        assert await refused(world, "/promote prod web", by="eve") == (
            "You can't use `/promote` in `prod`. Who can: acme/web."
        )
        assert "Who can: acme/sre, acme/web." in await refused(world, "/hold prod web", by="quinn")
        assert "Who can: acme/sre, acme/payments." in await refused(world, "/hold prod payments", by="dana")

        assert "Promoting `prod` to `v1.5.0`" in await world.say("/promote prod web", by="dana")
        await world.validate("prod")
        assert world.verdict("prod") == "approvals: waiting for 1 approval from acme/sre"
        number = world.pull("prod").number
        world.news()
        assert "Who can: acme/leads." in await refused(world, "/override approvals hurry", by="dana", on=number)
        assert "Who can: acme/leads." in await refused(world, "/override approvals hurry", by="sam", on=number)
        await world.approve("prod", by="mallory")
        await world.approve("prod", by="dana")
        assert world.pull("prod").state is State.OPEN

        assert "Overridden for `web`" in await world.say("/override approvals customers wait", by="lee", on=number)
        assert "merged " + f"#{number}" in world.news()
        assert "Who can: acme/web, acme/sre." in await refused(world, "/rollback prod web", by="quinn")
        assert "Rolling back `prod`" in await world.say("/rollback prod web", by="sam")
        rejected = await world.say("/reject payments@v2.0.0 fraud", by="sam")
        assert "is rejected in `dev`, `staging`:" in rejected
        assert (
            "Not rejected in `prod`, where you can't use `/reject`. Who can: acme/quality, acme/payments." in rejected
        )
        world.news()


async def proposed(world: World, files: dict[str, str], *, by: str = "mallory") -> PullRequest:
    """A pull request of mallory's, which passes the repository's own check."""
    manifests, person = world.stage.manifests, world.stage.person(by)
    branch = f"mine-{len(manifests.pulls)}"
    manifests.commit_files(files, by=person, branch=branch, message="Mine")
    pull = manifests.open_pull(PullDraft(title="Mine", base="main", head=branch), by=person)
    world.stage.validate(pull)
    await world.settle()
    return pull


def policy_check(world: World, pull: PullRequest) -> str:
    """What the check `gitops/policy` says of a pull request, all of it."""
    (run,) = (each for each in world.stage.manifests.checks.latest_runs(pull.head_oid) if each.name == "gitops/policy")
    assert run.output is not None
    notes = "\n".join(f"{note.path}:{note.start_line}: {note.message}" for note in run.output.annotations)
    return seen(f"{run.conclusion} {run.output.title}\n{run.output.summary}\n{notes}")


async def test_a_changed_policy_counts_only_after_its_merge() -> None:
    """What a pull request says of permissions counts once it is merged, and not for a comment on it before."""
    async with a_world(five_teams()) as world:
        await ready_for_prod(world, "v1.5.0")
        world.news()
        world.stage.manifests.protect("main", Protection(checks=("validate",), approvals=1, code_owners=True))
        await world.settle()
        mine = await proposed(
            world, {".gitops/prod.yml": PROD_FILE.replace("promote: [owners]", "promote: [owners, '@mallory']")}
        )
        assert "Conclusion.SUCCESS" in policy_check(world, mine)
        assert "Who can: acme/web." in await refused(world, "/promote prod web", by="mallory", on=mine.number)
        # Another team's yes is not that of those who own the file.
        world.stage.approve(mine, by="dana")
        with pytest.raises(Refused, match="review"):
            await world.merge(mine, by="mallory")

        world.stage.approve(mine, by="sam")
        await world.merge(mine, by="mallory")
        assert "Promoting `prod` to `v1.5.0`" in await world.say("/promote prod web", by="mallory")
        world.news()


ROUNDABOUT = {
    "the same environment in the other file": (
        {".gitops.yml": POLICY_FILE + "  prod:\n    path: envs/prod/{application}\n    from: staging\n"},
        "the environment 'prod' is already in .gitops.yml",
    ),
    "another environment on the same files": (
        {".gitops.yml": POLICY_FILE + "  shortcut:\n    path: envs/prod/{application}\n    from: registry\n"},
        "envs/prod/",
    ),
}


@pytest.mark.parametrize("way", ROUNDABOUT)
async def test_an_indirect_policy_change_brings_no_version_to_prod(way: str) -> None:
    """Nothing of it brings a version to prod; and who reviews it reads what it is."""
    files, said = ROUNDABOUT[way]
    async with a_world(five_teams()) as world:
        mine = await proposed(world, files)
        check = policy_check(world, mine)
        assert "Conclusion.SUCCESS" not in check.splitlines()[0]
        assert said in check

        await world.merge(mine, by="alice")
        await world.release("v1.5.0")
        for pull in world.stage.open_promotions():
            world.stage.validate(pull)
        await world.settle()
        assert ":v1.4.1@" in world.text("envs/prod/web/deployment.yaml")
        world.news()


ANOTHER = """\
  mine:
    image: ghcr.io/acme/web
    owners: ['@mallory']
    versions: {semver: ">=1.0.0"}
    edit: [{file: 'envs/{environment}/web/deployment.yaml', path: 'spec.template.spec.containers[0].image', write: tag}]
"""


async def test_an_application_that_reaches_anothers_files_gains_nothing() -> None:
    """Once its policy is merged, the value has two owners: neither is promoted there, and both say why."""
    async with a_world(five_teams()) as world:
        await ready_for_prod(world, "v1.5.0")
        mine = await proposed(world, {".gitops.yml": POLICY_FILE.replace(PAYMENTS, PAYMENTS + ANOTHER)})
        assert "`web`: files are shared with other applications" in policy_check(world, mine)
        await world.merge(mine, by="alice")
        shared = "`envs/prod/web/deployment.yaml:10` cannot be changed safely: it is also the version of"

        asked = await world.say("/promote prod mine@v1.5.0", by="mallory")
        assert "`mine` has no manifests in any environment before `prod`" in asked
        assert f"{shared} 'web' in 'prod'" in await world.say("/why prod mine", by="mallory")
        world.news()
        assert "Who can: acme/leads." in await refused(world, "/override from,soak prod mine hurry", by="mallory")
        asked = await world.say("/promote prod web", by="dana")
        assert f"{shared} 'mine' in 'prod', named by its `edit` at .gitops.yml:21" in asked
        assert [world.stage.promotion("prod", application=name) for name in ("mine", "web")] == [None, None]
        world.news()
        await world.advance(HOUR)
        assert ":v1.4.1@" in world.text("envs/prod/web/deployment.yaml")
        assert world.news() == []

        undone = await proposed(world, {".gitops.yml": POLICY_FILE})
        await world.merge(undone, by="alice")
        assert "opened #10 prod: web v1.4.1 → v1.5.0" in world.news()
        await world.validate("prod")
        await world.approve("prod", by="sam")
        assert ":v1.5.0@" in world.text("envs/prod/web/deployment.yaml")
        world.news()


async def test_comments_without_the_right_gain_nothing() -> None:
    """Edited, quoted, said by a bot, or on a fork's pull request that only looks like a promotion."""
    async with a_world(five_teams()) as world:
        await ready_for_prod(world, "v1.5.0")
        stage = world.stage
        world.news()

        # dana's own words, turned into a command by who may edit comments; and hers, said innocently, then edited.
        innocent = await world.comment("Looks good", by="dana", on=1)
        innocent.edit("/promote prod web", by=stage.person("alice"))
        await world.settle()
        (told,) = world.news()
        assert "Not carried out: this comment was edited" in told
        await world.comment("> /promote prod web\n\nShall we?", by="dana", on=1)
        await world.comment("Try this:\n```\n/promote prod web\n```", by="dana", on=1)
        machine = stage.machines.bot
        stage.manifests.grant(machine, Role.ADMIN)
        stage.manifests.conversation(1).comment("/promote prod web", by=machine)
        await world.settle()
        await world.advance(HOUR)
        assert world.news() == []

        eve = stage.person("eve")
        fork = stage.github.fork(stage.manifests, by=eve)
        fork.commit_files({"README.md": "# Mine\n"}, by=eve, branch="gitops/prod/web")
        draft = PullDraft(title="prod: web", base="main", head="gitops/prod/web", head_repository=fork)
        theirs = stage.manifests.open_pull(draft, by=eve)
        await world.settle()
        assert "Who can: acme/web." in await refused(world, "/promote prod web", by="eve", on=theirs.number)
        assert "Which application?" in await refused(world, "/promote prod", by="dana", on=theirs.number)
        assert stage.verdict(theirs) == "not a promotion"
        assert theirs.state is State.OPEN


def forged(world: World) -> str:
    """Return records of prod without holds, in which lee requests v1.5.0 without an approval."""
    at, digests = world.stage.clock.now(), {"ghcr.io/acme/web": world.stage.digests["v1.5.0"]}
    before = Held(tag="v1.4.1", digests={"ghcr.io/acme/web": world.stage.digests["v1.4.1"]})
    after, why = Held(tag="v1.5.0", digests=digests), "hurry"
    override = Override(gates=("approvals",), before=before, after=after, by="lee", reason=why, at=at, comment=998)
    request = Request(
        kind=RequestKind.PROMOTE, tag="v1.5.0", digests=digests, named=True, by="dana", at=at, comment=999
    )
    return EnvironmentRecords().with_request("web", request).with_override("web", override).text()


@told_twice
async def test_a_push_to_gitops_state_is_undone(interlude: Interlude) -> None:
    """mallory may push to the branch. Her records in lee's name are undone, and the commit log names her."""
    async with a_world(five_teams()) as world:
        await ready_for_prod(world, "v1.5.0")
        await world.say("/hold prod web the books are open", by="sam")
        world.news()
        await world.push({"prod.yaml": forged(world)}, by="mallory", branch="gitops-state", message="Tidy")
        assert world.news() == ["recorded: Undo what was changed by hand by mallory"]
        await world.push({"prod.yaml": None}, by="mallory", branch="gitops-state", message="Tidy more")
        assert world.news() == ["recorded: Undo what was changed by hand by mallory"]
        await interlude(world)

        held = "held by sam: the books are open"
        assert held in await world.say("/why prod web", by="erin")
        assert world.stage.promotion("prod") is None
        assert "Promoting `prod` to `v1.5.0`" in await world.say("/promote prod web", by="dana")
        await world.validate("prod")
        await world.approve("prod", by="sam")
        assert world.verdict("prod") == f"hold: {held}"
        world.news()

        # At last she deletes it: what was held stays held.
        world.stage.manifests.delete_branch("gitops-state", by=world.stage.person("mallory"))
        await world.settle()
        await world.advance(HOUR)
        assert world.verdict("prod") == f"hold: {held}"
        assert world.pull("prod").state is State.OPEN
        assert ":v1.4.1@" in world.text("envs/prod/web/deployment.yaml")
        world.news()
