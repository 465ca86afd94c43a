"""The section of a promotion's page that names the mentions of the image which the promotion leaves unchanged."""

from bot.core.gates.question import Question
from bot.core.pages.parts.collapsed import fold
from bot.core.values.places import Mention
from bot.core.values.text import code, escape

MOST_MENTIONS = 50


def left_unchanged(question: Question) -> str:
    """Return the section, folded; '' where every mention is changed."""
    left = question.here.left
    if not left:
        return ""
    lines = [_line(mention) for mention in left[:MOST_MENTIONS]]
    more = [f"- and {len(left) - MOST_MENTIONS} more"] if len(left) > MOST_MENTIONS else []
    mentions = "1 mention" if len(left) == 1 else f"{len(left)} mentions"
    return fold(f"{mentions} left unchanged", "\n".join([*lines, *more]))


def _line(mention: Mention) -> str:
    return f"- {code(f'{mention.path}:{mention.line}')}: {code(mention.seen)}: {escape(mention.reason)}"
