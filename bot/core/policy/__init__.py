"""What may happen? `.gitops.yml` and `.gitops/**.yml` as frozen values."""

from bot.core.policy.application import Application, Order, ShownCommits, Source, Versions
from bot.core.policy.base import Mode
from bot.core.policy.calendar import Day
from bot.core.policy.edit import Edits, ExplicitEdit, Write
from bot.core.policy.environment import (
    Approvals,
    Environment,
    Freeze,
    Gates,
    Guard,
    Hours,
    Limit,
    Merge,
    MergeMethod,
    Origin,
    OriginKind,
    Pace,
    Promote,
    Rollback,
    Update,
    Window,
)
from bot.core.policy.fields import OWNERS, REQUESTER, ROLES
from bot.core.policy.file.parts import APPLICATIONS, FOLDER, MAIN
from bot.core.policy.file.reading import read
from bot.core.policy.file.schema import schema
from bot.core.policy.fleet.discovery import Discovery, Folder, discover, folders_to_list, listing
from bot.core.policy.orders import OrderKind
from bot.core.policy.permissions import Permissions, Right
from bot.core.policy.policy import Policy
from bot.core.policy.pull_request import PullRequestPage
from bot.core.policy.renames import UNCHANGED, Renames

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
    "Discovery",
    "Edits",
    "Environment",
    "ExplicitEdit",
    "Folder",
    "Freeze",
    "Gates",
    "Guard",
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
    "Right",
    "Rollback",
    "ShownCommits",
    "Source",
    "Update",
    "Versions",
    "Window",
    "Write",
    "discover",
    "folders_to_list",
    "listing",
    "read",
    "schema",
]
