"""Which rulesets keep the bot from its own branches, in the words that people read.

googleapis/repo-automation-bots#5551, aquasecurity/trivy#10931. A repository does not always tell the name of an organisation's.
"""

import json
from typing import Any

import pytest

from bot.core.pages.refused_writes import WritesRefused
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.actions import files
from tests.github.conftest import BRANCH, Bench

VIOLATED = Protection(source=ProtectionSource.RULESET, approvals=1)
QUEUED = Protection(source=ProtectionSource.RULESET, merge_queue=MergeMethod.MERGE)
RULES, RULESET = Which(path="*/rules/branches/*"), Which(path="*/rulesets/*")


def rule(kind: str, number: int, source: str = "acme") -> dict[str, Any]:
    """As https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch shows it."""
    owner = "Repository" if "/" in source else "Organization"
    return {"type": kind, "ruleset_source_type": owner, "ruleset_source": source, "ruleset_id": number}


def lists(*rules: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(rules), {"Content-Type": "application/json"})


async def told(bench: Bench, rules: Protection, *answers: tuple[Answer, Which]) -> str:
    """What people read after GitHub refused to create a promotion's branch by these rules."""
    seen = await bench.observe()
    bench.world.repository.protect("gitops/**", rules)
    faults = bench.world.running.faults
    for answer, which in answers:
        faults.next_requests(answer, which=which)
    with pytest.raises(WritesRefused) as caught:
        await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())
    assert list(faults.unspent()) == []
    _, doing, said = caught.value.refused[0]
    assert doing == f"create the branch {BRANCH}"
    return said


async def test_a_ruleset_of_the_organisation_is_named(bench: Bench) -> None:
    rules = lists(rule("pull_request", 7), rule("required_signatures", 7), rule("deletion", 8))

    assert await told(
        bench, VIOLATED, (rules, RULES), (Answer(200, {"id": 7, "name": "Review everything"}), RULESET)
    ) == (
        "Repository rule violations found Changes must be made through a pull request (ruleset Review everything of acme)"
    )


@pytest.mark.parametrize("status", [403, 404])
async def test_where_its_name_may_not_be_read_its_owner_is_named(bench: Bench, status: int) -> None:
    """Reading an organisation's ruleset can take a permission that the App does not have."""
    refused = Answer(status, {"message": "Resource not accessible by integration"})

    assert await told(bench, QUEUED, (lists(rule("merge_queue", 7)), RULES), (refused, RULESET)) == (
        "Reference update failed (a ruleset of acme)"
    )


async def test_several_rulesets_are_named_each_once(bench: Bench) -> None:
    rules = [rule("pull_request", 7), rule("creation", 9, "acme/manifests"), rule("update", 9, "acme/manifests")]
    names = [(Answer(200, {"id": number, "name": name}), RULESET) for number, name in ((7, "Org"), (9, "Here"))]

    assert await told(bench, QUEUED, (lists(*rules), RULES), *names) == (
        "Reference update failed (ruleset Here of acme/manifests, ruleset Org of acme)"
    )


@pytest.mark.parametrize(
    "rules", [lists(), lists(rule("non_fast_forward", 7)), Answer(502), Answer(403, {"message": "no"})]
)
async def test_where_no_ruleset_explains_it_github_has_the_last_word(bench: Bench, rules: Answer) -> None:
    assert await told(bench, QUEUED, (rules, RULES)) == "Reference update failed"
