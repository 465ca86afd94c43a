"""docs/reference.md, made from the models: every key of the policy, every reason code, every setting."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.gates import GATES
from bot.core.pages.parts.sentences import SENTENCES
from bot.core.policy import schema
from tests.core.gates.test_table import MODULES, answers_of

ROOT = Path(__file__).parents[2]

HEAD = """\
# Reference

<!-- Made by `python -m tests.site.included`: change the models, not this page. -->

Every key, code and setting on one page, for searching. [Policy](policy.md), [Gates](gates.md) and [Settings](settings.md)
explain them.
"""
SECTIONS = (
    ("Policy", "The file", "the-file"),
    ("Application", "Applications", "applications"),
    ("Environment", "Environments", "environments"),
    ("Source", "`source`", "source"),
    ("Versions", "`versions`", "versions"),
    ("ExplicitEdit", "`edit`, each place", "edit"),
    ("Edits", "`edit`, as a mapping", "only-these-places"),
    ("Gates", "`gates`", "gates"),
    ("Approvals", "`gates.approvals`", "approvals"),
    ("Window", "`gates.windows`, each window", "windows"),
    ("Freeze", "`gates.freezes`, each freeze", "freezes"),
    ("Limit", "`limit`", "limit"),
    ("Rollback", "`rollback`", "rollback"),
    ("Permissions", "`permissions`", "permissions"),
    ("PullRequestPage", "`pull-request`", "pull-request"),
)
"""Models of the policy, with their heading here and their section of docs/policy.md."""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, "## Keys of the policy\n", *_keys(), "## Reason codes\n", _codes(), "## Settings\n", _settings()]
    return "\n".join(parts)


def _keys() -> Iterator[str]:
    whole = schema()
    for name, heading, anchor in SECTIONS:
        model = whole if name == "Policy" else whole["$defs"][name]
        yield f"### {heading}\n"
        yield f"{_sentence(model.get('description', ''))} [Explained](policy.md#{anchor}).\n".lstrip()
        yield "| key | value | default | |\n|---|---|---|---|"
        yield "\n".join(_row(key, each, whole) for key, each in model["properties"].items()) + "\n"


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."


def _row(key: str, each: dict[str, Any], whole: dict[str, Any]) -> str:
    default = "" if each.get("default") is None else f"`{_shown(each['default'])}`"
    cells = (f"`{key}`", _value(each, whole), default, _cell(_sentence(each.get("description", ""))))
    return f"| {' | '.join(cells)} |"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(each: dict[str, Any], whole: dict[str, Any]) -> str:
    """Return what a key takes, in a few words."""
    if "anyOf" in each:
        kinds = dict.fromkeys(_value(one, whole) for one in each["anyOf"] if one.get("type") != "null")
        return " or ".join(kinds)
    if "$ref" in each:
        return _value(whole["$defs"][each["$ref"].rpartition("/")[2]], whole)
    if choices := each.get("enum") or ([each["const"]] if "const" in each else []):
        return " or ".join(f"`{choice}`" for choice in choices)
    if each.get("type") == "array":
        return f"list of {_value(each['items'], whole)}" if "items" in each else "list"
    return _plain(each)


def _plain(each: dict[str, Any]) -> str:
    kind = each.get("type", "")
    named = {"object": "mapping", "boolean": "`true` or `false`", "integer": "number", "number": "number"}
    if isinstance(kind, list):
        return " or ".join("list" if one == "array" else "text" for one in kind)
    return named.get(kind, "date" if each.get("format") == "date" else "text")


def _cell(text: str) -> str:
    """Return text for a table: `<name>` outside of code would be taken for HTML."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|").replace("\n", " "))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _codes() -> str:
    answers = {
        code: sorted({voice for each in MODULES for voice, one in answers_of(each) if one == code})
        for code in SENTENCES
    }
    gates = {code: gate.name for gate in GATES for code in gate.sentences}
    lines = ["| code | gate | answer | it says |", "|---|---|---|---|"]
    for code, sentence in sorted(SENTENCES.items()):
        gate = f"[`{gates[code]}`](gates.md#{gates[code]})" if code in gates else "any"
        said = re.sub(r"\{(\w+)(?::c)?\}", r"*\1*", sentence)
        lines.append(f"| `{code}` | {gate} | {' or '.join(answers[code])} | {_cell(said)} |")
    return "\n".join(lines) + "\n"


def _settings() -> str:
    """Return the names alone: docs/settings.md, which the tests hold to the code, says what each does."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `([A-Z_]+(?:<VENDOR>)?)` \| ([^|]*)\|", text, re.MULTILINE)
    lines = [
        "| variable | default |",
        "|---|---|",
        *(f"| [`{name}`](settings.md) | {default.strip()} |" for name, default in names),
    ]
    return "\n".join(lines) + "\n"
