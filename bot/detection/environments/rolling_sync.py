"""The order in which an Argo CD ApplicationSet rolls out its environments, with its `RollingSync` strategy.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/
"""

from collections.abc import Iterable, Iterator, Sequence

from bot.detection.environments.stages import stage_of
from bot.detection.reading.evidence import Step
from bot.detection.reading.objects import Object, items_at, text_at

_NEVER = frozenset({"0", "0%"})
"""A `maxUpdate` with which a person syncs each application."""


def rolled_out(found: Iterable[Object]) -> tuple[Step, ...]:
    """Return the steps of the first such ApplicationSet, each environment after those of the step before."""
    for each in found:
        if (each.group, each.kind) == ("argoproj.io", "ApplicationSet"):
            steps = tuple(_steps(each.items("spec", "strategy", "rollingSync", "steps")))
            if steps:
                return steps
    return ()


def _steps(listed: Sequence[object]) -> Iterator[Step]:
    before: tuple[str, ...] = ()
    for each in listed:
        names = tuple(name for name in _names(each) if name not in before)
        automatic = text_at(each, "maxUpdate") not in _NEVER
        for name in names:
            yield Step(name, before, automatic=automatic and not stage_of(name).is_production)
        before = names or before


def _names(step: object) -> Iterator[str]:
    """Yield the values of the labels that a step selects."""
    for expression in items_at(step, "matchExpressions"):
        if text_at(expression, "operator") == "In":
            yield from (str(each) for each in items_at(expression, "values"))
