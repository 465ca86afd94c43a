"""Which tags are requested from a registry."""

from bot.core.needs.registries import asked_about, tags_to_ask, tags_to_date
from bot.core.selection.candidates import MOST_DATED
from bot.core.selection.possible import CONSIDERED
from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.core.values.build_times import NoBuildTime
from tests.builders import NOW, WEB, ago, application, digest, oid

WORKER = "ghcr.io/acme/worker"


def test_the_newest_and_the_held_versions_are_requested_but_not_every_tag() -> None:
    tags = {WEB: Tags(WEB, (*(f"v1.{minor}.0" for minor in range(20)), "latest"))}
    asked = tags_to_ask(application(), tags, held=("v0.1.0", "debug", ""), history=())

    assert asked == {WEB: {*(f"v1.{minor}.0" for minor in range(20 - CONSIDERED, 20)), "v0.1.0", "debug"}}


def test_a_few_tags_are_requested_if_no_build_time_is_usable() -> None:
    """Pages can then show which times the images give."""
    app = application(versions={"newest": "created", "tags": "^main-"})
    tags = {WEB: Tags(WEB, (*(f"main-{number}" for number in range(9)), "v1"))}
    says_nothing = dict.fromkeys(tags[WEB].tags, NoBuildTime("does not say when it was built"))

    assert tags_to_ask(app, tags, held=(), history=(), created=says_nothing) == {
        WEB: {f"main-{number}" for number in range(9 - CONSIDERED, 9)}
    }


def test_chart_tags_with_build_metadata_are_requested() -> None:
    """`104.1.2_up57.0.3` (helm-controller#1099)."""
    tags = ("104.1.2_up57.0.3", "103.1.0_up1.2.3", "104.1.3_up57.0.3-rc.1_x")
    app = application(versions={"semver": "*"})

    assert tags_to_ask(app, {WEB: Tags(WEB, tags, charts=True)}, held=(), history=()) == {WEB: set(tags[:2])}
    assert tags_to_ask(app, {WEB: Tags(WEB, tags)}, held=(), history=()) == {WEB: frozenset()}


def test_only_tags_of_every_image_are_requested() -> None:
    app = application(images=(WEB, WORKER))
    both = {WEB: Tags(WEB, ("v1.0.0", "v2.0.0")), WORKER: Tags(WORKER, ("v1.0.0",))}

    assert tags_to_ask(app, both, held=(), history=()) == {WEB: {"v1.0.0"}, WORKER: {"v1.0.0"}}
    unanswered: dict[str, Tags | Missing | Unanswered] = {WEB: both[WEB], WORKER: Unanswered(WORKER, "503")}
    assert tags_to_ask(app, unanswered, held=(), history=()) == {WEB: set(), WORKER: set()}
    assert tags_to_ask(app, {}, held=("v1.0.0",), history=()) == {WEB: {"v1.0.0"}, WORKER: {"v1.0.0"}}


def test_in_the_order_commit_the_history_gives_the_newest() -> None:
    app = application(versions={"commit": "long"})
    history = tuple(oid(str(number)) for number in range(9))
    asked = tags_to_ask(app, {WEB: Tags(WEB, tuple(reversed(history)))}, held=(), history=history)

    assert asked == {WEB: set(history[:CONSIDERED])}


def test_for_a_followed_tag_it_and_the_held_digests_are_requested() -> None:
    app = application(images=(WEB, WORKER), versions={"digest": "latest"})
    asked = tags_to_ask(app, {}, held=(f"{WEB}@{digest('a')}", "v1.0.0"), history=())

    assert asked == {WEB: {"latest", "v1.0.0", digest("a")}, WORKER: {"latest", "v1.0.0"}}
    assert asked_about((image, each) for image, refs in asked.items() for each in refs) == {
        f"{WEB}@{digest('a')}",
        "latest",
        "v1.0.0",
    }


def test_build_times_are_requested_for_these_tags() -> None:
    app = application(versions={"newest": "created", "tags": "^main-", "ignore": "*-dirty"})
    tags = {WEB: Tags(WEB, ("main-1", "main-2", "main-3-dirty", "v1"))}
    many = {WEB: Tags(WEB, tuple(f"main-{number}" for number in range(MOST_DATED + 1)))}

    assert tags_to_date(app, tags) == {"main-1", "main-2"}
    assert tags_to_date(app, many) == frozenset()
    assert tags_to_date(application(), tags) == frozenset()
    created = {"main-1": NOW, "main-2": ago(hours=1)}
    few = {WEB: Tags(WEB, (*created, "main-3"))}
    assert tags_to_ask(app, few, held=(), history=(), created=created) == {WEB: {"main-1", "main-2"}}
