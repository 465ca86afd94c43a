"""Where notices go: the sinks, by name, and who may use them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
from yarl import URL

from bot.network import is_loopback
from bot.notify.sink import Sink
from bot.notify.sinks import slack
from bot.notify.sinks.apprise import Apprise
from bot.notify.sinks.slack import Slack, SlackSettings
from bot.notify.sinks.slack_webhook import SlackWebhook
from bot.notify.sinks.teams import Teams
from bot.notify.sinks.webhook import PREFIX, Webhook, key_of
from bot.settings.reading import SHORTEST_SECRET, Reader, listed

_SINKS = "NOTIFY_"
_SYSTEMD = "NOTIFY_SOCKET"  # set for every service of `Type=notify`
_TOKEN, _API, _PEOPLE = "SLACK_BOT_TOKEN", "SLACK_API_URL", "SLACK_PEOPLE"
_SECRET, _ALLOWED = "NOTIFICATIONS_SECRET", "NOTIFICATIONS_ALLOWED"
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{6,20}")
_PERSON = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]*)=([USW][A-Z0-9]{6,20})")
_USE = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*):([a-z][a-z0-9-]*)")
_FORMS = "slack:CHANNEL, slack-webhook:URL, teams:URL, apprise:URL or webhook:URL"
_WITH_URL = frozenset({"slack-webhook", "teams", "apprise", "webhook"})


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """One sink. kind: as in the setting; target: a channel, or an address that may hold a secret."""

    name: str
    kind: str
    target: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notifications:
    """All sinks. people: login or team → Slack id. uses: owner and sink; empty: every owner may use every sink."""

    sinks: tuple[SinkSettings, ...] = ()
    slack_token: str = field(default="", repr=False)
    slack_api: str = slack.API
    people: Mapping[str, str] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    uses: frozenset[tuple[str, str]] = frozenset()

    def open_to(self, repository: str) -> frozenset[str]:
        """Return the names of the sinks that policies of this repository may use."""
        owner = repository.partition("/")[0].casefold()
        return frozenset(each.name for each in self.sinks if not self.uses or (owner, each.name) in self.uses)

    def made(self, session: aiohttp.ClientSession, now: Callable[[], datetime]) -> tuple[Sink, ...]:
        """Return the sinks themselves."""
        return tuple(self._make(each, session, now) for each in self.sinks)

    def _make(self, sink: SinkSettings, session: aiohttp.ClientSession, now: Callable[[], datetime]) -> Sink:
        match sink.kind:
            case "slack":
                settings = SlackSettings(sink.name, sink.target, self.slack_token, self.people, self.slack_api)
                return Slack(settings, session)
            case "slack-webhook":
                return SlackWebhook(sink.name, sink.target, session)
            case "teams":
                return Teams(sink.name, sink.target, session)
            case "apprise":
                return Apprise(sink.name, sink.target, session)
            case _:
                return Webhook(sink.name, sink.target, self.secret, session, now)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses that messages go to."""
        named = [each.target for each in self.sinks if each.kind in _WITH_URL]
        return (*named, self.slack_api) if self.slack_token else tuple(named)


def notifications(reader: Reader) -> Notifications:
    """Return what the settings say about notices."""
    names = (name for name in reader.starting_with(_SINKS) if name != _SYSTEMD)
    sinks = tuple(found for name in names if (found := _sink(reader, name)) is not None)
    kinds = {sink.kind for sink in sinks}
    token, secret = reader.get(_TOKEN), reader.get(_SECRET)
    if "slack" in kinds and not token:
        reader.missing(_TOKEN, expected="a bot token that begins with xoxb-", todo="Copy it from the Slack app's page.")
    if "webhook" in kinds:
        _check_secret(reader, secret)
    return Notifications(
        sinks=sinks,
        slack_token=token,
        slack_api=_api(reader),
        people=_people(reader),
        secret=_key(secret),
        uses=_uses(reader, frozenset(sink.name for sink in sinks)),
    )


def _sink(reader: Reader, variable: str) -> SinkSettings | None:
    name = variable.removeprefix(_SINKS).lower().replace("_", "-")
    kind, separator, target = reader.get(variable).partition(":")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
        reader.problem(
            variable, "is not the name of a sink", expected="NOTIFY_<NAME>", todo="Use letters, digits and _ in NAME."
        )
    elif not separator or kind not in {"slack", *_WITH_URL}:
        # The value may be a bare address with a secret in it.
        reader.problem(
            variable, "names no kind of sink", expected=_FORMS, todo="Write the kind, a colon, and where to."
        )
    elif kind == "slack" and not _CHANNEL.fullmatch(target):
        todo = "Copy the channel's id from the end of its details in Slack."
        reader.problem(variable, f"has the channel {target!r:.40}", expected="an id such as C0123456789", todo=todo)
    elif kind != "slack" and not _is_address(target):
        expected = "an https address, or http to a loopback address"
        reader.problem(
            variable, f"has no address behind {kind}: that can be used", expected=expected, todo="Copy it whole."
        )
    else:
        return SinkSettings(name, kind, target)
    return None


def _is_address(given: str) -> bool:
    try:
        url = URL(given)
    except ValueError:
        return False
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host or "")))


def _check_secret(reader: Reader, secret: str) -> None:
    if not secret:
        todo = "Make one with `openssl rand -hex 32`, and give it to the receiver."
        reader.missing(_SECRET, expected=f"at least {SHORTEST_SECRET} characters", todo=todo)
    elif len(secret) < SHORTEST_SECRET:
        expected = f"at least {SHORTEST_SECRET} characters"
        reader.problem(_SECRET, f"has {len(secret)} characters", expected=expected, todo="Use a longer one.")
    elif secret.startswith(PREFIX) and not _key(secret):
        expected = f"{PREFIX} and Base64, or any other text"
        reader.problem(_SECRET, f"has no Base64 behind {PREFIX}", expected=expected, todo="Copy it whole.")


def _key(secret: str) -> bytes:
    try:
        return key_of(secret)
    except ValueError:
        return b""


def _api(reader: Reader) -> str:
    given = reader.get(_API).rstrip("/")
    if given and not _is_address(given):
        reader.problem(_API, "is not an address", expected="https://slack.com/api", todo="Unset it for slack.com.")
    return given or slack.API


def _people(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in listed(reader.get(_PEOPLE)):
        pair = _PERSON.fullmatch(entry.removeprefix("@"))
        if pair is None:
            expected = "LOGIN=ID or ORGANISATION/TEAM=ID, such as dana=U0123456789, comma-separated"
            todo = "Copy the id from the person's profile in Slack; those of user groups begin with S."
            reader.problem(_PEOPLE, f"holds {entry!r:.80}", expected=expected, todo=todo)
        else:
            found[pair[1].lower()] = pair[2]
    return found


def _uses(reader: Reader, sinks: frozenset[str]) -> frozenset[tuple[str, str]]:
    found = set()
    for entry in listed(reader.get(_ALLOWED)):
        pair = _USE.fullmatch(entry)
        if pair is None or pair[2] not in sinks:
            expected = "OWNER:SINK, such as acme:releases, comma-separated"
            todo = f"Name a sink of these: {', '.join(sorted(sinks)) or 'none is set'}."
            reader.problem(_ALLOWED, f"holds {entry!r:.80}", expected=expected, todo=todo)
        else:
            found.add((pair[1].casefold(), pair[2]))
    return frozenset(found)
