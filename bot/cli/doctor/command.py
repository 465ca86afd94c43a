"""`gitops-bot doctor`: its arguments, and its report as text or JSON."""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.cli.doctor.examination import examine
from bot.cli.output import Line, line, printer
from bot.doctor.checks.settings import judge_settings
from bot.doctor.findings import Finding, Status, exit_status
from bot.github.auth.installation import is_repository
from bot.runtime import system_runtime
from bot.settings import SettingsError
from bot.settings.env_file import with_env_file

_MARKS = {Status.GOOD: ("✓", "green"), Status.PROBLEM: ("✗", "bold red"), Status.UNCHECKED: ("?", "bold yellow")}
_ORDER = (Status.PROBLEM, Status.UNCHECKED, Status.GOOD)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    doctor = commands.add_parser(
        "doctor",
        help="say what keeps the bot from working, and what to do about it",
        description="Check the settings, the clock, the database, the App's permissions and events, webhook deliveries, "
        "registries with their logins, and each repository's policy, protection and rulesets. Each finding has a name, what "
        "was seen, a remedy and a link. Only reads; run it with the server's environment, beside the server or without it.",
        epilog="Exit status: 0 everything is in order, 1 there is something to do, 2 something could not be checked, or usage. "
        "docs/doctor.md has every finding.",
    )
    doctor.add_argument(
        "repository",
        metavar="OWNER/REPO",
        nargs="?",
        default="",
        help="only this repository; default: all installed ones",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object for scripts")
    doctor.set_defaults(run=_doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    if chosen.repository and not is_repository(chosen.repository):
        print(f"{chosen.repository}: expected OWNER/REPOSITORY, such as acme/manifests", file=sys.stderr)
        return 2
    try:
        environment = with_env_file(os.environ)
        findings = asyncio.run(examine(environment, system_runtime(), repository=chosen.repository))
    except SettingsError as error:
        findings = tuple(judge_settings(error.problems))
    if chosen.json:
        print(json.dumps({"findings": [finding.as_json() for finding in findings]}, indent=2))
    else:
        write = printer(sys.stdout, os.environ)
        for each in as_text(findings):
            write(each)
    return exit_status(findings)


def as_text(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the lines of the report: what there is to do first."""
    for status in _ORDER:
        for finding in findings:
            if finding.status is status:
                yield from _lines(finding)
    counts = Counter(finding.status for finding in findings)
    words = {Status.PROBLEM: "to do", Status.UNCHECKED: "not checked", Status.GOOD: "in order"}
    yield line()
    yield line(", ".join(f"{counts[status]} {words[status]}" for status in _ORDER if counts[status]))


def _lines(finding: Finding) -> Iterator[Line]:
    mark, style = _MARKS[finding.status]
    about = f" ({finding.subject})" if finding.subject else ""
    if finding.status is Status.GOOD:
        yield line((mark, style), f" {finding.name}{about}: {finding.seen}")
        return
    yield line((mark, style), " ", (finding.name, "bold"), f"{about}: {finding.seen}")
    if finding.remedy:
        yield line(f"    → {finding.remedy}")
    if finding.link:
        yield line("    ", (finding.link, "dim"))
