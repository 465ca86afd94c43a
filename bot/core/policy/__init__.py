"""The policy: `.gitops.yml` and `.gitops/**.yml` as frozen values, read with the line and column of everything wrong."""

from bot.core.policy.application import Application, ExplicitEdit, Order, OrderKind, Source, Versions, Write
from bot.core.policy.base import Mode
from bot.core.policy.environment import (
    Approvals,
    Environment,
    Freeze,
    Gates,
    Hours,
    Limit,
    Merge,
    MergeMethod,
    Origin,
    OriginKind,
    Pace,
    Permissions,
    Promote,
    Rollback,
    Update,
    Window,
)
from bot.core.policy.page import PullRequestPage
from bot.core.policy.parts import APPLICATIONS, FOLDER, MAIN
from bot.core.policy.reading import read
from bot.core.policy.renames import UNCHANGED, Renames
from bot.core.policy.schema import schema
from bot.core.policy.whole import Policy
from bot.core.policy.words import OWNERS, REQUESTER, ROLES, Day

__all__ = [
    "APPLICATIONS",
    "FOLDER",
    "MAIN",
    "OWNERS",
    "REQUESTER",
    "ROLES",
    "UNCHANGED",
    "Application",
    "Approvals",
    "Day",
    "Environment",
    "ExplicitEdit",
    "Freeze",
    "Gates",
    "Hours",
    "Limit",
    "Merge",
    "MergeMethod",
    "Mode",
    "Order",
    "OrderKind",
    "Origin",
    "OriginKind",
    "Pace",
    "Permissions",
    "Policy",
    "Promote",
    "PullRequestPage",
    "Renames",
    "Rollback",
    "Source",
    "Update",
    "Versions",
    "Window",
    "Write",
    "read",
    "schema",
]
