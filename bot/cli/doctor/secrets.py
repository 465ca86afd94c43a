"""The secrets of the settings, each with the setting that has it, for the check that looks for weak ones."""

from bot.doctor.checks.safety import Secret
from bot.settings import Settings


def settings_secrets(settings: Settings) -> tuple[Secret, ...]:
    """Return the secrets that people choose. Keys and tokens that GitHub and Slack make are not among them."""
    registries = dict.fromkeys(settings.registry_secrets.values())
    return (
        Secret("GITHUB_WEBHOOK_SECRET", settings.webhook_secret),
        Secret("CI_WEBHOOK_SECRET", settings.ci_secret),
        *(Secret("API_TOKENS", token) for token in settings.api_tokens),
        *(Secret("REGISTRY_WEBHOOK_SECRET", secret) for secret in registries),
        Secret("NOTIFICATIONS_SECRET", settings.notifications.secret.decode("latin-1")),
    )
