"""foreign: the pull request's difference is exactly what the bot would write; a merge of base is not foreign.

| pull request | what stands on it                                            | verdict                |
|--------------|--------------------------------------------------------------|------------------------|
| none         | nothing, or what the bot itself left                         | passed `no-pull`       |
| none         | commits of others, on the branch that it would have          | blocked `branch-taken` |
| open         | only the bot's bytes                                         | passed `own-bytes`     |
| open         | the bot's commits, on files or commits that are gone since   | waiting `outdated`     |
| open         | other changes, by a commit whose signature waits             | waiting `unverified`   |
| open         | commits or changes of others                                 | blocked `foreign`      |
| open         | more files than GitHub lists                                 | blocked `files-unread` |
"""

from bot.core.gates.question import Question, blocked, passed, waiting
from bot.core.observation.promotion_branches import branch_of
from bot.core.observation.pull_request import PullRequest
from bot.core.plan import Verdict
from bot.core.records.state_branch import VERIFIED_LATER

NAME = "foreign"
MOST_FILES = "3,000"
"""https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""
SENTENCES = {
    "own-bytes": "only the version changes",
    "outdated": "built on files or commits that {base:c} no longer has; the bot rebuilds it on the current {base:c}",
    "unverified": "GitHub has not verified yet who made the commits",
    "branch-taken": "the branch {branch:c} has commits by others, so no pull request is opened from it",
    "files-unread": "changes {count} files, and GitHub lists only {most} of a pull request, so the bot cannot tell whether "
    "only the version changes",
    "foreign": "contains changes the bot did not make: {what}",
}


def judge(question: Question) -> Verdict:
    """Report what is on the branch that the bot would not write."""
    if question.here.branch_taken:
        branch = question.here.former_branch or branch_of(question.environment.name, question.application.name)
        return blocked(
            NAME, "branch-taken", who=("the person who pushed them, by renaming or deleting the branch",), branch=branch
        )
    if question.promotion is None:
        return passed(NAME, "no-pull")
    if question.promotion.outdated:
        return waiting(NAME, "outdated", base=question.promotion.pull.base)
    if not question.promotion.strangers:
        return _files(question, question.promotion.pull)
    if any(commit.is_unverified for commit in question.promotion.pull.commits):
        return waiting(NAME, "unverified", again_at=question.now + VERIFIED_LATER)
    return blocked(
        NAME,
        "foreign",
        who=(
            "the person who pushed it, by removing it from the branch",
            "anyone with write permission, by closing this pull request",
        ),
        what="; ".join(question.promotion.strangers),
    )


def _files(question: Question, pull: PullRequest) -> Verdict:
    """Return whether every file was seen. Closing the pull request would not help: the next one would be as large."""
    if not pull.files_unread:
        return passed(NAME, "own-bytes")
    who = (f"anyone who can change the policy, by splitting {question.application.name} into smaller applications",)
    return blocked(NAME, "files-unread", who=who, count=f"{pull.changed_files:,}", most=MOST_FILES)
