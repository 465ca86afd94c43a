"""sinks: does anybody hear what the server tells outside of GitHub?

| name                 | when                                                                                     |
|----------------------|------------------------------------------------------------------------------------------|
| `sink-unreachable`   | the address of a sink does not answer                                                    |
| `sink-refused`       | Slack refuses the token                                                                  |
| `sink-unknown`       | a policy names a sink that this server does not have, or that its owner may not use      |
| `sink`               | good                                                                                     |
| `traces-unreachable` | the OpenTelemetry collector does not answer                                              |

The doctor sends no message. So it cannot tell whether the secret in the address of a webhook is right; the dashboard says what
could not be delivered.
"""

from collections.abc import Iterable, Iterator

from bot.core.values.errors import Problem
from bot.doctor.findings import Finding, good, problem

_PAGE = "docs/notifications.md#sinks"


def judge_sink(name: str, *, unreachable: str = "", refused: str = "") -> Finding:
    """Judge a sink. unreachable, refused: why, without an address; '' where it is not."""
    if unreachable:
        return problem(
            "sink-unreachable",
            f"The sink {name} {unreachable}, so nobody hears of promotions there.",
            f"Correct the address in NOTIFY_{_variable(name)}, or let this server reach it: DNS, firewall, HTTPS_PROXY.",
            link=_PAGE,
            subject=name,
        )
    if refused:
        return problem(
            "sink-refused",
            f"Slack refuses SLACK_BOT_TOKEN for the sink {name}: {refused}.",
            "Copy the bot token of the Slack app again. It begins with xoxb- and needs the scope chat:write.",
            link=_PAGE,
            subject=name,
        )
    return good("sink", f"The sink {name} answers.", subject=name)


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def judge_routes(repository: str, unknown: Iterable[Problem]) -> Iterator[Finding]:
    """Yield what a policy names that is no sink here. unknown: as in `unknown_sinks`."""
    for each in unknown:
        yield problem(
            "sink-unknown",
            f"{each}.",
            "Correct `notify` in the policy, or add the sink to this server as NOTIFY_<NAME> and to NOTIFICATIONS_ALLOWED, if "
            "that is set.",
            link=_PAGE,
            subject=repository,
        )


def judge_collector(setting: str, unreachable: str) -> Finding:
    """Judge the collector of traces. unreachable: why, without an address; '' where it is not."""
    if not unreachable:
        return good("traces", "The OpenTelemetry collector answers.", subject=setting)
    return problem(
        "traces-unreachable",
        f"The OpenTelemetry collector {unreachable}, so traces are lost.",
        f"Correct {setting}: the collector's port for OTLP over HTTP, usually 4318. Unset it to send no traces.",
        subject=setting,
    )
