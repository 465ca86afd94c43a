"""`gitops-bot versions`: which tags the policy of this folder counts as versions, in which order, and why not the others.

Without `--tags-from` it asks the registry, with the server's settings for registries and the network. It never asks GitHub:
the history of the source branch comes from `--commits-from`, as `git log` writes it.
"""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from bot.cli.policy import USAGE, read_policy
from bot.cli.registries import asked_registries
from bot.core.observation.source import ChangedFiles
from bot.core.policy import Application, OrderKind, Policy
from bot.core.selection.candidates import MOST_DATED
from bot.core.selection.possible import common_tags, ordered_by_date
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.build_times import BuildTime, NoBuildTime, believable, read_build_times
from bot.core.versions.newer import holds_charts
from bot.core.versions.source_paths import paths_of, touches, untouched_in
from bot.core.versions.tags import Ranking, RejectedTag, rank
from bot.registries.oci import Registries
from bot.settings import RegistrySettings, SettingsError, read_registry_settings

LOG = "git log --diff-merges=first-parent --no-renames --name-only --format=%H"
_COMMIT = re.compile(r"[0-9a-f]{40}")


class _UsageError(Exception):
    """The arguments cannot be used; the sentence says what to do."""


class _NoAnswerError(Exception):
    """The registry gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to rank. missing: tags that not every image has, with the reason. digest: of a tag that is followed.

    charts: the tags are those of Helm charts.
    """

    tags: frozenset[str]
    created: Mapping[str, BuildTime] = field(default_factory=dict)
    missing: tuple[RejectedTag, ...] = ()
    digest: str = ""
    charts: bool = False


@dataclass(frozen=True, slots=True)
class _Log:
    """Commits of the source branch, newest first, and the files that each changes, if the log names them."""

    history: tuple[str, ...] = ()
    changed: Mapping[str, ChangedFiles] = field(default_factory=dict)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    ranker = commands.add_parser(
        "versions",
        help="show which tags of an application are versions, in order",
        description="Print the tags that the policy in this folder counts as versions, best first,\n"
        "and why each other tag does not count. The registry lists the tags, unless\n--tags-from does.",
        epilog=f"The log for --commits-from:\n  {LOG}\n\n"
        "Exit status: 0 the tags are printed, 1 the policy or the registry prevents it, 2 usage.",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # a command that is broken at a hyphen cannot be pasted
    )
    ranker.add_argument("application", metavar="APP", help="an application of the policy")
    ranker.add_argument(
        "--tags-from",
        metavar="FILE",
        help="a file with one tag per line, or - for standard input; for the order `newest`, each followed by its build time, "
        "such as 2026-11-23T07:15:00Z",
    )
    ranker.add_argument(
        "--commits-from",
        metavar="FILE",
        help="for the order `commit`: the log of the source branch, newest first, or - for standard input",
    )
    ranker.add_argument("--json", action="store_true", help='print {"chosen", "candidates", "rejected"}')
    ranker.set_defaults(run=_versions)


def _versions(chosen: argparse.Namespace) -> int:
    policy = read_policy(Path())
    if policy is None:
        return 1
    try:
        application = _named(policy, chosen.application)
        log = _log(application, chosen)
        seen = _listed(application, chosen.tags_from) if chosen.tags_from else _asked(application)
    except (_UsageError, SettingsError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return USAGE
    except _NoAnswerError as silence:
        print(silence, file=sys.stderr)
        return 1
    _print(_ranked(application, seen, log), seen, as_json=chosen.json)
    return 0


def _named(policy: Policy, name: str) -> Application:
    if name in policy.applications:
        return policy.applications[name]
    near = get_close_matches(name, policy.applications, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise _UsageError(f"{name}: the policy has no such application, only {', '.join(policy.applications)}{hint}")


def _ranked(application: Application, seen: _Seen, log: _Log) -> Ranking:
    paths = paths_of(application) or ()
    answers = {oid: touches(paths, changed) for oid, changed in log.changed.items()}
    ranking = rank(
        application.versions,
        seen.tags,
        history=log.history,
        created=seen.created,
        untouched=untouched_in(answers),
        charts=seen.charts,
    )
    rejected = sorted((*ranking.rejected, *seen.missing), key=lambda each: each.tag)
    return Ranking(ranking.candidates, tuple(rejected))


def _print(ranking: Ranking, seen: _Seen, *, as_json: bool) -> None:
    chosen = ranking.candidates[0] if ranking.candidates else None
    if as_json:
        rejected = [{"tag": each.tag, "reason": each.reason} for each in ranking.rejected]
        found = {"chosen": chosen, "candidates": list(ranking.candidates), "rejected": rejected}
        print(json.dumps(found, indent=2))
        return
    for tag in ranking.candidates:
        print(f"{'→' if tag == chosen else ' '} {tag}" + (f" {seen.digest}" if seen.digest else ""))
    for each in ranking.rejected:
        print(f"✗ {each.tag}: {each.reason}")


# --- from files


def _log(application: Application, chosen: argparse.Namespace) -> _Log:
    """What `git log` wrote: one commit per line, perhaps with the files that it changes below it."""
    if application.versions.order.kind is not OrderKind.COMMIT:
        return _Log()
    if not chosen.commits_from:
        raise _UsageError(
            f"the order is `commit`: give the source branch's log with --commits-from, as `{LOG}` writes it"
        )
    if chosen.commits_from == chosen.tags_from == "-":
        raise _UsageError("standard input can hold the tags or the commits, not both: name a file for one of them")
    files: dict[str, list[str]] = {}
    for line in _lines(chosen.commits_from):
        if _COMMIT.fullmatch(line):
            files.setdefault(line, [])
        elif files:
            files[next(reversed(files))].append(line)
        else:
            raise _UsageError(f"{chosen.commits_from}: expected commits of 40 digits, saw {line!r}: see `{LOG}`")
    if paths_of(application) is None:
        return _Log(tuple(files))
    if not any(files.values()):
        raise _UsageError(f"`source.paths` needs the files that each commit changes: write the log with `{LOG}`")
    return _Log(tuple(files), {oid: ChangedFiles(tuple(paths)) for oid, paths in files.items()})


def _listed(application: Application, source: str) -> _Seen:
    kind = application.versions.order.kind
    if kind is OrderKind.DIGEST:
        raise _UsageError(
            "the order `digest` follows one tag, and only the registry knows its digests: leave out --tags-from"
        )
    if kind is not OrderKind.NEWEST:
        return _Seen(frozenset(_lines(source)))
    created = dict(_timed(line) for line in _lines(source))
    return _Seen(frozenset(created), created)


def _timed(line: str) -> tuple[str, BuildTime]:
    """A tag and its image's build time, which not every image has."""
    tag, _, written = line.partition(" ")
    if not written.strip():
        return tag, NoBuildTime("has no build time in the list")
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        message = f"{written.strip()!r} is not a time: write it after the tag, such as 2026-11-23T07:15:00Z"
        raise _UsageError(message) from None
    return tag, believable(at if at.tzinfo else at.replace(tzinfo=UTC))


def _lines(source: str) -> Iterator[str]:
    text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    yield from (" ".join(line.split()) for line in text.splitlines() if line.strip())


# --- from the registry


def _asked(application: Application) -> _Seen:
    return asyncio.run(_ask(application, read_registry_settings(os.environ)))


async def _ask(application: Application, settings: RegistrySettings) -> _Seen:
    async with asked_registries(settings) as registries:
        lists = {image: await registries.tags(image) for image in application.images}
        for seen in lists.values():
            _need(seen)
        common = common_tags(application, lists)
        dated = ordered_by_date(application, lists)
        if len(dated) > MOST_DATED:
            limit = f"the order `newest` would ask for {len(dated):,} build times, and {MOST_DATED} is the limit"
            raise _NoAnswerError(f"{application.name}: {limit}: narrow `tags`")
        built = await registries.built(dict.fromkeys(application.images, dated)) if dated else ()
        created = read_build_times(application.images, built)
        digest = await _digest(application, registries, common)
    return _Seen(common, created, tuple(_incomplete(lists)), digest, holds_charts(application, lists))


async def _digest(application: Application, registries: Registries, tags: frozenset[str]) -> str:
    """The digest of the tag that is followed, in the first image; '' in other orders, and without such a tag."""
    tag = application.versions.order.argument
    if application.versions.order.kind is not OrderKind.DIGEST or tag not in tags:
        return ""
    seen = await registries.artifact(application.images[0], tag)
    _need(seen)
    return seen.digest if isinstance(seen, Artifact) else ""


def _incomplete(lists: Mapping[str, Tags | Missing | Unanswered]) -> Iterator[RejectedTag]:
    """The tags that an image lacks."""
    by_image = {image: frozenset(seen.tags) for image, seen in lists.items() if isinstance(seen, Tags)}
    for tag in sorted(frozenset[str]().union(*by_image.values())):
        without = [image for image, tags in by_image.items() if tag not in tags]
        if without:
            yield RejectedTag(tag, f"is missing for {', '.join(without)}")


def _need(seen: Tags | Artifact | Missing | Unanswered) -> None:
    if isinstance(seen, Missing):
        named = f"{seen.image}:{seen.tag}" if seen.tag else seen.image
        raise _NoAnswerError(f"{named}: the registry has no such {'tag' if seen.tag else 'image'}")
    if isinstance(seen, Unanswered):
        raise _NoAnswerError(f"{seen.image}: {seen.reason}")
