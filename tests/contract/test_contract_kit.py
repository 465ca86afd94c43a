"""The contract kit itself notices what it is there to notice, and fetches what it says it fetches."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema

from bot.simulator.github.traffic.recording import Exchange, GraphQLRequest, SentWebhook
from tests.contract import examples, graphql_schema, packages, rest_schema, webhook_schema
from tests.contract.record import FileRecorder, RestExchange, WebhookSent, read

pytestmark = pytest.mark.contract


def rest(method: str, path: str, *, status: int, response: Any = None, request: Any = None) -> RestExchange:
    return RestExchange(
        method=method,
        path=path,
        request=request,
        status=status,
        media_type="application/json" if response is not None else "",
        response=response,
        test="",
    )


def test_all_example_payloads_are_there_with_unique_names() -> None:
    found = examples.examples()

    assert len(found) == examples.EXPECTED
    assert len({example.name for example in found}) == examples.EXPECTED
    assert {"check_run", "push", "ping"} <= {example.event for example in found}


def test_a_package_with_another_digest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    other = dataclasses.replace(packages.EXAMPLES, integrity="sha512-AAAA")

    with pytest.raises(packages.PackageError, match="is not the tarball we pinned: expected sha512-AAAA"):
        packages.text_of(other)
    assert not other.folder.exists()


def test_a_missing_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(packages.PackageError, match=r"npm was not found.*install Node\.js"):
        packages.text_of(packages.EXAMPLES)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/repos/acme/web/git/ref/heads/gitops/dev/web", "/repos/{owner}/{repo}/git/ref/{ref}"),
        ("/repos/acme/web/compare/main...gitops/dev/web", "/repos/{owner}/{repo}/compare/{basehead}"),
        ("/repos/acme/web/contents/envs/dev/web.yaml", "/repos/{owner}/{repo}/contents/{path}"),
        ("/repos/acme/web/branches/a%2Fb/protection", "/repos/{owner}/{repo}/branches/{branch}/protection"),
        ("/repos/acme/web/commits/a/b/check-runs", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
        ("/user", "/user"),
        ("/nothing/of/the/kind", None),
    ],
)
def test_paths_find_their_template(path: str, template: str | None) -> None:
    assert rest_schema.template_of("GET", path) == template


GOOD_REFERENCE = {
    "ref": "refs/heads/main",
    "node_id": "REF_1",
    "url": "http://localhost/repos/acme/web/git/refs/heads/main",
    "object": {"type": "commit", "sha": "a" * 40, "url": "http://localhost/repos/acme/web/git/commits/aaaa"},
}


def test_an_exchange_as_documented_passes() -> None:
    exchange = rest("GET", "/repos/acme/web/git/ref/heads/main", status=200, response=GOOD_REFERENCE)

    assert rest_schema.violations(exchange) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"ref": None}, "response .ref: None is not of type 'string'"),
        ({"node": "REF_1"}, "response .node: is not documented"),
        ({"url": "localhost/[bot]"}, "response .url: 'localhost/[bot]' is not a 'uri'"),
    ],
)
def test_a_wrong_response_is_noticed(change: dict[str, Any], complaint: str) -> None:
    exchange = rest("GET", "/repos/acme/web/git/ref/heads/main", status=200, response=GOOD_REFERENCE | change)

    (found,) = rest_schema.violations(exchange)
    assert complaint in found


def test_an_undocumented_status_is_noticed() -> None:
    (found,) = rest_schema.violations(rest("GET", "/repos/acme/web/git/ref/heads/main", status=418))

    assert found == "GET /repos/{owner}/{repo}/git/ref/{ref} → 418: documented are only 200, 404, 409"


def test_a_wrong_request_body_is_noticed() -> None:
    exchange = rest("POST", "/repos/acme/web/git/refs", status=201, request={"ref": "x"}, response=GOOD_REFERENCE)

    assert rest_schema.violations(exchange) == [
        "POST /repos/{owner}/{repo}/git/refs → 201: request .: 'sha' is a required property"
    ]


def test_a_webhook_without_its_headers_and_fields_is_noticed() -> None:
    found = webhook_schema.violations(WebhookSent({"X-GitHub-Event": "push"}, {"ref": "refs/heads/main"}, ""))

    assert "push: header X-GitHub-Delivery is missing" in found
    assert "push: .: 'after' is a required property" in found


def test_an_unknown_webhook_is_noticed() -> None:
    found = webhook_schema.violations(WebhookSent({"X-GitHub-Event": "promotion"}, {"action": "opened"}, ""))

    assert found == ["promotion.opened: GitHub sends no such webhook"]


@pytest.mark.parametrize(
    ("document", "variables", "complaint"),
    [
        ("{ viewer { login } }", {}, None),
        ("{ viewer { sha } }", {}, "Cannot query field 'sha' on type 'User'."),
        ("query($n: Int!) { rateLimit { cost } node(id: $n) { id } }", {"n": 1}, "expecting type 'ID!'"),
        ("query($o: String!) { organization(login: $o) { id } }", {}, "Expected a value of non-null type 'String!'"),
        ("{ viewer ", {}, "Syntax Error"),
    ],
)
def test_graphql_requests(document: str, variables: dict[str, Any], complaint: str | None) -> None:
    found = graphql_schema.violations_in(document, variables)

    assert (not found) if complaint is None else (complaint in found[0])


def test_files_may_use_the_fragments_of_their_neighbours(tmp_path: Path) -> None:
    (tmp_path / "fragments.graphql").write_text(
        "fragment Who on Actor { login } fragment Deep on Commit { author { user { ...Who } } }"
    )
    (tmp_path / "query.graphql").write_text("query { viewer { ...Who } node(id: 1) { ...Deep } }")
    (tmp_path / "wrong.graphql").write_text("query { viewer { ...Whom } }")

    assert graphql_schema.violations_of_files(tmp_path) == ["wrong.graphql: Unknown fragment 'Whom'."]


def test_our_schema_may_not_differ_from_githubs() -> None:
    ours = build_schema("""
        type Query { viewer: User  nothing: Int  organization: Repository }
        type User { login: String!  isHireable: Boolean! }
        type Repository { id: ID! }
        enum MergeableState { MERGEABLE  PERHAPS }
        input CreateRefInput { name: String!  oid: String! }
    """)

    assert list(graphql_schema.differences(ours)) == [
        "Query.viewer is User!, not User",
        "Query.nothing does not exist",
        "Query.organization is Organization, not Repository",
        "Query.organization(login) is required and missing",
        "MergeableState.PERHAPS does not exist",
        "CreateRefInput(oid) is GitObjectID!, not String!",
        "CreateRefInput(repositoryId) is required and missing",
    ]


def test_the_recorder_keeps_each_shape_once(tmp_path: Path) -> None:
    recorder = FileRecorder(tmp_path)
    for number, state in [(1, "open"), (2, "open"), (3, "closed")]:
        body = f'{{"number": {number}, "state": "{state}"}}'.encode()
        recorder.exchange(Exchange("GET", f"/repos/acme/web/pulls/{number}", b"", 200, "application/json", body))
        recorder.graphql(GraphQLRequest("{ viewer { login } }", {}))
        recorder.webhook(SentWebhook({"X-GitHub-Event": "ping"}, b'{"zen": "Keep it logically awesome."}'))
    recorder.close()

    recorded = read(tmp_path)
    assert [exchange.response["state"] for exchange in recorded.rest] == ["open", "closed"]
    assert len(recorded.graphql) == 1
    assert len(recorded.webhooks) == 1
