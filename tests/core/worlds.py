"""Worlds for the invariants: policies, states and comments as Hypothesis makes them, hostile words wherever others write."""

from datetime import timedelta
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


def _maybe(strategy: Any, otherwise: Any = None) -> Any:
    return some.one_of(some.just(otherwise), strategy)


def _seldom(strategy: Any, otherwise: Any) -> Any:
    """One time in six."""
    return some.integers(0, 5).flatmap(lambda number: strategy if number == 5 else some.just(otherwise))


@some.composite
def gates(draw: Any, name: str, origin: object) -> dict[str, Any]:
    """The gates of one environment, few at a time."""
    possible: dict[str, Any] = {
        "checks": ["build", HOSTILE],
        "approvals": {"count": 1, "from": ["write"]},
        "windows": [{"days": "wed"}],
        "freezes": [{"from": "2026-03-02", "to": "2026-03-04", "reason": HOSTILE}],
    }
    if origin != "registry":
        possible |= {"soak": "30m", "health": ["argocd/{application}-{environment}"]}
    chosen = draw(some.sets(some.sampled_from(sorted(possible)), max_size=2))
    return {key: possible[key] for key in chosen}


@some.composite
def policies(draw: Any) -> Policy:
    """One to four environments, each of which follows the registry or earlier ones."""
    made: list[Environment] = []
    for name in NAMES[: draw(some.integers(1, 4))]:
        before = [each.name for each in made]
        origin = draw(some.sampled_from(["registry", *before, *([before, {"any": before}] if len(before) > 1 else [])]))
        fields = {
            "gates": draw(gates(name, origin)),
            "promote": draw(some.sampled_from(["auto", "auto", "manual"])),
            "merge": draw(some.sampled_from(["auto", "auto", "manual"])),
            "pace": draw(some.sampled_from(["soaked", "latest", "one-at-a-time"])),
            "update": draw(some.sampled_from(["until-approved", "always"])),
            "rollback": draw(some.sampled_from([{}, {"approvals": 0}, {"approvals": 1}, {"bypass": True}])),
            "mode": draw(some.sampled_from(["active"] * 7 + ["observe"])),
            "limit": draw(_maybe(some.just({"merges": 1, "per": "1h"}))),
        }
        made.append(environment(name, origin, **fields))
    write = draw(some.sampled_from(["tag", "tag+digest", "digest"]))
    app = application(
        source=draw(_maybe(some.just("acme/web"), "acme/web")),
        versions={"semver": draw(some.sampled_from(["*", ">=1.1.0"])), "write": write},
        mode=draw(some.sampled_from(["active"] * 7 + ["observe"])),
    )
    return policy(*made, applications=[app], mode=draw(some.sampled_from(["active"] * 9 + ["observe"])))


@some.composite
def versions(draw: Any) -> Version:
    """With a digest or without; most of them with the one that the registry has."""
    tag = draw(some.sampled_from(STRANGE))
    known = draw(some.sampled_from([None, f"{WEB}:{tag}", f"{WEB}:{tag}", "moved"]))
    return Version(tag, ((WEB, digest(known)),) if known else ())


@some.composite
def promotions(draw: Any, name: str) -> Promotion:
    """As people and GitHub may have left it."""
    own = report("gitops/promotion", draw(OUTCOMES), "a title", app_id=APP_ID, node_id="CR_1")
    reports = draw(some.sets(some.sampled_from([own, report("ci", Outcome.FAILURE), report("ci")]), max_size=1))
    reviewers = draw(some.lists(some.sampled_from(PEOPLE), max_size=2, unique=True))
    reviews = [
        (review(login, draw(some.sampled_from(ReviewState)), at=draw(AGES)), draw(_maybe(versions())))
        for login in reviewers
    ]
    return promotion(
        draw(versions().flatmap(lambda each: _seldom(some.none(), each))),
        environment=name,
        reviews=reviews,
        strangers=draw(_seldom(some.just((f"a change of {HOSTILE}",)), ())),
        node_id=f"PR_{name}",
        number=NAMES.index(name) + 10,
        head=commit(f"head of {name}", *reports),
        is_draft=draw(_seldom(some.just(True), False)),
        mergeable=draw(_seldom(some.sampled_from(Mergeable), Mergeable.MERGEABLE)),
        merge_state=draw(_seldom(some.sampled_from(["BLOCKED", "BEHIND", "UNSTABLE"]), "CLEAN")),
        review_decision=draw(_seldom(some.sampled_from(["APPROVED", "REVIEW_REQUIRED"]), None)),
    )


@some.composite
def environments(draw: Any, name: str) -> EnvironmentState:
    """What it holds, how that came, and what is open."""
    had = draw(some.lists(versions().flatmap(lambda each: _seldom(some.none(), each)), max_size=4))
    times = sorted(draw(some.lists(AGES, min_size=len(had), max_size=len(had), unique=True)), reverse=True)
    arrivals = tuple(
        arrival(version=each, tag=None, at=at, commit=oid(f"{name} {at}")) for each, at in zip(had, times, strict=True)
    )
    present = had[0] if had else draw(versions())
    path = f"envs/{name}/web/deployment.yaml"
    places = (
        (place(present.tag, path=path, digest=present.digest(WEB)),)
        if present
        else draw(some.sampled_from([(), (place("v1", path=path), place("v2", path=path))]))
    )
    opened = draw(_maybe(promotions(name)))
    return environment_state(
        name,
        None,
        version=present,
        places=places,
        arrivals=arrivals,
        promotion=opened,
        branch_oid=opened.pull.head.oid if opened else draw(_maybe(some.just(oid("left")))),
        past=tuple(draw(some.lists(some.builds(past, some.sampled_from(TAGS), at=AGES), max_size=1))),
        refusals=draw(_seldom(some.just((refusal(f"{HOSTILE}.yaml"),)), ())),
    )


@some.composite
def all_records(draw: Any, names: tuple[str, ...]) -> Records:
    """Holds, requests, rejections and digests; now and then a file that cannot be read."""
    ages = some.integers(1, 100).map(lambda minutes: ago(minutes=minutes))
    kept = {}
    for name in draw(some.sets(some.sampled_from((*names, "all")))):
        asked = some.builds(
            request,
            some.sampled_from(TAGS),
            some.sampled_from(RequestKind),
            by=some.sampled_from(PEOPLE),
            at=ages,
            named=some.booleans(),
        )
        requests = draw(_maybe(asked))
        rejections = draw(some.lists(some.builds(rejection, some.sampled_from(TAGS), at=ages), max_size=1))
        kept[name] = EnvironmentRecords(
            holds=draw(_seldom(some.just((hold(reason=HOSTILE, until=NOW + timedelta(hours=1)),)), ())),
            requests={"web": requests} if requests else {},
            rejected={"web": tuple(rejections)} if rejections else {},
        )
    unreadable = (
        frozenset(draw(some.sets(some.sampled_from(names), max_size=1))) if draw(some.integers(0, 9)) == 0 else ()
    )
    readable = {name: each for name, each in kept.items() if name not in unreadable}
    return Records(
        environments=readable, problem=f"unreadable: {HOSTILE}" if unreadable else "", unreadable=frozenset(unreadable)
    )


@some.composite
def worlds(draw: Any) -> tuple[Policy, State]:
    """A policy, and a State that it is followed in."""
    rules = draw(policies())
    names = tuple(rules.environments)
    silent = Unanswered(WEB, HOSTILE)
    answers: Any = {}
    for tag in (*STRANGE, "v9"):
        kind = draw(some.sampled_from(["there"] * 6 + ["missing", "silent", "nothing"]))
        if kind == "there":
            answers |= artifacts(artifact(tag, revision=draw(some.sampled_from([None, oid(tag), HOSTILE]))))
        elif kind != "nothing":
            answers |= artifacts(Missing(WEB, tag) if kind == "missing" else Unanswered(WEB, HOSTILE, tag=tag))
    bodies = draw(some.lists(some.sampled_from(LINES), max_size=2))
    comments = tuple(
        comment(
            body.replace("{env}", draw(some.sampled_from(names))),
            draw(some.sampled_from(PEOPLE)),
            number=number,
            created_at=ago(minutes=draw(some.integers(0, 20))),
            promotion=draw(_maybe(some.just((names[0], "web")))),
        )
        for number, body in enumerate(bodies)
    )
    builds = [commit(oid(tag), report("build", draw(OUTCOMES)), report(HOSTILE, draw(OUTCOMES))) for tag in TAGS]
    healths = [report(f"argocd/web-{name}", draw(OUTCOMES), HOSTILE) for name in names]
    return rules, state(
        *(draw(environments(name)) for name in names),
        tags={WEB: draw(_seldom(some.sampled_from([silent, Missing(WEB, None)]), Tags(WEB, TAGS)))},
        artifacts=answers,
        source=draw(_maybe(some.just(source(*builds)))),
        recent=(commit("head", *healths),),
        records=draw(all_records(names)),
        comments=comments,
        repository=repository(
            protection=Protection(
                required_checks=draw(_seldom(some.just(frozenset({"ci", "gitops/promotion"})), frozenset())),
                merge_queue=draw(_seldom(some.just(True), False)),
            )
        ),
    )
