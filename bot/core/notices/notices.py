"""The notices that follow from one look at an application.

They describe the current state, not what changed: a process that remembers nothing produces the same notices again, and the
outbox recognises by their marks those it already has. If an answer comes and goes for one version, people hear of it once.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.core.gates.question import Purpose, Question
from bot.core.notices.occasions import answer_of, occasion_of
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Verdict
from bot.core.policy import Environment, Merge, Policy
from bot.core.selection.candidates import Choice
from bot.core.state import EnvironmentState, PastPromotion, State
from bot.core.values.notice import Notice, Occasion
from bot.core.values.text import plain

LATEST = timedelta(days=1)
"""What is older is no news: a bot that was down, or has just learned of a route, does not tell it."""

_ROLLBACK = "(rollback)"


def notices(policy: Policy, state: State, choices: Mapping[str, Choice], now: datetime) -> tuple[Notice, ...]:
    """Return every notice about this application's promotions, whether or not it was told before."""
    found: list[Notice] = []
    for name, choice in choices.items():
        environment, here = policy.environments[name], state.environments[name]
        if environment.notify:
            found += _ended(state, environment, here, now)
            found += _open(state, environment, here, choice, now)
    return tuple(found)


def _open(
    state: State, environment: Environment, here: EnvironmentState, choice: Choice, now: datetime
) -> Iterator[Notice]:
    promotion, question = here.promotion, choice.question
    if promotion is None or question is None or not choice.proposed or not question.version.is_same(promotion.version):
        return
    change = plain(promotion.pull.title)
    subject = _Subject(state, environment, promotion.pull.number, change)
    if now - promotion.pull.created_at < LATEST:
        yield from subject.notices(Occasion.OPENED, "opened", _opening(question), at=promotion.pull.created_at)
    verdict, version = answer_of(choice.verdicts), question.version.name
    if verdict is None:
        if environment.merge is Merge.MANUAL:
            mark = f"waits:{version}:merge"
            yield from subject.notices(Occasion.WAITS, mark, "Every gate passes. A person merges it.", at=now)
        return
    occasion = occasion_of(verdict)
    if occasion is not None:
        mark = f"{occasion}:{version}:{verdict.gate}:{verdict.code}"
        yield from subject.notices(occasion, mark, _sentence(verdict), at=now, who=verdict.who)


def _opening(question: Question) -> str:
    by = f" {question.request.by} asked for it." if question.request and question.request.by else ""
    verb = "Takes it back" if question.purpose is Purpose.ROLLBACK else "Opened"
    return f"{verb}.{by}"


def _ended(state: State, environment: Environment, here: EnvironmentState, now: datetime) -> Iterator[Notice]:
    for past in here.past:
        if past.merged and now - past.closed_at < LATEST:
            subject = _Subject(state, environment, past.number, _change(state, environment, past))
            back = past.page is not None and past.page.title.endswith(_ROLLBACK)
            occasion = Occasion.ROLLED_BACK if back else Occasion.MERGED
            by = f" by {past.ended_by.login}" if past.ended_by and past.ended_by.login else ""
            yield from subject.notices(occasion, "merged", f"Merged{by}.", at=past.closed_at)


def _change(state: State, environment: Environment, past: PastPromotion) -> str:
    if past.page is not None:
        return plain(past.page.title)
    version = past.version.name if past.version else "a version"
    return f"{environment.name}: {state.application} → {version}"


def _sentence(verdict: Verdict) -> str:
    sentence = plain_sentence(verdict)
    return f"{verdict.gate.capitalize()}: {sentence}."


class _Subject:
    """A promotion, and who wants to hear of it."""

    def __init__(self, state: State, environment: Environment, number: int, change: str) -> None:
        self._state, self._environment = state, environment
        self._number, self._change = number, change

    def notices(
        self, occasion: Occasion, mark: str, said: str, *, at: datetime, who: tuple[str, ...] = ()
    ) -> Iterator[Notice]:
        """Yield one for each sink that the policy names for this occasion."""
        sinks = dict.fromkeys(
            sink for route in self._environment.notify if occasion in route.about for sink in route.to
        )
        words = ", or ".join(who)
        for sink in sinks:
            yield Notice(
                sink=sink,
                occasion=occasion,
                mark=mark,
                repository=self._state.repository.name,
                number=self._number,
                application=self._state.application,
                environment=self._environment.name,
                change=self._change,
                said=said,
                at=at,
                who=words,
            )
