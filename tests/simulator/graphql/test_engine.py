"""How requests are answered: errors in GitHub's form, permissions, pages, cost and the budget."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.graphql import Allowance, execute
from bot.simulator.github.graphql.ordering import ordered
from bot.simulator.github.model.accounts.apps import Access, RepositorySelection
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.code.settings import Visibility
from tests.simulator.model_world import PERMISSIONS, World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def ask(inside: str) -> str:
    return f'query {{ repository(owner: "acme", name: "manifests") {{ {inside} }} }}'


class TestErrors:
    def test_a_document_that_cannot_be_read(self, here: World) -> None:
        assert "Syntax Error" in here.refusal("query {")["message"]
        assert "Cannot query field 'sha'" in here.refusal(ask('ref(qualifiedName: "main") { sha }'))["message"]
        assert here.refusal("query A { viewer { login } } query B { viewer { login } }")["message"].startswith(
            "An operation name"
        )
        assert "data" not in here.ask("query {")

    def test_one_name_may_stand_for_different_types_in_different_fragments(self, here: World) -> None:
        here.promotion()
        inside = "issueOrPullRequest(number: 1) { ... on Issue { state } ... on PullRequest { state } }"
        assert here.data(ask(inside))["repository"]["issueOrPullRequest"] == {"state": "OPEN"}

    def test_one_of_several_operations(self, here: World) -> None:
        document = "query A { viewer { login } } query B { rateLimit { cost } }"
        answer = execute(here.github, viewer=here.bot, document=document, operation_name="B")
        assert answer == {"data": {"rateLimit": {"cost": 1}}}
        answer = execute(here.github, viewer=here.bot, document=document, operation_name="C")
        assert answer == {"errors": [{"message": 'No operation named "C"'}]}

    def test_variables_are_checked(self, here: World) -> None:
        document = "query ($number: Int!) { " + ask("pullRequest(number: $number) { title }").removeprefix("query {")
        assert "$number" in here.refusal(document)["message"]
        bad = here.refusal("query ($oid: GitObjectID!) {" + ask("object(oid: $oid) { oid }")[7:], {"oid": "main"})
        assert "GitObjectID" in bad["message"]

    def test_what_is_not_found(self, here: World) -> None:
        error = here.refusal('{ repository(owner: "acme", name: "nothing") { id } }')
        assert error == {
            "type": "NOT_FOUND", "path": ["repository"], "locations": [{"line": 1, "column": 3}],
            "message": "Could not resolve to a Repository with the name 'acme/nothing'.",
        }  # fmt: skip
        for document, message in {
            ask("pullRequest(number: 9) { id }"): "Could not resolve to a PullRequest with the number of 9.",
            ask(
                "issueOrPullRequest(number: 9) { __typename }"
            ): "Could not resolve to an issue or pull request with the number of 9.",
            '{ organization(login: "nobody") { id } }': "Could not resolve to an Organization with the login of 'nobody'.",
            '{ user(login: "acme") { id } }': "Could not resolve to a User with the login of 'acme'.",
            '{ node(id: "PR_x") { id } }': "Could not resolve to a node with the global id of 'PR_x'",
        }.items():
            assert here.refusal(document)["message"] == message
        absent = here.data(
            ask('ref(qualifiedName: "no") { id } label(name: "no") { id } object(expression: "no") { id }')
        )
        assert absent["repository"] == {"ref": None, "label": None, "object": None}

    def test_nodes_answer_item_by_item(self, here: World) -> None:
        issue = here.repository.open_issue("Talk", by=here.reader)
        answer = here.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [issue.node_id, "I_x"]})
        assert answer["data"]["nodes"] == [{"id": issue.node_id}, None]
        assert answer["errors"][0]["path"] == ["nodes", 1]


class TestPermissions:
    @pytest.mark.parametrize(
        ("permission", "inside"),
        [
            ("contents", "defaultBranchRef { name }"),
            ("contents", 'ref(qualifiedName: "main") { name }'),
            ("contents", 'object(expression: "main") { oid }'),
            ("pull_requests", "pullRequests(first: 1) { totalCount }"),
            ("issues", "issues(first: 1) { totalCount }"),
            ("checks", "defaultBranchRef { target { ... on Commit { statusCheckRollup { state } } } }"),
            ("statuses", "defaultBranchRef { target { ... on Commit { status { state } } } }"),
        ],
    )
    def test_a_field_needs_its_permission(self, here: World, permission: str, inside: str) -> None:
        here.repository.set_status(here.repository.head(), "ci", StatusState.SUCCESS, by=here.writer)
        here.data(ask(inside))
        without = {name: access for name, access in PERMISSIONS.items() if name != permission}
        error = here.refusal(ask(inside), viewer=Caller(installation=here.installation, permissions=without))
        assert (error["type"], error["message"]) == ("FORBIDDEN", "Resource not accessible by integration")
        assert error["extensions"] == {"saml_failure": False}

    def test_what_an_installation_does_not_cover_is_not_there(self, here: World) -> None:
        here.github.create_repository("acme/other")
        here.installation.selection = RepositorySelection.SELECTED
        here.installation.selected.append(here.repository)
        here.data(ask("id"))
        assert here.refusal('{ repository(owner: "acme", name: "other") { id } }')["type"] == "NOT_FOUND"
        public = here.github.create_repository("acme/public", visibility=Visibility.PUBLIC)
        assert here.data(f'{{ node(id: "{public.node_id}") {{ id }} }}')["node"]["id"] == public.node_id

    def test_teams_are_for_members(self, here: World) -> None:
        here.acme.team("sre", here.writer)
        document = '{ organization(login: "acme") { team(slug: "sre") { members(first: 9) { nodes { login } } } } }'
        assert here.data(document)["organization"]["team"]["members"]["nodes"] == [{"login": "writer"}]
        assert here.data(document, viewer=Caller(user=here.reader))["organization"]["team"] is not None
        stranger = Caller(user=here.github.user("stranger"))
        assert here.data(document, viewer=stranger)["organization"]["team"] is None
        narrow = Caller(installation=here.installation, permissions={"metadata": Access.READ})
        assert here.data(document, viewer=narrow)["organization"]["team"] is None

    def test_who_is_asking(self, here: World) -> None:
        assert here.data("{ viewer { login } }")["viewer"]["login"] == "gitops-bot[bot]"
        assert here.data(ask("viewerPermission"))["repository"]["viewerPermission"] == "WRITE"
        assert (
            here.data(ask("viewerPermission"), viewer=Caller(user=here.admin))["repository"]["viewerPermission"]
            == "ADMIN"
        )
        pull = here.promotion()
        found = here.data(
            ask(f"pullRequest(number: {pull.number}) {{ viewerDidAuthor author {{ __typename login }} }}")
        )
        assert found["repository"]["pullRequest"] == {
            "viewerDidAuthor": True, "author": {"__typename": "Bot", "login": "gitops-bot"},
        }  # fmt: skip
        assert here.refusal("{ viewer { login } }", viewer=Caller())["type"] == "FORBIDDEN"


class TestPages:
    def issues(self, here: World, arguments: str) -> Any:
        asked = "totalCount nodes { title } edges { cursor }"
        where = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
        inside = f"issues({arguments}) {{ {asked} {where} }}"
        return here.data(ask(inside))["repository"]["issues"]

    def test_forwards_and_backwards(self, here: World) -> None:
        for number in range(5):
            here.repository.open_issue(f"{number}", by=here.reader)
        page = self.issues(here, "first: 2")
        assert [node["title"] for node in page["nodes"]] == ["0", "1"]
        assert page["totalCount"] == 5
        info = page["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
        assert info["endCursor"] == page["edges"][-1]["cursor"]
        page = self.issues(here, f'first: 9, after: "{info["endCursor"]}"')
        assert [node["title"] for node in page["nodes"]] == ["2", "3", "4"]
        assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (False, True)
        page = self.issues(here, f'last: 2, before: "{page["pageInfo"]["endCursor"]}"')
        assert [node["title"] for node in page["nodes"]] == ["2", "3"]
        page = self.issues(here, "first: 5, orderBy: {field: CREATED_AT, direction: DESC}, states: [OPEN]")
        assert [node["title"] for node in page["nodes"]] == ["4", "3", "2", "1", "0"]
        assert self.issues(here, "first: 5, states: [CLOSED]")["pageInfo"] == {
            "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("filters", "titles"),
        [
            ("{}", ["mine", "yours"]),
            ('{createdBy: "writer"}', ["mine"]),
            ('{assignee: "reader"}', ["yours"]),
            ('{assignee: "*"}', ["yours"]),
            ("{assignee: null}", ["mine"]),
            ("{states: [CLOSED]}", []),
            ('{labels: ["hold"]}', ["yours"]),
            ('{mentioned: "admin"}', ["mine"]),
            ('{since: "2027-01-01T00:00:00Z"}', []),
        ],
    )
    def test_filters(self, here: World, filters: str, titles: list[str]) -> None:
        here.repository.open_issue("mine", by=here.writer, body="for @admin")
        yours = here.repository.open_issue("yours", by=here.admin, labels=[here.repository.label("hold")])
        yours.assignees.append(here.reader)
        found = self.issues(here, f"first: 9, filterBy: {filters}")
        assert [node["title"] for node in found["nodes"]] == titles

    @pytest.mark.parametrize(
        ("arguments", "type_", "message"),
        [
            (
                "",
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate the `issues`",
            ),
            (
                "first: 101",
                "EXCESSIVE_PAGINATION",
                "Requesting 101 records on the `issues` connection exceeds the `first` limit",
            ),
            ("last: -1", "UNPROCESSABLE", "`last` on the `issues` connection cannot be less than zero."),
            ('first: 1, after: "x"', "UNPROCESSABLE", "`x` does not appear to be a valid cursor."),
        ],
    )
    def test_limits(self, here: World, arguments: str, type_: str, message: str) -> None:
        error = here.refusal(ask(f"issues{f'({arguments})' if arguments else ''} {{ nodes {{ id }} }}"))
        assert error["type"] == type_
        assert error["message"].startswith(message)

    def test_counting_needs_no_bounds(self, here: World) -> None:
        assert here.data(ask("issues { totalCount }"))["repository"]["issues"] == {"totalCount": 0}
        assert here.refusal(ask("issues { edges { cursor } }"))["type"] == "MISSING_PAGINATION_BOUNDARIES"

    def test_long_histories_are_read_as_far_as_asked(self, here: World) -> None:
        for number in range(4):
            here.repository.commit_files({"README.md": f"{number}"}, by=here.writer, message=f"{number}")
        asked = "totalCount nodes {{ messageHeadline }} pageInfo {{ hasNextPage endCursor }}"
        history = 'history(first: 2, path: "README.md"{}) {{ ' + asked + " }}"
        inside = "defaultBranchRef {{ target {{ ... on Commit {{ " + history + " }} }} }}"
        page = here.data(ask(inside.format("")))["repository"]["defaultBranchRef"]["target"]["history"]
        assert [node["messageHeadline"] for node in page["nodes"]] == ["3", "2"]
        assert page["totalCount"] == 5
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
        page = here.data(ask(inside.format(after)))["repository"]["defaultBranchRef"]["target"]["history"]
        assert [node["messageHeadline"] for node in page["nodes"]] == ["1", "0"]
        since = ', since: "2027-01-01T00:00:00Z"'
        page = here.data(ask(inside.format(since)))["repository"]["defaultBranchRef"]["target"]["history"]
        assert page["nodes"] == []
        assert here.refusal(ask("defaultBranchRef { target { ... on Commit { history(last: 2) { totalCount } } } }"))

    def test_orders_are_total(self, here: World) -> None:
        pulls = [here.promotion(f"gitops/dev/{name}") for name in "ab"]
        newest = ordered(pulls, {"field": "UPDATED_AT", "direction": "DESC"})
        assert newest == pulls[::-1], "of one second, the later number counts as newer"
        pulls[0].comment("hi", by=here.reader)
        assert ordered(pulls, {"field": "COMMENTS", "direction": "DESC"})[0] is pulls[0]


class TestCost:
    def test_what_has_no_connection_costs_one(self, here: World) -> None:
        assert here.data("{ viewer { login } rateLimit { cost nodeCount } }")["rateLimit"] == {
            "cost": 1,
            "nodeCount": 0,
        }

    def test_as_githubs_own_example(self, here: World) -> None:
        # 1 + 100 + 100 × 50 requests; 100 + 100 × 50 + 100 × 50 × 60 nodes
        labels = "labels(first: 60) { edges { node { id } } }"
        issues = f"issues(first: 50) {{ edges {{ node {{ {labels} }} }} }}"
        repositories = f"repositories(first: 100) {{ edges {{ node {{ {issues} }} }} }}"
        found = here.data(f'{{ rateLimit {{ cost nodeCount }} user(login: "writer") {{ {repositories} }} }}')
        assert found["rateLimit"] == {"cost": 51, "nodeCount": 305_100}

    def test_page_sizes_may_be_variables(self, here: World) -> None:
        document = (
            "query ($size: Int = 10) { rateLimit { nodeCount } "
            'repository(owner: "acme", name: "manifests") { issues(first: $size) { nodes { ...Labels } } } } '
            "fragment Labels on Issue { labels(first: $size) { nodes { id } } }"
        )
        assert here.data(document)["rateLimit"]["nodeCount"] == 110
        assert here.data(document, {"size": 2})["rateLimit"]["nodeCount"] == 6

    def test_the_budget_is_asked(self, here: World) -> None:
        class Hour:
            used = 0

            def spend(self, points: int) -> Allowance:
                self.used += points
                ends = here.github.now() + timedelta(hours=1)
                return Allowance(limit=5000, remaining=5000 - self.used, used=self.used, reset_at=ends)

        hour = Hour()
        document = "{ rateLimit { limit remaining used resetAt } }"
        for used in (1, 2):
            answer = execute(here.github, viewer=here.bot, document=document, budget=hour)
            assert answer["data"]["rateLimit"] == {
                "limit": 5000, "remaining": 5000 - used, "used": used, "resetAt": "2026-11-23T10:00:00Z",
            }  # fmt: skip
