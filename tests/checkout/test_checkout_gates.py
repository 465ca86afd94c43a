"""Of every gate it is said whether a checkout can judge it."""

from bot.checkout.gates import BY_GITHUB, BY_ORDER, BY_REGISTRY
from bot.core.gates import GATES

BY_CHECKOUT = {"from", "manifests", "windows", "freezes"}
"""What the policy, the manifests and the time decide."""


def test_every_gate_is_judged_by_the_checkout_or_says_who_was_not_asked() -> None:
    assert {gate.name for gate in GATES} <= BY_CHECKOUT | BY_ORDER | BY_GITHUB | BY_REGISTRY
    assert not BY_CHECKOUT & (BY_ORDER | BY_GITHUB | BY_REGISTRY)
