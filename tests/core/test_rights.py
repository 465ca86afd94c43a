"""Who may give which command, as the policy says or by the role that the command asks for."""

import pytest

from bot.core.commands import Verb
from bot.core.rights import ROLE, named_in, who_may
from tests.builders import environment

STOPPING = {Verb.PROMOTE, Verb.ROLLBACK, Verb.HOLD, Verb.REJECT}
LOOSENING = {Verb.UNHOLD, Verb.UNREJECT, Verb.OVERRIDE}


def test_every_command_that_changes_something_asks_for_a_role() -> None:
    assert {**dict.fromkeys(STOPPING, "write"), **dict.fromkeys(LOOSENING, "maintain")} == ROLE
    assert set(Verb) - ROLE.keys() == {Verb.WHY, Verb.REFRESH, Verb.HELP}


@pytest.mark.parametrize("verb", ROLE)
def test_the_policy_names_others_or_nobody(verb: Verb) -> None:
    named = environment(permissions={verb.word: ["owners", "@acme/sre"]}).permissions
    nobody = environment(permissions={verb.word: []}).permissions

    assert (
        who_may(verb, None, ["@bob"]).words == who_may(verb, environment().permissions, ["@bob"]).words == (ROLE[verb],)
    )
    assert who_may(verb, named, ["@bob"]).words == ("@bob", "@acme/sre")
    assert who_may(verb, nobody, ["@bob"]).words == ()


def test_an_applications_pass_knows_whom_its_commands_name() -> None:
    """Holds are the repository's."""
    permissions = environment(permissions={verb.word: [f"@acme/{verb.word}"] for verb in ROLE}).permissions

    assert named_in(permissions) == {f"@acme/{verb.word}" for verb in ROLE if verb not in (Verb.HOLD, Verb.UNHOLD)}
