"""Asks the registries for a plan. A module of its own, because without a network its libraries are not needed."""

from collections.abc import Mapping
from datetime import datetime

from bot.checkout.checkout import Checkout, Selection, plan_checkout
from bot.checkout.contents import Step
from bot.checkout.planned import CheckoutPlan
from bot.cli.output import UsageError
from bot.cli.registries import asked_registries
from bot.settings import SettingsError, read_registry_settings


async def plan_with_registries(
    checkout: Checkout, selection: Selection, *, environment: Mapping[str, str], now: datetime, step: Step
) -> CheckoutPlan:
    """Plan with what the registries answer now. Raises UsageError where the settings are wrong."""
    try:
        settings = read_registry_settings(environment)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    async with asked_registries(settings) as registries:
        return await plan_checkout(checkout, registries=registries, now=now, step=step, selection=selection)
