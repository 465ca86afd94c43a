"""The first policy of a repository: one pull request that proposes it, or one issue that asks; and one about its mistakes.

- The App has opened something there before, open or closed: nothing. What people did with it ended the matter, or they
  removed a policy on purpose.
- A policy is on another branch, or in an open pull request: nothing. Somebody is writing it.
- The repository is archived, or holds nothing that a policy could be about: nothing.
- What was found is sure: one pull request. Where GitHub refuses the branch, an issue with the same policy.
- What was found is not sure: one issue. Nothing where issues are switched off.

GitHub opens one pull request for a branch, but any number of issues. So a server takes a lock, looks once more, and opens an
issue only if that look still leads to one: another server may have opened it, and given its lock back, since the first look.

The fact that it happened is what the App opened, by the numbers of the App and of the issue: titles, texts, labels and
branches may change.

Race accepted: an administrator who deletes the issue deletes the fact, too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.core.observation.beginnings import Beginnings, Opened
from bot.core.observation.sweep import Sweep
from bot.core.pages.first_policy import BROKEN, MARKERS, TITLES, broken_page, fixed_sentence
from bot.core.plan import Action
from bot.core.policy import MAIN
from bot.core.values.errors import Problem
from bot.core.values.first_policy import CloseIssue, EditIssue, Lock, OpenIssue, ProposePolicy
from bot.core.values.message import Message

BRANCH = "gitops/first-policy"
"""Of the pull request; and while an issue is opened, what keeps a second server from opening another one."""

BROKEN_LOCK = "gitops/first-policy-mistakes"
"""The same while the issue about mistakes is opened. People may keep the branch of the pull request."""

LOCKED = timedelta(minutes=10)
"""How long another server may be at it. Then its lock is one that a crash has left behind."""


class Way(Enum):
    """How people learn of it."""

    PULL_REQUEST = "pull request"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A policy that was found. way: how sure it is. text: of `.gitops.yml`, '' where there is only a question.

    page: of the pull request; asked: of the issue.
    """

    way: Way
    text: str
    page: str
    asked: str


def is_worth_a_look(seen: Beginnings, sweep: Sweep) -> bool:
    """Report whether nothing speaks against proposing a policy, so that the files are worth reading."""
    is_proposed = any(pull.policy_id not in (None, sweep.policy_id) for pull in sweep.pulls)
    return not (seen.opened or seen.elsewhere or is_proposed or sweep.repository.archived)


def locked_until(sweep: Sweep, lock: str, since: datetime | None, *, now: datetime) -> datetime | None:
    """Return when to look again because another server may be about to open something; None where none is.

    lock: the branch that it would hold. since: when that was first seen, None if it was not.
    """
    if lock not in sweep.branches:
        return None
    until = (since or now) + LOCKED
    return until if now < until else None


def propose(
    seen: Beginnings, sweep: Sweep, suggestion: Suggestion, *, refused: frozenset[Way] = frozenset()
) -> tuple[Action, ...]:
    """Return the one thing to open, none where something speaks against it. refused: the ways that GitHub has refused."""
    if not is_worth_a_look(seen, sweep):
        return ()
    ways = [Way.PULL_REQUEST] if suggestion.way is Way.PULL_REQUEST else []
    ways += [Way.ISSUE] if seen.has_issues else []
    way = next((way for way in ways if way not in refused), None)
    repository, left_over = sweep.repository, sweep.branches.get(BRANCH)
    if way is None or (left_over is not None and not _is_ours(sweep, left_over)):
        return ()
    if way is Way.ISSUE:
        # Where the App may not write branches, nothing can keep a second server away.
        lock = None if Way.PULL_REQUEST in refused else Lock(BRANCH, repository.head_oid, left_over)
        return (OpenIssue(TITLES[way.value], suggestion.asked, lock),)
    return (
        ProposePolicy(
            branch=BRANCH,
            base=repository.default_branch,
            base_oid=repository.head_oid,
            stale_head=left_over,
            path=MAIN,
            text=suggestion.text,
            message=Message("Propose a policy for GitOps Bot", "Found in the manifests. In mode: observe."),
            title=TITLES[way.value],
            body=suggestion.page,
        ),
    )


def report_first_policy(seen: Beginnings, problems: tuple[Problem, ...], sweep: Sweep) -> tuple[Action, ...]:
    """Return what follows for the issue about a broken first policy.

    It is opened only if nothing of the bot came before a policy: later, a failed check run tells. problems: none if the
    policy is valid. Closed by a person, it stays closed.
    """
    about = next((each for each in seen.opened if _is_about_problems(each)), None)
    if not problems:
        return (
            (CloseIssue(about.node_id, about.number, fixed_sentence(sweep.repository.head_oid)),)
            if about and about.is_open
            else ()
        )
    body = broken_page(problems)
    if about is not None:
        is_same = not about.is_open or about.body.replace("\r\n", "\n").strip() == body.strip()
        return () if is_same else (EditIssue(about.node_id, about.number, body),)
    came_before = any(not is_onboarding(each) for each in seen.opened)
    if came_before or not seen.has_issues:
        return ()
    lock = Lock(BROKEN_LOCK, sweep.repository.head_oid, sweep.branches.get(BROKEN_LOCK))
    return (OpenIssue(TITLES[BROKEN], body, lock),)


def _is_ours(sweep: Sweep, head: str) -> bool:
    """Report whether a branch of this name was left behind by the bot: it made the newest commit, or never made one."""
    return BRANCH in sweep.own_branches or head in {commit.oid for commit in sweep.recent}


def _is_about_problems(opened: Opened) -> bool:
    return not opened.is_pull and (MARKERS[BROKEN] in opened.body or opened.title == TITLES[BROKEN])


def is_onboarding(opened: Opened) -> bool:
    """Report whether this proposed or asked for a policy. People may have changed its title or its text, hardly both."""
    ways = (Way.PULL_REQUEST.value, Way.ISSUE.value)
    return any(MARKERS[way] in opened.body or opened.title == TITLES[way] for way in ways)
