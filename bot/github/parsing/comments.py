"""Comments, and the promotions among the pull requests they belong to."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.core.commands.shared.answer_marks import answered
from bot.core.observation.comments import Comment
from bot.core.observation.promotion_branches import place_on
from bot.core.observation.pull_request import Merged
from bot.github.errors import Json
from bot.github.parsing.actors import actor
from bot.github.parsing.answers import moment, nodes


def comments(seen: Json) -> tuple[Comment, ...]:
    """Return the comments of a `Conversations` fragment, oldest first."""
    board = board_of(seen)
    found = [
        comment(remark, subject, board)
        for conversation in (seen["discussed_issues"], seen["discussed_pulls"])
        for subject in nodes(conversation)
        for remark in nodes(subject["comments"])
    ]
    return tuple(sorted(found, key=lambda each: (each.created_at, each.database_id)))


def merges(seen: Json) -> tuple[Merged, ...]:
    """Return the promotions among the merged pull requests that changed last, each with the time of its merge."""
    return tuple(
        Merged(*promotion, moment(subject["mergedAt"]), subject["number"], subject["title"])
        for subject in nodes(seen["merged"])
        if (promotion := promotion_of(subject))
    )


def merges_since(seen: Json) -> datetime | None:
    """Return the time since which every merge is among those that the answer has; None where it has all of them.

    A pull request changes when it is merged, so one that is not shown was merged before the last one shown changed.
    """
    last = [moment(subject["updatedAt"]) for subject in nodes(seen["merged"])][-1:]
    return last[0] if last and seen["merged"]["pageInfo"]["hasNextPage"] else None


def board_of(seen: Json) -> str | None:
    """Return the id of the dashboard issue of a `Repository`, if the App can comment there; else None."""
    boards = (issue for issue in nodes(seen["boards"]) if issue["viewerDidAuthor"] and not issue["locked"])
    return next((issue["id"] for issue in boards), None)


def comment(remark: Json, subject: Json, board: str | None) -> Comment:
    """Parse one comment. subject: the issue or pull request it belongs to. board: the dashboard, for locked ones.

    A locked conversation takes neither comments nor reactions of an App.
    https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
    """
    reactions = {group["content"] for group in remark["reactionGroups"] or () if group["viewerHasReacted"]}
    return Comment(
        node_id=remark["id"],
        database_id=int(remark["fullDatabaseId"]),
        subject_id=subject["id"],
        subject_number=subject["number"],
        answer_at=board if subject["locked"] else subject["id"],
        promotion=promotion_of(subject),
        author=actor(remark["author"]),
        body=remark["body"],
        created_at=moment(remark["createdAt"]),
        edited=remark["lastEditedAt"] is not None or remark["includesCreatedEdit"],
        done=bool(reactions & {"ROCKET", "CONFUSED"}),
    )


def answers_of(bot_id: int, said: Iterable[Comment]) -> Iterator[tuple[int, str]]:
    """Yield the bot's own answers among these comments, oldest first: the number of the comment that each answers, and its id.

    Anybody can write such a text, so the author counts.
    """
    for each in sorted(said, key=lambda each: each.database_id):
        number = answered(each.body) if each.author.id == bot_id else None
        if number is not None:
            yield number, each.node_id


def promotion_of(subject: Json) -> tuple[str, str] | None:
    """Return (environment, application) for a promotion's pull request; None for others, such as one from a fork."""
    return None if subject.get("isCrossRepository") else place_on(subject.get("headRefName") or "")
