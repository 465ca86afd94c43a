"""docs/gates.md has every gate's row and every reason code, with its answer and its sentence as the code has them.

And every reason code stands in a table of the core's tests or in a scenario.
"""

import re
from pathlib import Path

import pytest

from bot.core import gates
from bot.core.gates import budget, closed, refused
from bot.core.gates.question import Gate, Purpose
from bot.core.pages.parts.sentences import SENTENCES
from tests.core.gates.test_table import MODULES, answers_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")
TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("core", "scenarios", "assembly")
    for path in sorted((ROOT / "tests" / folder).rglob("test_*.py"))
)
GIVEN = {
    code: {voice for module in MODULES for voice, each in answers_of(module) if each == code} for code in SENTENCES
}

ROWS = re.findall(r"^\| `([a-z-]+)` \| ([a-z ]+) \| (.+?) \| (.*?) ?\|$", PAGE, re.MULTILINE)


def codes_in(heading: str) -> list[str]:
    """The codes of a section's table."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/gates.md has no section {heading!r}"
    return re.findall(r"^\| `([a-z-]+)` \|", found[1], re.MULTILINE)


def as_shown(sentence: str) -> str:
    """Facts stand in italics."""
    return re.sub(r"\{(\w+)(?::[cu])?\}", r"*\1*", sentence)


def test_every_gate_has_its_row() -> None:
    assert re.findall(r"^\| \[`([a-z-]+)`\]\(#\1\)", PAGE, re.MULTILINE) == [gate.name for gate in gates.GATES]


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.name)
def test_a_row(gate: Gate) -> None:
    asked = ["asked" if purpose in gate.asked else "–" for purpose in Purpose]
    cells = [gate.kind.value, *asked, "yes" if gate.overridable else "no"]

    assert f"| [`{gate.name}`](#{gate.name}) | {' | '.join(cells)} |" in PAGE


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.name)
def test_a_section_has_the_codes_of_its_gate(gate: Gate) -> None:
    assert codes_in(gate.name) == list(gate.sentences)


def test_the_other_codes_have_sections_of_their_own() -> None:
    assert codes_in("What GitHub refused") == list(refused.SENTENCES)
    assert codes_in("What waits for GitHub's limits") == list(budget.SENTENCES)
    assert codes_in("What another App closed") == list(closed.SENTENCES)
    assert sorted(code for code, *_ in ROWS) == sorted(SENTENCES)


@pytest.mark.parametrize(("code", "answer", "says", "_means"), ROWS, ids=[row[0] for row in ROWS])
def test_a_code_is_told_as_it_is(code: str, answer: str, says: str, _means: str) -> None:
    assert set(answer.split(" or ")) == GIVEN[code]
    assert says == as_shown(SENTENCES[code])


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_is_tested(code: str) -> None:
    """By its name, alone or behind its answer."""
    assert re.search(rf'"(?:(?:passed|waiting|blocked) )?{code}"', TESTS)
