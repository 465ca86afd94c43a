"""The table of the gates in docs/gates.md, cell by cell, and a sentence for every reason code."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from string import Formatter
from types import ModuleType

import pytest

from bot.core import gates
from bot.core.gates.question import Gate, Kind, Purpose, easiest, hardest, moment, passed, waiting
from bot.core.pages.parts.sentences import SENTENCES
from bot.core.plan import Severity
from bot.core.selection import builds, candidates, no_candidate
from tests.builders import NOW, ago, question

VERSION, PLACE = Kind
ASKED, NOT = "asked", "–"

TABLE = {
    # gate:       (kind,    automatic, /promote, /rollback, may be overridden)
    "from":       (VERSION, ASKED,     ASKED,    NOT,       "yes"),
    "checks":     (VERSION, ASKED,     ASKED,    NOT,       "yes"),
    "image":      (VERSION, ASKED,     ASKED,    ASKED,     "no"),
    "health":     (VERSION, ASKED,     ASKED,    NOT,       "yes"),
    "soak":       (VERSION, ASKED,     ASKED,    NOT,       "yes"),
    "min-age":    (VERSION, ASKED,     ASKED,    NOT,       "yes"),
    "rejected":   (VERSION, ASKED,     ASKED,    ASKED,     "no"),
    "downgrade":  (VERSION, ASKED,     ASKED,    NOT,       "no"),
    "manifests":  (PLACE,   ASKED,     ASKED,    ASKED,     "no"),
    "current":    (PLACE,   ASKED,     ASKED,    NOT,       "no"),
    "hold":       (PLACE,   ASKED,     ASKED,    ASKED,     "no"),  # lifted by /unhold; a rollback says it only
    "windows":    (PLACE,   ASKED,     ASKED,    ASKED,     "yes"),  # a rollback says it only
    "freezes":    (PLACE,   ASKED,     ASKED,    ASKED,     "yes"),  # a rollback says it only
    "pace":       (PLACE,   ASKED,     NOT,      NOT,       "yes"),
    "approvals":  (PLACE,   ASKED,     ASKED,    ASKED,     "yes"),
    "limit":      (PLACE,   ASKED,     ASKED,    NOT,       "yes"),
    "foreign":    (PLACE,   ASKED,     ASKED,    ASKED,     "no"),
    "protection": (PLACE,   ASKED,     ASKED,    ASKED,     "no"),
}  # fmt: skip


def test_the_gates_are_those_of_the_table() -> None:
    assert [gate.name for gate in gates.GATES] == list(TABLE)


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.name)
def test_each_row_of_the_table_holds(gate: Gate) -> None:
    asked = [ASKED if purpose in gate.asked else NOT for purpose in Purpose]

    assert (gate.kind, *asked, "yes" if gate.overridable else "no") == TABLE[gate.name]


@pytest.mark.parametrize("purpose", Purpose)
def test_every_gate_answers_for_every_purpose(purpose: Purpose) -> None:
    verdicts = gates.judge(question(purpose=purpose))

    for verdict, cells in zip(verdicts, TABLE.values(), strict=True):
        asked = cells[1 + list(Purpose).index(purpose)]
        assert (verdict.code == "not-asked") is (asked == NOT)
    assert [verdict.gate for verdict in verdicts] == list(TABLE)


def test_gates_of_one_kind_can_be_evaluated_alone() -> None:
    assert [verdict.gate for verdict in gates.judge(question(), VERSION)] == list(TABLE)[:8]


def test_the_most_severe_verdict_is_the_first_of_its_severity() -> None:
    first, second, easy = waiting("a", "one"), waiting("b", "two"), passed("c", "three")

    assert hardest([easy, first, second]) is first
    assert easiest([first, easy, second]) is easy
    assert Severity.PASSED < Severity.WAITING < Severity.BLOCKED


def test_moments_are_shown_to_the_minute_unless_there_are_seconds() -> None:
    assert moment(NOW) == "2026-03-03 12:00 UTC"
    assert moment(ago(seconds=1)) == "2026-03-03 11:59:59 UTC"


# --- codes and sentences

VOICES = {"passed", "waiting", "blocked"}
MODULES: list[ModuleType] = [
    candidates,
    no_candidate,
    import_module("bot.core.gates.question"),
    builds,
    import_module("bot.core.gates.refused"),
    import_module("bot.core.gates.budget"),
    import_module("bot.core.gates.closed"),
    *(import_module(f"bot.core.gates.{name.replace('-', '_') if name != 'from' else 'from_'}") for name in TABLE),
]


def codes_of(module: ModuleType) -> Iterator[str]:
    """The reason codes that a module can give."""
    for _, code in answers_of(module):
        yield code


@cache
def answers_of(module: ModuleType) -> tuple[tuple[str, str], ...]:
    """The answers with their reason codes: the second word of every `passed`, `waiting` and `blocked`."""
    return tuple(_answers(module))


def _answers(module: ModuleType) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in VOICES:
            code = node.args[1]
            for part in ast.walk(named[code.id] if isinstance(code, ast.Name) else code):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield node.func.id, part.value


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    """Add a code without its sentence, and this fails before anybody meets a page without words."""
    given = {code for module in MODULES for code in codes_of(module)}

    assert given == set(SENTENCES)


@pytest.mark.parametrize("module", MODULES[3:], ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_truth_table_of_a_gate_lists_its_codes(module: ModuleType) -> None:
    listed = re.findall(r"(?:passed|waiting|blocked) `([a-z-]+)`", module.__doc__ or "")

    assert set(codes_of(module)) == set(listed)


@pytest.mark.parametrize("code", SENTENCES)
def test_sentences_start_in_lower_case_and_have_no_full_stop(code: str) -> None:
    """Pages put them behind `**Gate:**`, and append a full stop or a name."""
    sentence = SENTENCES[code]

    assert sentence == sentence.strip()
    assert not sentence.endswith(".")
    assert sentence[0].islower() or sentence.startswith(("{", "GitHub"))
    assert "  " not in sentence
    assert all(spec in ("", "c", "u") for _, _, spec, _ in Formatter().parse(sentence) if spec is not None)
