"""The table of what loosens, row by row, and what an environment with a file of its own lets applications do."""

from typing import Any

import pytest

from bot.core.policy import Gates, Guard
from bot.core.policy.fleet.guards import keys_of, loosened
from tests.builders import environment
from tests.core.policy.fleet.fleets import problems

WINDOW = {"days": "mon-fri", "hours": "09:00-16:00"}

NIGHT = {"hours": "22:00-04:00"}

FREEZE = {"from": "2026-12-18", "to": "2027-01-04"}

Settings = dict[str, Any]


def approvals(count: int, **fields: Any) -> Settings:
    return {"gates": {"approvals": {"count": count, **fields}}}


def windows(*wanted: Settings) -> Settings:
    return {"gates": {"windows": list(wanted)}}


def freezes(*wanted: Settings) -> Settings:
    return {"gates": {"freezes": list(wanted)}}


def permits(right: str, people: object) -> Settings:
    return {"permissions": {right: people}}


NOTHING: Settings = {}

LOOSER = [
    ("checks", {"gates": {"checks": ["build", "test"]}}, {"gates": {"checks": ["build"]}}),
    ("checks", {"gates": {"checks": ["build"]}}, NOTHING),
    ("soak", {"gates": {"soak": "1h"}}, {"gates": {"soak": "59m"}}),
    ("soak", {"gates": {"soak": "1h"}}, NOTHING),
    ("min-age", {"gates": {"min-age": "3d"}}, {"gates": {"min-age": "2d"}}),
    ("min-age", {"gates": {"min-age": "3d"}}, NOTHING),
    ("health", {"gates": {"health": ["argocd"]}}, {"gates": {"health": ["flux"]}}),
    ("approvals", approvals(2), approvals(1)),
    ("approvals", approvals(1), NOTHING),
    ("approvals", approvals(1, **{"from": ["owners"]}), approvals(1)),
    ("approvals", approvals(1, **{"from": ["maintain"]}), approvals(1, **{"from": ["write"]})),
    ("approvals", approvals(1, **{"from": ["write"]}), approvals(1, **{"from": ["@kim"]})),
    ("approvals", approvals(1), approvals(2, **{"not": []})),
    ("windows", windows(WINDOW), NOTHING),
    ("windows", windows(WINDOW), windows(WINDOW | {"days": "mon-sat"})),
    ("windows", windows(WINDOW), windows(WINDOW | {"hours": "09:00-17:00"})),
    ("windows", windows(WINDOW), windows(WINDOW | {"timezone": "Europe/Berlin"})),
    ("windows", windows(WINDOW), windows(WINDOW, NIGHT)),
    ("windows", windows(NIGHT), windows({"hours": "23:00-04:00"})),
    ("windows", windows({}), windows(NIGHT)),
    ("freezes", freezes(FREEZE), NOTHING),
    ("freezes", freezes(FREEZE), freezes(FREEZE | {"to": "2027-01-03"})),
    ("promote", {"promote": "manual"}, NOTHING),
    ("merge", {"merge": "manual"}, {"merge": "auto"}),
    ("pace", NOTHING, {"pace": "latest"}),
    ("pace", {"pace": "one-at-a-time"}, {"pace": "soaked"}),
    ("update", NOTHING, {"update": "always"}),
    ("rollback", {"rollback": {"approvals": 2}}, {"rollback": {"approvals": 1}}),
    ("rollback", approvals(1), approvals(1) | {"rollback": {"approvals": 0}}),
    ("rollback", NOTHING, {"rollback": {"bypass": True}}),
    ("permissions", NOTHING, permits("promote", ["@kim"])),
    ("permissions", NOTHING, permits("promote", "triage")),
    ("permissions", permits("promote", []), NOTHING),
    ("permissions", permits("rollback", ["@kim"]), permits("rollback", ["@kim", "@sam"])),
    ("permissions", NOTHING, permits("override", "write")),
    ("permissions", NOTHING, permits("unhold", "@kim")),
    ("permissions", NOTHING, permits("unreject", "write")),
    ("permissions", NOTHING, permits("hold", [])),
    ("permissions", NOTHING, permits("reject", "maintain")),
    ("mode", {"mode": "observe"}, NOTHING),
    ("path", NOTHING, {"path": "elsewhere"}),
]

TIGHTER = [
    *(
        (guard, after, before)
        for guard, before, after in LOOSER
        if guard in {"checks", "soak", "min-age", "promote", "merge", "pace", "update", "mode"}
    ),
    ("health", NOTHING, {"gates": {"health": ["argocd"]}}),
    ("approvals", approvals(1), approvals(2)),
    ("approvals", approvals(0), NOTHING),
    ("approvals", approvals(1, **{"from": ["owners", "@kim"]}), approvals(1, **{"from": ["@kim"]})),
    ("approvals", approvals(1, **{"from": ["write"]}), approvals(1, **{"from": ["admin", "maintain"]})),
    ("approvals", approvals(1, **{"not": []}), approvals(1)),
    ("windows", NOTHING, windows(NIGHT)),
    ("windows", windows(WINDOW, NIGHT), windows(NIGHT)),
    ("windows", windows(WINDOW), windows(WINDOW | {"days": "tue", "hours": "10:00-11:00"})),
    ("windows", windows({}), windows(WINDOW)),
    ("freezes", freezes(FREEZE), freezes(FREEZE | {"from": "2026-12-01", "reason": "more"})),
    ("rollback", NOTHING, {"rollback": {"approvals": 1}}),
    ("permissions", NOTHING, permits("promote", [])),
    ("permissions", NOTHING, permits("promote", ["maintain", "admin"])),
    ("permissions", permits("rollback", ["@kim", "@sam"]), permits("rollback", ["@kim"])),
    ("permissions", NOTHING, permits("override", "admin")),
    ("permissions", NOTHING, permits("hold", ["write", "@kim"])),
    ("permissions", NOTHING, permits("reject", "triage")),
    (
        "nothing",
        NOTHING,
        {"merge-method": "squash", "pull-request": {"labels": ["x"]}, "edit": [{"file": "x", "path": "y"}]},
    ),
]


@pytest.mark.parametrize(("guard", "before", "after"), LOOSER)
def test_what_loosens(guard: str, before: Settings, after: Settings) -> None:
    found = set(loosened(environment(**before), environment(**after)))

    assert found == {guard}


@pytest.mark.parametrize(("guard", "before", "after"), TIGHTER)
def test_what_tightens(guard: str, before: Settings, after: Settings) -> None:
    assert list(loosened(environment(**before), environment(**after))) == [], guard


def test_every_guard_has_a_row() -> None:
    assert {guard for guard, _, _ in LOOSER} == {guard.value for guard in Guard} - {"from"}
    keys = {field.alias or name for name, field in Gates.model_fields.items()}
    assert keys <= {guard.value for guard in Guard}
    assert keys_of(Guard.SOAK) == ("gates", "soak")
    assert keys_of(Guard.MERGE) == ("merge",)


MAIN = """\
applications:
  web:
    image: ghcr.io/acme/web
    environments:
      prod: %s
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
  staging: {path: 'envs/staging/{application}', from: dev}
"""

PROD = "path: 'envs/prod/{application}'\nfrom: staging\npromote: manual\ngates: {soak: 4h, approvals: {count: 1}}\n"


def guarded(said: str, prod: str = PROD) -> list[str]:
    return problems(MAIN % said, {".gitops/prod.yml": prod})


def refusal(place: str, guard: str) -> str:
    return (
        f"{place}: '{guard}' would be looser than in .gitops/prod.yml, which guards 'prod': tighten it, or allow it there with "
        f"'applications-may: [{guard}]'"
    )


def test_an_application_may_tighten_a_guarded_environment() -> None:
    assert guarded("{gates: {soak: 5h, approvals: {count: 2}}}") == []


def test_an_application_may_not_loosen_a_guarded_environment() -> None:
    assert guarded("{promote: auto, gates: {soak: 1h, approvals: null}}") == [
        refusal("5:23", "promote"),
        refusal("5:43", "soak"),
        refusal("5:58", "approvals"),
    ]


def test_an_application_may_loosen_what_the_file_allows_by_name() -> None:
    assert guarded("{gates: {soak: 1h}}", f"{PROD}applications-may: [soak]\n") == []
    assert guarded("{gates: {soak: 1h}, promote: auto}", f"{PROD}applications-may: soak\n") == [
        refusal("5:42", "promote")
    ]


def test_an_environment_of_the_main_file_guards_nothing_unless_it_says_so() -> None:
    text = (
        MAIN % "{gates: {soak: null}}"
        + "  prod: {path: 'envs/prod/{application}', from: staging, gates: {soak: 4h}MAY}\n"
    )

    assert problems(text.replace("MAY", "")) == []
    assert problems(text.replace("MAY", ", applications-may: [merge]"))[0].startswith("5:28: 'soak' would be looser")


def test_leaving_an_environment_out_loosens_what_follows_it() -> None:
    text = MAIN.replace("prod: %s", "staging: false")
    said = (
        "5:16: this brings versions into 'prod' that 'staging' never had, and .gitops/prod.yml does not allow it: "
        "'applications-may: [from]' there would"
    )

    assert problems(text, {".gitops/prod.yml": PROD}) == [said]
    assert problems(text, {".gitops/prod.yml": f"{PROD}applications-may: [from]\n"}) == []
    assert problems(text.replace("staging: false", "prod: false"), {".gitops/prod.yml": PROD}) == []
