"""Comments in a look: the newest, those that earlier looks did not read, and commands that nobody answered."""

from datetime import timedelta

from bot.core.commands.shared.answer_marks import with_mark
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.sweep import Sweep
from bot.github.reads.comments import PAGES, PER_PAGE
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.conversations.reactions import ReactionContent
from tests.github.conftest import REPOSITORY, Bench, bench_of

LIST = f"GET /repos/{REPOSITORY}/issues/comments"
LOOK = "POST /graphql"


async def look(bench: Bench) -> Sweep:
    return await bench.github.sweep(SweepNeeds(REPOSITORY))


def an_issue(bench: Bench, *, later: timedelta = timedelta(minutes=1)) -> Issue:
    bench.world.github.clock.advance(later)
    return bench.world.repository.open_issue("Please", by=bench.world.mona)


def talk(bench: Bench, issue: Issue, count: int, text: str = "noise") -> list[Comment]:
    return [issue.comment(text, by=bench.world.mona) for _ in range(count)]


def lists(bench: Bench) -> int:
    """Return how many pages of the list were read since the last `forget`."""
    return bench.asked().count(LIST)


async def test_a_quiet_repository_is_never_listed(bench: Bench) -> None:
    issue = an_issue(bench)
    talk(bench, issue, 20)

    for _ in range(2):
        assert len((await look(bench)).comments) == 20

    assert lists(bench) == 0


async def test_comments_that_are_not_commands_are_not_asked_for(bench: Bench) -> None:
    """The list is read to its end, and contains nothing for the bot."""
    issue, world = an_issue(bench), bench.world
    issue.comment("/hold all", by=world.app.bot)
    issue.comment("Let us not write `/hold all`.", by=world.mona)
    await look(bench)
    talk(bench, issue, 25)
    bench.forget()

    seen = await look(bench)

    assert len(seen.comments) == 20
    assert not seen.more_said
    assert bench.asked() == [LOOK, LIST]


async def test_an_edited_old_comment_stays_forgotten(bench: Bench) -> None:
    """An edit of an old comment puts it into the list."""
    issue = an_issue(bench)
    old = issue.comment("/hold all", by=bench.world.mona)
    bench.world.github.clock.advance(timedelta(days=4))
    old.edit("/hold all please", by=bench.world.mona)
    talk(bench, issue, 25)

    assert {each.body for each in (await look(bench)).comments} == {"noise"}


async def test_a_command_is_asked_for_until_it_is_answered(bench: Bench) -> None:
    """It costs no further request, and ends once the comment has our mark or is deleted."""
    issue, world = an_issue(bench), bench.world
    answered, deleted = issue.comment("/hold all", by=world.mona), issue.comment("/why", by=world.mona)
    talk(bench, issue, 25)
    assert (await look(bench)).comments[0].body == "/hold all"
    bench.forget()

    answered.react(ReactionContent.ROCKET, by=world.app.bot)
    seen = await look(bench)
    assert [each.done for each in seen.comments if each.body == "/hold all"] == [True]
    assert {each.body for each in (await look(bench)).comments} == {"noise", "/why"}
    assert bench.asked() == [LOOK, LOOK]
    deleted.delete(by=world.mona)
    assert "/why" not in {each.body for each in (await look(bench)).comments}


def answer(bench: Bench, issue: Issue, comment: Comment, *, by: User | None = None) -> None:
    issue.comment(with_mark("Because.", comment.id), by=by or bench.world.app.bot)


async def test_an_answer_marks_its_comment_where_github_refuses_the_reaction(bench: Bench) -> None:
    """It is found among the newest comments, and in the list, by a process that remembers nothing."""
    issue, world = an_issue(bench), bench.world
    first, second = issue.comment("/why", by=world.mona), issue.comment("/hold all", by=world.mona)
    answer(bench, issue, first)
    assert [each.done for each in (await look(bench)).comments[:2]] == [True, False]

    answer(bench, issue, second)
    world.github.clock.advance(timedelta(minutes=1))
    talk(bench, issue, 25)
    for reader in (bench, bench_of(world)):
        seen = await look(reader)
        assert {each.body for each in seen.comments if not each.done} == {"noise"}
        assert lists(reader) > 0


async def test_two_answers_to_one_comment(bench: Bench) -> None:
    """Two servers that share no queue answered at the same moment: the later answer is named."""
    issue, world = an_issue(bench), bench.world
    comment, other = issue.comment("/why", by=world.mona), issue.comment("/why", by=world.mona)
    for each in (comment, other, comment, comment):
        answer(bench, issue, each)
    answer(bench, issue, other, by=world.mona)

    assert (await look(bench)).repeated == tuple(each.node_id for each in issue.comments[4:6])


async def test_nobody_else_marks_a_comment_as_answered(bench: Bench) -> None:
    issue, world = an_issue(bench), bench.world
    comment = issue.comment("/hold all", by=world.octocat)
    answer(bench, issue, comment, by=world.mona)
    world.github.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        assert [each.done for each in (await look(bench)).comments if each.body == "/hold all"] == [False]
        talk(bench, issue, 25)


async def test_looks_share_what_they_have_read(bench: Bench) -> None:
    """Looks at applications and at the repository share what they know; the list is read once."""
    issue = an_issue(bench)
    issue.comment("/hold all", by=bench.world.mona)
    talk(bench, issue, 25)
    await look(bench)
    bench.forget()

    assert (await bench.observe()).comments[0].body == "/hold all"
    assert lists(bench) == 0


async def test_comments_of_the_same_second_are_read_page_by_page(bench: Bench) -> None:
    """Usually a page starts at the time where the last one ended. Here all comments have the same time."""
    issue = an_issue(bench)
    talk(bench, issue, PER_PAGE)
    issue.comment("/hold all", by=bench.world.mona)
    talk(bench, issue, PER_PAGE)
    bench.forget()

    assert (await look(bench)).comments[0].body == "/hold all"
    assert lists(bench) == 4


async def test_a_flood_is_read_over_several_looks(bench: Bench) -> None:
    """A flood costs requests, but no look is endless."""
    issue = an_issue(bench)
    for _ in range(PAGES * PER_PAGE):
        bench.world.github.clock.advance(timedelta(seconds=2))
        talk(bench, issue, 1)
    issue.comment("/hold all", by=bench.world.mona)
    bench.world.github.clock.advance(timedelta(minutes=1))
    talk(bench, issue, 25)
    bench.forget()

    first, second, third = await look(bench), await look(bench), await look(bench)

    assert [each.more_said for each in (first, second, third)] == [True, False, False]
    assert [each.comments[0].body for each in (first, second, third)] == ["noise", "/hold all", "/hold all"]
    assert lists(bench) == PAGES + 1


async def test_unanswered_commands_are_bounded(bench: Bench) -> None:
    """Those that waited longest are asked for first, and the newest comments are always seen."""
    issue = an_issue(bench)
    commands = talk(bench, issue, 1_050, "/why")
    newest = issue.comment("/hold all", by=bench.world.mona)

    seen = [await look(bench) for _ in range(12)]

    assert not any(each.more_said for each in seen[1:])
    assert all(each.comments[-1].database_id == newest.id for each in seen)
    heard = {comment.database_id for each in seen for comment in each.comments}
    assert heard >= {each.id for each in commands[:1_000]}
