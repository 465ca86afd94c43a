"""Which environments there are, what they are called, and in which order versions pass them.

`prod` and `production` are one environment, called as most paths call it. The order follows the tools that have one (Kargo),
else the usual order of the words; environments of one stage, such as `prod-eu` and `prod-us`, follow the same ones side by
side.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.detection.applications.grouping import valid_name
from bot.detection.environments.spots import Spot
from bot.detection.environments.stages import PRODUCTION, Stage, stage_of
from bot.detection.reading.evidence import Step

REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment. after: the environments whose versions it takes; none for the registry.

    is_manual: a person opens its promotions. soak: as the policy writes it. is_sure: the order follows from a tool or from
    words.
    """

    name: str
    stage: Stage
    after: tuple[str, ...] = ()
    is_manual: bool = False
    soak: str = ""
    is_sure: bool = True


def named(found: Iterable[Spot]) -> Mapping[str, str]:
    """Return spelling → the name of the environment that is meant. found: every place that names one."""
    spellings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for spot in found:
        spellings[spot.stage.kind, spot.stage.region][spot.environment] += 1
    names: dict[str, str] = {}
    for counted in spellings.values():
        first = counted.most_common(1)[0][0]
        name = valid_name(first)
        if name in set(names.values()) | {REGISTRY}:
            name = valid_name(f"{name}-2")
        names |= dict.fromkeys(counted, name)
    return names


def ordered(names: Iterable[str], steps: Sequence[Step]) -> tuple[Environment, ...]:
    """Return the environments in the order of their versions. steps: as a tool orders them, if one does."""
    known = sorted({name: stage_of(name) for name in names}.items(), key=_usual)
    told = {valid_name(step.name): step for step in steps}
    if known and all(name in told for name, _ in known):
        return _as_told(dict(known), told)
    main = [(name, stage) for name, stage in known if stage.rank is not None and not stage.is_side]
    return tuple(_as_usual(name, stage, main, known) for name, stage in known)


def _usual(known: tuple[str, Stage]) -> tuple[int, bool, str]:
    name, stage = known
    return (PRODUCTION + 1 if stage.rank is None else stage.rank, stage.is_side, name)


def _as_told(known: Mapping[str, Stage], told: Mapping[str, Step]) -> tuple[Environment, ...]:
    made: dict[str, Environment] = {}
    waiting = dict(known)
    while waiting:
        ready = [name for name in waiting if {valid_name(each) for each in told[name].after} <= made.keys()] or list(
            waiting
        )[:1]
        for name in ready:
            step, stage = told[name], waiting.pop(name)
            after = tuple(valid_name(each) for each in step.after if valid_name(each) in made)
            made[name] = Environment(name, stage, after, is_manual=not step.automatic, soak=step.soak if after else "")
    return tuple(made.values())


def _as_usual(
    name: str, stage: Stage, main: Sequence[tuple[str, Stage]], known: Sequence[tuple[str, Stage]]
) -> Environment:
    made = Environment(name, stage, is_manual=stage.is_production and len(known) > 1)
    if stage.rank is None:
        return replace(made, is_sure=len(known) == 1)
    before = [each for each in main if each[0] != name and (each[1].rank or 0) < stage.rank]
    if not before:
        return replace(made, is_sure=not stage.is_side)
    last = max(each[1].rank or 0 for each in before)
    near = [each for each in before if (each[1].rank or 0) == last]
    alike = [each for each in near if each[1].region == stage.region]
    return replace(made, after=tuple(each for each, _ in alike or near), is_sure=not stage.is_side)
