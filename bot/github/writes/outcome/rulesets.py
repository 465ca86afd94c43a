"""Which rulesets forbid a write to one of the bot's own branches. GitHub's refusal does not name them; asked for only then.

Rulesets on `~ALL` branches hit the bot's as well: googleapis/repo-automation-bots#5551, aquasecurity/trivy#10931.
"""

import re

from bot.core.values.errors import Temporary
from bot.github.client import below
from bot.github.errors import Json, Refused
from bot.github.writes.preparation import Site

BY_RULE = re.compile(r"rule violation|Reference update failed", re.IGNORECASE)
"""How GitHub says that a ruleset forbids a push; of one that merges through a queue, it says the second alone."""
_OWN_BRANCH = re.compile(r"\bgitops(?:-state\b|(?:-stage)?/\S+)")
_HARMLESS = frozenset({"deletion", "non_fast_forward"})
"""Rules that let the bot create a branch and commit to it."""


async def naming(site: Site, doing: str, said: str) -> str:
    """Return GitHub's sentence with the names of the rulesets behind it, as far as GitHub tells."""
    branch = _OWN_BRANCH.search(doing)
    if branch is None or BY_RULE.search(said) is None:
        return said
    try:
        names = await _names(site, branch[0])
    except Temporary:
        return said
    return f"{' '.join(said.split()).rstrip('.')} ({', '.join(names)})" if names else said


async def _names(site: Site, branch: str) -> list[str]:
    """Return the rulesets that apply to a branch, whether or not it exists.

    https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
    """
    path = f"{below(site.repository, 'rules', 'branches', branch)}?per_page=100"
    rules: list[Json] = await site.client.get(path, credential=site.credential, operation="rulesets")
    kinds = ((rule["ruleset_id"], rule) for rule in rules if rule["type"] not in _HARMLESS)
    return sorted([await _name(site, rule) for rule in dict(kinds).values()])


async def _name(site: Site, rule: Json) -> str:
    """Return a ruleset's name; only its owner where the App may not read it, such as an organisation's."""
    path = below(site.repository, "rulesets", str(rule["ruleset_id"]))
    try:
        found: Json = await site.client.get(path, credential=site.credential, operation="rulesets")
    except Refused as refusal:
        if refusal.again_at is not None:
            raise
        return f"a ruleset of {rule['ruleset_source']}"
    return f"ruleset {found['name']} of {rule['ruleset_source']}"
