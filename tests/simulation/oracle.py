"""The judge: holds what happened to the seven promises, from Git, the policy, the registry and people's words alone.

It shares no code with the bot. Where the world leaves room for two right outcomes (somebody lifted a hold at the moment of a
merge), it accepts both.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from bot.simulator.github.model.pulls.pull_request import PullRequest
from tests.simulation.ledger import Landing, Ledger
from tests.simulation.places import closed_gates, is_labelled, limit_of, merges
from tests.simulation.reading import Policy, Version, files_of, masked
from tests.simulation.rejections import Rejections
from tests.simulation.timeline import Timeline
from tests.simulation.words import answered, asked, holds, naming, overrides

GRACE = timedelta(minutes=2)
"""What changed so shortly before a merge may not have been seen yet; each such case is a race that a promise accepts."""
DELETED = timedelta(minutes=12)
"""A sweep deletes an answer that was given again."""
SECONDS = timedelta(seconds=2)
PROMOTIONS = "refs/heads/gitops/"
OWN_REFS = (
    "refs/heads/gitops/",
    "refs/heads/gitops-stage/",
    "refs/heads/gitops-state",
    "refs/heads/main",
    "refs/heads/gh-readonly-queue/",
)


class Oracle:
    """Judges one world, step by step."""

    def __init__(self, ledger: Ledger, *, began: datetime, images: dict[str, str]) -> None:
        self.ledger = ledger
        self.timeline = Timeline(ledger, began=began)
        self.rejections = Rejections(ledger, self.timeline)
        self.images = images
        self._offered: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._landings = self._opened = self._refs = 0

    def judge(self) -> list[str]:
        """Return what broke a promise since the last call."""
        found: list[str] = []
        for landing in self.ledger.landings[self._landings :]:
            self.rejections.learn(landing)
            if landing.ours:
                found += self._landing(landing)
        self._landings = len(self.ledger.landings)
        for at, pull in self.ledger.opened[self._opened :]:
            found += self._opening(at, pull)
        self._opened = len(self.ledger.opened)
        for _, ref, after, by in self.ledger.refs[self._refs :]:
            if self.ledger.is_ours(by) and not ref.startswith(OWN_REFS):
                found.append(f"promise 1: the bot wrote {ref}")
            elif self.ledger.is_ours(by) and ref.startswith(PROMOTIONS):
                found += self._offer(ref, after)
        self._refs = len(self.ledger.refs)
        return found + self._answers()

    # -- one by one ------------------------------------------------------------------------------------------------

    def _offer(self, ref: str, after: str) -> list[str]:
        """Judge what the bot wrote to a promotion's branch: a tag that moved stays what it was, or is not offered at all."""
        environment, _, application = ref.removeprefix(PROMOTIONS).partition("/")
        if application not in self.images or not after.strip("0"):
            return []
        version = self.timeline.version(after, environment, application)
        if version is None or version.is_followed or not version.digest:
            return []
        offered = self._offered[application, version.tag]
        if version.digest in offered:
            return []
        offered.add(version.digest)
        return [f"promise 3: {version.tag} was offered with {len(offered)} digests"] if len(offered) > 1 else []

    def _may_repeat(self, answer: tuple[datetime, str]) -> bool:
        """Report whether a bot that had stood still wrote an answer again, and there was no sweep yet that deletes it."""
        at, now = answer[0], self.ledger.manifests.github.now()
        return now < at + DELETED and any(thawed <= at <= thawed + SECONDS for thawed in self.ledger.thawed)

    def _answers(self) -> list[str]:
        twice = [said for said in self.ledger.said if not all(map(self._may_repeat, said.answers[1:]))]
        return [
            f"promise 6: {said.text!r} by {said.author.login} was answered {len(said.answers)} times" for said in twice
        ]

    def _opening(self, at: datetime, pull: PullRequest) -> list[str]:
        head = pull.head_ref
        parts = head.split("/")
        if parts[0] != "gitops" or len(parts) != 3:
            return [f"promise 1: the bot opened a pull request from {head}"]
        same = [
            other
            for other in self.ledger.manifests.open_pulls
            if other.head_ref == head and not other.is_cross_repository
        ]
        found = [f"promise 1: {len(same)} pull requests are open from {head}"] if len(same) > 1 else []
        policy = self.timeline.policy(self.ledger.manifests.head())
        if policy.key(parts[1], "promote") == "manual" and not self._requested(parts[1], parts[2], policy, at):
            found.append(f"promise 7: nobody who may asked for {head}, and {parts[1]} is promoted on request")
        return found

    def _requested(self, environment: str, application: str, policy: Policy, at: datetime) -> bool:
        for said in asked(self.ledger, environment, application, "/promote", "/rollback"):
            rule = policy.key(environment, "permissions", {}).get(said.words[0][1:])
            if said.at <= at and (rule is None or self._is_among(rule, said.author, application, policy)):
                return True
        return False

    def _is_among(self, rule: list[str], person: object, application: str, policy: Policy) -> bool:
        names = [name for each in rule for name in (policy.owners(application) if each == "owners" else [each])]
        acme = self.ledger.manifests.owner
        for name in names:
            team = self.ledger.manifests.github.find_team(acme.login, name.partition("/")[2]) if "/" in name else None
            members = (
                team.all_members() if team else [self.ledger.manifests.github.find_account(name.removeprefix("@"))]
            )
            if person in members:
                return True
        return False

    # -- a merge ---------------------------------------------------------------------------------------------------

    def _landing(self, landing: Landing) -> list[str]:
        pull = landing.pull
        if pull is None:
            return [f"promise 1: the bot moved the default branch to {landing.after[:7]} without a pull request"]
        parts = pull.head_ref.split("/")
        if parts[0] != "gitops" or len(parts) != 3:
            return [f"promise 1: the bot merged #{pull.number} from {pull.head_ref}"]
        environment, application = parts[1:]
        name = f"#{pull.number} {environment} {application} at {landing.at:%H:%M:%S}"
        found = [f"promise 2: {name}: {text}" for text in self._other_bytes(landing, environment, application)]
        was = self.timeline.version(landing.before, environment, application)
        now = self.timeline.version(landing.after, environment, application)
        if now is None:
            return [*found, f"promise 2: {name} leaves no version that can be read"]
        found += [f"promise 3: {name}: {text}" for text in self._tested(now, application)]
        if self._has_moved(now, environment, application, at=landing.at):
            found.append(f"promise 3: {name}: {now.tag} stands for another image than when it was deployed elsewhere")
        back = was is not None and self.ledger.rank(application, now) < self.ledger.rank(application, was)
        named = [said for said in naming(self.ledger, environment, application, now.name) if said.at <= landing.at]
        rollback = any(said.at <= landing.at for said in asked(self.ledger, environment, application, "/rollback"))
        if back and not (named or rollback):
            found.append(f"promise 5: {name} goes back from {was} to {now.name}, and nobody asked for it")
        if self.rejections.holds(environment, application, now.name, at=landing.at):
            found.append(f"promise 5: {name} brings {now.name}, which people undid or rejected there")
        if not back:
            found += self._gates(landing, environment, application, now)
        return found

    def _other_bytes(self, landing: Landing, environment: str, application: str) -> list[str]:
        git, folder = self.ledger.manifests.store, f"envs/{environment}/{application}"
        before, after = files_of(git, landing.before, ""), files_of(git, landing.after, "")
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        found = [f"it touches {path}" for path in sorted(changed) if not path.startswith(f"{folder}/")]
        kept = [path for path in sorted(changed) if path in before and path in after]
        more = [path for path in kept if masked(before[path]) != masked(after[path])]
        return found + [f"it changes more than the version in {path}" for path in more]

    def _tested(self, version: Version, application: str) -> list[str]:
        known = self.ledger.digests[self.images[application], version.tag]
        if version.digest and version.digest not in known:
            return [f"{version.tag} never had the digest {version.digest[:15]} in the registry"]
        if version.is_followed:
            return []
        others = {
            stay.version.digest
            for environment in self.timeline.policy(self.ledger.manifests.head()).environments
            for stay in self.timeline.stays(environment, application)
            if stay.version is not None
            and stay.version.tag == version.tag
            and stay.landing is not None
            and stay.landing.ours
        }
        return [f"{version.tag} was deployed with {len(others)} digests"] if len(others) > 1 else []

    def _has_moved(self, version: Version, environment: str, application: str, *, at: datetime) -> bool:
        """Report whether a tag without a digest came elsewhere through the bot, and was moved since."""
        moved = self.ledger.moved.get((self.images[application], version.tag))
        if moved is None or version.digest or moved > at - GRACE:
            return False
        return any(
            stay.version == version and stay.landing is not None and stay.landing.ours and stay.since < moved - GRACE
            for other in self.timeline.policy(self.ledger.manifests.head()).environments
            for stay in self.timeline.stays(other, application)
            if other != environment
        )

    def _gates(self, landing: Landing, environment: str, application: str, version: Version) -> list[str]:
        """Report the gates that stood closed at a merge, by the policy then and by every one of shortly before."""
        number = landing.pull.number if landing.pull else 0
        name = f"#{number} {environment} {application} {version.tag} at {landing.at:%H:%M:%S}"
        waited = landing.at - landing.decided
        closed = [
            [
                *self._closed(policy, landing, environment, application, version),
                *self._shut(policy, landing, environment, application, version),
            ]
            for policy in self.timeline.policies(landing.before, landing.at, waited + GRACE)
        ]
        found = min(closed, key=len)
        held = [
            f"{said.author.login} held it at {begin:%H:%M:%S} with {said.text!r}"
            for begin, end, said in holds(self.ledger, environment, application)
            if begin < landing.at < end
        ]
        return [f"promise 7: {name}: {text}" for text in (*found, *held)]

    def _closed(
        self, policy: Policy, landing: Landing, environment: str, application: str, version: Version
    ) -> list[str]:
        gates, source, found = policy.gates(environment, application), policy.source(environment), []

        def over(gate: str) -> bool:
            return overrides(self.ledger, gate, environment, application, landing.at)

        if source == "registry":
            if gates.get("checks") and not over("checks") and not self._checked(version.tag, gates["checks"]):
                found.append("its checks never succeeded")
        elif not over("from"):
            contexts = [] if over("health") else policy.health(environment, application)
            served = self.timeline.longest(source, application, version, at=landing.at, contexts=contexts)
            wanted = timedelta(0) if over("soak") else policy.soak(environment, application)
            if served is None:
                found.append(f"{source} never had it healthy")
            elif served + SECONDS < wanted:
                found.append(f"it soaked in {source} for {served} of {wanted}")
        if gates.get("approvals") and not over("approvals"):
            found += self._approved(landing, environment, application, version)
        return found

    def _shut(
        self, policy: Policy, landing: Landing, environment: str, application: str, version: Version
    ) -> list[str]:
        """Report what kept the place closed when this was decided, whatever its version; and platforms that are missing."""
        at, found = landing.decided, []
        for gate, why in closed_gates(policy, environment, application, at=at, lately=GRACE):
            if not overrides(self.ledger, gate, environment, application, landing.at):
                found.append(why)
        number = landing.pull.number if landing.pull else 0
        if is_labelled(self.ledger, number, at=at, lately=GRACE):
            found.append("the label gitops/hold held it")
        limit = limit_of(policy, environment)
        if limit is not None and not overrides(self.ledger, "limit", environment, application, landing.at):
            count = merges(self.ledger, environment, after=at - limit[1] + SECONDS, until=at - GRACE)
            if count >= limit[0]:
                found.append(f"{count} had merged there within {limit[1]}, and {limit[0]} may")
        known = [version.digest] if version.digest else self.ledger.digests[self.images[application], version.tag]
        wanted = policy.wanted_platforms(application)
        if not any(wanted <= set(self.ledger.platforms.get(digest, ())) for digest in known):
            found.append(f"{version.name} is not there for all of {', '.join(sorted(wanted))}")
        return found

    def _checked(self, tag: str, wanted: list[str]) -> bool:
        commit = self.ledger.commits.get(tag)
        return commit is not None and all((commit, name) in self.ledger.green for name in wanted)

    def _approved(self, landing: Landing, environment: str, application: str, version: Version) -> list[str]:
        pull = landing.pull
        team = self.ledger.manifests.github.find_team(self.ledger.manifests.owner.login, "sre")
        if pull is None or team is None:
            return []
        folder = f"envs/{environment}/{application}"
        for review in pull.reviews:
            files = files_of(self.ledger.manifests.store, review.commit_oid, folder)
            counts = review.author in team.all_members() and self._requesters(environment, application, landing.at) != {
                review.author.login
            }
            told = version.digest if version.is_followed else version.tag
            if counts and any(told.encode() in text for text in files.values()):
                return []
        return ["nobody of sre approved this version"]

    def _requesters(self, environment: str, application: str, at: datetime) -> set[str]:
        found = asked(self.ledger, environment, application, "/promote")
        return {said.author.login for said in found if said.at <= at and answered(said, "Promoting")}
