"""The source commits that a promotion brings or takes back, as its page lists them.

They are Git's own log, newest first, cut at the other version's commit. Commits that a merge brought and that are dated
before that commit are not listed: asking for them would cost more than they tell.
"""

import re

from bot.core.gates.question import Question
from bot.core.observation.source import LoggedCommit
from bot.core.pages.parts.collapsed import few
from bot.core.selection.possible import complete
from bot.core.values.text import code, escape
from bot.core.values.version import Version
from bot.core.versions.newer import relation
from bot.core.versions.source_details import are_shown
from bot.core.versions.tags import Comparison

MOST_COMMITS = 20

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def wanted_logs(question: Question) -> frozenset[str]:
    """Return the commits whose log the page needs; none if there is nothing to compare, or the source is unknown."""
    newer, older, _ = _ends(question)
    known = newer.source_commit if newer and older and older.source_commit else None
    return frozenset({known}) if known and _OID.fullmatch(known) else frozenset()


def commit_list(question: Question) -> str:
    """Return the page's section about them, in Markdown; '' if it has nothing to say."""
    newer, older, goes_back = _ends(question)
    if newer is None or older is None or newer.source_commit is None:
        return ""
    repository, shown = source_name(question), code(older.name)
    if older.source_commit is None:
        return f"Cannot list the commits since {shown}: its image does not say what it was built from."
    if newer.source_commit == older.source_commit:
        return f"{shown} was built from the same commit."
    seen = question.state.source
    log = seen.logs.get(newer.source_commit) if seen else None
    if log is None:
        commit = reference(repository, newer.source_commit)
        return f"The commits up to {commit} cannot be read: check that it exists and that the App is installed there."
    oids = [commit.oid for commit in log]
    if older.source_commit not in oids:
        commit = reference(repository, older.source_commit)
        return f"{shown} was built from {commit}, which is not in the log of {code(newer.name)} (read {len(log)} deep)."
    shown_commits = log[: oids.index(older.source_commit)]
    if are_shown(question.application, question.state):
        lines = [_line(commit, repository) for commit in shown_commits]
    else:
        lines = [f"- {reference(repository, commit.oid)}" for commit in shown_commits]
    return _listed(lines, older, goes_back=goes_back)


def reference(repository: str, commit: str) -> str:
    """Return a commit that GitHub turns into a short link. An image says it of itself, so it may be anything."""
    return f"{repository}@{commit}" if _OID.fullmatch(commit) else code(commit)


def _listed(lines: list[str], older: Version, *, goes_back: bool) -> str:
    title = "Removed: the commits" if goes_back else "New commits"
    return f"**{title} since {code(older.name)}:**\n\n{few(lines, most=MOST_COMMITS)}"


def _line(commit: LoggedCommit, repository: str) -> str:
    """Return one commit. In code, a login mentions nobody, and a pull request is not told that it was mentioned."""
    number = f"#{commit.pull}" if commit.pull else ""
    headline = commit.headline.removesuffix(f"({number})") if number else commit.headline
    facts = [code(fact) for fact in (commit.author.login, number and f"{repository}{number}") if fact]
    return f"- {reference(repository, commit.oid)} {escape(headline)}{' — ' if facts else ''}{', '.join(facts)}"


def _ends(question: Question) -> tuple[Version | None, Version | None, bool]:
    """Return the newer version, the older one, and whether the promotion goes back; None if there is nothing to say."""
    application, state, present = question.application, question.state, question.here.version
    if application.source is None or present is None:
        return None, None, False
    here = complete(application, state, present)
    if relation(application, state, version=question.version, to=present) is Comparison.OLDER:
        return here, question.version, True
    return question.version, here, False


def source_name(question: Question) -> str:
    """Return the source repository by its present name, where that is known; '' where the policy names none."""
    source, seen = question.application.source, question.state.source
    return (seen.name if seen and seen.name else source.repository) if source else ""
