"""How many answers people without a role got in the last hour."""

from datetime import timedelta

from bot.core.commands.shared.ration import PERIOD, READERS_SHARE
from bot.passes.memory.rations import Rations
from tests.builders import NOW

LATER = timedelta(minutes=20)


def test_the_repositories_of_an_account_share_them() -> None:
    rations = Rations()
    rations.spend("acme/manifests", 10, NOW)
    rations.spend("Acme/other", READERS_SHARE - 10, NOW + LATER)

    assert rations.of("acme/manifests", NOW + LATER).left == 0
    assert rations.of("acme/manifests", NOW + LATER).until == NOW + PERIOD
    assert rations.of("else/manifests", NOW + LATER).left == READERS_SHARE


def test_they_come_back_after_an_hour() -> None:
    rations = Rations()
    rations.spend("acme/manifests", 10, NOW)
    rations.spend("acme/manifests", READERS_SHARE, NOW + LATER)

    assert rations.of("acme/manifests", NOW + PERIOD).left == 0
    assert rations.of("acme/manifests", NOW + PERIOD + LATER).left == READERS_SHARE


def test_a_clock_that_was_ahead_takes_nothing_away() -> None:
    rations = Rations()
    rations.spend("acme/manifests", READERS_SHARE, NOW + timedelta(days=400))

    assert rations.of("acme/manifests", NOW).left == READERS_SHARE
