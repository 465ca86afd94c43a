"""Why GitHub does not show a deployment, and who can fix that."""

import re
from collections.abc import Iterable

from bot.core.values.deployment import Deployment, RefusedDeployment

NO_COMMIT = "the image does not say which commit it was built from"
NO_PERMISSION = "the App may not write deployments there"
NOT_INSTALLED = "the App is not installed there"
NOT_ALLOWED = "the server does not let policies of this account name repositories of that one"

# The reason, and who can do something about it; the first that fits.
_ADVICE = (
    (re.escape(NO_COMMIT), "the people who build it, with the label org.opencontainers.image.revision"),
    (re.escape(NOT_INSTALLED), "an owner of {owner}, by installing the App on {repository}"),
    (re.escape(NOT_ALLOWED), "the administrator of the bot's server, with SOURCES_ALLOWED"),
    # https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
    (
        rf"{re.escape(NO_PERMISSION)}|not accessible by integration|permissions requested are not granted",
        "an owner of {owner}, by granting the App the permission Deployments",
    ),
    (r"archived", "an administrator of {repository}, by unarchiving it"),
    # https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
    (r"status checks|required context|conflict", "anyone who can make the checks of the commit succeed"),
    (r"no ref found|no commit found", "anyone who can push the commit to {repository}, or correct the image's label"),
)
_OTHERS = "anyone who can fix what GitHub names"


def without_commit(wanted: Iterable[Deployment]) -> tuple[RefusedDeployment, ...]:
    """Return those that cannot be created because their commit is unknown."""
    return tuple(RefusedDeployment(each, NO_COMMIT) for each in wanted if not each.commit)


def who_can_fix(refused: RefusedDeployment) -> str:
    """Return who can fix it."""
    repository = refused.deployment.place.repository
    words = {"repository": repository, "owner": repository.partition("/")[0]}
    found = (people for pattern, people in _ADVICE if re.search(pattern, refused.said, re.IGNORECASE))
    return next(found, _OTHERS).format_map(words)
