"""The activity of a repository: https://docs.github.com/en/rest/repos/repos#list-repository-activities"""

from datetime import timedelta
from typing import Any

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.activity import Activity, ActivityKind
from bot.simulator.github.rest.bodies import Invalid
from bot.simulator.github.rest.call import Answer, Call, Permission, Routes
from bot.simulator.github.views import accounts
from bot.simulator.github.views.links import Links

routes = Routes()

PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


@routes.get("/repos/{owner}/{repo}/activity", Permission("contents", Access.READ))
def list_activity(call: Call) -> Answer:
    """List activities, newest first, with cursors instead of page numbers; `ref` may be a branch's short name."""
    query = call.query
    found = list(call.repository.activities)
    if query.get("direction", "desc") == "desc":
        found.reverse()
    ref, kind, actor = query.get("ref"), query.get("activity_type"), query.get("actor", "").lower()
    if kind is not None and kind not in {one.value for one in ActivityKind}:
        raise Invalid(f'"{kind}" is not a member of [{", ".join(one.value for one in ActivityKind)}].')
    since = call.github.now() - timedelta(days=PERIODS.get(query.get("time_period", ""), 36_500))
    found = [
        one
        for one in found
        if ref in {None, one.ref, one.ref.removeprefix("refs/heads/")}
        and kind in {None, one.kind.value}
        and actor in {"", one.actor.login.lower()}
        and one.at >= since
    ]
    start = next((at for at, one in enumerate(found, 1) if str(one.id) == query.get("after")), 0)
    page = found[start : start + call.page_size]
    more = {"next": {"after": str(page[-1].id)}} if start + len(page) < len(found) else {}
    return Answer(body=[_shown(call.links, one) for one in page], headers=call.link_header(more))


def _shown(links: Links, one: Activity) -> dict[str, Any]:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "before": one.before,
        "after": one.after,
        "ref": one.ref,
        "timestamp": accounts.moment(one.at),
        "activity_type": one.kind.value,
        "actor": accounts.account(links, one.actor),
    }
