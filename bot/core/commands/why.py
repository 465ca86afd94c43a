"""`/why`: say what every gate answers, in one environment or in all."""

from bot.core.commands.answers import full_stop, shown
from bot.core.commands.command import EVERYTHING, Answer, Effect
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.grammar import read_place
from bot.core.pages import verdicts
from bot.core.plan import Action
from bot.core.policy import Application
from bot.core.selection.candidates import Choice
from bot.core.state import EnvironmentState, State
from bot.core.values.text import code


def answer(context: ApplicationContext) -> tuple[Action, ...]:
    """Answer from this very pass: each one looks afresh."""
    policy, comment = context.policy, context.comment
    wanted = context.command.environment or (comment.promotion[0] if comment.promotion else "")
    if wanted and wanted != EVERYTHING and wanted not in policy.environments:
        return context.refuse_unknown(wanted)
    names = [wanted] if wanted in policy.environments else list(policy.environments)
    sections = [explanation(context.application, context.state, name, context.choices[name]) for name in names]
    return context.done(Answer("\n\n".join(sections)))


COMMAND = ApplicationCommand(
    syntax="/why [ENV [APP]]",
    summary="say what every gate answers",
    effect=Effect.ASK,
    right=None,
    read=read_place,
    answer=answer,
)


def explanation(application: Application, state: State, name: str, choice: Choice) -> Answer:
    """Every gate's answer for one environment."""
    here = state.environments[name]
    about = f"**{code(application.name)} in {code(name)}** has {shown(here.version)}."
    if choice.question is None:
        return Answer(f"{about} {_nothing_newer(application, here, choice)}")
    version = shown(choice.question.version)
    if here.promotion:
        next_step = f"{version} is proposed in #{here.promotion.pull.number}."
    elif choice.proposed:
        next_step = f"{version} comes next."
    elif choice.promotable:
        next_step = f"{version} could be promoted with {code(f'/promote {name} {application.name}')}."
    else:
        next_step = f"{version} is the newest, and is not proposed."
    return Answer(
        f"{about} {next_step}\n\n{verdicts.headline_line(choice.verdicts)}\n\n{verdicts.gate_table(choice.verdicts)}"
    )


def _nothing_newer(application: Application, here: EnvironmentState, choice: Choice) -> str:
    """Why, and how to have another one all the same. A single reason needs no table."""
    by_name = code(f"/promote {here.name} {application.name}@VERSION")
    others = f" Another one comes by name, with {by_name}." if here.version else ""
    table = f"\n\n{verdicts.gate_table(choice.verdicts)}" if len(choice.verdicts) > 1 else ""
    return f"{full_stop(verdicts.why_nothing(choice.verdicts))}{others}{table}"
