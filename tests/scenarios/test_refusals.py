"""Refused writes: pages show GitHub's reason, and stop once the write succeeds."""

from datetime import timedelta

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.world import World, a_world

A_WHILE = timedelta(hours=1)


async def test_a_conflicting_branch_is_shown_by_why_and_the_dashboard() -> None:
    """`gitops/dev` prevents `gitops/dev/web`. When it is deleted, the pull request opens."""
    async with a_world() as world:
        stage = world.stage
        stage.manifests.create_branch("gitops/dev", by=stage.person("dana"))
        await world.release("v1.5.0")
        issue = stage.manifests.open_issue("x", by=stage.person("dana"))
        await world.advance(timedelta(minutes=5))
        said = await world.ask("/why dev", by="dana", on=issue.number)
        assert "GitHub refused to create the branch gitops/dev/web: Ref cannot be created" in bare(said)
        assert "GitHub refused to create the branch gitops/dev/web: Ref cannot be created" in world.row("dev").replace(
            "\\", ""
        )
        world.news()

        stage.manifests.delete_branch("gitops/dev", by=stage.person("dana"))
        await world.advance(A_WHILE)
        assert world.news() == ["opened #3 dev: web v1.4.1 → v1.5.0"]
        assert "would not" not in world.row("dev")
        assert "would not" not in world.pull("dev").body


@pytest.mark.story
@pytest.mark.parametrize("required", [(), ("gitops/promotion",)])
async def test_a_refused_merge_is_shown_on_the_pull_request(required: tuple[str, ...]) -> None:
    """A rule invisible to the bot, first without and then with its own check among the required ones.

    The bot retries, the check follows the gates, the page is written once, and after the merge no refusal is left.
    """
    async with a_world() as world:
        squash = Protection(checks=required, merge_methods=(MergeMethod.SQUASH,))  # classic, and shown to nobody
        world.stage.manifests.protect("main", squash)
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.advance(timedelta(minutes=5))
        refusal = "GitHub refused to merge #1: Merge commits are not allowed on this repository"
        assert bare(world.verdict("dev")) == f"refused: {refusal}; the bot tries again"
        assert world.status("dev").startswith(f"⛔ **Refused:** {refusal}; the bot tries again.")
        assert conclusion(world) is Conclusion.SUCCESS
        world.operations()

        await world.advance(timedelta(hours=1))
        asked = world.operations()
        assert sum("mergePullRequest" in each for each in asked) >= 2
        assert not [each for each in asked if each & {"updatePullRequest", "createCheckRun", "updateCheckRun"}]

        world.stage.manifests.unprotect("main")
        await world.advance(A_WHILE)
        assert "merged #1" in world.news()
        assert world.status("dev").startswith("✅ **Merged** by gitops-bot on ")
        assert world.verdict("dev") == "every gate passes"


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        # googleapis/repo-automation-bots#5551
        (
            Protection(source=ProtectionSource.RULESET, name="all branches", approvals=1),
            "create the branch gitops/dev/web: Repository rule violations found Changes must be made through a pull request",
        ),
        # aquasecurity/trivy#10931: a merge queue for all branches lets nobody create one, and GitHub says no more than this
        (
            Protection(source=ProtectionSource.RULESET, name="all branches", merge_queue=MergeMethod.MERGE),
            "create the branch gitops/dev/web: Reference update failed",
        ),
    ],
)
async def test_a_ruleset_for_all_branches_is_named_with_what_to_exclude(rules: Protection, refused: str) -> None:
    async with a_world() as world:
        stage = world.stage
        issue = stage.manifests.open_issue("x", by=stage.person("dana"))
        await world.comment("/hold staging", by="dana", on=issue.number)  # `gitops-state` is there before the ruleset
        stage.manifests.protect("gitops/**", rules)
        harmless = Protection(source=ProtectionSource.RULESET, name="nothing is deleted")
        stage.manifests.protect("gitops/dev/**", harmless)
        await world.release("v1.5.0")
        await world.advance(timedelta(minutes=5))

        said = bare(await world.ask("/why dev", by="dana", on=issue.number))

        assert f"GitHub refused to {refused} (ruleset all branches of acme/manifests)" in said
        assert "by excluding `gitops/**`, `gitops-stage/**` and `gitops-state` from them" in said
        world.news()


@pytest.mark.story
async def test_commands_are_answered_while_a_ruleset_for_all_branches_keeps_the_bot_from_its_records() -> None:
    """googleapis/repo-automation-bots#5551. A digest that cannot be recorded ends each pass before it opens anything."""
    async with a_world() as world:
        stage = world.stage
        issue = stage.manifests.open_issue("x", by=stage.person("dana"))
        await world.comment("/hold staging", by="dana", on=issue.number)
        rules = Protection(source=ProtectionSource.RULESET, name="all branches", approvals=1)
        stage.manifests.protect("~ALL", rules)
        await world.release("v1.5.0")
        await world.advance(timedelta(minutes=5))

        why, held, promoted = [
            bare(await world.say(words, by="dana"))
            for words in ("/why dev", "/hold dev web", "/promote prod web@v1.5.0")
        ]

        told = "GitHub refused to write to gitops-state: Repository rule violations found Changes must be made through"
        assert told in why
        assert "(ruleset all branches of acme/manifests)" in why
        assert "by excluding `gitops/**`, `gitops-stage/**` and `gitops-state` from them" in why
        for answer in (held, promoted):
            assert "I can't record this: GitHub refused the write to `gitops-state`" in answer, answer
        assert told in world.row("dev")

        stage.manifests.unprotect("~ALL")
        await world.advance(A_WHILE)
        assert world.pull("dev").state is State.OPEN
        assert "GitHub refused" not in world.verdict("dev")
        world.news()


async def test_a_stacked_promotion_is_blocked_with_its_reason() -> None:
    """intel/torch-xpu-ops#5487: GitHub merges a stack from the bottom, all of it, and only asynchronously."""
    async with a_world() as world:
        await world.release("v1.5.0")
        manifests, dana = world.stage.manifests, world.stage.person("dana")
        manifests.commit_files({"notes.txt": "x"}, by=dana, branch="notes")
        above = manifests.open_pull(PullDraft(title="Notes", base="main", head="notes"), by=dana)
        manifests.stack(world.pull("dev"), above)
        await world.validate("dev")
        await world.advance(timedelta(minutes=5))

        assert bare(world.verdict("dev")) == (
            "refused: GitHub refused to merge #1: Merging stacked PRs via this endpoint is not supported. Use the "
            "asynchronous merge endpoint instead; the bot tries again"
        )
        assert "by taking the pull request out of its stack" in world.status("dev")
        world.news()


def bare(text: str) -> str:
    """Without what keeps words from being markup."""
    return text.replace("\\", "").replace("\u2060", "")


def conclusion(world: World) -> Conclusion | None:
    """How our check run on dev's promotion concluded."""
    runs = world.stage.manifests.checks.latest_runs(world.pull("dev").head_oid)
    return next(run.conclusion for run in runs if run.name == "gitops/promotion")


async def test_a_command_that_cannot_be_recorded_says_so() -> None:
    """A rule protects every branch: nothing can be written to `gitops-state`, and the pages and the answer say so."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        world.stage.manifests.protect("gitops-state", Protection(restrict_pushes=()))
        comment = await world.comment("/reject web@v1.5.0 it leaks", by="dana")
        await world.advance(timedelta(minutes=1))
        (said,) = world.stage.replies(comment)
        assert "I can't record this: GitHub refused the write to `gitops-state`: You're not authorized to push" in bare(
            said
        )
        assert "/reject web@v1.5.0 it leaks" in said
        world.news()

        world.stage.manifests.unprotect("gitops-state")
        assert "is rejected in" in await world.say("/reject web@v1.5.0 it leaks", by="dana")
        assert "closed #1" in world.news()


async def test_who_asks_for_a_hold_that_cannot_be_recorded_is_told() -> None:
    """The same for what the repository's own pass answers; others are answered meanwhile, and the next hold is recorded."""
    async with a_world() as world:
        issue = world.stage.manifests.open_issue("ops", by=world.stage.person("sam"))
        await world.say("/hold dev", by="sam", on=issue.number)
        world.news()
        world.stage.manifests.protect("gitops-state", Protection(restrict_pushes=()))
        said = {
            line: world.stage.comment(issue.number, line, by="sam") for line in ("/hold all", "/unhold dev", "/help")
        }
        await world.advance(timedelta(minutes=1))
        answers = {line: [each for each in world.said(issue.number) if each.startswith(f"> `{line}`")] for line in said}
        for line in ("/hold all", "/unhold dev"):
            (answer,) = answers[line]
            assert (
                "I can't record this: GitHub refused the write to `gitops-state`: You're not authorized to push"
                in answer
            )
            assert answer.endswith(f"```\n{line}\n```")
        assert len(answers["/help"]) == 1
        world.news()

        world.stage.manifests.unprotect("gitops-state")
        assert "Held: nothing merges anywhere" in await world.say("/hold all", by="sam", on=issue.number)
        world.news()
