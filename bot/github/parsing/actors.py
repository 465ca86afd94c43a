"""Who did something, and what their role allows."""

import re
from dataclasses import dataclass

from bot.core.observation.actors import Actor, Permission
from bot.github.errors import Json

_BOT = "[bot]"
_BOT_ADDRESS = re.compile(r"(?:(?P<id>\d+)\+)?(?P<slug>[^@+]+)\[bot\]@users\.noreply\.")


@dataclass(frozen=True, slots=True)
class App:
    """The App itself. slug: its name in URLs, which its owner can change. It is for display alone."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True)
class Me:
    """The App as answers name it: by numbers, which never change. bot_id: of its bot, the account that acts for it."""

    app_id: int
    bot_id: int


def actor(who: Json | None) -> Actor:
    """Parse an `Actor`. null stands for a deleted account."""
    if who is None:
        return Actor("")
    login = str(who["login"])
    return Actor(login.removesuffix(_BOT), who["__typename"] == "Bot" or login.endswith(_BOT), who.get("databaseId"))


def author(signature: Json | None) -> Actor:
    """Parse a `GitActor`: the account that GitHub knows for the commit's address.

    A bot's address has a fixed form. The number in it is the bot's, and survives a change of the App's name.

    https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    if signature is None:
        return Actor("")
    bot = _BOT_ADDRESS.match(signature["email"] or "")
    if bot is not None:
        return Actor(bot["slug"], is_bot=True, id=int(bot["id"]) if bot["id"] else None)
    user = signature["user"] or {}
    return Actor(str(user.get("login", "")), id=user.get("databaseId"))


def permission(login: str, rights: Json | None) -> Permission:
    """Return this person's role. The search also returns people whose name or login merely contains the login."""
    for edge in (rights or {}).get("edges") or ():
        if edge and (edge["node"] or {}).get("login", "").casefold() == login.casefold():
            return Permission[edge["permission"]]
    return Permission.NONE
