"""How a promotion ended: the last words of its description and of its status comment."""

from datetime import datetime

from bot.core.gates.question import moment
from bot.core.pages.parts.versions import shown
from bot.core.pages.status_comment import chain
from bot.core.policy import Policy
from bot.core.state import EnvironmentState, PastPromotion, State
from bot.core.values.text import code, escape
from bot.core.values.version import Version


def merged(past: PastPromotion) -> str:
    """Return who merged it, when, and as which commit."""
    return f"Merged {_by_whom(past)}."


def merged_status(policy: Policy, state: State, here: EnvironmentState, past: PastPromotion) -> str:
    """Return the same with what runs there since, and the environments."""
    came = here.arrivals[0] if here.arrivals else None
    # The commit's pull request may not be known yet, and one that is merged commit by commit has several commits.
    lasts = came is not None and (came.pull == past.number or came.commit == past.merge_oid)
    runs = f": {code(here.name)} runs {shown(here.version)}" if lasts and here.version else ""
    return f"✅ **Merged** {_by_whom(past)}{runs}.\n\n**Environments:** {chain(policy, state)}"


def rejected_status(past: PastPromotion, *, application: str, environment: str, version: Version) -> str:
    """Return what it means that a person closed it, and how to undo it."""
    named = code(f"/unreject {application}@{version.name}")
    who = escape(past.ended_by.login if past.ended_by else "") or "a person"
    return f"⛔ **Closed by {who}:** this rejects {shown(version)} in {code(environment)}. To allow it again: {named}"


def returning_status(past: PastPromotion, *, until: datetime, version: Version) -> str:
    """Return that a machine closed it, which rejects nothing, and when it returns."""
    who = escape(past.ended_by.login if past.ended_by else "")
    return (
        f"⏳ **Closed by {who}**, an App: this does not reject {shown(version)}. "
        f"A new pull request follows after {_minute(until)}, if it is still the version to promote."
    )


def _by_whom(past: PastPromotion) -> str:
    login = past.ended_by.login if past.ended_by else ""
    commit = f" as {past.merge_oid[:7]}" if past.merge_oid else ""
    return f"by {escape(login) or 'somebody'} on {_minute(past.closed_at)}{commit}"


def _minute(at: datetime) -> str:
    return moment(at.replace(second=0, microsecond=0))
