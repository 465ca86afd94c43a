"""Settings of a repository that its administrators change."""

from dataclasses import dataclass
from enum import Enum


class Visibility(Enum):
    """Who may see a repository."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    INTERNAL = "INTERNAL"


@dataclass(slots=True, kw_only=True)
class Settings:
    """Settings with GitHub's defaults; titles and messages in GitHub's words."""

    merge_commit_allowed: bool = True
    squash_merge_allowed: bool = True
    rebase_merge_allowed: bool = True
    auto_merge_allowed: bool = False
    delete_branch_on_merge: bool = False
    allow_update_branch: bool = False
    merge_commit_title: str = "MERGE_MESSAGE"
    merge_commit_message: str = "PR_TITLE"
    squash_merge_commit_title: str = "COMMIT_OR_PR_TITLE"
    squash_merge_commit_message: str = "COMMIT_MESSAGES"
    has_issues: bool = True
