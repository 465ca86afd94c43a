"""GraphQL documents, made from `queries/*.graphql`. Values never enter the text; they are sent as variables.

Each file there is a valid document by itself, for one environment with one file and so on. Comment lines mark its parts:
- `# repeat e` … `# end` is written once per environment, with `e0` renamed to `e1`, `e2`, …
- `# when path` … `# end` is kept if the condition holds.
Inside a repeated part, a name means that part's own: `path` in `e2` is `e2_path`.
The text depends only on counts and conditions. So there are few different texts, and each is made once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

Shape = Mapping[str, int]
"""How often each part is repeated. A condition is 0 or 1. Parts that are not named are left out."""

_DIRECTIVE = re.compile(r"\s*# (?P<word>repeat|when|end)\b ?(?P<name>\w*)")
_SPREAD = re.compile(r"\.\.\.\s?(?!on\b)(\w+)")
_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}\n", re.MULTILINE | re.DOTALL)
_MUTATION = re.compile(r"^mutation (\w+)\(\$input: (\w+!)\) \{\n  \w+\(input: \$input\) (.*)\n}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL document, and the operation under which its requests are counted."""

    operation: str
    text: str


def query(name: str, shape: Shape) -> Document:
    """Return `queries/<name>.graphql` in this shape, with the fragments it uses."""
    return _query(name, tuple(sorted(shape.items())))


def mutation(operation: str, fields: Sequence[str]) -> Document:
    """Return these mutation fields in this order, as `m0`, `m1`, …, each with its input in the variable of that name."""
    writes = [_mutations()[field] for field in fields]
    variables = ", ".join(f"$m{number}: {kind}" for number, (kind, _) in enumerate(writes))
    lines = [
        f"  m{number}: {field}(input: $m{number}) {selection}"
        for number, (field, (_, selection)) in enumerate(zip(fields, writes, strict=True))
    ]
    return Document(operation, "\n".join((f"mutation Write({variables}) {{", *lines, "}\n")))


def fields() -> frozenset[str]:
    """Return every mutation field that `mutation` knows."""
    return frozenset(_mutations())


@lru_cache(maxsize=256)
def _query(name: str, shape: tuple[tuple[str, int], ...]) -> Document:
    lines = _read(f"{name}.graphql").splitlines()
    body = "\n".join(_expand(iter(lines), dict(shape), prefix=""))
    used = _reachable(body)
    fragments = [text for fragment, text in _fragments().items() if fragment in used]
    return Document(name, "\n".join((body, *fragments)))


def _expand(lines: Iterator[str], shape: Shape, *, prefix: str) -> list[str]:
    """Return the lines up to the end of this part. prefix: the repetitions around it, such as `e2_`."""
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
    """Return the lines up to the matching `# end`, without it."""
    part: list[str] = []
    depth = 1
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive is not None:
            depth += -1 if directive["word"] == "end" else 1
        if depth == 0:
            return part
        part.append(line)
    raise ValueError(f"a part of a document has no `# end`; it begins with {part[:1]}")


def _rename(line: str, old: str, new: str) -> str:
    """Replace `e0` by `e2` where it is a whole word between underscores: in `$e0_path` and `e0_f0`, not in `size0`."""
    return re.sub(rf"(?<![A-Za-z0-9]){old}(?![A-Za-z0-9])", new, line)


def _reachable(body: str) -> set[str]:
    """Return the names of the fragments that this text uses, directly or through others."""
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
    """Return mutation field → the type of its input, and the selection of its answer."""
    return {field: (kind, selection) for field, kind, selection in _MUTATION.findall(_read("mutations.graphql"))}


def _read(file: str) -> str:
    return resources.files("bot.github").joinpath("queries", file).read_text(encoding="utf-8")
