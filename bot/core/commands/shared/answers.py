"""Answers that several commands give: nothing was done, why, and what to do about it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bot.core.commands.command import EVERYTHING, Answer
from bot.core.commands.shared.limits import LONGEST_LINE, MOST_LISTED
from bot.core.pages.unused import why_unused
from bot.core.people.circle import Acquainted, Circle
from bot.core.policy import Application, Policy
from bot.core.state import Promotion
from bot.core.values.text import code, escape
from bot.core.values.version import Version


def policy_broken(problem: str, count: int, line: str) -> Answer:
    """Say that the policy has errors, so that the command's words have no meaning."""
    more = f" (and {count - 1} more)" if count > 1 else ""
    return Answer(
        f"The policy has an error, so nothing is promoted or merged until it is fixed: {escape(problem)}{more}. "
        f"{code('/hold all')} and {code('/unhold all')} still work.{again(line, 'after that')}"
    )


def unused(name: str, policy: Policy, application: str) -> Answer:
    """Say why the application does not use the environment, and how it would."""
    ours = policy.applications[application]
    how = "change the policy" if ours.claims(name) is False else "add its manifests there"
    return Answer(f"{why_unused(policy, ours, name)}. Versions pass through it. To use it, {how}.")


def unknown_environment(name: str, policy: Policy, application: str = "") -> Answer:
    """Name the environments that exist, and the one that was probably meant. application: whose policy it is, if only its."""
    known = tuple(policy.environments)
    if name in policy.unused:
        return unused(name, policy, application)
    if name in policy.applications:
        return Answer(f"{code(name)} is an application. Name the environment before it: {listed(known)}.")
    return _unknown("environment", name, known, policy.renames.environment(name))


def unknown_application(name: str, policy: Policy) -> Answer:
    """Name the applications that exist, and the one that was probably meant. name: '' if the comment names none."""
    known = tuple(policy.applications)
    if not name:
        return Answer(f"Which application? Name one of {listed(known)}.")
    return _unknown("application", name, known, policy.renames.application(name))


def _unknown(kind: str, name: str, known: tuple[str, ...], present: str) -> Answer:
    if present != name:
        return Answer(f"The {kind} {code(name)} is now called {code(present)}.")
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {code(near[0])}?" if near else ""
    return Answer(f"The policy has no {kind} {code(name)}. It has {listed(known)}.{hint}")


def unknown_version(tag: str, application: Application) -> Answer:
    """Say that neither an environment nor the registry knows the version."""
    images = ", ".join(code(image) for image in application.images)
    return Answer(f"There is no {code(tag)}: no environment has had it, and the registry has no such tag of {images}.")


def only_watched(environments: Iterable[str]) -> Answer:
    """Say that the policy's mode keeps the bot from acting there."""
    return Answer(
        f"Nothing was done: the policy has {listed(environments)} in mode {code('observe')}, so the bot only shows what it "
        "would do there."
    )


def records_unreadable(problem: str, line: str) -> Answer:
    """Say that nothing can be recorded without losing what the file holds."""
    return Answer(
        f"I can't record this: {escape(problem)}. A maintainer can fix that file on that branch.{again(line)}"
    )


def not_recorded(said: str, line: str) -> Answer:
    """Say that GitHub refused the write to the bot's own branch."""
    return Answer(
        f"I can't record this: GitHub refused the write to `gitops-state`: {escape(said)}. Someone who manages the rules "
        f"of that branch can let the App write there.{again(line)}"
    )


def not_entitled(
    word: str, environment: str, people: Circle, seen: Acquainted, *, holders: Iterable[str] = ()
) -> Answer:
    """Say who may give the command there. holders: those whose own holds it would lift, and who may do so themselves."""
    unreadable = people.unreadable(seen)
    doubt = f" (I can't read the members of {escape(', '.join(unreadable))}.)" if unreadable else ""
    where = "everywhere" if environment == EVERYTHING else f"in {code(environment)}"
    groups = [str(people)] if people.words or not holders else []
    can = ", or ".join([*groups, *dict.fromkeys(f"{holder}, who set the hold" for holder in holders)])
    return Answer(f"You can't use {code('/' + word)} {where}. Who can: {escape(can)}.{doubt}")


def role_missing(word: str, environment: str, people: Circle) -> Answer:
    """Say that the policy is not enough: a person who may not write to the repository may not have the bot write either."""
    where = "everywhere" if environment == EVERYTHING else f"in {code(environment)}"
    return Answer(
        f"You can't use {code('/' + word)} {where}: the policy names you, but this also needs {people.least.name.lower()} "
        f"permission on this repository. Who can: {escape(str(people))}, each with that permission. An admin of the "
        "repository can give it to you."
    )


def too_late(line: str) -> Answer:
    """Say that the comment is too old to be carried out."""
    return Answer(f"Not carried out: this comment is more than 15 minutes old.{again(line)}")


def edited(line: str) -> Answer:
    """Say that the text of an edited comment may not be what people saw, and that this only matters where it loosens."""
    return Answer(
        f"Not carried out: this comment was edited, and an edited comment can only ask or stop something.{again(line)}"
    )


def edited_later() -> Answer:
    """Say that the comment's first text was carried out, whatever it was."""
    return Answer(
        "This comment was edited after I read it. I carried out what it said then. For the current state: `/why`."
    )


def no_longer() -> Answer:
    """Say that the command was carried out, and that nothing of it is left."""
    return Answer(
        "I carried this out, but it no longer applies: somebody has undone or replaced it since. For the current state: `/why`."
    )


def changed_since(environment: str, present: Version | None, line: str) -> Answer:
    """Say that the environment has changed between the comment and now."""
    return Answer(
        f"Not carried out: {code(environment)} has changed since you wrote this. It runs {shown(present)} now.{again(line)}"
    )


def promotion_changed(environment: str, promotion: Promotion, line: str) -> Answer:
    """Say that the pull request is not what its reader saw."""
    return Answer(
        f"Not carried out: #{promotion.pull.number}, the promotion to {code(environment)}, has changed since you wrote this. "
        f"It now promotes {shown(promotion.version)}.{again(line)}"
    )


def again(line: str, when: str = "") -> str:
    """Return the line to paste, unless it is as long as a page."""
    text = f" If you still want it{f' {when}' if when else ''}, write it again"
    return f"{text}:\n\n```\n{line}\n```" if len(line) <= LONGEST_LINE else f"{text}."


def listed(names: Iterable[str]) -> str:
    """Return names as code, with commas between them; of many, the first ten and the number of the others."""
    return counted([code(name) for name in names])


def counted(parts: Sequence[str], *, separator: str = ", ") -> str:
    """Return the parts in a row; of many, the first ten and the number of the others."""
    more = f" and {len(parts) - MOST_LISTED} more" if len(parts) > MOST_LISTED else ""
    return f"{separator.join(parts[:MOST_LISTED])}{more}"


def shown(version: Version | None) -> str:
    """Return a version's name, or the words for one that nobody can tell."""
    return code(version.name) if version else "no version that can be read"


def full_stop(sentence: str) -> str:
    """Return the sentence with a full stop at its end."""
    return sentence if sentence.endswith(".") else f"{sentence}."
