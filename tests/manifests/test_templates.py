"""Templates that are no YAML: what is read once is what two readings would find."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.manifests.findings import examine
from bot.manifests.parsing.templates import masked
from bot.manifests.parsing.tree import has_repeated_keys, read

CASES = sorted(
    path for path in (Path(__file__).parent / "cases").rglob("before/**/*.yaml") if b"{{" in path.read_bytes()
)
LINES = (
    "image: ghcr.io/acme/web:v1",
    "image: {{ .Values.image }}",
    "- image: 'ghcr.io/acme/api:v2'",
    "{{- if .Values.a }}",
    "{{- else }}",
    "{{- end }}",
    "repository: ghcr.io/acme/web",
    'tag: {{ .Values.tag | default\n  "x" }}',
    "tag: v3",
    "containers:",
    "  - name: web",
    "    image: &web ghcr.io/acme/web:v1",
    "    image: *web",
    "? [a, {b: c}]",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("a", False),
        ("[a, [b, {c: d}]]", False),
        ("a: {b: c, d: {b: c}}\n---\na: b", False),
        ("? [a, a]\n: b\n? [a, a]\n: c", False),
        ("a: 1\na: 2", True),
        ("- [x, {a: {b: 1, 'b': 2}}]", True),
        ("a: 1\n---\nb: {<<: {}, <<: {}}", True),
    ],
)
def test_repeated_keys(text: str, expected: bool) -> None:  # noqa: FBT001 -- a row of the table
    assert has_repeated_keys(read(text.encode())) is expected


def read_twice(text: str) -> object:
    """What is found where an asterisk, as of an alias, has it read in both orders."""
    return examine(f"{text}\n# *\n".encode())


@pytest.mark.parametrize("path", CASES, ids=lambda path: "/".join(path.parts[-4:]))
def test_the_cases_say_the_same_after_one_reading(path: Path) -> None:
    text = path.read_text()
    assert examine(f"{text}\n#\n".encode()) == read_twice(text)


@given(st.lists(st.tuples(st.sampled_from(("", "  ", "    ")), st.sampled_from(LINES)), max_size=8))
def test_any_template_says_the_same_after_one_reading(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(indent + line for indent, line in lines)
    assert examine(f"{text}\n#\n".encode()) == read_twice(text)


@given(st.text(alphabet="{} \nab:#-", max_size=40))
def test_masking_keeps_every_offset(text: str) -> None:
    covered = masked(text)
    assert len(covered) == len(text)
    assert [at for at, each in enumerate(covered) if each == "\n"] == [
        at for at, each in enumerate(text) if each == "\n"
    ]
