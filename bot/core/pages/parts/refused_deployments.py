"""What pages and the API say of a deployment that GitHub refused: what, why, and who can fix it."""

from bot.core.values.deployment import RefusedDeployment
from bot.core.values.text import code, escape, plain

MARK = "No deployment "


def in_markdown(refused: RefusedDeployment) -> str:
    """Return it without a full stop at the end."""
    place = refused.deployment.place
    return (
        f"{MARK}of {code(place.environment)} on {code(place.repository)}: {escape(refused.said.rstrip('.'))}. "
        f"This can be fixed by {escape(refused.fixed_by)}"
    )


def in_plain_words(refused: RefusedDeployment) -> str:
    """Return the same for other programs."""
    place = refused.deployment.place
    return plain(
        f"{MARK}of {place.environment} on {place.repository}: {refused.said.rstrip('.')}. "
        f"This can be fixed by {refused.fixed_by}."
    )
