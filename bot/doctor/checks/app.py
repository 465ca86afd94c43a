"""app: does GitHub know the App, and may it do what `app.yml` asks for?

| name                      | when                                                                  |
|---------------------------|-----------------------------------------------------------------------|
| `app-refused`             | GitHub refuses the App's id or its key                                |
| `permission-missing`      | the App does not have a permission; one finding for each              |
| `event-missing`           | the App does not subscribe to an event; one finding for each          |
| `app`                     | good                                                                  |
| `not-installed`           | on no account                                                         |
| `installation-suspended`  | somebody suspended it on an account                                   |
| `permission-not-accepted` | the App has a permission, and an account has not accepted it yet      |
| `installation`            | good                                                                  |
"""

from collections.abc import Iterable, Iterator

from bot.doctor import links
from bot.doctor.findings import Finding, good, problem
from bot.github.auth.installation import Installation
from bot.github.inspection.app import SeenApp
from bot.github.registration.addresses import Site
from bot.github.registration.manifest import EVENT_COSTS, LEVELS, PERMISSION_COSTS, app_manifest


def judge_refusal(reason: str, *, app_id: int) -> Finding:
    """Judge an App that GitHub does not let in."""
    return problem(
        "app-refused",
        f"GitHub refuses the App {app_id}: {reason}.",
        "Check GITHUB_APP_ID, and that GITHUB_PRIVATE_KEY is a key of this App that was not deleted. On GitHub Enterprise "
        "Server, check GITHUB_API_URL.",
    )


def judge_app(app: SeenApp, site: Site) -> Iterator[Finding]:
    """Yield what the App lacks."""
    page = site.app_settings(app.owner, app.slug, organisation=app.is_organisation)
    wanted = app_manifest()
    missing = [
        problem(
            "permission-missing",
            f"The App {app.slug} has {_has(app.permissions.get(name))} for {name} and needs {level}. Without it: "
            f"{PERMISSION_COSTS[name]}.",
            f"Set {name} to {level} on this page. Then every account that installed the App has to accept it.",
            link=page,
            subject=name,
        )
        for name, level in wanted.permissions.items()
        if not _suffices(app.permissions.get(name), level)
    ]
    unheard = [
        problem(
            "event-missing",
            f"The App {app.slug} does not subscribe to {name}. Without it: {EVENT_COSTS[name]}.",
            f"Tick {name} under Subscribe to events on this page.",
            link=page,
            subject=name,
        )
        for name in wanted.events
        if name not in app.events
    ]
    yield from (*missing, *unheard)
    if not (missing or unheard):
        yield good("app", f"The App {app.slug} has every permission and event that it needs.")


def judge_installations(found: Iterable[Installation], app: SeenApp) -> Iterator[Finding]:
    """Yield what is wrong with each installation."""
    installations = tuple(found)
    if not installations:
        yield problem(
            "not-installed",
            f"The App {app.slug} is installed nowhere, so it sees no repository.",
            "Install it on the manifests repository and on the source repositories.",
            link=f"{app.html_url}/installations/new",
        )
    for each in installations:
        yield from _installation(each, app)


def _installation(one: Installation, app: SeenApp) -> Iterator[Finding]:
    if one.suspended:
        yield problem(
            "installation-suspended",
            f"The App is suspended on {one.account}: it sees nothing there, and gets no webhooks.",
            f"An owner of {one.account} can unsuspend it in the settings, under GitHub Apps.",
            link=links.SUSPENDED,
            subject=one.account,
        )
        return
    behind = [
        name
        for name, level in app_manifest().permissions.items()
        if _suffices(app.permissions.get(name), level) and not _suffices(one.permissions.get(name), level)
    ]
    for name in behind:
        yield problem(
            "permission-not-accepted",
            f"{one.account} has not accepted the App's permission {name} yet. Until then: {PERMISSION_COSTS[name]}.",
            f"An owner of {one.account} accepts it on the page of the installation.",
            link=links.ACCEPT,
            subject=one.account,
        )
    if not behind:
        yield good("installation", f"Installed on {one.account}.", subject=one.account)


def _suffices(granted: str | None, wanted: str) -> bool:
    return granted is not None and LEVELS.index(granted) >= LEVELS.index(wanted)


def _has(granted: str | None) -> str:
    return "no permission" if granted is None else f"only {granted}"
