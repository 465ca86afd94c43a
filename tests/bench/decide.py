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

from bot.core.artifacts import Tags
from bot.core.decide import decide
from bot.core.observation import Outcome
from bot.core.plan import CheckOutcome, DescribePromotion, ReportCheck, WriteState
from bot.core.policy import Policy
from bot.core.records import read_records
from bot.core.state import EnvironmentState, State
from tests.bench.rows import Bound, Row
from tests.builders import (
    APP_ID,
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

NAMES = ("dev", "test", "staging", "canary", "prod")
RELEASES = 30
MANY = 10_000
TAGS = 2_000
PUSHES = count()
DOCUMENT = json.dumps(
    [{"number": number, "name": f"name {number}", "tags": ["a", "b", True]} for number in range(1700)]
)

SHOWN = {
    CheckOutcome.SUCCESS: Outcome.SUCCESS,
    CheckOutcome.RUNNING: Outcome.PENDING,
    CheckOutcome.ACTION_REQUIRED: Outcome.FAILURE,
}
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
    yield Row("decide, five environments, nothing new", _ms(idle), beside, idle / reference, Bound.AT_MOST, 0.4)
    yield Row("decide, five open promotions", _ms(busy), beside, busy / reference, Bound.AT_MOST, 2.5)
    yield Row("decide, 2,000 tags", _ms(listed), beside, listed / reference, Bound.AT_MOST, 0.6)
    yield Row("decide, 2,000 tags and one new", _ms(ranked), beside, ranked / reference, Bound.AT_MOST, 10.0)
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
    """The same once everything was written that the decision wants, but for what cannot happen at once: the merges."""
    plan = decide(world, rules, NOW)
    writes = [each for each in plan.actions if isinstance(each, WriteState)]
    texts = {name: text for each in writes for name, text in each.files.items() if text is not None}
    pages = {each.number: each for each in plan.actions if isinstance(each, DescribePromotion)}
    checks = {each.head_oid: each for each in plan.actions if isinstance(each, ReportCheck)}
    environments = {}
    for name, here in world.environments.items():
        assert here.promotion
        pull = here.promotion.pull
        check = checks[pull.head.oid]
        shown = SHOWN[check.outcome]
        ours = report(check.name, shown, check.title, app_id=APP_ID, node_id="CR_1")
        page = pages[pull.number]
        described = replace(pull, title=page.title, body=page.body, head=replace(pull.head, reports=(ours,)))
        environments[name] = replace(here, promotion=replace(here.promotion, pull=described))
    return replace(world, environments=environments, records=read_records(texts))


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
            f"v1.{newest + 1}.0", environment=name, reviews=(review("bob"),), number=promoted, head=head, is_draft=True
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
