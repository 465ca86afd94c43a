"""`/rollback`: go back to the version that an environment had before, and reject the one that it leaves."""

from collections.abc import Iterable

from bot.core.commands.command import Answer, Effect
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.reject import rejection
from bot.core.commands.shared import requests
from bot.core.commands.shared.answers import counted, listed, shown
from bot.core.commands.shared.grammar import read_version_at_place
from bot.core.history.periods import all_periods
from bot.core.history.rejections import rejection_of
from bot.core.pages.parts import verdicts
from bot.core.plan import Action
from bot.core.policy import Environment, Right
from bot.core.records.entries import Request, RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.selection.possible import complete
from bot.core.state import EnvironmentState
from bot.core.values.text import code
from bot.core.values.version import Version
from bot.core.versions.newer import is_newer

MOST_SHOWN = 5
"""Earlier versions that an answer names."""


def _answer(context: ApplicationContext) -> tuple[Action, ...]:
    return requests.answer(context, Right.ROLLBACK, ask=_ask, accept=rolling_back)


COMMAND = ApplicationCommand(
    syntax="/rollback ENV [APP[@VERSION]]",
    summary="go back to the previous version, and reject the one that runs now",
    effect=Effect.CHANGE,
    right=Right.ROLLBACK,
    read=read_version_at_place,
    answer=_answer,
)


def _ask(context: ApplicationContext, environment: Environment) -> tuple[Action, ...]:
    """Record the request, with the rejection of what is left here and wherever it has not been yet."""
    name, application, named = environment.name, context.application, context.command.version
    here = context.state.environments[name]
    present, earlier = here.version, _earlier(context, here)
    if present is None:
        return context.refuse(nothing_to_go_back_from(name, application.name))
    if named and present.is_called(named):
        return context.refuse(requests.already_there(here))
    if earlier is None:
        return context.refuse(nothing_to_go_back_to(here, application.name, named, _had(context, here)))
    changed = _rejected(context, environment, present)
    mine = changed[name].without_rejection(application.name, earlier) if named else changed[name]
    asked = requests.request(context, RequestKind.ROLLBACK, earlier)
    return context.record({**changed, name: mine.with_request(application.name, asked)})


def _rejected(context: ApplicationContext, environment: Environment, present: Version) -> dict[str, EnvironmentRecords]:
    """Return the records of this environment, and of those that never had the version, with its rejection."""
    state = context.state
    rejected = rejection(context, present, f"rolled back in {environment.name}")
    return {
        name: state.records.of(name).with_rejection(context.application.name, rejected)
        for name, other in state.environments.items()
        if name == environment.name or not any(period.version.is_same(present) for period in all_periods(state, other))
        if not state.records.closed(name)
    }


def _earlier(context: ApplicationContext, here: EnvironmentState) -> Version | None:
    """Return the version named, if it was here; else the latest that was left for a newer one and that nobody rejected."""
    application, state, named = context.application, context.state, context.command.version
    for period in all_periods(state, here):
        if period.version.is_same(here.version):
            continue
        if named:
            if period.version.is_called(named):
                return complete(application, state, period.version)
        elif (
            period.successor is not None
            and is_newer(application, state, version=period.successor, than=period.version)
            and rejection_of(application, state, here.name, period.version) is None
        ):
            return complete(application, state, period.version)
    return None


def _had(context: ApplicationContext, here: EnvironmentState) -> tuple[str, ...]:
    """Return the other versions that were here before, newest first, each once."""
    versions = (period.version for period in all_periods(context.state, here))
    return tuple(dict.fromkeys(each.name for each in versions if not each.is_same(here.version)))[:MOST_SHOWN]


def rolling_back(context: ApplicationContext, here: EnvironmentState, asked: Request) -> Answer:
    """Say that the rollback is on its way, and what becomes of the version that it leaves."""
    where = f" in #{here.promotion.pull.number}" if here.promotion else ""
    headline = verdicts.headline_line(context.choices[here.name].verdicts)
    left = _left_behind(context, here, asked)
    return Answer(f"Rolling back {code(here.name)} to {shown(asked.version)}{where}. {left}\n\n{headline}")


def _left_behind(context: ApplicationContext, here: EnvironmentState, asked: Request) -> str:
    """Say where the version was rejected along with this, and where it still runs."""
    state = context.state
    others = [each for each in state.environments.values() if each.name != here.name]
    rejecting = [each.name for each in others if _was_rejected_by(context, each.name, asked)]
    holding = [each.name for each in others if here.version is not None and here.version.is_same(each.version)]
    also = f", {listed(rejecting)}" if rejecting else ""
    places = f"{code(here.name)}{also}"
    still = _still_there(holding, state.application)
    return f"{shown(here.version)} is rejected in {places}, so it is not proposed there again.{still}"


def _was_rejected_by(context: ApplicationContext, environment: str, asked: Request) -> bool:
    rejected = context.state.records.of(environment).rejected.get(context.state.application, ())
    return any(each.comment == asked.comment for each in rejected)


def _still_there(environments: Iterable[str], application: str) -> str:
    parts = [
        f" {code(name)} runs it too and keeps it; to roll back there: {code(f'/rollback {name} {application}')}."
        for name in environments
    ]
    return counted(parts, separator="")


def nothing_to_go_back_from(environment: str, application: str) -> Answer:
    """Say that the environment's files do not show one version."""
    return Answer(
        f"Nothing to roll back: I can't tell which version {code(environment)} runs. For the reason: "
        f"{code(f'/why {environment} {application}')}."
    )


def nothing_to_go_back_to(here: EnvironmentState, application: str, named: str, had: tuple[str, ...]) -> Answer:
    """Say that no earlier version qualifies, or that the one named was never here. had: earlier versions, newest first."""
    runs = f"{code(here.name)} runs {shown(here.version)}"
    if not had:
        return Answer(f"Nothing to roll back to: {runs}, and I know of no earlier version there.")
    if named:
        return Answer(f"{runs}, and never ran {code(named)}. Before it ran {listed(had)}.")
    line = f"/rollback {here.name} {application}@{had[0]}"
    return Answer(
        f"{runs}. Before it ran {listed(had)}, but I don't go back to any of these on my own: each was rejected, or was left "
        f"for an older one. To go back anyway, name it: {code(line)}."
    )
