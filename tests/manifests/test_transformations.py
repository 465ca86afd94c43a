"""Splicing commutes with everything that does not matter: `set(T(before)) == T(set(before))` for every golden case."""

from collections.abc import Callable

import pytest

from tests.manifests.golden import Case, all_cases

Transformation = Callable[[bytes], bytes]


def _crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _cr_only(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r")


def _byte_order_mark(content: bytes) -> bytes:
    return content if content.startswith(b"\xef\xbb\xbf") else b"\xef\xbb\xbf" + content


def _no_final_newline(content: bytes) -> bytes:
    return content.rstrip(b"\r\n")


def _non_ascii_head(content: bytes) -> bytes:
    mark = b"\xef\xbb\xbf"
    head = "# Größe 日本 🚀\n".encode()
    return mark + head + content[len(mark) :] if content.startswith(mark) else head + content


def _trailing_spaces(content: bytes) -> bytes:
    return content.replace(b"\n", b"   \n")


def _later_document(content: bytes) -> bytes:
    return b"a: b\n---\n" + content if not content.startswith((b"%", b"\xef")) else content


TRANSFORMATIONS: dict[str, Transformation] = {
    "CRLF": _crlf,
    "CR only": _cr_only,
    "byte order mark": _byte_order_mark,
    "no final newline": _no_final_newline,
    "non-ASCII head": _non_ascii_head,
    "trailing spaces": _trailing_spaces,
    "later document": _later_document,
}
# What a case is about cannot be done to it again, or says something else afterwards.
EXCEPTIONS = {
    ("non-ASCII head", "workload/latin-1"): "two encodings in one file",
    ("non-ASCII head", "helm/null-tag-in-json"): "with a comment it is no JSON, so no quotes are needed",
    ("non-ASCII head", "helm/number-tag-in-json"): "with a comment it is no JSON, so no quotes are needed",
    ("trailing spaces", "workload/literal-stripped"): "in a block the spaces belong to the value",
    ("trailing spaces", "workload/folded-stripped"): "in a block the spaces belong to the value",
    ("trailing spaces", "helm/block-tag"): "in a block the spaces belong to the value",
    ("later document", "helm/null-tag-in-json"): "two documents are no JSON",
    ("later document", "helm/number-tag-in-json"): "two documents are no JSON",
}
CASES = [case for case in all_cases() if case.after != case.before]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_same_bytes_change(case: Case) -> None:
    for name, transform in TRANSFORMATIONS.items():
        if (name, case.name) not in EXCEPTIONS:
            before = {path: transform(content) for path, content in case.before.items()}
            after = {path: transform(content) for path, content in case.after.items()}

            assert after == before | dict(case.run(before).files), name
