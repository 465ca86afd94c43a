"""Which applications of a large repository may show a deployment that is no longer true?

They are only glanced at while nothing else of them changes, and a glance sees no past promotion. So these get a look of
their own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.deployments.wanted import LATEST, health_contexts
from bot.core.observation.commits import Outcome, Report
from bot.core.observation.promotion_branches import place_on
from bot.core.observation.pull_request import EndedPull
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy


def deployed(ended: Iterable[EndedPull], policy: Policy) -> Mapping[str, datetime]:
    """Return when the newest promotion of each application merged into an environment that shows deployments."""
    found: dict[str, datetime] = {}
    for pull in ended:
        place = place_on(pull.branch)
        if place is None or not pull.merged:
            continue
        environment, application = policy.renames.place(place)
        own = policy.of(application).environments if application in policy.applications else {}
        if environment in own and own[environment].deployments is not None:
            found[application] = max(found.get(application, pull.closed_at), pull.closed_at)
    return found


def changed_lately(found: Mapping[str, datetime], sweep: Sweep, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return those that merged within the last day, or whose health was reported within it; the newest promotion first."""
    reports = _newest_reports(sweep)

    def newest(application: str) -> datetime:
        told = (reports[context].at for context in _contexts(policy, application) if context in reports)
        return max((found[application], *filter(None, told)))

    return tuple(
        application
        for application in sorted(found, key=lambda name: found[name], reverse=True)
        if now - newest(application) < LATEST
    )


def failures(sweep: Sweep) -> frozenset[str]:
    """Return the names of the reports on the newest commits that say failure now."""
    return frozenset(each.name for each in _newest_reports(sweep).values() if each.outcome is Outcome.FAILURE)


def may_fail(policy: Policy, application: str, failing: frozenset[str]) -> bool:
    """Return whether one of these failures is about what an application shows as deployed."""
    return bool(failing) and not failing.isdisjoint(_contexts(policy, application))


def _newest_reports(sweep: Sweep) -> Mapping[str, Report]:
    """Return the reports by name, each as the newest of these commits has it."""
    return {each.name: each for commit in reversed(sweep.recent) for each in commit.reports}


def _contexts(policy: Policy, application: str) -> frozenset[str]:
    """Return the reports on the health of an application where it shows deployments."""
    own = policy.of(application)
    shown = (each for each in own.environments.values() if each.deployments is not None)
    return frozenset(context for each in shown for context in health_contexts(own, each, application))
