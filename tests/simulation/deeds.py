"""What people and machines do in a story. Each deed draws its details from the step's own seed."""

import random  # noqa: TID251 -- the seed chooses
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot.cli.demo.setting import PRESENT
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.errors import Refused
from tests.simulation.pushes import APPLICATIONS, PEOPLE, PLACES, Pushes
from tests.simulation.reading import FOLLOWED, Version
from tests.simulation.settings import OLDER

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
    "/override windows,freezes,limit {place} {app} it burns",
    "/why {place} {app}",
    "/refresh",
    "/help",
    "/promot prod",
    "/hold nowhere",
)
LABEL = "gitops/hold"
FORGED = "Done.\n\n<!-- gitops-bot answers {} -->"


class Deeds(Pushes):
    """Everything that the people and machines of one world do."""

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
                if not self._is_green(pull):
                    self._report(pull, Conclusion.SUCCESS)
                for login in ("sam", "dana", "alice"):
                    self._agree(pull, self.people[login])
            for subject in (self.stage.manifests.conversation(1), *self.promotions()):
                subject.remove_labels(self._label(), by=self.people["alice"])
            for place in PLACES:
                if not self._is_healthy(place):
                    self.stage.sync(place)

    def _is_green(self, pull: PullRequest) -> bool:
        """CI has reported success on a promotion, and on its group: it does so once, so that nothing else wakes the bot."""
        group, checks = (pull.queue_entry.group if pull.queue_entry else None), self.stage.manifests.checks
        heads = [pull.head_oid, *([group.head_oid] if group else [])]
        wanted = ("validate", Conclusion.SUCCESS)
        return all(wanted in {(run.name, run.conclusion) for run in checks.latest_runs(head)} for head in heads)

    def _is_healthy(self, place: str) -> bool:
        head, context = self.stage.manifests.head(), f"argocd/web-{place}"
        reports = [each.good for each in self.ledger.reports if (each.commit, each.context) == (head, context)]
        return reports[-1:] == [True]

    def _label(self) -> Label:
        return self.stage.manifests.label(LABEL, by=self.people["alice"])

    def _report(self, pull: PullRequest, conclusion: Conclusion) -> None:
        """CI reports on a promotion, and on its group in the merge queue."""
        self.stage.validate(pull, conclusion)
        group = pull.queue_entry.group if pull.queue_entry else None
        if group is not None:
            self.stage.report(self.stage.manifests, group.head_oid, "validate", conclusion)

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
        self.ledger.note_image("acme/web", tag, digest, platforms)

    def _release_api(self, _: random.Random) -> None:
        self.released_api += 1
        if self._is_followed():
            labels = {"release": str(self.released_api)}
            self.ledger.note_image(
                "acme/api", FOLLOWED, self.stage.registry.push_image("acme/api", FOLLOWED, labels=labels)
            )
            return
        tag = f"v1.5.{self.released_api}"
        self.ledger.note_image("acme/api", tag, self.stage.push_other("acme/api", tag))

    def _move_back(self, chance: random.Random) -> None:
        """Somebody points the followed tag at an older image again, or at the newest."""
        digests = self.ledger.digests.get(("acme/api", FOLLOWED))
        if digests:
            self.stage.registry.move_tag("acme/api", FOLLOWED, chance.choice(digests))

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
        newest = [f"v1.5.{number}" for number in range(1, self.released + 1)]
        tag = chance.choice([PRESENT, *newest, *newest[-1:] * 4])
        digest = self.stage.registry.push_image(
            "acme/web", tag, revision=self.stage.commits.get(tag), labels={"again": "yes"}
        )
        self.ledger.note_image("acme/web", tag, digest)

    def _validate(self, chance: random.Random) -> None:
        for pull in self.promotions():
            if chance.random() < 0.7:
                conclusion = Conclusion.FAILURE if chance.random() < 0.1 else Conclusion.SUCCESS
                self._report(pull, conclusion)

    def _sync(self, chance: random.Random) -> None:
        state = StatusState.FAILURE if chance.random() < 0.15 else StatusState.SUCCESS
        for place in PLACES:
            if chance.random() < 0.6:
                self.stage.sync(place, state)

    # -- people ----------------------------------------------------------------------------------------------------

    def _speak(self, chance: random.Random) -> None:
        subjects = [1, *(pull.number for pull in self.promotions())]
        number = chance.choice(subjects) if chance.random() < 0.4 else 1
        application = chance.choice(APPLICATIONS)
        line = chance.choice(LINES).format(
            place=chance.choice(PLACES), app=application, tag=chance.choice(self._names(application))
        )
        self.stage.manifests.conversation(number).comment(line, by=self.people[self._anybody(chance)])

    def _request(self, chance: random.Random) -> None:
        """Somebody asks for the next version of prod, as teams do each day."""
        line = f"/promote prod {chance.choice(APPLICATIONS)}"
        self.stage.manifests.conversation(1).comment(line, by=self.people[chance.choice(("sam", "dana"))])

    def _roll_back(self, chance: random.Random) -> None:
        """Somebody rolls back what the bot has merged lately."""
        merged = [each.pull.head_ref for each in self.ledger.landings if each.ours and each.pull is not None]
        if merged:
            _, place, application = chance.choice(merged[-3:]).split("/")
            line = f"/rollback {place} {application}"
            self.stage.manifests.conversation(1).comment(line, by=self.people[chance.choice(("sam", "dana"))])

    def _hold_all(self, _: random.Random) -> None:
        self.stage.manifests.conversation(1).comment("/hold all until 20m", by=self.people["dana"])

    def _names(self, application: str) -> list[str]:
        """Return what the versions of an application are called."""
        if application == "api" and self._is_followed():
            return [Version(FOLLOWED, digest).name for digest in self.ledger.digests["acme/api", FOLLOWED]]
        return [OLDER, PRESENT, *(f"v1.5.{each}" for each in range(1, self.released + 1))]

    def _pretend_answer(self, chance: random.Random) -> None:
        """A stranger writes below a command what looks like the bot's answer to it."""
        conversation, place = self.stage.manifests.conversation(1), chance.choice(PLACES)
        said = conversation.comment(f"/hold {place} until 10m", by=self.people["dana"])
        conversation.comment(FORGED.format(said.id), by=self.people["mallory"])

    def _label_hold(self, chance: random.Random) -> None:
        """Somebody holds everything, or one promotion, by a label."""
        subjects = [self.stage.manifests.conversation(1), *self.promotions()]
        chance.choice(subjects).add_labels(self._label(), by=self.people["dana"])

    def _label_off(self, _: random.Random) -> None:
        for subject in (self.stage.manifests.conversation(1), *self.promotions()):
            subject.remove_labels(self._label(), by=self.people["dana"])

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
