"""deliveries: do GitHub's webhooks arrive?

| name                  | when                                                                                   |
|-----------------------|----------------------------------------------------------------------------------------|
| `webhook-missing`     | the App has no webhook, or GitHub was never asked to send anything                      |
| `webhook-elsewhere`   | it points to another address than PUBLIC_URL                                           |
| `webhook-insecure`    | GitHub sends them over plain http, or does not check the receiver's certificate         |
| `webhook-received`    | somebody takes them, although this server pulls                                        |
| `deliveries-unsigned` | the receiver answers 401: the App and this server have different secrets                |
| `deliveries-lost`     | the receiver answers 404, 405, 410 or a redirect: the address leads somewhere else      |
| `deliveries-failing`  | the receiver does not answer, or answers 5xx or another error                           |
| `deliveries`          | good                                                                                   |

Where the bot pulls, GitHub need not reach anybody: only `webhook-missing` matters, because without a webhook there are no
deliveries to read.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot.doctor import links
from bot.doctor.findings import Finding, good, problem
from bot.github.inspection.app import SeenApp, SeenDelivery
from bot.github.registration.addresses import Site
from bot.network import is_loopback

PATH = "/webhooks/github"
MOST_AGE = 20
"""How many of the newest deliveries count. Older failures say how it was."""


def judge_webhook(app: SeenApp, site: Site, *, public_url: str, pushes: bool) -> Finding | None:
    """Judge where GitHub sends webhooks. None where that is as it should be."""
    page = site.app_settings(app.owner, app.slug, organisation=app.is_organisation, page="")
    if not app.hook_url:
        why = "GitHub sends none" if pushes else "GitHub records no deliveries that the bot could read"
        return problem(
            "webhook-missing",
            f"The App {app.slug} has no webhook address, so {why}. Changes are noticed at the next sweep, within an hour.",
            f"Tick Active under Webhook on this page, and enter the server's address with {PATH} at its end.",
            link=page,
        )
    if pushes and public_url and app.hook_url != f"{public_url}{PATH}":
        return problem(
            "webhook-elsewhere",
            f"GitHub sends webhooks to {app.hook_url}, and this server is {public_url}.",
            f"Enter {public_url}{PATH} as the Webhook URL on this page, or correct PUBLIC_URL.",
            link=page,
        )
    split = urlsplit(app.hook_url)
    plain = split.scheme == "http" and not is_loopback(split.hostname or "")
    if pushes and (plain or not app.hook_verifies):
        why = "over plain http" if plain else "without checking the receiver's certificate"
        return problem(
            "webhook-insecure",
            f"GitHub sends webhooks to {app.hook_url} {why}, so others can read what happens in private repositories.",
            "On this page, write https in the Webhook URL, and choose Enable SSL verification.",
            link=page,
        )
    return None


def judge_unwanted(newest: Sequence[SeenDelivery], app: SeenApp, site: Site) -> Finding | None:
    """Judge deliveries of an App whose server pulls: nobody should take them. None where nobody does."""
    taken = next((each for each in newest[:MOST_AGE] if each.arrived), None)
    if taken is None:
        return None
    return problem(
        "webhook-received",
        f"This server asks GitHub for events (WEBHOOKS=pull), and {app.hook_url} answered {taken.status_code} to "
        f"{taken.event}: somebody else receives what happens in your repositories.",
        "If that is another server of this App, stop one of them, or set WEBHOOKS=push,pull here. Otherwise change the Webhook "
        "URL on this page to a host where nothing listens.",
        link=site.app_settings(app.owner, app.slug, organisation=app.is_organisation, page=""),
    )


def judge_deliveries(newest: Sequence[SeenDelivery], app: SeenApp, site: Site) -> Iterator[Finding]:
    """Yield why deliveries fail, newest first. What arrived since counts for more: an old failure is over."""
    failing = []
    for delivery in newest[:MOST_AGE]:
        if delivery.arrived:
            break
        failing.append(delivery)
    if not failing:
        seen = f"The last webhook arrived at {newest[0].at:%H:%M} UTC." if newest else "GitHub has sent no webhook yet."
        yield good("deliveries", seen)
        return
    page = site.app_settings(app.owner, app.slug, organisation=app.is_organisation, page="advanced")
    for (name, remedy), count in Counter(_sorted(each) for each in failing).items():
        example = next(each for each in failing if _sorted(each)[0] == name)
        shown = example.status_code or example.status
        counted = "The last webhook" if count == 1 else f"The last {count} webhooks"
        yield problem(
            name, f"{counted} failed: {app.hook_url} answered {shown} to {example.event}." if example.status_code else
            f"{counted} failed: {example.status} ({app.hook_url}).", remedy, link=page
        )  # fmt: skip


def _sorted(delivery: SeenDelivery) -> tuple[str, str]:
    """Return the finding's name, and what to do."""
    match delivery.status_code:
        case 401:
            return (
                "deliveries-unsigned",
                "Set the same secret as GITHUB_WEBHOOK_SECRET and in the App's settings, under Webhook secret.",
            )
        case 404 | 405 | 410 | 301 | 302 | 307 | 308:
            return (
                "deliveries-lost",
                f"Let the address lead to this server without a redirect, with {PATH} at its end.",
            )
        case 0:
            return (
                "deliveries-failing",
                "Let GitHub reach this server (DNS, firewall, TLS certificate), or set WEBHOOKS=pull so that it need not.",
            )
    return (
        "deliveries-failing",
        f"Read the server's log, and what stands between GitHub and it: {links.REDELIVER}",
    )
