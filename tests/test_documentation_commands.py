"""docs/commands.md has every command, its syntax, who may, and every answer that the code can give.

An answer is a function that returns `Answer`. mypy makes sure that nothing else is replied.
"""

import ast
import re
from pathlib import Path

import pytest

from bot.core.commands import BY_WORD, COMMANDS
from bot.core.commands.context import ApplicationCommand, RepositoryCommand

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
HEAD = "| answer | when, and what follows |\n|---|---|\n"
ANSWERS = [
    cell
    for table in re.findall(rf"^{re.escape(HEAD)}((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
    for cell in re.findall(r"^\| (.+?) \| .*\|$", table, re.MULTILINE)
]
NO_ROWS = {"_confirmation", "help_page"}
"""Answers put together from others that have a row, and the page that lists the commands."""


def all_functions() -> dict[str, ast.FunctionDef]:
    """Every function in the commands' files, by file and name."""
    return {
        f"{file.stem}.{node.name}": node
        for file in sorted((ROOT / "bot" / "core" / "commands").rglob("*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


FUNCTIONS = all_functions()


def is_answer(function: ast.FunctionDef) -> bool:
    return isinstance(function.returns, ast.Name) and function.returns.id == "Answer"


def words(name: str) -> str:
    """All that a function can say, with what the functions say that it calls."""
    function, stem = FUNCTIONS[name], name.partition(".")[0]
    parts = []
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node.value != ast.get_docstring(function, clean=False):
            parts.append(str(node.value))
        elif isinstance(node, ast.Name) and node.id != function.name:
            called = next((each for each in (f"{stem}.{node.id}", f"answers.{node.id}") if each in FUNCTIONS), None)
            parts.extend([words(called)] if called else [])
    return " ".join(parts)


SAID = {
    name: words(name)
    for name, function in FUNCTIONS.items()
    if is_answer(function) and name.partition(".")[2] not in NO_ROWS
}


def sections() -> dict[str, str]:
    """By heading."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tells(answer: str, said: str) -> bool:
    """All parts of the answer stand in what is said; `…` is what changes."""
    return all(part.strip() in said for part in answer.split("…"))


def test_every_command_has_its_section_in_this_order() -> None:
    assert [heading for heading in sections() if heading in BY_WORD] == [command.word for command in COMMANDS]


def who_may(command: ApplicationCommand | RepositoryCommand) -> str:
    """Without a policy that says otherwise."""
    return command.right.default_role if command.right else "everyone"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.word)
def test_its_syntax_and_who_may_are_told(command: ApplicationCommand | RepositoryCommand) -> None:
    text = sections()[command.word]

    assert re.findall(r"```text\n(.*?)\n```", text) == [command.syntax]
    (who,) = re.findall(r"^\*\*Who may:\*\* (\w+)", text, re.MULTILINE)
    assert who == who_may(command)


def test_every_command_has_its_row_in_the_overview() -> None:
    """With its syntax, a link to its section, and who may."""
    rows = re.findall(r"^\| \[`(/.+?)`\]\(#([a-z]+)\) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)

    assert [(written.replace("\\|", "|"), word) for written, word, _ in rows] == [
        (command.syntax, command.word) for command in COMMANDS
    ]
    assert [who.split()[-1] for _, _, who in rows] == [who_may(command) for command in COMMANDS]


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_is_one_of_the_code(answer: str) -> None:
    assert [name for name, said in SAID.items() if tells(answer, said)]


@pytest.mark.parametrize("name", sorted(SAID))
def test_every_answer_of_the_code_has_its_row(name: str) -> None:
    assert [answer for answer in ANSWERS if tells(answer, SAID[name])]
