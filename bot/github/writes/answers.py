"""How people are answered."""

from bot.core.plan import React, Reply
from bot.github.writes.write import Rounds, Target, Write


def react(action: React, _target: Target) -> Rounds:
    """Add a reaction to a comment."""
    reaction = {"subjectId": action.comment_id, "content": action.reaction.value}
    return ((Write("addReaction", reaction, "react to a comment"),),)


def reply(action: Reply, _target: Target) -> Rounds:
    """Comment on an issue or a pull request."""
    comment = {"subjectId": action.subject_id, "body": action.body}
    return ((Write("addComment", comment, "answer a comment"),),)
