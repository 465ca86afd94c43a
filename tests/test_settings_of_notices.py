"""Settings of notifications, logs and traces: each mistake has its sentence, and no address is repeated."""

import asyncio
import base64

import pytest
from aiohttp import ClientSession
from yarl import URL

from bot.github.client import roots
from bot.notify.sinks.apprise import Apprise
from bot.notify.sinks.slack import Slack
from bot.notify.sinks.slack_webhook import SlackWebhook
from bot.notify.sinks.teams import Teams
from bot.notify.sinks.webhook import Webhook
from bot.runtime import system_runtime
from bot.telemetry.logs import LogFormat
from tests.test_settings import problem_with, settings

HOOK = "https://hooks.example.com/hunter2-hunter2"
TOKEN = {"SLACK_BOT_TOKEN": "xoxb-hunter2-hunter2"}
SECRET = "a secret of the receiver"


def test_each_variable_is_a_sink_under_its_own_name() -> None:
    given = settings(
        NOTIFY_RELEASES="slack:C0123456789",
        NOTIFY_TEAM_WEB=f"slack-webhook:{HOOK}",
        NOTIFY_OPS=f"teams:{HOOK}?sig=x",
        NOTIFY_MAIL=f"apprise:{HOOK}",
        NOTIFY_PORTAL="webhook:http://127.0.0.1:9000/hook",
        NOTIFICATIONS_SECRET=SECRET,
        NOTIFY_SOCKET="/run/systemd/notify",
        **TOKEN,
    ).notifications

    async def kinds() -> dict[str, type]:
        async with ClientSession() as session:
            return {each.name: type(each) for each in given.made(session, system_runtime().now)}

    assert asyncio.run(kinds()) == {
        "releases": Slack,
        "team-web": SlackWebhook,
        "ops": Teams,
        "mail": Apprise,
        "portal": Webhook,
    }
    assert "https://slack.com/api" in given.addresses
    assert len(given.addresses) == 5
    assert "hunter2" not in repr(given)


def test_every_owner_may_use_every_sink_unless_the_settings_say_who_may() -> None:
    sinks = {"NOTIFY_RELEASES": f"teams:{HOOK}", "NOTIFY_OPS": f"teams:{HOOK}"}
    assert settings(**sinks).notifications.open_to("anybody/deploy") == {"releases", "ops"}

    limited = settings(**sinks, NOTIFICATIONS_ALLOWED="Acme:releases, other:ops").notifications
    assert limited.open_to("acme/deploy") == {"releases"}
    assert limited.open_to("nobody/deploy") == frozenset()


def test_people_are_known_by_login_or_team() -> None:
    given = settings(SLACK_PEOPLE="@Dana=U0123456789, acme/sre=S0123456789").notifications

    assert given.people == {"dana": "U0123456789", "acme/sre": "S0123456789"}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"NOTIFY_RELEASES": HOOK}, "NOTIFY_RELEASES names no kind of sink; expected slack:CHANNEL, slack-webhook:URL"),
        ({"NOTIFY_RELEASES": "slack"}, "NOTIFY_RELEASES names no kind of sink"),
        (
            {"NOTIFY_RELEASES": "slack:#releases", **TOKEN},
            "NOTIFY_RELEASES has the channel '#releases'; expected an id",
        ),
        ({"NOTIFY_RELEASES": "slack:C0123456789"}, "SLACK_BOT_TOKEN is not set"),
        (
            {"NOTIFY_RELEASES": "teams:http://hooks.example.com/hunter2"},
            "has no address behind teams: that can be used",
        ),
        ({"NOTIFY_RELEASES": "teams:https://[::1"}, "has no address behind teams: that can be used"),
        ({"NOTIFY__": f"teams:{HOOK}"}, "NOTIFY__ is not the name of a sink"),
        ({"NOTIFY_PORTAL": f"webhook:{HOOK}"}, "NOTIFICATIONS_SECRET is not set"),
        (
            {"NOTIFY_PORTAL": f"webhook:{HOOK}", "NOTIFICATIONS_SECRET": "hunter2"},
            "NOTIFICATIONS_SECRET has 7 characters",
        ),
        (
            {"NOTIFY_PORTAL": f"webhook:{HOOK}", "NOTIFICATIONS_SECRET": "whsec_hunter2-hunter2"},
            "NOTIFICATIONS_SECRET has no Base64 behind whsec_",
        ),
        ({"SLACK_PEOPLE": "dana:U0123456789"}, "SLACK_PEOPLE holds 'dana:U0123456789'; expected LOGIN=ID"),
        ({"SLACK_API_URL": "slack"}, "SLACK_API_URL is not an address"),
        (
            {"NOTIFY_OPS": f"teams:{HOOK}", "NOTIFICATIONS_ALLOWED": "acme:releases"},
            "expected OWNER:SINK, such as acme:releases, comma-separated. Name a sink of these: ops.",
        ),
        ({"NOTIFICATIONS_ALLOWED": "acme"}, "Name a sink of these: none is set."),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'; expected text or json."),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"},
            "OTEL_EXPORTER_OTLP_ENDPOINT is not the address of a collector",
        ),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://["}, "is not the address of a collector"),
    ],
)
def test_a_mistake_has_its_sentence_and_shows_no_secret(overrides: dict[str, str], said: str) -> None:
    seen = problem_with(**overrides)

    assert said in seen
    assert "hunter2" not in seen


def test_a_secret_may_be_in_the_form_of_standard_webhooks() -> None:
    written = "whsec_" + base64.b64encode(b"sixteen bytes ok").decode()
    given = settings(NOTIFY_PORTAL=f"webhook:{HOOK}", NOTIFICATIONS_SECRET=written).notifications

    assert given.secret == b"sixteen bytes ok"


def test_logs_are_text_and_no_traces_are_sent_unless_the_settings_say_otherwise() -> None:
    assert (settings().log_format, settings().traces) == (LogFormat.TEXT, False)
    given = settings(LOG_FORMAT="JSON", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert (given.log_format, given.traces) == (LogFormat.JSON, True)


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.acme.example/api/v3", "https://github.acme.example"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_links_lead_to_the_pages_of_the_same_github(api: str, web: str) -> None:
    assert roots(api).web == web
    assert URL(web).host
