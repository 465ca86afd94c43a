"""The report on a pull request that changes the policy."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.plan import CheckOutcome, ReportCheck
from bot.core.policy import Policy, read
from bot.core.repository.other_pull_requests import POLICY_CHECK, Proposal
from bot.core.repository.proposals.judging import MOST_FROM_A_FORK, judge_proposals
from bot.core.values.errors import PolicyError, Problem
from tests.builders import NOW, oid, sweep, swept_pull

BROKEN = PolicyError((Problem(".gitops.yml", 1, 1, "no"),))
GOOD = """\
version: 1
applications: {web: {image: ghcr.io/acme/web, versions: {semver: '*'}}}
environments: {dev: {path: 'envs/dev/{application}', from: registry}}
"""


def judged(proposal: Proposal, *, policy: Policy | PolicyError | None = None, **seen: Any) -> tuple[ReportCheck, ...]:
    """Return the report, compared with the policy above by default."""
    present = policy or read({".gitops.yml": GOOD})
    return judge_proposals((proposal,), sweep(**seen), present, states={}, now=NOW)


def title_of(text: str, **seen: Any) -> str:
    (report,) = judged(Proposal(oid("words"), changes_it=True, files={".gitops.yml": text}), **seen)
    return report.title


@pytest.mark.parametrize(
    ("files", "unread", "outcome", "title"),
    [
        ({".gitops.yml": GOOD}, "", CheckOutcome.SUCCESS, "the policy is valid"),
        ({}, "", CheckOutcome.SUCCESS, "the policy is removed: nothing is promoted any longer"),
        ({}, "it is too large", CheckOutcome.FAILURE, "the policy cannot be read"),
        (
            {".gitops.yml": GOOD.replace("version: 1", "version: 1\nfoo: 1")},
            "",
            CheckOutcome.FAILURE,
            "1 problem; once merged, nothing changes until they are fixed",
        ),
    ],
)
def test_a_changed_policy_gets_a_report(files: dict[str, str], unread: str, outcome: CheckOutcome, title: str) -> None:
    (report,) = judged(Proposal(oid("words"), changes_it=True, files=files, unread=unread), policy=BROKEN)

    assert (report.name, report.head_oid, report.check_id) == (POLICY_CHECK, oid("words"), None)
    assert (report.outcome, report.title) == (outcome, title)
    assert report.summary
    assert [(note.path, note.line) for note in report.annotations] == (
        [(".gitops.yml", 2)] if "foo" in str(files) else []
    )


def test_a_large_policy_of_a_fork_is_not_read() -> None:
    """Anybody can open such a pull request. From a branch of the repository it is read, whatever its size."""
    words = oid("words")
    proposal = Proposal(words, changes_it=True, files={".gitops.yml": f"{GOOD}#{'ü' * (MOST_FROM_A_FORK // 2)}"})
    pull = swept_pull(branch="idea", number=7, head_oid=words)

    (report,) = judged(proposal, pulls=(replace(pull, is_cross_repository=True),))
    assert (report.outcome, report.title) == (
        CheckOutcome.FAILURE,
        "the policy is too large to be checked from a fork",
    )
    assert report.summary == (
        "The policy files have 32,922 bytes. Of a fork's pull request, at most 32,768 are read. To have it checked, "
        "push the branch to this repository."
    )

    (report,) = judged(proposal, pulls=(pull,))
    assert report.outcome is CheckOutcome.SUCCESS


def test_a_small_policy_of_a_fork_is_read() -> None:
    pull = replace(swept_pull(branch="idea", number=7, head_oid=oid("words")), is_cross_repository=True)

    assert title_of(GOOD, pulls=(pull,)) == "the policy is valid; no promotion or hold would change"


def test_an_outdated_policy_is_not_a_change() -> None:
    assert judged(Proposal(oid("words"), changes_it=False, files={})) == ()


def test_the_report_lists_the_consequences() -> None:
    assert title_of(f"# A word.\n{GOOD}") == "the policy is valid; no promotion or hold would change"
    assert title_of(GOOD.replace("{dev: {path", "{qa: {path")) == (
        "the policy is valid; no promotion or hold would change; not everything is known yet"
    )


def test_the_report_names_whose_values_another_application_comes_to() -> None:
    edit = "edit: [{file: envs/dev/web/app.yaml, path: tag}]"
    text = GOOD.replace("applications: {", f"applications: {{api: {{image: ghcr.io/acme/api, {edit}}}, ")
    (report,) = judged(Proposal(oid("words"), changes_it=True, files={".gitops.yml": text}))

    assert "`web`: files are shared with other applications than before, and a value with two owners" in report.summary


def test_only_newly_abandoned_promotions_are_counted() -> None:
    """And those that are strays already are none of its doing."""
    ours = swept_pull(branch="gitops/dev/web", number=7, is_ours=True)
    stray = swept_pull(branch="gitops/gone/web", number=8, is_ours=True)
    text = GOOD.replace("{dev: {path", "{qa: {path")

    assert title_of(text, pulls=(ours, stray)) == "the policy is valid; would close 1; not everything is known yet"


def test_what_is_a_stray_of_the_present_policy_is_not_counted() -> None:
    """The proposal knows what the present policy does not: nothing is closed by it, whatever is closed today."""
    stray = swept_pull(branch="gitops/gone/web", number=8, is_ours=True)
    ours = swept_pull(branch="gitops/dev/web", number=7, is_ours=True)
    assert "would close" not in title_of(f"# A word.\n{GOOD}", pulls=(stray,))
    assert "would close" not in title_of(f"# A word.\n{GOOD}", pulls=(ours, stray))
