"""The App's own endpoints: installations, tokens, webhook deliveries. All require the App's JWT or token."""

import json
import re
from typing import Any

from bot.simulator.github.access.auth import InstallationToken
from bot.simulator.github.model.accounts.apps import Access, Installation
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.rest.bodies import Fields, Invalid
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Credentials, Routes, created, ok
from bot.simulator.github.views import accounts
from bot.simulator.github.views.accounts import optional_moment
from bot.simulator.github.views.repository import permissions, repository
from bot.simulator.github.webhooks.sending import Delivery

routes = Routes()

MOST_REPOSITORIES = 500


WEB_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(/[!-~]*)?", re.ASCII)


@routes.get("/app", Credentials.JWT)
def get_app(call: Call) -> Answer:
    return ok(accounts.app(call.links, call.app) | {"installations_count": len(call.app.installations)})


@routes.post("/app-manifests/{code}/conversions", Credentials.NONE)
def convert_manifest(call: Call) -> Answer:
    """Exchange the code of a registration, once and within an hour; it is the only credential.

    https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
    """
    found = call.github.registrations.redeem(call.parameters["code"])
    return created(
        accounts.app(call.links, found.app)
        | {
            "client_secret": found.client_secret,
            "webhook_secret": found.app.webhook_secret,
            "pem": found.pem,
        }
    )


@routes.get("/apps/{app_slug}", Credentials.ANY)
def get_public_app(call: Call) -> Answer:
    """https://docs.github.com/en/rest/apps/apps#get-an-app"""
    found = call.github.apps.get(call.parameters["app_slug"])
    if found is None:
        raise not_found("Not Found")
    return ok(accounts.app(call.links, found))


@routes.get("/app/installations", Credentials.JWT)
def list_installations(call: Call) -> Answer:
    return call.page(call.app.installations, lambda one: accounts.installation(call.links, one))


@routes.get("/app/installations/{installation_id}", Credentials.JWT)
def get_installation(call: Call) -> Answer:
    return ok(accounts.installation(call.links, _installation(call)))


@routes.get("/repos/{owner}/{repo}/installation", Credentials.JWT)
def get_repository_installation(call: Call) -> Answer:
    return ok(accounts.installation(call.links, _covering(call, call.repository)))


@routes.get("/orgs/{org}/installation", Credentials.JWT)
def get_organisation_installation(call: Call) -> Answer:
    return ok(accounts.installation(call.links, _installed_on(call, call.parameters["org"])))


@routes.get("/users/{username}/installation", Credentials.JWT)
def get_user_installation(call: Call) -> Answer:
    return ok(accounts.installation(call.links, _installed_on(call, call.parameters["username"])))


@routes.post("/app/installations/{installation_id}/access_tokens", Credentials.JWT)
def create_token(call: Call) -> Answer:
    """https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app"""
    installation = _installation(call)
    if installation.suspended_at is not None:
        raise Refused(Reason.FORBIDDEN, "This installation has been suspended")
    minted = call.tokens.for_installation(
        installation,
        permissions=_narrowed_permissions(installation, call.body),
        repositories=_narrowed_repositories(call, installation),
    )
    return created(_token(call, minted))


@routes.delete("/installation/token", Credentials.INSTALLATION)
def revoke_token(call: Call) -> Answer:
    call.tokens.revoke(call.caller.token)
    return NO_CONTENT


@routes.get("/installation/repositories", Credentials.INSTALLATION)
def list_repositories(call: Call) -> Answer:
    covered = [one for one in call.github.covered_by(call.installation) if call.caller.reaches(one)]
    role = call.github.role_of_installation(call.installation)
    return call.page(
        covered,
        lambda one: repository(call.links, one) | {"permissions": permissions(role)},
        wrap="repositories",
        also={"repository_selection": call.installation.selection.value},
    )


@routes.get("/app/hook/config", Credentials.JWT)
def get_hook(call: Call) -> Answer:
    return ok(_hook(call))


@routes.patch("/app/hook/config", Credentials.JWT)
def change_hook(call: Call) -> Answer:
    url = call.body.optional_text("url")
    if url is not None:
        if not WEB_ADDRESS.fullmatch(url):
            raise Invalid(f"For 'properties/url', {json.dumps(url)} is not a valid URL.")
        call.app.webhook_url = url
    call.app.webhook_secret = call.body.optional_text("secret") or call.app.webhook_secret
    return ok(_hook(call))


@routes.get("/app/hook/deliveries", Credentials.JWT)
def list_deliveries(call: Call) -> Answer:
    """List deliveries, newest first, by cursor: the id at which to continue."""
    found = call.webhooks.deliveries(call.app)
    cursor = call.query.get("cursor", "")
    if cursor.isdigit():
        found = [one for one in found if one.id <= int(cursor)]
    if call.query.get("status") == "failure":
        found = [one for one in found if not 200 <= one.status_code < 400]
    size = call.page_size
    following = {"next": {"cursor": str(found[size].id)}} if len(found) > size else {}
    return Answer(body=[_item(one) for one in found[:size]], headers=call.link_header(following))


@routes.get("/app/hook/deliveries/{delivery_id}", Credentials.JWT)
def get_delivery(call: Call) -> Answer:
    found = call.webhooks.delivery(call.number("delivery_id"), call.app)
    return ok(
        _item(found)
        | {
            "url": found.url,
            "request": {"headers": dict(found.request_headers), "payload": found.payload},
            "response": {"headers": dict(found.response_headers), "payload": found.response_body},
        }
    )


@routes.post("/app/hook/deliveries/{delivery_id}/attempts", Credentials.JWT)
def redeliver(call: Call) -> Answer:
    call.webhooks.redeliver(call.webhooks.delivery(call.number("delivery_id"), call.app))
    return Answer(status=202, body={})


def _installation(call: Call) -> Installation:
    found = call.github.installations.get(call.number("installation_id"))
    if found is None or found.app is not call.app:
        raise not_found("Not Found")
    return found


def _covering(call: Call, one: Repository) -> Installation:
    for found in call.app.installations:
        if found.covers(one):
            return found
    raise not_found("Not Found")


def _installed_on(call: Call, login: str) -> Installation:
    for found in call.app.installations:
        if found.account.login.lower() == login.lower():
            return found
    raise not_found("Not Found")


def _narrowed_permissions(installation: Installation, body: Fields) -> dict[str, Access] | None:
    """Return the requested permissions, which must not exceed those granted; None if none were requested."""
    asked = body.inner("permissions")
    if asked is None:
        return None
    wanted = {}
    for name, _ in asked.pairs():
        access = asked.choice_by_name(name, Access)
        if access > installation.permissions.get(name, Access.NONE):
            raise Refused(Reason.UNPROCESSABLE, "The permissions requested are not granted to this installation.")
        wanted[name] = access
    return wanted or None


def _narrowed_repositories(call: Call, installation: Installation) -> tuple[Repository, ...] | None:
    names, identifiers = call.body.texts("repositories"), call.body.numbers("repository_ids")
    if not names and not identifiers:
        return None
    if len(names) + len(identifiers) > MOST_REPOSITORIES:
        raise Refused(Reason.UNPROCESSABLE, f"A token is for at most {MOST_REPOSITORIES} repositories.")
    covered = call.github.covered_by(installation)
    found = [one for one in covered if one.name in names or one.id in identifiers]
    if len(found) < len(set(names)) + len(set(identifiers)):
        raise Refused(
            Reason.UNPROCESSABLE,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return tuple(found)


def _token(call: Call, minted: InstallationToken) -> dict[str, Any]:
    selected = minted.repositories is not None or not accounts.covers_all(minted.installation)
    shown: dict[str, Any] = {
        "token": minted.token,
        "expires_at": accounts.moment(minted.expires_at),
        "permissions": accounts.permissions(minted.permissions),
        "repository_selection": "selected" if selected else "all",
    }
    if minted.repositories is not None:
        shown["repositories"] = [repository(call.links, one) for one in minted.repositories]
    return shown


def _hook(call: Call) -> dict[str, Any]:
    return {
        "content_type": "json",
        "insecure_ssl": "0",
        "secret": "********",
        "url": call.app.webhook_url or "",
    }


def _item(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": optional_moment(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }
