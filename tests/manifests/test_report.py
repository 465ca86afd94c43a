"""What the two commands say."""

import json

from bot.core.values.images import Reference
from bot.manifests import report

DIGEST = "sha256:" + "a" * 64
FILES = {
    "a.yaml": f"spec:\n  containers:\n  - image: nginx:1@{DIGEST}\n".encode(),
    "b.yaml": b"images:\n- name: ghcr.io/acme/web\n  newTag: v1\n- name: x\n  newTag: ${TAG}\n"
    b"- name: y\n  newName: ghcr.io/y\n",
}


def test_images_as_a_table() -> None:
    located = report.list_images(FILES)

    assert report.as_table(located.places).splitlines() == [
        "FILE    LINE  IMAGE                    TAG  DIGEST               FOUND BY",
        "a.yaml  3     docker.io/library/nginx  1    sha256:aaaaaaaaaaaa  workload",
        "b.yaml  3     ghcr.io/acme/web         v1   -                    kustomize",
        "b.yaml  7     ghcr.io/y                -    -                    kustomize",
    ]
    assert [report.refusal_line(refusal) for refusal in located.refusals] == [
        "b.yaml:5: this cannot be read as a tag or a digest: ${TAG}; write the tag or the digest out"
    ]


def test_images_for_programs() -> None:
    assert json.loads(report.as_json(report.list_images(FILES).places))[0] == {
        "file": "a.yaml",
        "line": 3,
        "image": "docker.io/library/nginx",
        "tag": "1",
        "digest": DIGEST,
        "found_by": "workload",
    }


def test_a_refusal_of_a_whole_file_has_no_line() -> None:
    (refusal,) = report.list_images({"a.yaml": b"image: " + b"x" * (1 << 21), "b.yaml": b"x: ["}).refusals

    assert report.refusal_line(refusal).startswith("a.yaml: the file is larger than 1,048,576 bytes: 2,097,159 bytes; ")


def test_a_difference_is_one_that_patch_understands() -> None:
    outcome = report.set_version(FILES, Reference.parse("ghcr.io/acme/web:v2"))

    assert report.unified_diff("b.yaml", FILES["b.yaml"], outcome.files["b.yaml"]) == (
        "--- a/b.yaml\n+++ b/b.yaml\n@@ -1,6 +1,6 @@\n"
        " images:\n - name: ghcr.io/acme/web\n-  newTag: v1\n+  newTag: v2\n - name: x\n   newTag: ${TAG}\n - name: y\n"
    )
    assert report.unified_diff("x", b"a\r\nb\xc2\x85", b"a\r\nc").splitlines(keepends=True)[3:] == [
        " a\r\n",
        "-b\x85",
        "\n",
        "\\ No newline at end of file\n",
        "+c\n",
        "\\ No newline at end of file\n",
    ]


def test_many_files_are_counted() -> None:
    assert report.set_version(FILES, Reference.parse("busybox:1")).complained == (
        "docker.io/library/busybox: not found in 2 files",
    )
