"""What a proposed policy would change if it were merged now: decided on what was last seen, shown, and never acted on.

Every application that was looked at is decided twice, under the present policy and under the proposed one. What would
need files, images or people that nobody has looked at yet is called unknown, not guessed: new applications and
environments, other places, other versions, checks and teams that nobody has asked about.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bot.core.decide import decisions
from bot.core.pages.parts.collapsed import SHOWN, few
from bot.core.pages.parts.verdicts import headline_line
from bot.core.plan import ClosePromotion, EnqueuePromotion, MergePromotion, OpenPromotion, UpdatePromotion
from bot.core.policy import Environment, Policy
from bot.core.promotion.steps import Decision
from bot.core.records.branch import Records
from bot.core.records.entries import Hold
from bot.core.repository.proposals.comparable import (
    chooses_alike,
    known_environments,
    looks_alike,
    shares_alike,
    stands_alike,
    unseen,
)
from bot.core.state import State, in_use
from bot.core.values.text import code

MOST_TRIED = 50
"""Applications that are decided; each takes a few milliseconds, in which nothing else happens."""

MOST_LINES = 50

EFFECTS = ("open", "change", "merge", "close")

FEW_NEW = 10

LATER = "looked at once this is merged"
SHARING = "files are shared with other applications than before, and a value with two owners is promoted for neither"

_PLACE = frozenset({"name", "path", "origin", "was", "gates"})


@dataclass(frozen=True, slots=True)
class Difference:
    """headline: such as `would open 2, merge 1, drop 1 hold`. page: the details, in Markdown."""

    headline: str
    page: str


@dataclass(slots=True)
class _Account:
    """What was found. counts: how often each effect follows. The others are lines of the page."""

    counts: Counter[str] = field(default_factory=Counter)
    rules: list[str] = field(default_factory=list)
    follows: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def effect(self, word: str, line: str) -> None:
        self.counts[word] += 1
        self.follows.append(line)


def difference(
    present: Policy,
    proposed: Policy,
    *,
    states: Mapping[str, State],
    records: Records,
    abandoned: tuple[ClosePromotion, ...],
    now: datetime,
) -> Difference:
    """Return what the proposed policy would change.

    states: application → as it was last seen. records: what people asked for. abandoned: the open promotions that the
    proposed policy no longer names.
    """
    account = _Account()
    known = known_environments(present, proposed)
    _tell_environments(present, proposed, known, account)
    _tell_applications(present, proposed, account)
    for pull in abandoned:
        account.effect("close", f"{code(f'#{pull.number}')} is closed: nothing is promoted there any longer")
    for line in _dropped_holds(present, proposed, records, now):
        account.effect("hold", line)
    trial = proposed.changed(environments=MappingProxyType({name: proposed.environments[name] for name in known}))
    concerned = [name for name in trial.applications if _concerns(present, trial, name)]
    seen = [
        name
        for name in concerned
        if name in states and present.of(name).environments.keys() <= states[name].environments.keys()
    ]
    for name in seen[:MOST_TRIED]:
        _try(present, trial, states[name], now, account)
    account.unknown += _rest([name for name in concerned if name not in seen], "not looked at since the bot started")
    account.unknown += _rest(seen[MOST_TRIED:], f"not tried, because there are more than {MOST_TRIED}")
    return Difference(_headline(account), _page(account))


def _tell_environments(present: Policy, proposed: Policy, known: tuple[str, ...], account: _Account) -> None:
    for name, environment in proposed.environments.items():
        before = present.environments.get(name)
        if name in known:
            changes = ", ".join(_changes(present.environments[name], environment))
            account.rules += [f"{code(name)}: {changes}"] if changes else []
        elif before is not None:
            what = "follows an environment that is new" if before.paths == environment.paths else "has a different path"
            account.unknown.append(f"{code(name)} {what}: {LATER}")
        elif environment.was in present.environments:
            account.unknown.append(f"{code(name)} is the new name of {code(environment.was or '')}: {LATER}")
        else:
            account.unknown.append(f"{code(name)} is new: {LATER}")
    renamed = proposed.renames.environments
    gone = [name for name in present.environments if name not in proposed.environments and name not in renamed]
    account.rules += [f"{code(name)} is removed" for name in gone]


def _changes(before: Environment, after: Environment) -> Iterator[str]:
    """Yield the keys that differ, gates first."""
    if before.origin != after.origin:
        yield f"{code('from')} changes"
    for name in type(before.gates).model_fields:
        old, new = getattr(before.gates, name), getattr(after.gates, name)
        if old != new:
            yield f"{code(name)} {'is removed' if not new else 'changes' if old else 'is added'}"
    for name, key in type(before).model_fields.items():
        if name not in _PLACE and getattr(before, name) != getattr(after, name):
            yield f"{code(key.alias or name)} changes"


def _tell_applications(present: Policy, proposed: Policy, account: _Account) -> None:
    new: list[str] = []
    sharing: list[str] = []
    for name, application in proposed.applications.items():
        before = present.applications.get(name)
        if before is None and application.was in present.applications:
            account.unknown.append(f"{code(name)} is the new name of {code(application.was or '')}: {LATER}")
        elif before is None:
            new.append(name)
        elif not chooses_alike(before, application):
            account.unknown.append(f"{code(name)} takes its versions from another source, or by other rules: {LATER}")
        elif not stands_alike(present, proposed, name):
            account.unknown.append(f"{code(name)} is written at different places in some environments: {LATER}")
        elif not shares_alike(present, proposed, name):
            sharing.append(name)
    account.unknown += _rest(sharing, f"{SHARING}: {LATER}")
    if len(new) > FEW_NEW:
        account.unknown += _rest(new, f"{len(new)} applications are new: {LATER}")
    else:
        account.unknown += [f"{code(name)} is new: {LATER}" for name in new]
    renamed = proposed.renames.applications
    gone = [name for name in present.applications if name not in proposed.applications and name not in renamed]
    account.rules += [f"{code(name)} is removed" for name in gone]


def _concerns(present: Policy, trial: Policy, name: str) -> bool:
    """Return whether something may be decided differently for this application, and enough was seen to say what."""
    if not looks_alike(present, trial, name):
        return False
    before, after = ((each.mode, each.applications[name], each.of(name).environments) for each in (present, trial))
    return before != after


def _dropped_holds(present: Policy, proposed: Policy, records: Records, now: datetime) -> Iterator[str]:
    """Yield the holds on a place that the proposed policy does not name, not even by another name."""
    renames = proposed.renames
    for where, kept in records.environments.items():
        gone = where in present.environments and renames.environment(where) not in proposed.environments
        for hold in kept.holds:
            what = hold.application
            lost = gone or (what is not None and renames.application(what) not in proposed.applications)
            if lost and hold.lasts(now):
                yield f"{_hold(hold, where)} would no longer apply"


def _hold(hold: Hold, where: str) -> str:
    what = f"{code(hold.application)} in " if hold.application else ""
    return f"the hold on {what}{code(where)} by {code(hold.by)}"


def _try(present: Policy, trial: Policy, state: State, now: datetime, account: _Account) -> None:
    """Decide both ways, and record what would be done only under the proposed policy."""
    application = trial.applications[state.application]
    before, after = decisions(state, present, now), decisions(state, trial, now)
    for name, environment in in_use(trial, state).environments.items():
        place = f"{code(application.name)} in {code(name)}"
        missing = unseen(present, environment, application, state)
        if missing or name not in before:
            account.unknown.append(f"{place}: {missing or 'it is used from then on'}: {LATER}")
            continue
        old, new = _effects(before[name]), _effects(after[name])
        for word in new.keys() - old.keys():
            account.effect(word, f"{place}: {new[word]}")
        account.follows += [f"{place}: no longer {old[word]}" for word in old.keys() - new.keys()]
        promotion, headline = state.environments[name].promotion, headline_line(after[name].choice.verdicts)
        if promotion and new == old and headline != headline_line(before[name].choice.verdicts):
            account.follows.append(f"{place}: {code(f'#{promotion.pull.number}')} would then say: {headline}")


def _effects(decision: Decision) -> Mapping[str, str]:
    """Return what would be done to its promotion, by the word it is counted under."""
    found: dict[str, str] = {}
    version = code(decision.choice.question.version.name) if decision.choice.question else ""
    for action in decision.actions:
        match action:
            case OpenPromotion():
                found["open"] = f"opens a promotion to {version}"
            case UpdatePromotion(number=number):
                found["change"] = f"rebuilds {code(f'#{number}')} with {version}"
            case MergePromotion(number=number) | EnqueuePromotion(number=number):
                found["merge"] = f"merges {code(f'#{number}')}, which promotes {version}"
            case ClosePromotion(number=number):
                found["close"] = f"closes {code(f'#{number}')}"
    return found


def _rest(names: list[str], why: str) -> tuple[str, ...]:
    """Return one line for all of them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (f"{', '.join(map(code, names[:SHOWN]))}{more}: {why}",) if names else ()


def _headline(account: _Account) -> str:
    counts = [f"{word} {account.counts[word]}" for word in EFFECTS if account.counts[word]]
    holds = account.counts["hold"]
    counts += [f"drop {holds} hold{'s' if holds > 1 else ''}"] if holds else []
    known = f"would {', '.join(counts)}" if counts else "no promotion or hold would change"
    return f"{known}; not everything is known yet" if account.unknown else known


def _page(account: _Account) -> str:
    """Return the page as of the moment it was judged: nobody rewrites it when the world moves on."""
    parts = [
        ("What changes in the policy", account.rules),
        ("What the bot would do if this merged now", account.follows),
        ("What is not known until then", account.unknown),
    ]
    told = [
        f"**{title}:**\n\n{few([f'- {line}' for line in lines], most=MOST_LINES)}" for title, lines in parts if lines
    ]
    return "\n\n".join(told or ["This changes nothing that the bot does."])
