"""Asks the places that the server tells things: the sinks of notifications, and the collector of traces. Sends no message."""

import asyncio
from collections.abc import Mapping

import aiohttp

from bot.doctor.checks.sinks import judge_collector, judge_sink
from bot.doctor.findings import Finding
from bot.notify.reaching import refused_by_slack, unreachable
from bot.notify.sink import UndeliveredError
from bot.settings.notifications import Notifications, SinkSettings
from bot.settings.telemetry import collector


async def examine_sinks(session: aiohttp.ClientSession, sinks: Notifications) -> list[Finding]:
    """Return what is wrong with the sinks."""
    return list(await asyncio.gather(*(_judged(session, each, sinks) for each in sinks.sinks)))


async def examine_collector(session: aiohttp.ClientSession, environment: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with the collector of traces; nothing where there is none."""
    named = collector(environment)
    return [judge_collector(named[0], await unreachable(session, named[1]))] if named else []


async def _judged(session: aiohttp.ClientSession, sink: SinkSettings, settings: Notifications) -> Finding:
    if sink.kind != "slack":
        return judge_sink(sink.name, unreachable=await unreachable(session, sink.target))
    try:
        return judge_sink(sink.name, refused=await refused_by_slack(session, settings.slack_api, settings.slack_token))
    except UndeliveredError as error:
        return judge_sink(sink.name, unreachable=str(error))
