"""What visitors see of the chat."""

from pathlib import Path

import pytest

from bot.simulator.chat import Message
from bot.simulator.pages.rendering.mrkdwn import spoken
from tests.simulator.pages.pages_world import small_world, visiting


def message(words: str) -> Message:
    return {"blocks": [{"text": {"text": words}}]}


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("*prod:* web", "<b>prod:</b> web"),
        (
            "<https://x.example/4?a=1&amp;b=2|prod &amp; x>",
            '<a href="https://x.example/4?a=1&amp;b=2">prod &amp; x</a>',
        ),
        ("<https://x.example>", '<a href="https://x.example">https://x.example</a>'),
        ("*<https://x.example|prod>* now", '<b><a href="https://x.example">prod</a></b> now'),
        ("<!subteam^S0SRE> <@U0SAM>", "<b>@S0SRE</b> <b>@U0SAM</b>"),
        ("<javascript:alert(1)|x>", "<b>@javascript:alert(1)</b>"),
        ('&lt;script&gt; "quoted" 2 * 3', "&lt;script&gt; &#34;quoted&#34; 2 * 3"),
    ],
)
def test_slacks_markup_is_shown_and_everything_else_is_escaped(words: str, html: str) -> None:
    assert spoken(words) == html


async def test_a_message_is_shown_with_its_thread(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    async with visiting(world) as visit:
        assert "Nothing was told yet" in (await visit.read("/-/chat")).html
        before = (await visit.read("/-/revision")).html
        world.chat.messages["1"] = message("*prod* waits")
        world.chat.threads["1"] = [message("sam approved")]
        page = (await visit.read("/-/chat")).html
        assert page.index("<b>prod</b> waits") < page.index("sam approved")
        assert (await visit.read("/-/revision")).html != before
