"""Resolvers of timelines: who closed a pull request, and who reopened it."""

from dataclasses import dataclass
from datetime import datetime

from bot.simulator.github.graphql.context import Info, Resolvers, context
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.conversation import path_of
from bot.simulator.github.model.conversations.conversation import Closing, Conversation, Reopening, StateChange

_WORDS: dict[type[StateChange], str] = {Closing: "CLOSED_EVENT", Reopening: "REOPENED_EVENT"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a timeline, with the fields that only timelines have."""

    page: Page
    filtered_count: int
    updated_at: datetime


def timeline_items(
    conversation: Conversation, info: Info, item_types: list[str] | None = None, **bounds: object
) -> Timeline:
    """Return the events of these types; without types, all that the simulator records."""
    found = [
        change for change in conversation.state_changes if item_types is None or _WORDS[type(change)] in item_types
    ]
    last = conversation.state_changes[-1].created_at if conversation.state_changes else conversation.created_at
    return Timeline(paginate(info, found, bounds), len(found), last)


def _path(event: StateChange) -> str:
    return f"{path_of(event.conversation)}#event-{event.id}"


_TURN = {
    "id": lambda event, _: event.node_id,
    "actor": lambda event, _: event.actor,
    "closable": lambda event, _: event.conversation,
    "createdAt": lambda event, _: event.created_at,
}

RESOLVERS: Resolvers = {
    "ClosedEvent": {
        **_TURN,
        "url": lambda event, info: context(info).html + _path(event),
        "resourcePath": lambda event, _: _path(event),
    },
    "ReopenedEvent": _TURN,
    "PullRequestTimelineItemsConnection": {
        "edges": lambda found, _: found.page.edges,
        "nodes": lambda found, _: found.page.nodes,
        "pageInfo": lambda found, _: found.page.page_info,
        "pageCount": lambda found, _: len(found.page.items),
        "totalCount": lambda found, _: found.page.total_count,
    },
}

TYPES: dict[type, str] = {Closing: "ClosedEvent", Reopening: "ReopenedEvent"}
