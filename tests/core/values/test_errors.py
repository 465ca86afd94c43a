"""Errors are values: what was seen, and when to look again."""

from bot.core.values.errors import PolicyError, Problem, Temporary
from tests.builders import NOW


def test_a_policy_error_has_every_problem() -> None:
    error = PolicyError((Problem(".gitops.yml", 3, 5, "unknown key"), Problem(".gitops/prod.yml", 0, 0, "no YAML")))

    assert str(error) == ".gitops.yml:3:5: unknown key\n.gitops/prod.yml:0:0: no YAML"


def test_a_temporary_error_has_a_reason_and_a_time() -> None:
    error = Temporary("GitHub answered 502", again_at=NOW)

    assert (str(error), error.reason, error.again_at) == ("GitHub answered 502", "GitHub answered 502", NOW)
    assert Temporary("…").again_at is None
