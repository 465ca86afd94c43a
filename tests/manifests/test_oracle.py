"""Spans held against tree-sitter-yaml, a parser that shares no code with libyaml."""

import pytest
import tree_sitter_yaml
from tree_sitter import Language, Node, Parser

from bot.manifests import references
from tests.manifests.golden import Case, all_cases

PARSER = Parser(Language(tree_sitter_yaml.language()))
SCALARS = {"plain_scalar", "single_quote_scalar", "double_quote_scalar", "block_scalar"}
# tree-sitter-yaml counts rows by LF alone, and does not end a plain scalar at CR.
UNREADABLE = {"workload/cr-only"}


def scalars(node: Node) -> list[Node]:
    """Every scalar below a node, in the order of the file."""
    stack, found = [node], []
    while stack:
        node = stack.pop()
        if node.type in SCALARS:
            found.append(node)
        else:
            stack.extend(reversed(node.children))
    return found


def spans(content: bytes, *, offset: int = 0) -> set[tuple[int, int]]:
    """Return (start, end) in bytes of the text inside the quotes of every scalar, or of each line of a block.

    A block is also read as a file of its own, with its indentation.
    """
    found: set[tuple[int, int]] = set()
    for scalar in scalars(PARSER.parse(content).root_node):
        start, end = scalar.start_byte, scalar.end_byte
        if scalar.type == "block_scalar":
            header, _, body = content[start:end].partition(b"\n")
            at = start + len(header) + 1
            found |= spans(body, offset=offset + at)
            for line in body.splitlines(keepends=True):
                inner = at + len(line) - len(line.lstrip())
                found.add((offset + inner, offset + inner + len(line.strip())))
                at += len(line)
        else:
            quote = 0 if scalar.type == "plain_scalar" else 1
            found.add((offset + start + quote, offset + end - quote))
    return found


CASES = [case for case in all_cases() if case.name not in UNREADABLE]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_span_is_a_scalar_to_another_parser_too(case: Case) -> None:
    for path, content in (*case.before.items(), *case.after.items()):
        # It reads a byte order mark as part of the first key; without one, everything stands three bytes earlier.
        mark = 3 if content.startswith(b"\xef\xbb\xbf") else 0
        expected = spans(content[mark:])
        for place in references(content, path=path).places:
            text = content.decode("utf-8")
            for scalar in place.scalars:
                start = len(text[: scalar.start].encode()) - mark
                end = len(text[: scalar.end].encode()) - mark
                assert start == end or (start, end) in expected, (path, scalar)
