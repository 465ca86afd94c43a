"""Length limits of texts, and how GitHub refuses a longer one."""

from bot.simulator.github.model.world.errors import Reason, Refused

TITLE, BODY, LABEL = 256, 65_536, 50
STATUS_DESCRIPTION = 140
CHECK_OUTPUT = 65_535
"""Bytes of a check run's summary and of its text: https://docs.github.com/en/rest/checks/runs#create-a-check-run"""


def check_title(title: str | None) -> None:
    """Check a title: https://github.com/googleapis/repo-automation-bots/issues/1895"""
    _check(title, TITLE, resource="Issue", field="title")


def check_body(body: str | None) -> None:
    """Check the text of an issue or pull request: https://github.com/renovatebot/renovate/issues/2032"""
    _check(body, BODY, resource="Issue", field="body")


def check_comment(body: str) -> None:
    """Check a comment, which has its own message: https://github.com/telia-oss/github-pr-resource/issues/259"""
    if len(body) > BODY:
        raise Refused(
            Reason.UNPROCESSABLE, f"Body is too long (maximum is {BODY} characters)",
            resource="IssueComment", field="data", code="unprocessable",
        )  # fmt: skip


def check_label(name: str | None) -> None:
    """Check a label's name.

    https://docs.github.com/en/issues/using-labels-and-milestones-to-track-work/managing-labels
    """
    _check(name, LABEL, resource="Label", field="name")


def check_status(description: str | None) -> None:
    """Check a commit status's description: https://github.com/zalando/zappr/issues/378"""
    _check(description, STATUS_DESCRIPTION, resource="Status", field="description")


def check_deployment_status(description: str | None) -> None:
    """Check a description: https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status"""
    _check(description, STATUS_DESCRIPTION, resource="DeploymentStatus", field="description")


def check_output(text: str | None, field: str) -> None:
    """Check a check run's summary or text, counted in bytes: https://github.com/github/docs/issues/35252"""
    if text is not None and len(text.encode()) > CHECK_OUTPUT:
        sentence = f"exceeds a maximum bytesize of {CHECK_OUTPUT}"
        raise Refused(
            Reason.UNPROCESSABLE, f"{field.capitalize()} {sentence}",
            resource="CheckRun", field=field, rest_message=f"{field} {sentence}",
        )  # fmt: skip


def _check(text: str | None, limit: int, *, resource: str, field: str) -> None:
    if text is not None and len(text) > limit:
        sentence = f"is too long (maximum is {limit} characters)"
        raise Refused(
            Reason.UNPROCESSABLE, f"{field.capitalize()} {sentence}",
            resource=resource, field=field, rest_message=f"{field} {sentence}",
        )  # fmt: skip
