"""How one application differs in some environments, and what is wrong with what it says."""

import pytest

from bot.core.policy import MAIN, Promote, read
from bot.core.policy.fleet.provenance import Setting, settings_of_application, settings_of_environment, where_edit_is
from tests import builders
from tests.core.policy.fleet.fleets import FLEET, discovered, folders, problems

POLICY = """\
applications:
  web:
    image: ghcr.io/acme/web
    environments: %s
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
  prod: {path: 'envs/prod/{application}', from: dev, gates: {soak: 1h, checks: [build]}, limit: {merges: 1, per: 1h}}
"""


def test_settings_merge_as_defaults_do() -> None:
    text = POLICY % "{prod: {promote: manual, path: live/web, gates: {soak: null, health: [argocd]}}}"
    policy = read({".gitops.yml": text})
    prod = policy.of("web").environments["prod"]

    assert (prod.promote, prod.paths) == (Promote.MANUAL, ("live/web",))
    assert (prod.gates.soak, prod.gates.checks, prod.gates.health) == (None, ("build",), ("argocd",))
    assert prod.limit == policy.environments["prod"].limit
    assert policy.environments["prod"].promote is Promote.AUTO


@pytest.mark.parametrize("said", ["", "null", "{}", "{dev: null}"])
def test_nothing_differs(said: str) -> None:
    policy = read({".gitops.yml": POLICY % said})

    assert policy.of("web").environments == policy.environments


def test_an_application_says_that_it_uses_an_environment() -> None:
    assert read({".gitops.yml": POLICY % "{dev: true, prod: {merge: manual}}"}).applications["web"].environments == (
        ("dev", True),
        ("prod", True),
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("3", ["4:19: expected a mapping of environments to true, false or what differs, saw 3"]),
        ("{prd: false}", ["4:20: unknown environment 'prd' (did you mean 'prod'?)"]),
        ("{zzzzz: {}}", ["4:20: unknown environment 'zzzzz': the policy has dev and prod"]),
        ("{prod: manual}", ["4:26: expected true, false or the settings that differ, saw 'manual'"]),
        ("{prod: {merge: never}}", ["4:34: expected auto or manual, saw 'never'"]),
        ("{prod: {gates: {sook: 1h}}}", ["4:35: unknown key 'sook' (did you mean 'soak'?)"]),
        (
            "{prod: {from: registry, limit: null, timezone: UTC, name: x, was: y, applications-may: []}}",
            [
                (
                    "4:27: 'from' cannot differ for an application: it is the same for every application; write 'false' for an "
                    "environment that this application does not use"
                ),
                "4:43: 'limit' cannot differ for an application: it counts the merges of all applications together",
                "4:56: 'timezone' cannot differ for an application: it belongs to the environment; a window may have its own",
                "4:71: 'name' cannot differ for an application: it belongs to the environment",
                "4:80: 'was' cannot differ for an application: it belongs to the environment",
                "4:88: 'applications-may' cannot differ for an application: only the environment itself can allow something",
            ],
        ),
        (
            "{dev: {gates: {soak: 1h}}}",
            ["4:40: 'soak' needs an environment in 'from', not the registry: set it in a later environment"],
        ),
        (
            "{prod: {permissions: {promote: owners}}}",
            ["4:50: 'owners' is empty for web: add 'owners' there, or name somebody here"],
        ),
        (
            "{prod: {path: .github}}",
            [
                (
                    "4:33: '.github' cannot hold manifests: the bot never edits the policy, CODEOWNERS, or what Git and GitHub "
                    "read by its name; use another folder"
                )
            ],
        ),
    ],
)
def test_what_is_wrong(said: str, expected: list[str]) -> None:
    assert problems(POLICY % said) == expected


def test_a_broken_environment_hides_nothing_else() -> None:
    text = (POLICY % "{prod: {merge: manual}}").replace("from: dev", "form: dev")

    assert problems(text) == ["7:43: unknown key 'form' (did you mean 'from'?)"]


def test_a_circle_stays_closed_where_an_application_does_not_use_it() -> None:
    text = (POLICY % "{prod: false}").replace("from: registry", "from: prod")

    assert problems(text) == [
        (
            "6:47: dev → prod → dev is a cycle that no version can enter, and it stays one for 'web', which does not "
            "use 'prod': change the 'from' of one of them"
        )
    ]


# --- where each value comes from


def test_every_setting_tells_its_line_and_what_it_replaces() -> None:
    policy = discovered(FLEET, *folders("web", "billing")).policy
    billing = {setting.keys: setting for setting in settings_of_application(policy, "billing")}
    web = {setting.keys: setting for setting in settings_of_application(policy, "web")}
    prod = {setting.keys: setting for setting in settings_of_environment(policy, "prod", "billing")}

    assert billing["images",].value == "[ghcr.io/acme/billing, ghcr.io/acme/billing-worker]"
    assert billing["images",].line == 12
    assert web["image",] == Setting(("image",), "ghcr.io/acme/web", ".gitops.yml", 3, 12)
    assert web["versions", "semver"].value == ">=1.0.0"
    count = prod["gates", "approvals", "count"]
    assert (count.value, count.line) == ("2", 14)
    assert count.replaces == Setting(("gates", "approvals", "count"), "1", ".gitops.yml", 19, 79)
    assert prod["gates", "soak"].line == 19
    assert settings_of_environment(policy, "dev", "billing")[0].keys == ("from",)


def test_a_setting_of_another_file_tells_that_file() -> None:
    files = {
        ".gitops.yml": "defaults: {application: {image: 'acme/{application}'}}\napplications: {'*': {}}\n",
        ".gitops/applications/web.yml": "image: acme/other\nenvironments: {prod: {promote: manual}}\n",
        ".gitops/prod.yml": "path: envs/prod/{application}\nfrom: registry\npromote: auto\n",
    }
    policy = read(files)
    (image,) = settings_of_application(policy, "web")
    prod = {setting.keys[0]: setting for setting in settings_of_environment(policy, "prod", "web")}

    assert (image.path, image.line, image.replaces and image.replaces.path) == (
        ".gitops/applications/web.yml",
        1,
        ".gitops.yml",
    )
    assert (prod["promote"].path, prod["path"].path) == (".gitops/applications/web.yml", ".gitops/prod.yml")
    replaced = prod["promote"].replaces
    assert replaced is not None
    assert (replaced.path, replaced.line, replaced.value) == (".gitops/prod.yml", 3, "auto")


EDITED = """\
applications:
  web:
    image: a/web
    edit: [{file: pins, pattern: 'web=(.*)'}]
    environments: {prod: {edit: [{file: prod.pins, pattern: 'web=(.*)'}]}}
  api: {image: a/api}
environments:
  dev: {path: dev, from: registry}
  prod: {path: prod, from: dev}
"""


@pytest.mark.parametrize(
    ("environment", "application", "expected"),
    [("dev", "web", " at .gitops.yml:4"), ("prod", "web", " at .gitops.yml:5"), ("dev", "api", "")],
)
def test_where_the_edit_is_written_that_counts(environment: str, application: str, expected: str) -> None:
    found = where_edit_is(read({MAIN: EDITED}), environment, application)

    assert found == expected


def test_a_policy_without_files_has_no_place_for_it() -> None:
    assert where_edit_is(builders.policy(builders.environment()), "dev", "web") == ""
