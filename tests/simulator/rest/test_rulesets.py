"""Rulesets that cover every branch, and their names: what a bot's own branches run into.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository
"""

from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
RULES = """{ repository(owner: "acme", name: "manifests") { ref(qualifiedName: "refs/heads/main") {
rules(first: 9) { nodes { type repositoryRuleset { databaseId name enforcement target } } } } } }"""


def ruleset(**rules: object) -> Protection:
    return Protection(source=ProtectionSource.RULESET, **rules)  # type: ignore[arg-type]


async def test_all_means_every_branch_and_default_the_default_one(world: World) -> None:
    # googleapis/repo-automation-bots#5551
    world.repository.protect("~ALL", ruleset(name="Review everything", approvals=1))
    world.repository.protect("~DEFAULT_BRANCH", ruleset(linear_history=True))
    tip = world.repository.head()

    made = await world.as_bot.post(f"{REPOSITORY}/git/refs", {"ref": "refs/heads/gitops/dev/web", "sha": tip})

    assert (made.status, made.body["message"]) == (
        422, "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
    )  # fmt: skip
    assert [found.pattern for found in world.repository.protections_of("gitops-state")] == ["~ALL"]
    assert [found.pattern for found in world.repository.protections_of("main")] == ["~ALL", "~DEFAULT_BRANCH"]


async def test_a_merge_queue_on_all_forbids_new_branches_without_a_word(world: World) -> None:
    # aquasecurity/trivy#10931
    world.repository.protect("~ALL", ruleset(merge_queue=MergeMethod.SQUASH))
    made = await world.as_bot.post(
        f"{REPOSITORY}/git/refs", {"ref": "refs/heads/gitops/dev/web", "sha": world.repository.head()}
    )
    assert (made.status, made.body["message"]) == (422, "Reference update failed")
    assert "errors" not in made.body


async def test_a_rule_leads_to_the_name_of_its_ruleset(world: World) -> None:
    found = world.repository.protect("~ALL", ruleset(name="Review everything", approvals=1))

    rules = (await world.as_bot.get(f"{REPOSITORY}/rules/branches/main")).body
    listed = (await world.as_bot.get(f"{REPOSITORY}/rulesets")).body
    shown = (await world.as_bot.get(f"{REPOSITORY}/rulesets/{rules[0]['ruleset_id']}")).body
    query = (await world.as_bot.post("/graphql", {"query": RULES})).body

    assert {rule["ruleset_id"] for rule in rules} == {found.id}
    assert [(one["id"], one["name"]) for one in listed] == [(found.id, "Review everything")]
    assert (shown["name"], shown["enforcement"]) == ("Review everything", "active")
    assert shown["conditions"] == {"ref_name": {"include": ["~ALL"], "exclude": []}}
    assert {rule["type"] for rule in shown["rules"]} == {rule["type"] for rule in rules}
    named = query["data"]["repository"]["ref"]["rules"]["nodes"][0]["repositoryRuleset"]
    assert named == {"databaseId": found.id, "name": "Review everything", "enforcement": "ACTIVE", "target": "BRANCH"}
    assert (await world.as_bot.get(f"{REPOSITORY}/rulesets/1")).status == 404
