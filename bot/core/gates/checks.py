"""checks: the check runs and statuses that the policy names have passed on the version's source commit.

| policy names | source commit | reports of each pattern | verdict                        |
|--------------|---------------|-------------------------|--------------------------------|
| none         |               |                         | passed `no-checks-wanted`      |
| some         | unknown       |                         | blocked `source-unknown`       |
| some         | known         | cannot be read          | blocked `source-unreadable`    |
| some         | known         | one failed              | blocked `checks-failed`        |
| some         | known         | GitHub has more of them | blocked `checks-unread`        |
| some         | known         | none, or one runs       | waiting `checks-pending`       |
| some         | known         | all succeeded           | passed `checks-passed`         |

Reports that were not read are in the way where one of them may be meant: of a pattern any, of a name one that is not
among those that were.
"""

from functools import partial

from bot.core.gates.question import Question, blocked, overriders, passed, waiting
from bot.core.observation.commits import Commit, Outcome
from bot.core.plan import Verdict
from bot.core.state import State
from bot.core.values.patterns import glob_matches
from bot.core.versions.source_details import check_names

NAME = "checks"
SENTENCES = {
    "no-checks-wanted": "not configured",
    "checks-passed": "{checks:c} passed on commit {commit:c} of {repository}",
    "checks-pending": "waiting for {checks:c} on commit {commit:c} of {repository}",
    "checks-failed": "{checks:c} failed on commit {commit:c} of {repository}",
    "checks-unread": "commit {commit:c} of {repository} has more checks than the bot can read, and {checks:c} may "
    "be among them",
    "source-unknown": "cannot tell which commit {version:c} was built from: {missing:c} is missing",
    "source-unreadable": "cannot read commit {commit:c} of {repository}: {why}",
}


def judge(question: Question) -> Verdict:
    """Look at the reports on the source commit."""
    wanted = question.environment.gates.checks
    if not wanted:
        return passed(NAME, "no-checks-wanted")
    application, oid = question.application, question.version.source_commit
    if application.source is None or oid is None:
        return blocked(
            NAME,
            "source-unknown",
            who=("the people who build the image", *overriders(question, NAME)),
            version=question.version.name,
            missing="source:"
            if application.source is None
            else "a whole commit id as org.opencontainers.image.revision",
        )
    source = question.state.source
    commit = source.commits.get(oid) if source is not None and source.readable else None
    repository = application.source.repository
    if commit is None:
        why, who = why_unread(question.state, repository)
        everybody = (who, *overriders(question, NAME))
        return blocked(NAME, "source-unreadable", who=everybody, commit=oid[:7], repository=repository, why=why)
    return _judge_reports(question, commit, repository)


def why_unread(state: State, repository: str) -> tuple[str, str]:
    """Return why a source repository cannot be read, and who can change that."""
    if state.source is None or state.source.allowed:
        why = "check that it exists and that the App is installed there"
        return why, f"an owner of {repository}, by installing the App there"
    ours, theirs = (name.partition("/")[0] for name in (state.repository.name, repository))
    why = f"this server is not allowed to read sources of {theirs} for policies of {ours}"
    return why, f"the people who run the bot, using `SOURCES_ALLOWED={ours}:{theirs}`"


def _judge_reports(question: Question, commit: Commit, repository: str) -> Verdict:
    wanted = question.environment.gates.checks
    named = partial(check_names, question.application, question.state, patterns=wanted)
    found = {pattern: [r for r in commit.reports if glob_matches(pattern, r.name)] for pattern in wanted}
    reports = [report for each in found.values() for report in each]
    failed = named(report for report in reports if report.outcome is Outcome.FAILURE)
    pending = named(report for report in reports if report.outcome is Outcome.PENDING)
    missing = [pattern for pattern, each in found.items() if not each]
    facts = {"commit": commit.oid[:7], "repository": repository}
    if failed:
        who = (f"anyone who can re-run it in {repository}", *overriders(question, NAME))
        return blocked(NAME, "checks-failed", facts, who=who, checks=", ".join(failed))
    unread = [pattern for pattern, each in found.items() if not each or "*" in pattern or "?" in pattern]
    if unread and not commit.reports_complete:
        who = (
            f"anyone who can reduce the checks of {repository}, or name them in the policy",
            *overriders(question, NAME),
        )
        return blocked(NAME, "checks-unread", facts, who=who, checks=", ".join(unread))
    if pending or missing:
        return waiting(NAME, "checks-pending", facts, checks=", ".join([*pending, *missing]))
    return passed(NAME, "checks-passed", facts, checks=", ".join(named(reports)))
