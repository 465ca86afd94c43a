"""What people do with git in a story: revert, edit, push, force-push, change the policy, open a pull request from a fork."""

import random  # noqa: TID251 -- the seed chooses
from dataclasses import dataclass, field
from datetime import timedelta

from bot.cli.demo.stage import Stage
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.simulation.ledger import Ledger
from tests.simulation.reading import FOLLOWED, TAG
from tests.simulation.settings import FOLLOWS, OLDER, kept, policy_text

PEOPLE = ("sam", "dana", "alice", "erin", "mallory")
APPLICATIONS = ("web", "api")
PLACES = ("dev", "staging", "prod")
FOLDERS = {"dev": "kustomization.yaml", "staging": "values.yaml", "prod": "deployment.yaml"}


@dataclass(eq=False)
class Pushes:
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

    def _some(self, chance: random.Random) -> list[PullRequest]:
        found = self.promotions()
        return [chance.choice(found)] if found else []

    def _is_followed(self) -> bool:
        return FOLLOWS in self.stage.text(".gitops.yml")

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
        """Somebody writes a version into the manifests, in a commit with the date of today or of days ago."""
        place, application = chance.choice(PLACES), chance.choice(APPLICATIONS)
        path = f"envs/{place}/{application}/{'values.yaml' if application == 'api' else FOLDERS[place]}"
        text = self.stage.text(path)
        image = "acme/web" if application == "web" else "acme/api"
        tags = [tag for tag, digests in self.ledger.digests.items() if tag[0] == image and digests]
        _, tag = chance.choice(tags)
        digest = (
            chance.choice(self.ledger.digests[image, tag]) if tag == FOLLOWED else self.ledger.digests[image, tag][0]
        )
        at = None if chance.random() < 0.5 else self.stage.clock.now() - timedelta(days=2)
        edited = TAG.sub(tag, text)
        if "sha256:" in edited:
            start = edited.index("sha256:")
            edited = edited[:start] + digest + edited[start + len(digest) :]
        if edited != text:
            self.stage.manifests.commit_files({path: edited}, by=self.people["alice"], message="Set it by hand", at=at)

    def _push_to_promotion(self, chance: random.Random) -> None:
        """Somebody pushes a commit of their own to the bot's branch."""
        for pull in self._some(chance):
            self._push_notes(pull, chance)

    def _push_to_promotions(self, chance: random.Random) -> None:
        """The same, to each of them."""
        for pull in self.promotions():
            self._push_notes(pull, chance)

    def _push_notes(self, pull: PullRequest, chance: random.Random) -> None:
        self.foreign.add(pull.head_ref)
        files = {"notes.txt": f"{chance.random()}\n"}
        self.stage.manifests.commit_files(files, by=self.people["dana"], branch=pull.head_ref, message="Mine")

    def _force_push(self, chance: random.Random) -> None:
        """Somebody rewrites the newest commit of the default branch, or drops the bot's commits from a promotion's branch."""
        manifests, store = self.stage.manifests, self.stage.manifests.store
        pulls = [pull for pull in self.promotions() if pull.queue_entry is None]
        if pulls and chance.random() < 0.7:
            pull = chance.choice(pulls)
            self.foreign.add(pull.head_ref)
            after = store.commit(pull.head_oid).parents[0]
            manifests.move_ref(f"refs/heads/{pull.head_ref}", before=pull.head_oid, after=after, by=self.people["dana"])
            return
        head, alice = manifests.head(), self.people["alice"]
        commit, person = store.commit(head), self.stage.github.person(alice)
        again = store.write_commit(
            tree=commit.tree, parents=commit.parents, message=f"{commit.message} again", author=person, committer=person
        )
        manifests.move_ref("refs/heads/main", before=head, after=again, by=alice)

    def _change_policy(self, chance: random.Random) -> None:
        text = kept(policy_text(chance), self.stage.text(".gitops.yml"))
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
