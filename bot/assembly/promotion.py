"""Builds open and past promotions, with the versions read from their bytes."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from bot.assembly.reading import Reading
from bot.core.observation.commits import Commit
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import PastPull, PullRequest
from bot.core.plan import SUPERSEDED
from bot.core.state import PastPromotion, Promotion
from bot.core.values.version import Version

MODES = {0o100755: "an executable", 0o120000: "a symbolic link", 0o160000: "a submodule"}


def open_promotion(
    pull: PullRequest, bases: Mapping[str, str], seen: SeenEnvironment, reading: Reading, *, base_oid: str
) -> Promotion:
    """Return the promotion with its version and every change on it that the bot would not make.

    bases: the promotion's files on the default branch, path → blob id. base_oid: the head of that branch.
    """
    at_head = _version(pull.head_blobs, bases, reading)
    reviews = tuple((review, _version(review.blobs, bases, reading)) for review in pull.reviews)
    strangers = (*_strangers(pull, bases, seen, reading), *_modes(pull, bases, seen))
    outdated = bool(strangers) and _is_older(pull, base_oid)
    return Promotion(pull, at_head, () if outdated else strangers, reviews, outdated=outdated)


def branch_taken(seen: SeenEnvironment, recent: Iterable[Commit]) -> bool:
    """Report whether the promotion branch holds others' work that no pull request and no default branch shows.

    A branch left behind by a merged or closed pull request, or without commits of its own, holds no such work.
    """
    if seen.branch_oid is None or seen.branch_by_app or seen.pull is not None:
        return False
    return seen.branch_oid not in {*(pull.head_oid for pull in seen.past), *(commit.oid for commit in recent)}


def past_promotion(pull: PastPull, paths: Mapping[str, str], reading: Reading) -> PastPromotion:
    """Read who ended it, and which version it carried."""
    others = not pull.merged and SUPERSEDED not in pull.labels and not pull.by_app
    by_machine = others and pull.ended_by is not None and pull.ended_by.is_bot
    by_person = others and not by_machine
    version = _version(pull.head_blobs, paths, reading) if others else None
    return PastPromotion(
        pull.number,
        version,
        pull.merged,
        by_person,
        pull.closed_at,
        ended_by=pull.ended_by,
        merge_oid=pull.merge_oid,
        by_machine=by_machine,
        page=pull.page,
    )


def _version(blobs: Mapping[str, str], paths: Mapping[str, str], reading: Reading) -> Version | None:
    return reading.version_at({path: blobs.get(path, "") for path in paths})


def _strangers(pull: PullRequest, bases: Mapping[str, str], seen: SeenEnvironment, reading: Reading) -> Iterator[str]:
    """Yield the changes that the bot would not make: to other files, or beyond the versions in its own files."""
    for path in pull.changed_paths:
        if path not in bases:
            yield f"a change of {path}"
    for path in pull.changed_paths:
        head = pull.head_blobs.get(path, "")
        if path in bases and not _is_ours(path, head, bases, tuple(_bases(path, bases[path], pull, seen)), reading):
            yield f"more than the version in {path}{_authors(pull)}"


def _modes(pull: PullRequest, bases: Mapping[str, str], seen: SeenEnvironment) -> Iterator[str]:
    """Describe the files whose mode changed.

    A symbolic link with the same bytes is another file: its bytes are then a path.
    """
    known = {file.path: file.mode for file in seen.files or ()}
    for path in pull.changed_paths:
        mode = pull.head_modes.get(path)
        if path in bases and mode not in (None, known.get(path)):
            yield f"{path} as {MODES.get(mode or 0, 'a file of another mode')}{_authors(pull)}"


def _is_older(pull: PullRequest, base_oid: str) -> bool:
    """Report whether nobody else committed to its branch, and nothing there was built on the present default branch.

    The App builds on the head of the default branch only. What others committed below all of its commits was there: somebody
    has rewritten that branch since, and GitHub shows the former commits as the pull request's.
    """
    everything = pull.commits_total <= len(pull.commits)
    parents = {commit.oid: tuple(oid for oid, _ in commit.parents) for commit in pull.commits}
    if not everything or base_oid in chain.from_iterable(parents.values()):
        return False
    others = {commit.oid for commit in pull.commits if not commit.by_app}
    below = [_ancestors(commit.oid, parents) for commit in pull.commits if commit.by_app]
    return not others or (bool(below) and all(others <= each for each in below))


def _ancestors(oid: str, parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the commits that a commit was built on."""
    found: set[str] = set()
    waiting = [*parents.get(oid, ())]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += parents.get(each, ())
    return frozenset(found)


def _is_ours(path: str, head: str, files: Mapping[str, str], bases: Iterable[str], reading: Reading) -> bool:
    """Report whether the head's file is one of the bases with only its versions rewritten."""
    return any(head == base or reading.is_promotion(path, head, base, among=files) for base in bases)


def _bases(path: str, base: str, pull: PullRequest, seen: SeenEnvironment) -> Iterator[str]:
    """Return the file as the default branch has it now, and as it had it when the promotion was built or last merged
    with it.

    No other revision counts: otherwise the merge could bring back any earlier content of the default branch.
    """
    yield base
    if pull.commits_total > len(pull.commits):
        return  # a parent of a commit in the list may itself be missing from the list
    own = {commit.oid for commit in pull.commits}
    # GitHub lists all commits that the base lacks, so any other parent is on the default branch.
    joined = {oid: blobs.get(path) for commit in pull.commits for oid, blobs in commit.parents if oid not in own}
    history = seen.histories.get(path)
    order = [revision.blob_id for revision in history.revisions] if history else []
    if len(joined) > 1:
        known = [blob for blob in joined.values() if blob and blob in order]
        yield from [min(known, key=order.index)] if known else ()
    else:
        yield from filter(None, joined.values())


def _authors(pull: PullRequest) -> str:
    others = [commit for commit in pull.commits if not commit.by_app and len(commit.parents) < 2]
    if not others:
        return ""
    return ", see " + ", ".join(f"commit {commit.oid[:7]} by {commit.author.login or 'somebody'}" for commit in others)
