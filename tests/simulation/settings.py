"""The worlds of the simulation: one team, two applications, and a policy that the seed draws."""

import random  # noqa: TID251 -- the seed chooses
from dataclasses import replace

from bot.cli.demo.setting import API, PEOPLE, PRESENT, TEAM
from bot.cli.demo.stage import Setting
from tests.simulation.reading import FOLLOWED

OLDER = "v1.4.0"
HEALTH = "health: ['argocd/{application}-{environment}']"
FOLLOWS = f"versions: {{digest: {FOLLOWED}}}"
"""In a policy where api's versions are what one tag points at."""
TAGGED = "write: tag}\n  api"
"""In a policy where web's manifests name tags without digests."""
FOLLOWING = """\
image: {repository: ghcr.io/acme/api, tag: stable, digest: "<digest of acme/api:stable>"}
"""
WINDOWS = (
    "windows: [{hours: '08:00-10:00'}]",
    "windows: [{hours: '10:00-12:00'}]",
    "windows: [{days: mon-wed, hours: '11:30-14:30', timezone: Europe/Berlin}]",
    "windows: [{hours: '00:30-09:30'}, {days: [tue, sat], hours: '22:00-04:00', timezone: America/New_York}]",
)
"""A story begins at 09:00 UTC on a Tuesday, and takes about five hours."""
FREEZES = (
    "freezes: [{from: 2026-11-24, to: 2026-11-24, reason: audit}]",  # over at 10:00 in Kiritimati
    "freezes: [{from: 2026-11-25, to: 2026-11-26}]",  # begins there at 10:00
)
LIMITS = ("{merges: 1, per: 10m}", "{merges: 1, per: 20m}", "{merges: 2, per: 30m}")


def policy_text(chance: random.Random) -> str:
    """Return a policy: which gates, how long, who opens and who merges."""
    pace = chance.choice(("soaked", "soaked", "latest", "one-at-a-time"))
    soaks = [chance.choice(("5m", "10m", "20m")), chance.choice(("5m", "15m"))]
    staging = [*([f"soak: {soaks[0]}"] if chance.random() < 0.7 else []), *([HEALTH] if chance.random() < 0.6 else [])]
    if chance.random() < 0.2:
        staging.append("approvals: {count: 1, from: ['@acme/sre']}")
    prod = [f"soak: {soaks[1]}"] if chance.random() < 0.6 else []
    if chance.random() < 0.5:
        prod.append("approvals: {count: 1, from: ['@acme/sre'], not: [requester]}")
    manual = "    promote: manual\n" if chance.random() < 0.5 else ""
    merge = "    merge: manual\n" if chance.random() < 0.15 else ""
    write = chance.choice(("tag+digest", "tag+digest", "tag"))
    promoters = chance.choice(("owners", "owners, '@acme/sre'"))
    always = "    update: always\n" if chance.random() < 0.3 else ""
    of_place = _place_gates(chance)
    staging += of_place[0]
    prod += of_place[1]
    return (
        "version: 1\n"
        "applications:\n"
        "  web:\n"
        "    image: ghcr.io/acme/web\n"
        "    source: acme/web\n"
        "    owners: ['@acme/web']\n"
        f"    versions: {{semver: '>=1.0.0', platforms: [linux/amd64, linux/arm64], write: {write}}}\n"
        "  api:\n"
        "    image: ghcr.io/acme/api\n"
        "    owners: ['@dana']\n"
        "    versions: {semver: '>=1.0.0', write: tag}\n"
        "    environments: {dev: {gates: {checks: null}}, staging: {gates: {health: []}}}\n"
        "environments:\n"
        "  dev:\n"
        "    path: envs/dev/{application}\n"
        "    from: registry\n"
        f"    pace: {pace}\n"
        f"{_limit(chance)}"
        "    gates: {checks: [build]}\n"
        "  staging:\n"
        "    path: envs/staging/{application}\n"
        "    from: dev\n"
        f"{always}"
        f"    gates: {{{', '.join(staging)}}}\n"
        "  prod:\n"
        "    path: envs/prod/{application}\n"
        "    from: staging\n"
        f"{manual}{merge}{always}{_limit(chance)}"
        "    timezone: Pacific/Kiritimati\n"
        f"    gates: {{{', '.join(prod)}}}\n"
        "    rollback: {approvals: 0}\n"
        f"    permissions: {{promote: [{promoters}], rollback: [owners, '@acme/sre']}}\n"
    )


def _place_gates(chance: random.Random) -> tuple[list[str], list[str]]:
    """Return the gates of time for staging and for prod: most policies have none of them, or one."""
    kind = chance.random()
    window, freeze = chance.choice(WINDOWS), chance.choice(FREEZES)
    if kind < 0.15:
        return [window], []
    if kind < 0.3:
        return [], [window]
    return ([], [freeze]) if kind < 0.4 else ([], [])


def _limit(chance: random.Random) -> str:
    return f"    limit: {chance.choice(LIMITS)}\n" if chance.random() < 0.25 else ""


def kept(text: str, before: str) -> str:
    """Return a policy that writes what the manifests of an earlier one hold: digests or none, tags or a followed one."""
    if TAGGED in before:
        text = text.replace("write: tag+digest}\n  api", TAGGED)
    else:
        text = text.replace(TAGGED, "write: tag+digest}\n  api")
    return following(text) if FOLLOWS in before else text


def following(text: str) -> str:
    """Return a policy in which api follows a tag."""
    return text.replace("versions: {semver: '>=1.0.0', write: tag}", FOLLOWS)


def setting_of(chance: random.Random) -> Setting:
    """Return the world before the story begins."""
    policy = policy_text(chance)
    follows = chance.random() < 0.25
    if follows:
        policy = following(policy)
    files = {**TEAM.files, ".gitops.yml": policy}
    if TAGGED in policy:
        files = {path: _without_digests(text) for path, text in files.items()}
    api = FOLLOWING if follows else API % PRESENT
    files |= {f"envs/{place}/api/values.yaml": api for place in ("dev", "staging", "prod")}
    required = ("validate",) if chance.random() < 0.6 else ()
    return replace(
        TEAM,
        files=files,
        people={**PEOPLE, "mallory": PEOPLE["erin"]},
        images=(OLDER, PRESENT),
        others={"acme/api": (FOLLOWED,) if follows else (OLDER, PRESENT)},
        required_checks=required,
    )


def has_queue(chance: random.Random) -> bool:
    """Report whether the default branch of this world has a merge queue."""
    return chance.random() < 0.2


def _without_digests(text: str) -> str:
    lines = (line for line in text.splitlines(keepends=True) if not line.strip().startswith("digest:"))
    return "".join(lines).replace(f"@<digest of {PRESENT}>", "")
