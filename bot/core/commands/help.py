"""Answering `/help`: the commands, and where its reader may give them."""

from collections.abc import Mapping

from bot.core.commands.grammar import Verb
from bot.core.gates import OVERRIDABLE
from bot.core.gates.hold import LABEL
from bot.core.people.circle import Acquainted
from bot.core.people.rights import who_may
from bot.core.policy import Policy, Right
from bot.core.values.text import cell, code

_ABOUT = {
    Verb.PROMOTE: "open a promotion, of the newest candidate or of the version named",
    Verb.ROLLBACK: "go back to the version before, and do not take the present one again",
    Verb.HOLD: "merge nothing there, until a time (`2h`, `14:00`, `2026-12-24 14:00`) or until `/unhold`",
    Verb.UNHOLD: "lift holds",
    Verb.REJECT: "do not bring this version there: on a promotion's pull request to its environment and wherever it has "
    "not been yet, elsewhere anywhere",
    Verb.UNREJECT: "lift what people said or did against a version, in the same places",
    Verb.OVERRIDE: "let these gates pass for one promotion: on a pull request for that one, elsewhere for what comes to "
    f"ENV next; until it ends, or 24 hours. GATE: {', '.join(code(gate) for gate in OVERRIDABLE)}",
    Verb.WHY: "say what every gate answers",
    Verb.REFRESH: "look at GitHub and the registries again at once, and say the same",
    Verb.HELP: "this list",
}


def help_page(policy: Policy, application: str, login: str, seen: Acquainted) -> str:
    """All commands. application: the one that is meant where this is asked, '' where it is none in particular."""
    rights = _rights(policy, application, login, seen)
    rows = [["command", "what it does"], ["---", "---"], *([cell(code(verb.value)), _ABOUT[verb]] for verb in Verb)]
    if rights:
        column = ("where you may", "---", *(rights.get(verb, "everywhere") for verb in Verb))
        rows = [[*row, last] for row, last in zip(rows, column, strict=True)]
    return "\n".join(
        [
            "Write one command on a line of its own in a new comment on any issue or pull request of this repository.",
            "On a promotion's pull request the application may be left out.",
            f"The label {code(LABEL)} on any open issue holds everything.",
            "",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def _rights(policy: Policy, application: str, login: str, seen: Acquainted) -> Mapping[Verb, str]:
    """In words. Owners differ by application, so that there is nothing to say of none in particular."""
    named = policy.applications.get(application)
    if named is None:
        return {}
    found = {}
    for right in Right:
        places = [
            name
            for name, environment in policy.environments.items()
            if who_may(right, environment.permissions, named.owners).holds(login, seen)
        ]
        found[Verb[right.name]] = _places(places, len(policy.environments))
    return {**found, Verb.UNHOLD: f"your own; others: {found[Verb.UNHOLD]}"}


def _places(places: list[str], of: int) -> str:
    if len(places) == of:
        return "everywhere"
    return ", ".join(map(code, places)) or "nowhere"
