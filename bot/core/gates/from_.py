"""from: an environment that this one follows has the version, or left it for a newer one without rejecting it.

| there                              | rejected there | verdict                      |
|------------------------------------|----------------|------------------------------|
| (registry)                         |                | passed `from-registry`       |
| (registry), its commit is unreadable |              | blocked `paths-unreadable`   |
| now                                | no             | passed `is-there`            |
| before, left for a newer one       | no             | passed `was-there`           |
| before, left for an unplaced one   | no             | blocked `left-unplaced`      |
| before, and nothing can be read now| no             | waiting `not-there`          |
| never, and has a newer one         | no             | blocked `passed-over`        |
| never, and has no newer one        | no             | waiting `not-there`          |
| any                                | yes            | blocked `rejected-upstream`  |
| (no manifests in any of them)      |                | blocked `nowhere-before`     |

What it never had comes there by itself only while it has no newer one; one that is on its way there by name is waited for.
Of a list, the hardest answer counts; of `any`, the easiest.
"""

from bot.core.gates.question import Question, blocked, easiest, hardest, moment, overriders, passed, waiting
from bot.core.history.periods import periods_of
from bot.core.history.rejections import rejection_of
from bot.core.plan import Verdict
from bot.core.policy import Application, Environment, OriginKind
from bot.core.state import EnvironmentState
from bot.core.versions.newer import is_newer
from bot.core.versions.source_paths import paths_of
from bot.core.versions.tags import commit_of

NAME = "from"
SENTENCES = {
    "from-registry": "any version in the registry is allowed here",
    "paths-unreadable": "cannot read everything that commit {commit:c} of {repository} changes, so it is unknown "
    "whether source.paths makes it a version",
    "is-there": "{environment:c} has run it since {since}",
    "was-there": "{environment:c} ran it, then moved on to the newer {successor:c}",
    "not-there": "waiting for {environment:c}[, which runs {now:c}]",
    "passed-over": "{environment:c} runs the newer {now:c}, so {version:c} goes there only if requested by name",
    "left-unplaced": "{environment:c} replaced it with {successor:c}, which the order cannot place",
    "nowhere-before": "{application:c} has no manifests in any environment before {environment:c}; if that is intended, the "
    "policy says so with `false` for each of them",
    "rejected-upstream": "rejected in {environment:c}: {how}",
}


def judge(question: Question) -> Verdict:
    """Ask every environment that this one follows."""
    origin = question.environment.origin
    if origin.kind is OriginKind.NOWHERE:
        return nowhere_before(question.application, question.environment)
    if origin.kind is OriginKind.REGISTRY:
        return _from_registry(question)
    answers = [_ask(question, name) for name in origin.environments]
    return easiest(answers) if origin.kind is OriginKind.ANY else hardest(answers)


def nowhere_before(application: Application, environment: Environment) -> Verdict:
    """Say that the application is in none of the environments before this one, so that nothing was tested anywhere."""
    names = {"application": application.name, "environment": environment.name}
    return blocked(NAME, "nowhere-before", names, who=("anyone who can add its manifests, or change the policy",))


def _from_registry(question: Question) -> Verdict:
    """Judge a version from the registry. If the policy names paths, its commit counts only once its changes are known."""
    source, seen = question.application.source, question.state.source
    if source is not None and seen is not None and paths_of(question.application) is not None:
        commit = commit_of(question.application.versions, question.version.tag, seen.history)
        if commit is not None and seen.touched.get(commit, True) is None:
            who = (f"an owner of {source.repository}, by installing the App there", *overriders(question, NAME))
            return blocked(NAME, "paths-unreadable", who=who, commit=commit, repository=source.repository)
    return passed(NAME, "from-registry")


def _ask(question: Question, upstream: str) -> Verdict:
    there = question.state.environments[upstream]
    rejection = rejection_of(question.application, question.state, upstream, question.version)
    if rejection:
        return blocked(
            NAME,
            "rejected-upstream",
            who=(
                f"people who may promote to {question.environment.name}, with a newer version",
                *overriders(question, NAME),
            ),
            environment=upstream,
            how=rejection.how,
        )
    times = periods_of(question.state, there, question.version)
    if times and times[0].until is None:
        return passed(NAME, "is-there", environment=upstream, since=moment(times[0].since))
    successor = times[0].successor if times else None
    if successor is None:
        return _never_had(question, there)
    if is_newer(question.application, question.state, version=successor, than=question.version):
        return passed(NAME, "was-there", environment=upstream, successor=successor.name)
    return blocked(
        NAME,
        "left-unplaced",
        who=(f"people who may promote to {upstream}, by bringing it back", *overriders(question, NAME)),
        environment=upstream,
        successor=successor.name,
    )


def _never_had(question: Question, there: EnvironmentState) -> Verdict:
    """Judge a version that the environment never had, as far as anybody can see."""
    version, now = question.version, there.version
    facts = {"environment": there.name, "now": now.name if now else ""}
    coming = there.promotion is not None and version.is_same(there.promotion.version)
    if coming or now is None or not is_newer(question.application, question.state, version=now, than=version):
        return waiting(NAME, "not-there", facts)
    by_name = f"/promote {there.name} {question.application.name}@{version.name}"
    who = (f"people who may promote to {there.name}, using `{by_name}`", *overriders(question, NAME))
    return blocked(NAME, "passed-over", facts, who=who, version=version.name)
