"""What other programs read about an application."""

import pytest

from bot.core.decide import decide
from bot.core.policy import Mode, Policy
from bot.core.state import State
from bot.core.status import ApplicationStatus, EnvironmentStatus, Status, application_status, notes
from bot.core.values.artifacts import Unanswered
from tests.builders import (
    NOW,
    WEB,
    YESTERDAY,
    application,
    arrival,
    environment,
    environment_state,
    policy,
    promotion,
    state,
)

WEB_ROOT = "https://github.example.com"


def status(seen: State, rules: Policy | None = None) -> ApplicationStatus:
    rules = rules or policy(environment("dev"))
    return application_status(rules, seen, decide(seen, rules, NOW).verdicts, NOW, web=WEB_ROOT)


def only(found: ApplicationStatus) -> EnvironmentStatus:
    (here,) = found.environments
    return here


def test_an_environment_at_rest_says_since_when_it_holds_its_version() -> None:
    here = environment_state("dev", "v1.4.0", arrivals=(arrival("v1.4.0", commit="c" * 40),))
    found = status(state(here, tags=("v1.4.0",)))

    assert (found.repository, found.application, found.source, found.changed_at) == (
        "acme/deploy",
        "web",
        None,
        NOW,
    )
    assert only(found) == EnvironmentStatus(
        environment="dev",
        version="v1.4.0",
        since=YESTERDAY,
        commit="c" * 40,
        observed=False,
        status=Status.PASSED,
        reason="up to date (v1.4.0)",
        promotion=None,
        gates=(),
    )


def test_a_silent_registry_is_waited_for() -> None:
    found = only(status(state(environment_state(), tags={WEB: Unanswered(WEB, "no answer")})))

    assert found.status is Status.WAITING
    assert found.reason == "no answer about ghcr.io/acme/web: no answer"
    assert [(gate.gate, gate.code) for gate in found.gates] == [("image", "registry-silent")]
    assert found.gates[0].again_at is not None


def test_an_open_promotion_has_its_link_and_its_gates() -> None:
    rules = policy(environment("dev", gates={"approvals": {"count": 1}}))
    found = only(status(state(environment_state(promotion=promotion("v1.5.0"))), rules))

    assert found.promotion is not None
    assert found.promotion.url == f"{WEB_ROOT}/acme/deploy/pull/{found.promotion.number}"
    assert found.promotion.version == "v1.5.0"
    gates = {gate.gate: gate for gate in found.gates}
    assert gates["approvals"].status is not Status.PASSED
    assert "`" not in "".join(gates["approvals"].cleared_by)


def test_a_promotion_whose_version_cannot_be_read_has_none() -> None:
    found = only(status(state(environment_state(promotion=promotion(None)))))

    assert found.promotion is not None
    assert found.promotion.version is None


def test_nothing_stops_a_promotion_whose_gates_all_pass() -> None:
    seen = state(environment_state(promotion=promotion("v1.5.0")))
    found = only(application_status(policy(environment("dev")), seen, {}, NOW, web=WEB_ROOT))

    assert (found.status, found.reason) == (Status.PASSED, "every gate passes")


def test_mixed_versions_are_none_and_nobody_brought_them() -> None:
    found = only(status(state(environment_state("dev", None, arrivals=(arrival("v1.4.0"),)))))

    assert (found.version, found.since, found.commit) == (None, None, None)


def test_an_application_with_a_source_names_it() -> None:
    rules = policy(environment("dev"), applications=[application(source={"repository": "acme/web"})])

    assert status(state(environment_state()), rules).source == "acme/web"


def test_what_only_observes_says_so() -> None:
    assert only(status(state(environment_state()), policy(environment("dev"), mode=Mode.OBSERVE))).observed


def test_it_is_the_same_after_it_was_a_note() -> None:
    found = status(state(environment_state(promotion=promotion("v1.5.0"))))

    assert notes.read(notes.write(found)) == found
    assert notes.key(notes.name("acme/deploy", "web")) == ("acme/deploy", "web")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"repository": "acme/deploy"}'])
def test_a_note_of_another_program_is_none(text: str) -> None:
    assert notes.read(text) is None
