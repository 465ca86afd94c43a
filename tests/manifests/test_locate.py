"""What is located, what is refused, and what is remembered."""

import dataclasses
import hashlib

import pytest

from bot.core.values.places import Scalar
from bot.manifests import Located, Locator, blob_id, locate, references

WEB = "ghcr.io/acme/web"
IMAGES = frozenset({WEB})
DIGEST = "sha256:" + "a" * 64


def pod(*images: str) -> bytes:
    return ("spec:\n  containers:\n" + "".join(f"    - image: {image}\n" for image in images)).encode()


def test_a_blob_id_is_git_s() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"what is up, doc?") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    assert hashlib.sha1(b"blob 3\0a\nb", usedforsecurity=False).hexdigest() == blob_id(b"a\nb")


def test_a_place_says_everything_needed_to_show_and_to_change_it() -> None:
    content = "# ü\n---\na: b\n---\n".encode() + pod(f"'GHCR.io/acme/web:v1@{DIGEST}'")

    (place,) = locate(content, path="envs/dev/pod.yaml", images=IMAGES).places

    assert (place.path, place.blob_id, place.image) == ("envs/dev/pod.yaml", blob_id(content), WEB)
    assert (place.found_by, place.tag, place.digest) == ("workload", "v1", DIGEST)
    (scalar,) = place.scalars
    assert scalar == Scalar(1, ("spec", "containers", 0, "image"), 7, scalar.start, scalar.end)
    assert content.decode()[scalar.start : scalar.end] == f"GHCR.io/acme/web:v1@{DIGEST}"


def test_places_come_in_the_order_of_the_file() -> None:
    located = locate(
        pod("nginx:3", f"{WEB}:1", "nginx:4", f"{WEB}:2"), path="p", images=IMAGES | {"docker.io/library/nginx"}
    )

    assert [place.tag for place in located.places] == ["3", "1", "4", "2"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a",
        b"\xff\xfe",
        b"web: [unclosed",
        b"web web web {{ web }}",
        b"image: ghcr.io/acme/web-worker:v1\nx: [",
        b"image: ghcr.io/other/web:v1\nx: [",
        b"// ghcr.io/acme/web\n{a: [",
        b"image: ${X}web:v1\n",
        b"spec: {containers: [{image: 'web${SUFFIX}:v1'}]}\n",
        b"spec: {containers: [{image: '${X}/Web:v1'}]}\n",
        b"\0\0",
        b"x: ghcr.io/acme//web:v1\ny: [",
        b"image: {repository: '{{ .Values.web }}', tag: v1}\nweb: 1\n",
    ],
)
def test_nothing_is_said_about_files_that_do_not_mean_the_image(content: bytes) -> None:
    assert locate(content, path="p", images=IMAGES) == Located()


@pytest.mark.parametrize(
    "content",
    [
        b"image: ghcr.io/acme/web:v1\nx: [",
        b'"image": "ghcr.io/acme/web"\nx: [',
        b"registry: ghcr.io\nrepository: acme/web\nx: [",
        b"newName: ghcr.io/acme/web\nx: [",
        b"x: ghcr.io/acme/web@" + DIGEST.encode() + b"\nx: [",
        b"a: {{ x\nimage: ghcr.io/acme/web:v1\nx: [",
        b"image: ghcr.io/acme/web:v1\n# \xff {{ x }}\n",
        "image: ghcr.io/acme/web:v1\n".encode("utf-16-le"),
        b"web " * 10_001 + b": [",
    ],
)
def test_a_file_that_means_the_image_and_cannot_be_parsed_is_refused(content: bytes) -> None:
    located = locate(content, path="p", images=IMAGES)

    assert located.places == ()
    (refusal,) = located.refusals
    assert refusal.path == "p"
    assert refusal.reason
    assert refusal.advice


def test_nothing_is_located_for_no_image() -> None:
    assert locate(pod(f"{WEB}:v1"), path="p", images=frozenset()) == Located()


def test_references_are_all_there_are() -> None:
    content = pod(f"{WEB}:v1", "nginx", "x:${TAG}", "${REGISTRY}/acme/api:v1", "{{ .Values.image }}")

    located = references(content, path="p")

    assert [place.image for place in located.places] == [WEB, "docker.io/library/nginx"]
    assert [refusal.line for refusal in located.refusals] == [5, 6]
    assert references(b"a: [", path="p") == Located()
    assert references(b"image: [", path="p").refusals[0].reason == "the file is not valid YAML"


def test_a_template_shows_what_it_names_and_cannot_be_edited() -> None:
    content = b'{{- if .Values.x }}\n{{ include\n  "a" . }}\nspec:\n  containers:\n  - {{ x }}\n' + pod("nginx:1")[8:]
    content += b"    - image: {{ .Values.registry }}/acme/web:{{ .Values.tag }}\n    - image: ${R}/acme/api:1\n"

    located = references(content, path="p")

    assert located.places == ()
    assert [refusal.seen for refusal in located.refusals] == [
        "docker.io/library/nginx",
        "acme/api",
    ]


def test_a_repository_in_any_registry_is_meant_when_the_registry_is_computed() -> None:
    (refusal,) = locate(pod("${REGISTRY}/acme/web:v1"), path="p", images=IMAGES).refusals

    assert (refusal.line, refusal.seen) == (3, "${REGISTRY}/acme/web:v1")


def test_long_values_are_cut_when_shown() -> None:
    (refusal,) = locate(pod(f"'{WEB}:v1 {'x' * 500}'"), path="p", images=IMAGES).refusals

    assert len(refusal.seen) == 200


def test_a_blob_is_parsed_once_whatever_is_asked() -> None:
    locator = Locator()
    content = pod(f"{WEB}:v1", "nginx:1")
    other = frozenset({"docker.io/library/nginx"})

    first = locator.locate(content, path="a", images=IMAGES)
    second = locator.locate(content, path="b", images=IMAGES)
    third = locator.locate(content, path="a", images=other)

    assert locator.parsed == 1
    assert second.places == tuple(dataclasses.replace(place, path="b") for place in first.places)
    assert [place.image for place in third.places] == ["docker.io/library/nginx"]
    assert locator.known(blob_id(content), path="a", images=IMAGES) == first
    assert locator.known("0" * 40, path="a", images=IMAGES) is None


def test_what_does_not_mention_an_image_is_remembered_without_being_parsed() -> None:
    locator = Locator()
    content = pod("nginx:1")

    assert locator.locate(content, path="a", images=IMAGES) == Located()
    assert locator.known(blob_id(content), path="a", images=IMAGES) == Located()
    assert locator.parsed == 0


def test_what_cannot_be_parsed_is_remembered_too() -> None:
    locator = Locator()
    content = b"image: ghcr.io/acme/web:v1\napi: web\nx: ["
    blob = blob_id(content)
    other = frozenset({"ghcr.io/acme/api"})

    refused = locator.locate(content, path="a", images=IMAGES)

    assert locator.known(blob, path="a", images=IMAGES) == refused
    assert locator.known(blob, path="a", images=other) is None
    assert locator.locate(content, path="a", images=other) == Located()
    assert locator.known(blob, path="a", images=other) == Located()
    assert locator.parsed == 1


def test_memory_is_bounded() -> None:
    locator = Locator(size=10)
    contents = [pod(f"{WEB}:v{number}") for number in range(50)]
    contents.append(pod(*[f"{WEB}:v1"] * 50))
    for content in contents:
        locator.locate(content, path="p", images=IMAGES)
    kept = [content for content in contents if locator.known(blob_id(content), path="p", images=IMAGES)]

    assert [contents[-1]] == kept
    assert locator.parsed == 51


def test_what_a_marker_speaks_of_is_refused_once_and_nothing_else_is_hidden() -> None:
    content = (
        b"# renovate: datasource=docker depName=ghcr.io/acme/web\n"
        b"image: ghcr.io/acme/web:${TAG}\n"
        b"other: {image: 'ghcr.io/acme/web:${TAG}'}\n"
    )
    assert [refusal.line for refusal in locate(content, path="p", images=IMAGES).refusals] == [2, 3]


# --- references that no format reads


def test_a_mention_is_told_with_its_line_whatever_the_line_ends() -> None:
    content = b"a: 1\r\nb: run ghcr.io/acme/web:v1 twice\rc: 'see ghcr.io/acme/web@%s.'\n" % DIGEST.encode()

    mentions = locate(content, path="p", images=IMAGES).mentions
    assert [(mention.line, mention.seen) for mention in mentions] == [
        (2, "ghcr.io/acme/web:v1"),
        (3, "ghcr.io/acme/web@sha256:aaaaaaaaaaaa"),
    ]
    assert {mention.reason for mention in mentions} == {"it is part of a text that no format reads"}


@pytest.mark.parametrize(
    "value",
    [
        "ghcr.io/acme/web",
        "ghcr.io/acme/web-worker:v1",
        "ghcr.io/acme/web/api:v1",
        "ghcr.io/other/web:v1",
        "registry.test/ghcr.io/acme/web:v1",
        "ghcr.io/acme/web:${TAG}",
        "'ghcr.io/acme//web:v1'",
        "{ghcr.io/acme/web:v1: x}",
        "x # ghcr.io/acme/web:v1",
    ],
)
def test_other_values_are_no_mentions(value: str) -> None:
    assert locate(f"image: ghcr.io/acme/web:v1\nx: {value}\n".encode(), path="p", images=IMAGES).mentions == ()
    assert len(locate(f"image: ghcr.io/acme/web:v1\nx: {value}\n".encode(), path="p", images=IMAGES).places) == 1


def test_what_a_format_refuses_is_not_told_twice() -> None:
    content = b"image: ghcr.io/acme/web:v1\nimage: ghcr.io/acme/web:v1\ndata:\n  a.yaml: |\n    image: !x ghcr.io/acme/web:v1\n"

    located = locate(content, path="p", images=IMAGES)
    assert [refusal.line for refusal in located.refusals] == [2, 5]
    assert located.mentions == ()


def test_a_file_is_parsed_again_only_where_a_name_is_left_that_nothing_has_read() -> None:
    locator = Locator()
    content = pod(f"{WEB}:v1") + b"x: run ghcr.io/acme/web:v1\n"
    other = frozenset({"ghcr.io/acme/api"})

    assert len(locator.locate(content, path="p", images=IMAGES).mentions) == 1
    assert locator.parsed == 2
    assert locator.known(blob_id(content), path="p", images=IMAGES) == locator.locate(content, path="p", images=IMAGES)
    assert locator.locate(content + b"# acme/api", path="p", images=other).mentions == ()
    assert locator.parsed == 3


def test_no_more_than_a_thousand_mentions_are_told() -> None:
    content = b"x: |\n" + b"  run ghcr.io/acme/web:v1\n" * 1_001

    assert len(locate(content, path="p", images=IMAGES).mentions) == 1_000
