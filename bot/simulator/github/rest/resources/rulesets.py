"""Rulesets with their names: https://docs.github.com/en/rest/repos/rules"""

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection.protection import ProtectionSource
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.rest.call import Answer, Call, Permission, Routes, ok
from bot.simulator.github.views import protection

routes = Routes()

METADATA = Permission("metadata", Access.READ)


@routes.get("/repos/{owner}/{repo}/rulesets", METADATA)
def list_rulesets(call: Call) -> Answer:
    found = [one for one in call.repository.protections if one.protection.source is ProtectionSource.RULESET]
    return call.page(found, lambda one: protection.ruleset(call.links, one))


@routes.get("/repos/{owner}/{repo}/rulesets/{ruleset_id}", METADATA)
def get_ruleset(call: Call) -> Answer:
    for one in call.repository.protections:
        if one.protection.source is ProtectionSource.RULESET and one.id == call.number("ruleset_id"):
            return ok(protection.full_ruleset(call.links, one, call.caller.actor))
    raise not_found("Not Found")
