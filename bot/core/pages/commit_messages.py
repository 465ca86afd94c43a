"""Titles and messages of the commits that the bot makes, with their trailers."""

from collections.abc import Sequence

from bot.core.gates.question import Purpose, Question
from bot.core.observation.comments import Comment
from bot.core.plan import LONGEST_HEADLINE, Verdict
from bot.core.records.entries import Sighting
from bot.core.values.message import Message
from bot.core.values.text import plain

LONGEST_TITLE = 240
"""GitHub takes 256 characters in the title of a pull request; the commit that merges it has its number behind."""


def title(question: Question) -> str:
    """Return the title as the policy words it, such as `prod: web v1.4.1 → v1.5.0`; a rollback always says that it is
    one.
    """
    present = question.here.version
    words = question.environment.pull_request.title.format_map(
        {
            "environment": question.environment.name,
            "application": question.application.name,
            "from": str(present) if present else "",
            "to": str(question.version),
        }
    )
    back = " (rollback)" if question.purpose is Purpose.ROLLBACK else ""
    return f"{plain(words)[: LONGEST_TITLE - len(back)]}{back}"


def commit(question: Question) -> Message:
    """Return the message of the promotion's commit."""
    return Message(title(question), trailers(question))


def merge_commit(question: Question, number: int, *, verdicts: tuple[Verdict, ...] = ()) -> Message:
    """Return the message of the merge. verdicts: it names the gates that were overridden, by whom, and why."""
    overridden = [
        plain(f"GitOps-Override: {verdict.gate} by {verdict.facts['by']}: {verdict.facts['reason']}")
        for verdict in verdicts
        if verdict.code == "overridden"
    ]
    return Message(f"{title(question)} (#{number})", "\n".join([trailers(question), *overridden]))


def trailers(question: Question) -> str:
    """Return the trailers for `git log` and `git interpret-trailers`. The bot decides nothing from them."""
    version = question.version
    lines = [
        f"GitOps-Application: {question.application.name}",
        f"GitOps-Environment: {question.environment.name}",
        f"GitOps-Version: {plain(version.tag)}",
        *(f"GitOps-Digest: {plain(image)}@{plain(digest)}" for image, digest in version.digests),
    ]
    if version.source_commit:
        lines.append(f"GitOps-Source-Commit: {plain(version.source_commit)}")
    if question.request:
        lines.append(f"GitOps-Requested-By: {plain(question.request.by)}")
    return "\n".join(lines)


def remembered(question: Question) -> Message:
    """Return the message of the commit on `gitops-state` that records digests."""
    name, version = question.application.name, question.version
    digests = "\n".join(f"{plain(image)}@{plain(digest)}" for image, digest in version.digests)
    return Message(plain(f"{name} {version} was first seen"), digests)


def first_sightings(application: str, sightings: Sequence[Sighting]) -> Message:
    """Return the message of the commit that records when versions were first seen. sightings: oldest first."""
    latest = [each for each in sightings if each.at == sightings[-1].at]
    digests = (plain(f"{each.tag} {image}@{digest}") for each in latest for image, digest in each.digests.items())
    names = ", ".join(dict.fromkeys(each.tag for each in latest))
    return Message(plain(f"{application} {names} was first seen")[:LONGEST_HEADLINE], "\n".join(digests))


def recorded(comment: Comment, line: str) -> Message:
    """Return the message of the commit on `gitops-state` that a command makes."""
    return Message(
        plain(f"{comment.author.login}: {line}")[:LONGEST_HEADLINE],
        f"Comment {comment.database_id} on #{comment.subject_number}.",
    )
