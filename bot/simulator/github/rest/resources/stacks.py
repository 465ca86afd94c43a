"""Stacks of pull requests: https://docs.github.com/rest/pulls/stacks"""

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.rest.call import Answer, Call, Permission, Routes, ok
from bot.simulator.github.views import stacks as views

routes = Routes()

READ = Permission("pull_requests", Access.READ)


@routes.get("/repos/{owner}/{repo}/stacks", READ)
def list_stacks(call: Call) -> Answer:
    wanted = call.query.get("pull_request")
    found = [
        one for one in call.repository.stacks if wanted is None or wanted in {str(pull.number) for pull in one.pulls}
    ]
    return call.page(found, lambda one: views.stack(call.links, call.repository, one))


@routes.get("/repos/{owner}/{repo}/stacks/{stack_number}", READ)
def get_stack(call: Call) -> Answer:
    for one in call.repository.stacks:
        if one.number == call.number("stack_number"):
            return ok(views.full_stack(call.links, call.repository, one))
    raise not_found("Not Found")
