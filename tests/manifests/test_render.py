"""Edits: made completely, refused with a reason, or already made."""

import dataclasses

import pytest

from bot.core.values.places import Edit, Place, Refusal
from bot.manifests import locate, render

WEB = "ghcr.io/acme/web"
API = "ghcr.io/acme/api"
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def pod(*images: str) -> bytes:
    return ("spec:\n  containers:\n" + "".join(f"    - image: {image}\n" for image in images)).encode()


def places(content: bytes, *images: str) -> tuple[Place, ...]:
    located = locate(content, path="pod.yaml", images=frozenset(images or (WEB,)))
    assert located.refusals == ()
    return located.places


def edit(content: bytes, *, tag: str | None = None, digest: str | None = None) -> bytes | Refusal:
    return render(content, [Edit(place, tag, digest) for place in places(content)])


def reason(result: bytes | Refusal) -> str:
    assert isinstance(result, Refusal)
    assert result.path == "pod.yaml"
    assert result.line > 0
    return result.reason


def test_no_edit_changes_nothing() -> None:
    assert render(b"\xff", []) == b"\xff"


def test_an_edit_that_asks_for_nothing_changes_nothing() -> None:
    content = pod(f"{WEB}:v1@{OLD}")

    assert edit(content) == content
    assert edit(content, tag="v1") == content
    assert edit(content, digest=OLD) == content


def test_several_images_in_one_file() -> None:
    content = pod(f"{WEB}:v1", f"{API}:v9", f"{WEB}:v1")
    edits = [Edit(place, "v2" if place.image == WEB else "v10", None) for place in places(content, WEB, API)]

    assert render(content, edits) == pod(f"{WEB}:v2", f"{API}:v10", f"{WEB}:v2")
    assert render(content, list(reversed(edits))) == render(content, edits)
    assert render(content, edits + edits) == render(content, edits)


def test_a_place_moved_within_the_file_is_found_by_its_key() -> None:
    content = pod(f"{WEB}:v1")
    edits = [Edit(place, "v2", None) for place in places(content)]

    assert render(b"# new\n" + content, edits) == b"# new\n" + pod(f"{WEB}:v2")


def test_an_edit_that_was_already_made_succeeds() -> None:
    edits = [Edit(place, "v2", None) for place in places(pod(f"{WEB}:v1"))]

    assert render(pod(f"{WEB}:v2"), edits) == pod(f"{WEB}:v2")


@pytest.mark.parametrize("now", [pod(f"{WEB}:v3"), pod(f"{API}:v1"), pod(), pod("x:${TAG}", f"{WEB}:v1"), b"a: b\n"])
def test_a_place_with_another_version_is_stale(now: bytes) -> None:
    edits = [Edit(place, "v2", None) for place in places(pod(f"{WEB}:v1"))]

    assert reason(render(now, edits)) == "the file has changed since it was read"


def test_a_place_without_scalars_is_stale() -> None:
    (place,) = places(pod(f"{WEB}:v1"))
    result = render(pod(f"{WEB}:v1"), [Edit(dataclasses.replace(place, scalars=()), "v2", None)])

    assert isinstance(result, Refusal)
    assert result.line == 0


def test_a_file_that_broke_since_is_refused() -> None:
    edits = [Edit(place, "v2", None) for place in places(pod(f"{WEB}:v1"))]

    assert reason(render(pod(f"{WEB}:v1") + b"x: [", edits)) == "the file is not valid YAML"


@pytest.mark.parametrize("tag", ["", "-v1", "v1 # x", "v1\n", "v1: x", '"', "v1+1", "x" * 129, "é", "{{ x }}"])
def test_an_invalid_tag_is_never_written(tag: str) -> None:
    assert reason(edit(pod(f"{WEB}:v1"), tag=tag)) == "no registry can have this tag and digest"


@pytest.mark.parametrize("digest", ["", "sha256:", NEW.upper(), NEW + "\n", "sha256:" + "b" * 63])
def test_an_invalid_digest_is_never_written(digest: str) -> None:
    assert reason(edit(pod(f"{WEB}:v1"), tag="v2", digest=digest)) == "no registry can have this tag and digest"


def test_an_old_digest_never_stays_beside_a_new_tag() -> None:
    assert "pinned" in reason(edit(pod(f"{WEB}:v1@{OLD}"), tag="v2"))
    assert edit(pod(f"{WEB}:v1@{OLD}"), tag="v2", digest=NEW) == pod(f"{WEB}:v2@{NEW}")


def test_a_digest_alone_moves_under_a_tag_that_stays() -> None:
    assert edit(pod(f"{WEB}:latest@{OLD}"), digest=NEW) == pod(f"{WEB}:latest@{NEW}")
    assert edit(pod(WEB), digest=NEW) == pod(f"{WEB}@{NEW}")


def test_two_images_may_share_a_version_that_stays_the_same_for_both() -> None:
    content = b"a: {repository: ghcr.io/acme/web, tag: &v v1}\nb: {repository: ghcr.io/acme/api, tag: *v}\n"
    both = places(content, WEB, API)

    assert render(content, [Edit(place, "v2", None) for place in both]) == content.replace(b"v1", b"v2")
    assert "different ones" in reason(render(content, [Edit(place, f"v{n}", None) for n, place in enumerate(both, 2)]))
    assert "shared through an anchor" in reason(render(content, [Edit(both[0], "v2", None)]))


def test_empty_values_get_no_second_space() -> None:
    content = b"image: {repository: ghcr.io/acme/web, tag: , digest: }\n"

    assert (
        edit(content, tag="v2", digest=NEW)
        == f"image: {{repository: ghcr.io/acme/web, tag: v2, digest: {NEW}}}\n".encode()
    )
