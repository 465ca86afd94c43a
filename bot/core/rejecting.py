"""Answering `/reject` and `/unreject`: where a version is not wanted, and where it is again.

On the pull request of a promotion they mean its environment, and every environment that never had the version, as a
rollback does. Elsewhere they mean every environment: where the version is now it stays until a newer one comes or somebody
rolls back, but nobody takes it from there, and no rollback returns to it. `/unreject` means those of them where something
speaks against the version. Of all these, the command is carried out where its writer may, and the reply says where.
"""

from bot.core import replies
from bot.core.artifacts import Artifact, Tags
from bot.core.commands import Verb
from bot.core.hearing import Heard
from bot.core.plan import Action
from bot.core.policy import Environment
from bot.core.records import Acceptance, EnvironmentRecords, Rejection
from bot.core.rejections import unwanted
from bot.core.stays import all_stays
from bot.core.version import Version


def respond(heard: Heard) -> tuple[Action, ...]:
    """Answer, or do the first half of it."""
    if heard.is_recorded:
        return _confirm(heard)
    rejects = heard.command.verb is Verb.REJECT
    meant = _meant(heard)
    active = [environment for environment in meant if not heard.only_watches(environment)]
    if not active:
        return heard.refuse(replies.only_watched(", ".join(each.name for each in meant)))
    places = [each for each in active if rejects or _speaks_against(heard, each.name)]
    if not places:
        others = tuple(name for name in heard.policy.environments if _speaks_against(heard, name))
        return heard.done(replies.not_rejected(heard.command.version, tuple(each.name for each in active), others))
    entitled = [environment.name for environment in places if heard.is_entitled(environment)]
    if not entitled:
        return heard.refuse_unentitled(places[0])
    late = () if rejects else heard.refuse_late()
    return late or heard.refuse_unreadable(*entitled) or heard.record(_records(heard, entitled))


def _meant(heard: Heard) -> list[Environment]:
    """The environments that the comment is about, in the order of the policy."""
    own = heard.comment.promotion
    if own is None or own[0] not in heard.policy.environments or own[1] != heard.application.name:
        return list(heard.policy.environments.values())
    return [
        environment
        for name, environment in heard.policy.environments.items()
        if name == own[0]
        or all(
            stay.version.tag != heard.command.version for stay in all_stays(heard.state, heard.state.environments[name])
        )
    ]


def _speaks_against(heard: Heard, environment: str) -> bool:
    """The version was rejected there before the comment was written."""
    found = unwanted(heard.application, heard.state, environment, Version(heard.command.version))
    return found is not None and found.at <= heard.comment.created_at


def _records(heard: Heard, environments: list[str]) -> dict[str, EnvironmentRecords]:
    change = _rejected if heard.command.verb is Verb.REJECT else _accepted
    return {name: change(heard, heard.state.records.of(name)) for name in environments}


def _rejected(heard: Heard, records: EnvironmentRecords) -> EnvironmentRecords:
    """Whoever asked for it before, asked for it in vain."""
    application, tag = heard.application.name, heard.command.version
    rejection = Rejection(
        tag=tag,
        by=heard.author,
        reason=heard.command.reason,
        at=heard.comment.created_at,
        comment=heard.comment.database_id,
    )
    request = records.requests.get(application)
    if request is not None and request.tag == tag:
        records = records.with_request(application, None)
    return records.with_rejection(application, rejection)


def _accepted(heard: Heard, records: EnvironmentRecords) -> EnvironmentRecords:
    acceptance = Acceptance(
        tag=heard.command.version,
        by=heard.author,
        at=heard.comment.created_at,
        comment=heard.comment.database_id,
    )
    return records.with_acceptance(heard.application.name, acceptance)


def _confirm(heard: Heard) -> tuple[Action, ...]:
    """The records are there: say where, and where not."""
    application, tag = heard.application, heard.command.version
    places = tuple(name for name in heard.policy.environments if _is_recorded(heard, name))
    if heard.command.verb is Verb.UNREJECT:
        left = tuple(
            name
            for name in heard.policy.environments
            if unwanted(application, heard.state, name, Version(tag)) is not None
        )
        return heard.done(replies.unrejected(application, tag, places, left))
    refused = tuple(
        (each.name, heard.people(each))
        for each in _meant(heard)
        if each.name not in places and not heard.only_watches(each)
    )
    present = tuple(
        name for name in places if (held := heard.state.environments[name].version) is not None and held.tag == tag
    )
    known = "" if _is_known(heard) else _nearest(heard)
    return heard.done(replies.rejected(application, tag, places, refused, present) + known)


def _is_recorded(heard: Heard, environment: str) -> bool:
    records, application = heard.state.records.of(environment), heard.application.name
    kept: list[Rejection | Acceptance] = [
        *records.rejected.get(application, ()),
        *records.accepted.get(application, ()),
    ]
    return any(each.comment == heard.comment.database_id for each in kept)


def _is_known(heard: Heard) -> bool:
    """An environment had it, or the registry has it."""
    tag, state = heard.command.version, heard.state
    if any(isinstance(state.artifacts.get((image, tag)), Artifact) for image in heard.application.images):
        return True
    return any(stay.version.tag == tag for here in state.environments.values() for stay in all_stays(state, here))


def _nearest(heard: Heard) -> str:
    lists = (heard.state.tags.get(image) for image in heard.application.images)
    tags = {tag for seen in lists if isinstance(seen, Tags) for tag in seen.tags}
    return replies.never_seen(heard.command.version, tags)
