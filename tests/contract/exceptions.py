"""Where we knowingly differ from GitHub's published schemas, each with its reason.

The descriptions are younger, older and stricter than GitHub itself: 227 of 1,038 of GitHub's own published response
examples fail GitHub's own schemas. A violation therefore means "look"; what was looked at and found to be the
description's fault, or a status that GitHub sends everywhere and documents nowhere, stands here. Nothing else does.
"""

from dataclasses import dataclass


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

    where: `METHOD /template`, a webhook's name as the description has it, or `*`. complaint: a part of it, as it is
    printed.
    """

    where: str
    complaint: str
    reason: str

    def covers(self, where: str, complaint: str) -> bool:
        return self.where in {"*", where} and self.complaint in complaint


DIFFERENCES: tuple[Difference, ...] = (
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
)
