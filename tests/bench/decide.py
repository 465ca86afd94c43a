"""`decide` for five environments, every gate asked: one pass's share of thinking.

Compared with reading a JSON document of 100 kB, which takes an ordinary core about a millisecond. First as most passes
are, with nothing new; then with a promotion open in every environment, so that five pages are composed to be compared with
what stands there; with 2,000 tags in the registry, ranked before and ranked anew; and once more in a policy of 10,000
applications, where it must not take longer.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from time import process_time  # noqa: TID251 -- a benchmark reads the real clock
from timeit import Timer

from bot.core.decide import decide
from bot.core.policy import Policy
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Tags
from tests.bench.rows import Bound, Row
from tests.builders import (
    NOW,
    WEB,
    YESTERDAY,
    application,
    arrival,
    artifact,
    commit,
    environment,
    environment_state,
    policy,
    promotion,
    report,
    review,
    source,
    state,
)
from tests.core.applied import applied

NAMES = ("dev", "test", "staging", "canary", "prod")
RELEASES = 30
MANY = 10_000
TAGS = 2_000
LONGEST = 5
PUSHES = count()
DOCUMENT = json.dumps(
    [{"number": number, "name": f"name {number}", "tags": ["a", "b", True]} for number in range(1700)]
)

GATES = {
    "soak": "30m",
    "health": ["argocd/{application}-{environment}"],
    "approvals": {"count": 1, "from": ["owners", "write"]},
    "windows": [{"days": "mon-fri", "hours": "09:00-16:00", "timezone": "Europe/Berlin"}],
    "freezes": [{"from": "2026-12-18", "to": "2027-01-04", "reason": "holidays"}],
}


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    quiet, alone, crowded = a_world(), a_policy(1), a_policy(MANY)
    open_ones = settled(a_world(promotions=True), alone)
    assert not decide(quiet, alone, NOW).actions
    assert not decide(open_ones, alone, NOW).actions
    most = 0.2 if quick else 1.0
    reference = _seconds(lambda: json.loads(DOCUMENT), most)
    beside = f"json.loads of 100 kB: {_ms(reference)}"
    idle = _seconds(lambda: decide(quiet, alone, NOW), most)
    busy = _seconds(lambda: decide(open_ones, alone, NOW), most)
    among = _seconds(lambda: decide(quiet, crowded, NOW), most)
    tagged = a_long_list(quiet)
    listed = _seconds(lambda: decide(tagged, alone, NOW), most)
    ranked = _seconds(lambda: decide(a_new_tag(tagged), alone, NOW), most)
    yield Row("decide, five environments, nothing new", _ms(idle), beside, idle / reference, Bound.AT_MOST, 0.6)
    yield Row("decide, five open promotions", _ms(busy), beside, busy / reference, Bound.AT_MOST, 3.5)
    yield Row("decide, 2,000 tags", _ms(listed), beside, listed / reference, Bound.AT_MOST, 0.8)
    yield Row("decide, 2,000 tags and one new", _ms(ranked), beside, ranked / reference, Bound.AT_MOST, 12.0)
    yield Row("decide among 10,000 applications", _ms(among), f"alone: {_ms(idle)}", among / idle, Bound.AT_MOST, 1.2)


def a_long_list(world: State) -> State:
    """Half of the tags are versions, older than what runs; the others are commits."""
    older = [f"v0.{number // 100}.{number % 100}" for number in range(TAGS // 2)]
    listed = (*older, *(f"sha-{number:07x}" for number in range(TAGS // 2)))
    return replace(world, tags={WEB: Tags(WEB, listed)})


def a_new_tag(world: State) -> State:
    """Another list each time, as after a push."""
    seen = world.tags[WEB]
    assert isinstance(seen, Tags)
    return replace(world, tags={WEB: Tags(WEB, (*seen.tags, f"v0.0.{next(PUSHES)}-rc.1"))})


def settled(world: State, rules: Policy) -> State:
    """The same once everything was written that the decisions want."""
    turn = 0
    while actions := decide(world, rules, NOW).actions:
        turn += 1
        assert turn < LONGEST, [type(each).__name__ for each in actions]
        world = applied(world, actions, turn)
    return world


def a_policy(applications: int) -> Policy:
    """Each environment follows the one before."""
    chain = [
        environment(name, NAMES[number - 1] if number else "registry", gates=GATES if number else {"checks": ["build"]})
        for number, name in enumerate(NAMES)
    ]
    others = [application(f"web-{number}") for number in range(1, applications)]
    web = application(
        "web", source="acme/web", owners=["@alice"], versions={"semver": ">=1.0.0", "write": "tag+digest"}
    )
    return policy(*chain, applications=[web, *others])


def a_world(*, promotions: bool = False) -> State:
    """Thirty releases, ten of them in each environment's history; every environment has the newest but one, or all have it."""
    commits = [commit(f"source {number}", report()) for number in range(RELEASES)]
    known = {
        (WEB, f"v1.{number}.0"): artifact(f"v1.{number}.0", revision=made.oid) for number, made in enumerate(commits)
    }
    newest = RELEASES - 2 if promotions else RELEASES - 1
    return state(
        *(_environment(name, newest, number if promotions else 0) for number, name in enumerate(NAMES, 1)),
        tags=tuple(tag for _, tag in known),
        artifacts=known,
        source=source(*commits),
        recent=tuple(commit(f"head {number}", report(f"argocd/web-{name}")) for number in range(4) for name in NAMES),
    )


def _environment(name: str, newest: int, promoted: int) -> EnvironmentState:
    """promoted: the number of the pull request that brings the next version, 0 for none."""
    arrivals = tuple(
        arrival(f"v1.{newest - age}.0", YESTERDAY - timedelta(days=age), commit=commit(f"{name} {age}").oid)
        for age in range(10)
    )
    opened = None
    if promoted:
        head = commit(f"promotion of {name}")
        opened = promotion(
            f"v1.{newest + 1}.0",
            environment=name,
            reviews=(review("bob"),),
            node_id=f"PR_{promoted}",
            number=promoted,
            head=head,
            is_draft=True,
        )
    return environment_state(name, f"v1.{newest}.0", arrivals=arrivals, promotion=opened)


def _seconds(work: Callable[[], object], most: float) -> float:
    """Of one call: the best of three, each repeated for a third of the time."""
    timer = Timer(work, timer=process_time)
    once = timer.timeit(10) / 10
    often = max(1, int(most / 3 / once))
    return min(timer.repeat(3, often)) / often


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
