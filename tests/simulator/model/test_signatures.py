"""Signatures: what a branch with required signatures accepts, and GitHub's answer if it cannot verify one."""

from pathlib import Path

import pytest

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.states import MergeState
from bot.simulator.github.model.world.errors import Refused
from bot.simulator.github.model.world.signatures import SignatureState
from tests.simulator.model_world import World, world

SIGNATURE = """query($oid: GitObjectID!) { repository(owner: "acme", name: "manifests") { object(oid: $oid) {
... on Commit { signature { isValid wasSignedByGitHub state signer { login } } } } } }"""
COMMIT = """mutation($branch: String!, $head: GitObjectID!) { createCommitOnBranch(input: {
branch: {repositoryNameWithOwner: "acme/manifests", branchName: $branch}, expectedHeadOid: $head,
message: {headline: $branch}, fileChanges: {additions: [{path: "a", contents: "MQ=="}]}}) { commit { oid } } }"""


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def signed_commit(here: World, branch: str) -> str:
    head = here.repository.find_branch(branch) or here.repository.create_branch(branch, by=here.app.bot)
    oid: str = here.data(COMMIT, {"branch": branch, "head": head})["createCommitOnBranch"]["commit"]["oid"]
    return oid


def signature(here: World, oid: str) -> dict[str, object]:
    found: dict[str, object] = here.data(SIGNATURE, {"oid": oid})["repository"]["object"]["signature"]
    return found


def test_a_branch_with_required_signatures_accepts_only_signed_commits(here: World) -> None:
    # vercel/sandbox#169 and github/gh-aw#29301
    unsigned = here.repository.commit_files({"b": "1"}, by=here.writer, branch="unsigned")
    signed = signed_commit(here, "signed")
    here.repository.protect("release", Protection(source=ProtectionSource.RULESET, signatures=True))
    before = here.repository.create_branch("release", by=here.admin)
    with pytest.raises(Refused, match="Commits must have verified signatures") as refused:
        check_push(here.repository, "refs/heads/release", before=before, after=unsigned, by=here.writer)
    assert unsigned in refused.value.message
    check_push(here.repository, "refs/heads/release", before=before, after=signed, by=here.writer)


def test_unsigned_commits_block_a_merge_and_a_rebase_is_never_signed(here: World) -> None:
    pull = here.promotion()
    here.repository.protect("main", Protection(source=ProtectionSource.RULESET, signatures=True))
    for method in (MergeMethod.MERGE, MergeMethod.SQUASH):
        with pytest.raises(Refused, match="Commits must have verified signatures"):
            merge(pull, MergeOrder(method=method), by=here.writer)
    assert pull.merge_state() is MergeState.BLOCKED
    here.repository.signed.add(pull.head_oid)
    assert pull.merge_state() is MergeState.CLEAN
    with pytest.raises(Refused, match="Rebase merges cannot be automatically signed by GitHub"):
        merge(pull, MergeOrder(method=MergeMethod.REBASE), by=here.writer)
    merge(pull, MergeOrder(), by=here.writer)


@pytest.mark.parametrize(
    "state", [SignatureState.GPGVERIFY_UNAVAILABLE, SignatureState.GPGVERIFY_ERROR, SignatureState.OCSP_PENDING]
)
def test_not_verified_yet_is_neither_valid_nor_forged(here: World, state: SignatureState) -> None:
    # https://docs.github.com/en/graphql/reference/enums#gitsignaturestate
    early = signed_commit(here, "early")
    assert signature(here, early)["isValid"]
    here.github.signature_verification = state
    late = signed_commit(here, "late")

    assert signature(here, late) == {
        "isValid": False, "wasSignedByGitHub": False, "state": state.value, "signer": None,
    }  # fmt: skip
    assert signature(here, early)["state"] == "VALID", "a verification persists"
    here.github.signature_verification = SignatureState.VALID
    assert signature(here, late) == {
        "isValid": True, "wasSignedByGitHub": True, "state": "VALID", "signer": {"login": "web-flow"},
    }  # fmt: skip
    here.github.signature_verification = state
    assert signature(here, late)["state"] == "VALID"
