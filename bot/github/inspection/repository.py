"""The rules for the bot's own branches, and which checks reported on the last pull requests.

A sweep reads neither: they would cost every repository requests that only a doctor needs.
"""

from dataclasses import dataclass
from urllib.parse import quote

from bot.github.auth.tokens import InstallationCredential, Tokens
from bot.github.client import Client, below
from bot.github.errors import Refused

PULLS = 5
"""How many pull requests are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a ruleset for a branch. kind: GitHub's name, such as `non_fast_forward`; ruleset: its name.

    bypass: whether the App may bypass it always; None where GitHub does not say.
    """

    kind: str
    ruleset: str
    bypass: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRules:
    """state: the rules for `gitops-state`; promotions: those for a promotion's branch. classic: whether classic branch
    protection covers `gitops-state`, which only shows once the branch exists.
    """

    state: tuple[Rule, ...]
    promotions: tuple[Rule, ...]
    classic: bool = False


@dataclass(frozen=True, slots=True)
class SeenReports:
    """Which checks and statuses reported on the newest pull requests. pulls: how many were looked at."""

    pulls: int
    names: frozenset[str]


class Inspector:
    """Asks about one repository after the other."""

    def __init__(self, client: Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def rules(self, repository: str, *, state: str, promotion: str) -> SeenRules:
        """Return the rules for these two branches, which need not exist. Raises Temporary.

        https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
        """
        credential = await self._tokens.working_on(repository)
        known: dict[int, Rule] = {}
        return SeenRules(
            state=await self._rules(repository, state, credential, known),
            promotions=await self._rules(repository, promotion, credential, known),
            classic=await self._is_protected(repository, state, credential),
        )

    async def reports(self, repository: str, base: str) -> SeenReports:
        """Return what reported on the newest pull requests to a branch. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        path = below(repository, "pulls") + f"?state=all&per_page={PULLS}&base={quote(base, safe='')}"
        pulls = await self._client.get(path, credential=credential, operation="pull requests")
        names: set[str] = set()
        for pull in pulls:
            head = pull["head"]["sha"]
            checks = await self._client.get(
                below(repository, "commits", head, "check-runs") + "?per_page=100",
                credential=credential,
                operation="check runs",
            )
            statuses = await self._client.get(
                below(repository, "commits", head, "status") + "?per_page=100",
                credential=credential,
                operation="statuses",
            )
            names.update(run["name"] for run in checks["check_runs"])
            names.update(status["context"] for status in statuses["statuses"])
        return SeenReports(len(pulls), frozenset(names))

    async def _rules(
        self, repository: str, branch: str, credential: InstallationCredential, known: dict[int, Rule]
    ) -> tuple[Rule, ...]:
        path = below(repository, "rules", "branches", branch) + "?per_page=100"
        found = await self._client.get(path, credential=credential, operation="rules")
        rules = []
        for rule in found:
            number = rule["ruleset_id"]
            if number not in known:
                known[number] = await self._ruleset(repository, number, credential)
            rules.append(Rule(rule["type"], known[number].ruleset, known[number].bypass))
        return tuple(rules)

    async def _ruleset(self, repository: str, number: int, credential: InstallationCredential) -> Rule:
        """Return a ruleset's name, and whether the App may bypass it.

        An organisation's ruleset may be hidden. https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset
        """
        path = below(repository, "rulesets", str(number))
        try:
            found = await self._client.get(path, credential=credential, operation="ruleset")
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return Rule("", f"ruleset {number}")
        may = found.get("current_user_can_bypass")
        return Rule("", found["name"], None if may is None else may in {"always", "exempt"})

    async def _is_protected(self, repository: str, branch: str, credential: InstallationCredential) -> bool:
        try:
            found = await self._client.get(
                below(repository, "branches", branch), credential=credential, operation="branch"
            )
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return False
        return bool(found["protected"])
