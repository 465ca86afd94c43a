"""The source commits that a promotion brings or takes back, as its page lists them.

Git's own log stands behind it, newest first, cut at the other version's commit. What came by a merge and is dated before
that commit is not listed: a page that asked for more would cost more than it tells.
"""

import re

from bot.core.gates.question import Question
from bot.core.observation.source import LoggedCommit
from bot.core.pages.collapsed import few
from bot.core.selection.candidates import complete
from bot.core.values.text import code, escape
from bot.core.values.version import Version
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

MOST_COMMITS = 20

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def wanted_logs(question: Question) -> frozenset[str]:
    """The commits whose log the page needs; none where there is nothing to compare, or nobody says where the source is."""
    newer, older, _ = _ends(question)
    known = newer.source_commit if newer and older and older.source_commit else None
    return frozenset({known}) if known and _OID.fullmatch(known) else frozenset()


def commit_list(question: Question) -> str:
    """The page's part about them, in Markdown; '' where it could say nothing."""
    newer, older, goes_back = _ends(question)
    if newer is None or older is None or newer.source_commit is None:
        return ""
    repository, shown = _repository(question), code(older.name)
    if older.source_commit is None:
        return f"Nobody can tell which commits came since {shown}: its image does not say what it was built from."
    if newer.source_commit == older.source_commit:
        return f"{shown} was built from the same commit."
    seen = question.state.source
    log = seen.logs.get(newer.source_commit) if seen else None
    if log is None:
        commit = reference(repository, newer.source_commit)
        return f"The commits that lead to {commit} cannot be read: is it there, and is the App installed on it?"
    oids = [commit.oid for commit in log]
    if older.source_commit not in oids:
        commit = reference(repository, older.source_commit)
        return f"{shown} was built from {commit}, which is not in the log of {code(newer.name)} (read {len(log)} deep)."
    return _listed(log[: oids.index(older.source_commit)], repository, older, goes_back=goes_back)


def reference(repository: str, commit: str) -> str:
    """A commit that GitHub makes a short link of. It is what an image says of itself, so it may be anything."""
    return f"{repository}@{commit}" if _OID.fullmatch(commit) else code(commit)


def _listed(commits: tuple[LoggedCommit, ...], repository: str, older: Version, *, goes_back: bool) -> str:
    title = "Takes back" if goes_back else "Brings"
    lines = [_line(commit, repository) for commit in commits]
    return f"**{title} what came since {code(older.name)}:**\n\n{few(lines, most=MOST_COMMITS)}"


def _line(commit: LoggedCommit, repository: str) -> str:
    """In code, a login mentions nobody, and a pull request is not told that it was mentioned."""
    number = f"#{commit.pull}" if commit.pull else ""
    headline = commit.headline.removesuffix(f"({number})") if number else commit.headline
    facts = [code(fact) for fact in (commit.author.login, number and f"{repository}{number}") if fact]
    return f"- {reference(repository, commit.oid)} {escape(headline)}{' — ' if facts else ''}{', '.join(facts)}"


def _ends(question: Question) -> tuple[Version | None, Version | None, bool]:
    """The newer version, the older one, and whether the promotion goes back; None where there is nothing to tell."""
    application, state, present = question.application, question.state, question.here.version
    if application.source is None or present is None:
        return None, None, False
    here = complete(application, state, present)
    if relation(application, state, version=question.version, to=present) is Comparison.OLDER:
        return here, question.version, True
    return question.version, here, False


def _repository(question: Question) -> str:
    source = question.application.source
    return source.repository if source else ""
