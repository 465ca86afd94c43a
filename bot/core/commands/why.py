"""`/why`: say what keeps a version from coming, in one environment or in all.

Each environment's answer starts with at most five lines: what runs and what comes next, the verdict with its reason, who can
act, when it changes, and which other gates have not passed. The table of all gates is folded away behind them. `--policy` asks
what the policy says there, and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from bot.core.commands.command import EVERYTHING, Answer, Command, Effect, Line, Misread, Names
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.shared import answers
from bot.core.commands.shared.answers import full_stop, shown
from bot.core.commands.shared.grammar import read_place
from bot.core.commands.shared.limits import LONGEST_ANSWER
from bot.core.gates.question import moment
from bot.core.pages.effective_policy import application_section, environment_section
from bot.core.pages.parts import verdicts
from bot.core.pages.parts.collapsed import fold
from bot.core.pages.parts.refused_deployments import in_markdown
from bot.core.pages.parts.sentences import on_page_sentence
from bot.core.people.circle import Circle
from bot.core.people.rights import who_may
from bot.core.plan import Action, Severity, Verdict
from bot.core.policy import Application, Environment, Merge, Policy, Right
from bot.core.selection import builds
from bot.core.selection.candidates import Choice
from bot.core.state import EnvironmentState, State
from bot.core.values.text import code, escape

POLICY = frozenset({"--policy", "—policy"})
"""Telephones make one long dash of two."""


def answer(context: ApplicationContext) -> tuple[Action, ...]:
    """Answer from this very pass: each one looks afresh."""
    policy, comment = context.policy, context.comment
    wanted = context.command.environment or (comment.promotion[0] if comment.promotion else "")
    if wanted in policy.unused:
        return context.done(answers.unused(wanted, policy, context.application.name))
    if wanted and wanted != EVERYTHING and wanted not in policy.environments:
        return context.refuse_unknown(wanted)
    names = [wanted] if wanted in policy.environments else list(policy.environments)
    unused = list(policy.unused) if wanted in ("", EVERYTHING) else []
    if context.command.about_policy:
        return context.done(policy_page(context, names, unused))
    short = [summary(policy, context.state, name, context.choices[name]) for name in names]
    tables = [_table(context.choices[name]) for name in names]
    short += [answers.unused(name, policy, context.application.name) for name in unused]
    tables += [""] * len(unused)
    return context.done(together(short, tables, context.application.name))


def _read(line: Line, names: Names) -> Command | Misread:
    """Read `[--policy] [ENV [APP]]`; the option may stand anywhere."""
    words = tuple(word for word in line.words if word.lower() not in POLICY)
    read = read_place(replace(line, words=words), names)
    return replace(read, about_policy=True) if isinstance(read, Command) and len(words) < len(line.words) else read


COMMAND = ApplicationCommand(
    syntax="/why [--policy] [ENV [APP]]",
    summary="say what is holding a version back, who can act, and when that changes; or what the policy says there",
    effect=Effect.ASK,
    right=None,
    read=_read,
    answer=answer,
)


def policy_page(context: ApplicationContext, names: Sequence[str], unused: Sequence[str]) -> Answer:
    """Show the effective policy in these environments: each value, the line it comes from, and what it replaces."""
    policy, application, branch = context.policy, context.application.name, context.state.repository.default_branch
    parts = [
        application_section(policy, application, branch),
        *(environment_section(policy, name, application, branch) for name in names),
        *(answers.unused(name, policy, application) for name in unused),
    ]
    return Answer("\n\n".join(["This is the effective policy of the default branch.", *parts]))


def together(short: Sequence[Answer], tables: Sequence[str], application: str) -> Answer:
    """Put the environments together; leave out the tables, then environments, where GitHub takes no longer comment."""
    full = [f"{each}\n\n{table}" if table else each for each, table in zip(short, tables, strict=True)]
    if len("\n\n".join(full)) <= LONGEST_ANSWER:
        return Answer("\n\n".join(full))
    lengths = accumulate(len(each) + 2 for each in short)
    kept = short[: sum(length <= LONGEST_ANSWER for length in lengths)]
    rest = f" and {len(short) - len(kept)} of {len(short)} environments" if len(kept) < len(short) else ""
    note = f"Left out, because the comment would be too long: the tables of gates{rest}. To see one: "
    return Answer("\n\n".join([*kept, f"{note}{code(f'/why ENV {application}')}."]))


def summary(policy: Policy, state: State, name: str, choice: Choice) -> Answer:
    """Say how one environment stands, in at most five lines, and one for each deployment that GitHub refused."""
    application, environment, here = (
        policy.applications[state.application],
        policy.environments[name],
        state.environments[name],
    )
    runs = f"**{code(application.name)} in {code(name)}** runs {shown(here.version)}."
    undeployed = [f"⚠️ {in_markdown(each)}." for each in here.undeployed]
    if choice.question is None:
        return Answer("\n".join([runs, *_nothing_newer(application, here, choice), *undeployed]))
    failing = [verdict for verdict in choice.verdicts if _counts(verdict)]
    lines = _stopped(failing) if failing else _going_on(application, environment, here, choice)
    return Answer("\n".join([f"{runs} {_next_step(application, here, choice)}", *lines, *undeployed]))


def _counts(verdict: Verdict) -> bool:
    return verdict.severity is not Severity.PASSED and verdict.code not in verdicts.UNTIL_PULL


def _next_step(application: Application, here: EnvironmentState, choice: Choice) -> str:
    version = shown(choice.question.version) if choice.question else ""
    if here.promotion:
        return f"{version} is proposed in #{here.promotion.pull.number}."
    if choice.proposed:
        return f"{version} is next."
    if choice.promotable:
        return f"{version} is next, once somebody writes {code(f'/promote {here.name} {application.name}')}."
    return f"The newest version is {version}; it is not proposed."


def _stopped(failing: Sequence[Verdict]) -> Iterator[str]:
    """Yield the most severe verdict with its reason, who can act, when it changes, and the other gates."""
    worst = max(failing, key=lambda verdict: verdict.severity)
    blocked, who = worst.severity is Severity.BLOCKED, verdicts.people(worst)
    stands = f"{verdicts.SIGNS[worst.severity]} **{'Blocked' if blocked else 'Waiting'}** ({worst.gate})"
    yield full_stop(f"{stands}: {on_page_sentence(worst)}")
    checked = f"; checked again at {moment(worst.again_at)}" if worst.again_at else ""
    if blocked:
        yield f"**Who can act:** {who or 'nobody'}."
        yield f"**When it changes:** as soon as they act{checked}."
    else:
        yield f"**Who can act:** nobody has to.{f' To skip it: {who}.' if who else ''}"
        yield f"**When it changes:** automatically{checked}."
    others = [f"{verdicts.SIGNS[each.severity]} {each.gate}" for each in failing if each is not worst]
    if others:
        yield f"**Also:** {', '.join(others)}."


def _going_on(
    application: Application, environment: Environment, here: EnvironmentState, choice: Choice
) -> Iterator[str]:
    """Yield what happens next where nothing stands in the way."""
    if here.promotion:
        merges = (
            "The bot merges it."
            if environment.merge is Merge.AUTO
            else f"A person merges it ({code('merge: manual')})."
        )
        yield f"✅ **Every gate passes.** {merges}"
        return
    yield "✅ **Ready for a pull request.**"
    if not choice.proposed:
        people: Circle = who_may(Right.PROMOTE, environment.permissions, application.owners)
        line = code(f"/promote {here.name} {application.name}")
        yield f"**Who can act:** {escape(str(people))}, using {line}."
        yield "**When it changes:** as soon as they ask for it."
    later = [each for each in choice.verdicts if each.code == "approvals-wanted"]
    yield from (f"**Then:** {each.gate}: {on_page_sentence(each)}." for each in later)


def _nothing_newer(application: Application, here: EnvironmentState, choice: Choice) -> Iterator[str]:
    """Yield why there is no candidate, and how to have another version anyway."""
    failing = [verdict for verdict in choice.verdicts if _counts(verdict)]
    if failing:
        yield from _stopped(failing)
    else:
        yield full_stop(verdicts.why_nothing(choice.verdicts))
    if here.version and len(failing) < 2:
        yield f"For another version: {code(f'/promote {here.name} {application.name}@VERSION')}."


def _table(choice: Choice) -> str:
    """Return the table of all gates, folded away; '' where the one answer there is has been told."""
    told = [verdict for verdict in choice.verdicts if verdict.code not in builds.NOTES]
    return fold("All gates", verdicts.gate_table(choice.verdicts)) if len(told) > 1 else ""
