"""The file with the App's credentials: one variable a line, as docker, systemd, Kubernetes and shells read it alike.

They differ in what they make of quotes, spaces and backslashes. So no value has any: the private key is written in base64.
"""

import base64
import os
from datetime import datetime
from pathlib import Path

from bot.github.registration.addresses import PUBLIC_HOST
from bot.github.registration.conversion import Registered
from bot.setup.choices import Choices, Delivery

NAME = "gitops-bot.env"
"""The file in the current folder that is read where `ENV_FILE` names none."""


def variables(registered: Registered, choices: Choices) -> dict[str, str]:
    """Return the settings that belong to this App."""
    found = {
        "GITHUB_APP_ID": str(registered.app_id),
        "GITHUB_PRIVATE_KEY": base64.b64encode(registered.private_key.encode()).decode(),
        "GITHUB_WEBHOOK_SECRET": registered.webhook_secret,
    }
    if choices.site.web != f"https://{PUBLIC_HOST}":
        found["GITHUB_API_URL"] = choices.site.api
    if choices.delivery is Delivery.PULL:
        found["WEBHOOKS"] = Delivery.PULL
    if choices.public_url:
        found["PUBLIC_URL"] = choices.public_url
    return found


def text(registered: Registered, choices: Choices, now: datetime) -> str:
    """Return the file."""
    lines = [
        f"# The GitHub App {registered.name} ({registered.html_url}), created on {now:%Y-%m-%d}.",
        "# Keep it secret: whoever has it can act as the App. A new key is made on the App's settings page.",
        *(f"{name}={value}" for name, value in variables(registered, choices).items()),
    ]
    return "".join(f"{line}\n" for line in lines)


def write(path: Path, content: str) -> None:
    """Write a new file that only its owner may read. Raises OSError, FileExistsError where there is one already.

    It has its name only once it is complete and on the disk, and never replaces another file.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 -- of a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails if the name is taken, unlike a rename
    finally:
        draft.unlink(missing_ok=True)
