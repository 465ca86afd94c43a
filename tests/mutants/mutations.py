"""Small changes of a program, one at a time: what a slip of the hand or a wrong repair would leave behind.

A mutation replaces one stretch of the source text, so that lines keep their numbers and the recorded coverage stays true.
"""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

COMPARISONS: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
UNSEEN = ("_log", "warnings")
"""Whose calls only say something; texts are not mutated."""

Enums = Mapping[str, Sequence[str]]
"""Class → its members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change. start, end: offsets into the source's UTF-8 bytes; line: from 1; among: the statement's first line."""

    path: str
    function: str
    line: int
    last_line: int
    start: int
    end: int
    before: str
    after: str
    among: str

    @property
    def name(self) -> str:
        """What it is called in reports and in the list of equivalents; it survives edits elsewhere in the file."""
        among = f" in {self.among}" if self.among and self.among != self.before else ""
        return f"{self.path} | {self.function} | {_flat(self.before)} → {_flat(self.after)}{among}"

    def applied(self, source: bytes) -> bytes:
        """Return `source` with the change."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def _flat(text: str) -> str:
    return " ".join(text.split())


def enums_of(sources: Mapping[str, str]) -> Enums:
    """Return the enums that any of the files defines."""
    classes = (
        node for text in sources.values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)
    )
    return {
        one.name: [
            target.id
            for line in one.body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        ]
        for one in classes
        if any("Enum" in ast.unparse(base) for base in one.bases)
    }


def mutations_of(path: str, source: str, enums: Enums) -> list[Mutation]:
    """Return every mutation of a file, in the order of its text."""
    return list(_Finder(path, source, enums).found())


class _Finder:
    def __init__(self, path: str, source: str, enums: Enums) -> None:
        self._path = path
        self._tree = ast.parse(source)
        self._lines = [line.encode() for line in source.splitlines(keepends=True)]
        self._source = source.encode()
        self._enums = enums

    def found(self) -> Iterator[Mutation]:
        """Every mutation."""
        yield from self._of_statements(self._tree.body, "")

    def _of_statements(self, body: Sequence[ast.stmt], function: str) -> Iterator[Mutation]:
        for statement in body:
            inside = function
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inside = f"{function}.{statement.name}".lstrip(".")
            yield from self._dropped(statement, inside)
            for node in _expressions(statement):
                for changed in self._changed(node):
                    yield self._mutation(node, ast.unparse(changed), statement, inside)
            for inner in _bodies(statement):
                yield from self._of_statements(inner, inside)

    def _dropped(self, statement: ast.stmt, function: str) -> Iterator[Mutation]:
        """A guard that is gone, and a call that is not made."""
        is_guard = isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[-1], LEAVES)
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call | ast.Await)
        if (is_guard or is_call) and not ast.unparse(statement).startswith(UNSEEN):
            yield self._mutation(statement, "pass", statement, function)

    def _changed(self, node: ast.expr) -> Iterator[ast.expr]:
        """What could stand in the place of an expression."""
        match node:
            case ast.Compare(ops=[operator], left=left, comparators=comparators):
                yield ast.Compare(left=left, ops=[COMPARISONS[type(operator)]()], comparators=comparators)
            case ast.BoolOp(op=operator, values=values):
                yield ast.BoolOp(op=ast.Or() if isinstance(operator, ast.And) else ast.And(), values=values)
                yield from (values[0], values[-1])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield operand
            case ast.BinOp(op=operator) if type(operator) in OPERATORS:
                changed = copy.copy(node)
                changed.op = OPERATORS[type(operator)]()
                yield changed
            case ast.IfExp(body=body, orelse=orelse):
                yield from (body, orelse)
            case ast.Constant(value=bool() as value):
                yield ast.Constant(not value)
            case ast.Constant(value=int() | float() as number):
                yield ast.Constant(number + 1)
            case ast.Name(id=name) if name in FUNCTIONS:
                yield ast.Name(FUNCTIONS[name])
            case ast.Attribute(value=ast.Name(id=name), attr=member) if member in self._enums.get(name, ()):
                members = self._enums[name]
                yield ast.Attribute(ast.Name(name), members[(members.index(member) + 1) % len(members)])

    def _mutation(self, node: ast.expr | ast.stmt, after: str, statement: ast.stmt, function: str) -> Mutation:
        start, end = self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)
        is_whole = isinstance(node, ast.stmt | ast.Constant | ast.Name | ast.Attribute)
        return Mutation(
            path=self._path,
            function=function,
            line=node.lineno,
            last_line=node.end_lineno or node.lineno,
            start=start,
            end=end,
            before=self._source[start:end].decode(),
            after=after if is_whole else f"({after})",
            among=ast.unparse(statement).splitlines()[0] if not isinstance(node, ast.stmt) else "",
        )

    def _offset(self, line: int | None, column: int | None) -> int:
        return sum(map(len, self._lines[: (line or 1) - 1])) + (column or 0)


def _bodies(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The statements within a statement."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in chain(getattr(statement, "handlers", []), getattr(statement, "cases", [])):
        yield part.body


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement itself: not its annotations, its decorators or what formats a text."""
    skipped = {
        "annotation",
        "returns",
        "decorator_list",
        "bases",
        "keywords",
        "body",
        "orelse",
        "finalbody",
        "handlers",
    }
    for name, value in ast.iter_fields(statement):
        if name not in skipped or (name == "keywords" and not isinstance(statement, ast.ClassDef)):
            yield from _within(value)


def _within(value: object) -> Iterator[ast.expr]:
    if isinstance(value, list):
        for inner in value:
            yield from _within(inner)
    elif isinstance(value, ast.match_case):
        yield from _within(value.guard)
    elif isinstance(value, ast.AST) and not isinstance(value, ast.stmt | ast.JoinedStr | ast.pattern):
        if isinstance(value, ast.expr):
            yield value
        for name, inner in ast.iter_fields(value):
            if name != "annotation":
                yield from _within(inner)
