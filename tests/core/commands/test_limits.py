"""The length of replies: none is longer than GitHub accepts, and each says what it leaves out."""

from dataclasses import replace

import pytest

from bot.core.commands.shared.limits import LONGEST_REPLY, shortened
from bot.core.decide import decide
from bot.core.plan import Reply
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.repository.decide import decide_repository
from tests.builders import (
    NOW,
    ago,
    application,
    comment,
    environment,
    environment_state,
    hold,
    policy,
    records,
    rejection,
    state,
    sweep,
)

GITHUBS = 65_536
"""https://github.com/orgs/community/discussions/27190"""

NAMES = [f"environment-{number:04}" for number in range(30)]
MANY = policy(
    *(
        environment(name, permissions={"hold": [], "reject": ["@acme/sre"] if name[-1] == "7" else ["write"]})
        for name in NAMES
    ),
    applications=[application("web"), *(application(f"application-{number:04}") for number in range(30))],
)
REJECTED = EnvironmentRecords(rejected={"web": (rejection(comment=7, at=ago(minutes=1)),)})


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("/promote nowhere web", Records()),
        (f"/promote {NAMES[0]} web@{'x' * 100} {'y' * 15_000}", Records()),
        ("/reject web@v1.5.0", records(**{name: REJECTED for name in NAMES if name[-1] != "7"})),
        ("/unreject web@v1.3.0", Records()),
        ("/override soak web why not", Records()),
    ],
)
def test_a_reply_names_some_of_many_environments(line: str, kept: Records) -> None:
    seen = state(*(environment_state(name, "v1.5.0") for name in NAMES), records=kept)
    said = replace(seen, comments=(comment(line, "bob", number=7),))
    outcome = decide_repository(sweep(comments=said.comments, records=kept), MANY, NOW)
    (body,) = (each.body for each in (*decide(said, MANY, NOW).actions, *outcome.actions) if isinstance(each, Reply))

    assert len(body) < GITHUBS
    assert " more" in body or "Left out" in body or "Usage" in body


@pytest.mark.parametrize(
    "line", ["/hold", "/promote dev", "/hold nowhere-at-all", f"/unhold {NAMES[0]}", f"/hold {NAMES[0]} {'x' * 15_000}"]
)
def test_the_repositorys_reply_names_some_of_many_places(line: str) -> None:
    kept = records(**{NAMES[0]: EnvironmentRecords(holds=tuple(hold(by=f"person-{number}") for number in range(500)))})
    outcome = decide_repository(sweep(comments=(comment(line, "carol", number=7),), records=kept), MANY, NOW)
    (body,) = (each.body for each in outcome.actions if isinstance(each, Reply))

    assert len(body) < GITHUBS


def test_any_reply_fits_into_a_comment() -> None:
    table = "| ⛔ blocked | soak | … |\n" * 9000
    cut = shortened(f"<details><summary>All gates</summary>\n\n{table}\n\n</details>")

    assert shortened("x" * LONGEST_REPLY) == "x" * LONGEST_REPLY
    assert len(shortened("x" * LONGEST_REPLY * 2)) < GITHUBS
    assert len(cut) < GITHUBS
    assert cut.endswith(" |\n\n</details>\n\nThe rest is left out: it would exceed GitHub's limit for a comment.")
