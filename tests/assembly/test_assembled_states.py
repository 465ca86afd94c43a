"""From looks to a State, and to what the next look should bring."""

from dataclasses import replace
from typing import Any

import pytest

from bot.assembly import Files, FromRegistries, render_actions, with_refusals
from bot.assembly.common_version import common_version
from bot.core.decide import decide
from bot.core.needs.application import HISTORY, LONG_HISTORY, Known, needs_for
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import ReviewState
from bot.core.observation.repository import StateBranch
from bot.core.plan import OpenPromotion
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState
from bot.core.values.places import Place
from bot.manifests import blob_id
from tests.assembly.looks import (
    CRON_JOB,
    DEPLOYMENT,
    assembled,
    history,
    listed,
    manifest,
    observation,
    revision,
    seen,
)
from tests.builders import (
    NOW,
    WEB,
    actor,
    ago,
    application,
    artifact,
    artifacts,
    comment,
    commit,
    digest,
    environment,
    oid,
    place,
    policy,
    pull,
    refusal,
    request,
    review,
    source,
    state,
    version,
)

DEV = policy(environment())
V4, V5 = manifest("v1.4.0"), manifest("v1.5.0")


def dev(files: dict[str, bytes] | None = None, **fields: Any) -> EnvironmentState:
    here = seen(files, **fields)
    contents = tuple((files or {DEPLOYMENT: V4}).values())
    return assembled(observation(*contents, environments={"dev": here}), DEV).state.environments["dev"]


# --- what an environment holds


def test_one_file() -> None:
    found = dev()

    assert [(each.path, each.scalars[0].line) for each in found.places] == [(DEPLOYMENT, 10)]
    assert (found.version, found.refusals) == (version("v1.4.0"), ())
    assert [arrival.commit for arrival in found.arrivals] == [oid("first")]
    assert found.arrivals_complete


def test_files_that_agree_and_files_that_do_not() -> None:
    assert dev({DEPLOYMENT: V4, CRON_JOB: V4}).version == version("v1.4.0")
    assert dev({DEPLOYMENT: V4, CRON_JOB: V5}).version is None


def test_what_cannot_hold_it_is_passed_over() -> None:
    """Other formats, other folders, links and other people's images."""
    files = {DEPLOYMENT: V4, "envs/dev/web/README.md": V5, "envs/dev/webshop/deployment.yaml": V5}
    link = listed({CRON_JOB: V5}, mode=0o120000)
    other = manifest("v9", image="ghcr.io/acme/other")
    here = seen(files, files=(*listed(files), *link, *listed({"envs/dev/web/other.yaml": other})))
    found = assembled(observation(V4, V5, other, environments={"dev": here}), DEV).state.environments["dev"]

    assert [each.path for each in found.places] == [DEPLOYMENT]
    assert found.version == version("v1.4.0")


def test_an_executable_manifest_is_one() -> None:
    here = seen({DEPLOYMENT: V4}, files=listed({DEPLOYMENT: V4}, mode=0o100755))
    found = assembled(observation(V4, environments={"dev": here}), DEV).state.environments["dev"]

    assert [each.path for each in found.places] == [DEPLOYMENT]


def test_an_environment_that_was_not_seen_or_has_no_folder_is_empty() -> None:
    folder = SeenEnvironment(files=None, histories={}, branch_oid=None, pull=None, past=())

    assert assembled(observation(environments={"dev": folder}), DEV).state.environments["dev"] == EnvironmentState(
        "dev", reached=0
    )
    assert assembled(observation(environments={}), DEV).state.environments["dev"] == EnvironmentState("dev")


def test_a_template_is_refused() -> None:
    template = manifest(None, image="ghcr.io/acme/web:{{ .Values.tag }}")
    found = dev({DEPLOYMENT: template})

    assert found.version is None
    assert [each.path for each in found.refusals] == [DEPLOYMENT]


def test_a_blob_that_cannot_be_had_is_refused() -> None:
    look = observation(blobs={}, unreadable={blob_id(V4): "it is 200 MB long"})
    found = assembled(look, DEV)

    (refused,) = found.state.environments["dev"].refusals
    assert (refused.path, refused.line, refused.reason) == (DEPLOYMENT, 0, "it is 200 MB long")
    assert found.known.blobs == frozenset()


def test_a_history_without_all_its_files_does_not_reach_back_to_the_first_commit() -> None:
    files = {DEPLOYMENT: V4, CRON_JOB: V4}
    here = seen(files, histories={DEPLOYMENT: history(revision(V4, "first", ago(days=1)))})
    found = assembled(observation(V4, environments={"dev": here}), DEV).state.environments["dev"]

    assert not found.arrivals_complete


def test_records_come_from_the_branch() -> None:
    kept = EnvironmentRecords(requests={"web": request("v1.5.0")})
    found = assembled(observation(state=StateBranch(oid("state"), {"dev.yaml": kept.text()})), DEV)

    assert found.state.records.of("dev") == kept
    assert found.state.state_oid == oid("state")
    assert "v1.5.0" in found.known.held


# --- what the next look should bring


def test_a_cold_look_asks_for_everything_and_a_warm_one_for_nothing_new() -> None:
    files = Files()
    cold = needs_for("acme/deploy", "web", DEV, Known())
    assert cold.environments[0].texts
    assert cold.environments[0].files == ()

    first = assembled(observation(blobs={}), DEV, files=files)
    assert first.known.blobs == {blob_id(V4)}

    second = assembled(observation(V4), DEV, files=files)
    warm = needs_for("acme/deploy", "web", DEV, second.known)
    assert (warm.environments[0].texts, warm.environments[0].files) == (False, (DEPLOYMENT,))
    assert warm.blobs == frozenset()

    third = assembled(observation(blobs={}), DEV, files=files)
    assert warm.cover(needs_for("acme/deploy", "web", DEV, third.known))


def test_a_refused_file_is_looked_at_again() -> None:
    template = manifest(None, image="ghcr.io/acme/web:{{ .Values.tag }}")
    here = seen({DEPLOYMENT: template})

    assert assembled(observation(template, environments={"dev": here}), DEV).known.files == {"dev": (DEPLOYMENT,)}


@pytest.mark.parametrize(
    ("revisions", "complete", "expected"),
    [(1, False, LONG_HISTORY), (2, False, LONG_HISTORY), (3, False, HISTORY), (1, True, HISTORY), (0, False, HISTORY)],
)
def test_a_short_history_is_asked_for_further_back(revisions: int, complete: bool, expected: int) -> None:  # noqa: FBT001
    contents = [manifest(f"v1.{number}.0") for number in range(4, 4 - revisions, -1)]
    changes = [revision(each, f"{number}", ago(hours=number + 1)) for number, each in enumerate(contents)]
    here = seen({DEPLOYMENT: V4}, histories={DEPLOYMENT: history(*changes, complete=complete)})

    assert assembled(observation(V4, *contents, environments={"dev": here}), DEV).known.history == expected


def test_what_is_held_is_what_registries_are_asked_about() -> None:
    heads = {DEPLOYMENT: blob_id(V5)}
    here = seen(pull=pull(head_blobs=heads))
    said = (comment("/promote dev web@v1.9.0"), comment("/promote dev", done=True), comment("hello"))
    found = assembled(observation(V4, V5, environments={"dev": here}, comments=said), DEV)

    assert found.known.held == {"v1.4.0", "v1.5.0", "v1.9.0"}
    assert found.known.people == {"alice"}


def test_the_rights_of_those_who_approved() -> None:
    reviews = (
        review("bob"),
        review("carol", ReviewState.CHANGES_REQUESTED),
        review(author=actor("renovate", is_bot=True)),
    )
    here = seen(pull=pull(head_blobs={DEPLOYMENT: blob_id(V5)}, reviews=reviews))

    assert assembled(observation(V4, V5, environments={"dev": here}), DEV).known.people == {"bob"}


def test_source_commits_are_asked_for_where_checks_are() -> None:
    app = application(source="acme/web")
    registries = FromRegistries({}, artifacts(artifact("v1.5.0", revision=oid("built")), artifact("v1.4.0")))
    checked = policy(environment(gates={"checks": ["build"]}), applications=[app])
    look = observation(source=source(history=(oid("newest"),)))

    assert assembled(look, checked, registries=registries).known.source_commits == {oid("built"), oid("newest")}
    unchecked = policy(environment(), applications=[app])
    assert assembled(look, unchecked, registries=registries).known.source_commits == frozenset()
    assert assembled(look, unchecked, registries=registries).known.source_history == (oid("newest"),)


def test_commits_that_brought_what_somebody_waits_for_are_looked_up_when_they_are_old() -> None:
    web = application(environments={"staging": True})
    watching = policy(environment(), environment("staging", "dev", gates={"health": ["argocd"]}), applications=[web])

    assert assembled(observation(recent=(commit("head"),)), watching).known.commits == {oid("first")}
    assert assembled(observation(recent=(commit("first"),)), watching).known.commits == frozenset()
    assert assembled(observation(recent=(commit("head"),)), DEV).known.commits == frozenset()


# --- the version that references hold together


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((), None),
        ((place("v1"),), version("v1")),
        ((place("v1"), place("v1")), version("v1")),
        ((place("v1"), place("v2")), None),
        ((place("v1", digest="sha256:1"), place("v1")), version("v1", digest="sha256:1")),
        ((place("v1", digest="sha256:1"), place("v1", digest="sha256:2")), None),
        ((place(None, digest="sha256:1"),), version("", digest="sha256:1")),
        ((place(None),), None),
        ((place("v1"), place(None)), version("v1")),
    ],
)
def test_common_version(places: Any, expected: Any) -> None:
    assert common_version(places) == expected


def test_digests_alone_beside_a_tag_that_is_followed() -> None:
    """Each is one of its versions; the tag alone can be any of them."""
    followed = replace(version("latest", digest="sha256:1"), followed=True)
    alone, tagged = place(None, digest="sha256:1"), place("latest", digest="sha256:1")

    assert common_version((alone,), follows="latest") == followed
    assert common_version((alone, tagged), follows="latest") == followed
    assert common_version((alone, place("latest")), follows="latest") == replace(followed, digests=())
    assert common_version((alone, place("v1")), follows="latest") is None


def test_two_images_at_one_key_path_are_two_places() -> None:
    """In two states of a file, the same key holds another image: what is said of one is not written to the other."""
    files, other = Files(), manifest("v9", image="ghcr.io/acme/api")
    files.remember({blob_id(each): each for each in (V4, other)})
    both = frozenset({WEB, "ghcr.io/acme/api"})
    like, base = (files.locate(blob_id(each), path=DEPLOYMENT, images=both) for each in (other, V4))

    assert like is not None
    assert base is not None
    assert files.with_version(blob_id(V4), places=base.places, like=like.places) is None


def test_two_documents_with_the_same_keys_are_two_places() -> None:
    files = Files()
    base, head = b"---\n".join((V4, V4)), b"---\n".join((V5, manifest("v1.6.0")))
    files.remember({blob_id(each): each for each in (base, head)})
    found, like = (files.locate(blob_id(each), path=DEPLOYMENT, images=frozenset({WEB})) for each in (base, head))

    assert found is not None
    assert like is not None
    assert files.with_version(blob_id(base), places=found.places, like=like.places) == blob_id(head)


# --- rendering


def world() -> tuple[Any, Files, Any]:
    files = Files()
    look = observation(V4)
    registries = FromRegistries({WEB: state().tags[WEB]}, artifacts("v1.4.0", "v1.5.0"))
    return look, files, assembled(look, DEV, registries=registries, files=files).state


def test_a_plan_becomes_bytes_that_differ_in_the_version_alone() -> None:
    look, files, found = world()
    rendering = render_actions(decide(found, DEV, NOW).actions, look, files)

    (file,) = rendering.files["dev"]
    assert (file.path, file.mode, file.content) == (DEPLOYMENT, 0o100644, V5)
    assert rendering.refusals == {}


def test_what_cannot_be_rendered_becomes_part_of_the_state_and_is_decided_upon_once_more() -> None:
    look, _, found = world()
    plan = decide(found, DEV, NOW)
    rendering = render_actions(plan.actions, look, Files())

    assert [each.reason for each in rendering.refusals["dev"]] == ["its content was not read"]
    assert rendering.files["dev"] == ()
    again = decide(with_refusals(found, rendering.refusals), DEV, NOW)
    assert not any(isinstance(action, OpenPromotion) for action in again.actions)
    assert "manifest-refused" in [each.code for each in again.verdicts["dev"]]


def test_refusals_are_added_to_those_that_are_there() -> None:
    found = with_refusals(state(), {"dev": (refusal(),)})

    assert found.environments["dev"].refusals == (refusal(),)
    assert found.environments["prod"].refusals == ()


# --- what is remembered


def test_bytes_are_remembered_within_a_bound() -> None:
    small = Files(most_bytes=len(V4) + 300)
    small.remember({blob_id(V4): V4})
    assert small.content(blob_id(V4)) == V4

    small.remember({blob_id(V5): V5, "huge": b"x" * 10_000})
    assert small.content(blob_id(V4)) is None
    assert small.content("huge") is None


def test_what_stands_in_a_blob_outlives_its_bytes() -> None:
    """Parsed once, ever."""
    files = Files(most_bytes=len(V4) + 300)
    files.remember({blob_id(V4): V4})
    images = frozenset({WEB})
    found = files.locate(blob_id(V4), path=DEPLOYMENT, images=images)
    files.remember({blob_id(V5): V5})

    assert files.content(blob_id(V4)) is None
    assert files.locate(blob_id(V4), path=DEPLOYMENT, images=images) == found
    assert files.locate(blob_id(manifest("v9")), path=DEPLOYMENT, images=images) is None


def test_a_version_is_written_into_another_blob_where_the_references_correspond() -> None:
    files = Files()
    template = manifest(None, image="ghcr.io/acme/web:{{ .Values.tag }}")
    more, pinned = manifest("v1.4.0", more="  replicas: 3\n"), manifest("v1.5.0", digest=digest("new"))
    files.remember({blob_id(each): each for each in (V4, V5, more, template, pinned)})

    def places(blob: str) -> tuple[Place, ...]:
        located = files.locate(blob, path=DEPLOYMENT, images=frozenset({WEB}))
        assert located is not None
        return located.places

    def written(base: bytes, like: bytes) -> str | None:
        return files.with_version(blob_id(base), places=places(blob_id(base)), like=places(blob_id(like)))

    assert written(V4, V5) == blob_id(V5)
    assert written(more, V5) == blob_id(manifest("v1.5.0", more="  replicas: 3\n"))
    assert written(V4, pinned) == blob_id(pinned)
    assert written(template, V5) == blob_id(template)
    assert written(V4, template) is None
    assert files.with_version("unread", places=(), like=()) is None


# --- scalars that the policy names


def explicit(content: str, path: str = "web.tag") -> EnvironmentState:
    edits = [{"file": "values/{environment}.yaml", "path": path}]
    rules = policy(environment(), applications=[application(edit=edits)])
    here = seen({"values/dev.yaml": content.encode()})
    look = observation(content.encode(), environments={"dev": here})
    return assembled(look, rules).state.environments["dev"]


def test_a_scalar_that_the_policy_names_is_a_reference_wherever_its_file_is() -> None:
    found = explicit("web:\n  tag: v1.4.0\n")

    assert [(each.path, each.image, each.tag) for each in found.places] == [("values/dev.yaml", WEB, "v1.4.0")]
    assert found.version == version("v1.4.0")
    assert [arrival.commit for arrival in found.arrivals] == [oid("first")]


def test_a_scalar_that_is_not_there_is_refused() -> None:
    found = explicit("web:\n  tag: v1.4.0\n", "web.tga")

    assert found.version is None
    assert [each.path for each in found.refusals] == ["values/dev.yaml"]


def test_a_scalar_is_one_reference_however_it_was_found() -> None:
    both = explicit("image:\n  repository: ghcr.io/acme/web\n  tag: v1.4.0\nold: {tag: v1.4.0}\n", "image.tag")

    assert len(both.places) == 1
