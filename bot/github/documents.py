"""GraphQL documents, composed from `queries/*.graphql`: values never enter the text, they go as variables.

Every file there is a valid document by itself, for one environment with one file and so on. Comment lines steer what is
made of it: `# repeat e` … `# end` is written once per environment with `e0` becoming `e1`, `e2`; `# when path` … `# end`
is kept where the condition holds. Inside a repeated part a name is looked up below it first: `path` in `e2` is `e2_path`.
The text depends on counts and conditions alone, so there are few different ones, and each is made once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

Shape = Mapping[str, int]
"""How often each part is repeated; a condition is a count of 0 or 1, and what is not named is left out."""

_DIRECTIVE = re.compile(r"\s*# (?P<word>repeat|when|end)\b ?(?P<name>\w*)")
_SPREAD = re.compile(r"\.\.\.\s?(?!on\b)(\w+)")
_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}\n", re.MULTILINE | re.DOTALL)
_MUTATION = re.compile(r"^mutation (\w+)\(\$input: (\w+!)\) \{\n  \w+\(input: \$input\) (.*)\n}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL document, and the word under which its requests are counted."""

    operation: str
    text: str


def query(name: str, shape: Shape) -> Document:
    """`queries/<name>.graphql` in this shape, with the fragments it uses."""
    return _query(name, tuple(sorted(shape.items())))


def mutation(operation: str, fields: Sequence[str]) -> Document:
    """These mutation fields in this order, aliased `m0`, `m1`, …, each with its whole input in a variable of that name."""
    writes = [_mutations()[field] for field in fields]
    variables = ", ".join(f"$m{number}: {kind}" for number, (kind, _) in enumerate(writes))
    lines = [
        f"  m{number}: {field}(input: $m{number}) {selection}"
        for number, (field, (_, selection)) in enumerate(zip(fields, writes, strict=True))
    ]
    return Document(operation, "\n".join((f"mutation Write({variables}) {{", *lines, "}\n")))


def fields() -> frozenset[str]:
    """Every mutation field that `mutation` knows."""
    return frozenset(_mutations())


@lru_cache(maxsize=256)
def _query(name: str, shape: tuple[tuple[str, int], ...]) -> Document:
    lines = _read(f"{name}.graphql").splitlines()
    body = "\n".join(_expand(iter(lines), dict(shape), prefix=""))
    used = _reachable(body)
    fragments = [text for fragment, text in _fragments().items() if fragment in used]
    return Document(name, "\n".join((body, *fragments)))


def _expand(lines: Iterator[str], shape: Shape, *, prefix: str) -> list[str]:
    """The lines up to the end of this part. prefix: the repetitions around it, such as `e2_`."""
    written: list[str] = []
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive is None:
            if not line.lstrip().startswith("#"):
                written.append(line)
            continue
        word, name = directive["word"], directive["name"]
        if word == "end":
            return written
        part = _part(lines)
        count = shape.get(prefix + name, 0)
        if word == "when":
            written.extend(_expand(iter(part), shape, prefix=prefix) if count else ())
            continue
        for number in range(count):
            renamed = [_rename(each, f"{name}0", f"{name}{number}") for each in part]
            written.extend(_expand(iter(renamed), shape, prefix=f"{prefix}{name}{number}_"))
    return written


def _part(lines: Iterator[str]) -> list[str]:
    """The lines up to the matching `# end`, which is dropped."""
    part: list[str] = []
    depth = 1
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive is not None:
            depth += -1 if directive["word"] == "end" else 1
        if depth == 0:
            return part
        part.append(line)
    raise ValueError(f"a part of a document has no `# end`; it began with {part[:1]}")


def _rename(line: str, old: str, new: str) -> str:
    """`e0` becomes `e2` where it is a whole word between underscores: in `$e0_path` and `e0_f0`, not in `size0`."""
    return re.sub(rf"(?<![A-Za-z0-9]){old}(?![A-Za-z0-9])", new, line)


def _reachable(body: str) -> set[str]:
    """The fragments that this text spreads, directly or through others."""
    known, found = _fragments(), set[str]()
    waiting = _SPREAD.findall(body)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_SPREAD.findall(known[name]))
    return found


@cache
def _fragments() -> Mapping[str, str]:
    return {found[1]: found[0] for found in _FRAGMENT.finditer(_read("fragments.graphql"))}


@cache
def _mutations() -> Mapping[str, tuple[str, str]]:
    """Mutation field → the type of its input, and what is read from its answer."""
    return {field: (kind, selection) for field, kind, selection in _MUTATION.findall(_read("mutations.graphql"))}


def _read(file: str) -> str:
    return resources.files("bot.github").joinpath("queries", file).read_text(encoding="utf-8")
