"""Builds the State from one look at GitHub and the registries, and says what the next look must request."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.assembly.files import Files
from bot.assembly.promotion import branch_taken, open_promotion, past_promotion
from bot.assembly.reading import Reading
from bot.assembly.scope import Scope, scope_of
from bot.assembly.shared import Asked, shared_values
from bot.assembly.timeline import timeline
from bot.core.commands.command import Command
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.commands.conversation.unread_holds import askers
from bot.core.gates.manifests import files_outside
from bot.core.needs.application import HISTORY, LONG_HISTORY, Known
from bot.core.observation.files import ListedFile
from bot.core.observation.observation import Observation
from bot.core.observation.pull_request import ReviewState
from bot.core.people.circle import circle
from bot.core.people.code_owners import owners_of
from bot.core.policy import Application, OriginKind, Policy
from bot.core.records.former_names import renamed_comments, renamed_merges
from bot.core.records.state_branch import records_on, restore
from bot.core.selection.possible import CONSIDERED, common_tags, newest_grown
from bot.core.state import EnvironmentState, State, in_use
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.versions.by_digest import MOST_SEARCHED, tags_by_digest
from bot.core.versions.first_seen import grown_up
from bot.core.versions.moving_tag import follows
from bot.core.versions.newer import best_tags
from bot.core.versions.source_paths import untouched_in

REMEMBERED_ARRIVALS = 6
"""For how many of an environment's latest versions registries are asked, so that a rollback to one needs no further
look.
"""
ENOUGH_ARRIVALS = 3
"""How many arrivals suffice from a history that was not read to its beginning: the present one and two to go back to.
"""
NEWEST_COMMITS = 10
"""Where tags are commits, the reports of so many of the newest ones are read along."""
REGULAR = (0o100644, 0o100755)


@dataclass(frozen=True, slots=True)
class FromRegistries:
    """What registries returned. artifacts: by image and tag."""

    tags: Mapping[str, Tags | Missing | Unanswered]
    artifacts: Mapping[tuple[str, str], Artifact | Missing | Unanswered]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A State, and what was learned for the next look. The look was sufficient if that requests nothing new."""

    state: State
    known: Known


def assemble(
    observation: Observation,
    policy: Policy,
    application: Application,
    *,
    registries: FromRegistries,
    files: Files,
    now: datetime,
) -> Assembled:
    """Build the State of one application."""
    whole, policy = policy, policy.of(application.name)
    files.remember(observation.blobs)
    missing: set[str] = set()
    records = records_on(observation.state, policy.renames, now=now)
    history = observation.source.history if observation.source else ()
    tags = tags_by_digest(application, records, registries.artifacts, history, tags=registries.tags)
    environments = {
        environment.name: _environment(
            observation,
            Asked(whole, application.name, environment.name, files, missing),
            Reading(
                files,
                frozenset(application.images),
                unreadable=observation.unreadable,
                missing=missing,
                scope=scope_of(environment, application),
                follows=follows(application),
                tags=tags,
            ),
        )
        for environment in policy.environments.values()
    }
    state = State(
        repository=observation.repository,
        application=application.name,
        environments=environments,
        tags=registries.tags,
        artifacts=registries.artifacts,
        recent=observation.recent,
        commits=observation.commits,
        source=observation.source,
        records=records,
        restoration=restore(observation.state, records, policy.renames),
        state_oid=observation.state.head_oid,
        comments=renamed_comments(observation.comments, policy.renames),
        merges=renamed_merges(observation.merges, policy.renames),
        merges_since=observation.merges_since,
        people=observation.people,
        teams=observation.teams,
        code_owners=observation.code_owners,
    )
    return Assembled(state, _known(state, in_use(policy, state), missing, now))


def _environment(observation: Observation, asked: Asked, reading: Reading) -> EnvironmentState:
    name = asked.environment
    seen = observation.environments.get(name)
    if seen is None:
        return EnvironmentState(name)
    scope = reading.scope
    listed = listed_files(seen.files or (), scope)
    located = {file: reading.located(file, blob) for file, blob in listed.items()}
    relevant = {file: listed[file] for file, found in located.items() if found.places or found.refusals}
    chosen = reading.chosen(listed)
    refusals = (
        *(refusal for found in located.values() for refusal in found.refusals),
        *(scope.absent(listed) if chosen.places else ()),
        *shared_values(chosen.places, asked),
    )
    deciding = {place.path for place in chosen.places} | {refusal.path for refusal in refusals}
    lasting = {file: history for file, history in seen.histories.items() if file in deciding}
    times = timeline(lasting, reading.version_at)
    return EnvironmentState(
        name=name,
        places=chosen.places,
        left=chosen.left,
        refusals=refusals,
        version=reading.version(chosen.places),
        arrivals=times.arrivals,
        arrivals_complete=times.complete and lasting.keys() >= deciding,
        branch_oid=seen.branch_oid,
        former_branch=seen.former_branch,
        promotion=open_promotion(seen.pull, relevant, seen, reading, base_oid=observation.repository.head_oid)
        if seen.pull
        else None,
        past=tuple(past_promotion(pull, relevant, reading) for pull in seen.past),
        reached=len(listed),
        branch_taken=branch_taken(seen, observation.recent),
    )


def listed_files(files: Iterable[ListedFile], scope: Scope) -> Mapping[str, str]:
    """Return path → blob id of the files that the bot reads."""
    return {file.path: file.blob_id for file in files if file.mode in REGULAR and scope.reaches(file.path)}


def _known(state: State, policy: Policy, missing: set[str], now: datetime) -> Known:
    environments = state.environments
    paths = {name: [place.path for place in here.places] for name, here in environments.items()}
    for name, here in environments.items():
        paths[name].extend(refusal.path for refusal in here.refusals)
    asks_checks = any(environment.gates.checks for environment in policy.environments.values())
    commands = list(_commands(state, policy, now))
    # A version of a followed tag goes by the start of its digest, which is not a reference that a registry accepts.
    follows_tag = follows(policy.applications[state.application]) is not None
    named = [] if follows_tag else [command.version for _, command in commands]
    short = any(
        0 < len(here.arrivals) < ENOUGH_ARRIVALS and not here.arrivals_complete for here in environments.values()
    )
    return Known(
        files={name: tuple(dict.fromkeys(each)) for name, each in paths.items()},
        held=frozenset(filter(None, (*_held(state), *_searched(state, policy), *_grown(state, policy, now), *named))),
        source_history=state.source.history if state.source else (),
        untouched=untouched_in(state.source.touched) if state.source else frozenset(),
        source_commits=frozenset(_source_commits(state)) if asks_checks else frozenset(),
        revisions=frozenset(_revisions(state)),
        commits=frozenset(_introductions(state, policy)),
        blobs=frozenset(missing),
        people=frozenset({*(login for login, _ in commands), *askers(policy, state, now), *_approvers(state)}),
        teams=_owning_teams(state, policy),
        history=LONG_HISTORY if short else HISTORY,
    )


def _owning_teams(state: State, policy: Policy) -> frozenset[str]:
    """Return the teams that own, by CODEOWNERS, what a promotion writes outside of its environment's path."""
    application = policy.applications[state.application]
    owners = (
        owner
        for environment in policy.environments.values()
        for file in files_outside(environment, application, state.environments[environment.name].places)
        for owner in owners_of(state.code_owners or "", file)
    )
    return circle(owners, ()).teams()


def _commands(state: State, policy: Policy, now: datetime) -> Iterator[tuple[str, Command]]:
    """Yield the author and the command of each comment that this application's pass must answer."""
    for comment in unanswered(state.comments, now):
        application, read = addressed(policy, comment)
        if application == state.application and isinstance(read, Command):
            yield comment.author.login, read


def _held(state: State) -> Iterator[str]:
    """Yield the tags held; for a followed tag, or a digest without a known tag, yield each image with its digest."""
    for name, here in state.environments.items():
        request = state.records.of(name).requests.get(state.application)
        arrived = (arrival.version for arrival in here.arrivals[:REMEMBERED_ARRIVALS])
        promoted, asked = here.promotion.version if here.promotion else None, request.version if request else None
        for version in filter(None, (*arrived, promoted, asked)):
            told_by = version.told_by if version.tag else dict(version.digests)
            yield from [f"{image}@{digest}" for image, digest in told_by.items()] or [version.tag]


def _searched(state: State, policy: Policy) -> tuple[str, ...]:
    """Return the newest tags, if one of them may name a digest that a manifest holds without a tag."""
    application = policy.applications[state.application]
    held = [here.version for here in state.environments.values()]
    held += [here.promotion.version for here in state.environments.values() if here.promotion]
    if all(version is None or version.tag for version in held):
        return ()
    return best_tags(application, state, common_tags(application, state.tags))[:MOST_SEARCHED]


def _grown(state: State, policy: Policy, now: datetime) -> Iterator[str]:
    """Yield the tags that may be old enough for an environment, although many are newer."""
    application = policy.applications[state.application]
    registry = [each for each in policy.environments.values() if each.origin.kind is OriginKind.REGISTRY]
    if any(each.gates.min_age for each in registry) and follows(application) is None:
        tags = best_tags(application, state, common_tags(application, state.tags))[CONSIDERED:]
        for environment in registry:
            yield from newest_grown(application, state, tags, grown_up(environment, now))


def _revisions(state: State) -> Iterator[str]:
    for seen in state.artifacts.values():
        if isinstance(seen, Artifact) and seen.revision:
            yield seen.revision


def _source_commits(state: State) -> Iterator[str]:
    yield from _revisions(state)
    if state.source:
        yield from state.source.history[:NEWEST_COMMITS]


def _introductions(state: State, policy: Policy) -> Iterator[str]:
    """Return the commits that introduced a version whose health is needed and that are no longer among the newest."""
    watched = {name for each in policy.environments.values() if each.gates.health for name in each.origin.environments}
    watched |= {each.name for each in policy.environments.values() if each.deployments and each.deployments.health}
    recent = {commit.oid for commit in state.recent}
    for name in watched:
        for arrival in state.environments[name].arrivals[:REMEMBERED_ARRIVALS]:
            if arrival.commit not in recent:
                yield arrival.commit


def _approvers(state: State) -> Iterator[str]:
    for here in state.environments.values():
        for review, _ in here.promotion.reviews if here.promotion else ():
            if review.state is ReviewState.APPROVED and not review.author.is_bot:
                yield review.author.login
