"""Whether messages could get through, found out without sending one. No answer repeats an address or a secret."""

import json

import aiohttp

from bot.notify.sending import TIMEOUT, post
from bot.notify.sink import UndeliveredError


async def unreachable(session: aiohttp.ClientSession, url: str) -> str:
    """Return why nothing answers at this address, as the rest of a sentence; '' where something does, whatever it says."""
    try:
        async with session.head(url, timeout=TIMEOUT, allow_redirects=False):
            return ""
    except TimeoutError:
        return f"did not answer within {TIMEOUT.total:g} seconds"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return f"could not be reached ({type(error).__name__})"


async def refused_by_slack(session: aiohttp.ClientSession, api: str, token: str) -> str:
    """Return why Slack refuses this token; '' where it takes it. Raises UndeliveredError where it does not answer.

    https://docs.slack.dev/reference/methods/auth.test
    """
    answer = await post(session, f"{api}/auth.test", {}, {"Authorization": f"Bearer {token}"})
    try:
        said = json.loads(answer)
        accepted, error = said["ok"] is True, str(said.get("error", ""))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UndeliveredError("answered with something other than Slack's JSON: check SLACK_API_URL") from None
    if accepted:
        return ""
    return error if error.replace("_", "").isalpha() else "with an error"
