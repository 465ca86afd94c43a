"""health: the environment before reports that the version works there.

| policy     | newest report of each context, last time it was there   | verdict                    |
|------------|---------------------------------------------------------|----------------------------|
| no health  |                                                         | passed `no-health-wanted`  |
| contexts   | all succeeded                                           | passed `healthy`           |
| contexts   | one failed                                              | blocked `unhealthy`        |
| contexts   | GitHub has more reports on one of the commits           | blocked `health-unread`    |
| contexts   | one runs, or is missing                                 | waiting `health-unknown`   |
| contexts   | the application uses no environment before this one     | blocked `nowhere-healthy`  |

A report counts on the commit that brought the version and on every later one at which the environment still holds it.

Race accepted: of these, the commit that brought the version and the newest twenty of the default branch are read. A failure
that was reported on a commit between them is no longer seen.
"""

from bot.core.gates.question import Question, blocked, easiest, hardest, overriders, passed, waiting
from bot.core.history.periods import newest_report, periods_of
from bot.core.observation.commits import Outcome, Report
from bot.core.plan import Verdict
from bot.core.policy import OriginKind

NAME = "health"
SENTENCES = {
    "no-health-wanted": "not configured",
    "healthy": "{contexts:c} reports success for {version:c} in {environment:c}",
    "health-unknown": "waiting for {contexts:c} to report success for {version:c} in {environment:c}",
    "nowhere-healthy": "{application:c} uses no environment before {environment:c}, so nothing reports its health",
    "health-unread": "commit {commit:c} has more checks than the bot reads, and {contexts:c} may be among the others",
    "unhealthy": "{contexts:c} reports failure for {version:c} in {environment:c}[: {said}]",
}


def contexts(question: Question, upstream: str) -> tuple[str, ...]:
    """Return the names of the reports that tell how this application is doing in that environment."""
    return tuple(
        template.replace("{application}", question.application.name).replace("{environment}", upstream)
        for template in question.environment.gates.health
    )


def judge(question: Question) -> Verdict:
    """Ask every environment that this one follows."""
    if not question.environment.gates.health:
        return passed(NAME, "no-health-wanted")
    origin = question.environment.origin
    if not origin.environments:
        who = ("anyone who can change the policy", *overriders(question, NAME))
        names = {"application": question.application.name, "environment": question.environment.name}
        return blocked(NAME, "nowhere-healthy", names, who=who)
    answers = [ask(question, name) for name in origin.environments]
    return easiest(answers) if origin.kind is OriginKind.ANY else hardest(answers)


def ask(question: Question, upstream: str) -> Verdict:
    """Judge one environment alone."""
    times = periods_of(question.state, question.state.environments[upstream], question.version)
    newest: dict[str, Report | None] = {}
    for context in contexts(question, upstream):
        newest[context] = newest_report(times[0], context) if times else None
    failed = [name for name, report in newest.items() if report and report.outcome is Outcome.FAILURE]
    unknown = [name for name, report in newest.items() if report is None or report.outcome is Outcome.PENDING]
    facts = {"environment": upstream, "version": question.version.name}
    if failed:
        said = "; ".join(report.title for name in failed if (report := newest[name]) and report.title)
        who = (f"anyone who can fix {upstream}", *overriders(question, NAME))
        return blocked(NAME, "unhealthy", facts, who=who, contexts=", ".join(failed), said=said)
    unread = [commit for commit in (times[0].commits if times else ()) if not commit.reports_complete]
    if unread:
        who = ("anyone who can reduce the checks of the manifests repository", *overriders(question, NAME))
        names, commit = ", ".join(newest), unread[0].oid[:7]
        return blocked(NAME, "health-unread", facts, who=who, contexts=names, commit=commit)
    if unknown:
        return waiting(NAME, "health-unknown", facts, contexts=", ".join(unknown))
    return passed(NAME, "healthy", facts, contexts=", ".join(newest))
