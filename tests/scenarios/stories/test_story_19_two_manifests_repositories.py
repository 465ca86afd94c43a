"""Two manifests repositories follow one image, each with its own policy, people and decisions."""

from datetime import timedelta

from bot.cli.demo.stage import is_status
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.events import Event, IssueCommentEvent, PullRequestEvent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.world import World, a_world, seen

EDGE_POLICY = """\
version: 1
applications:
  web:
    image: ghcr.io/acme/web
    source: acme/web
    versions: {semver: ">=1.0.0"}
environments:
  edge:
    path: sites/{application}
    from: registry
    gates: {checks: [build]}
"""
MANIFEST = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: 'ghcr.io/acme/web:v1.4.1'}]  # the edge
"""


async def edge_of(world: World) -> Repository:
    """acme/edge, kept by erin, on which the App is installed as well."""
    stage = world.stage
    files = {".gitops.yml": EDGE_POLICY, "sites/web/web.yaml": MANIFEST}
    made = stage.github.create_repository("acme/edge", files=files, by=stage.person("erin"))
    made.grant(stage.person("erin"), Role.MAINTAIN)
    (installation,) = stage.app.installations
    stage.github.select_repositories(installation, add=[made], by=stage.person("alice"))
    await world.settle()
    return made


def deployed(edge: Repository) -> str:
    """The manifest of acme/edge."""
    return (edge.store.file(edge.head(), "sites/web/web.yaml") or b"").decode()


class Ear:
    """Hears what the bot does in each of the two."""

    def __init__(self, world: World) -> None:
        self.heard: list[str] = []
        world.stage.github.listen(self._hear)

    def _hear(self, event: Event) -> None:
        if event.actor.login == "gitops-bot[bot]" and isinstance(event, PullRequestEvent):
            if event.action in ("opened", "closed"):
                merged = "merged" if event.pull.merged_at else event.action
                self.heard.append(f"{event.repository.name}: {merged} {event.pull.title}")
        elif event.actor.login == "gitops-bot[bot]" and isinstance(event, IssueCommentEvent) and _is_answer(event):
            self.heard.append(f"{event.repository.name}: answered")

    def news(self) -> list[str]:
        """Return what the bot wrote since the last call, in any order: the repositories are independent."""
        heard, self.heard = sorted(self.heard), []
        return heard


def _is_answer(event: IssueCommentEvent) -> bool:
    return event.action == "created" and event.comment.body.startswith("> ")


async def say(world: World, pull: PullRequest, text: str, *, by: str) -> str:
    """Comment there, and read the one answer."""
    comment = pull.comment(text, by=world.stage.person(by))
    await world.settle()
    (answer,) = (each for each in pull.comments if each.id > comment.id and each.body.startswith("> "))
    return seen(answer.body)


@told_twice
async def test_one_push_promotes_in_both_and_decisions_stay_separate(interlude: Interlude) -> None:
    """A hold, a rejection and a right count where they were given."""
    async with a_world() as world:
        edge, ear = await edge_of(world), Ear(world)

        await world.release("v1.5.0")
        assert ear.news() == [
            "edge: merged edge: web v1.4.1 → v1.5.0",
            "edge: opened edge: web v1.4.1 → v1.5.0",
            "manifests: opened dev: web v1.4.1 → v1.5.0",
        ]
        assert deployed(edge) == MANIFEST.replace("v1.4.1", "v1.5.0")
        assert "v1.4.1" in world.text("envs/dev/web/kustomization.yaml"), "this one wants a check of its own"
        world.news()
        await interlude(world)

        (theirs,) = edge.pulls
        assert "Held: nothing merges anywhere" in await say(world, theirs, "/hold all the sites are closed", by="erin")
        refused = await say(world, theirs, "/hold all", by="dana")
        assert "You can't use `/hold` everywhere." in refused, "dana has no right in acme/edge"
        ear.news()
        await world.validate("dev")
        assert ear.news() == [
            "manifests: merged dev: web v1.4.1 → v1.5.0",
            "manifests: opened staging: web v1.4.1 → v1.5.0",
        ]

        await world.release("v1.6.0")
        assert world.pull("dev").title == "dev: web v1.5.0 → v1.6.0"
        held = edge.pulls[-1]
        assert held.title == "edge: web v1.5.0 → v1.6.0"
        (status,) = (each.body for each in held.comments if is_status(each))
        assert "⛔ **Hold:** held by erin: the sites are closed." in seen(status)
        await world.say("/reject v1.6.0 it leaks", by="sam", on=1)
        ear.news()
        await world.advance(timedelta(hours=1))
        assert ear.news() == [], "rejected in the one, held in the other"
        await say(world, held, "/unhold all", by="erin")
        assert ear.news() == ["edge: answered", "edge: merged edge: web v1.5.0 → v1.6.0"]
        assert "v1.6.0" in deployed(edge)
        assert "v1.6.0" not in world.text("envs/dev/web/kustomization.yaml")
        world.news()


async def test_removing_one_repository_leaves_the_other_alone() -> None:
    """The bot requests nothing for acme/edge and keeps nothing about it."""
    async with a_world() as world:
        edge, ear = await edge_of(world), Ear(world)
        (installation,) = world.stage.app.installations
        world.stage.github.select_repositories(installation, remove=[edge], by=world.stage.person("alice"))
        await world.settle()

        await world.release("v1.5.0")
        await world.validate("dev")
        await world.advance(timedelta(hours=2))

        assert ear.news() == [
            "manifests: merged dev: web v1.4.1 → v1.5.0",
            "manifests: opened dev: web v1.4.1 → v1.5.0",
            "manifests: opened staging: web v1.4.1 → v1.5.0",
        ]
        assert "v1.4.1" in deployed(edge)
        world.news()
