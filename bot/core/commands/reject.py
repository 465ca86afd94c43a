"""Answering `/reject` and `/unreject`: where a version is not wanted, and where it is again.

On the pull request of a promotion they mean its environment, and every environment that never had the version, as a
rollback does. Elsewhere they mean every environment: where the version is now it stays until a newer one comes or somebody
rolls back, but nobody takes it from there, and no rollback returns to it. `/unreject` means those of them where something
speaks against the version. Of all these, the command is carried out where its writer may, and the reply says where.
"""

from bot.core.commands import replies
from bot.core.commands.grammar import Verb
from bot.core.commands.heard import Heard
from bot.core.history.periods import all_stays
from bot.core.history.rejections import unwanted
from bot.core.plan import Action
from bot.core.policy import Environment
from bot.core.records.entries import Acceptance, Rejection
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.artifacts import Artifact, Tags
from bot.core.values.version import Version
from bot.core.versions.moving_tag import find, follows


def respond(heard: Heard) -> tuple[Action, ...]:
    """Answer, or do the first half of it."""
    if heard.is_recorded:
        return _confirm(heard)
    if follows(heard.application) is not None and _found(heard) is None:
        return heard.refuse(replies.unknown_version(heard.command.version, heard.application))
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
        or not any(
            stay.version.is_same(_version(heard)) for stay in all_stays(heard.state, heard.state.environments[name])
        )
    ]


def _version(heard: Heard) -> Version:
    """What the comment names: any tag will do, known or not."""
    return _found(heard) or Version(heard.command.version)


def _found(heard: Heard) -> Version | None:
    """Where a tag is followed, the version that was seen under the digest which the comment names."""
    followed = follows(heard.application) is not None
    return find(heard.application, heard.state, heard.command.version) if followed else None


def _speaks_against(heard: Heard, environment: str) -> bool:
    """The version was rejected there before the comment was written."""
    found = unwanted(heard.application, heard.state, environment, _version(heard))
    return found is not None and found.at <= heard.comment.created_at


def _records(heard: Heard, environments: list[str]) -> dict[str, EnvironmentRecords]:
    change = _rejected if heard.command.verb is Verb.REJECT else _accepted
    return {name: change(heard, heard.state.records.of(name)) for name in environments}


def _rejected(heard: Heard, records: EnvironmentRecords) -> EnvironmentRecords:
    """Whoever asked for it before, asked for it in vain."""
    application, version = heard.application.name, _version(heard)
    rejection = Rejection(
        tag=version.tag,
        digests=version.told_by,
        by=heard.author,
        reason=heard.command.reason,
        at=heard.comment.created_at,
        comment=heard.comment.database_id,
    )
    request = records.requests.get(application)
    if request is not None and request.version.is_same(version):
        records = records.with_request(application, None)
    return records.with_rejection(application, rejection)


def _accepted(heard: Heard, records: EnvironmentRecords) -> EnvironmentRecords:
    version = _version(heard)
    acceptance = Acceptance(
        tag=version.tag,
        digests=version.told_by,
        by=heard.author,
        at=heard.comment.created_at,
        comment=heard.comment.database_id,
    )
    return records.with_acceptance(heard.application.name, acceptance)


def _confirm(heard: Heard) -> tuple[Action, ...]:
    """The records are there: say where, and where not."""
    application, version = heard.application, _version(heard)
    places = tuple(name for name in heard.policy.environments if _is_recorded(heard, name))
    if heard.command.verb is Verb.UNREJECT:
        left = tuple(
            name for name in heard.policy.environments if unwanted(application, heard.state, name, version) is not None
        )
        return heard.done(replies.unrejected(application, version.name, places, left))
    refused = tuple(
        (each.name, heard.people(each))
        for each in _meant(heard)
        if each.name not in places and not heard.only_watches(each)
    )
    present = tuple(name for name in places if version.is_same(heard.state.environments[name].version))
    known = "" if _is_known(heard) else _nearest(heard)
    return heard.done(replies.rejected(application, version.name, places, refused, present) + known)


def _is_recorded(heard: Heard, environment: str) -> bool:
    records, application = heard.state.records.of(environment), heard.application.name
    kept: list[Rejection | Acceptance] = [
        *records.rejected.get(application, ()),
        *records.accepted.get(application, ()),
    ]
    return any(each.comment == heard.comment.database_id for each in kept)


def _is_known(heard: Heard) -> bool:
    """An environment had it, or the registry has it."""
    version, state = _version(heard), heard.state
    if version.followed or any(
        isinstance(state.artifacts.get((image, version.tag)), Artifact) for image in heard.application.images
    ):
        return True
    return any(stay.version.is_same(version) for here in state.environments.values() for stay in all_stays(state, here))


def _nearest(heard: Heard) -> str:
    lists = (heard.state.tags.get(image) for image in heard.application.images)
    tags = {tag for seen in lists if isinstance(seen, Tags) for tag in seen.tags}
    return replies.never_seen(heard.command.version, tags)
