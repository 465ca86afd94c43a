"""Worlds for the invariants: policies, states and comments as Hypothesis makes them, hostile words wherever others write."""

from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as some

from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import Mergeable, ReviewState
from bot.core.observation.repository import Protection
from bot.core.policy import Environment, Policy
from bot.core.records.branch import Records
from bot.core.records.entries import RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState, Promotion, State
from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.core.values.version import Version
from tests.builders import (
    APP_ID,
    NOW,
    WEB,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    comment,
    commit,
    digest,
    environment,
    environment_state,
    hold,
    oid,
    past,
    place,
    policy,
    promotion,
    refusal,
    rejection,
    report,
    repository,
    request,
    review,
    source,
    state,
)

HOSTILE = "@evil fixes #666 `x|y` <b>"
NAMES = ("dev", "staging", "prod", "eu")
TAGS = ("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0")
STRANGE = (*TAGS, *TAGS, *TAGS, "debug", "x@evil#666`")
PEOPLE = ("alice", "bob", "carol", "dave")
AGES = some.integers(0, 300).map(lambda minutes: ago(minutes=minutes))
OUTCOMES = some.sampled_from([Outcome.SUCCESS, Outcome.SUCCESS, *Outcome])
LINES = (
    "/promote {env}",
    "/promote {env} web@v1.2.0",
    "/promote {env} web@v9",
    "/rollback {env}",
    "/rollback {env} web@v1.1.0",
    "/why",
    "/why {env}",
    "/promote nowhere @evil",
    "/promote `#666",
    "/help",
    HOSTILE,
)


# Strategies are kept by what they choose from: to make and validate them anew took half of each example's time.


@cache
def _of(*values: Any) -> Any:
    """One of these."""
    return some.sampled_from(values)


@cache
def _number(least: int, most: int) -> Any:
    return some.integers(least, most)


@cache
def _few(strategy: Any, *, least: int = 0, most: int, unique: bool = False) -> Any:
    return some.lists(strategy, min_size=least, max_size=most, unique=unique)


@cache
def _set(strategy: Any, most: int | None = None) -> Any:
    return some.sets(strategy, max_size=most)


@cache
def _maybe(strategy: Any, otherwise: Any = None) -> Any:
    return some.one_of(some.just(otherwise), strategy)


@cache
def _seldom(strategy: Any, otherwise: Any) -> Any:
    """One time in six."""
    return _number(0, 5).flatmap(lambda number: strategy if number == 5 else some.just(otherwise))


ROLLBACKS = some.sampled_from([{}, {"approvals": 0}, {"approvals": 1}, {"bypass": True}])
LIMITS = _maybe(some.just({"merges": 1, "per": "1h"}))
RECENT = _number(1, 100).map(lambda minutes: ago(minutes=minutes))
REQUESTS = _maybe(
    some.builds(request, _of(*TAGS), some.sampled_from(RequestKind), by=_of(*PEOPLE), at=RECENT, named=some.booleans())
)
REJECTIONS = some.lists(some.builds(rejection, _of(*TAGS), at=RECENT), max_size=1)
HELD = _seldom(some.just((hold(reason=HOSTILE, until=NOW + timedelta(hours=1)),)), ())
PAST = some.lists(some.builds(past, _of(*TAGS), at=AGES), max_size=1)


@some.composite
def gates(draw: Any, *, follows: bool) -> dict[str, Any]:
    """The gates of one environment, few at a time."""
    possible: dict[str, Any] = {
        "checks": ["build", HOSTILE],
        "approvals": {"count": 1, "from": ["write"]},
        "windows": [{"days": "wed"}],
        "freezes": [{"from": "2026-03-02", "to": "2026-03-04", "reason": HOSTILE}],
    }
    if follows:
        possible |= {"soak": "30m", "health": ["argocd/{application}-{environment}"]}
    chosen = draw(_set(_of(*sorted(possible)), 2))
    return {key: possible[key] for key in chosen}


@cache
def _gates(follows: bool) -> Any:  # noqa: FBT001 -- a key
    return gates(follows=follows)


@some.composite
def policies(draw: Any) -> Policy:
    """One to four environments, each of which follows the registry or earlier ones."""
    made: list[Environment] = []
    for name in NAMES[: draw(_number(1, 4))]:
        before = [each.name for each in made]
        origin = draw(some.sampled_from(["registry", *before, *([before, {"any": before}] if len(before) > 1 else [])]))
        fields = {
            "gates": draw(_gates(origin != "registry")),
            "promote": draw(_of("auto", "auto", "manual")),
            "merge": draw(_of("auto", "auto", "manual")),
            "pace": draw(_of("soaked", "latest", "one-at-a-time")),
            "update": draw(_of("until-approved", "always")),
            "rollback": draw(ROLLBACKS),
            "mode": draw(_of(*["active"] * 7, "observe")),
            "limit": draw(LIMITS),
        }
        made.append(environment(name, origin, **fields))
    write = draw(_of("tag", "tag+digest", "digest"))
    app = application(
        source="acme/web",
        versions={"semver": draw(_of("*", ">=1.1.0")), "write": write},
        mode=draw(_of(*["active"] * 7, "observe")),
    )
    return policy(*made, applications=[app], mode=draw(_of(*["active"] * 9, "observe")))


@some.composite
def versions(draw: Any) -> Version:
    """With a digest or without; most of them with the one that the registry has."""
    tag = draw(_of(*STRANGE))
    known = draw(_of(None, f"{WEB}:{tag}", f"{WEB}:{tag}", "moved"))
    return Version(tag, ((WEB, digest(known)),) if known else ())


VERSIONS = versions()
ONE_VERSION = VERSIONS.flatmap(lambda each: _seldom(some.none(), each))
"""Seldom none."""


@some.composite
def promotions(draw: Any, name: str) -> Promotion:
    """As people and GitHub may have left it."""
    own = report("gitops/promotion", draw(OUTCOMES), "a title", app_id=APP_ID, node_id="CR_1")
    reports = draw(_set(_of(own, report("ci", Outcome.FAILURE), report("ci")), 1))
    reviewers = draw(_few(_of(*PEOPLE), most=2, unique=True))
    reviews = [(review(login, draw(_of(*ReviewState)), at=draw(AGES)), draw(_maybe(VERSIONS))) for login in reviewers]
    return promotion(
        draw(ONE_VERSION),
        environment=name,
        reviews=reviews,
        strangers=draw(_seldom(_of((f"a change of {HOSTILE}",)), ())),
        node_id=f"PR_{name}",
        number=NAMES.index(name) + 10,
        head=commit(f"head of {name}", *reports),
        is_draft=draw(_seldom(_of(True), False)),
        mergeable=draw(_seldom(_of(*Mergeable), Mergeable.MERGEABLE)),
        merge_state=draw(_seldom(_of("BLOCKED", "BEHIND", "UNSTABLE"), "CLEAN")),
        review_decision=draw(_seldom(_of("APPROVED", "REVIEW_REQUIRED"), None)),
    )


@cache
def _promotions(name: str) -> Any:
    return promotions(name)


@some.composite
def environments(draw: Any, name: str) -> EnvironmentState:
    """Generate environments: their files, their history and their open promotions."""
    had = draw(_few(ONE_VERSION, most=4))
    times = sorted(draw(_few(AGES, least=len(had), most=len(had), unique=True)), reverse=True)
    arrivals = tuple(
        arrival(version=each, tag=None, at=at, commit=oid(f"{name} {at}")) for each, at in zip(had, times, strict=True)
    )
    present = had[0] if had else draw(VERSIONS)
    path = f"envs/{name}/web/deployment.yaml"
    places = (
        (place(present.tag, path=path, digest=present.digest(WEB)),)
        if present
        else draw(_of((), (place("v1", path=path), place("v2", path=path))))
    )
    opened = draw(_maybe(_promotions(name)))
    return environment_state(
        name,
        None,
        version=present,
        places=places,
        arrivals=arrivals,
        promotion=opened,
        branch_oid=opened.pull.head.oid if opened else draw(_maybe(_of(oid("left")))),
        past=tuple(draw(PAST)),
        refusals=draw(_seldom(_of((refusal(f"{HOSTILE}.yaml"),)), ())),
    )


@some.composite
def all_records(draw: Any, names: tuple[str, ...]) -> Records:
    """Holds, requests, rejections and digests; now and then a file that cannot be read."""
    kept = {}
    for name in draw(_set(_of(*names, "all"))):
        requests, rejections = draw(REQUESTS), draw(REJECTIONS)
        kept[name] = EnvironmentRecords(
            holds=draw(HELD),
            requests={"web": requests} if requests else {},
            rejected={"web": tuple(rejections)} if rejections else {},
        )
    unreadable = frozenset(draw(_set(_of(*names), 1))) if draw(_number(0, 9)) == 0 else ()
    readable = {name: each for name, each in kept.items() if name not in unreadable}
    return Records(
        environments=readable, problem=f"unreadable: {HOSTILE}" if unreadable else "", unreadable=frozenset(unreadable)
    )


@cache
def _environments(name: str) -> Any:
    return environments(name)


@cache
def _all_records(names: tuple[str, ...]) -> Any:
    return all_records(names)


POLICIES = policies()


@some.composite
def worlds(draw: Any) -> tuple[Policy, State]:
    """A policy, and a State that it is followed in."""
    rules = draw(POLICIES)
    names = tuple(rules.environments)
    silent = Unanswered(WEB, HOSTILE)
    answers: Any = {}
    for tag in (*STRANGE, "v9"):
        kind = draw(_of(*["there"] * 6, "missing", "silent", "nothing"))
        if kind == "there":
            answers |= artifacts(artifact(tag, revision=draw(_of(None, oid(tag), HOSTILE))))
        elif kind != "nothing":
            answers |= artifacts(Missing(WEB, tag) if kind == "missing" else Unanswered(WEB, HOSTILE, tag=tag))
    bodies = draw(_few(_of(*LINES), most=2))
    comments = tuple(
        comment(
            body.replace("{env}", draw(_of(*names))),
            draw(_of(*PEOPLE)),
            number=number,
            created_at=ago(minutes=draw(_number(0, 20))),
            promotion=draw(_maybe(_of((names[0], "web")))),
        )
        for number, body in enumerate(bodies)
    )
    builds = [commit(oid(tag), report("build", draw(OUTCOMES)), report(HOSTILE, draw(OUTCOMES))) for tag in TAGS]
    healths = [report(f"argocd/web-{name}", draw(OUTCOMES), HOSTILE) for name in names]
    return rules, state(
        *(draw(_environments(name)) for name in names),
        tags={WEB: draw(_seldom(_of(silent, Missing(WEB, None)), Tags(WEB, TAGS)))},
        artifacts=answers,
        source=draw(_maybe(some.just(source(*builds)))),
        recent=(commit("head", *healths),),
        records=draw(_all_records(names)),
        comments=comments,
        repository=repository(
            protection=Protection(
                required_checks=draw(_seldom(_of(frozenset({"ci", "gitops/promotion"})), frozenset())),
                merge_queue=draw(_seldom(_of(True), False)),
            )
        ),
    )
