"""What an application's difference loosens, compared with what its environment says.

An environment that has a file of its own keeps its guards: an application may tighten them, and loosen only what that file
allows by name in `applications-may`. In doubt, a change loosens. What is not in the table is nobody's guard: how a promotion
looks (`pull-request`, `merge-method`) and where the version is written (`edit`).

| name          | an application loosens it by                                                                    |
|---------------|-------------------------------------------------------------------------------------------------|
| `checks`      | leaving one out                                                                                 |
| `soak`        | a shorter time                                                                                  |
| `min-age`     | a shorter time                                                                                  |
| `health`      | leaving a report out                                                                            |
| `approvals`   | a smaller count, more people whose approvals count, or letting the requester's count            |
| `windows`     | a time at which the environment is closed                                                       |
| `freezes`     | leaving a day out                                                                               |
| `promote`     | `auto` instead of `manual`                                                                      |
| `merge`       | `auto` instead of `manual`                                                                      |
| `pace`        | a faster one: `one-at-a-time`, `soaked`, `latest`                                               |
| `update`      | `always` instead of `until-approved`                                                            |
| `rollback`    | fewer approvals, or a bypass                                                                    |
| `permissions` | more people who may promote, roll back, override or lift; fewer who may hold or reject          |
| `mode`        | `active` instead of `observe`                                                                   |
| `path`        | another path: other people may guard it                                                         |
| `from`        | `false` for an environment that this one follows: versions skip it (`differences.py` checks it) |
"""

from collections.abc import Callable, Collection, Iterator
from datetime import time, timedelta

from bot.core.policy.base import Mode
from bot.core.policy.environment import (
    Approvals,
    Environment,
    Freeze,
    Guard,
    Merge,
    Pace,
    Promote,
    Update,
    Window,
)
from bot.core.policy.fields import ROLES
from bot.core.policy.permissions import Permissions, Right

PACES = (Pace.LATEST, Pace.SOAKED, Pace.ONE_AT_A_TIME)

STOPS = (Right.HOLD, Right.REJECT)


def loosened(before: Environment, after: Environment) -> Iterator[Guard]:
    """Yield what the difference loosens. before: the environment as it is for all; after: for this application."""
    for guard, loosens in _TABLE.items():
        if loosens(before, after):
            yield guard


def keys_of(guard: Guard) -> tuple[str, ...]:
    """Return the keys that lead to it in an environment."""
    gates = {Guard.CHECKS, Guard.SOAK, Guard.MIN_AGE, Guard.HEALTH, Guard.APPROVALS, Guard.WINDOWS, Guard.FREEZES}
    return ("gates", guard.value) if guard in gates else (guard.value,)


def _fewer(read: Callable[[Environment], Collection[str]]) -> Callable[[Environment, Environment], bool]:
    return lambda before, after: not set(read(before)) <= set(read(after))


def _shorter_soak(before: Environment, after: Environment) -> bool:
    return (after.gates.soak or timedelta()) < (before.gates.soak or timedelta())


def _shorter_age(before: Environment, after: Environment) -> bool:
    return (after.gates.min_age or timedelta()) < (before.gates.min_age or timedelta())


def _fewer_approvals(before: Environment, after: Environment) -> bool:
    old, new = before.gates.approvals, after.gates.approvals
    if old is None or old.count == 0:
        return False
    return new is None or new.count < old.count or not _admits_only(new.from_, old.from_) or _counts_more(old, new)


def _counts_more(old: Approvals, new: Approvals) -> bool:
    return not set(old.not_) <= set(new.not_)


def _more_time(before: Environment, after: Environment) -> bool:
    old, new = before.gates.windows, after.gates.windows
    if not old:
        return False
    return not new or not all(any(_lies_in(window, other, before.timezone) for other in old) for window in new)


def _lies_in(inner: Window, outer: Window, timezone: str) -> bool:
    """Return whether one window never opens outside another. Of windows that pass midnight, only equal hours are compared."""
    if (inner.timezone or timezone) != (outer.timezone or timezone) or not set(inner.days) <= set(outer.days):
        return False
    mine, theirs = inner.hours, outer.hours
    if mine == theirs or theirs.opens == theirs.closes == time():
        return mine == theirs or mine.opens < mine.closes
    return theirs.opens <= mine.opens < mine.closes <= theirs.closes


def _less_frozen(before: Environment, after: Environment) -> bool:
    return not all(any(_covers(freeze, old) for freeze in after.gates.freezes) for old in before.gates.freezes)


def _covers(freeze: Freeze, other: Freeze) -> bool:
    return freeze.first <= other.first and other.last <= freeze.last


def _easier_rollback(before: Environment, after: Environment) -> bool:
    if before.rollback == after.rollback:
        return False  # what follows from fewer approvals is guarded as `approvals`
    return _rollback_approvals(after) < _rollback_approvals(before) or after.rollback.bypass > before.rollback.bypass


def _rollback_approvals(environment: Environment) -> int:
    asked = environment.gates.approvals
    as_promotion = asked.count if asked else 0
    return as_promotion if environment.rollback.approvals is None else environment.rollback.approvals


def _more_rights(before: Environment, after: Environment) -> bool:
    return any(_loosens_right(before.permissions, after.permissions, right) for right in Right)


def _loosens_right(before: Permissions, after: Permissions, right: Right) -> bool:
    old, new = (_named(each, right) for each in (before, after))
    return not _admits_only(old, new) if right in STOPS else not _admits_only(new, old)


def _named(permissions: Permissions, right: Right) -> tuple[str, ...]:
    named = permissions.named(right)
    return (right.default_role,) if named is None else named


def _admits_only(people: Collection[str], others: Collection[str]) -> bool:
    """Return whether everybody whom the first means is certainly meant by the second."""
    lowest = min((ROLES.index(word) for word in others if word in ROLES), default=len(ROLES))
    return all(word in others or (word in ROLES and ROLES.index(word) >= lowest) for word in people)


_TABLE: dict[Guard, Callable[[Environment, Environment], bool]] = {
    Guard.CHECKS: _fewer(lambda environment: environment.gates.checks),
    Guard.SOAK: _shorter_soak,
    Guard.MIN_AGE: _shorter_age,
    Guard.HEALTH: _fewer(lambda environment: environment.gates.health),
    Guard.APPROVALS: _fewer_approvals,
    Guard.WINDOWS: _more_time,
    Guard.FREEZES: _less_frozen,
    Guard.PROMOTE: lambda before, after: (before.promote, after.promote) == (Promote.MANUAL, Promote.AUTO),
    Guard.MERGE: lambda before, after: (before.merge, after.merge) == (Merge.MANUAL, Merge.AUTO),
    Guard.PACE: lambda before, after: PACES.index(after.pace) < PACES.index(before.pace),
    Guard.UPDATE: lambda before, after: (before.update, after.update) == (Update.UNTIL_APPROVED, Update.ALWAYS),
    Guard.ROLLBACK: _easier_rollback,
    Guard.PERMISSIONS: _more_rights,
    Guard.MODE: lambda before, after: (before.mode, after.mode) == (Mode.OBSERVE, Mode.ACTIVE),
    Guard.PATH: lambda before, after: before.paths != after.paths,
}
