"""Markdown as GitHub shows it on issues and pull requests: tables, hidden comments, links, and of HTML `<sub>` and
collapsible sections whose tags are on lines of their own.

All other HTML is shown as text. https://github.github.com/gfm/ and
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
"""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.repository import Repository
from bot.simulator.pages.rendering.symbols import SYMBOL, pieces

_OPEN, _CLOSE = "<sub>", "</sub>"

_FOLD = re.compile(r"<details><summary>([^<>]*)</summary>|</details>")

_REFERENCE = re.compile(
    r"(?<![\w/])(?P<repository>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{7,40})\b"
    r"|(?<![\w&/])#(?P<number>[1-9]\d{0,8})\b"
    r"|(?<![\w@/])@(?P<login>[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d]))*(?:/[\w.-]*\w)?)(?![\w/])"
)


class Markdown:
    """Renders the Markdown of one repository, on which the meaning of `#12` and `@name` depends."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._page = _parser(breaks=True, references=self._linked)
        self._file = _parser(breaks=False, references=self._linked)

    def page(self, text: str) -> Markup:
        """Render a description or comment; line breaks are kept."""
        return Markup(self._page.render(text))  # noqa: S704 -- the parser escapes, html is disabled

    def file(self, text: str) -> Markup:
        """Render a file such as README.md."""
        return Markup(self._file.render(text))  # noqa: S704 -- as above

    def _linked(self, found: "re.Match[str]") -> tuple[str, str] | None:
        """Return (address, text) of a reference if its target exists; address '' marks a mention."""
        repository, github = self._repository, GitHub.of(self._repository)
        if found["number"]:
            number = int(found["number"])
            known = number in repository.conversations
            return (f"/{repository.full_name}/issues/{number}", f"#{number}") if known else None
        if found["login"]:
            organisation, slash, slug = found["login"].partition("/")
            named = github.find_team(organisation, slug) if slash else github.accounts.get(organisation.lower())
            return ("", f"@{found['login']}") if named else None
        other = github.find_repository(found["repository"])
        if other is None or not (oid := other.store.full_oid(found["commit"])):
            return None
        words = oid[:7] if other is repository else f"{other.full_name}@{oid[:7]}"
        return f"/{other.full_name}/commit/{oid}", words


References = Callable[["re.Match[str]"], tuple[str, str] | None]


def _parser(*, breaks: bool, references: References) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": breaks}).enable(["table", "strikethrough"])
    made.block.ruler.before("paragraph", "comment", _hidden_block, {"alt": ["paragraph", "blockquote", "list"]})
    made.block.ruler.before("paragraph", "fold", _fold, {"alt": ["paragraph", "blockquote", "list"]})
    made.inline.ruler.before("autolink", "comment", _hidden)
    made.inline.ruler.before("autolink", "subscript", _subscript)
    made.core.ruler.push("references", lambda state: _link(state, references))
    made.add_render_rule("link_open", _link_open)
    return made


def _hidden_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 -- markdown-it's signature
    """Parse an HTML comment on lines of its own."""
    if state.is_code_block(start) or not state.src.startswith("<!--", state.bMarks[start] + state.tShift[start]):
        return False
    if silent:
        return True
    line = start
    while line < end and "-->" not in state.src[state.bMarks[line] : state.eMarks[line]]:
        line += 1
    state.line = min(line + 1, end)
    return True


def _fold(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001, ARG001 -- markdown-it's signature
    """Parse the start or end tag of a collapsible section; an unpaired one is text."""
    begin = state.bMarks[start] + state.tShift[start]
    found = _FOLD.fullmatch(state.src[begin : state.eMarks[start]].rstrip())
    depth = state.env.get("folds", 0)
    ends = state.src.count("</details>", begin)
    if found is None or state.is_code_block(start) or (ends <= depth if found[1] is not None else depth == 0):
        return False
    if silent:
        return True
    if found[1] is None:
        state.env["folds"] = depth - 1
        state.push("details_close", "details", -1)
    else:
        state.env["folds"] = depth + 1
        state.push("details_open", "details", 1)
        state.push("summary_open", "summary", 1)
        state.push("inline", "", 0).children = [_text(found[1])]
        state.push("summary_close", "summary", -1)
    state.line = start + 1
    return True


def _hidden(state: StateInline, silent: bool) -> bool:  # noqa: FBT001, ARG001 -- markdown-it's signature
    """Parse an HTML comment within a line."""
    if not state.src.startswith("<!--", state.pos):
        return False
    close = state.src.find("-->", state.pos, state.posMax)
    if close < 0:
        return False
    state.pos = close + len("-->")
    return True


def _subscript(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- markdown-it's signature
    if not state.src.startswith(_OPEN, state.pos):
        return False
    close = state.src.find(_CLOSE, state.pos, state.posMax)
    if close < 0:
        return False
    if not silent:
        limit = state.posMax
        state.pos, state.posMax = state.pos + len(_OPEN), close
        state.push("sub_open", "sub", 1)
        state.md.inline.tokenize(state)
        state.push("sub_close", "sub", -1)
        state.posMax = limit
    state.pos = close + len(_CLOSE)
    return True


def _link(state: StateCore, references: References) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_symbols(_with_references(block.children, references))


def _with_symbols(tokens: list[Token]) -> list[Token]:
    """Return the tokens with the symbols in their text drawn."""
    made: list[Token] = []
    for token in tokens:
        if token.type != "text" or not SYMBOL.search(token.content):
            made.append(token)
            continue
        for piece in pieces(token.content):
            drawn = isinstance(piece, Markup)
            made.append(Token("html_inline", "", 0, content=piece) if drawn else _text(piece))
    return made


def _with_references(tokens: list[Token], references: References) -> list[Token]:
    made: list[Token] = []
    depth = 0  # links cannot contain links
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "text" or depth:
            made.append(token)
            continue
        position = 0
        for found in _REFERENCE.finditer(token.content):
            linked = references(found)
            if linked is not None:
                made += [_text(token.content[position : found.start()]), *_reference(*linked)]
                position = found.end()
        made.append(_text(token.content[position:]))
    return made


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _reference(address: str, words: str) -> list[Token]:
    if not address:
        return [
            Token("strong_open", "strong", 1, attrs={"class": "mention"}),
            _text(words),
            Token("strong_close", "strong", -1),
        ]
    return [Token("link_open", "a", 1, attrs={"href": address}), _text(words), Token("link_close", "a", -1)]


def _link_open(self: object, tokens: list[Token], index: int, options: object, env: object) -> str:
    tokens[index].attrSet("rel", "nofollow noopener noreferrer")
    return self.renderToken(tokens, index, options, env)  # type: ignore[attr-defined, no-any-return]
