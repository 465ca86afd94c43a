"""Files in a look: their exact bytes, the policy, and the history on the default branch."""

from datetime import timedelta

import pytest

from bot.core.needs.application import EnvironmentNeeds
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.actors import Actor
from bot.simulator.clock import Clock
from bot.simulator.github.git.store import File
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from tests.github.conftest import BRANCH, DEV, NEW, ONE_REQUEST, PROD, REPOSITORY, Bench, blob_id


async def test_files_come_with_their_exact_bytes(bench: Bench) -> None:
    content = "\ufeffimage: ghcr.io/acme/web:v1.4.1\r\n# é\n".encode()
    bench.world.change("main", {DEV: content})  # type: ignore[dict-item]  # bytes as well

    seen = await bench.observe()

    dev = seen.environments["dev"]
    assert [(file.path, file.blob_id, file.mode) for file in dev.files or ()] == [(DEV, blob_id(content), 0o100644)]
    assert seen.blobs[blob_id(content)] == content
    assert seen.repository.head_oid == bench.world.repository.head()
    assert seen.repository.merge_methods == {"MERGE", "SQUASH", "REBASE"}
    assert seen.unreadable == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a: " + b"x" * 600_000, id="longer than GraphQL sends"),
        pytest.param(b"\x00\x01\x02", id="binary"),
        pytest.param("a: é".encode("latin-1"), id="not UTF-8"),
    ],
)
async def test_bytes_that_graphql_alters_are_fetched_by_rest(bench: Bench, content: bytes) -> None:
    bench.world.change("main", {DEV: content})  # type: ignore[dict-item]  # bytes as well

    seen = await bench.observe()

    assert seen.blobs[blob_id(content)] == content
    assert f"GET /repos/acme/manifests/git/blobs/{blob_id(content)}" in bench.asked()


async def test_executables_and_links_keep_their_modes(bench: Bench) -> None:
    bench.world.repository.commit_files(
        {
            "envs/dev/web/run.sh": File(b"#!/bin/sh\n", mode=0o100755),
            "envs/dev/web/link": File(b"run.sh", mode=0o120000),
        },
        by=bench.world.mona,
    )

    seen = await bench.observe()

    modes = {file.path: file.mode for file in seen.environments["dev"].files or ()}
    assert modes["envs/dev/web/run.sh"] == 0o100755
    assert modes["envs/dev/web/link"] == 0o120000


async def test_a_cold_look_contains_the_texts_of_a_whole_folder(bench: Bench) -> None:
    deep = "envs/dev/web/overlays/eu/west/values.yaml"
    shallow = "envs/dev/web/base/values.yaml"
    bench.world.change("main", {deep: "deep: 1\n", shallow: "shallow: 1\n", "envs/dev/web/README.md": "# Web\n"})
    cold = (EnvironmentNeeds("dev", "envs/dev/web", texts=True, files=()),)

    seen = await bench.observe(environments=cold)

    files = {file.path: file.blob_id for file in seen.environments["dev"].files or ()}
    assert files.keys() == {DEV, deep, shallow, "envs/dev/web/README.md"}
    assert seen.blobs[files[deep]] == b"deep: 1\n"
    assert seen.blobs[files[shallow]] == b"shallow: 1\n"
    assert files["envs/dev/web/README.md"] not in seen.blobs
    bench.forget()

    again = await bench.observe(environments=cold)

    assert bench.asked() == ONE_REQUEST  # what a document does not contain is cached by its id
    assert again.blobs == seen.blobs


async def test_a_folder_can_be_the_root_or_missing(bench: Bench) -> None:
    environments = (
        EnvironmentNeeds("all", "", texts=True, files=(DEV,)),
        EnvironmentNeeds("none", "envs/nowhere", texts=False, files=("envs/nowhere/x.yaml",)),
        EnvironmentNeeds("file", PROD, texts=True, files=()),
    )

    seen = await bench.observe(environments=environments)

    assert {file.path for file in seen.environments["all"].files or ()} >= {DEV, PROD, "README.md"}
    assert seen.environments["none"].files is None
    assert seen.environments["none"].histories["envs/nowhere/x.yaml"].revisions == ()
    assert seen.environments["file"].files is None


async def test_a_file_outside_the_folder_is_listed_if_asked_for(bench: Bench) -> None:
    environments = (EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(PROD,)),)

    seen = await bench.observe(environments=environments)

    assert [file.path for file in seen.environments["dev"].files or ()] == [DEV, PROD]


async def test_blobs_are_asked_for_by_id(bench: Bench) -> None:
    old = bench.world.repository.commit_files({DEV: NEW}, by=bench.world.mona)
    bench.world.change("main", {DEV: "image: ghcr.io/acme/web:v2\n"})
    unknown = "1" * 40

    seen = await bench.observe(
        environments=(), blobs=frozenset({blob_id(NEW), unknown}), commits=frozenset({old, "2" * 40})
    )

    assert seen.blobs[blob_id(NEW)] == NEW
    assert seen.unreadable.keys() == {unknown}
    assert seen.commits.keys() == {old}


async def test_the_policy_is_read_from_the_default_branch_at_any_depth(bench: Bench) -> None:
    written = {
        ".gitops.yml": "version: 1\n",
        ".gitops/prod.yml": "path: x\n",
        ".gitops/applications/web.yml": "image: x\n",
        ".gitops/a/b/c/deep.yml": "deep: 1\n",
    }
    bench.world.change("main", written)
    bench.world.repository.commit_files({".gitops/logo.png": b"\x00" * 11_000_000}, by=bench.world.mona)

    seen = await bench.observe()

    assert seen.policy_files == written, "a large picture beside it does not matter"
    bench.world.change("feature", {".gitops.yml": "version: 2\n"})
    assert (await bench.observe()).policy_files[".gitops.yml"] == "version: 1\n"


async def test_a_policy_is_sent_again_only_where_it_has_changed(bench: Bench) -> None:
    bench.world.change("main", {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: x\n"})
    first = await bench.observe()
    bench.forget()
    same = await bench.observe()
    bench.world.change("main", {".gitops/prod.yml": "path: y\n"})
    changed = await bench.observe()
    again = await bench.github.sweep(SweepNeeds(REPOSITORY))
    bench.world.repository.commit_files({".gitops/prod.yml": None}, by=bench.world.mona)
    gone = await bench.observe()

    assert first.policy_files == same.policy_files == {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: x\n"}
    assert (
        changed.policy_files == again.policy_files == {".gitops.yml": "version: 1\n", ".gitops/prod.yml": "path: y\n"}
    )
    assert gone.policy_files == {".gitops.yml": "version: 1\n"}
    assert first.policy_id == same.policy_id
    assert len({first.policy_id, changed.policy_id, gone.policy_id}) == 3
    counted = bench.github.client.requests
    assert (counted["observe"], counted["sweep"], counted["tree"]) == (4, 1, 1)


@pytest.mark.parametrize("method", list(MergeMethod))
async def test_a_merged_promotion_is_one_revision_whatever_the_method(bench: Bench, method: MergeMethod) -> None:
    opened = await bench.open()
    pull = bench.world.repository.pull(1)
    bench.world.repository.commit_files({DEV: NEW + b"# again\n"}, by=bench.world.mona, branch=BRANCH)
    clock: Clock = bench.world.github.clock
    merged_at = clock.advance(timedelta(hours=2))
    landed = merge(pull, MergeOrder(method=method), by=bench.world.octocat)

    seen = await bench.observe()

    arrival, first = seen.environments["dev"].histories[DEV].revisions
    assert arrival.commit == landed == bench.world.repository.head()
    assert (arrival.at, arrival.by) == (merged_at, Actor("octocat", id=bench.world.octocat.id))
    assert (arrival.pull, arrival.promotion) == (1, True)
    assert arrival.blob_id == blob_id(NEW + b"# again\n")
    assert (first.commit, first.pull, first.promotion) == (opened.repository.head_oid, None, False)
    assert seen.environments["dev"].histories[DEV].complete
    assert seen.environments["dev"].pull is None
    (past,) = seen.environments["dev"].past
    assert (past.number, past.merged, past.closed_at) == (1, True, merged_at)
    assert past.head_blobs == {DEV: blob_id(NEW + b"# again\n")}


async def test_a_long_history_is_marked_incomplete(bench: Bench) -> None:
    for number in range(12):
        bench.world.change("main", {DEV: f"image: ghcr.io/acme/web:v{number}\n"})

    short = (await bench.observe()).environments["dev"].histories[DEV]
    long = (await bench.observe(history=100)).environments["dev"].histories[DEV]

    assert (len(short.revisions), short.complete) == (10, False)
    assert (len(long.revisions), long.complete) == (13, True)


async def test_a_removed_file_has_a_revision_without_a_blob(bench: Bench) -> None:
    bench.world.repository.commit_files({DEV: None}, by=bench.world.mona)

    seen = await bench.observe()

    assert seen.environments["dev"].histories[DEV].revisions[0].blob_id == ""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ""),
        ({"docs/CODEOWNERS": "* @c\n"}, "* @c\n"),
        ({"docs/CODEOWNERS": "* @c\n", "CODEOWNERS": "* @b\n"}, "* @b\n"),
        ({"CODEOWNERS": "* @b\n", ".github/CODEOWNERS": "* @a\n"}, "* @a\n"),
        ({"CODEOWNERS/a": "* @a\n", "docs/CODEOWNERS": "* @c\n"}, "* @c\n"),  # A folder.
        ({"CODEOWNERS": "# " + "x" * 600_000}, "# " + "x" * 600_000),  # GraphQL cuts it.
    ],
)
async def test_codeowners_is_the_first_of_three_files(bench: Bench, files: dict[str, str], expected: str) -> None:
    if files:
        bench.world.repository.commit_files(files, by=bench.world.octocat)

    assert (await bench.observe(owners=True)).code_owners == expected
    assert (await bench.observe()).code_owners is None
