"""Who did something, and what their role allows."""

import re
from dataclasses import dataclass

from bot.core.observation.actors import Actor, Permission
from bot.github.errors import Json

_BOT = "[bot]"
_BOT_ADDRESS = re.compile(r"(?:\d+\+)?(?P<slug>[^@+]+)\[bot\]@users\.noreply\.")


@dataclass(frozen=True, slots=True)
class App:
    """The App itself. slug: its name in URLs, and its bot's login without `[bot]`."""

    id: int
    slug: str

    @property
    def login(self) -> str:
        """Its bot's login, without `[bot]`."""
        return self.slug


def actor(who: Json | None) -> Actor:
    """Parse an `Actor`. null stands for a deleted account."""
    if who is None:
        return Actor("")
    login = str(who["login"])
    return Actor(login.removesuffix(_BOT), who["__typename"] == "Bot" or login.endswith(_BOT))


def author(signature: Json | None) -> Actor:
    """Parse a `GitActor`: the account that GitHub knows for the commit's address. A bot's address has a fixed form.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    if signature is None:
        return Actor("")
    bot = _BOT_ADDRESS.match(signature["email"] or "")
    if bot is not None:
        return Actor(bot["slug"], is_bot=True)
    return Actor(str((signature["user"] or {}).get("login", "")))


def permission(login: str, rights: Json | None) -> Permission:
    """Return this person's role. The search also returns people whose name or login merely contains the login."""
    for edge in (rights or {}).get("edges") or ():
        if edge and (edge["node"] or {}).get("login", "").casefold() == login.casefold():
            return Permission[edge["permission"]]
    return Permission.NONE
