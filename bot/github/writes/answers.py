"""How people are answered."""

from bot.core.plan import DeleteReply, React, Reaction, Reply
from bot.github.writes.write import Need, Rounds, Target, Write


def react(action: React, _target: Target) -> Rounds:
    """Add a reaction to a comment."""
    return ((_reaction(action.comment_id, action.reaction),),)


def reply(action: Reply, _target: Target) -> Rounds:
    """Answer a comment. The mark is in a later document, because the fields after a failed one still run."""
    comment = {"subjectId": action.subject_id, "body": action.body}
    return ((Write("addComment", comment, "reply to a comment"),), (_reaction(action.comment_id, action.mark),))


def delete_reply(action: DeleteReply, _target: Target) -> Rounds:
    """Delete a comment of our own. Another server may have been quicker."""
    return ((Write("deleteIssueComment", {"id": action.reply_id}, "delete a repeated answer", need=Need.NICE),),)


def _reaction(comment_id: str, reaction: Reaction) -> Write:
    given = {"subjectId": comment_id, "content": reaction.value}
    return Write("addReaction", given, "react to a comment", need=Need.NICE)
