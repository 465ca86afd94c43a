"""Refusals of the simulated GitHub: one exception, which REST and GraphQL render in their own words."""

from enum import Enum


class Reason(Enum):
    """The reason; the value is the `type` in GraphQL. REST's status is in the comment."""

    NOT_FOUND = "NOT_FOUND"  # 404
    FORBIDDEN = "FORBIDDEN"  # 403
    UNPROCESSABLE = "UNPROCESSABLE"  # 422
    STALE_DATA = "STALE_DATA"  # GraphQL only: createCommitOnBranch
    NOT_MERGEABLE = "NOT_MERGEABLE"  # 405; UNPROCESSABLE in GraphQL
    HEAD_MODIFIED = "HEAD_MODIFIED"  # 409; UNPROCESSABLE in GraphQL
    CONFLICT = "CONFLICT"  # 409; UNPROCESSABLE in GraphQL
    TOO_QUICKLY = "TOO_QUICKLY"  # 403; UNPROCESSABLE in GraphQL
    PROTECTED = "BRANCH_PROTECTION_RULE_VIOLATION"  # 422
    # GraphQL only: a connection asked for without `first` or `last`, and for more than 100 at once
    ARGUMENT_LIMIT = "ARGUMENT_LIMIT"
    MISSING_PAGINATION_BOUNDARIES = "MISSING_PAGINATION_BOUNDARIES"
    EXCESSIVE_PAGINATION = "EXCESSIVE_PAGINATION"

    @property
    def graphql_type(self) -> str:
        """Return the `type` of an entry in GraphQL's `errors`."""
        in_graphql = {Reason.NOT_MERGEABLE, Reason.HEAD_MODIFIED, Reason.CONFLICT, Reason.TOO_QUICKLY}
        return Reason.UNPROCESSABLE.value if self in in_graphql else self.value


class Refused(Exception):  # noqa: N818 - it is an answer of GitHub, not a fault
    """GitHub refuses a request.

    `resource`, `field` and `code` fill REST's `errors` list, for messages that have one. `rest_message` is REST's
    wording if it differs from GraphQL's; `documentation` is the page that REST links if it is a special one.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        resource: str | None = None,
        field: str | None = None,
        code: str = "custom",
        rest_message: str | None = None,
        documentation: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.resource = resource
        self.field = field
        self.code = code
        self.rest_message = rest_message or message
        self.documentation = documentation


def not_found(what: str) -> Refused:
    """Return the refusal for something that does not exist or that the caller may not see."""
    return Refused(Reason.NOT_FOUND, what)


def unprocessable(message: str) -> Refused:
    """Return the refusal for a valid request that is impossible."""
    return Refused(Reason.UNPROCESSABLE, message)
