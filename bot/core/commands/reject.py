"""`/reject`: keep a version out of environments.

Where the version runs it stays until a newer one comes or somebody rolls back, but nobody takes it from there, and no rollback
returns to it.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.core.commands.command import Answer, Effect
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.shared.answers import counted, listed, no_longer, only_watched, unknown_version
from bot.core.commands.shared.named_version import (
    is_unknown,
    meant_environments,
    named_version,
    read_version,
    recorded_environments,
)
from bot.core.history.periods import all_periods
from bot.core.people.circle import Circle
from bot.core.plan import Action
from bot.core.policy import Application, Right
from bot.core.records.entries import Rejection
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.artifacts import Artifact, Tags
from bot.core.values.text import code, escape
from bot.core.values.version import Version


def _answer(context: ApplicationContext) -> tuple[Action, ...]:
    places = recorded_environments(context)
    if context.is_recorded_as_it_is or places:
        return context.done(_confirmation(context) if places else no_longer())
    if is_unknown(context):
        return context.refuse(unknown_version(context.command.version, context.application))
    meant = meant_environments(context)
    active = [environment for environment in meant if not context.only_watches(environment)]
    if not active:
        return context.refuse(only_watched(each.name for each in meant))
    entitled = [environment.name for environment in active if context.is_entitled(Right.REJECT, environment)]
    if not entitled:
        return context.refuse_unentitled(Right.REJECT, active[0])
    rejected = rejection(context, named_version(context), context.command.reason)
    changed = {name: _with(context, name, rejected) for name in entitled}
    return context.refuse_unreadable(*entitled) or context.record(changed)


COMMAND = ApplicationCommand(
    syntax="/reject [APP@]VERSION [reason]",
    summary="do not promote this version: on a promotion's pull request, in its environment and every one that has not had it "
    "yet; elsewhere, in all",
    effect=Effect.STOP,
    right=Right.REJECT,
    read=read_version,
    answer=_answer,
)


def rejection(context: ApplicationContext, version: Version, reason: str) -> Rejection:
    """Return the record that the comment's author rejects this version."""
    return Rejection(
        tag=version.tag,
        digests=version.told_by,
        by=context.author.login,
        by_id=context.author.id,
        reason=reason,
        at=context.comment.created_at,
        comment=context.comment.database_id,
    )


def _with(context: ApplicationContext, environment: str, rejected: Rejection) -> EnvironmentRecords:
    """Return the records with the rejection, and without a request for the same version."""
    records, application = context.state.records.of(environment), context.application.name
    request = records.requests.get(application)
    if request is not None and request.version.is_same(named_version(context)):
        records = records.with_request(application, None)
    return records.with_rejection(application, rejected)


def _confirmation(context: ApplicationContext) -> Answer:
    version, places = named_version(context), recorded_environments(context)
    refused = [
        (each.name, context.people(Right.REJECT, each))
        for each in meant_environments(context)
        if each.name not in places and not context.only_watches(each)
    ]
    present = [name for name in places if version.is_same(context.state.environments[name].version)]
    said = rejected_in(context.application, version.name, places, refused=refused, present=present)
    if _is_known(context, version):
        return said
    lists = (context.state.tags.get(image) for image in context.application.images)
    tags = {tag for seen in lists if isinstance(seen, Tags) for tag in seen.tags}
    return Answer(f"{said} {never_seen(context.command.version, tags)}")


def _is_known(context: ApplicationContext, version: Version) -> bool:
    """Return whether an environment had the version, or the registry has it."""
    state = context.state
    if version.followed or any(
        isinstance(state.artifacts.get((image, version.tag)), Artifact) for image in context.application.images
    ):
        return True
    return any(
        period.version.is_same(version) for here in state.environments.values() for period in all_periods(state, here)
    )


def rejected_in(
    application: Application,
    tag: str,
    places: Iterable[str],
    *,
    refused: Iterable[tuple[str, Circle]],
    present: Iterable[str],
) -> Answer:
    """Say where the version is rejected. refused: where the author may not, and who may. present: where it runs."""
    keeping = [
        f"{code(name)} runs it and keeps it until a newer version arrives. To roll back: "
        f"{code(f'/rollback {name} {application.name}')}."
        for name in present
    ]
    elsewhere = [
        f"Not rejected in {code(name)}, where you can't use {code('/reject')}. Who can: {escape(str(people))}."
        for name, people in refused
    ]
    parts = [
        f"{code(tag)} of {code(application.name)} is rejected in {listed(places)}: it is not proposed there.",
        counted(keeping, separator=" "),
        counted(elsewhere, separator=" "),
        f"To undo: {code(f'/unreject {application.name}@{tag}')}.",
    ]
    return Answer(" ".join(part for part in parts if part))


def never_seen(tag: str, known: Iterable[str]) -> Answer:
    """Point out what may be a typing error, after the rejection, which is recorded anyway."""
    near = get_close_matches(tag, tuple(known), n=1)
    hint = f" Did you mean {code(near[0])}?" if near else ""
    return Answer(f"No environment has had {code(tag)}, and I don't see such a tag in the registry.{hint}")
