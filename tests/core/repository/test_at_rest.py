"""Which applications need no look of their own, and that a look would find nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.core.decide import decide
from bot.core.needs.application import EnvironmentNeeds
from bot.core.observation.files import ListedFile
from bot.core.observation.pull_request import EndedPull, LastPage, OwnComment
from bot.core.plan import SUPERSEDED, Plan, WriteState
from bot.core.policy import Policy
from bot.core.repository.at_rest import FLEET, AtRest, at_rest, is_fleet, open_applications, untold
from bot.core.repository.file_index import MOST_FILES, FileIndex
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Unanswered
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    WEB,
    application,
    arrival,
    comment,
    environment,
    environment_state,
    policy,
    refusal,
    request,
    requested,
    state,
    sweep,
    swept_pull,
)
from tests.core.worlds import TAGS, worlds

RULES = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging"))
ENDED = "<!-- gitops-bot status ended -->"


def judged(*given: EnvironmentState, rules: Policy = RULES, tags: Any = ("v1.4.0",), **fields: Any) -> AtRest | None:
    return at_rest(rules, state(*given, tags=tags, **fields), NOW)


def everywhere(tag: str | None, **fields: Any) -> tuple[EnvironmentState, ...]:
    return tuple(environment_state(name, tag, **fields) for name in RULES.environments)


def test_the_newest_version_everywhere_is_at_rest() -> None:
    found = judged(*everywhere("v1.4.0"))

    assert found is not None
    assert found.again_at is None
    assert [row.said for row in found.rows] == ["✅ Up to date (`v1.4.0`)"] * 3


def test_a_silent_registry_is_asked_again_without_a_look() -> None:
    found = judged(*everywhere("v1.4.0"), tags={WEB: Unanswered(WEB, "no answer")})

    assert found is not None
    assert found.again_at is not None


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (everywhere("v1.4.0"), {"tags": ("v1.4.0", "v1.5.0")}),
        (everywhere("v1.4.0", refusals=(refusal(),)), {}),
        ((*everywhere("v1.4.0")[:2], environment_state("prod", "v1.3.0")), {}),
        ((*everywhere("v1.4.0")[:2], environment_state("prod", "v1.5.0")), {}),
        ((*everywhere("v1.4.0")[:2], environment_state("prod", None, places=everywhere("v1.4.0")[0].places)), {}),
        ((environment_state("dev", "v1.4.0", version=None), *everywhere("v1.4.0")[1:]), {}),
        (everywhere("v1.4.0"), {"records": requested(request("v1.3.0"))}),
        (everywhere("v1.4.0", branch_oid="b" * 40), {}),
    ],
    ids=["newer", "refused", "behind", "ahead", "mixed", "mixed-before", "requested", "left-over-branch"],
)
def test_what_is_open_or_new_needs_a_look(given: tuple[EnvironmentState, ...], fields: dict[str, Any]) -> None:
    assert judged(*given, **fields) is None


def test_a_request_for_what_is_there_is_settled() -> None:
    assert judged(*everywhere("v1.4.0"), records=requested(request("v1.4.0")))


@some.composite
def quiet_worlds(draw: Any) -> tuple[Policy, State]:
    """A world with nothing open and the same version in most places, whatever happened before."""
    rules, seen = draw(worlds())
    tag = draw(some.sampled_from(TAGS[-2:]))
    environments = {}
    for name, here in seen.environments.items():
        version = Version(tag) if draw(some.integers(0, 9)) else here.version
        arrivals = (arrival(version=version, tag=None, at=NOW), *here.arrivals)
        fields: dict[str, Any] = {"version": version, "arrivals": arrivals, "promotion": None, "branch_oid": None}
        environments[name] = replace(here, **fields)
    return rules, replace(seen, comments=(), environments=environments, source=None)


def glimpsed(seen: State) -> State:
    """The same, as a glance sees it."""
    environments = {
        name: replace(here, arrivals=here.arrivals[:1], arrivals_complete=False, past=())
        for name, here in seen.environments.items()
    }
    return replace(seen, environments=environments, people={}, teams={}, commits={}, merges_since=NOW)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(quiet_worlds())
def test_a_look_at_an_application_at_rest_would_change_nothing(world: tuple[Policy, State]) -> None:
    """But for what people undid with versions that can no longer come: that is recorded once something newer exists.

    While a registry does not tell the tags, a look still names a version that people undid, which it knows from the history,
    and asks for that one again. A glance sees no history. The registry's next answer shows the version, and brings a look.
    """
    rules, seen = world
    resting = at_rest(rules, glimpsed(seen), NOW)
    if resting is not None:
        plan = decide(seen, rules, NOW)
        assert [each for each in plan.actions if not isinstance(each, WriteState)] == []
        is_same = resting == AtRest(plan.rows, plan.again_at)
        assert is_same or plan.actions or differs_by_what_was_undone(resting, plan)


def differs_by_what_was_undone(resting: AtRest, plan: Plan) -> bool:
    """Return whether the rows differ only by versions that people undid, while a registry does not tell its tags."""
    differing = [now for before, now in zip(resting.rows, plan.rows, strict=True) if before != now]
    is_silent = any("**Image:**" in row.said for row in resting.rows)
    return is_silent and bool(differing) and all("rejected in" in row.said for row in differing)


# --- what the look at the repository shows


def test_a_fleet_has_many_applications() -> None:
    few = policy(environment(), applications=[application(f"web-{number}") for number in range(FLEET - 1)])
    many = policy(environment(), applications=[application(f"web-{number}") for number in range(FLEET)])

    assert (is_fleet(few), is_fleet(many)) == (False, True)


def test_branches_pull_requests_and_comments_make_an_application_open() -> None:
    names = ("web", "api", "cart", "shop")
    rules = policy(environment(), applications=[application(name) for name in names])
    seen = sweep(
        branches={"gitops/dev/api": "a" * 40, "gitops/strange": "b" * 40},
        pulls=(
            swept_pull(branch="gitops/dev/cart"),
            swept_pull(branch="feature"),
            swept_pull(branch="gitops/dev/shop", is_cross_repository=True),
        ),
        comments=(comment("/promote dev web"), comment("/help", number=2)),
    )

    assert open_applications(seen, rules, NOW) == {"api", "cart", "web"}


def ended(branch: str = "gitops/dev/web", **fields: Any) -> EndedPull:
    own = tuple(OwnComment("IC_1", text) for text in fields.pop("comments", ()))
    page = LastPage("PR_1", "", fields.pop("body", "text by hand"), own)
    return EndedPull(1, branch, **{"merged": False, "closed_at": NOW, "labels": frozenset(), "page": page, **fields})


@pytest.mark.parametrize(
    ("pull", "is_told"),
    [
        (ended(merged=True), True),
        (ended(merged=True, body="a\n\n<!-- gitops-bot 0123456789abcdef -->"), False),
        (ended(merged=True, comments=("a\n<!-- gitops-bot status 0123456789abcdef -->",)), False),
        (ended(merged=True, comments=(f"a\n{ENDED}",)), True),
        (ended(), False),
        (ended(comments=(f"a\n{ENDED}",)), True),
        (ended(labels=frozenset({SUPERSEDED})), True),
        (ended(branch="feature"), True),
    ],
)
def test_how_a_promotion_ended_may_have_to_be_told(pull: EndedPull, is_told: bool) -> None:  # noqa: FBT001 -- a table
    assert untold([pull], RULES) == (frozenset() if is_told else {"web"})


def test_only_the_newest_promotion_of_a_place_has_to_be_told_of() -> None:
    assert untold([ended(labels=frozenset({SUPERSEDED})), ended()], RULES) == frozenset()


# --- which files an environment means

FILES = tuple(
    ListedFile(path, "b" * 40, 0o100644)
    for path in ("a.yaml", "envs/dev/web/a.yaml", "envs/dev/web/b/c.yaml", "envs/dev/web-2/a.yaml", "values/web.yaml")
)


@pytest.mark.parametrize(
    ("paths", "named", "expected"),
    [
        (("envs/dev/web",), (), {"envs/dev/web/a.yaml", "envs/dev/web/b/c.yaml"}),
        (("values/web.yaml", "!envs/dev"), (), {"values/web.yaml"}),
        (("values/none.yaml",), ("a.yaml", "none.yaml"), {"a.yaml"}),
        (("envs/*/web",), (), {each.path for each in FILES if each.path.startswith("envs")}),
        ((".",), (), {each.path for each in FILES}),
        (("zzz",), (), set()),
    ],
)
def test_files_by_path(paths: tuple[str, ...], named: tuple[str, ...], expected: set[str]) -> None:
    found = FileIndex(FILES).of(EnvironmentNeeds("dev", "", texts=True, files=named, paths=paths))

    assert {file.path for file in found or ()} == expected


def test_a_glob_over_too_many_files() -> None:
    files = [ListedFile(f"envs/{number}.yaml", "b" * 40, 0o100644) for number in range(MOST_FILES + 1)]

    assert FileIndex(files).of(EnvironmentNeeds("dev", "", texts=True, files=(), paths=("envs/*.yaml",))) is None
    assert FileIndex(files[1:]).of(EnvironmentNeeds("dev", "", texts=True, files=(), paths=("envs/*.yaml",)))
