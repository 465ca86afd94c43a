"""Which applications rules find, and what is said where a folder and a rule do not fit."""

import pytest

from bot.core.policy import discover, folders_to_list, listing, read
from bot.core.policy.fleet.discovery import (
    MOST_APPLICATIONS,
    candidates,
    environments_without_applications,
    segments_of,
)
from bot.core.policy.named_places import named_places
from tests.builders import environment
from tests.core.policy.fleet.fleets import FLEET, discovered, effective, findings, folders, problems


def test_every_folder_is_an_application_that_takes_the_defaults() -> None:
    found = discovered(FLEET, *folders("web", "api", "billing", "legacy-shop"), "README.md", "envs/dev/notes.md")

    assert found.found == ("api", "web")
    assert list(found.policy.applications) == ["billing", "api", "web"]
    web = found.policy.applications["web"]
    assert (web.images, web.owners) == (("ghcr.io/acme/web",), ("@acme/web",))
    assert web.source is not None
    assert web.source.repository == "acme/web"
    assert found.problems == ()


def test_an_exception_says_only_what_differs() -> None:
    billing = discovered(FLEET, *folders("billing")).policy.applications["billing"]

    assert billing.images == ("ghcr.io/acme/billing", "ghcr.io/acme/billing-worker")
    assert billing.owners == ("@acme/billing",)
    assert billing.environments == (("prod", True), ("staging", False))


def test_versions_pass_through_an_environment_that_is_not_used() -> None:
    billing = effective(FLEET, "billing", *folders("billing"))

    assert list(billing.environments) == ["dev", "prod"]
    assert billing.environments["prod"].origin.environments == ("dev",)
    assert list(billing.unused) == ["staging"]
    approvals = billing.environments["prod"].gates.approvals
    assert approvals is not None
    assert (approvals.count, approvals.from_) == (2, ("owners",))
    assert billing.environments["prod"].gates.soak is not None, "gates merge key by key"
    assert billing.of("billing") == billing


def test_a_new_folder_is_a_new_application() -> None:
    before, after = discovered(FLEET, *folders("web")), discovered(FLEET, *folders("web", "cart"))

    assert set(after.policy.applications) - set(before.policy.applications) == {"cart"}


def test_a_folder_in_one_environment_is_enough() -> None:
    assert discovered(FLEET, *folders("web", environments=("prod",))).found == ("web",)


def test_a_rule_counts_more_than_the_defaults_and_an_exception_more_than_its_rule() -> None:
    text = FLEET.replace(
        "'*': {except: [legacy-*]}", "'*': {except: [legacy-*], owners: '@acme/all', versions: {tags: '^v'}}"
    )
    found = discovered(text, *folders("web", "billing")).policy.applications

    assert found["web"].owners == found["billing"].owners == ("@acme/all",)
    assert (found["web"].versions.tags, found["web"].versions.order.argument) == ("^v", ">=1.0.0")


def test_one_order_replaces_the_order_of_the_defaults() -> None:
    text = FLEET.replace(
        "  billing:\n", "  billing:\n    versions: {numeric: highest}\n    source: {branch: release}\n"
    )
    billing = discovered(text, *folders("billing")).policy.applications["billing"]

    assert (billing.versions.order.kind.value, billing.versions.write.value) == ("numeric", "tag+digest")


def test_names_are_filled_in_wherever_an_application_has_text() -> None:
    text = """\
applications:
  '*':
    image: ghcr.io/acme/{application}
    source: {repository: acme/mono, paths: ['services/{application}/**']}
    owners: '@acme/{application}'
    versions: {tags: '^{application}-(?P<version>.+)$'}
    edit: [{file: 'values/{environment}.yaml', path: '{application}.image.tag'}]
    environments:
      dev: {pull-request: {labels: ['app/{application}']}, gates: {approvals: {count: 1, from: '@acme/{application}'}}}
environments:
  dev: {path: 'apps/{application}/dev', from: registry}
"""
    policy = discovered(text, "apps/web.io/dev/x.yaml").policy
    found, dev = policy.applications["web.io"], policy.of("web.io").environments["dev"]

    assert found.source is not None
    assert found.source.paths == ("services/web.io/**",)
    assert found.versions.tags == r"^web\.io-(?P<version>.+)$"
    assert [place.entry for place in named_places(dev, found)] == [r"web\.io.image.tag"]
    assert dev.pull_request.labels == ("app/web.io",)
    assert dev.gates.approvals is not None
    assert dev.gates.approvals.from_ == ("@acme/web.io",)
    assert found.environments == (), "a rule does not say that each application is there"


def test_an_application_with_a_path_of_its_own_claims_that_folder() -> None:
    text = FLEET.replace("prod: {gates", "prod: {path: envs/prod/Billing, gates")

    assert findings(text, *folders("billing", "web", "legacy-a"), "envs/prod/Billing/x.yaml") == []


def test_a_former_name_is_not_found_again() -> None:
    text = FLEET.replace("  billing:\n", "  billing:\n    was: invoices\n")

    assert discovered(text, *folders("billing", "invoices")).found == ()


def test_a_policy_without_rules_finds_nothing() -> None:
    text = "applications: {web: {image: web}}\nenvironments: {dev: {path: 'envs/dev/{application}', from: registry}}\n"
    found = discovered(text, *folders("web", "api"))

    assert (found.found, list(found.policy.applications)) == ((), ["web"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("envs/dev/{application}", ("{application}", False)),
        ("{application}", ("{application}", False)),
        ("apps/{application}/{environment}", ("{application}", True)),
        ("apps/{application}.yaml", ("{application}.yaml", False)),
        ("apps/app-{application}/x", ("app-{application}", True)),
        ("envs/*/{application}", None),
        ("envs/dev", None),
        ("envs/{application}*/x", None),
    ],
)
def test_where_a_name_stands_in_a_path(path: str, expected: tuple[str, bool] | None) -> None:
    [(_, segment)] = segments_of(environment(path=path))
    assert segment == expected


def test_files_and_folders_by_what_the_path_means() -> None:
    text = "applications: {'*': {image: 'acme/{application}'}}\nenvironments: {dev: {path: 'PATH', from: registry}}\n"
    files = ["apps/a.yaml", "apps/b/c.yaml", "apps/d", "apps/.e/f", "apps/x-g/h/i"]

    def found(path: str) -> list[str]:
        policy = read({".gitops.yml": text.replace("PATH", path)})
        return sorted(candidates(policy, listing(files, folders_to_list(policy))))

    assert found("apps/{application}") == ["b", "x-g"]
    assert found("apps/{application}.yaml") == ["a"]
    assert found("apps/x-{application}/h") == ["g"]


def test_what_is_not_listed_holds_nothing() -> None:
    assert discover(read({".gitops.yml": FLEET}), {}).found == ()


# --- what does not fit: each costs only the folders that it names


@pytest.mark.parametrize(
    ("text", "paths", "expected"),
    [
        (
            FLEET.replace("[legacy-*]", "[legcy-*]"),
            folders("web", "billing", "legacy-shop"),
            [
                "10:18: 'legcy-*' excepts nothing: no folder and no application has this name (did you mean 'legacy-shop'?)"
            ],
        ),
        (
            FLEET.replace("[legacy-*]", "[wbe]"),
            folders("web", "billing"),
            ["10:18: 'wbe' excepts nothing: no folder and no application has this name (did you mean 'web'?)"],
        ),
        (
            FLEET,
            [*folders("web", "billing", "legacy-a"), "envs/dev/Web_App/x.yaml"],
            [
                (
                    "10:3: 'envs/dev/Web_App' cannot be an application: 'Web_App' is not a name: use lower-case letters, "
                    "digits, '.', '_' and '-', begin with a letter or a digit, do not end in '.' or '.lock', and stay within "
                    "63 characters; rename it, or except 'Web_App'"
                )
            ],
        ),
        (
            FLEET.replace("  '*': {except: [legacy-*]}", "  '*': {}\n  'in*': {}"),
            folders("web", "billing", "infra"),
            [
                "11:3: 'envs/dev/infra' is claimed by the rules '*' and 'in*': let all but one except 'infra'",
                "11:3: 'in*' finds no application: there is no folder at {application} in envs/{environment}/{application}",
            ],
        ),
        (
            FLEET.replace("{except: [legacy-*]}", "{}"),
            folders("web", "biling"),
            [
                "11:3: nothing is called 'billing' where the environments' paths have {application} (did you mean 'biling'?)",
            ],
        ),
        (
            FLEET.replace("{except: [legacy-*]}", "{environments: {staging: false}}"),
            folders("web", "billing"),
            ["18:3: no application uses 'staging': no version reaches it or passes through it"],
        ),
        (
            FLEET.replace("image: ghcr.io/acme/{application}", "image: '{application}/{application}'").replace(
                "{except: [legacy-*]}", "{}"
            ),
            folders("a-", "b", "billing"),
            [
                (
                    "3:12: for the folder 'a-': 'a-/a-' is not an image; expected [host[:port]/]path[:tag][@digest] with the "
                    "path in lower case"
                )
            ],
        ),
    ],
)
def test_what_does_not_fit(text: str, paths: list[str], expected: list[str]) -> None:
    assert findings(text, *paths) == expected


def test_whatever_a_folder_is_called_it_can_be_excepted() -> None:
    text = FLEET.replace("[legacy-*]", "['Web_App', 'my shop']")

    assert findings(text, *folders("billing", "web"), "envs/dev/Web_App/x", "envs/dev/my shop/x") == []
    assert problems(FLEET.replace("[legacy-*]", "a/b")) == [
        "10:17: expected names or patterns of names, such as legacy-*, saw 'a/b'"
    ]


def test_a_tree_of_fifty_thousand_folders() -> None:
    said, *_ = findings(
        FLEET.replace("{except: [legacy-*]}", "{}"),
        *(f"envs/dev/a{number}/x" for number in range(50_000)),
        *folders("billing", "x"),
    )

    assert said == (
        f"10:3: '*' finds 50,001 folders, and at most {MOST_APPLICATIONS:,} applications are followed in all: no folder is "
        "taken; narrow the rule, or the environments' paths"
    )


def test_of_several_rules_those_that_find_too_much_are_named() -> None:
    text = FLEET.replace("'*': {except: [legacy-*]}", "'b*': {}\n  'a*': {}")
    said = findings(text, *(f"envs/dev/a{number}/x" for number in range(MOST_APPLICATIONS + 1)), *folders("billing"))

    assert [each.partition(",")[0] for each in said if "folders" in each] == ["11:3: 'a*' finds 5"]


def test_a_path_without_a_name_leads_to_no_application() -> None:
    text = FLEET.replace("  dev: {from: registry}", "  dev: {from: registry, path: shared/dev}")

    assert discovered(text, *folders("web", "billing"), "shared/dev/x.yaml").found == ("web",)
    assert [each for each in findings(text, *folders("web"), "shared/dev/x.yaml") if "billing" in each] == []


def test_environments_that_were_seen_to_be_used() -> None:
    policy = discovered(FLEET, *folders("web", "billing", "legacy-a")).policy

    assert environments_without_applications(policy) == ()
    (unused,) = environments_without_applications(policy, {"web": ["dev"], "billing": ["dev", "prod"]})
    assert unused.message == "no application uses 'staging': no version reaches it or passes through it"


TWICE = (
    "8:11: {application} is 2 times in 'envs/{environment}/{application}/{application}': a rule needs it once; write a glob "
    "for the others"
)
HIDDEN = (
    "8:11: the glob before {application} in 'envs/*/{environment}/{application}' hides which folders a rule should look at: "
    "write the folders out, as a list"
)


# --- what is wrong with the policy itself, whatever the folders are


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            FLEET.replace("envs/{environment}/{application}", "envs/{environment}/{application}/{application}"),
            [TWICE],
        ),
        (
            FLEET.replace("envs/{environment}/{application}", "envs/*/{environment}/{application}"),
            [HIDDEN],
        ),
        (
            "applications: {'*': {image: 'a/{application}'}}\nenvironments: {dev: {path: dev, from: registry}}\n",
            ["1:16: '*' can find nothing: no environment has {application} in its path"],
        ),
        (
            FLEET.replace("'*': {except: [legacy-*]}", "'*': {except: [legacy-*], name: x, was: y}"),
            [
                "10:29: 'name' cannot be in a rule: it belongs to one application",
                "10:38: 'was' cannot be in a rule: it belongs to one application",
            ],
        ),
        (FLEET.replace("[legacy-*]", "[3]"), ["10:18: expected names or patterns of names, such as legacy-*, saw 3"]),
        (
            FLEET.replace("'*':", "'*/x':"),
            ["10:3: '*/x' is not a pattern of names: use what names have, '*' for any characters and '?' for one"],
        ),
        (
            FLEET.replace("  '*': {except: [legacy-*]}", "  '*': {}\n  'bill*': {}"),
            ["12:3: the rules '*' and 'bill*' claim 'billing': let all but one except it"],
        ),
        (
            FLEET.replace("'*': {except: [legacy-*]}", "'*': {sorce: acme/x}"),
            ["10:9: unknown key 'sorce' (did you mean 'source'?)"],
        ),
        (FLEET.replace("'*': {except: [legacy-*]}", "'*': 3"), ["10:8: expected a mapping, saw 3"]),
        (
            FLEET.replace("'*': {except: [legacy-*]}", "'*': {except: [legacy-*]}\n  web: 3"),
            ["11:8: expected a mapping, saw 3"],
        ),
        (
            "defaults: [x]\napplications: {web: {image: web}}\nenvironments: {dev: {path: dev, from: registry}}\n",
            ["1:11: expected a mapping, saw a list"],
        ),
        (
            FLEET.replace("defaults:\n", "defaults:\n  gates: {soak: 1h}\n  applicatin: {}\n  zzz: 1\n"),
            [
                "2:3: unknown key 'gates': write it under 'environment'",
                "3:3: unknown key 'applicatin' (did you mean 'application'?)",
                "4:3: unknown key 'zzz': the keys here are application and environment",
            ],
        ),
        (
            FLEET.replace("defaults:\n", "differences: {}\ndefaults:\n"),
            [
                "1:1: unknown key 'differences': the keys here are version, mode, defaults, applications and environments"
            ],
        ),
    ],
)
def test_what_is_wrong_with_rules(text: str, expected: list[str]) -> None:
    assert problems(text) == expected
