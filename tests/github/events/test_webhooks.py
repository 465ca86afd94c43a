"""From webhooks to keys: a table of what becomes due, and that no payload makes the router fail."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.needs.subscriptions import Due
from bot.core.values.permit import Priority
from bot.github.events import webhooks

APP = 4711
REPOSITORY: Mapping[str, Any] = {"id": 1, "full_name": "acme/manifests", "default_branch": "main"}
SOURCE: Mapping[str, Any] = {"id": 2, "full_name": "acme/web", "default_branch": "main"}
OTHER: Mapping[str, Any] = {"id": 3, "full_name": "acme/other", "default_branch": "main"}
BOT_ID = 3000001
US: Mapping[str, Any] = {"login": "gitops-bot[bot]", "type": "Bot", "id": BOT_ID}
MONA: Mapping[str, Any] = {"login": "mona", "type": "User", "id": 101}
WHOLE = ("acme/manifests",)
WEB = ("acme/manifests#web",)
WEB_AND_API = ("acme/manifests#api", "acme/manifests#web")


SUBSCRIBED: Mapping[str, tuple[str, ...]] = {
    "manifests acme/manifests": WHOLE,
    "source acme/web": WEB_AND_API,
    "image ghcr.io/acme/web": WEB,
}
"""acme/manifests deploys web and api, both built from acme/web."""


def resolved(due: Due) -> tuple[str, ...]:
    """The keys that the queue makes due."""
    heard = (key for topic in due.topics for key in SUBSCRIBED.get(topic, ()))
    return tuple(sorted({*due.keys, *heard}))


def keys(event: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    return resolved(webhooks.due_for(event, payload, app_id=APP, bot_id=BOT_ID))


def event(
    repository: Mapping[str, Any] = REPOSITORY, sender: Mapping[str, Any] = MONA, **fields: Any
) -> dict[str, Any]:
    return {"repository": repository, "sender": sender, **fields}


def moved(full_name: str, /, **changes: Any) -> dict[str, Any]:
    """policy-bot#408: another name or owner; the payload says which it was."""
    action = "renamed" if "repository" in changes else "transferred"
    return event({**REPOSITORY, "full_name": full_name}, action=action, changes=changes)


def head(ref: str, repository: Mapping[str, Any] = REPOSITORY) -> dict[str, Any]:
    return {"ref": ref, "sha": "1" * 40, "repo": {"id": repository["id"]}}


def pull(
    action: str, ref: str, *, of: Mapping[str, Any] = REPOSITORY, sender: Mapping[str, Any] = MONA
) -> dict[str, Any]:
    return event(sender=sender, action=action, pull_request={"number": 7, "head": head(ref, of)})


def push(ref: str, *paths: str, **fields: Any) -> dict[str, Any]:
    return event(**{"ref": ref, "commits": [{"added": [], "modified": list(paths), "removed": []}], **fields})


def check(
    kind: str, action: str, *refs: str, app: int = 15368, branch: str | None = None, **fields: Any
) -> dict[str, Any]:
    pulls = [{"head": head(ref)} for ref in refs]
    suite = {"head_branch": branch, "pull_requests": pulls, "app": {"id": app}}
    run = {"check_suite": suite, "pull_requests": pulls, "app": {"id": app}}
    return event(**{"action": action, kind: run if kind == "check_run" else suite, **fields})


def package(kind: str, url: str, *, type_: str = "CONTAINER") -> dict[str, Any]:
    return {
        "action": "published",
        kind: {
            "name": "Web",
            "namespace": "Acme",
            "package_type": type_,
            "owner": {"login": "Acme"},
            "package_version": {"package_url": url},
        },
    }


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        # Pushes
        ("push", push("refs/heads/main", "envs/dev/web.yaml"), WHOLE),
        ("push", push("refs/heads/main", "envs/dev/web.yaml", sender=US), WHOLE),
        ("push", push("refs/heads/gitops-state", "prod.yaml"), WHOLE),
        ("push", push("refs/heads/gitops-state", "prod.yaml", sender=US), ()),
        ("push", push("refs/heads/gitops/prod/web", "envs/prod/web.yaml"), WEB),
        ("push", push("refs/heads/gitops/prod/web", "envs/prod/web.yaml", sender=US), ()),
        ("push", push("refs/heads/gitops-stage/prod/web", "envs/prod/web.yaml", sender=US), ()),
        ("push", push("refs/heads/feature", "x"), ()),
        ("push", push("refs/tags/v1"), ()),
        ("push", push("refs/heads/main", "main.go", repository=SOURCE), WEB_AND_API),
        ("push", push("refs/heads/main", "x", repository=OTHER), ()),
        ("push", push("refs/heads/main", ".gitops.yml", repository=OTHER), ("acme/other",)),
        ("push", push("refs/heads/main", ".gitops/prod.yml", repository=OTHER), ("acme/other",)),
        ("push", push("refs/heads/main", repository=OTHER, forced=True), ("acme/other",)),
        # Pull requests
        ("pull_request", pull("opened", "gitops/dev/web"), WEB),
        ("pull_request", pull("opened", "gitops/dev/web", sender=US), WEB),
        ("pull_request", pull("synchronize", "gitops/dev/web", sender=US), WEB),
        ("pull_request", pull("closed", "gitops/dev/web", sender=US), WEB),
        ("pull_request", pull("edited", "gitops/dev/web", sender=US), ()),
        ("pull_request", pull("labeled", "gitops/dev/web", sender=US), ()),
        ("pull_request", pull("labeled", "gitops/dev/web"), WEB),
        ("pull_request", pull("opened", "feature"), WHOLE),
        ("pull_request", pull("labeled", "feature"), ()),
        ("pull_request", pull("opened", "gitops/dev/web", of=OTHER), WHOLE),  # from a fork
        ("pull_request_review", pull("submitted", "gitops/dev/web"), WEB),
        ("pull_request_review", pull("submitted", "gitops/dev/web", of=OTHER), ()),
        ("pull_request_review", pull("submitted", "feature"), ()),
        ("pull_request_review_thread", pull("resolved", "gitops/dev/web"), WEB),
        # Checks and statuses
        ("check_run", check("check_run", "completed", "gitops/dev/web"), WEB),
        ("check_run", check("check_run", "completed", branch="gitops/dev/web"), WEB),
        ("check_run", check("check_run", "completed", "gitops/dev/web", app=APP), ()),
        ("check_run", check("check_run", "rerequested", "gitops/dev/web", app=APP), WEB),
        ("check_run", check("check_run", "requested_action", "gitops/dev/web", app=APP), WEB),
        ("check_run", check("check_run", "completed", branch="main"), WHOLE),
        ("check_run", check("check_run", "completed", branch="feature"), ()),
        ("check_run", check("check_run", "completed"), WHOLE),  # GitHub names no branch
        ("check_run", check("check_run", "completed", branch="x", repository=SOURCE), WEB_AND_API),
        ("check_run", check("check_run", "completed", branch="main", repository=OTHER), ()),
        ("check_suite", check("check_suite", "completed", "gitops/dev/web"), WEB),
        ("check_suite", check("check_suite", "requested", "gitops/dev/web"), ()),
        ("check_suite", check("check_suite", "completed", "gitops/dev/web", app=APP), ()),
        ("check_suite", check("check_suite", "completed", repository=SOURCE, branch="main"), WEB_AND_API),
        ("status", event(branches=[{"name": "gitops/dev/web"}]), WEB),
        (
            "status",
            event(branches=[{"name": "main"}, {"name": "gitops/dev/api"}]),
            ("acme/manifests", "acme/manifests#api"),
        ),
        ("status", event(branches=[]), WHOLE),
        ("status", event(branches=[{"name": "feature"}]), ()),
        ("status", event(SOURCE, branches=[]), WEB_AND_API),
        ("workflow_run", event(SOURCE, action="completed", workflow_run={"head_branch": "main"}), WEB_AND_API),
        ("workflow_run", event(SOURCE, action="requested", workflow_run={"head_branch": "main"}), ()),
        ("merge_group", event(action="checks_requested", merge_group={}), WHOLE),
        ("merge_group", event(OTHER, action="checks_requested", merge_group={}), ()),
        ("merge_group", event(action="destroyed", reason="merged", merge_group={}), ()),
        # People
        ("issue_comment", event(action="created", issue={"number": 1}), WHOLE),
        ("issue_comment", event(action="created", issue={"number": 1}, sender=US), ()),
        ("issue_comment", event(action="edited", issue={"number": 1}), WHOLE),
        ("issue_comment", event(action="edited", issue={"number": 1}, sender=US), ()),
        ("issue_comment", event(action="deleted", issue={"number": 1}), ()),
        ("issue_comment", event(OTHER, action="created", issue={"number": 1}), ()),
        ("issues", event(action="labeled", issue={"number": 1}), WHOLE),
        ("issues", event(action="pinned", issue={"number": 1}), ()),
        ("issues", event(action="opened", issue={"number": 1}, sender=US), ()),
        # Settings
        ("delete", event(ref="gitops/dev/web", ref_type="branch"), WEB),
        ("delete", event(ref="gitops/dev/web", ref_type="branch", sender=US), ()),
        ("delete", event(ref="gitops/dev/web", ref_type="tag"), ()),
        ("repository", event(OTHER, action="created"), ("acme/other",)),
        ("repository", event(action="archived"), WHOLE),
        ("repository", moved("acme/deploy", repository={"name": {"from": "manifests"}}), ("acme/deploy", *WHOLE)),
        ("repository", moved("acme/site", repository={"name": {"from": "web"}}), (*WEB_AND_API, "acme/site")),
        (
            "repository",
            moved("globex/manifests", owner={"from": {"organization": {"login": "acme"}}}),
            (*WHOLE, "globex/manifests"),
        ),
        (
            "repository",
            moved("globex/web", owner={"from": {"user": {"login": "acme"}}}),
            (*WEB_AND_API, "globex/web"),
        ),
        ("repository", moved("acme/deploy", repository={"name": {"from": "other"}}), ("acme/deploy",)),
        ("repository", event(action="deleted"), ()),
        ("branch_protection_rule", event(action="edited"), WHOLE),
        ("repository_ruleset", event(OTHER, action="edited"), ()),
        ("installation", {"action": "created", "repositories": [OTHER, REPOSITORY]}, ("acme/manifests", "acme/other")),
        ("installation", {"action": "deleted", "repositories": [OTHER]}, ()),
        (
            "installation_repositories",
            {"action": "added", "repositories_added": [OTHER], "repositories_removed": []},
            ("acme/other",),
        ),
        # Images
        ("registry_package", package("registry_package", "ghcr.io/acme/web:v1"), WEB),
        ("package", package("package", "ghcr.io/acme/web:"), WEB),
        ("package", package("package", ""), WEB),
        ("package", package("package", "https://x"), WEB),
        ("package", package("package", "ghcr.io/acme/web:v1", type_="npm"), ()),
        ("package", package("package", "ghcr.io/acme/other:v1"), ()),
        ("package", package("package", "ghcr.io/%%%/x"), ()),
        # Everything else
        ("ping", event(zen="Design for failure."), ()),
        ("star", event(action="created"), ()),
        ("", {}, ()),
    ],
)
def test_what_an_event_makes_due(name: str, payload: Mapping[str, Any], expected: tuple[str, ...]) -> None:
    assert keys(name, payload) == expected


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("issue_comment", event(action="created"), Priority.PEOPLE),
        ("pull_request_review", event(action="submitted"), Priority.PEOPLE),
        ("issues", event(action="labeled"), Priority.PEOPLE),
        ("issues", event(action="opened"), Priority.EVENT),
        ("pull_request", event(action="closed"), Priority.PEOPLE),
        ("pull_request", event(action="synchronize"), Priority.EVENT),
        ("push", event(ref="refs/heads/main"), Priority.EVENT),
        ("issue_comment", event(sender={**MONA, "type": "Bot"}, action="created"), Priority.EVENT),
    ],
)
def test_people_wait_for_comments_reviews_and_labels(name: str, payload: Mapping[str, Any], expected: Priority) -> None:
    assert webhooks.due_for(name, payload, app_id=APP, bot_id=BOT_ID).priority is expected


def test_while_our_number_is_unknown_our_own_pushes_cost_a_look() -> None:
    payload = push("refs/heads/gitops/prod/web", "x", sender=US)

    assert resolved(webhooks.due_for("push", payload, app_id=APP)) == WEB


def test_the_app_is_known_by_its_number_whatever_it_is_called() -> None:
    """A renamed App is still ours, and another one that took its old name is not."""
    renamed = push("refs/heads/gitops/prod/web", "x", sender={**US, "login": "acme-deployer[bot]"})
    usurper = push("refs/heads/gitops/prod/web", "x", sender={**US, "id": 666})

    assert keys("push", renamed) == ()
    assert keys("push", usurper) == WEB


WORDS = (
    "repository sender action full_name login ref head repo id pull_request check_run check_suite app pull_requests "
    "branches name head_branch commits added repositories registry_package package_type owner forced"
)
_fields = st.sampled_from(WORDS.split())
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["gitops/dev/web", "main"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_fields, inner, max_size=5),
    max_leaves=20,
)


@given(st.sampled_from(sorted(webhooks.EVENTS)), st.dictionaries(_fields, _anything, max_size=8))
def test_no_payload_makes_the_router_fail(name: str, payload: Mapping[str, Any]) -> None:
    assert isinstance(keys(name, payload), tuple)


@pytest.mark.contract
def test_every_example_payload_of_github_is_routed_without_an_error() -> None:
    from tests.contract import packages  # noqa: PLC0415 -- fetches the examples, for this test alone

    examples = [
        (group["name"], example) for group in packages.json_of(packages.EXAMPLES) for example in group["examples"]
    ]

    routed = {name: keys(name, example) for name, example in examples}

    assert len(examples) == 329
    assert routed.keys() >= {"push", "check_run", "installation"}
