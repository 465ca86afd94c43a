"""Which deployments GitHub should show, and in which state.

| the environment holds the promotion's version | health reports              | state         |
|-----------------------------------------------|-----------------------------|---------------|
| no longer                                     |                             | `inactive`    |
| yes                                           | none is configured          | `success`     |
| yes                                           | none has come yet           | `queued`      |
| yes                                           | one failed                  | `failure`     |
| yes                                           | all report success          | `success`     |
| yes                                           | some have come, none failed | `in_progress` |

Without a health report, the bot does not know whether a version runs. `success` then only means merged, and the description
says so. They describe the current state, as notices do: a process that remembers nothing wants the same again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.history.periods import newest_report, periods_of
from bot.core.observation.commits import Outcome, Report
from bot.core.policy import Application, Environment, Mode, Policy
from bot.core.policy.deployments import DeployedTo, Deployments
from bot.core.selection.possible import complete
from bot.core.state import Arrival, EnvironmentState, State
from bot.core.values.deployment import LONGEST_DESCRIPTION, Deployment, DeploymentPlace, DeploymentState
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

LATEST = timedelta(days=1)
"""What changed earlier is left as it is: when a policy gets the key `deployments`, none is created for the past."""


def wanted(policy: Policy, state: State, now: datetime) -> tuple[Deployment, ...]:
    """Return the deployments of this application that changed lately."""
    application = policy.applications[state.application]
    found: list[Deployment] = []
    for environment in policy.environments.values():
        here = state.environments[environment.name]
        if environment.deployments is None or policy.mode_of(application, environment) is Mode.OBSERVE:
            continue
        subject = _Subject(policy, state, application, environment, environment.deployments)
        for position, arrival in enumerate(here.arrivals):
            number = _promotion_of(here, arrival)
            if number is not None and arrival.version is not None:
                later = here.arrivals[position - 1] if position else None
                found += subject.deployments(here, arrival, number=number, later=later, now=now)
    return tuple(found)


def health_contexts(policy: Policy, environment: Environment, application: str) -> tuple[str, ...]:
    """Return the reports that tell how a version is doing in an environment: its own, or those that later ones wait for."""
    own = environment.deployments.health if environment.deployments else ()
    later = (
        template
        for each in policy.environments.values()
        if environment.name in each.origin.environments
        for template in each.gates.health
    )
    return tuple(
        dict.fromkeys(
            template.replace("{application}", application).replace("{environment}", environment.name)
            for template in (own or later)
        )
    )


def _promotion_of(here: EnvironmentState, arrival: Arrival) -> int | None:
    """Return the number of the promotion that brought a version; None where something else did."""
    if arrival.promotion and arrival.pull is not None:
        return arrival.pull
    return next((past.number for past in here.past if past.merged and past.merge_oid == arrival.commit), None)


class _Subject:
    """An application in an environment that shows deployments."""

    def __init__(
        self,
        policy: Policy,
        state: State,
        application: Application,
        environment: Environment,
        rules: Deployments,
    ) -> None:
        self._policy, self._state, self._application = policy, state, application
        self._environment, self._rules = environment, rules
        self._contexts = health_contexts(policy, environment, application.name)

    def deployments(
        self, here: EnvironmentState, arrival: Arrival, *, number: int, later: Arrival | None, now: datetime
    ) -> Iterator[Deployment]:
        """Yield one for each repository that the policy names, unless it is older than `LATEST`."""
        reports = () if later else self._reports(here, arrival)
        times = [arrival.at, *([later.at] if later else []), *(each.at for each in reports if each and each.at)]
        if now - max(times) >= LATEST:
            return
        state, description = (
            (DeploymentState.INACTIVE, self._left(arrival, later)) if later else self._standing(reports)
        )
        version = complete(self._application, self._state, arrival.version) if arrival.version else None
        for kind in dict.fromkeys(self._rules.commits):
            repository = self._repository(kind)
            if version is not None and repository:
                commit = arrival.commit if kind is DeployedTo.MANIFESTS else version.source_commit
                yield Deployment(
                    place=DeploymentPlace(
                        repository, self._filled(self._rules.environment), f"deploy:{self._application.name}"
                    ),
                    commit=commit or "",
                    name=self._environment.name,
                    number=number,
                    state=state,
                    description=f"{self._application.name} {version.name}: {description}"[:LONGEST_DESCRIPTION],
                    url=self._filled(self._rules.url or ""),
                    production=self._is_production(),
                )

    def _reports(self, here: EnvironmentState, arrival: Arrival) -> tuple[Report | None, ...]:
        """Return the newest report of each context since the version came. Only called for the present version."""
        times = periods_of(self._state, here, arrival.version) if arrival.version else ()
        return tuple(newest_report(times[0], context) if times else None for context in self._contexts)

    def _standing(self, reports: tuple[Report | None, ...]) -> tuple[DeploymentState, str]:
        if not self._contexts:
            return DeploymentState.SUCCESS, "merged; no health report is configured"
        outcomes = {report.outcome if report else None for report in reports}
        if Outcome.FAILURE in outcomes:
            return DeploymentState.FAILURE, "a health report failed"
        if outcomes == {Outcome.SUCCESS}:
            return DeploymentState.SUCCESS, "healthy"
        if outcomes == {None}:
            return DeploymentState.QUEUED, "merged; waiting for a health report"
        return DeploymentState.IN_PROGRESS, "waiting for every health report to succeed"

    def _repository(self, kind: DeployedTo) -> str:
        if kind is DeployedTo.MANIFESTS:
            return self._state.repository.name
        return self._application.source.repository if self._application.source else ""

    def _is_production(self) -> bool:
        if self._rules.production is not None:
            return self._rules.production
        return all(
            self._environment.name not in each.origin.environments for each in self._policy.environments.values()
        )

    def _filled(self, template: str) -> str:
        words = (("{application}", self._application.name), ("{environment}", self._environment.name))
        for word, value in words:
            template = template.replace(word, value)
        return template

    def _left(self, arrival: Arrival, later: Arrival) -> str:
        """Return what came after it, and with which pull request."""
        came = f" with {self._state.repository.name}#{later.pull}" if later.pull else ""
        if later.version is None or arrival.version is None:
            return f"replaced by another version{came}"
        compared = relation(self._application, self._state, version=later.version, to=arrival.version)
        verb = "rolled back to" if compared is Comparison.OLDER else "replaced by"
        return f"{verb} {later.version.name}{came}"
