"""Each value of the effective policy, with where it comes from and what it replaces."""

from bot.core.policy import Policy, read
from bot.core.policy.file.yaml_tree import parse
from bot.core.policy.fleet.discovery import discover, folders_to_list, listing
from bot.core.policy.fleet.explanation import DEFAULT, Explained, explain_application, explain_environment
from bot.core.policy.fleet.provenance import written

MAIN = """\
defaults:
  application:
    image: ghcr.io/acme/{application}
    versions: {semver: '>=1.0.0', write: tag+digest}
  environment:
    path: envs/{environment}/{application}
    gates: {soak: 1h}
applications:
  '*': {owners: ['@acme/{application}']}
  billing:
    images: [ghcr.io/acme/billing, ghcr.io/acme/worker]
    versions: {numeric: highest}
    environments: {prod: {gates: {approvals: {count: 2}}}}
  tool: {versions: null}
environments:
  dev: {from: registry, gates: null}
  eu: {from: dev, gates: {soak: 30m}}
  us: {from: {any: [dev]}}
"""
PROD = "path: live/{environment}/{application}\nfrom: [eu, us]\ngates: {approvals: {count: 1}}\n"


def policy() -> Policy:
    read_policy = read({".gitops.yml": MAIN, ".gitops/prod.yml": PROD})
    paths = [f"envs/{name}/{each}/a.yaml" for name in ("dev", "eu", "us") for each in ("billing", "tool", "web")]
    return discover(read_policy, listing(paths, folders_to_list(read_policy))).policy


def of(found: tuple[Explained, ...]) -> dict[str, tuple[str, str]]:
    return {each.key: (each.value, each.source) for each in found}


def test_an_application_that_a_rule_finds() -> None:
    assert of(explain_application(policy(), "web")) == {
        "image": ("ghcr.io/acme/web", ".gitops.yml:3"),
        "owners": ("[@acme/web]", ".gitops.yml:9"),
        "versions.semver": (">=1.0.0", ".gitops.yml:4"),
        "versions.write": ("tag+digest", ".gitops.yml:4"),
        "mode": ("active", DEFAULT),
    }


def test_what_an_application_says_replaces_the_defaults() -> None:
    found = explain_application(policy(), "billing")

    assert found[0] == Explained(
        "images",
        "[ghcr.io/acme/billing, ghcr.io/acme/worker]",
        ".gitops.yml:11",
        (("ghcr.io/acme/{application}", ".gitops.yml:3"),),
    )
    assert of(found)["versions.numeric"] == ("highest", ".gitops.yml:12")
    assert "versions.semver" not in of(found)


def test_an_order_that_nobody_chose() -> None:
    """`versions: null` drops that of the defaults."""
    found = of(explain_application(policy(), "tool"))

    assert found["versions.semver"] == ("*", DEFAULT)
    assert found["versions.write"] == ("tag", DEFAULT)


def test_an_environment_with_its_defaults() -> None:
    found = explain_environment(policy().of("web"), "eu", "web")

    assert [each.key for each in found][:3] == ["path", "from", "promote"]
    assert of(found)["path"] == ("envs/eu/web", ".gitops.yml:6")
    assert of(found)["merge-method"] == ("merge", DEFAULT)
    assert "gates.checks" not in of(found)
    soak = next(each for each in found if each.key == "gates.soak")
    assert soak == Explained("gates.soak", "30m", ".gitops.yml:17", (("1h", ".gitops.yml:7"),))


def test_how_an_application_differs_there() -> None:
    found = explain_environment(policy().of("billing"), "prod", "billing")
    count = next(each for each in found if each.key == "gates.approvals.count")

    assert count == Explained("gates.approvals.count", "2", ".gitops.yml:13", (("1", ".gitops/prod.yml:3"),))
    assert of(found)["gates.approvals.from"] == ("[write]", DEFAULT)
    assert of(found)["path"] == ("live/prod/billing", ".gitops/prod.yml:1")


def test_versions_that_pass_through_an_environment() -> None:
    """Of what `from` names, the rest stays; where nothing stays, what comes before it."""
    own = policy().of("web")
    some, more, none = (own.without(frozenset(names)) for names in (["us"], ["eu", "us"], ["dev", "eu", "us"]))

    written = ("[eu, us]", ".gitops/prod.yml:2")
    assert explain_environment(own, "prod", "web")[1] == Explained("from", *written)
    assert explain_environment(some, "prod", "web")[1] == Explained("from", "eu", "not used: us", (written,))
    assert explain_environment(more, "prod", "web")[1] == Explained("from", "dev", "not used: eu, us", (written,))
    assert explain_environment(none, "prod", "web")[1].value == "registry"


def test_one_of_several() -> None:
    text = MAIN.replace("from: {any: [dev]}", "from: {any: [dev, eu]}")
    own = read({".gitops.yml": text, ".gitops/prod.yml": PROD}).of("billing")
    written = ("[dev, eu]", ".gitops.yml:18")

    assert (
        explain_environment(own, "us", "billing")[1].value,
        explain_environment(own, "us", "billing")[1].source,
    ) == written
    narrowed = own.without(frozenset({"dev"}))
    assert explain_environment(narrowed, "us", "billing")[1].value == "[eu]"


def test_a_value_is_shown_on_one_line() -> None:
    tree, _ = parse(".gitops.yml", "merges: 5\nper: 1h\ndays:\n  - mon\n  - {from: '09:00'}\n")
    assert tree is not None

    assert written(tree) == "{merges: 5, per: 1h, days: [mon, {from: 09:00}]}"
