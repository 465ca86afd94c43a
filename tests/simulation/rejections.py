"""Which versions people undid or rejected, where, and whether somebody may have allowed them again since."""

from datetime import datetime, timedelta

from tests.simulation.ledger import Landing, Ledger
from tests.simulation.reading import Version, files_of, version_of
from tests.simulation.timeline import Timeline
from tests.simulation.words import answered, asked, commands, naming

CARRIED_OUT = timedelta(minutes=15)
ENVIRONMENTS = ("dev", "staging", "prod")


class Rejections:
    """Learns from every move of the default branch, and looks up what people said."""

    def __init__(self, ledger: Ledger, timeline: Timeline) -> None:
        self._ledger = ledger
        self._timeline = timeline
        self._undone: dict[tuple[str, str, str], datetime] = {}
        self._restored: dict[tuple[str, str, str], datetime] = {}
        self._left: set[tuple[str, str, str]] = set()

    def learn(self, landing: Landing) -> None:
        """Note what a move of the default branch undid: an older version in the place of a newer one."""
        for environment in ENVIRONMENTS:
            for application in ("web", "api"):
                was = self._timeline.version(landing.before, environment, application)
                now = self._timeline.version(landing.after, environment, application)
                if was is None or now is None or was.name == now.name:
                    continue
                goes_back = self._ledger.rank(application, now) < self._ledger.rank(application, was)
                if goes_back:
                    self._left.add((environment, application, was.name))
                if goes_back and self._undoes(landing, environment, application):
                    self._undone[environment, application, was.name] = landing.at
                if not landing.ours:
                    self._restored[environment, application, now.name] = landing.at

    def _undoes(self, landing: Landing, environment: str, application: str) -> bool:
        """A person did it; or the bot, because somebody rolled back. A version named in `/promote` undoes nothing."""
        return not landing.ours or not any(
            said.at <= landing.at for said in asked(self._ledger, environment, application, "/promote")
        )

    def holds(self, environment: str, application: str, tag: str, *, at: datetime) -> bool:
        """Report whether this version must not come there at this moment."""
        since = self.since(environment, application, tag, at=at)
        return since is not None and not self._allowed_again(environment, application, tag, since, at)

    def may_hold(self, environment: str, application: str, tag: str, *, at: datetime) -> bool:
        """Report whether somebody ever undid or rejected this version there, so that it need not come."""
        if (environment, application, tag) in self._left or self.since(
            environment, application, tag, at=at
        ) is not None:
            return True
        spoken = commands(self._ledger, "/reject", "/rollback", "/unreject")
        return any(answered(said, "Rolling back") or tag in said.text for said in spoken)

    def since(self, environment: str, application: str, tag: str, *, at: datetime) -> datetime | None:
        """Return when it was undone or rejected for the last time."""
        found = [self._undone.get((environment, application, tag)), self._restored_later(environment, application, tag)]
        times = [found[0]] if found[0] and (found[1] is None or found[1] < found[0]) else []
        times += [begin for begin in self._rejected(environment, application, tag) if begin <= at]
        times += [moment for moment in self._closed(environment, application, tag) if moment <= at]
        return max(times, default=None)

    def _restored_later(self, environment: str, application: str, tag: str) -> datetime | None:
        return self._restored.get((environment, application, tag))

    def _rejected(self, environment: str, application: str, tag: str) -> list[datetime]:
        found = []
        for said in commands(self._ledger, "/reject"):
            where = answered(said, "it is not proposed there")
            named = said.words[1] if len(said.words) > 1 else ""
            place = next((text for _, text in said.answers if f"`{environment}`" in text), None)
            if where is not None and named == f"{application}@{tag}" and place is not None and "can't use" not in place:
                found.append(where)
        return found

    def _closed(self, environment: str, application: str, tag: str) -> list[datetime]:
        """Return when a person closed a promotion to this version."""
        return [
            at
            for at, pull, by in self._ledger.closed
            if not pull.merged_at
            and not self._ledger.is_ours(by)
            and pull.head_ref == f"gitops/{environment}/{application}"
            and self._ledger.is_ours(pull.author)
            and self._promised(pull.head_oid, environment, application) == tag
            and not self._ran(environment, application, tag, at)
        ]

    def _ran(self, environment: str, application: str, tag: str, at: datetime) -> bool:
        """Report whether it ran there when the promotion was closed: then somebody had taken the bot's commits off it."""
        stays = self._timeline.stays(environment, application)
        running = next(stay.version for stay in reversed(stays) if stay.since <= at)
        return running is not None and running.name == tag

    def _promised(self, commit: str, environment: str, application: str) -> str:
        version: Version | None = version_of(
            files_of(self._ledger.manifests.store, commit, f"envs/{environment}/{application}")
        )
        return version.name if version else ""

    def _allowed_again(self, environment: str, application: str, tag: str, since: datetime, at: datetime) -> bool:
        # A comment may be carried out up to fifteen minutes after it was written.
        if any(since - CARRIED_OUT <= said.at <= at for said in naming(self._ledger, environment, application, tag)):
            return True
        restored = self._restored.get((environment, application, tag))
        return restored is not None and since <= restored <= at
