"""The form, and the GitHub that it names."""

import json

import pytest

from bot.github.registration.addresses import Site, site_of, site_of_api
from bot.setup.choices import Choices, Delivery, Keep, Unusable, defaults, read_choices, unused_address
from bot.setup.flow import Returned, Setup, Step

FORM = {**defaults(), "organisation": "acme"}


def read(**changes: str) -> Choices:
    found = read_choices({**FORM, **changes})
    assert isinstance(found, Choices), found
    return found


def problems(**changes: str) -> set[str]:
    found = read_choices({**FORM, **changes})
    assert isinstance(found, Unusable), found
    return set(found.problems)


@pytest.mark.parametrize(
    ("given", "web", "api"),
    [
        ("github.com", "https://github.com", "https://api.github.com"),
        (" https://GitHub.com/ ", "https://github.com", "https://api.github.com"),
        ("www.github.com", "https://github.com", "https://api.github.com"),
        ("acme.ghe.com", "https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("github.acme.corp:8443", "https://github.acme.corp:8443", "https://github.acme.corp:8443/api/v3"),
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234", "http://127.0.0.1:1234/api/v3"),
    ],
)
def test_a_github_is_named_by_its_host(given: str, web: str, api: str) -> None:
    assert site_of(given) == Site(web, api)
    assert site_of_api(api).web == web


@pytest.mark.parametrize(
    "given", ["", "github", "http://github.com", "https://github.com/acme", "a@b.example", "x.example?y", "[::1]"]
)
def test_anything_else_is_no_github(given: str) -> None:
    assert site_of(given) is None


def test_the_page_proposes_to_pull_unless_the_server_is_public() -> None:
    assert read().delivery is Delivery.PULL
    assert read_choices({**defaults(public_url="https://bot.example.com"), "organisation": "acme"}) == Choices(
        site=Site("https://github.com", "https://api.github.com"),
        organisation="acme",
        name="gitops-bot",
        delivery=Delivery.PUSH,
        public_url="https://bot.example.com",
        webhook_url="https://bot.example.com/webhooks/github",
    )


def test_an_unused_webhook_leads_to_a_name_that_nobody_can_own() -> None:
    assert read(name="Acme GitOps_1").webhook_url == "https://acme-gitops-1.invalid/webhooks/github"
    assert unused_address("--") == "https://gitops-bot.invalid/webhooks/github"
    assert read(unused_url="https://nothing.acme.com/x").webhook_url == "https://nothing.acme.com/x"
    assert problems(unused_url="http://nothing.acme.com/x") == {"unused_url"}


def test_an_own_account_needs_no_organisation() -> None:
    assert read(account="own", organisation="").organisation == ""
    assert problems(organisation="") == {"organisation"}
    assert problems(organisation="acme/x") == {"organisation"}


@pytest.mark.parametrize("name", ["", "a" * 35, "-x", "a/b", "<b>"])
def test_a_name_that_github_does_not_take(name: str) -> None:
    assert problems(name=name) == {"name"}


@pytest.mark.parametrize(
    "url",
    ["", "bot.example.com", "http://bot.example.com", "https://localhost:8080", "https://127.0.0.1", "https://10.1.2.3",
     "https://192.168.0.1", "https://172.16.0.1", "https://bot.internal", "https://[::1]", "https://[", "https://a:b@c.example"],
)  # fmt: skip
def test_an_address_that_github_sends_nothing_to(url: str) -> None:
    assert problems(delivery="push", public_url=url) == {"public_url"}


def test_every_problem_is_named_at_once() -> None:
    assert problems(github="?", organisation="", name="", delivery="push") == {
        "github", "organisation", "name", "public_url",
    }  # fmt: skip


def test_secrets_are_shown_where_somebody_says_so() -> None:
    assert read().keep is Keep.FILE
    assert read(keep="show").keep is Keep.SHOW
    assert read(keep="anything").keep is Keep.FILE


def test_a_setup_begins_again_with_another_state() -> None:
    numbers = iter(range(100))
    setup = Setup(lambda: str(next(numbers)))
    steps = [setup.step]
    first = setup.choose(read(), back="http://127.0.0.1:1/setup/created")
    steps.append(setup.step)
    assert json.loads(first.manifest)["redirect_url"] == "http://127.0.0.1:1/setup/created"
    state = first.action.rpartition("=")[2]
    assert first.action.startswith("https://github.com/organizations/acme/settings/apps/new?state=")
    second = setup.choose(read(account="own"), back="http://127.0.0.1:1/setup/created")
    assert second.action.startswith("https://github.com/settings/apps/new?state=")
    assert setup.returned(code="c", state=state) is Returned.STRANGE
    assert setup.returned(code="c", state=second.action.rpartition("=")[2]) is Returned.EXCHANGE
    setup.start_again()
    steps.append(setup.step)
    assert steps == [Step.CHOOSE, Step.REGISTER, Step.CHOOSE]
    assert setup.returned(code="c", state="") is Returned.STRANGE
    assert setup.install_url == ""
