"""Whether a changed policy needs a look at an application, or what was last seen is enough."""

from typing import Any

import pytest

from bot.core.needs.application import Known
from bot.core.plan import Plan
from bot.core.policy import Policy
from bot.core.repository.replanning import replanned
from tests.builders import NOW, application, environment, environment_state, policy, state

WEB = application(source="acme/web", owners=["@dana"])
BEFORE = policy(environment(), environment("prod", "dev", promote="manual"), applications=[WEB])
KNOWN = Known(files={"dev": ("x",), "prod": ("x",)})
SEEN = state(environment_state("dev"), environment_state("prod"), tags=("v1.4.0",))


def plan(after: Policy, before: Policy = BEFORE, **fields: Any) -> Plan | None:
    seen = fields.pop("seen", SEEN)
    return replanned(before, after, state=seen, known=fields.pop("known", KNOWN), now=NOW)


def changed(*, applications: Any = (WEB,), dev: Any = None, **prod: Any) -> Policy:
    return policy(
        environment(**(dev or {})),
        environment("prod", "dev", **{"promote": "manual", **prod}),
        applications=applications,
    )


@pytest.mark.parametrize(
    "after",
    [
        changed(promote="auto"),
        changed(merge="manual"),
        changed(gates={"approvals": {"count": 2, "from": ["owners"]}}),
        changed(gates={"windows": [{"days": "mon"}]}),
        changed(mode="observe"),
        changed(applications=[WEB, application("api")]),
        changed(applications=[application(source="acme/web", owners=["@sam"])]),
        changed(applications=[application(source="acme/web", owners=["@dana"], environments={"prod": False})]),
    ],
)
def test_what_was_seen_is_enough(after: Policy) -> None:
    found = plan(after)

    assert found is not None
    assert found.actions == ()
    assert found.rows


@pytest.mark.parametrize(
    "after",
    [
        changed(path="live/{application}"),
        changed(edit=[{"file": "x", "path": "y"}]),
        changed(applications=[WEB, application("api", edit=[{"file": "envs/dev/web/app.yaml", "path": "tag"}])]),
        changed(gates={"health": ["argocd"]}),
        changed(dev={"gates": {"checks": ["build"]}}),
        changed(gates={"approvals": {"count": 1, "from": ["@acme/sre"]}}),
        changed(applications=[application(images=["acme/other"], source="acme/web")]),
        changed(applications=[application(source="acme/web", versions={"numeric": "highest"})]),
        policy(environment(), environment("prod", "dev"), environment("qa", "dev"), applications=[WEB]),
    ],
)
def test_what_asks_for_something_else_needs_a_look(after: Policy) -> None:
    assert plan(after) is None


def test_what_has_to_be_written_needs_a_look() -> None:
    newer = state(environment_state("dev", "v1.5.0"), environment_state("prod"))

    assert plan(changed(promote="auto"), seen=newer) is None


def test_what_ends_sooner_than_the_key_wakes_up_needs_a_look() -> None:
    newer = state(environment_state("dev", "v1.5.0"), environment_state("prod"))
    later, sooner = (changed(gates={"soak": soak}) for soak in ("40d", "30d"))

    assert plan(sooner, later, seen=newer) is None
    assert plan(later, sooner, seen=newer) is not None
    assert plan(later, changed(), seen=newer) is None, "the key does not wake up for it"


def test_an_application_that_was_not_there_needs_a_look() -> None:
    assert plan(BEFORE, changed(applications=[application("api")])) is None
