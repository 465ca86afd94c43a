"""What an open promotion carries, and what on it the bot would not have written."""

from typing import Any

import pytest

from bot.assembly import Files
from bot.core.observation.pull_request import PullCommit
from bot.core.plan import SUPERSEDED
from bot.core.state import EnvironmentState
from bot.manifests import blob_id
from tests.assembly.looks import (
    CRON_JOB,
    DEPLOYMENT,
    assembled,
    blobs,
    history,
    listed,
    manifest,
    observation,
    past_pull,
    revision,
    seen,
)
from tests.builders import actor, ago, digest, oid, pull, review, version

V4, V5 = manifest("v1.4.0"), manifest("v1.5.0")
EDITED = manifest("v1.5.0", more="  replicas: 9\n")


def bot_commit(word: str = "promotion", **parents: bytes) -> PullCommit:
    return PullCommit(oid(word), by_app=True, author=actor("gitops-bot", is_bot=True), parents=_parents(parents))


def persons_commit(word: str = "by hand", author: str = "mallory", **parents: bytes) -> PullCommit:
    return PullCommit(oid(word), by_app=False, author=actor(author), parents=_parents(parents))


def _parents(parents: dict[str, bytes]) -> Any:
    return tuple((oid(word), {DEPLOYMENT: blob_id(content)}) for word, content in parents.items())


def opened(
    head: bytes, *commits: PullCommit, base: bytes = V4, also: tuple[bytes, ...] = (), **fields: Any
) -> EnvironmentState:
    """dev as it is assembled, with a promotion whose head holds these bytes."""
    past = fields.pop("histories", {DEPLOYMENT: history(revision(base, "first", ago(days=1)))})
    given: dict[str, Any] = {
        "head_blobs": {DEPLOYMENT: blob_id(head)},
        "commits": commits or (bot_commit(head=base),),
        **fields,
    }
    given.setdefault("commits_total", len(given["commits"]))
    here = seen({DEPLOYMENT: base}, pull=pull(**given), histories=past)
    look = observation(head, base, *also, environments={"dev": here})
    return assembled(look).state.environments["dev"]


def strangers(*args: Any, **fields: Any) -> tuple[str, ...]:
    promotion = opened(*args, **fields).promotion
    assert promotion is not None
    return promotion.strangers


def test_the_version_is_read_from_the_head() -> None:
    promotion = opened(V5).promotion

    assert promotion is not None
    assert (promotion.version, promotion.strangers) == (version("v1.5.0"), ())


def test_a_digest_beside_the_tag_is_read_too() -> None:
    promotion = opened(manifest("v1.5.0", digest=digest("new"))).promotion

    assert promotion is not None
    assert promotion.version == version("v1.5.0", digest=digest("new"))


def test_reviews_come_with_the_version_that_stood_at_the_reviewed_commit() -> None:
    older = review("bob", blobs={DEPLOYMENT: blob_id(V4)})
    promotion = opened(V5, reviews=(older, review("alice", blobs={DEPLOYMENT: blob_id(V5)}))).promotion

    assert promotion is not None
    assert [(each.author.login, held and held.tag) for each, held in promotion.reviews] == [
        ("bob", "v1.4.0"),
        ("alice", "v1.5.0"),
    ]


def test_a_merge_of_base_is_not_foreign() -> None:
    """Somebody pressed `Update branch`: the file is the base's of now, with the version written anew."""
    now = manifest("v1.4.0", more="  replicas: 3\n")
    merged = manifest("v1.5.0", more="  replicas: 3\n")
    merge = persons_commit("merge", promotion=V5, base=now)

    assert strangers(merged, bot_commit(first=V4), merge, base=now, also=(V4, V5)) == ()


def test_a_promotion_that_was_built_on_an_older_base_is_not_foreign() -> None:
    now = manifest("v1.4.0", more="  replicas: 3\n")

    assert strangers(V5, bot_commit(first=V4), base=now, also=(V4,)) == ()


@pytest.mark.parametrize(
    ("head", "fields", "expected"),
    [
        (EDITED, {}, (f"more than the version in {DEPLOYMENT}",)),
        (
            EDITED,
            {"commits": (bot_commit(first=V4), persons_commit(promotion=V5))},
            (f"more than the version in {DEPLOYMENT}, see commit {oid('by hand')[:7]} by mallory",),
        ),
        (
            EDITED,
            {"commits": (persons_commit(author="", promotion=V5),)},
            (f"more than the version in {DEPLOYMENT}, see commit {oid('by hand')[:7]} by somebody",),
        ),
        (V5, {"changed_paths": (DEPLOYMENT, "README.md"), "changed_files": 2}, ("a change of README.md",)),
        (V5, {"changed_files": 3_001}, ()),  # how many GitHub does not list is said by the gate
        (b"not: yaml: at all", {}, (f"more than the version in {DEPLOYMENT}",)),
        (manifest("v1.5.0", image="evil.test/web"), {}, (f"more than the version in {DEPLOYMENT}",)),
    ],
)
def test_whatever_else_is_on_it_is_foreign(head: bytes, fields: Any, expected: tuple[str, ...]) -> None:
    assert strangers(head, **fields) == expected


@pytest.mark.parametrize(
    ("commits", "fields", "outdated"),
    [
        ((bot_commit(first=V4),), {}, True),
        ((bot_commit(first=V4), bot_commit("again", promotion=V5)), {}, True),
        # Built on what stands there now: whatever it is, building it once more would not change it.
        ((bot_commit(head=V4),), {}, False),
        ((bot_commit(first=V4), persons_commit(promotion=V5)), {}, False),
        ((bot_commit(first=V4),), {"commits_total": 2}, False),
        # Somebody rewrote the default branch, and GitHub lists its former commits as the pull request's.
        ((persons_commit("former", first=V4), bot_commit(former=V4)), {}, True),
        ((persons_commit("former", first=V4), bot_commit(former=V4), persons_commit(promotion=V5)), {}, False),
        (
            (
                bot_commit(first=V4),
                persons_commit(promotion=V5),
                bot_commit("again", **{"by hand": V5}),
            ),
            {},
            False,
        ),
        ((persons_commit(first=V4),), {}, False),
    ],
)
def test_the_bots_own_commits_on_what_is_gone_are_outdated_and_not_foreign(
    commits: tuple[PullCommit, ...],
    fields: Any,
    outdated: bool,  # noqa: FBT001 -- a column
) -> None:
    moved: Any = {"changed_paths": (DEPLOYMENT, "envs/dev/web/old.yaml"), "changed_files": 2}
    promotion = opened(V5, *commits, **moved, **fields).promotion

    assert promotion is not None
    assert promotion.outdated is outdated
    assert promotion.strangers == (() if outdated else ("a change of envs/dev/web/old.yaml",))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0o100644, ()),
        (0o100755, (f"{DEPLOYMENT} as an executable",)),
        (0o120000, (f"{DEPLOYMENT} as a symbolic link",)),
        (0o100600, (f"{DEPLOYMENT} as a file of another mode",)),
    ],
)
def test_a_file_of_another_mode_is_foreign(mode: int, expected: tuple[str, ...]) -> None:
    """With the same bytes."""
    assert strangers(V5, head_modes={DEPLOYMENT: mode}) == expected


def test_a_deletion_is_foreign() -> None:
    assert strangers(V5, head_blobs={DEPLOYMENT: ""}) == (f"more than the version in {DEPLOYMENT}",)


def test_a_version_that_a_person_wrote_is_the_bots_bytes_all_the_same() -> None:
    """What counts is the difference, not who made it; the gates are asked about the version that stands there."""
    promotion = opened(manifest("v1.6.0"), bot_commit(first=V4), persons_commit(promotion=V5), also=(V5,)).promotion

    assert promotion is not None
    assert promotion.version == version("v1.6.0")
    assert promotion.strangers == ()


def test_heads_that_nobody_has_read_are_asked_for() -> None:
    here = seen(pull=pull(head_blobs={DEPLOYMENT: blob_id(V5)}))
    found = assembled(observation(V4, environments={"dev": here}))

    assert blob_id(V5) in found.known.blobs


def test_a_base_that_was_read_and_forgotten_is_asked_for_again() -> None:
    """What stands in it is remembered longer than its bytes, and it takes these to write into it."""
    files = Files(most_bytes=len(V5) + 250)
    here = seen({DEPLOYMENT: V4}, pull=pull(head_blobs={DEPLOYMENT: blob_id(V5)}))
    first = assembled(observation(V4, environments={"dev": here}), files=files)
    second = assembled(observation(V5, environments={"dev": here}), files=files)

    assert first.known.blobs == {blob_id(V5)}
    assert second.known.blobs == {blob_id(V4)}


def test_a_base_that_github_does_not_hand_out_is_not_asked_for_again() -> None:
    built_here = bot_commit(head=V4)
    here = seen({DEPLOYMENT: V4}, pull=pull(head_blobs={DEPLOYMENT: blob_id(V5)}, commits=(built_here,)))
    found = assembled(observation(V5, environments={"dev": here}, unreadable={blob_id(V4): "it is too large"}))
    promotion = found.state.environments["dev"].promotion

    assert found.known.blobs == frozenset()
    assert promotion is not None
    assert promotion.strangers == (f"more than the version in {DEPLOYMENT}",)


def test_two_files_must_agree() -> None:
    files = {DEPLOYMENT: V4, CRON_JOB: V4}
    heads = {DEPLOYMENT: blob_id(V5), CRON_JOB: blob_id(V4)}
    here = seen(files, pull=pull(head_blobs=heads, commits=(bot_commit(first=V4),)))
    promotion = assembled(observation(V4, V5, environments={"dev": here})).state.environments["dev"].promotion

    assert promotion is not None
    assert promotion.version is None


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"branch_oid": None}, False),
        ({}, True),
        ({"branch_by_app": True}, False),
        ({"pull": pull()}, False),
        ({"past": (past_pull(V5, head_oid=oid("theirs")),)}, False),
        ({"branch_oid": oid("head")}, False),
    ],
)
def test_a_branch_with_the_work_of_others(fields: Any, taken: bool) -> None:  # noqa: FBT001 -- a column
    """What a pull request has shown, or the default branch has, is nobody's loss."""
    here = seen(**{"branch_oid": oid("theirs"), "branch_by_app": False, **fields})

    assert assembled(observation(environments={"dev": here})).state.environments["dev"].branch_taken is taken


@pytest.mark.parametrize(
    ("fields", "by_person", "carried"),
    [
        ({}, True, "v1.5.0"),
        ({"labels": frozenset({SUPERSEDED})}, False, None),
        ({"merged": True}, False, None),
        ({"ended_by": actor("alice")}, True, "v1.5.0"),
        ({"ended_by": actor("stale", is_bot=True)}, False, "v1.5.0"),
        ({"ended_by": actor("renamed", is_bot=True), "by_app": True}, False, None),
    ],
)
def test_past_promotions(fields: Any, by_person: bool, carried: str | None) -> None:  # noqa: FBT001
    look = observation(V4, V5, environments={"dev": seen(past=(past_pull(V5, **fields),))})
    (found,) = assembled(look).state.environments["dev"].past

    assert (found.by_person, found.version and found.version.tag) == (by_person, carried)
    assert (found.number, found.closed_at) == (5, ago(hours=1))


def test_the_blobs_of_the_kit_are_gits() -> None:
    """Such as `git hash-object` says."""
    assert list(blobs(b"hello\n")) == ["ce013625030ba8dba906f756967f9e9ca394464a"]
    assert listed({"a": b"hello\n"})[0].mode == 0o100644
