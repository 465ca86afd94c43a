"""What the bot answers to a command: what it does now, or why it does not, and what to write instead."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.core.commands.grammar import EVERYTHING, Verb
from bot.core.gates.hold import LABEL
from bot.core.gates.question import moment
from bot.core.pages import verdicts
from bot.core.people.circle import Acquainted, Circle
from bot.core.policy import Application, Policy
from bot.core.records.entries import Override, Request
from bot.core.selection.candidates import Choice
from bot.core.state import EnvironmentState, Promotion, State
from bot.core.values.text import code, escape
from bot.core.values.version import Version

Lift = tuple[str, str]
"""Who holds, and the line that lifts it."""

Listed = tuple[tuple[int, str], ...]
"""Pull requests, by number and title."""

MOST_LISTED = 10


def to(line: str, text: str) -> str:
    """The reply, with the line it answers."""
    return f"> {code(line)}\n\n{text}"


def policy_broken(problem: str, count: int, line: str) -> str:
    """What the file says cannot be followed, so nobody knows what the words mean."""
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"The policy cannot be followed, and nothing is promoted or merged until it is mended: {escape(problem)}{more}. "
        f"{code('/hold all')} and {code('/unhold all')} work meanwhile.{_again(line, 'when it is')}"
    )


def unknown_environment(name: str, policy: Policy) -> str:
    """With its present name, or the nearest."""
    if name in policy.applications:
        return f"{code(name)} is an application; name the environment before it: {_all(tuple(policy.environments))}."
    return _unknown("environment", name, tuple(policy.environments), policy.renames.environment(name))


def unknown_application(name: str, policy: Policy) -> str:
    """Likewise; or the question which one, where none was named."""
    known = tuple(policy.applications)
    if not name:
        return f"Which application? Here it has to be named; there are {', '.join(map(code, known))}."
    return _unknown("application", name, known, policy.renames.application(name))


def _unknown(kind: str, name: str, known: tuple[str, ...], present: str) -> str:
    if present != name:
        return f"The {kind} {code(name)} is called {code(present)} now."
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {code(near[0])}?" if near else ""
    return f"The policy has no {kind} {code(name)}; it has {', '.join(map(code, known))}.{hint}"


def unknown_version(tag: str, application: Application) -> str:
    """Neither an environment nor the registry knows it."""
    images = ", ".join(code(image) for image in application.images)
    return f"No environment had {code(tag)}, and the registry has no such tag of {images}."


def registry_silent(tag: str, said: str, line: str) -> str:
    """Nobody can say whether there is such a version."""
    return f"No environment had {code(tag)}, and the registry cannot be asked now: {escape(said)}.{_again(line)}"


def only_watched(environment: str) -> str:
    """The policy's mode."""
    return (
        f"The policy has {code(environment)} in mode {code('observe')}: I show what I would do there, and do nothing."
    )


def records_unreadable(problem: str, line: str) -> str:
    """Nothing can be recorded without losing what stands there."""
    return f"I cannot record this: {escape(problem)}. A maintainer can mend the file on that branch.{_again(line)}"


def not_recorded(said: str, line: str) -> str:
    """GitHub keeps the bot from its own branch."""
    return (
        f"I cannot record this: GitHub would not write `gitops-state`: {escape(said)}. "
        f"Whoever may change the rules of that branch can let the App write there.{_again(line)}"
    )


def not_entitled(verb: Verb, environment: str, people: Circle, seen: Acquainted, *, holders: Iterable[str] = ()) -> str:
    """Who may. holders: those whose holds are to be lifted, and may themselves."""
    unreadable = people.unreadable(seen)
    doubt = f" (I cannot read the members of {escape(', '.join(unreadable))}.)" if unreadable else ""
    where = "everywhere" if environment == EVERYTHING else f"in {code(environment)}"
    groups = [str(people)] if people.words or not holders else []
    may = ", or ".join([*groups, *dict.fromkeys(f"{holder}, who holds it" for holder in holders)])
    return f"You may not {code('/' + verb.word)} {where}. Who may: {escape(may)}.{doubt}"


def too_late(line: str) -> str:
    """A command is for its moment."""
    return f"This was written too long ago to be carried out now.{_again(line)}"


def changed_since(environment: str, present: Version | None, line: str) -> str:
    """The world has moved on between the comment and now."""
    return f"{code(environment)} has changed since this was written, and has {_tag(present)} now.{_again(line)}"


def promotion_changed(environment: str, promotion: Promotion, line: str) -> str:
    """The pull request is not what its reader saw."""
    return (
        f"#{promotion.pull.number}, the promotion to {code(environment)}, has changed since this was written, and brings "
        f"{_tag(promotion.version)} now.{_again(line)}"
    )


def already_there(here: EnvironmentState) -> str:
    """Nothing to do; another version may be on its way all the same."""
    has, promotion = _tag(here.version), here.promotion
    if promotion is None:
        return f"{code(here.name)} has {has} already."
    coming = f"#{promotion.pull.number} would bring {_tag(promotion.version)}: close it to keep {has}."
    return f"{code(here.name)} has {has} already. {coming}"


def nothing_to_promote(application: Application, here: EnvironmentState, choice: Choice) -> str:
    """Why there is no candidate, and how to insist."""
    if choice.question is None:
        told = {verdict.code for verdict in choice.verdicts} == {"up-to-date"}
        why = "" if told else f"\n\n{_full_stop(verdicts.why_nothing(choice.verdicts))}"
        return f"There is nothing newer for {code(here.name)}, which has {_tag(here.version)}.{why}"
    name = f"/promote {here.name} {application.name}@{choice.question.version.name}"
    return (
        f"There is no version that could come to {code(here.name)}. The newest is {_tag(choice.question.version)}:\n\n"
        f"{verdicts.gate_table(choice.verdicts)}\n\nTo name a version, write {code(name)}."
    )


def nothing_to_go_back_from(environment: str, application: str) -> str:
    """What stands there is not one version."""
    return (
        f"{code(environment)} has no single version now that I could read, so there is nothing to go back from. "
        f"{code(f'/why {environment} {application}')} says what is the matter."
    )


def nothing_to_go_back_to(here: EnvironmentState, application: str, named: str, had: tuple[str, ...]) -> str:
    """No earlier version, or none that was meant. had: what stood there before, newest first."""
    has = f"{code(here.name)} has {_tag(here.version)}"
    if not had:
        return f"{has}, and I do not see that it had another version before."
    if named:
        return f"{has}, and never had {code(named)}. Before it had {_all(had)}."
    line = f"/rollback {here.name} {application}@{had[0]}"
    return (
        f"{has}. Before it had {_all(had)}, but none of these is one to go back to unasked: each was rejected, or was left for "
        f"an older one. To go back all the same, name it: {code(line)}."
    )


def ended(here: EnvironmentState, request: Request) -> str:
    """What became of a request that is on record and is not followed any more."""
    if request.version.is_same(here.version):
        return f"Done: {code(here.name)} has {_tag(here.version)}."
    return (
        f"{_tag(request.version)} is not on its way to {code(here.name)} any more: the environment has changed since, or the "
        f"pull request was closed. It has {_tag(here.version)} now."
    )


def replaced(environment: str) -> str:
    """Somebody asked for something else."""
    return f"A later command about {code(environment)} took the place of this one."


def accepted(verb: Verb, state: State, here: EnvironmentState, request: Request, choice: Choice) -> str:
    """What is done about a request that is on record."""
    going = "Rolling back" if verb is Verb.ROLLBACK else "Promoting"
    left = _left_behind(state, here, request) if verb is Verb.ROLLBACK else ""
    where = f" in #{here.promotion.pull.number}" if here.promotion else ""
    headline = verdicts.headline_line(choice.verdicts)
    return f"{going} {code(here.name)} to {_tag(request.version)}{where}.{left}\n\n{headline}"


def why(application: Application, state: State, name: str, choice: Choice) -> str:
    """Every gate's answer for one environment."""
    here = state.environments[name]
    about = f"**{code(application.name)} in {code(name)}** has {_tag(here.version)}."
    if choice.question is None:
        return f"{about} {_nothing_newer(application, here, choice)}"
    version = _tag(choice.question.version)
    if here.promotion:
        next_step = f"{version} is proposed in #{here.promotion.pull.number}."
    elif choice.proposed:
        next_step = f"{version} comes next."
    elif choice.promotable:
        next_step = f"{version} could be promoted with {code(f'/promote {name} {application.name}')}."
    else:
        next_step = f"{version} is the newest, and is not proposed."
    return f"{about} {next_step}\n\n{verdicts.headline_line(choice.verdicts)}\n\n{verdicts.gate_table(choice.verdicts)}"


def _nothing_newer(application: Application, here: EnvironmentState, choice: Choice) -> str:
    """Why, and how to have another one all the same. A single reason needs no table."""
    by_name = code(f"/promote {here.name} {application.name}@VERSION")
    others = f" Another one comes by name, with {by_name}." if here.version else ""
    table = f"\n\n{verdicts.gate_table(choice.verdicts)}" if len(choice.verdicts) > 1 else ""
    return f"{_full_stop(verdicts.why_nothing(choice.verdicts))}{others}{table}"


def _left_behind(state: State, here: EnvironmentState, request: Request) -> str:
    """What becomes of the version that a rollback leaves: here, where it was rejected along, and where it still is."""
    others = [each for each in state.environments.values() if each.name != here.name]
    rejecting = tuple(
        each.name
        for each in others
        if any(
            kept.comment == request.comment for kept in state.records.of(each.name).rejected.get(state.application, ())
        )
    )
    nor = f", nor in {_all(rejecting)}" if rejecting else ""
    holding = [each.name for each in others if here.version is not None and here.version.is_same(each.version)]
    keeping = "".join(
        f" {code(name)} has it too, and keeps it; {code(f'/rollback {name} {state.application}')} goes back."
        for name in holding
    )
    return f" {_tag(here.version)} is not proposed there again{nor}.{keeping}"


def rejected(
    application: Application,
    tag: str,
    places: tuple[str, ...],
    refused: tuple[tuple[str, Circle], ...],
    present: tuple[str, ...],
) -> str:
    """places: where it is. refused: environments where the writer may not, and who may. present: those that have it now."""
    parts = [f"{code(tag)} of {code(application.name)} is rejected in {_all(places)}: it is not proposed there."]
    parts.extend(
        f"{code(name)} has it, and keeps it until a newer one comes; {code(f'/rollback {name} {application.name}')} goes back."
        for name in present
    )
    parts.extend(f"Not in {code(name)}, where you may not. Who may: {escape(str(people))}." for name, people in refused)
    return " ".join([*parts, f"{code(f'/unreject {application.name}@{tag}')} lifts it."])


def never_seen(tag: str, known: Iterable[str]) -> str:
    """Behind a rejection of what may be a typing error."""
    near = get_close_matches(tag, tuple(known), n=1)
    hint = f" Did you mean {code(near[0])}?" if near else ""
    return f" No environment had {code(tag)}, and I do not see such a tag in the registry.{hint}"


def unrejected(application: Application, tag: str, places: tuple[str, ...], left: tuple[str, ...]) -> str:
    """places: where nothing speaks against it any more. left: where something still does."""
    still = f" Still rejected in {_all(left)}." if left else ""
    return f"{code(tag)} of {code(application.name)} may come to {_all(places)} again.{still}"


def not_rejected(tag: str, places: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Nothing to lift there; others: environments that were not meant, where there is."""
    elsewhere = f" It is rejected in {_all(others)}: write it on an issue to lift that." if others else ""
    return f"Nobody rejected {code(tag)} in {_all(places)}.{elsewhere}"


def overridden(application: Application, environment: str, override: Override, choice: Choice) -> str:
    """What the record covers, until when, and what is left to wait for."""
    step = f"{_tag(override.before.version)} → " if override.before else ""
    gates = ", ".join(code(gate) for gate in override.gates)
    return (
        f"Overridden for {code(application.name)} {step}{_tag(override.after.version)} in {code(environment)}: {gates}. It "
        f"ends with this promotion, or at {moment(override.until)}.\n\n{verdicts.headline_line(choice.verdicts)}"
    )


def not_overridable(named: Iterable[str], known: tuple[str, ...]) -> str:
    """Unknown, or not to be overridden; and those that can be."""
    listed = ", ".join(code(gate) for gate in known)
    return f"{' and '.join(code(gate) for gate in named)} cannot be overridden. These can: {listed}."


def where_to_override(known: tuple[str, ...]) -> str:
    """The place is missing."""
    return f"Say where: {code(Verb.OVERRIDE.value)}, with one of {_all(known)}; or write it on the promotion's pull request."


def another_promotion(own: tuple[str, str], environment: str, application: str) -> str:
    """A pull request stands for itself alone."""
    return (
        f"This is the promotion of {code(own[1])} to {code(own[0])}, and the words name that of {code(application)} to "
        f"{code(environment)}. Write it on that one's pull request, or on an issue; or begin the reason with another word."
    )


def nothing_to_override(environment: str, application: Application) -> str:
    """No version is on its way."""
    return (
        f"There is nothing newer for {code(application.name)} in {code(environment)}, so there is nothing to override."
    )


def not_open(number: int) -> str:
    """The pull request has ended."""
    return f"#{number} is not open any more. Write it on the promotion that is, or on an issue with ENV and APP."


def on_the_move(environment: str, carried: Version | None, coming: Version, line: str) -> str:
    """Nobody can tell which version was meant."""
    return (
        f"The promotion to {code(environment)} is just changing from {_tag(carried)} to {_tag(coming)}.{_again(line)}"
    )


def own_approval(environment: str) -> str:
    """Four eyes."""
    return f"You asked for this promotion to {code(environment)} yourself: somebody else has to override its approval."


def held(place: str, until: str, merged: Listed, held_up: Listed) -> str:
    """A hold is effective when this appears: what comes after it is held. place: as it stands behind `/hold`.

    merged: what was merged there lately; held_up: what is open.
    """
    environment, _, application = place.partition(" ")
    what = f" for {code(application)}" if application else ""
    where = "anywhere" if environment == EVERYTHING else f"in {code(environment)}"
    ends = f" until {until}" if until else f" until it is lifted with {code(f'/unhold {place}')}"
    parts = [
        f"Held: nothing merges{what} {where}{ends}. Rollbacks still go.",
        _listed("Merged in the last 15 minutes, before it was held:", merged),
        _listed("Open, and held unless it is a rollback:", held_up),
    ]
    return "\n\n".join(part for part in parts if part)


def _listed(heading: str, pulls: Listed) -> str:
    lines = [f"- #{number} {escape(title)}" for number, title in pulls[:MOST_LISTED]]
    more = [f"- and {len(pulls) - MOST_LISTED} more"] if len(pulls) > MOST_LISTED else []
    return "\n".join([heading, *lines, *more]) if pulls else ""


def hold_over(until: str) -> str:
    """The bot was away for as long as it was to last."""
    return f"I read this only now, and it was to end at {until}: nothing is held."


def unheld(left: tuple[Lift, ...], issue: int | None) -> str:
    """They are gone; others may be left, or the label on an issue."""
    return f"Lifted.{_still(left, issue)}"


def no_holds(left: tuple[Lift, ...], issue: int | None) -> str:
    """Nothing to lift; others may hold it all the same, or the label on an issue."""
    return f"There is no such hold.{_still(left, issue)}"


def _still(left: tuple[Lift, ...], issue: int | None) -> str:
    each = [f"{escape(by)}, which {code(line)} lifts" for by, line in left]
    if issue is not None:
        each.append(f"the label {code(LABEL)} on #{issue}")
    return f" Still held by {'; and by '.join(each)}." if each else ""


def where_to_hold(verb: Verb, known: tuple[str, ...]) -> str:
    """The place is missing."""
    places = ", ".join(code(each) for each in ("all", *known))
    return f"Say where: {code(verb.value)}, with one of {places}."


def unreadable_time(text: str) -> str:
    """What a time looks like."""
    return f"{code(text)} is not a time to come. Write for example `2h`, `14:00` or `2026-12-24 14:00`."


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def _all(names: tuple[str, ...]) -> str:
    return ", ".join(code(name) for name in names)


def _again(line: str, when: str = "") -> str:
    return f" If you still want it{f' {when}' if when else ''}, write it again:\n\n```\n{line}\n```"


def _tag(version: Version | None) -> str:
    return code(version.name) if version else "no version that can be read"
