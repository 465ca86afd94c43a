"""The rows are those of `bot/core/gates/refused.py`."""

import pytest

from bot.core.gates import refused
from bot.core.state import RefusedWrite
from tests.builders import environment_state, promotion, said


def ask(words: str = "No.", *, doing: str = "merge #10", about: int | None = 10, again: bool = False) -> str:
    """With pull request 10 open."""
    opened = promotion(number=10)
    verdict = refused.judge(
        environment_state("dev", promotion=opened, refused=RefusedWrite(doing, words, about, again=again))
    )
    return said(verdict) if verdict else ""


def who(words: str, doing: str = "open") -> str:
    verdict = refused.judge(environment_state("dev", refused=RefusedWrite(doing, words)))
    assert verdict is not None
    return verdict.who[0]


def test_without_a_refusal_it_passes() -> None:
    assert refused.judge(environment_state()) is None


@pytest.mark.parametrize(("about", "expected"), [(10, "blocked github-refused"), (9, ""), (None, "")])
def test_a_refusal_concerns_only_its_pull_request(about: int | None, expected: str) -> None:
    assert ask(about=about) == expected


@pytest.mark.parametrize(("again", "expected"), [(False, ""), (True, "blocked github-refused")])
@pytest.mark.parametrize(
    "words",
    [
        "Base branch was modified. Review and try the merge again.",
        'Expected branch to point to "1a2b" but it did not.',
        # SharezoneApp/sharezone-app#605
        "A pull request has been added to a merge queue. Branches that are queued for merging cannot be updated.",
    ],
)
def test_a_lost_race_is_reported_when_it_repeats(words: str, again: bool, expected: str) -> None:  # noqa: FBT001 -- a column
    assert ask(words, again=again) == expected


@pytest.mark.parametrize(
    ("words", "doing", "person"),
    [
        ("Resource not accessible by integration", "merge", "an owner of the App's installation, by accepting"),
        ("Repository rule violations found\n\nCommits must be signed", "merge", "anyone who may change the rules"),
        ("Pull Request is not mergeable", "merge #1", "anyone who can change the manifests"),
        (
            "Ref cannot be created",
            "create the branch gitops/dev/web",
            "anyone who may delete a branch whose name is a prefix",
        ),
        # googleapis/repo-automation-bots#5551
        (
            "Repository rule violations found Changes must be made through a pull request (ruleset all of acme/manifests)",
            "commit to gitops/dev/web",
            "anyone who may change the rulesets, by excluding `gitops/**`, `gitops-stage/**` and `gitops-state`",
        ),
        # aquasecurity/trivy#10931
        (
            "Reference update failed (ruleset queue of acme/manifests)",
            "create the branch gitops-state",
            "anyone who may change the rulesets, by excluding `gitops/**`",
        ),
        ("Reference update failed", "create the branch gitops/dev/web", "anyone who may delete a branch whose name"),
        # Mergifyio/mergify#2507
        (
            "refusing to allow a GitHub App to update workflow `.github/workflows/ci.yml` without `workflows` permission",
            "merge #1",
            "anyone who can take `.github/workflows` out of the changes, or an owner of the App",
        ),
        # intel/torch-xpu-ops#5487
        (
            "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint instead.",
            "merge #1",
            "anyone with write permission, by taking the pull request out of its stack",
        ),
        ("Something else", "merge #1", "anyone who can fix what GitHub names"),
    ],
)
def test_who_can_act_is_named(words: str, doing: str, person: str) -> None:
    assert who(words, doing).startswith(person)
