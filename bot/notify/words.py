"""What messages say, in plain words that every kind of sink shares."""

from bot.core.values.notice import Notice, Occasion
from bot.notify.sink import News

SIGNS = {
    Occasion.OPENED: "🆕",
    Occasion.WAITS: "🙋",
    Occasion.HELD: "✋",
    Occasion.BLOCKED: "⛔",
    Occasion.FAILED: "❌",
    Occasion.MERGED: "✅",
    Occasion.ROLLED_BACK: "⏪",
}

_STATES = {
    Occasion.OPENED: "opened",
    Occasion.WAITS: "wait for a person",
    Occasion.HELD: "are held",
    Occasion.BLOCKED: "are blocked",
    Occasion.FAILED: "have a failure",
    Occasion.MERGED: "are merged",
    Occasion.ROLLED_BACK: "are rolled back",
}

LONGEST = 600
"""Characters of one notice. Sinks cut longer messages at limits of their own, or refuse them."""


def headline(news: tuple[News, ...]) -> str:
    """Return the first line: the change itself, or how many changes the message is about."""
    first = news[0].notice
    if len(news) == 1:
        return f"{SIGNS[first.occasion]} {first.change}"
    count = f"{len(news)} promotions to {first.environment}"
    return f"{SIGNS[first.occasion]} {count} {_STATES[first.occasion]}"


def state(notice: Notice) -> str:
    """Return what is so, and who can change it."""
    who = f" Can be cleared by {notice.who}." if notice.who else ""
    return cut(f"{notice.said}{who}")


def cut(text: str) -> str:
    """Return the text, shortened to what one notice may take."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
