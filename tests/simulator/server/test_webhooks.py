"""Webhooks: which ones are sent, to whom, how they are signed, and what happens to failed ones."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.runs import CheckAction, Conclusion, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.issues import StateReason
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.auto_merge import enable_auto_merge
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.traffic.faults import Fate
from bot.simulator.github.webhooks.sending import TIMEOUT, Outcome
from tests.simulator.http_world import SECRET, World

CHECKED = Protection(checks=("build",))


async def sent(world: World) -> list[tuple[str, dict[str, Any]]]:
    """(event, payload) of everything received since the last call."""
    await world.running.webhooks_settled()
    found = [(headers["X-GitHub-Event"], json.loads(body)) for headers, body in world.receiver.received]
    world.receiver.received.clear()
    return found


def names(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [".".join(filter(None, [event, payload.get("action")])) for event, payload in found]


async def test_headers_and_signature_are_githubs(world: World) -> None:
    world.repository.open_issue("Hello", by=world.mona)
    await world.running.webhooks_settled()

    ((headers, body),) = world.receiver.received

    assert headers["X-GitHub-Event"] == "issues"
    assert headers["X-GitHub-Hook-ID"].isdigit()
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(world.app.id)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert len(headers["X-GitHub-Delivery"]) == 36
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={digest}"


async def test_a_push_says_what_moved(world: World) -> None:
    before = world.repository.head()
    after = world.change("main", {"README.md": "# Changed\n", "new": "file\n"})

    ((event, payload), (asked, _)) = await sent(world)

    assert (event, asked) == ("push", "check_suite")
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, after)
    assert payload["commits"][0]["added"] == ["new"]
    assert payload["commits"][0]["modified"] == ["README.md"]
    assert payload["head_commit"]["id"] == after
    assert payload["installation"]["id"] == world.installation.id
    assert payload["sender"]["login"] == "mona"
    assert payload["pusher"]["name"] == "mona"


async def test_creating_and_deleting_a_branch_sends_webhooks(world: World) -> None:
    world.repository.create_branch("x", by=world.mona)
    world.repository.delete_branch("x", by=world.mona)

    found = await sent(world)

    assert names(found) == ["create", "push", "check_suite.requested", "delete", "push"]
    assert found[1][1]["created"]
    assert found[1][1]["before"] == ZERO
    assert found[4][1]["deleted"]
    assert found[4][1]["head_commit"] is None


async def test_the_life_of_a_pull_request(world: World) -> None:
    pull = world.open_pull()
    label = world.repository.label("gitops", by=world.mona)
    world.change("change", {"more": "\n"})
    pull.edit(by=world.mona, title="Better", body="More")
    pull.add_labels(label, by=world.mona)
    pull.remove_labels(label, by=world.mona)
    pull.convert_to_draft(by=world.mona)
    pull.mark_ready(by=world.mona)
    pull.request_reviews(world.octocat, world.acme.teams["sre"], by=world.mona)
    review = pull.review(by=world.octocat, state=ReviewState.APPROVED, body="Fine")
    pull.dismiss(review, by=world.octocat)
    pull.close(by=world.mona)
    pull.reopen(by=world.mona)
    merge(pull, MergeOrder(), by=world.octocat)

    found = await sent(world)

    assert names(found) == [
        "create", "push", "check_suite.requested", "pull_request.opened", "label.created", "push",
        "check_suite.requested", "pull_request.synchronize",
        "pull_request.edited", "pull_request.labeled", "pull_request.unlabeled", "pull_request.converted_to_draft",
        "pull_request.ready_for_review", "pull_request.review_requested", "pull_request.review_requested",
        "pull_request_review.submitted", "pull_request_review.dismissed", "pull_request.closed",
        "pull_request.reopened", "pull_request.closed", "push", "check_suite.requested",
    ]  # fmt: skip
    by_name = dict(zip(names(found), (payload for _, payload in found), strict=True))
    assert by_name["pull_request.edited"]["changes"] == {"title": {"from": "Pull change"}, "body": {"from": "Why."}}
    assert by_name["pull_request.synchronize"]["after"] == pull.head_oid
    assert by_name["pull_request_review.submitted"]["review"]["state"] == "approved"
    assert by_name["pull_request.closed"]["pull_request"]["merged"]
    assert by_name["pull_request.closed"]["pull_request"]["merge_commit_sha"] == pull.merge_commit_oid


async def test_a_payload_shows_the_state_at_its_event(world: World) -> None:
    world.running.faults.next_webhooks(Fate.HOLD, event="issues")
    issue = world.repository.open_issue("Before", by=world.mona)
    issue.edit(by=world.mona, title="After")
    world.running.webhooks.release()

    found = await sent(world)

    assert sorted((names([one])[0], one[1]["issue"]["title"]) for one in found) == [
        ("issues.edited", "After"),
        ("issues.opened", "Before"),
    ]


async def test_issues_comments_and_labels(world: World) -> None:
    label = world.repository.label("bug", by=world.mona)
    issue = world.repository.open_issue("Hello", by=world.mona, body="…", labels=[label])
    comment = issue.comment("/why", by=world.hubot)
    comment.edit("/why dev", by=world.hubot)
    comment.delete(by=world.hubot)
    label.edit(by=world.mona, color="ff0000")
    world.repository.delete_label(world.repository.label("short-lived"), by=world.mona)
    issue.close(by=world.mona, reason=StateReason.NOT_PLANNED)
    issue.reopen(by=world.mona)
    world.open_pull("a").comment("/promote prod", by=world.mona)

    found = await sent(world)

    assert names(found) == [
        "label.created", "issues.opened", "issues.labeled", "issue_comment.created", "issue_comment.edited",
        "issue_comment.deleted", "label.edited", "label.created", "label.deleted",
        "issues.closed", "issues.reopened", "create", "push", "check_suite.requested",
        "pull_request.opened", "issue_comment.created",
    ]  # fmt: skip
    assert found[4][1]["changes"] == {"body": {"from": "/why"}}
    assert "pull_request" in found[-1][1]["issue"]
    assert "pull_request" not in found[3][1]["issue"]


async def test_checks_and_statuses(world: World) -> None:
    pull = world.open_pull()
    action = CheckAction(label="Promote", description="To prod", identifier="promote")
    run = world.repository.create_check_run(pull.head_oid, "build", app=world.app)
    world.repository.checks.update_run(run, RunDetails(conclusion=Conclusion.SUCCESS, actions=(action,)))
    world.repository.checks.request_action(run, "promote", by=world.mona)
    world.repository.checks.rerequest(run, by=world.mona)
    world.repository.set_status(pull.head_oid, "argocd/web", StatusState.PENDING, by=world.mona)

    found = (await sent(world))[4:]

    assert names(found) == [
        "check_run.created", "check_run.completed", "check_suite.completed", "check_run.requested_action",
        "check_run.rerequested", "status",
    ]  # fmt: skip
    assert found[0][1]["check_run"]["pull_requests"][0]["number"] == pull.number
    assert found[1][1]["check_run"]["conclusion"] == "success"
    assert found[3][1]["requested_action"] == {"identifier": "promote"}
    assert [branch["name"] for branch in found[5][1]["branches"]] == ["change"]


async def test_a_rerequest_is_sent_only_to_the_runs_app(world: World) -> None:
    ci = world.github.create_app("ci", owner=world.acme, permissions={"checks": Access.WRITE})
    world.github.install(ci, world.acme)
    run = world.repository.create_check_run(world.repository.head(), "build", app=ci)
    world.repository.checks.rerequest(run, by=world.mona)

    assert names(await sent(world)) == ["check_run.created"]


async def test_auto_merge_and_the_merge_queue(world: World) -> None:
    world.repository.settings.auto_merge_allowed = True
    world.repository.protect("main", CHECKED)
    first = world.open_pull("a")
    enable_auto_merge(first, MergeOrder(), by=world.mona)
    world.repository.create_check_run(
        first.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )
    world.repository.protect("main", Protection(source=ProtectionSource.RULESET, merge_queue=MergeMethod.MERGE))
    second = world.open_pull("b")
    world.repository.create_check_run(
        second.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )
    queue = world.repository.queue("main")
    assert queue is not None
    entry = queue.add(second, by=world.mona)
    assert entry.group is not None
    world.repository.create_check_run(
        entry.group.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )

    found = names(await sent(world))

    assert first.merged_at is not None
    assert second.merged_at is not None
    assert {"pull_request.auto_merge_enabled", "pull_request.enqueued", "merge_group.checks_requested"} <= set(found)
    assert "merge_group.destroyed" in found


async def test_installation_events_are_sent_to_the_app(world: World) -> None:
    other = world.github.organisation("other")
    repository = world.github.create_repository("other/web")
    installation = world.github.install(world.app, other, repositories=[repository], by=world.mona)
    second = world.github.create_repository("other/two")
    world.github.select_repositories(installation, add=[second], by=world.mona)
    world.github.select_repositories(installation, remove=[repository], by=world.mona)
    world.github.suspend(installation, by=world.mona)
    world.github.unsuspend(installation, by=world.mona)
    world.github.uninstall(installation, by=world.mona)

    found = await sent(world)

    assert names(found) == [
        "installation.created", "installation_repositories.added", "installation_repositories.removed",
        "installation.suspend", "installation.unsuspend", "installation.deleted",
    ]  # fmt: skip
    assert [one["name"] for one in found[0][1]["repositories"]] == ["web"]
    assert [one["name"] for one in found[1][1]["repositories_added"]] == ["two"]


async def test_only_subscribed_events_of_covered_repositories_are_sent(world: World) -> None:
    world.github.organisation("other")
    elsewhere = world.github.create_repository("other/web", files={"a": "b"}, by=world.mona)
    elsewhere.open_issue("Not ours", by=world.mona)
    world.installation.events = ("push",)
    world.repository.open_issue("Not subscribed", by=world.mona)
    world.installation.events = ("issues",)
    world.installation.permissions = {"metadata": Access.READ}
    world.repository.open_issue("Not permitted", by=world.mona)

    assert await sent(world) == []


async def test_repository_events(world: World) -> None:
    made = world.github.create_repository("acme/new", by=world.octocat)
    made.archive(by=world.octocat)
    made.unarchive(by=world.octocat)

    assert names(await sent(world)) == ["repository.created", "repository.archived", "repository.unarchived"]


async def test_ping(world: World) -> None:
    world.running.webhooks.ping(world.app)

    ((event, payload),) = await sent(world)

    assert event == "ping"
    assert payload["hook"]["app_id"] == world.app.id


# -- deliveries --------------------------------------------------------------------------------------------------------


async def test_deliveries_are_stored_and_can_be_asked_for(world: World) -> None:
    world.repository.open_issue("One", by=world.mona)
    await world.running.webhooks_settled()
    world.receiver.status = 500
    world.repository.open_issue("Two", by=world.mona)
    await world.running.webhooks_settled()

    listed = (await world.as_app.get("/app/hook/deliveries")).body
    failed = (await world.as_app.get("/app/hook/deliveries?status=failure")).body
    whole = (await world.as_app.get(f"/app/hook/deliveries/{listed[0]['id']}")).body

    assert [(one["status_code"], one["status"]) for one in listed] == [
        (500, "Invalid HTTP Response: 500"),
        (202, "OK"),
    ]
    assert failed == listed[:1]
    assert whole["request"]["payload"]["issue"]["title"] == "Two"
    assert whole["request"]["headers"]["X-GitHub-Delivery"] == listed[0]["guid"]
    assert whole["response"]["payload"] == "received"
    assert listed[0]["repository_id"] == world.repository.id
    assert listed[0]["installation_id"] == world.installation.id


async def test_deliveries_are_repeated_only_on_request(world: World) -> None:
    world.receiver.status = 503
    world.repository.open_issue("Hello", by=world.mona)
    await world.running.webhooks_settled()
    world.receiver.status = 202
    world.github.clock.advance(timedelta(hours=1))
    (failed,) = (await world.as_app.get("/app/hook/deliveries")).body

    asked = await world.as_app.post(f"/app/hook/deliveries/{failed['id']}/attempts")
    await world.running.webhooks_settled()
    listed = (await world.as_app.get("/app/hook/deliveries")).body

    assert asked.status == 202
    assert [(one["redelivery"], one["status_code"]) for one in listed] == [(True, 202), (False, 503)]
    assert listed[0]["guid"] == failed["guid"]
    assert listed[0]["id"] != failed["id"]
    (first, second) = world.receiver.received
    assert first[1] == second[1]
    assert first[0]["X-GitHub-Delivery"] == second[0]["X-GitHub-Delivery"]


async def test_a_delivery_is_too_old_after_three_days(world: World) -> None:
    world.repository.open_issue("Hello", by=world.mona)
    await world.running.webhooks_settled()
    (found,) = world.running.webhooks.deliveries()
    world.github.clock.advance(timedelta(days=3, seconds=1))

    assert (await world.as_app.post(f"/app/hook/deliveries/{found.id}/attempts")).status == 422
    assert (await world.as_app.post("/app/hook/deliveries/1/attempts")).status == 404


async def test_deliveries_page_by_cursor(world: World) -> None:
    for number in range(5):
        world.repository.open_issue(f"{number}", by=world.mona)
    await world.running.webhooks_settled()

    seen: list[int] = []
    address: str | None = "/app/hook/deliveries?per_page=2"
    while address is not None:
        reply = await world.as_app.get(address)
        seen += [one["id"] for one in reply.body]
        link = reply.headers.get("Link")
        address = None if link is None else link.partition("<")[2].partition(">")[0].removeprefix(world.running.url)

    assert seen == [one.id for one in world.running.webhooks.deliveries()]
    assert len(seen) == 5


async def test_a_receiver_that_is_too_slow_has_failed(world: World) -> None:
    assert world.running.webhooks.timeout == TIMEOUT == 10
    world.running.webhooks.timeout = 0.2
    world.receiver.delay = 0.5
    world.repository.open_issue("Hello", by=world.mona)
    await world.running.webhooks_settled()

    (delivery,) = world.running.webhooks.deliveries()
    assert delivery.outcome is Outcome.TIMED_OUT
    assert (delivery.status, delivery.status_code) == ("timed out", 0)
    assert 0.2 <= delivery.duration < 0.5


async def test_an_unreachable_receiver_is_a_failure(world: World) -> None:
    await world.as_app.patch("/app/hook/config", {"url": "http://127.0.0.1:1/hook", "secret": "other"})
    world.repository.open_issue("Hello", by=world.mona)
    await world.running.webhooks_settled()

    (delivery,) = world.running.webhooks.deliveries()

    assert delivery.outcome is Outcome.FAILED
    assert (await world.as_app.get("/app/hook/config")).body["url"] == "http://127.0.0.1:1/hook"


# -- faults ------------------------------------------------------------------------------------------------------------


async def test_webhooks_get_lost_dropped_and_repeated(world: World) -> None:
    faults = world.running.faults
    faults.next_webhooks(Fate.LOSE)
    faults.next_webhooks(Fate.DROP)
    faults.next_webhooks(Fate.REPEAT)
    for title in ("lost", "dropped", "repeated", "usual"):
        world.repository.open_issue(title, by=world.mona)

    titles = [payload["issue"]["title"] for _, payload in await sent(world)]

    assert sorted(titles) == ["repeated", "repeated", "usual"]
    outcomes = [delivery.outcome for delivery in reversed(world.running.webhooks.deliveries())]
    assert outcomes == [Outcome.FAILED, Outcome.OK, Outcome.OK]
    assert list(faults.unspent()) == []


async def test_webhooks_come_late_and_in_another_order(world: World) -> None:
    world.running.faults.next_webhooks(Fate.HOLD, count=3)
    for title in ("a", "b", "c"):
        world.repository.open_issue(title, by=world.mona)
    await world.running.webhooks_settled()
    assert world.receiver.received == []
    assert len(world.running.webhooks.held) == 3

    for position in (2, 0):
        world.running.webhooks.release([position])
        await world.running.webhooks_settled()

    titles = [json.loads(body)["issue"]["title"] for _, body in world.receiver.received]
    assert titles == ["c", "a"]
