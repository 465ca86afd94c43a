"""What became of the source's newest commit, where no image of it arrived.

| reports on the commit          | policy names checks | an image for each commit | answer                        |
|--------------------------------|---------------------|--------------------------|-------------------------------|
| a check that is named failed   | yes                 |                          | blocked `source-red`          |
| one is queued or running       |                     | yes                      | waiting `source-building`     |
| one is queued or running       |                     | no                       | passed `source-building`      |
| one failed                     | no                  |                          | passed `source-failed`        |
| none of those that count       |                     |                          | passed `source-unbuilt`       |
| all passed                     |                     |                          | passed `source-without-image` |

If the policy names checks, only those count. There is no answer for a commit that an image was built from, or if no image
names its commit: then a missing image cannot be detected. The orders `commit`, `digest` and `newest` expect an image for each
commit. The others release some commits only, so that there is no image of most, and all is well.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.core.gates.question import blocked, moment, passed, waiting
from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.plan import Verdict
from bot.core.policy import Application, Environment, OrderKind
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Tags
from bot.core.values.patterns import glob_matches
from bot.core.versions.newer import best_tags
from bot.core.versions.source_details import are_shown, check_names

SENTENCES = {
    "source-red": "the newest commit of {repository}, {commit:c}, failed {checks:c}, and there is no image of it[ ({link:u})]",
    "source-building": "the newest commit of {repository}, {commit:c}, is being built[, since {since}][: {checks:c}]"
    "[ ({link:u})]",
    "source-failed": "there is no image of the newest commit of {repository}, {commit:c}, which failed {checks:c}[ ({link:u})]",
    "source-unbuilt": "there is no image of the newest commit of {repository}, {commit:c}, and nothing was reported on it"
    "[; expected {checks:c}]",
    "source-without-image": "there is no image of the newest commit of {repository}, {commit:c}, which passed its checks; "
    "looked for {looked}[; the registry has {instead:c}, which the policy does not take]",
}
NOTES = frozenset(SENTENCES) - {"source-red"}

_MOST_NAMES = 3
_SHORT = 7


def failed(application: Application, state: State, environment: Environment) -> Verdict | None:
    """Say that the newest source commit failed a check that its image would need, and there is no image of it."""
    commit, wanted = _without_image(application, state), environment.gates.checks
    if commit is None:
        return None
    red = [each for each in _meant(commit, state, wanted) if each.outcome is Outcome.FAILURE] if wanted else []
    if not red:
        return None
    facts = _facts(application, state, commit, red, wanted)
    return blocked("candidate", "source-red", facts, who=(f"anyone who can fix or re-run it in {facts['repository']}",))


def building(application: Application, state: State, environment: Environment) -> Verdict | None:
    """Say that an image is on its way, where one is expected for each commit."""
    note = noted(application, state, environment) if expects_each_commit(application) else None
    if note is None or note.code != "source-building":
        return None
    return waiting("candidate", "source-building", note.facts)


def noted(application: Application, state: State, environment: Environment) -> Verdict | None:
    """Say what became of the newest source commit; None if nothing is missing, or nobody can tell."""
    commit = _without_image(application, state)
    if commit is None or not _images_tell(application, state):
        return None
    wanted = environment.gates.checks
    meant = _meant(commit, state, wanted)
    pending = [each for each in meant if each.outcome is Outcome.PENDING]
    red = [each for each in meant if each.outcome is Outcome.FAILURE]
    if pending:
        times = [at for each in meant if (at := each.since or each.at)]
        facts = _facts(application, state, commit, pending, wanted)
        return passed("candidate", "source-building", facts, since=moment(min(times)) if times else "")
    if red:
        return passed("candidate", "source-failed", _facts(application, state, commit, red, wanted))
    if not commit.reports_complete:
        return None
    if not meant:
        facts = _facts(application, state, commit, (), wanted)
        return passed("candidate", "source-unbuilt", facts | {"checks": ", ".join(wanted)})
    looked = {"looked": _looked_for(application, commit), "instead": next(iter(_naming(state, commit)), "")}
    return passed("candidate", "source-without-image", _facts(application, state, commit, meant, wanted) | looked)


def expects_each_commit(application: Application) -> bool:
    """Return whether the order makes a version of every commit that is built."""
    return application.versions.order.kind in {OrderKind.COMMIT, OrderKind.DIGEST, OrderKind.NEWEST}


def _without_image(application: Application, state: State) -> Commit | None:
    """Return the newest source commit, where it was read and no image names it."""
    head = state.source.head if state.source is not None and application.source is not None else None
    if head is None or head.oid in _revisions(state) or best_tags(application, state, _naming(state, head)):
        return None
    return head


def _images_tell(application: Application, state: State) -> bool:
    """Return whether images name their commits, so that a missing one is noticed."""
    return application.versions.order.kind is OrderKind.COMMIT or bool(_revisions(state) - {None})


def _revisions(state: State) -> frozenset[str | None]:
    return frozenset(seen.revision for seen in state.artifacts.values() if isinstance(seen, Artifact))


def _naming(state: State, commit: Commit) -> tuple[str, ...]:
    """Return the tags that every image has and that name the commit."""
    return _tags_with(tuple(seen.tags for seen in state.tags.values() if isinstance(seen, Tags)), commit.oid[:_SHORT])


@lru_cache(maxsize=64)
def _tags_with(lists: tuple[tuple[str, ...], ...], part: str) -> tuple[str, ...]:
    """Return them, sorted. Cached, because the lists may be long, and most passes see the same ones."""
    common = frozenset.intersection(*map(frozenset, lists)) if lists else frozenset[str]()
    return tuple(sorted(tag for tag in common if part in tag))


def _meant(commit: Commit, state: State, wanted: Sequence[str]) -> list[Report]:
    """Return the reports that tell of the build: those that the policy names, or everybody's but the bot's own."""
    others = (each for each in commit.reports if each.app_id != state.repository.app_id)
    return [each for each in others if not wanted or any(glob_matches(pattern, each.name) for pattern in wanted)]


def _facts(
    application: Application, state: State, commit: Commit, reports: Iterable[Report], wanted: Sequence[str]
) -> dict[str, str]:
    """Return what every sentence names. Names and links of a source that its readers may not see stay out."""
    told = [*reports]
    names = check_names(application, state, told, patterns=wanted)
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    link = next((each.url for each in told if each.url), "") if are_shown(application, state) else ""
    return {
        "repository": application.source.repository if application.source else "",
        "commit": commit.oid[:_SHORT],
        "checks": ", ".join(names[:_MOST_NAMES]) + more,
        "link": link or "",
    }


def _looked_for(application: Application, commit: Commit) -> str:
    """Return which names would have been an image of this commit."""
    order, tags = application.versions.order, application.versions.tags
    if order.kind is OrderKind.DIGEST:
        return ", ".join(f"{image}:{order.argument}" for image in application.images)
    images = ", ".join(application.images)
    kind = (
        f"that names {commit.oid[:_SHORT]}" if order.kind is OrderKind.COMMIT else f"for {order.kind}: {order.argument}"
    )
    return f"a newer tag of {images} {kind}{f', tags: {tags}' if tags else ''}"
