"""The doctor finds each of many planted misconfigurations by name, and nothing else."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.demo.setting import POLICY
from bot.cli.demo.stage import CHAT_TOKEN
from bot.doctor.findings import Status, exit_status
from bot.github.errors import Refused
from bot.service.outside import github_of, session_of
from bot.settings import read_settings
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.registry.access import Access as RegistryAccess
from bot.simulator.registry.access import Challenge
from bot.simulator.registry.faults import Fault
from tests.doctor.patient import REPOSITORY, Patient, healthy

Plant = Callable[[Patient], None]


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    async with healthy(tmp_path) as found:
        yield found


async def test_a_healthy_installation_has_no_findings(patient: Patient) -> None:
    found = await patient.findings()

    assert [each for each in found if each.status is not Status.GOOD] == []
    assert exit_status(found) == 0
    assert {each.name for each in found} == {
        "settings", "database", "clock", "app", "installation", "deliveries", "policy", "merging", "branches",
        "required-checks", "registry", "safety",
    }  # fmt: skip


def _environment(**variables: str) -> Plant:
    return lambda patient: patient.environment.update(variables)


def _clock(minutes: int) -> Plant:
    def plant(patient: Patient) -> None:
        ahead, now = timedelta(minutes=minutes), patient.runtime.now
        patient.runtime = replace(patient.runtime, now=lambda: now() + ahead)

    return plant


def _commit(text: str) -> Plant:
    def plant(patient: Patient) -> None:
        stage = patient.stage
        stage.manifests.commit_files({".gitops.yml": text}, by=stage.person("alice"), message="Policy")

    return plant


def _deny(name: str, level: Access) -> Plant:
    return lambda patient: patient.permit(**{name: level})


def _unhear(event: str) -> Plant:
    def plant(patient: Patient) -> None:
        app = patient.stage.app
        app.events = tuple(each for each in app.events if each != event)

    return plant


def _unaccepted(patient: Patient) -> None:
    (installation,) = patient.stage.app.installations
    installation.permissions = {**installation.permissions, "packages": Access.NONE}


def _suspended(patient: Patient) -> None:
    (installation,) = patient.stage.app.installations
    patient.stage.github.suspend(installation)


def _uninstalled(patient: Patient) -> None:
    (installation,) = patient.stage.app.installations
    patient.stage.github.uninstall(installation)


def _without_source(patient: Patient) -> None:
    (installation,) = patient.stage.app.installations
    installation.selected = [patient.stage.manifests]


def _no_webhook(patient: Patient) -> None:
    patient.stage.app.webhook_url = None


def _answers(status: int) -> Plant:
    def plant(patient: Patient) -> None:
        patient.receiver_answers = status

    return plant


def _registry(access: RegistryAccess) -> Plant:
    def plant(patient: Patient) -> None:
        patient.stage.registry.authenticator.access = access

    return plant


def _silent(patient: Patient) -> None:
    patient.stage.registry.faults.add(Fault.REFUSE)


def _no_database(patient: Patient) -> None:
    (patient.home / "queue.sqlite3").write_text("This is no database. " * 100)


def _helper(patient: Patient) -> None:
    _registry(RegistryAccess(challenge=Challenge.TOKEN, users={"a": "b"}))(patient)
    patient.docker({"credHelpers": {"ghcr.io": "ecr-login"}})


def _protect(pattern: str, rules: Protection) -> Plant:
    return lambda patient: patient.rule(pattern, rules)


def _unprotect(pattern: str) -> Plant:
    return lambda patient: patient.stage.manifests.unprotect(pattern)


def _settings(**changes: object) -> Plant:
    def plant(patient: Patient) -> None:
        for name, value in changes.items():
            setattr(patient.stage.manifests.settings, name, value)

    return plant


def _slack(token: str) -> Plant:
    def plant(patient: Patient) -> None:
        patient.environment.update(
            NOTIFY_RELEASES="slack:C0123456789", SLACK_BOT_TOKEN=token, SLACK_API_URL=patient.chat_url
        )

    return plant


def _undeployed(patient: Patient) -> None:
    _commit(POLICY.replace("    from: registry\n", "    from: registry\n    deployments: manifests\n"))(patient)
    _deny("deployments", Access.NONE)(patient)


def _unheard_registry(patient: Patient) -> None:
    """Of a registry that is not GitHub's, which reports its images itself."""
    mirror = patient.environment["REGISTRY_MIRRORS"].partition("=")[2]
    _commit(POLICY.replace("ghcr.io/", "registry.example.com/"))(patient)
    _environment(
        REGISTRY_ALLOW="registry.example.com", REGISTRY_MIRRORS=f"registry.example.com={mirror}", REGISTRY_POLL="off"
    )(patient)


RANDOM = "3f9c1d0e7b2a48655d1c9e0f7a3b6c82"
NOTIFYING = POLICY.replace("    from: registry\n", "    from: registry\n    notify: [{to: nobody-knows}]\n")
LENIENT = RequiredCheck("gitops/promotion")
SILENT = Protection(name="CI", checks=(RequiredCheck("integration"),))
OTHERS = POLICY.replace("ghcr.io/acme/web", "registry.example.com/acme/web")

PLANTED: dict[str, tuple[str, Plant]] = {
    "a variable is malformed": ("setting-unusable", _environment(PORT="eighty")),
    "the clock is five minutes ahead": ("clock-off", _clock(5)),
    "the clock is five minutes behind": ("clock-off", _clock(-5)),
    "the database is no database": ("database-unusable", _no_database),
    "the private key belongs to nobody": ("app-refused", _environment(GITHUB_APP_ID="999999")),
    "a permission is missing": ("permission-missing", _deny("statuses", Access.NONE)),
    "a permission is too low": ("permission-missing", _deny("issues", Access.READ)),
    "an account has not accepted a permission": ("permission-not-accepted", _unaccepted),
    "an event is missing": ("event-missing", _unhear("merge_group")),
    "the installation is suspended": ("installation-suspended", _suspended),
    "the App is installed nowhere": ("not-installed", _uninstalled),
    "the App has no webhook": ("webhook-missing", _no_webhook),
    "the webhook leads to another server": ("webhook-elsewhere", _environment(PUBLIC_URL="https://bot.example.com")),
    "the secrets differ": ("deliveries-unsigned", _answers(401)),
    "the address leads elsewhere": ("deliveries-lost", _answers(404)),
    "the server is not reached": ("deliveries-failing", _answers(0)),
    "the server fails": ("deliveries-failing", _answers(502)),
    "the registry is not allowed": ("registry-not-allowed", _commit(OTHERS)),
    "the credential helper is missing": ("registry-login-failed", _helper),
    "the registry wants a login": (
        "registry-login-failed",
        _registry(RegistryAccess(challenge=Challenge.TOKEN, users={"a": "b"})),
    ),
    "the registry is down": ("registry-unreachable", _silent),
    "the image does not exist": (
        "image-not-found",
        _commit(POLICY.replace("acme/web\n    source", "acme/wep\n    source")),
    ),
    "the policy is broken": ("policy-broken", _commit("version: 1\napplicatoins: {}\n")),
    "the App does not see the source": ("source-unreadable", _without_source),
    "the source belongs to others": (
        "source-not-allowed",
        _commit(POLICY.replace("source: acme/web", "source: others/web")),
    ),
    "issues are disabled": ("issues-disabled", _settings(has_issues=False)),
    "a secret is one of those that others try first": (
        "secret-guessable",
        _environment(GITHUB_WEBHOOK_SECRET="changeme-changeme-1234"),
    ),
    "a token repeats itself": ("secret-guessable", _environment(API_TOKENS=f"{RANDOM},aaaaaaaaaaaaaaaaaaaaaaaa")),
    "two settings have one secret": ("secret-reused", _environment(API_TOKENS=RANDOM, CI_WEBHOOK_SECRET=RANDOM)),
    "the public address is not https": (
        "public-url-insecure",
        _environment(PUBLIC_URL="http://bot.example.com", WEBHOOKS="pull"),
    ),
    "nothing tells of new images": ("images-noticed-late", _unheard_registry),
    "the sink is not there": (
        "sink-unreachable",
        _environment(NOTIFY_RELEASES="teams:https://127.0.0.1:1/secret-hook"),
    ),
    "Slack refuses the token": ("sink-refused", _slack("xoxb-another-token")),
    "Slack is not there": (
        "sink-unreachable",
        _environment(NOTIFY_RELEASES="slack:C0123456789", SLACK_BOT_TOKEN="xoxb-1", SLACK_API_URL="http://127.0.0.1:1"),
    ),
    "the policy names no sink of this server": ("sink-unknown", _commit(NOTIFYING)),
    "the collector is not there": (
        "traces-unreachable",
        _environment(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1"),
    ),
    "deployments may not be written": ("deployments-refused", _undeployed),
    "the server pulls and somebody else receives": ("webhook-received", _environment(WEBHOOKS="pull")),
    "GitHub requires reviews": ("review-required", _protect("main", Protection(name="Reviews", approvals=1))),
    "nothing can be merged": (
        "merge-impossible",
        lambda patient: (
            _settings(squash_merge_allowed=False, rebase_merge_allowed=False)(patient),
            _protect("main", Protection(name="Linear", linear_history=True))(patient),
        )[0],
    ),
    "a required check never reports": ("required-check-never-reports", _protect("main", SILENT)),
    "our check is not required": ("promotion-check-optional", _unprotect("~DEFAULT_BRANCH")),
    "anybody may report our check": (
        "promotion-check-from-anybody",
        _protect("~DEFAULT_BRANCH", Protection(name="Promotions", checks=(LENIENT,))),
    ),
    "gitops-state is not protected": ("state-branch-unprotected", _unprotect("gitops-state")),
    "a ruleset covers every branch": (
        "promotions-blocked",
        _protect("gitops/**", Protection(name="Everything", approvals=1)),
    ),
}
"""What is wrong → the name that the doctor gives it, and how it is planted."""


@pytest.mark.parametrize("what", PLANTED)
async def test_each_is_found_by_its_name(patient: Patient, what: str) -> None:
    name, plant = PLANTED[what]
    plant(patient)

    found = await patient.findings()
    wrong = [each for each in found if each.status is not Status.GOOD]

    assert name in {each.name for each in wrong}, wrong
    named = next(each for each in wrong if each.name == name)
    assert named.seen.endswith(".")
    assert named.remedy.endswith((".", "AUTHORIZED")) or named.link, named
    assert exit_status(found) == 1
    unexpected = {each.name for each in wrong} - {name} - FOLLOWS.get(name, set())
    assert not unexpected, wrong


FOLLOWS = {
    "setting-unusable": {"everything-else"},
    "clock-off": {"app"},
    "permission-missing": {"repository"},
    "installation-suspended": {"not-installed-here"},
    "not-installed": {"not-installed-here"},
    "registry-not-allowed": {"source-unreadable"},
    "public-url-insecure": {"webhook-received"},
    "deployments-refused": {"permission-missing"},
}
"""What is wrong as a consequence."""


async def test_a_repository_without_the_app(patient: Patient) -> None:
    assert await patient.problems("acme/other") == ["not-installed-here"]


async def test_a_source_repository_needs_no_policy_unless_it_is_named(patient: Patient) -> None:
    assert await patient.problems("acme/web") == ["policy-missing"]
    assert await patient.problems("") == []


async def test_a_github_that_does_not_answer_is_not_a_finding(patient: Patient) -> None:
    patient.environment["GITHUB_API_URL"] = "http://127.0.0.1:1/api/v3"

    found = await patient.findings()

    assert {each.name for each in found if each.status is Status.UNCHECKED} == {"github-unreachable", "app"}
    assert exit_status(found) == 2


async def test_what_is_in_order_is_said_of_sinks_and_traces_as_well(patient: Patient) -> None:
    _slack(CHAT_TOKEN)(patient)
    _environment(OTEL_EXPORTER_OTLP_ENDPOINT=patient.chat_url)(patient)

    found = {each.name: each.status for each in await patient.findings()}

    assert (found["sink"], found["traces"]) == (Status.GOOD, Status.GOOD)
    assert patient.stage.chat.messages == {}


async def test_a_repository_without_a_policy_hears_why_none_is_proposed(patient: Patient) -> None:
    missing = {each.name: each for each in await patient.findings("acme/web")}["policy-missing"]
    assert "It has proposed none" in missing.seen

    _environment(ONBOARDING="off")(patient)
    missing = {each.name: each for each in await patient.findings("acme/web")}["policy-missing"]
    assert "ONBOARDING=off" in missing.seen
    assert missing.remedy.endswith("Or unset ONBOARDING.")


@pytest.mark.parametrize("became", ["open", "closed"])
async def test_it_knows_the_proposal_that_waits_or_was_closed(patient: Patient, became: str) -> None:
    bot = patient.stage.app.bot
    patient.stage.source.commit_files({"x": "y"}, by=bot, branch="gitops/first-policy", message="x")
    draft = PullDraft(title="Add a policy for GitOps Bot", base="main", head="gitops/first-policy")
    pull = patient.stage.source.open_pull(draft, by=bot)
    if became == "closed":
        pull.close(by=patient.stage.person("alice"))

    missing = {each.name: each for each in await patient.findings("acme/web")}["policy-missing"]

    assert f"#{pull.number}" in missing.seen
    assert (missing.remedy == f"Merge or answer #{pull.number}.") is (became == "open")
    assert ("does not propose one again" in missing.seen) is (became == "closed")


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (_clock(5), "clock is not GitHub's; turn on time synchronisation"),
        (_clock(-15), "clock is not GitHub's; turn on time synchronisation"),
        (_environment(GITHUB_APP_ID="999999"), "no App with this GITHUB_APP_ID"),
    ],
    ids=["five minutes ahead", "a quarter of an hour behind", "another App"],
)
async def test_the_server_says_itself_why_github_refuses_it(patient: Patient, plant: Plant, said: str) -> None:
    """Whoever reads the log has not asked the doctor yet."""
    plant(patient)
    settings = read_settings(patient.environment)
    async with session_of(settings) as session:
        with pytest.raises(Refused, match=said):
            await github_of(settings, session, patient.runtime).repositories()


async def test_no_finding_holds_a_secret(patient: Patient) -> None:
    plants = (
        _answers(401),
        _registry(RegistryAccess(challenge=Challenge.BASIC, users={"a": "b"})),
        _slack("xoxb-refused"),
        _environment(API_TOKENS="changeme-changeme-42", CI_WEBHOOK_SECRET="changeme-changeme-42"),
        _environment(NOTIFY_TEAMS="teams:https://127.0.0.1:1/secret-hook"),
    )
    for plant in plants:
        plant(patient)
    text = repr(await patient.findings())

    for secret in (
        patient.environment["GITHUB_WEBHOOK_SECRET"],
        "PRIVATE KEY",
        "Bearer ",
        "xoxb-refused",
        "changeme-changeme-42",
        "secret-hook",
    ):
        assert secret not in text


async def test_an_observing_repository_is_examined_as_well(patient: Patient) -> None:
    _commit(f"mode: observe\n{POLICY}")(patient)
    assert await patient.problems(REPOSITORY) == []
