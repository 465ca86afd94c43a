"""`/promote`: move an environment to its newest candidate, or to the version that the comment names."""

from bot.core.commands.command import Answer, Effect
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.shared import answers, requests
from bot.core.commands.shared.answers import again, full_stop, shown, unknown_version
from bot.core.commands.shared.grammar import read_version_at_place
from bot.core.commands.unreject import acceptance
from bot.core.history.periods import all_periods
from bot.core.history.rejections import rejection_of
from bot.core.pages.parts import verdicts
from bot.core.plan import Action
from bot.core.policy import Application, Environment, Right
from bot.core.records.entries import Request, RequestKind
from bot.core.selection.candidates import Choice, newest
from bot.core.selection.possible import complete
from bot.core.state import EnvironmentState
from bot.core.values.artifacts import Artifact, Missing
from bot.core.values.text import code, escape
from bot.core.values.version import Version
from bot.core.versions.moving_tag import find, follows


def _answer(context: ApplicationContext) -> tuple[Action, ...]:
    return requests.answer(context, Right.PROMOTE, ask=_ask, accept=promoting)


COMMAND = ApplicationCommand(
    syntax="/promote ENV [APP[@VERSION]]",
    summary="open a promotion to the newest candidate, or to the version you name",
    effect=Effect.CHANGE,
    right=Right.PROMOTE,
    read=read_version_at_place,
    answer=_answer,
)


def _ask(context: ApplicationContext, environment: Environment) -> tuple[Action, ...]:
    """Record the request. A person who names a version wants it, no matter what was said or done against it before."""
    named = bool(context.command.version)
    moved = () if named else context.refuse_moved(environment)
    if moved:
        return moved
    version = _named(context) if named else _newest(context, environment)
    if isinstance(version, str):
        return context.refuse(version)
    name, application, state = environment.name, context.application, context.state
    if version.is_same(state.environments[name].version):
        return context.refuse(requests.already_there(state.environments[name]))
    records = state.records.of(name)
    if named and rejection_of(application, state, name, version):
        records = records.with_acceptance(application.name, acceptance(context, version))
    asked = requests.request(context, RequestKind.PROMOTE, version)
    return context.record({name: records.with_request(application.name, asked)})


def _newest(context: ApplicationContext, environment: Environment) -> Version | Answer:
    """Return the newest candidate, whatever was asked for before; or why there is none."""
    choice = newest(context.policy, context.state, environment, context.now)
    if choice.question is None or not choice.promotable:
        return nothing_to_promote(context.application, context.state.environments[environment.name], choice)
    return choice.question.version


def _named(context: ApplicationContext) -> Version | Answer:
    """Return the version that the comment names, if an environment had it or the registry has it; else say why not."""
    application, state, name = context.application, context.state, context.command.version
    if follows(application) is not None:
        return find(application, state, name) or unknown_version(name, application)
    wanted = Version(name)
    for environment in state.environments.values():
        for period in all_periods(state, environment):
            if period.version.tag == wanted.tag:
                return complete(application, state, period.version)
    known = state.artifacts.get((application.images[0], wanted.tag))
    if isinstance(known, Artifact):
        return complete(application, state, wanted)
    if isinstance(known, Missing):
        return answers.unknown_version(wanted.tag, application)
    return registry_silent(wanted.tag, known.reason if known else "the bot has not asked yet", context.command.line)


def promoting(context: ApplicationContext, here: EnvironmentState, asked: Request) -> Answer:
    """Say that the request is on its way, and the most severe gate's answer."""
    where = f" in #{here.promotion.pull.number}" if here.promotion else ""
    headline = verdicts.headline_line(context.choices[here.name].verdicts)
    return Answer(f"Promoting {code(here.name)} to {shown(asked.version)}{where}.\n\n{headline}")


def nothing_to_promote(application: Application, here: EnvironmentState, choice: Choice) -> Answer:
    """Say why there is no candidate, and how to insist."""
    if choice.question is None:
        told = {verdict.code for verdict in choice.verdicts} == {"up-to-date"}
        why = "" if told else f"\n\n{full_stop(verdicts.why_nothing(choice.verdicts))}"
        return Answer(
            f"Nothing to promote: {code(here.name)} runs {shown(here.version)}, and there is nothing newer.{why}"
        )
    name = f"/promote {here.name} {application.name}@{choice.question.version.name}"
    return Answer(
        f"Nothing to promote to {code(here.name)}: every newer version is blocked. The newest is "
        f"{shown(choice.question.version)}:\n\n{verdicts.gate_table(choice.verdicts)}\n\n"
        f"To promote it anyway, name it: {code(name)}."
    )


def registry_silent(tag: str, said: str, line: str) -> Answer:
    """Say that nobody can tell whether there is such a version."""
    return Answer(
        f"I can't tell whether there is a {code(tag)}: no environment has had it, and the registry is not answering: "
        f"{escape(said)}.{again(line)}"
    )
