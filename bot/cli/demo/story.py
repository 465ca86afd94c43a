"""The story: a version travels from the registry to production, is rolled back, and the next one flows.

Everything that is told here happened: each line is read from the simulated GitHub, after the real bot was at work.
"""

import asyncio
import re
from datetime import timedelta

from bot.cli.demo.fleet import Fleet
from bot.cli.demo.narrator import Narrator, StoryError
from bot.cli.demo.stage import Stage, is_open
from bot.simulator.chat import read
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.model.deployments.deployments import DeploymentState
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft

SOAK = timedelta(minutes=31)
LONG_SOAK = timedelta(minutes=61)
PATIENCE = 60
"""Half seconds to wait for the chat, which takes one message a second."""


async def tell(stage: Stage, narrator: Narrator) -> None:
    """Play all steps; failures are in the narrator."""
    story, fleet = _Story(stage, narrator), Fleet(stage, narrator)
    steps = {
        "A new image: ghcr.io/acme/web:v1.5.0 reaches dev": story.image_to_dev,
        "staging opens by itself, and waits for its soak time and for Argo CD": story.soak_to_staging,
        "/promote prod: needs the permission, and an approval": story.promote_to_prod,
        "v1.6.1 arrives while v1.6.0's pull request is open: it is updated, there are never two": story.update_in_place,
        "/rollback prod: it sticks, /why says why, and the next version flows": story.roll_back,
        "CI fails on a commit: its image is held back until the check passes": story.failing_check,
        "billing is stuck: the dashboard says why, and it moves again once that is fixed": story.stuck,
        "A pull request changes the policy: its check run says what would follow": story.policy_change,
        "Fifty applications that nobody listed: a new folder, a skipped environment, a gate for one only": fleet.discover,
    }
    for title, play in steps.items():
        with narrator.step(title):
            await play()
    await _show_log(stage, narrator)


class _Story:
    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self.stage = stage
        self.tell = narrator

    async def image_to_dev(self) -> None:
        before = self.stage.text("envs/dev/web/kustomization.yaml")
        digest = await self._push("v1.5.0")
        pull = self._open_promotion("dev", "v1.5.0")
        self.tell.expect("validate" in self.stage.verdict(pull), "it waits for the repository's own check, and says so")
        await self._validate(pull)
        after = self.stage.text("envs/dev/web/kustomization.yaml")
        wanted = before.replace("v1.4.1", "v1.5.0").replace(self.stage.digests["v1.4.1"], digest)
        self.tell.expect(after == wanted, "only the version's bytes changed in dev's kustomization.yaml")

    async def soak_to_staging(self) -> None:
        pull = self._open_promotion("staging", "v1.5.0")
        waits = "argocd/web-dev" in self.stage.verdict(pull)
        self.tell.expect(waits, "it waits for Argo CD's report about dev, and says so")
        self.tell.say("Argo CD syncs dev and reports success on the newest commit")
        self.stage.sync("dev")
        await self.stage.settle()
        self.tell.see(f"gitops/promotion: {self.stage.verdict(pull)}")
        await self._validate(pull)
        waits = "soak" in self.stage.verdict(pull) and is_open(pull)
        self.tell.expect(waits, "it waits for the soak time, and says until when")
        await self._pass_time(SOAK)
        self._merged(pull)

    async def promote_to_prod(self) -> None:
        self.stage.sync("staging")
        await self._pass_time(LONG_SOAK)
        self.tell.expect(
            self.stage.promotion("prod") is None, "nothing opens for prod by itself: the policy says `promote: manual`"
        )
        staging = self._promotion("staging")
        await self._comment(staging, "/promote prod", by="erin")
        self.tell.expect(self.stage.promotion("prod") is None, "erin may not, and the answer says who may")
        await self._comment(staging, "/promote prod", by="dana")
        pull = self._open_promotion("prod", "v1.5.0")
        await self._validate(pull)
        self.tell.expect(
            "approval" in self.stage.verdict(pull) and is_open(pull), "it waits for an approval, and says from whom"
        )
        self.tell.say("sam of acme/sre approves")
        self.stage.approve(pull, by="sam")
        await self.stage.settle()
        self._merged(pull)
        self._deployed(
            "v1.5.0", DeploymentState.SUCCESS, "dana sees on her own commit in acme/web that v1.5.0 is in prod"
        )
        await self._told(pull)

    async def update_in_place(self) -> None:
        await self._push("v1.6.0")
        pull = self._open_promotion("dev", "v1.6.0")
        self.stage.report(self.stage.manifests, pull.head_oid, "validate", None)
        await self.stage.settle()
        await self._push("v1.6.1")
        self.tell.see(f"#{pull.number} {pull.title}")
        self.tell.expect(
            pull.title.endswith("v1.6.1") and is_open(pull), f"#{pull.number} was updated, and stayed open"
        )
        promotions = [each for each in self.stage.open_promotions() if each.head_ref == "gitops/dev/web"]
        self.tell.expect(promotions == [pull], "there is one pull request for dev, not two")
        await self._validate(pull)
        await self._to_prod("v1.6.1")

    async def roll_back(self) -> None:
        prod = self._promotion("prod")
        self.tell.say("v1.6.1 misbehaves in prod")
        await self._comment(prod, "/rollback prod", by="sam")
        pull = self._open_promotion("prod", "v1.5.0")
        await self._validate(pull)
        self.tell.expect("v1.5.0" in self.stage.text("envs/prod/web/deployment.yaml"), "prod has v1.5.0 again")
        self._deployed("v1.6.1", DeploymentState.INACTIVE, "the commit of v1.6.1 says that it is no longer there")
        await self.stage.advance(timedelta(hours=2))
        await self._comment(pull, "/promote prod", by="dana")
        self.tell.expect(not is_open(self.stage.promotion("prod")), "v1.6.1 is not proposed for prod again")
        answer = await self._comment(pull, "/why prod", by="dana")
        self.tell.expect("rejected" in answer and "v1.6.1" in answer, "/why says why")
        await self._push("v1.6.2")
        await self._validate(self._open_promotion("dev", "v1.6.2"))
        await self._to_prod("v1.6.2")

    async def failing_check(self) -> None:
        self.tell.say("CI fails on the commit of v1.7.0, and the image is pushed anyway")
        commit = self.stage.build("v1.7.0", checks={"build": Conclusion.FAILURE})
        self.stage.push_image("v1.7.0")
        await self.stage.settle()
        self.tell.expect(not is_open(self.stage.promotion("dev")), "no pull request opens for dev")
        answer = await self._comment(self._promotion("dev"), "/why dev", by="dana")
        self.tell.expect("build" in answer and "failed" in answer, "/why names the check and the commit")
        self.tell.say("the check is run again, and passes")
        self.stage.report(self.stage.source, commit, "build", Conclusion.SUCCESS)
        await self.stage.settle()
        await self._validate(self._open_promotion("dev", "v1.7.0"))

    async def stuck(self) -> None:
        dashboard = next(issue for issue in self.stage.manifests.issues if issue.title == "GitOps dashboard")
        row = next(line for line in dashboard.body.splitlines() if line.startswith("| `billing` | `staging`"))
        self.tell.see(_plain(row.strip("| ").rpartition(" | ")[2]))
        self.tell.expect("disagree" in row, "the dashboard names the two references that disagree")
        self.tell.say("alice sets both to the version that runs")
        path = "envs/staging/billing/all.yaml"
        fixed = self.stage.text(path).replace("billing:v3.2.0", "billing:v3.1.4")
        self.stage.manifests.commit_files({path: fixed}, by=self.stage.person("alice"), message="Agree on v3.1.4")
        await self.stage.settle()
        pull = self._open_promotion("staging", "v3.2.0", application="billing")
        self.tell.expect(is_open(pull), "its promotion opens at once")

    async def policy_change(self) -> None:
        self.tell.say("dana proposes that promotions to prod open automatically")
        policy = self.stage.text(".gitops.yml").replace("promote: manual", "promote: auto  ")
        dana = self.stage.person("dana")
        self.stage.manifests.commit_files(
            {".gitops.yml": policy}, by=dana, branch="dana-patch-1", message="Open automatically"
        )
        draft = PullDraft(title="Open promotions to prod automatically", base="main", head="dana-patch-1")
        pull = self.stage.manifests.open_pull(draft, by=dana)
        await self.stage.settle()
        runs = self.stage.manifests.checks.latest_runs(pull.head_oid)
        title = next((run.output.title or "" for run in runs if run.name == "gitops/policy"), "")
        self.tell.see(f"gitops/policy: {title}")
        self.tell.expect(bool(title), "the check run says what the policy would change, before anybody merges it")

    async def _to_prod(self, tag: str) -> None:
        """The same way again, told shortly."""
        self.stage.sync("dev")
        staging = self._open_promotion("staging", tag)
        await self._validate(staging, merges=False)
        await self._pass_time(SOAK)
        self._merged(staging)
        self.stage.sync("staging")
        await self._pass_time(LONG_SOAK)
        await self._comment(staging, "/promote prod", by="dana")
        prod = self._open_promotion("prod", tag)
        await self._validate(prod, merges=False)
        self.tell.say("sam approves")
        self.stage.approve(prod, by="sam")
        await self.stage.settle()
        self._merged(prod)

    async def _push(self, tag: str) -> str:
        self.tell.say(
            f"CI builds {tag}, pushes its two platforms, the index and the tag; the registry's notification arrives"
        )
        digest = self.stage.release(tag)
        await self.stage.settle()
        return digest

    async def _validate(self, pull: PullRequest, *, merges: bool = True) -> None:
        waits = self.stage.verdict(pull)
        self.tell.say(f"the repository's own check passes on #{pull.number}")
        self.stage.validate(pull)
        await self.stage.settle()
        verdict = self.stage.verdict(pull)
        if verdict != waits:
            self.tell.see(f"gitops/promotion: {verdict}")
        if merges and "soak" not in verdict and "approval" not in verdict:
            self._merged(pull)

    async def _comment(self, pull: PullRequest, body: str, *, by: str) -> str:
        self.tell.say(f"{by} comments on #{pull.number}: {body}")
        comment: Comment = self.stage.comment(pull.number, body, by=by)
        await self.stage.settle()
        answers = self.stage.replies(comment)
        if not answers:
            raise StoryError(f"expected an answer to {body}, and there is none")
        self.tell.see(_plain(answers[-1]))
        return answers[-1]

    async def _pass_time(self, length: timedelta) -> None:
        minutes = int(length.total_seconds() // 60)
        self.tell.say(f"{minutes} minutes pass")
        await self.stage.advance(length)

    def _promotion(self, environment: str, *, application: str = "web") -> PullRequest:
        pull = self.stage.promotion(environment, application=application)
        if pull is None:
            raise StoryError(f"expected a pull request for {environment}, and there is none")
        return pull

    def _open_promotion(self, environment: str, tag: str, *, application: str = "web") -> PullRequest:
        pull = self._promotion(environment, application=application)
        if not is_open(pull) or f"→ {tag}" not in pull.title:
            raise StoryError(f"expected an open pull request for {environment} to {tag}; the newest is {pull.title!r}")
        self.tell.see(f"#{pull.number} {pull.title}")
        self.tell.see(f"gitops/promotion: {self.stage.verdict(pull)}")
        return pull

    def _deployed(self, tag: str, state: DeploymentState, what: str) -> None:
        """Show the newest deployment on the source commit of a version."""
        newest = next(reversed(self.stage.deployed(tag)), None)
        said = newest.statuses[-1].description if newest and newest.statuses else ""
        if newest is not None and said:
            self.tell.see(f"acme/web, deployment to {newest.environment}: {said}")
        self.tell.expect(newest is not None and newest.state is state, what)

    async def _told(self, pull: PullRequest) -> None:
        """Show the chat's message about a promotion, and its thread."""
        await self.stage.advance(timedelta(seconds=6))  # the bot gathers for five what opens together
        for _ in range(PATIENCE):
            if not await self.stage.service.queue.outbox.waiting():
                break
            await asyncio.sleep(0.5)
        link = f"/pull/{pull.number}"
        found = [ts for ts in self.stage.chat.messages if link in self.stage.chat.text(ts)]
        if len(found) != 1:
            raise StoryError(f"expected one message about #{pull.number} in the chat; there are {len(found)}")
        self.tell.see(f"#releases: {_spoken(self.stage.chat.text(found[0]))}")
        for answer in self.stage.chat.threads[found[0]]:
            self.tell.see(f"  in its thread: {_spoken(read(answer))}")
        said = "\n".join(map(read, self.stage.chat.threads[found[0]]))
        self.tell.expect("<!subteam^S0SRE>" in said, "one message with a thread, which called those who can approve")

    def _merged(self, pull: PullRequest) -> None:
        if pull.merged_at is None:
            raise StoryError(f"expected #{pull.number} to be merged; it says: {self.stage.verdict(pull)}")
        self.tell.good(f"the bot merged #{pull.number}: {pull.title}")


def _spoken(words: str) -> str:
    """Return a message of the chat as a terminal shows it: a link is its words."""
    words = re.sub(r"<[^|>]*\|([^>]*)>", r"\1", words)
    return words.replace("<!subteam^S0SRE>", "@sre").replace("*", "")


def _plain(answer: str) -> str:
    """Return an answer as a terminal shows it: without the quoted line, HTML, and the gates that pass."""
    left_out = (">", "<", "|---", "| | gate", "| ✅")
    lines = [line for line in answer.splitlines() if line.strip() and not line.startswith(left_out)]
    return "\n".join(line.replace("\\", "").replace("\u2060", "") for line in lines)


async def _show_log(stage: Stage, narrator: Narrator) -> None:
    narrator.line()
    narrator.line("The manifests repository, as `git log --first-parent` shows it:")
    narrator.line()
    form = "%C(auto)%h %s%n%(trailers:only,unfold)"
    process = await asyncio.create_subprocess_exec(
        "git",
        "--git-dir",
        str(stage.manifests.store.path),
        "log",
        "--first-parent",
        f"--format={form}",
        "main",
        stdout=asyncio.subprocess.PIPE,
    )
    text, _ = await process.communicate()
    for line in text.decode().splitlines():
        narrator.line(f"  {line}" if not line.startswith("GitOps-") else f"      {line}")
