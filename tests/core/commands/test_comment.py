"""The grammar of comments: which lines are commands, and what they say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.core.commands.command import Answer, Command, Misread, Names
from bot.core.commands.conversation.comment import read_comment, speaks
from bot.core.commands.conversation.own_lines import MOST_CHARACTERS, MOST_LINES
from bot.core.commands.hold import read_until
from tests.builders import NOW

NAMES = Names(frozenset({"dev", "staging", "prod"}), frozenset({"web", "api"}))


def read(body: str) -> Command | Misread | None:
    return read_comment(body, NAMES)


@pytest.mark.parametrize(
    ("line", "word", "fields"),
    [
        ("/promote prod", "promote", {"environment": "prod"}),
        ("/promote prod web", "promote", {"environment": "prod", "application": "web"}),
        (
            "/promote prod web@v1.5.0",
            "promote",
            {"environment": "prod", "application": "web", "version": "v1.5.0"},
        ),
        ("/hold All", "hold", {"environment": "all"}),
        ("/hold product owners look at it", "hold", {"reason": "product owners look at it"}),
        ("/unhold prod it is over", "unhold", {"environment": "prod", "reason": "it is over"}),
        ("/promote prod @v1.5.0", "promote", {"environment": "prod", "version": "v1.5.0"}),
        ("/PROMOTE prod", "promote", {"environment": "prod"}),
        ("  /promote   prod  ", "promote", {"environment": "prod"}),
        (
            "/rollback prod web@v1.4.0",
            "rollback",
            {"environment": "prod", "application": "web", "version": "v1.4.0"},
        ),
        ("/why", "why", {}),
        ("/why prod", "why", {"environment": "prod"}),
        ("/why prod web", "why", {"environment": "prod", "application": "web"}),
        ("/help", "help", {}),
        ("/help me please", "help", {}),
        ("/hold", "hold", {}),
        ("/hold all", "hold", {"environment": "all"}),
        ("/hold prod", "hold", {"environment": "prod"}),
        ("/hold prod web", "hold", {"environment": "prod", "application": "web"}),
        ("/hold prod load test", "hold", {"environment": "prod", "reason": "load test"}),
        ("/hold prod web load test", "hold", {"environment": "prod", "application": "web", "reason": "load test"}),
        ("/hold prod until 2h", "hold", {"environment": "prod", "until": "2h"}),
        ("/hold until 14:00 load test", "hold", {"until": "14:00", "reason": "load test"}),
        (
            "/hold prod until 2026-12-24 14:00 load test",
            "hold",
            {"environment": "prod", "until": "2026-12-24 14:00", "reason": "load test"},
        ),
        (
            "/hold prod until 2026-12-24 holidays",
            "hold",
            {"environment": "prod", "until": "2026-12-24", "reason": "holidays"},
        ),
        ("/hold prod until", "hold", {"environment": "prod", "reason": "until"}),
        ("/hold all web", "hold", {"environment": "all", "reason": "web"}),
        ("/hold because of web", "hold", {"reason": "because of web"}),
        ("/reject v1.5.0", "reject", {"version": "v1.5.0"}),
        ("/reject web@v1.5.0", "reject", {"application": "web", "version": "v1.5.0"}),
        ("/reject v1.5.0 it leaks", "reject", {"version": "v1.5.0", "reason": "it leaks"}),
        ("/reject web@dev", "reject", {"application": "web", "version": "dev"}),
        ("/unreject web@v1.5.0", "unreject", {"application": "web", "version": "v1.5.0"}),
        ("/refresh", "refresh", {}),
        ("/refresh prod web", "refresh", {"environment": "prod", "application": "web"}),
        ("/override soak it burns", "override", {"gates": ("soak",), "reason": "it burns"}),
        ("/override Soak,health,soak x", "override", {"gates": ("soak", "health"), "reason": "x"}),
        ("/override soak , health it burns", "override", {"gates": ("soak", "health"), "reason": "it burns"}),
        (
            "/override soak prod web it burns",
            "override",
            {"gates": ("soak",), "environment": "prod", "application": "web", "reason": "it burns"},
        ),
        ("/override soak prod burns", "override", {"gates": ("soak",), "environment": "prod", "reason": "burns"}),
        ("/override soak web burns", "override", {"gates": ("soak",), "application": "web", "reason": "burns"}),
        ("/override soak burns prod", "override", {"gates": ("soak",), "reason": "burns prod"}),
        ("/unhold prod web", "unhold", {"environment": "prod", "application": "web"}),
        ("/unhold all", "unhold", {"environment": "all"}),
    ],
)
def test_a_line_that_is_a_command_is_parsed(line: str, word: str, fields: dict[str, Any]) -> None:
    assert read(line) == Command(word, line.strip(), **fields)


@pytest.mark.parametrize(
    "body",
    [
        "Please run /promote prod",
        "> /promote prod",
        ">\n> /promote prod",
        "    /promote prod",
        "\t/promote prod",
        "- /promote prod",
        "`/promote prod`",
        "```\n/promote prod\n```",
        "~~~\n/promote prod\n~~~",
        "````\n```\n/promote prod\n````",
        "```\n~~~\n/promote prod\n```",
        # A line with words behind the fence closes nothing: https://github.github.com/gfm/#example-115
        "```\n```yaml\n/promote prod\n```",
        "```\n/promote prod",
        "<!-- /promote prod -->",
        "<!--\n/promote prod\n-->",
        "<!--\n/promote prod",
        "<!-- a\nb --> c\n<!--\n/promote prod",
        "<pre>\n/promote prod\n</pre>",
        "<PRE class='x'>/why\n/promote prod",
        "<!-- x -->/promote prod",
        # A fence that opens on a list item's line: kubernetes-sigs/prow#432.
        "- ```\n  /hold all\n  ```",
        # A comment or code that begins within a line: kubernetes/test-infra#8937.
        "text <!--\n/hold all\n-->",
        "- text <!--\n/hold all\n-->",
        "It writes `code\n/hold all\nlike this`.",
        '<a title="\n/hold all\n">x</a>',
        '[a]: https://example.org "\n/hold all\n"',
        "command | what it does\n--- | ---\n/hold all | stops everything",
        "# /promote prod",
        "text\u2028/promote prod",
        "text\x0b/promote prod",
        # Other people's words.
        "/lgtm",
        "/approve",
        "/retest",
        "/merge",
        "/assign @bob",
        "/home/alice/notes",
        "/ promote prod",
        "//promote prod",
        "/",
        "/1",
        "",
    ],
)
def test_text_that_is_no_command_is_ignored(body: str) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "Ready?\n\n/promote prod\n\nThanks!",
        "/promote prod\r\nThanks!",
        "```\nkubectl get pods\n```\n/promote prod",
        "```sh\nkubectl get pods\n````\n/promote prod",
        "```not a fence``` but code\n/promote prod",
        "> quoted\n\n/promote prod",
        "<!-- from a template -->\n/promote prod",
        "<!--\nfrom a template\n-->\n/promote prod",
        "<pre>ok</pre>\n/promote prod",
        "<details>\n<summary>Notes</summary>\n\n/promote prod\n\n</details>",
        "- done this\n/promote prod",
        "1. done this\n\n/promote prod",
        "It says \\`so\n/promote prod\nand `that`.",
        "a < b\n/promote prod",
        # What begins a comment inside of code, or within a line, hides nothing that follows.
        "```xml\n<!-- begin\n```\n/promote prod",
        "It writes `<!--` there.\n/promote prod",
        # Under a line, as mail programs put one above a name, it is shown as a heading.
        "/promote prod\n--\nSam",
    ],
)
def test_a_command_among_other_lines(body: str) -> None:
    assert read(body) == Command("promote", "/promote prod", "prod")


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("/promot prod", "There is no `/promot`. Did you mean `/promote`?"),
        ("/rolback prod", "There is no `/rolback`. Did you mean `/rollback`?"),
        ("/unhodl prod", "There is no `/unhodl`. Did you mean `/unhold`?"),
        ("/promote`s prod", "There is no `/promotes`. Did you mean `/promote`?"),
        ("/promote", "Usage: `/promote ENV [APP[@VERSION]]`."),
        ("/promote web to prod", "Usage: `/promote ENV [APP[@VERSION]]`."),
        ("/rollback", "Usage: `/rollback ENV [APP[@VERSION]]`."),
        ("/reject", "Usage: `/reject [APP@]VERSION [reason]`."),
        ("/reject web@", "Usage: `/reject [APP@]VERSION [reason]`."),
        ("/reject v1.5.0+build", "Usage: `/reject [APP@]VERSION [reason]`."),
        (
            "/reject prod web@v1.5.0",
            "`prod` is not a version. Usage: `/reject [APP@]VERSION [reason]`, without an environment.",
        ),
        (
            "/unreject web v1.5.0",
            "`web` is not a version. Usage: `/unreject [APP@]VERSION`, without an environment.",
        ),
        ("/unreject v1.5.0 now", "Usage: `/unreject [APP@]VERSION`."),
        ("/rejct v1.5.0", "There is no `/rejct`. Did you mean `/reject`?"),
        ("/override", "Usage: `/override GATE[,GATE] [ENV [APP]] reason`."),
        ("/override ,soak x", "Usage: `/override GATE[,GATE] [ENV [APP]] reason`."),
        ("/override soak", "Give a reason: `/override GATE[,GATE] [ENV [APP]] reason`."),
        ("/override soak prod web", "Give a reason: `/override GATE[,GATE] [ENV [APP]] reason`."),
        ("/why prod web please", "Usage: `/why [--policy] [ENV [APP]]`."),
        ("/promote prod web@", "Usage: `/promote ENV [APP[@VERSION]]`."),
        ("/promote prod web@v1@v2", "Usage: `/promote ENV [APP[@VERSION]]`."),
        ("/rollback prod @", "Usage: `/rollback ENV [APP[@VERSION]]`."),
        ("/why prod web@v1.5.0", "Usage: `/why [--policy] [ENV [APP]]`."),
        ("/hold prd", "There is no `prd`. Did you mean `prod`?"),
        ("/hold Prod", "There is no `Prod`. Did you mean `prod`?"),
        ("/hold al until 2h", "There is no `al`. Did you mean `all`?"),
        ("/unhold prd", "There is no `prd`. Did you mean `prod`?"),
        ("/unhold prod wbe", "There is no `wbe`. Did you mean `web`?"),
        ("/promote web@v1.5.0", "The environment comes first: `/promote ENV [APP[@VERSION]]`."),
    ],
)
def test_a_misspelt_command_gets_a_hint(line: str, advice: str) -> None:
    assert read(line) == Misread(line, Answer(advice))


@pytest.mark.parametrize(
    ("body", "where"),
    [
        # https://github.github.com/gfm/#lazy-continuation-line
        ("> Shall we?\n/promote prod", "quote"),
        (">Shall\nwe\n/promote prod", "quote"),
        ("> 1\n> 2\n  /promote prod", "quote"),
        ("- > Shall we?\n/promote prod", "quote"),
        ("- done this\n  /promote prod", "list"),
        ("1. done this\n\n   /promote prod", "list"),
        # https://github.github.com/gfm/#html-blocks: such a block goes on until an empty line.
        ("<details>\n/promote prod\n</details>", "HTML"),
        ("<prelude>\n/promote prod", "HTML"),
    ],
)
def test_a_command_inside_markdown_gets_a_hint(body: str, where: str) -> None:
    """It may be meant as a command, so that it is never passed over in silence."""
    found = read(body)

    assert isinstance(found, Misread)
    assert found.line == "/promote prod"
    assert found.advice == (
        f"This line is part of the {where} above it, where commands are not read. Leave an empty line, and start the next "
        "line with the command."
    )
    assert read(body.replace("promote", "lgtm")) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # A zero-width space behind a name: sgl-project/sglang#31234.
        ("/promote prod\u200b", ("prod", "", "")),
        ("\ufeff/promote prod", ("prod", "", "")),
        ("/promote\u2060 \u200eprod\u200f web\ufe0f@v1.5.0\u00ad", ("prod", "web", "v1.5.0")),
    ],
)
def test_invisible_characters_are_ignored(line: str, expected: tuple[str, str, str]) -> None:
    found = read(line)

    assert isinstance(found, Command)
    assert (found.environment, found.application, found.version) == expected


def test_a_reason_keeps_its_characters() -> None:
    """Joined from several characters, an emoji is one to its reader."""
    found = read("/hold prod \u26a0\ufe0f l\u00f6scht \U0001f469\u200d\U0001f692\u200b ok\u200b \u200b")

    assert isinstance(found, Command)
    assert found.reason == "\u26a0\ufe0f l\u00f6scht \U0001f469\u200d\U0001f692 ok"


@pytest.mark.parametrize(
    ("body", "expected"), [("Yes.\n/promote prod", True), ("/lgtm", True), ("Yes.", False), ("> /promote prod", False)]
)
def test_lines_that_may_be_commands_are_found_without_a_policy(body: str, expected: bool) -> None:  # noqa: FBT001
    assert speaks(body) is expected


def test_a_comment_holds_one_command() -> None:
    """Its reaction is the durable mark that it was carried out, and there is one."""
    assert read("/hold prod `@everyone`\n/promote dev") == Misread(
        "/hold prod `@everyone`",
        Answer(
            "Nothing was done: write one command per comment. This one has 2: `/hold prod '@everyone'`, `/promote dev`."
        ),
    )


def test_a_hint_names_some_of_many_commands() -> None:
    found = read("/why\n" * 900)

    assert isinstance(found, Misread)
    assert found.advice == (
        f"Nothing was done: write one command per comment. This one has 900: {', '.join(['`/why`'] * 10)} and 890 more."
    )


def test_only_the_beginning_of_a_long_comment_is_read() -> None:
    """A command behind a long log gets a hint, so that it is not silently ignored."""
    log = "a line of a log\n" * MOST_LINES
    found = read(f"{log}\n/lgtm\n/hold all\n")

    assert isinstance(found, Misread)
    assert (found.line, found.advice) == (
        "/hold all",
        "I read only the first 1,000 lines and 20,000 characters of a comment. Write this command in a comment of its own.",
    )
    assert read("x" * MOST_CHARACTERS + "\n/hold all") == found
    assert read("x" * (MOST_CHARACTERS - 10) + "\n/hold all") == Command("hold", "/hold all", "all")
    assert read(f"/hold all\n\n{log}") == Command("hold", "/hold all", "all")
    assert read("/why\n" * 13_000) is not None


@pytest.mark.parametrize(
    ("text", "timezone", "expected"),
    [
        ("2h", "UTC", NOW + timedelta(hours=2)),
        ("1h30m", "UTC", NOW + timedelta(minutes=90)),
        ("14:00", "UTC", datetime(2026, 3, 3, 14, tzinfo=UTC)),
        ("9:30", "UTC", datetime(2026, 3, 4, 9, 30, tzinfo=UTC)),
        ("12:00", "UTC", datetime(2026, 3, 4, 12, tzinfo=UTC)),
        ("14:00", "Europe/Berlin", datetime(2026, 3, 3, 13, tzinfo=UTC)),
        ("12:30", "Europe/Berlin", datetime(2026, 3, 4, 11, 30, tzinfo=UTC)),
        # Clocks are put back at three, so that half past two comes twice; and forward at two, so that it does not come.
        ("2026-10-25 02:30", "Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-29 02:30", "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-07-01 14:00", "Europe/Berlin", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-07-01T14:00", "UTC", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ("2026-03-03 11:59", "UTC", None),
        ("2026-12-24", "UTC", None),
        ("2026-02-30 14:00", "UTC", None),
        ("24:00", "UTC", None),
        ("tomorrow", "UTC", None),
        ("999999w", "UTC", None),
        ("9999-12-31 23:59", "America/Los_Angeles", None),
        ("0001-01-01 00:00", "Asia/Tokyo", None),
        ("", "UTC", None),
    ],
)
def test_times_are_parsed(text: str, timezone: str, expected: datetime | None) -> None:
    assert read_until(text, now=NOW, timezone=timezone) == expected


LINES = some.lists(
    some.one_of(
        some.text(max_size=40),
        some.sampled_from(
            [
                "/promote prod",
                "/hold",
                "```",
                "~~~~",
                "> /why",
                "<!--",
                "-->",
                "/unhold prod until 2h x",
                "- a",
                "  /why",
                "<p>",
            ]
        ),
    ),
    max_size=8,
)


@given(LINES)
def test_any_comment_can_be_read(lines: list[str]) -> None:
    body = "\n".join(lines)
    found = read(body)

    assert found is None or found.line in body
    assert not isinstance(found, Misread) or found.advice


@given(some.text(), some.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]))
def test_any_time_can_be_read(text: str, timezone: str) -> None:
    at = read_until(text, now=NOW, timezone=timezone)

    assert at is None or at > NOW


@given(some.sampled_from(sorted(NAMES.environments)), some.sampled_from(sorted(NAMES.applications)))
def test_a_command_reads_as_it_is_written(environment: str, application: str) -> None:
    for word in ("promote", "rollback", "why", "hold", "unhold"):
        line = f"/{word} {environment} {application}"

        assert read(line) == Command(word, line, environment, application)
