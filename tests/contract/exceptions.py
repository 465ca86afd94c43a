"""Where we knowingly differ from GitHub's published schemas, each with its reason.

The descriptions are younger, older and stricter than GitHub itself: 227 of 1,038 of GitHub's own published response
examples fail GitHub's own schemas. A violation therefore means "look"; what was looked at and found to be the
description's fault, or a status that GitHub sends everywhere and documents nowhere, stands here. Nothing else does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class UndocumentedStatus:
    """A status that an operation answers although its description does not list it.

    method, path: a documented operation's, or `*` for every one.
    """

    method: str
    path: str
    status: int
    reason: str

    def covers(self, method: str, path: str, status: int) -> bool:
        return status == self.status and self.method in {"*", method} and self.path in {"*", path}


UNDOCUMENTED_STATUSES: tuple[UndocumentedStatus, ...] = (
    UndocumentedStatus(
        "*",
        "*",
        400,
        "'Problems parsing JSON' is answered before the operation is looked at: "
        "https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api",
    ),
    UndocumentedStatus(
        "*",
        "*",
        401,
        "'Bad credentials' is answered before the operation is looked at; few operations list it: "
        "https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit",
    ),
    UndocumentedStatus(
        "*",
        "*",
        403,
        "'Resource not accessible by integration' and the rate limits may answer any operation: "
        "https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api",
    ),
    UndocumentedStatus(
        "*",
        "*",
        404,
        "GitHub hides what the caller may not see behind 404, whatever the operation: "
        "https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#404-not-found-for-an-existing-resource",
    ),
    *(
        UndocumentedStatus(
            method,
            path,
            422,
            "Validation failed; the description lists 422 for most operations that have a body: "
            "https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed",
        )
        for method, path in (
            ("POST", "/repos/{owner}/{repo}/check-runs"),
            ("POST", "/repos/{owner}/{repo}/statuses/{sha}"),
            ("PATCH", "/repos/{owner}/{repo}/labels/{name}"),
            ("GET", "/repos/{owner}/{repo}/commits"),
            ("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
            ("PATCH", "/app/hook/config"),
            ("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}"),
            ("POST", "/repos/{owner}/{repo}/transfer"),
        )
    ),
    *(
        UndocumentedStatus(
            "GET",
            f"/repos/{{owner}}/{{repo}}/commits/{{ref}}/{what}",
            422,
            "'No commit found for SHA: …', as for the commit itself, whose description lists it",
        )
        for what in ("check-runs", "check-suites", "status", "statuses")
    ),
    UndocumentedStatus(
        "*",
        "*",
        307,
        "A write to the former name of a repository is redirected; the description lists it for some operations: "
        "https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects",
    ),
    UndocumentedStatus(
        "GET",
        "*",
        304,
        "Most GETs answer conditional requests; the description lists 304 for some: "
        "https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate",
    ),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A complaint we live with.

    where: a glob over `METHOD /template` and over the webhooks' names as the description has them. complaint: a part
    of it, as it is printed.
    """

    where: str
    complaint: str
    reason: str

    def covers(self, where: str, complaint: str) -> bool:
        return fnmatchcase(where, self.where) and self.complaint in complaint


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "check-suite-*",
        "'repository_ruleset' is not one of",
        "The list of an App's events in this schema is older than the event: "
        "https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository_ruleset",
    ),
    Difference(
        "*",
        "user_view_type: is not documented",
        "Every account has it in answers since 2024; some schemas were not brought up to date",
    ),
    Difference(
        "*",
        "response .status: is not documented",
        "Error bodies carry the status as text since 2024; the schemas of 422 do not list it",
    ),
    Difference(
        "* /repos/{owner}/{repo}/issues/{issue_number}/labels",
        "is not of type 'object'",
        "The prose allows a bare array of names, the schema beside it does not; PyGithub sends nothing else",
    ),
    *(
        Difference(
            "GET /app/installations",
            complaint,
            "The description holds an older copy of the installation here; `GET /app/installations/{installation_id}` "
            "has today's, and the same installation meets that one",
        )
        for complaint in (".account: ", ".client_id: is not documented", ".permissions.merge_queues: is not documented")
    ),
    *(
        Difference(
            where,
            f".{field}: is not documented",
            "Some webhooks hold older copies of the team; the other pull request webhooks require `type`",
        )
        for where in ("pull-request-review*", "pull-request-unlabeled")
        for field in ("notification_setting", "organization_id", "type")
    ),
    Difference(
        "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers",
        ".description: None is not of type 'string'",
        "The short form of the pull request holds an older copy of the label; `GET /repos/{owner}/{repo}/labels` has today's, "
        "in which one without a description has null",
    ),
    *(
        Difference(
            where,
            "_url: '' is not a 'uri'",
            "The schema's own default is '', although it asks for a URI: "
            "https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status",
        )
        for where in ("* /repos/{owner}/{repo}/deployments/*", "deployment-status-*")
    ),
    *(
        Difference(
            where,
            complaint,
            "Several webhooks hold older copies of the App; the one of check runs is today's, and the same App meets it",
        )
        for where in ("issues-*", "issue-comment-*", "check-suite-*", "deployment-*")
        for complaint in (
            "app.permissions.merge_queues: is not documented",
            "app.client_id: is not documented",
            "'merge_group' is not one of",
        )
    ),
)

DELIBERATE: Mapping[str, str] = {
    "tests/simulator/server/test_server.py::test_unknown_requests_are_refused": "asks for what does not exist",
    "tests/simulator/server/test_server.py::test_invalid_graphql_is_explained": "sends documents that GitHub refuses",
    "tests/simulator/server/test_strange_input.py::test_documents_nested_too_deep_are_refused[300]": "is nested too deep",
    "tests/simulator/server/test_strange_input.py::test_documents_nested_too_deep_are_refused[5000]": "is nested too deep",
}
"""Tests whose exchanges are wrong on purpose: test → what is wrong."""
