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


def permission(answer: Json) -> Permission:
    """Parse a person's role. A role that an organisation made up counts as the one that it is based on.

    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """
    for name in (answer.get("role_name"), answer["permission"]):
        if name and name.upper() in Permission.__members__:
            return Permission[name.upper()]
    return Permission.NONE
