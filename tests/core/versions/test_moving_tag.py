"""A moving tag: which of its digests is newer, what moving back means, and what is recorded."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.decide import decide
from bot.core.gates import image
from bot.core.gates.question import Purpose
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import OpenPromotion, Reaction, Reply, WriteState
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Sighting
from bot.core.records.environment import EnvironmentRecords
from bot.core.selection.candidates import choose
from bot.core.selection.possible import possible
from bot.core.state import Arrival, State
from bot.core.values.artifacts import Missing, Unanswered
from bot.core.values.version import Version
from bot.core.versions.moving_tag import compare_digests, current, fill_in, find, moved_back, newest_first
from bot.core.versions.tags import Comparison
from tests.builders import (
    NOW,
    WEB,
    YESTERDAY,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    comment,
    digest,
    environment,
    environment_state,
    place,
    policy,
    promotion,
    question,
    records,
    rejection,
    request,
    said,
    state,
    version,
)

TAG = "latest"
WORKER = "ghcr.io/acme/worker"
APP = application(versions={"digest": TAG})
BOTH = application(images=(WEB, WORKER), versions={"digest": TAG})
RULES = policy(environment(), environment("staging", "dev"), applications=[APP])


def at(word: str, worker: str = "", *, commit: str | None = None) -> Version:
    """The version of `latest` with the digest that follows from the word."""
    pairs = ((WEB, digest(word)), *(((WORKER, digest(worker)),) if worker else ()))
    return Version(TAG, pairs, commit, followed=True)


def came(held: Version | None, when: datetime) -> Arrival:
    return arrival(TAG, when, version=held)


def holding(name: str, *held: tuple[Version, datetime], **fields: Any) -> Any:
    """The environment holds the first of these, and held the others before."""
    present = held[0][0]
    path = f"envs/{name}/web/deployment.yaml"
    places = tuple(place(present.tag, path=path, image=each, digest=found) for each, found in present.digests)
    arrivals = tuple(came(each, when) for each, when in held)
    return environment_state(
        name,
        places=places or (place(present.tag, path=path),),
        version=present,
        arrivals=arrivals,
        **fields,
    )


def pointing(word: str, *environments: Any, seen: tuple[tuple[str, datetime], ...] = (), **fields: Any) -> State:
    """`latest` is this digest now; it was seen to be these before."""
    kept = EnvironmentRecords().with_sightings("web", *(Sighting.of(at(each), when) for each, when in seen))
    known = [artifact(TAG, digest=digest(word))] if word else []
    held = {
        each: artifact(each, digest=each)
        for here in environments
        for came in here.arrivals
        if came.version
        for _, each in came.version.digests
    }
    return state(
        *(environments or (holding("dev", (at("a"), YESTERDAY)),)),
        tags={},
        artifacts=fields.pop("artifacts", None) or artifacts(*known, *held.values()),
        records=fields.pop("records", None) or records(dev=kept),
        **fields,
    )


# --- which is newer


NEWER, OLDER, SAME, UNKNOWN = Comparison.NEWER, Comparison.OLDER, Comparison.SAME, Comparison.UNKNOWN


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (at("c"), at("b"), NEWER),  # nobody saw it before: it has just been pushed
        (at("b"), at("c"), OLDER),
        (at("b"), at("a"), NEWER),  # by the times at which environments came to hold them
        (at("a"), at("s"), NEWER),  # only seen in the registry, before the others came
        (at("a"), at("a"), SAME),
        (at("a"), Version(TAG, followed=True), NEWER),  # the tag alone may be anything, and is to be pinned
        (Version(TAG, followed=True), Version(TAG, followed=True), SAME),
        (at("a"), at("x"), UNKNOWN),  # it came from nowhere
        (at("a"), version("v1.4.0", digest=digest("a")), UNKNOWN),  # another tag
        (at("a"), version("v1.4.0", digest=digest("b")), UNKNOWN),  # another tag, whose digest the order knows
        (at("t"), at("u"), NEWER),  # seen in the same moment, in this order
    ],
)
def test_digests_are_compared(left: Version, right: Version, expected: Comparison) -> None:
    seen = (("s", ago(days=9)), ("u", ago(hours=1)), ("t", ago(hours=1)))
    dev = holding("dev", (at("b"), ago(hours=2)), (at("a"), ago(hours=3)))
    unread = replace(dev, arrivals=(*dev.arrivals, came(None, ago(hours=4))))
    world = pointing("c", unread, seen=seen)
    mirrored = {NEWER: OLDER, OLDER: NEWER}

    assert compare_digests(APP, world, version=left, to=right) is expected
    assert compare_digests(APP, world, version=right, to=left) is mirrored.get(expected, expected)


def test_a_version_is_as_old_as_the_youngest_of_its_digests() -> None:
    """The worker did not change: it is the same image, and another version."""
    dev = holding("dev", (at("b", "w"), ago(hours=1)), (at("a", "w"), ago(hours=2)))
    world = pointing("", dev)

    assert compare_digests(BOTH, world, version=at("b", "w"), to=at("a", "w")) is NEWER
    assert newest_first(BOTH, world, (at("a", "w"), at("b", "w"), Version(TAG, followed=True))) == (
        at("b", "w"),
        at("a", "w"),
    )


@given(st.permutations(["a", "b", "c", "d"]), st.data())
def test_digests_are_ordered_by_first_sighting(order: list[str], data: st.DataObject) -> None:
    seen = tuple((word, ago(hours=9 - number)) for number, word in enumerate(order))
    now = data.draw(st.sampled_from([*order, "e"]))
    world = pointing(now, holding("dev", (at(order[0]), ago(days=1))), seen=seen)
    expected = [*reversed(order)] if now != "e" else ["e", *reversed(order)]

    assert newest_first(APP, world, [at(each) for each in ("a", "b", "c", "d", "e")]) == tuple(map(at, expected))
    back = moved_back(APP, world, at(order[-1]))
    assert back == (at(now) if now in order[:-1] else None)


# --- what the tag points at


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((artifact(TAG, revision="c" * 40),), None),
        ((artifact(TAG), Missing(WORKER, TAG)), None),
        ((artifact(TAG), artifact(TAG, image=WORKER)), None),
        ((artifact(TAG, revision="c" * 40), artifact(TAG, image=WORKER, revision="d" * 40)), None),
        ((artifact(TAG, revision="c" * 40), artifact(TAG, image=WORKER, revision="c" * 40)), "c" * 40),
    ],
)
def test_several_images_come_from_one_commit(found: Any, expected: str | None) -> None:
    now = current(BOTH, state(tags={}, artifacts=artifacts(*found)))

    assert (now.source_commit if now else None) == expected
    assert now is None or [each for each, _ in now.digests] == [WEB, WORKER]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((artifact(TAG), Missing(WORKER, TAG)), "blocked image-missing"),
        ((artifact(TAG), Unanswered(WORKER, "503", tag=TAG)), "waiting registry-silent"),
        ((artifact(TAG),), "waiting registry-silent"),
        (
            (artifact(TAG, revision="c" * 40), artifact(TAG, image=WORKER, revision="d" * 40)),
            "waiting built-apart",
        ),
        ((artifact(TAG, revision="c" * 40), artifact(TAG, image=WORKER)), "blocked revision-unknown"),
    ],
)
def test_a_tag_without_a_usable_version_is_explained(found: Any, expected: str) -> None:
    rules = policy(environment(), applications=[BOTH])
    world = state(environment_state("dev"), tags={}, artifacts=artifacts(*found))
    choice = choose(rules, world, rules.environments["dev"], NOW)

    assert choice.question is None
    assert said(choice.verdicts[0]) == expected
    if expected.endswith("built-apart"):
        assert plain_sentence(choice.verdicts[0]).endswith(": web from ccccccc, worker from ddddddd")


def test_missing_digests_and_source_commit_are_filled_in() -> None:
    sighting = Sighting.of(at("a", "w"), ago(hours=1))
    built = artifact(digest("a"), digest=digest("a"), revision="c" * 40)
    world = pointing(
        "",
        records=records(dev=EnvironmentRecords().with_sightings("web", sighting)),
        artifacts=artifacts(built),
    )

    assert fill_in(BOTH, world, at("a")) == at("a", "w", commit="c" * 40)
    assert fill_in(BOTH, world, at("x")) == at("x")
    assert fill_in(BOTH, world, at("a", commit="d" * 40)).source_commit == "d" * 40
    assert fill_in(BOTH, world, version("v1.4.0")) == version("v1.4.0")


def test_the_digests_of_the_other_images_are_filled_in_from_what_the_tag_points_at_now() -> None:
    images = (artifact(TAG, digest=digest("c"), revision="c" * 40), artifact(TAG, image=WORKER, revision="c" * 40))
    world = state(tags={}, artifacts=artifacts(*images))

    assert fill_in(BOTH, world, at("c")) == current(BOTH, world)


def test_a_version_older_than_what_the_tag_points_at_is_not_affected_by_the_way_back() -> None:
    seen = tuple((word, ago(hours=9 - number)) for number, word in enumerate(("a", "b", "c")))
    world = pointing("b", holding("dev", (at("a"), ago(days=1))), seen=seen)

    assert moved_back(APP, world, at("c")) == at("b")
    assert moved_back(APP, world, at("a")) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (TAG, at("c")),
        (digest("a"), at("a")),
        (digest("a")[7:19], at("a")),
        (digest("s")[7:14], at("s")),
        (digest("a")[7:13], None),
        (digest("c")[7:19], at("c")),
        ("v1.4.0", version("v1.4.0")),
        ("v1.5.0", None),
    ],
)
def test_a_version_is_found_by_what_people_call_it(words: str, expected: Version | None) -> None:
    dev = holding("dev", (at("a"), ago(hours=2)), (version("v1.4.0"), ago(hours=3)))

    assert find(APP, pointing("c", dev, seen=(("s", ago(days=9)),)), words) == expected
    assert find(APP, pointing("", dev), TAG) is None


# --- which comes next


def next_ones(world: State, name: str = "dev") -> tuple[Version, ...]:
    return possible(RULES, world, RULES.environments[name], NOW)


def test_a_new_digest_is_proposed_and_former_ones_are_observed() -> None:
    """So a tag that was moved back is reported."""
    dev = holding("dev", (at("b"), ago(hours=1)), (at("a"), ago(hours=2)))

    assert next_ones(pointing("c", dev)) == (at("c"),)
    assert next_ones(pointing("b", dev)) == ()
    assert next_ones(pointing("a", dev)) == (at("a"),)


def test_a_downstream_environment_takes_digests_of_its_upstream() -> None:
    dev = holding("dev", (at("c"), ago(hours=1)), (at("b"), ago(hours=2)), (at("a"), ago(hours=3)))
    staging = holding("staging", (at("a"), ago(hours=2)))

    assert next_ones(pointing("d", dev, staging), "staging") == (at("c"), at("b"))


def test_the_digest_of_an_open_promotion_is_observed() -> None:
    dev = holding("dev", (at("a"), ago(hours=2)), promotion=promotion(at("b")))

    assert next_ones(pointing("c", dev, seen=(("b", ago(hours=1)),))) == (at("c"), at("b"))


# --- the gate `image`


def ask(world: State, asked: Version, purpose: Purpose = Purpose.AUTOMATIC) -> str:
    return said(image.judge(question(asked, purpose, policy=RULES, state=world)))


@pytest.mark.parametrize(
    ("now", "asked", "expected"),
    [
        ("c", "c", "passed image-there"),
        ("c", "b", "passed image-there"),  # it moved on, and this one is still there
        ("b", "b", "passed image-there"),
        ("a", "b", "blocked tag-moved"),
        ("a", "a", "blocked tag-moved"),
        ("", "b", "passed image-there"),  # the tag is gone, the digest is not
        ("c", "x", "waiting registry-silent"),
    ],
)
def test_a_tag_may_move_forward_but_not_back(now: str, asked: str, expected: str) -> None:
    dev = holding("dev", (at("b"), ago(hours=1)), (at("a"), ago(hours=2)))

    assert ask(pointing(now, dev, seen=(("b", ago(hours=1)),)), at(asked)).startswith(expected)


def test_a_tag_that_moved_back_names_who_can_clear_it() -> None:
    dev = holding("dev", (at("b"), ago(hours=1)), (at("a"), ago(hours=2)))
    verdict = image.judge(question(at("a"), policy=RULES, state=pointing("a", dev)))
    name = at("a").name

    # Without a record, what it left is only seen where it stands.
    assert said(verdict).startswith("passed image-there")
    verdict = image.judge(question(at("a"), policy=RULES, state=pointing("a", dev, seen=(("b", ago(hours=1)),))))
    assert plain_sentence(verdict) == f"latest of {WEB} moved back to the older {name}"
    assert verdict.who[1] == f"people who may roll back, using `/rollback dev web@{name}`"


def test_a_rollback_may_follow_it_back() -> None:
    dev = holding("dev", (at("b"), ago(hours=1)), (at("a"), ago(hours=2)))
    world = pointing("a", dev, seen=(("b", ago(hours=1)),))

    assert ask(world, at("a"), Purpose.ROLLBACK).startswith("passed digest-written")


# --- through `decide`


def test_a_sighting_is_recorded_with_the_former_digests() -> None:
    dev = holding("dev", (at("a"), ago(hours=2)))
    actions = decide(pointing("b", dev, holding("staging", (at("a"), ago(hours=2)))), RULES, NOW).actions
    (write,) = (action for action in actions if isinstance(action, WriteState))
    (opened,) = (action for action in actions if isinstance(action, OpenPromotion))

    assert opened.title == f"dev: web {at('a').name} → {at('b').name}"
    assert [(edit.tag, edit.digest) for edit in opened.edits] == [(TAG, digest("b"))]
    kept = read_records({name: text for name, text in write.files.items() if text})
    assert [(each.version, each.at) for each in kept.sightings("web", TAG)] == [
        (at("a"), ago(hours=2)),
        (at("b"), NOW),
    ]
    again = decide(pointing("b", dev, holding("staging", (at("a"), ago(hours=2))), records=kept), RULES, NOW).actions
    assert not any(isinstance(action, WriteState) for action in again)


def test_a_tag_without_a_digest_is_pinned_to_one() -> None:
    rules = policy(environment(), applications=[APP])
    dev = holding("dev", (Version(TAG, followed=True), ago(hours=2)))
    actions = decide(pointing("b", dev), rules, NOW).actions
    (opened,) = (action for action in actions if isinstance(action, OpenPromotion))

    assert opened.title == f"dev: web latest → {at('b').name}"


def commanded(line: str, world: State) -> tuple[Any, ...]:
    return decide(replace(world, comments=(comment(line, "alice", number=7),)), RULES, NOW).actions


def two(word: str = "b", **fields: Any) -> State:
    dev = holding("dev", (at("b"), ago(hours=1)), (at("a"), ago(hours=2)))
    return pointing(word, dev, holding("staging", (at("a"), ago(hours=2))), **fields)


def kept_by(actions: tuple[Any, ...]) -> Records:
    (write,) = (action for action in actions if isinstance(action, WriteState))
    return read_records({name: text for name, text in write.files.items() if text})


@pytest.mark.parametrize("words", [digest("b")[7:19], digest("b"), TAG])
def test_a_rejected_digest_can_be_accepted_again(words: str) -> None:
    kept = kept_by(commanded(f"/reject web@{words} broken", two()))

    assert [each.version for each in kept.of("staging").rejected["web"]] == [at("b")]
    answer = next(each.body for each in commanded("/why staging", two(records=kept)) if isinstance(each, Reply))
    assert f"blocked | rejected | `{at('b').name}` is rejected here: rejected by alice" in answer
    lifted = kept_by(
        decide(
            replace(two(records=kept), comments=(comment(f"/unreject web@{words}", "alice", number=8),)), RULES, NOW
        ).actions
    )
    assert lifted.of("staging").rejected.get("web", ()) == ()
    assert [each.version for each in lifted.of("staging").accepted["web"]] == [at("b")]


def test_a_rejected_digest_does_not_affect_the_next() -> None:
    kept = records(staging=EnvironmentRecords(rejected={"web": (rejection(TAG, digests={WEB: digest("x")}),)}))

    assert (
        "rejected"
        not in next(
            each.body for each in commanded("/why staging", two(records=kept)) if isinstance(each, Reply)
        ).split("passed")[0]
    )


@pytest.mark.parametrize("line", ["/reject web@0123456789ab", "/promote dev web@0123456789ab", "/unreject web@v1"])
def test_an_unseen_digest_names_no_version(line: str) -> None:
    actions = commanded(line, two())

    assert Reaction.REFUSED in [getattr(each, "mark", None) for each in actions]
    assert any("the registry has no such tag" in each.body for each in actions if isinstance(each, Reply))


def test_a_digest_is_promoted_and_rolled_back_by_name() -> None:
    promoted = kept_by(commanded(f"/promote staging web@{at('b').name}", two()))
    assert promoted.of("staging").requests["web"].version == at("b")

    back = kept_by(commanded(f"/rollback dev web@{at('a').name}", two()))
    assert back.of("dev").requests["web"].version == at("a")
    assert [each.version for each in back.of("dev").rejected["web"]] == [at("b")]
    assert at("a").name in str(request(TAG, digests={WEB: digest("a")}, followed=True).version)


def test_a_replaced_request_names_its_digest() -> None:
    kept = kept_by(commanded(f"/promote staging web@{at('b').name}", two()))
    moved = two(records=kept)
    staging = holding("staging", (at("b"), NOW))
    answers = commanded(
        f"/promote staging web@{at('b').name}",
        replace(moved, environments={**moved.environments, "staging": staging}),
    )

    assert any(f"`{at('b').name}`" in each.body for each in answers if isinstance(each, Reply))


def test_versions_of_a_followed_tag_are_the_same_by_digest() -> None:
    assert at("a").is_same(at("a", "w"))
    assert not at("a").is_same(at("b", "w"))
    assert not at("a").is_same(Version(TAG, ((WORKER, digest("w")),), followed=True))
    assert not at("a").is_same(Version(TAG, followed=True))
    assert not at("a").is_same(None)
    assert at("a").told_by == {WEB: digest("a")}
    assert version("v1", digest=digest("a")).told_by == {}
