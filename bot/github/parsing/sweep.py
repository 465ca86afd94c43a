"""What a sweep sees: each open pull request, promotion branch and folder in one line."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.core.observation.sweep import SweptPull
from bot.github.errors import Json
from bot.github.parsing.actors import Me
from bot.github.parsing.answers import moment, nodes
from bot.github.parsing.commits import Maker, app_id, asked_again, maker


def pull_requests(seen: Json, me: Me) -> dict[int, SweptPull]:
    """Return the open pull requests of this page, by number."""
    return {pull["number"]: _pull_request(pull, me) for pull in nodes(seen.get("open"))}


def reported(seen: Json) -> Iterator[tuple[str, Json | None]]:
    """Yield the head of each open pull request of this page, with what was reported on it."""
    yield from ((pull["headRefOid"], pull["statusCheckRollup"]) for pull in nodes(seen.get("open")))


def oldest_change(seen: Json) -> datetime | None:
    """Return when the last pull request of this page changed; those of later pages changed before."""
    return min((moment(pull["updatedAt"]) for pull in nodes(seen.get("open"))), default=None)


def branches(seen: Json) -> dict[str, Json]:
    """Return branch name → the commit it points at."""
    return {
        (ref["prefix"] + ref["name"]).removeprefix("refs/heads/"): ref["target"]
        for ref in nodes(seen.get("branches"))
        if ref["target"]
    }


def entries(head: Json, needed: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    """Return folder → file name → object id. A folder that does not exist is empty."""
    return {
        folder: {entry["name"]: entry["oid"] for entry in listed} for folder, listed in _listed(head, needed).items()
    }


def folders(head: Json, needed: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Return folder → the names in it that are folders themselves."""
    return {
        folder: frozenset(entry["name"] for entry in listed if entry["type"] == "tree")
        for folder, listed in _listed(head, needed).items()
    }


def _listed(head: Json, needed: tuple[str, ...]) -> Mapping[str, list[Json]]:
    found = {}
    for number, folder in enumerate(needed):
        tree = (head[f"d{number}_folder"] or {}).get("object") if folder else head[f"d{number}_root"]
        found[folder] = (tree or {}).get("entries") or []
    return found


def _pull_request(pull: Json, me: Me) -> SweptPull:
    """Parse a `Glance`. The fingerprint covers everything that was read of the pull request."""
    head = (pull["headRef"] or {}).get("target")
    made_by = maker(head, me.bot_id) if head else Maker.OTHERS
    rollup = pull["statusCheckRollup"] or {}
    ours = [
        context
        for context in nodes(rollup.get("contexts"))
        if context["__typename"] == "CheckRun" and app_id(context) == me.app_id
    ]
    read = json.dumps(pull, sort_keys=True).encode()
    return SweptPull(
        node_id=pull["id"],
        number=pull["number"],
        title=pull["title"],
        branch=pull["headRefName"],
        head_oid=pull["headRefOid"],
        is_cross_repository=pull["isCrossRepository"],
        fingerprint=hashlib.sha256(read).hexdigest(),
        our_checks=frozenset(run["name"] for run in ours if not asked_again(run)),
        asked_again=frozenset(run["name"] for run in ours if asked_again(run)),
        policy_id=_policy_at(pull["headRef"]),
        is_ours=pull["viewerDidAuthor"],
        head_is_ours=made_by is Maker.APP,
        head_is_unverified=made_by is Maker.UNVERIFIED,
        updated_at=moment(pull["updatedAt"]),
        group_oid=((pull["mergeQueueEntry"] or {}).get("headCommit") or {}).get("oid"),
    )


def _policy_at(ref: Json | None) -> str | None:
    """Return the id of the policy at a head, in the form of `Sweep.policy_id`; None where a fork hides it."""
    head = (ref or {}).get("target")
    if not head:
        return None
    file, folder = (head[name] or {} for name in ("policy", "policies"))
    return f"{file.get('oid', '')}:{folder.get('oid', '')}"
