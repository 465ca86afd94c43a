"""How records are written to `gitops-state`."""

from bot.core.plan import WriteState
from bot.core.values.message import Message
from bot.github.parsing.state_branch import STATE_BRANCH, STATE_TRAILER
from bot.github.writes.write import Rounds, Target, Write, commit_on_branch

RESULT = "state from "
"""`Write.result` of such a write begins so."""


def write(action: WriteState, target: Target) -> Rounds:
    """Commit the records onto the head that was seen, with the trailer by which the bot recognizes its own commits."""
    head = target.work.state_head or action.seen_head
    written = {path: text.encode() for path, text in action.files.items() if text is not None}
    removed = [path for path, text in action.files.items() if text is None]
    message = Message(action.message.headline, f"{action.message.body}\n\n{STATE_TRAILER}".lstrip())
    change = commit_on_branch(target.repository, STATE_BRANCH, head, message, written, removed)
    return ((Write("createCommitOnBranch", change, f"write to {STATE_BRANCH}", result=f"{RESULT}{head}"),),)
