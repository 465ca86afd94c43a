"""What people and machines do in a story. Each deed draws its details from the step's own seed."""

import random  # noqa: TID251 -- the seed chooses
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.cli.demo.setting import PRESENT
from bot.cli.demo.stage import Stage
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.errors import Refused
from tests.simulation.ledger import Ledger
from tests.simulation.reading import TAG
from tests.simulation.settings import OLDER, policy_text

PEOPLE = ("sam", "dana", "alice", "erin", "mallory")
APPLICATIONS = ("web", "api")
PLACES = ("dev", "staging", "prod")
LINES = (
    "/hold {place} {app} until 45m the database moves",
    "/hold {place} until 20m",
    "/hold {place}",
    "/unhold {place}",
    "/unhold {place} {app}",
    "/hold all until 30m",
    "/promote {place} {app}",
    "/promote {place} {app}",
    "/promote {place} {app}@{tag}",
    "/promote {place} {app}@v9.9.9",
    "/rollback {place} {app}",
    "/rollback {place} {app}@{tag}",
    "/reject {app}@{tag} no",
    "/unreject {app}@{tag}",
    "/override soak,health {place} {app} it burns",
    "/why {place} {app}",
    "/refresh",
    "/help",
    "/promot prod",
    "/hold nowhere",
)
FOLDERS = {"dev": "kustomization.yaml", "staging": "values.yaml", "prod": "deployment.yaml"}


@dataclass(eq=False)
class Deeds:
    """The people and machines of one world. released: web's newest version, as the last part of its number."""

    stage: Stage
    ledger: Ledger
    released: int = 0
    released_api: int = 0
    foreign: set[str] = field(default_factory=set)
    names: int = 0
    people: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {login: self.stage.person(login) for login in PEOPLE}

    def promotions(self) -> list[PullRequest]:
        """Return the bot's open pull requests."""
        return [pull for pull in self.stage.open_promotions() if self.ledger.is_ours(pull.author)]

    def do(self, deed: str, chance: random.Random) -> None:
        """Do this. What is impossible at the moment is left out, as people do."""
        with self._unlimited(), suppress(Refused):  # GitHub says no to this person
            getattr(self, f"_{deed}")(chance)

    @contextmanager
    def _unlimited(self) -> Iterator[None]:
        """The limits on content are the bot's, not these people's."""
        limits = (self.stage.github.content_limit, self.stage.github.reaction_limit)
        left = [limit.left for limit in limits]
        for limit in limits:
            limit.left = 0
        yield
        for limit, before in zip(limits, left, strict=True):
            limit.left = before

    def care(self) -> None:
        """What goes well in the end: every check is green, every environment is healthy, everybody approves."""
        with self._unlimited():
            for pull in self.promotions():
                self.stage.validate(pull)
                for login in ("sam", "dana", "alice"):
                    self._agree(pull, self.people[login])
            for place in PLACES:
                self.stage.sync(place)

    @staticmethod
    def _agree(pull: PullRequest, person: User) -> None:
        last = next((each.state for each in reversed(pull.reviews) if each.author is person), None)
        if last is not ReviewState.APPROVED or pull.reviews[-1].commit_oid != pull.head_oid:
            pull.review(by=person, state=ReviewState.APPROVED)

    # -- machines --------------------------------------------------------------------------------------------------

    def _release(self, chance: random.Random) -> None:
        self.released += 1
        tag = f"v1.5.{self.released}"
        conclusion = chance.choice((Conclusion.SUCCESS,) * 4 + (Conclusion.FAILURE, None))
        platforms = ("linux/amd64",) if chance.random() < 0.1 else ("linux/amd64", "linux/arm64")
        if conclusion is None:
            self.stage.build(tag, checks={})
            self.stage.report(self.stage.source, self.stage.commits[tag], "build", None)
        else:
            self.stage.build(tag, checks={"build": conclusion})
        self.ledger.commits[tag] = self.stage.commits[tag]
        self._push(tag, platforms)

    def _push(self, tag: str, platforms: tuple[str, ...]) -> None:
        digest = self.stage.push_image(tag, platforms=platforms)
        self.ledger.note_image("acme/web", tag, digest)

    def _release_api(self, _: random.Random) -> None:
        self.released_api += 1
        tag = f"v1.5.{self.released_api}"
        self.ledger.note_image("acme/api", tag, self.stage.push_other("acme/api", tag))

    def _push_missing_platform(self, _: random.Random) -> None:
        if self.released:
            tag = f"v1.5.{self.released}"
            images = self.stage.registry.store.repository("acme/web")
            if (
                b"linux" in images.manifests[images.tags[tag]].body
                and b"arm64" not in images.manifests[images.tags[tag]].body
            ):
                self._push(tag, ("linux/amd64", "linux/arm64"))

    def _finish_build(self, chance: random.Random) -> None:
        tags = [tag for tag, commit in self.ledger.commits.items() if (commit, "build") not in self.ledger.green]
        if tags:
            self.stage.report(self.stage.source, self.stage.commits[chance.choice(tags)], "build", Conclusion.SUCCESS)

    def _move_tag(self, chance: random.Random) -> None:
        """Somebody pushes another image under a tag that was there: never what was tested."""
        tag = chance.choice([PRESENT, *(f"v1.5.{number}" for number in range(1, self.released + 1))])
        digest = self.stage.registry.push_image(
            "acme/web", tag, revision=self.stage.commits.get(tag), labels={"again": "yes"}
        )
        self.ledger.note_image("acme/web", tag, digest)

    def _validate(self, chance: random.Random) -> None:
        for pull in self.promotions():
            if chance.random() < 0.7:
                conclusion = Conclusion.FAILURE if chance.random() < 0.1 else Conclusion.SUCCESS
                self.stage.validate(pull, conclusion)

    def _sync(self, chance: random.Random) -> None:
        state = StatusState.FAILURE if chance.random() < 0.15 else StatusState.SUCCESS
        for place in PLACES:
            if chance.random() < 0.6:
                self.stage.sync(place, state)

    # -- people ----------------------------------------------------------------------------------------------------

    def _speak(self, chance: random.Random) -> None:
        subjects = [1, *(pull.number for pull in self.promotions())]
        number = chance.choice(subjects) if chance.random() < 0.4 else 1
        tag = chance.choice([OLDER, PRESENT, *(f"v1.5.{each}" for each in range(1, self.released + 1))])
        line = chance.choice(LINES).format(place=chance.choice(PLACES), app=chance.choice(APPLICATIONS), tag=tag)
        self.stage.manifests.conversation(number).comment(line, by=self.people[self._anybody(chance)])

    def _anybody(self, chance: random.Random) -> str:
        return chance.choice(PEOPLE[:3] * 3 + PEOPLE)

    def _edit(self, _: random.Random) -> None:
        if self.ledger.said:
            said = self.ledger.said[-1]
            said.comment.edit(f"{said.comment.body} please", by=said.author)

    def _approve(self, chance: random.Random) -> None:
        for pull in self.promotions():
            if chance.random() < 0.6:
                pull.review(by=self.people[chance.choice(("sam", "dana", "erin"))], state=ReviewState.APPROVED)

    def _ask_for_changes(self, chance: random.Random) -> None:
        for pull in self._some(chance):
            pull.review(by=self.people["alice"], state=ReviewState.CHANGES_REQUESTED, body="Not yet.")

    def _merge(self, chance: random.Random) -> None:
        for pull in self._some(chance):
            merge(pull, MergeOrder(), by=self.people["alice"])

    def _close(self, chance: random.Random) -> None:
        for pull in self._some(chance):
            pull.close(by=self.people[chance.choice(("sam", "dana"))])

    def _some(self, chance: random.Random) -> list[PullRequest]:
        found = self.promotions()
        return [chance.choice(found)] if found else []

    def _revert(self, chance: random.Random) -> None:
        """`git revert -m 1` of the newest merge that the bot made, pushed by a person."""
        landings = [each for each in self.ledger.landings if each.ours][-3:]
        if landings:
            landing, store = chance.choice(landings), self.stage.manifests.store
            changes = self.stage.manifests.history.changes(landing.before, landing.after)
            before = {each.path: store.file(landing.before, each.path) for each in changes}
            files = {path: None if text is None else text.decode() for path, text in before.items()}
            self.stage.manifests.commit_files(files, by=self.people["dana"], message="Revert a promotion")

    def _edit_by_hand(self, chance: random.Random) -> None:
        place, application = chance.choice(PLACES), chance.choice(APPLICATIONS)
        path = f"envs/{place}/{application}/{'values.yaml' if application == 'api' else FOLDERS[place]}"
        text = self.stage.text(path)
        image = "acme/web" if application == "web" else "acme/api"
        tags = [tag for tag in self.ledger.digests if tag[0] == image]
        _, tag = chance.choice(tags)
        digest = self.ledger.digests[image, tag][0]
        edited = TAG.sub(tag, text)
        if "sha256:" in edited:
            start = edited.index("sha256:")
            edited = edited[:start] + digest + edited[start + len(digest) :]
        if edited != text:
            self.stage.manifests.commit_files({path: edited}, by=self.people["alice"], message="Set it by hand")

    def _push_to_promotion(self, chance: random.Random) -> None:
        """Somebody pushes a commit of their own to the bot's branch."""
        for pull in self._some(chance):
            self.foreign.add(pull.head_ref)
            self.stage.manifests.commit_files(
                {"notes.txt": f"{chance.random()}\n"}, by=self.people["dana"], branch=pull.head_ref, message="Mine"
            )

    def _change_policy(self, chance: random.Random) -> None:
        text = policy_text(chance)
        if "write: tag}\n  api" in self.stage.text(".gitops.yml"):
            text = text.replace("write: tag+digest}\n  api", "write: tag}\n  api")
        else:
            text = text.replace("write: tag}\n  api", "write: tag+digest}\n  api")
        if text != self.stage.text(".gitops.yml"):
            self.stage.manifests.commit_files({".gitops.yml": text}, by=self.people["alice"], message="Policy")

    def _propose_from_fork(self, chance: random.Random) -> None:
        """A stranger opens a pull request from a fork, on a branch that is called like the bot's."""
        manifests, stranger = self.stage.manifests, self.people["mallory"]
        found = next((each for each in manifests.forks), None)
        fork = found or self.stage.github.fork(manifests, by=stranger)
        self.names += 1
        branch = chance.choice((f"gitops/prod/web-{self.names}", "gitops/prod/web", "gitops/dev/web"))
        if fork.find_branch(branch) is None:
            fork.create_branch(branch, by=stranger)
        text = self.stage.text("envs/prod/web/deployment.yaml")
        fork.commit_files(
            {"envs/prod/web/deployment.yaml": TAG.sub(OLDER, text) + "# mine\n"}, by=stranger, branch=branch
        )
        draft = PullDraft(title="prod: web", base="main", head=branch, head_repository=fork)
        manifests.open_pull(draft, by=stranger)

    def _rename(self, chance: random.Random) -> None:
        """Somebody, the source repository or the App gets another name."""
        self.names += 1
        github, alice, number = self.stage.github, self.people["alice"], self.names
        chance.choice(
            (
                lambda: github.rename_app(self.stage.app, f"deployer-{number}"),
                lambda: github.rename_account(self.people["sam"], f"sam-{number}", by=alice),
                lambda: github.rename_account(self.people["erin"], f"erin-{number}", by=alice),
                lambda: github.rename_repository(self.stage.manifests, f"manifests-{number}", by=alice),
                lambda: github.rename_repository(self.stage.source, f"web-{number}", by=alice),
            )
        )()
