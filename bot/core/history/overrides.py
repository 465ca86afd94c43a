"""Overrides in force: each for one step of one application in one environment, for at most 24 hours.

An override names the versions of its step. It survives a rebuild of the same bytes. It ends when either version
changes, when the promotion is merged or closed, or after 24 hours.
"""

from datetime import datetime

from bot.core.records.entries import Override, Request, author_of
from bot.core.state import EnvironmentState, State
from bot.core.values.version import Version

APPROVALS = "approvals"

NOT_OVERRIDABLE = frozenset({"draft"})
"""Verdict codes that no override changes: GitHub does not merge a draft."""


def overriding(
    gate: str, state: State, here: EnvironmentState, *, version: Version, request: Request | None, now: datetime
) -> Override | None:
    """The newest override of this gate that stands for this step. Nobody overrides the approval of their own request."""
    requester = author_of(request) if request and gate == APPROVALS else None
    return next(
        (
            override
            for override in reversed(state.records.of(here.name).overrides.get(state.application, ()))
            if gate in override.gates
            and not (requester and author_of(override).may_be(requester))
            and now < override.until
            and _is_step(override, here, version)
            and not _ended(override, here)
        ),
        None,
    )


def _is_step(override: Override, here: EnvironmentState, version: Version) -> bool:
    if not version.is_same(override.after.version):
        return False
    return here.version is None if override.before is None else override.before.version.is_same(here.version)


def _ended(override: Override, here: EnvironmentState) -> bool:
    """Report whether its promotion has ended or the environment has changed since."""
    changed = bool(here.arrivals) and here.arrivals[0].since > override.at
    return changed or any(past.closed_at > override.at for past in here.past)
