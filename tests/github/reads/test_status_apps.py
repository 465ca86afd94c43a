"""A required check of one App alone counts when the App reports it as a commit status: palantir/policy-bot#376, #1240."""

from collections.abc import Mapping

from bot.core.observation.commits import Report
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access, App
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from tests.github.conftest import Bench


def policy_bot(bench: Bench) -> App:
    return bench.world.github.create_app("policy-bot", owner=bench.world.acme, permissions={"statuses": Access.WRITE})


async def pinned(bench: Bench, app: App) -> str:
    """Open a promotion into a branch whose rules want `policy` by this App alone. Returns its head."""
    rules = Protection(source=ProtectionSource.RULESET, checks=(RequiredCheck("policy", app.id),))
    bench.world.repository.protect("main", rules)
    await bench.open()
    return bench.world.repository.pull(1).head_oid


async def reports(bench: Bench) -> Mapping[str, Report]:
    pull = (await bench.observe()).environments["dev"].pull
    assert pull is not None
    return {report.name: report for report in pull.head.reports}


async def test_a_status_of_the_app_that_the_rule_names_is_its_own(bench: Bench) -> None:
    app = policy_bot(bench)
    head = await pinned(bench, app)
    for context in ("policy", "other"):
        bench.world.repository.set_status(head, context, StatusState.SUCCESS, by=app.bot)

    seen = await reports(bench)

    assert {name: report.app_id for name, report in seen.items()} == {"policy": app.id, "other": None}
    bench.forget()
    await bench.observe()
    assert bench.asked() == ["POST /graphql"], "each App is asked about once"


async def test_a_status_by_a_person_or_an_unknown_app_is_nobodys(bench: Bench) -> None:
    app = policy_bot(bench)
    head = await pinned(bench, app)
    bench.world.repository.grant(bench.world.mona, Role.WRITE)
    bench.world.repository.set_status(head, "policy", StatusState.SUCCESS, by=bench.world.mona)
    assert (await reports(bench))["policy"].app_id is None

    bench.world.repository.set_status(head, "policy", StatusState.SUCCESS, by=app.bot)
    del bench.world.github.apps["policy-bot"]
    assert (await reports(bench))["policy"].app_id is None


async def test_a_status_by_a_person_who_is_called_like_the_app_is_not_the_apps(bench: Bench) -> None:
    """Anybody may register that name."""
    app = policy_bot(bench)
    head = await pinned(bench, app)
    namesake = bench.world.github.user("policy-bot")
    bench.world.repository.grant(namesake, Role.WRITE)
    bench.world.repository.set_status(head, "policy", StatusState.SUCCESS, by=namesake)

    assert (await reports(bench))["policy"].app_id is None
