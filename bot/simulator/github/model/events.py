"""Every event of the model, in one list for the listeners: webhooks, the pages, and a demo that plays CI."""

from bot.simulator.github.model.accounts.apps import InstallationEvent, TargetRenamedEvent
from bot.simulator.github.model.accounts.events import Event, Events, Listener
from bot.simulator.github.model.checks.events import CheckRunEvent, CheckSuiteEvent, StatusEvent
from bot.simulator.github.model.code.events import (
    CreateEvent,
    DeleteEvent,
    InstallationRepositoriesEvent,
    PushEvent,
    RepositoryEvent,
    TransferEvent,
)
from bot.simulator.github.model.conversations.conversation import IssueCommentEvent
from bot.simulator.github.model.conversations.issues import IssueEvent
from bot.simulator.github.model.conversations.labels import LabelEvent
from bot.simulator.github.model.deployments.deployments import DeploymentEvent, DeploymentStatusEvent
from bot.simulator.github.model.protection.protection import BranchProtectionEvent
from bot.simulator.github.model.pulls.merging.merge_queue import MergeGroupEvent
from bot.simulator.github.model.pulls.pull_request import PullRequestEvent, ReviewEvent

__all__ = [
    "BranchProtectionEvent",
    "CheckRunEvent",
    "CheckSuiteEvent",
    "CreateEvent",
    "DeleteEvent",
    "DeploymentEvent",
    "DeploymentStatusEvent",
    "Event",
    "Events",
    "InstallationEvent",
    "InstallationRepositoriesEvent",
    "IssueCommentEvent",
    "IssueEvent",
    "LabelEvent",
    "Listener",
    "MergeGroupEvent",
    "PullRequestEvent",
    "PushEvent",
    "RepositoryEvent",
    "ReviewEvent",
    "StatusEvent",
    "TargetRenamedEvent",
    "TransferEvent",
]
