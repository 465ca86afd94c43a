"""The worlds of the simulation: one team, two applications, and a policy that the seed draws."""

import random  # noqa: TID251 -- the seed chooses
from dataclasses import replace

from bot.cli.demo.setting import API, PEOPLE, PRESENT, TEAM
from bot.cli.demo.stage import Setting

OLDER = "v1.4.0"
HEALTH = "health: ['argocd/{application}-{environment}']"


def policy_text(chance: random.Random) -> str:
    """Return a policy: which gates, how long, who opens and who merges."""
    pace = chance.choice(("soaked", "soaked", "latest", "one-at-a-time"))
    soaks = [chance.choice(("5m", "10m", "20m")), chance.choice(("5m", "15m"))]
    staging = [*([f"soak: {soaks[0]}"] if chance.random() < 0.7 else []), *([HEALTH] if chance.random() < 0.6 else [])]
    prod = [f"soak: {soaks[1]}"] if chance.random() < 0.6 else []
    if chance.random() < 0.5:
        prod.append("approvals: {count: 1, from: ['@acme/sre'], not: [requester]}")
    manual = "    promote: manual\n" if chance.random() < 0.5 else ""
    merge = "    merge: manual\n" if chance.random() < 0.15 else ""
    write = chance.choice(("tag+digest", "tag+digest", "tag"))
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
        "    gates: {checks: [build]}\n"
        "  staging:\n"
        "    path: envs/staging/{application}\n"
        "    from: dev\n"
        f"    gates: {{{', '.join(staging)}}}\n"
        "  prod:\n"
        "    path: envs/prod/{application}\n"
        "    from: staging\n"
        f"{manual}{merge}"
        f"    gates: {{{', '.join(prod)}}}\n"
        "    rollback: {approvals: 0}\n"
        "    permissions: {promote: [owners], rollback: [owners, '@acme/sre']}\n"
    )


def setting_of(chance: random.Random) -> Setting:
    """Return the world before the story begins."""
    policy = policy_text(chance)
    files = {**TEAM.files, ".gitops.yml": policy}
    if "write: tag}\n  api" in policy:
        files = {path: _without_digests(text) for path, text in files.items()}
    files |= {f"envs/{place}/api/values.yaml": API % PRESENT for place in ("dev", "staging", "prod")}
    required = ("validate",) if chance.random() < 0.6 else ()
    return replace(
        TEAM,
        files=files,
        people={**PEOPLE, "mallory": PEOPLE["erin"]},
        images=(OLDER, PRESENT),
        others={"acme/api": (OLDER, PRESENT)},
        required_checks=required,
    )


def _without_digests(text: str) -> str:
    lines = (line for line in text.splitlines(keepends=True) if not line.strip().startswith("digest:"))
    return "".join(lines).replace(f"@<digest of {PRESENT}>", "")
