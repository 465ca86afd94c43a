"""docs/commands.md has every command, its grammar, who may, and every answer that the code can give."""

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from bot.core.commands import grammar, replies
from bot.core.commands.grammar import Verb
from bot.core.policy import Right

PAGE = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
HEAD = "| answer | when, and what follows |\n|---|---|\n"
ANSWERS = [
    cell
    for table in re.findall(rf"^{re.escape(HEAD)}((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
    for cell in re.findall(r"^\| (.+?) \| .*\|$", table, re.MULTILINE)
]
NO_ANSWERS = {"to", "help_page", "until"}
"""The frame of every answer, the page that lists the commands, and a time within them."""


def words_of(module: ModuleType) -> dict[str, str]:
    """Name of each function → all that it can say, with what the private functions say that it calls."""
    tree = ast.parse(inspect.getsource(module))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}

    def words(function: ast.FunctionDef) -> str:
        parts = []
        for node in ast.walk(function):
            if isinstance(node, ast.Constant) and node.value != ast.get_docstring(function):
                parts.append(str(node.value))
            elif isinstance(node, ast.Name) and node.id.startswith("_") and node.id in functions:
                parts.append(words(functions[node.id]))
        return " ".join(parts)

    return {name: words(function) for name, function in functions.items()}


SAID = words_of(replies) | words_of(grammar)


def sections() -> dict[str, str]:
    """By heading."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tells(answer: str, said: str) -> bool:
    """All parts of the answer stand in what is said; `…` is what changes."""
    return all(part.strip() in said for part in answer.split("…"))


def test_every_command_has_its_section_in_this_order() -> None:
    assert [heading for heading in sections() if heading in grammar.WORDS] == [verb.word for verb in Verb]


def who_may(verb: Verb) -> str:
    """Without a policy that says otherwise."""
    return Right[verb.name].default_role if verb.name in Right.__members__ else "everyone"


@pytest.mark.parametrize("verb", Verb)
def test_its_grammar_and_who_may_are_told(verb: Verb) -> None:
    text = sections()[verb.word]

    assert re.findall(r"```text\n(.*?)\n```", text) == [verb.value]
    (who,) = re.findall(r"^\*\*Who may:\*\* (\w+)", text, re.MULTILINE)
    assert who == who_may(verb)


def test_every_command_has_its_row_in_the_overview() -> None:
    """With its grammar, a link to its section, and who may."""
    rows = re.findall(r"^\| \[`(/.+?)`\]\(#([a-z]+)\) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)

    assert [(written.replace("\\|", "|"), word) for written, word, _ in rows] == [
        (verb.value, verb.word) for verb in Verb
    ]
    assert [who.split()[-1] for _, _, who in rows] == [who_may(verb) for verb in Verb]


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_is_one_of_the_code(answer: str) -> None:
    assert [name for name, said in SAID.items() if tells(answer, said)]


@pytest.mark.parametrize(
    "name", sorted(name for name in words_of(replies) if name[0] != "_" and name not in NO_ANSWERS)
)
def test_every_answer_of_the_code_has_its_line(name: str) -> None:
    assert [answer for answer in ANSWERS if tells(answer, SAID[name])]
