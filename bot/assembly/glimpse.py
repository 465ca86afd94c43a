"""An application as one look at its whole repository shows it: what its files hold now, and nothing before that.

What such a look does not bring is left as it is when it was not read: histories go no further back than the newest commit,
and nothing counts as older than now. No promotion, role or past pull request is in it, so nothing may be written on it.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.assembly.files import Files
from bot.assembly.reading import Reading
from bot.assembly.scope import scope_of
from bot.assembly.state import listed_files
from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.observation.actors import Actor
from bot.core.observation.files import FileRevision, History, ListedFile, SeenEnvironment
from bot.core.observation.observation import Observation
from bot.core.observation.source import SourceSeen
from bot.core.observation.sweep import Sweep
from bot.core.policy import Application, Policy

Reached = Mapping[str, tuple[ListedFile, ...]]
"""Environment → the files that may hold a reference."""


def glimpse(
    sweep: Sweep, needs: Needs, files: Reached, *, now: datetime, source: SourceSeen | None = None
) -> Observation:
    """Return what is known of one application. source: its source repository, as far as it was read."""
    return Observation(
        repository=sweep.repository,
        policy_files=sweep.policy_files,
        policy_id=sweep.policy_id,
        state=sweep.state,
        environments={
            each.name: _environment(sweep, each, files.get(each.name, ()), needs.application, now)
            for each in needs.environments
        },
        recent=sweep.recent,
        commits={},
        source=source,
        comments=sweep.comments,
        people={},
        teams={},
        blobs={},
        unreadable={},
        merges=sweep.merges,
        merges_since=now,
    )


def _environment(
    sweep: Sweep, needs: EnvironmentNeeds, files: tuple[ListedFile, ...], application: str, now: datetime
) -> SeenEnvironment:
    head = sweep.repository.head_oid
    return SeenEnvironment(
        files=files or None,
        histories={
            file.path: History((FileRevision(head, now, Actor(""), file.blob_id),), complete=False) for file in files
        },
        branch_oid=sweep.branches.get(needs.branches(application)[0]),
        pull=None,
        past=(),
    )


def unread(reached: Reached, policy: Policy, application: Application, files: Files) -> frozenset[str]:
    """Return the blobs whose bytes must be read before anything can be said of the application."""
    missing: set[str] = set()
    images = frozenset(application.images)
    for environment in policy.of(application.name).environments.values():
        scope = scope_of(environment, application)
        reading = Reading(files, images, unreadable={}, missing=missing, scope=scope)
        for path, blob in listed_files(reached.get(environment.name, ()), scope).items():
            reading.located(path, blob)
    return frozenset(missing)
