"""Every reason code with its sentence. `{fact}` is plain words, `{fact:c}` a value such as a version or a name; what stands
in `[brackets]` is left out where one of its facts is empty.

One entry per code: a gate that gives a new code adds its sentence here, and a test fails until it does.
"""

import re
from string import Formatter

from bot.core.plan import Verdict
from bot.core.text import in_line, on_page

_OPTIONAL = re.compile(r"\[([^][]*)\]")

SENTENCES = {
    # any gate
    "not-asked": "not asked of a {purpose}",
    "overridden": "overridden by {by}: {reason}; it would say: {otherwise}",
    "no-pull": "GitHub judges it once there is a pull request",
    # why there is no candidate
    "up-to-date": "{present:c} is the newest version it can have",
    "nothing-yet": "no version can come here yet",
    "image-unknown": "the registry does not know {image:c}",
    "history-unreadable": "cannot read the history of {repository}, which orders the versions",
    # from
    "from-registry": "every version in the registry may come here",
    "is-there": "{environment:c} has it since {since}",
    "was-there": "{environment:c} had it, and left it for the newer {successor:c}",
    "not-there": "waits until {environment:c} has it[, which has {now:c} now]",
    "left-unplaced": "{environment:c} left it for {successor:c}, which the order cannot place",
    "rejected-upstream": "{environment:c} does not want it: {how}",
    # checks
    "no-checks-wanted": "the policy asks for none",
    "checks-passed": "{checks:c} passed on {repository}'s commit {commit:c}",
    "checks-pending": "waits for {checks:c} on {repository}'s commit {commit:c}",
    "checks-failed": "{checks:c} failed on {repository}'s commit {commit:c}",
    "source-unknown": "cannot tell which commit {version:c} was built from: {missing:c} is missing",
    "source-unreadable": "cannot read commit {commit:c} of {repository}: is it there, and is the App installed on it?",
    # image
    "image-there": "{image:c} is there as {digest:c} for {platforms}",
    "registry-silent": "cannot ask about {image:c}: {said}",
    "image-missing": "the registry has no {tag:c} of {image:c}",
    "tag-moved": "{tag:c} of {image:c} was {was:c} when first seen, and is {now:c} now",
    "digest-written": "{tag:c} of {image:c} points at {now:c} now; {digest:c} is written, which it was then",
    "platforms-missing": "{image:c} is not there for {missing:c} yet",
    # soak
    "no-soak-wanted": "the policy asks for none",
    "soak-served": "it soaked in {environment:c} for {wanted}",
    "soak-running": "soaks in {environment:c} since {since}, until {until} ({wanted})",
    "soak-not-started": "its {wanted} in {environment:c} have not begun",
    "soak-cut-short": "it left {environment:c} before its {wanted} were over",
    # health
    "no-health-wanted": "the policy asks for none",
    "healthy": "{contexts:c} reports success with {version:c} in {environment:c}",
    "health-unknown": "waits for {contexts:c} to report success with {version:c} in {environment:c}",
    "unhealthy": "{contexts:c} reports failure with {version:c} in {environment:c}[: {said}]",
    # rejected
    "not-rejected": "nobody rejected it here",
    "rejection-lifted": "{how} at {at}[ ({reason})]; it is asked for by name, and may come",
    "rejected": "{version:c} is not wanted here: {how} at {at}[ ({reason})]",
    # downgrade, current
    "first-version": "there is no version that could be read before it",
    "newer": "{version:c} is newer than {present:c}",
    "asked-for": "{version:c} was asked for by name",
    "older": "{version:c} is not newer than {present:c}",
    "not-comparable": "the order cannot compare {version:c} with {present:c}",
    "placed": "the order knows {present:c}",
    "present-unplaced": "{present:c} stands there now, and the order cannot place it",
    # manifests
    "places-found": "every reference can be changed ({count})",
    "manifest-refused": "{at:c} cannot be changed safely: {reason}; it says {seen:c}; {advice}",
    "image-not-found": "found no reference to {images:c} in {folder:c}",
    "versions-differ": "the references do not agree on one version: {held}",
    # hold
    "not-held": "nobody holds it",
    "held": "{holds}",
    "held-not-obeyed": "{holds}; a rollback goes on all the same",
    "records-in-doubt": "it is unknown whether somebody holds it ({problem}); a rollback goes on all the same",
    "records-unreadable": "nothing merges while the records are in doubt: {problem}",
    # windows, freezes
    "always-open": "the policy names no hours",
    "window-open": "within the policy's hours",
    "window-closed": "outside the policy's hours[; the next begin {until}]",
    "window-not-obeyed": "outside the policy's hours[, which begin {until}]; a rollback goes on all the same",
    "no-freeze": "no freeze today",
    "frozen": "frozen until {until}[ ({reason})]",
    "frozen-not-obeyed": "frozen until {until}[ ({reason})]; a rollback goes on all the same",
    # pace
    "latest": "it takes every version at once",
    "nobody-waits": "nothing that follows is still soaking {present:c}",
    "kept-for": "keeps {present:c} while {follower:c} waits for its {awaited}[ until {until}]",
    "kept-until-there": "keeps {present:c} until {follower:c} has it, or rejects it",
    # approvals
    "draft": "the pull request is a draft",
    "changes-requested": "{by} requested changes",
    "no-approvals-wanted": "the policy asks for none",
    "approved": "approved by {by}",
    "approvals-missing": "waits for {missing} from {people}[; approved so far by {given}]"
    "[; the members of {unreadable} cannot be read]",
    # limit
    "no-limit": "the policy sets none",
    "below-limit": "{count} of {limit} merges within {per}",
    "limit-reached": "{count} promotions were merged here within {per}, and the policy allows {limit}; again at {until}",
    # foreign
    "own-bytes": "only the version differs",
    "foreign": "holds what the bot did not write: {what}",
    # protection
    "conflict": "conflicts with {base:c}; it is being rebuilt",
    "behind": "is behind {base:c}; it is being rebuilt",
    "required-failed": "required check {checks:c} failed",
    "required-pending": "waits for required check {checks:c}",
    "review-required": "GitHub requires {reviews} here",
    "not-computed": "GitHub is still computing whether it can merge",
    "github-blocked": "GitHub calls it blocked and does not say why",
    "bypassed": "a rollback may bypass GitHub's own rules here, says the policy",
    "github-content": "GitHub's own rules are met",
}


def on_page_sentence(verdict: Verdict) -> str:
    """The verdict's sentence for a Markdown page."""
    return on_page(_template(verdict), verdict.facts)


def plain_sentence(verdict: Verdict) -> str:
    """The verdict's sentence for a terminal or a title."""
    return in_line(_template(verdict), verdict.facts)


def _template(verdict: Verdict) -> str:
    """The sentence with the optional parts of which every fact is there."""

    def kept(part: re.Match[str]) -> str:
        names = (name for _, name, _, _ in Formatter().parse(part[1]) if name)
        return part[1] if all(verdict.facts[name] for name in names) else ""

    return _OPTIONAL.sub(kept, SENTENCES[verdict.code])
