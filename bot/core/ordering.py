"""The application's order between versions, with what was observed of its source branch."""

from bot.core.policy import Application
from bot.core.state import State
from bot.core.version import Version
from bot.core.versions import Comparison, compare, rank


def relation(application: Application, state: State, *, version: Version, to: Version) -> Comparison:
    """How `version` stands to another: NEWER, SAME, OLDER, or UNKNOWN where the order cannot place one of them."""
    return compare(application.versions, version.tag, to.tag, history=_history(state))


def is_newer(application: Application, state: State, *, version: Version, than: Version) -> bool:
    """The order places `version` above the other."""
    return relation(application, state, version=version, to=than) is Comparison.NEWER


def best_first(application: Application, state: State, tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that the policy counts as versions, newest first."""
    return rank(application.versions, tags, history=_history(state)).candidates


def _history(state: State) -> tuple[str, ...]:
    return state.source.history if state.source else ()
