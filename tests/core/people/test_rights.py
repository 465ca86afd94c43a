"""Command rights: by the policy, else by the right's default role."""

import pytest

from bot.core.commands import COMMANDS
from bot.core.observation.actors import Permission
from bot.core.people.rights import named_in, who_may
from bot.core.policy import Right
from tests.builders import environment, state

STOPPING = {Right.PROMOTE, Right.ROLLBACK, Right.HOLD, Right.REJECT}
LOOSENING = {Right.UNHOLD, Right.UNREJECT, Right.OVERRIDE}


def test_every_changing_command_requires_a_role() -> None:
    assert {right.default_role for right in STOPPING} == {"write"}
    assert {right.default_role for right in LOOSENING} == {"maintain"}
    assert {*STOPPING, *LOOSENING} == set(Right)
    assert {command.right for command in COMMANDS} - {None} == set(Right)


@pytest.mark.parametrize("right", Right)
def test_the_policy_may_name_others_or_nobody(right: Right) -> None:
    named = environment(permissions={right.value: ["owners", "@acme/sre"]}).permissions
    nobody = environment(permissions={right.value: []}).permissions
    by_role = (right.default_role,)

    assert who_may(right, None, ["@bob"]).words == by_role
    assert who_may(right, environment().permissions, ["@bob"]).words == by_role
    assert who_may(right, named, ["@bob"]).words == ("@bob", "@acme/sre")
    assert who_may(right, nobody, ["@bob"]).words == ()


@pytest.mark.parametrize("right", Right)
def test_what_moves_or_loosens_also_needs_write_permission(right: Right) -> None:
    named = environment(permissions={right.value: ["@carol", "write"]}).permissions
    seen = state(people={"carol": Permission.READ, "bob": Permission.WRITE})

    assert who_may(right, named, []).holds("carol", seen) is (right in (Right.HOLD, Right.REJECT))
    assert who_may(right, named, []).holds("bob", seen)


def test_an_applications_pass_observes_the_people_its_commands_name() -> None:
    """Holds are the repository's."""
    permissions = environment(permissions={right.value: [f"@acme/{right.value}"] for right in Right}).permissions

    assert named_in(permissions) == {
        f"@acme/{right.value}" for right in Right if right not in (Right.HOLD, Right.UNHOLD)
    }
