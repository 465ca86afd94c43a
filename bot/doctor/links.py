"""The pages that findings link to."""

DOCUMENTATION = "https://docs.github.com/en"

JWT = (
    f"{DOCUMENTATION}/apps/creating-github-apps/authenticating-with-a-github-app/"
    "generating-a-json-web-token-jwt-for-a-github-app"
)
ACCEPT = f"{DOCUMENTATION}/apps/using-github-apps/approving-updated-permissions-for-a-github-app"
REDELIVER = f"{DOCUMENTATION}/webhooks/testing-and-troubleshooting-webhooks/troubleshooting-webhooks"
SUSPENDED = f"{DOCUMENTATION}/apps/using-github-apps/reviewing-and-modifying-installed-github-apps"
QUEUE = (
    f"{DOCUMENTATION}/repositories/configuring-branches-and-merges-in-your-repository/"
    "configuring-pull-request-merges/managing-a-merge-queue"
)
STUCK_CHECKS = (
    f"{DOCUMENTATION}/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/"
    "troubleshooting-required-status-checks"
)


def rules(web: str, repository: str) -> str:
    """Return the page on which a repository's rulesets are changed."""
    return f"{web}/{repository}/settings/rules"


def settings(web: str, repository: str) -> str:
    """Return the page of a repository's settings."""
    return f"{web}/{repository}/settings"


def policy(web: str, repository: str, branch: str) -> str:
    """Return the page of the policy."""
    return f"{web}/{repository}/blob/{branch}/.gitops.yml"
