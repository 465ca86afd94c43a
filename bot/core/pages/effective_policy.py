"""The effective policy of one application as people read it on GitHub: each value, its line in the policy, what it replaces."""

from collections.abc import Iterable, Iterator

from bot.core.pages.parts.collapsed import fold
from bot.core.policy import Policy
from bot.core.policy.fleet.explanation import DEFAULT, Explained, explain_application, explain_environment
from bot.core.values.text import cell, code


def application_section(policy: Policy, application: str, branch: str) -> str:
    """Return what the policy says of an application wherever it runs. branch: that has the policy, for the links."""
    return _section(f"**{code(application)}** everywhere", explain_application(policy, application), branch)


def environment_section(policy: Policy, environment: str, application: str, branch: str) -> str:
    """Return what the policy says of an environment, as the application has it. policy: of the application alone."""
    found = explain_environment(policy, environment, application)
    return _section(f"**{code(application)}** in **{code(environment)}**", found, branch)


def _section(title: str, found: Iterable[Explained], branch: str) -> str:
    """Return a table of what the policy says, and the program's defaults folded away behind it."""
    said = [each for each in found if each.source != DEFAULT]
    rest = [each for each in found if each.source == DEFAULT]
    parts = [title, "\n".join(_table(said, branch))]
    if rest:
        parts.append(fold("Defaults", "\n".join(_table(rest, branch))))
    return "\n\n".join(parts)


def _table(found: Iterable[Explained], branch: str) -> Iterator[str]:
    yield "| key | value | from |"
    yield "|---|---|---|"
    for each in found:
        replaced = [f"instead of {code(value)} ({_linked(source, branch)})" for value, source in each.replaces]
        whence = ", ".join([_linked(each.source, branch), *replaced])
        yield f"| {code(each.key)} | {cell(code(each.value))} | {cell(whence)} |"


def _linked(source: str, branch: str) -> str:
    """Return a link to the line, relative to the pages of issues and pull requests; words stay words."""
    path, colon, line = source.rpartition(":")
    return f"[{code(source)}](../blob/{branch}/{path}#L{line})" if colon and line.isdecimal() else source
