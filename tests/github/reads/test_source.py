"""The source repository in a look."""

import pytest

from bot.core.observation.commits import Outcome
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.github.conftest import ONE_REQUEST, REPOSITORY, Bench


class TestSource:
    """The source repository is read in the same request if one token covers it, otherwise in its own."""

    async def test_covered_by_the_same_installation(self, bench: Bench) -> None:
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        head = web.head()
        web.create_check_run(head, "build", app=bench.world.app, details=RunDetails(conclusion=Conclusion.SUCCESS))
        asked = {"source": "acme/web", "source_commits": frozenset({head, "1" * 40}), "source_branch": "HEAD"}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST
        assert source is not None
        assert source.readable
        assert source.history == (head,)
        assert source.commits.keys() == {head}
        assert source.commits[head].reports[0].outcome is Outcome.SUCCESS

    async def test_the_newest_commit_of_a_branch(self, bench: Bench) -> None:
        """It is returned with its reports; None without such a branch."""
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        web.create_check_run(
            web.head(), "build", app=bench.world.app, details=RunDetails(conclusion=Conclusion.FAILURE)
        )

        source = (await bench.observe(source="acme/web", source_head="HEAD")).source
        other = (await bench.observe(source="acme/web", source_head="release")).source

        assert source is not None
        assert source.head is not None
        assert source.head.oid == web.head()
        assert source.head.reports[0].outcome is Outcome.FAILURE
        assert other is not None
        assert other.head is None

    async def test_the_log_of_a_commit(self, bench: Bench) -> None:
        """Newest first, with authors and pull requests. Commits that do not exist have none."""
        world = bench.world
        web = world.github.create_repository("acme/web", files={"main.go": "x"}, by=world.octocat)
        first = web.head()
        web.commit_files({"main.go": "y"}, by=world.mona, branch="mend", message="Mend it")
        pull = web.open_pull(PullDraft(title="Mend it", base="main", head="mend"), by=world.mona)
        merge(pull, MergeOrder(method=MergeMethod.SQUASH), by=world.octocat)
        asked = {"source": "acme/web", "logs": frozenset({web.head(), "1" * 40})}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST
        assert source is not None
        assert source.logs.keys() == {web.head()}
        newest, oldest = source.logs[web.head()]
        assert newest.oid == web.head()
        assert newest.headline.startswith("Mend it")
        assert (newest.author.login, newest.pull) == ("mona", pull.number)
        assert (oldest.oid, oldest.author.login, oldest.pull) == (first, "octocat", None)

    async def test_on_a_named_branch(self, bench: Bench) -> None:
        web = bench.world.github.create_repository("acme/web", files={"main.go": "x"}, by=bench.world.octocat)
        head = web.commit_files({"main.go": "y"}, by=bench.world.octocat, branch="release")

        source = (await bench.observe(source="acme/web", source_branch="release")).source

        assert source is not None
        assert source.history[0] == head

    async def test_in_another_account_with_its_own_installation(self, bench: Bench) -> None:
        world = bench.world
        other = world.github.organisation("globex")
        other.add_member(world.octocat)
        web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
        world.github.install(world.app, other, by=world.octocat)
        bench.github.tokens.sources = frozenset({("acme", "globex")})
        asked = {"source": "globex/web", "source_commits": frozenset({web.head()})}
        await bench.observe(**asked)
        bench.forget()

        source = (await bench.observe(**asked)).source

        assert bench.asked() == ONE_REQUEST * 2
        assert source is not None
        assert source.commits.keys() == {web.head()}

    async def test_in_another_account_without_permission(self, bench: Bench) -> None:
        """Otherwise the author of a policy here could read a private repository there through the App."""
        world = bench.world
        other = world.github.organisation("globex")
        other.add_member(world.octocat)
        web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
        world.github.install(world.app, other, by=world.octocat)
        bench.github.tokens.sources = frozenset({("globex", "acme"), ("acme", "globex-2")})

        source = (await bench.observe(source="globex/web", source_commits=frozenset({web.head()}))).source

        assert source is not None
        assert (source.readable, source.allowed, dict(source.commits)) == (False, False, {})
        assert await bench.github.changed_files(REPOSITORY, "globex/web", frozenset({web.head()})) == {}

    @pytest.mark.parametrize("name", ["acme/nothing", "nobody/web", "../..", "no-owner"])
    async def test_not_readable(self, bench: Bench, name: str) -> None:
        source = (await bench.observe(source=name, source_commits=frozenset({"1" * 40}))).source

        assert source is not None
        assert not source.readable
        assert source.commits == {}
