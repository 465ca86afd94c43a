"""One file of `gitops-state`: all records of one environment."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import yaml
from pydantic import Field

from bot.core.records.entries import (
    FORGOTTEN,
    Acceptance,
    CarriedOut,
    Hold,
    Override,
    R,
    Record,
    Rejection,
    Request,
    Sighting,
)
from bot.core.values.version import Version

ALL = "all"

SUFFIX = ".yaml"

REMEMBERED = 50
"""How many entries of a kind are kept per application, such as first digests.

Manifests hold the deployed digests too.
"""

YOUNG_REMEMBERED = 200
"""How many first sightings are kept per application, where versions have to grow old."""
GROWN_REMEMBERED = 5
"""How many of those are kept that are old enough everywhere."""

BY_APPLICATION = ("requests", "rejected", "accepted", "overrides", "digests", "seen")
"""The fields of a file that are mappings by application."""

HEADER = (
    "# Kept by GitOps Bot: holds, requests, rejected versions, overrides, and the digests versions had when first seen.\n"
    "# Change it with comments such as /hold and /unhold; `/help` lists them.\n"
)


class EnvironmentRecords(Record):
    """One file. Mappings are keyed by application; `digests` by application, tag and image; `seen` is oldest first.

    carried_out: the comments of the last days that changed this file.
    """

    holds: tuple[Hold, ...] = ()
    requests: dict[str, Request] = Field(default_factory=dict)
    rejected: dict[str, tuple[Rejection, ...]] = Field(default_factory=dict)
    accepted: dict[str, tuple[Acceptance, ...]] = Field(default_factory=dict)
    overrides: dict[str, tuple[Override, ...]] = Field(default_factory=dict)
    digests: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)
    seen: dict[str, tuple[Sighting, ...]] = Field(default_factory=dict)
    carried_out: tuple[CarriedOut, ...] = ()

    def with_carried_out(self, done: CarriedOut) -> "EnvironmentRecords":
        """Note that a comment was carried out; comments that are no longer read are forgotten."""
        others = (kept for kept in self.carried_out if kept != done and done.at - kept.at <= FORGOTTEN)
        return self.model_copy(update={"carried_out": (*others, done)})

    def with_sightings(
        self, application: str, *sightings: Sighting, most: int = REMEMBERED, young_since: datetime | None = None
    ) -> "EnvironmentRecords":
        """Add sightings; keep the earliest of each version, and of all the latest.

        young_since: of those before, only a few are kept, because a newer version is old enough as well.
        """
        known = self.seen.get(application, ())
        new = (each for each in sightings if all(each.version != other.version for other in known))
        kept = sorted((*known, *new), key=lambda each: each.at)
        if young_since is not None:
            grown = [each for each in kept if each.at <= young_since]
            kept = [*grown[-GROWN_REMEMBERED:], *kept[len(grown) :]]
        return self.model_copy(update={"seen": {**self.seen, application: tuple(kept[-most:])}})

    def with_digests(self, application: str, version: Version) -> "EnvironmentRecords":
        """Add a version's digests unless some are already recorded: the first ones seen stay."""
        known = self.digests.get(application, {})
        remembered = {**known, version.tag: {**dict(version.digests), **known.get(version.tag, {})}}
        kept = dict(list(remembered.items())[-REMEMBERED:])
        return self.model_copy(update={"digests": {**self.digests, application: kept}})

    def with_request(self, application: str, request: Request | None) -> "EnvironmentRecords":
        """Replace the application's request; None removes it."""
        others = {name: kept for name, kept in self.requests.items() if name != application}
        former = self.requests.get(application)
        if request is not None and former is not None:
            request = request.model_copy(update={"before": (*former.before, former.comment)[-REMEMBERED:]})
        return self.model_copy(update={"requests": others if request is None else {**others, application: request}})

    def with_rejection(self, application: str, rejection: Rejection) -> "EnvironmentRecords":
        """Add a rejection; it replaces an earlier one of the same version."""
        others = tuple(kept for kept in self.rejected.get(application, ()) if kept.version != rejection.version)
        return self.model_copy(update={"rejected": {**self.rejected, application: (*others, rejection)}})

    def with_acceptance(self, application: str, acceptance: Acceptance) -> "EnvironmentRecords":
        """Lift every rejection of a version so far. Later rejections count again."""
        others = tuple(kept for kept in self.accepted.get(application, ()) if kept.version != acceptance.version)
        kept = (*others, acceptance)[-REMEMBERED:]
        lifted = self.without_rejection(application, acceptance.version)
        return lifted.model_copy(update={"accepted": {**self.accepted, application: kept}})

    def with_override(self, application: str, override: Override) -> "EnvironmentRecords":
        """Add an override and drop those that expired before it began."""
        others = (kept for kept in self.overrides.get(application, ()) if kept.until > override.at)
        return self.model_copy(update={"overrides": {**self.overrides, application: (*others, override)}})

    def without_rejection(self, application: str, version: Version) -> "EnvironmentRecords":
        """Remove the rejection of a version."""
        kept = tuple(each for each in self.rejected.get(application, ()) if not each.version.is_same(version))
        return self.model_copy(update={"rejected": {**self.rejected, application: kept}})

    def with_hold(self, hold: Hold) -> "EnvironmentRecords":
        """Add a hold; the same person's earlier one for the same application is replaced."""
        others = (kept for kept in self.holds if (kept.application, _holder(kept)) != (hold.application, _holder(hold)))
        return self.model_copy(update={"holds": (*others, hold)})

    def without_holds(self, dropped: Iterable[Hold]) -> "EnvironmentRecords":
        """Remove these holds."""
        gone = tuple(dropped)
        return self.model_copy(update={"holds": tuple(hold for hold in self.holds if hold not in gone)})

    def renamed(self, applications: Mapping[str, str]) -> "EnvironmentRecords":
        """Return the records under the present names. applications: former name → present name."""
        if not applications:
            return self
        former, rest = EnvironmentRecords(), {}
        for field in BY_APPLICATION:
            kept = getattr(self, field)
            moved = {applications[name]: each for name, each in kept.items() if name in applications}
            former = former.model_copy(update={field: moved})
            rest[field] = {name: each for name, each in kept.items() if name not in applications}
        holds = tuple(
            hold.model_copy(update={"application": applications.get(hold.application or "", hold.application)})
            for hold in self.holds
        )
        return self.model_copy(update={**rest, "holds": holds}).joined(former)

    def joined(self, older: "EnvironmentRecords") -> "EnvironmentRecords":
        """Return these records merged with older ones. These win; of first sightings the older win."""
        seen = older
        for application, sightings in self.seen.items():
            seen = seen.with_sightings(application, *sightings, most=YOUNG_REMEMBERED)
        return EnvironmentRecords(
            holds=_both(older.holds, self.holds),
            requests={**older.requests, **self.requests},
            rejected=_by_application(older.rejected, self.rejected),
            accepted=_by_application(older.accepted, self.accepted),
            overrides=_by_application(older.overrides, self.overrides),
            digests={
                name: _first_seen(older.digests.get(name, {}), self.digests.get(name, {}))
                for name in (older.digests | self.digests)
            },
            seen=seen.seen,
            carried_out=_both(older.carried_out, self.carried_out),
        )

    def text(self) -> str:
        """Return the file's text. Empty fields are left out, which keeps files short and diffs readable."""
        content = _without_empty(self.model_dump(mode="json", exclude_defaults=True))
        # libyaml's emitter is five times as fast, and escapes the line break U+0085, which PyYAML's own emitter loses.
        body: str = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        return HEADER + body


NOTHING = EnvironmentRecords()


def file_name(environment: str) -> str:
    """Return the name of the file that holds an environment's records."""
    return environment + SUFFIX


def _holder(hold: Hold) -> int | str:
    """Return who holds. A hold without a number is replaced by none with one: in doubt both stay."""
    return hold.by_id if hold.by_id is not None else hold.by.lower()


def _both(older: tuple[R, ...], newer: tuple[R, ...]) -> tuple[R, ...]:
    return (*older, *(each for each in newer if each not in older))


def _by_application(older: Mapping[str, tuple[R, ...]], newer: Mapping[str, tuple[R, ...]]) -> dict[str, tuple[R, ...]]:
    return {name: _both(older.get(name, ()), newer.get(name, ())) for name in {**older, **newer}}


def _first_seen(
    older: Mapping[str, Mapping[str, str]], newer: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Merge two mappings tag → image → digest; the older digests win."""
    return {tag: {**newer.get(tag, {}), **older.get(tag, {})} for tag in {**older, **newer}}


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in ({}, [], None)}
