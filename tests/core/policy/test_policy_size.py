"""Large policies: the work grows with their size, and everything has a limit."""

from collections.abc import Callable
from cProfile import Profile
from typing import Any

import pytest

from bot.core.policy import Policy, read
from bot.core.policy.file import collisions
from bot.core.policy.file.reading import MOST_PATTERNS, MOST_PROBLEMS, MOST_VALUES
from bot.core.policy.suggestions import MOST_LISTED, MOST_SUGGESTIONS, meant
from bot.core.values.errors import PolicyError
from tests.core.policy import strangers


def problems(text: str) -> list[str]:
    try:
        read({".gitops.yml": text})
    except PolicyError as error:
        return [problem.message for problem in error.problems]
    return []


def calls(text: str) -> int:
    """How many functions are called to read a policy: unlike seconds, it is the same each time."""
    profile = Profile()
    profile.runcall(problems, text)
    return sum(each.callcount for each in profile.getstats())


@pytest.mark.parametrize("policy", strangers.LINEAR)
def test_twice_the_policy_takes_at_most_twice_the_work(policy: Callable[[int], str]) -> None:
    """A chain of 1,200 environments, 42 KB, took four seconds before."""
    calls(policy(2))  # what is made once, such as schemas
    once, twice = calls(policy(300)), calls(policy(600))

    assert twice < 2.3 * once


def test_a_long_chain_is_ordered() -> None:
    steps = read({".gitops.yml": strangers.chain(1500)}).steps

    assert steps[0] == ("e0",)
    assert steps[-1] == ("e1499",)


def test_diamonds_are_ordered() -> None:
    """Each environment comes from both before it, so there are 2^60 paths to the last one."""
    pairs = [
        f"  {side}{n}: {{path: envs/{side}{n}, from: {origin}}}\n"
        for n in range(60)
        for side, origin in (
            ("a", f"[a{n - 1}, b{n - 1}]" if n else "registry"),
            ("b", f"[a{n - 1}, b{n - 1}]" if n else "registry"),
        )
    ]
    policy = read({".gitops.yml": f"{strangers.WEB}environments:\n{''.join(pairs)}"})

    assert policy.steps == tuple((f"a{n}", f"b{n}") for n in range(60))
    assert Policy().steps == ()


def test_only_the_first_of_many_problems_are_reported() -> None:
    said = problems(strangers.broken_applications(2000))

    assert len(said) == MOST_PROBLEMS + 1
    assert said[0] == f"there are 2000 problems, and these are the first {MOST_PROBLEMS}"


def test_suggestions_are_limited_per_policy() -> None:
    said = problems(strangers.unknown_origins(100))

    assert sum("did you mean" in each for each in said) == MOST_SUGGESTIONS
    assert said[-1] == (
        "unknown environment 'enf-99': the policy has "
        f"{', '.join(f'env-{n}' for n in range(MOST_LISTED - 1))} and {100 - MOST_LISTED + 1} more"
    )


def test_suggestions_outside_a_policy_are_not_limited() -> None:
    assert [meant("stagin", ["staging"]) for _ in range(MOST_SUGGESTIONS + 1)][-1] == " (did you mean 'staging'?)"


def test_long_cycles_are_shortened_and_only_the_first_are_reported() -> None:
    (said,) = problems(strangers.circle(1000))
    assert said.startswith("e0 → e1 → e2 → ")
    assert " → e19 → (980 more) → e0 is a cycle" in said

    assert len(problems(strangers.circles(100))) == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            strangers.unknown_time_zones(3000),
            f"this has 15009 values, and at most {MOST_VALUES} are read: shorten it",
            id="one environment",
        ),
        pytest.param(
            f"{strangers.WEB}environments: {{dev: {{path: {'a/' * 600}, from: registry}}}}",
            "this path has 1200 characters: write at most 1024",
            id="path",
        ),
        pytest.param(
            f"{strangers.WEB}{strangers.DEV}".replace("/web}", f"/web, versions: {{tags: {'a' * 1100}}}}}"),
            "this pattern has 1100 characters: write at most 1024",
            id="pattern",
        ),
    ],
)
def test_a_part_of_the_policy_has_a_size_limit(text: str, message: str) -> None:
    assert problems(text) == [message]


def applications(count: int, **fields: str) -> str:
    said = "".join(f", {key}: {value}" for key, value in fields.items())
    return "version: 1\napplications:\n" + "".join(
        f"  a{n}: {{image: ghcr.io/acme/a{n}{said}}}\n" for n in range(count)
    )


def environments(count: int, *, path: str, **fields: str) -> str:
    said = "".join(f", {key}: {value}" for key, value in fields.items())
    return "environments:\n" + "".join(f"  e{n}: {{path: '{path}', from: registry{said}}}\n" for n in range(count))


REPORTS = "the health reports of all applications in all environments"
FLEET: dict[str, Any] = {
    "edits": (
        applications(30, edit="[{file: 'f/{application}/{environment}.yaml', path: a.b}]")
        + environments(40, path="envs/{environment}"),
        "30 edits in 40 environments are more than 1000 places, too many to compare: define fewer",
    ),
    "paths that begin alike": (
        applications(30) + environments(40, path="envs/{application}/{environment}"),
        "30 images in 40 environments whose paths begin alike are more than 1000 places, too many to compare: define fewer",
    ),
    "health reports": (
        applications(30)
        + environments(39, path="envs/{environment}/{application}")
        + f"  last: {{path: 'last/{{application}}', from: [{', '.join(f'e{n}' for n in range(39))}], "
        "gates: {health: ['{application}/{environment}']}}\n",
        f"{REPORTS} are more than 1000 places, too many to compare: define fewer",
    ),
}


@pytest.mark.parametrize(("text", "message"), FLEET.values(), ids=FLEET.keys())
def test_too_many_places_are_not_compared(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(text) == []

    monkeypatch.setattr(collisions, "MOST_PLACES", 1000)
    assert problems(text) == [message]


@pytest.mark.parametrize(
    ("path", "application", "protected"),
    [
        ("envs/.{application}", "github", True),
        ("envs/.g{application}", "it", True),
        ("envs/.g{application}", "t", False),
        ("envs/.gi{application}", "team", True),
        ("envs/.{application}{environment}", "g", True),
        ("envs/{application}owners", "code", True),
        ("envs/{application}owners", "coda", False),
        ("envs/{application}/x", "codeowners", False),
        ("envs/{application}", "codeowners", True),
        ("envs/{application}", "web", False),
    ],
)
def test_a_name_that_makes_a_path_protected_is_found_among_many(path: str, application: str, protected: bool) -> None:  # noqa: FBT001 -- a parameter
    names = "".join(f"  {name}: {{image: ghcr.io/acme/{name}}}\n" for name in ("api", application, "zoo"))
    said = problems(f"version: 1\napplications:\n{names}environments:\n  it: {{path: '{path}', from: registry}}\n")

    assert any("cannot hold manifests" in each for each in said) is protected


def test_a_large_fleet_is_read() -> None:
    """5,000 applications in ten environments, each in a folder of its own."""
    policy = read({".gitops.yml": applications(5000) + environments(10, path="envs/{environment}/{application}")})

    assert (len(policy.applications), len(policy.environments)) == (5000, 10)


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("key", ["pattern", "tags"])
def test_different_patterns_are_limited_and_none_is_compiled_beyond_the_limit(key: str, more: int) -> None:
    """A fork's policy of 66 KB with 1,520 of them stopped the loop for two seconds."""
    lines = ["version: 1", "x-shared: &shared [{file: b, pattern: '(.*)'}]"]
    lines.append("applications:")
    for number in range(MOST_PATTERNS - 1 + more):
        text = f"^a{number}-.*$" if key == "tags" else f"a{number}=(.*)"
        named = {
            "pattern": f"edit: [{{file: 'f{number}', pattern: '{text}'}}]",
            "tags": f"versions: {{tags: '{text}'}}",
        }
        lines.append(f"  w{number}: {{image: ghcr.io/acme/w{number}, {named[key]}}}")
    lines += ["  last: {image: ghcr.io/acme/last, edit: *shared}", "  other: {image: ghcr.io/acme/other}"]
    lines.append("environments: {dev: {path: 'envs/{application}', from: registry}}")
    said = (
        f"the policy has {MOST_PATTERNS + 1} different patterns in `pattern` and `tags`: write at most {MOST_PATTERNS}, for "
        "example with {application} and {environment} or as a default"
    )

    assert problems("\n".join(lines)) == ([said] if more else [])
