"""REST: blobs, trees, commits, refs, contents, comparisons."""

import base64
from typing import Any

import pytest

from bot.simulator.github.git.store import EXECUTABLE, File
from bot.simulator.github.model.protection.protection import Protection
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
PATH = "envs/dev/web/deployment.yaml"


async def test_blobs_as_json_and_raw(world: World) -> None:
    made = await world.as_bot.post(
        f"{REPOSITORY}/git/blobs", {"content": base64.b64encode(b"\xff\x00" * 50).decode(), "encoding": "base64"}
    )
    oid = made.body["sha"]

    shown = await world.as_bot.get(f"{REPOSITORY}/git/blobs/{oid}")
    raw = await world.as_bot.get(f"{REPOSITORY}/git/blobs/{oid}", Accept="application/vnd.github.raw+json")

    assert made.status == 201
    assert base64.b64decode(shown.body["content"]) == b"\xff\x00" * 50
    assert (shown.body["size"], shown.body["encoding"]) == (100, "base64")
    assert raw.body == b"\xff\x00" * 50
    assert (await world.as_bot.get(f"{REPOSITORY}/git/blobs/{'0' * 40}")).status == 404


async def test_trees_by_branch_commit_and_id(world: World) -> None:
    head = world.repository.head()
    tree = world.repository.store.commit(head).tree

    flat = (await world.as_bot.get(f"{REPOSITORY}/git/trees/{tree}")).body
    deep = (await world.as_bot.get(f"{REPOSITORY}/git/trees/main?recursive=1")).body

    assert [entry["path"] for entry in flat["tree"]] == ["README.md", "envs"]
    assert PATH in [entry["path"] for entry in deep["tree"]]
    assert (await world.as_bot.get(f"{REPOSITORY}/git/trees/{head}?recursive=true")).body == deep
    assert deep["truncated"] is False
    assert {entry["type"] for entry in deep["tree"]} == {"blob", "tree"}


async def test_a_commit_with_modes_kept_is_made_in_four_steps(world: World) -> None:
    world.repository.commit_files({"run.sh": File(b"#!/bin/sh\n", EXECUTABLE)}, by=world.mona)
    bot, head = world.as_bot, world.repository.head()
    base = world.repository.store.commit(head).tree

    blob = (await bot.post(f"{REPOSITORY}/git/blobs", {"content": "#!/bin/bash\n", "encoding": "utf-8"})).body["sha"]
    entries: list[dict[str, Any]] = [
        {"path": "run.sh", "mode": "100755", "type": "blob", "sha": blob},
        {"path": "new/file", "mode": "100644", "type": "blob", "content": "text\n"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = (await bot.post(f"{REPOSITORY}/git/trees", {"base_tree": base, "tree": entries})).body["sha"]
    commit = (await bot.post(f"{REPOSITORY}/git/commits", {"message": "By hand", "tree": tree, "parents": [head]})).body
    ref = await bot.post(f"{REPOSITORY}/git/refs", {"ref": "refs/heads/gitops/dev/web", "sha": commit["sha"]})

    listed = (await bot.get(f"{REPOSITORY}/git/trees/gitops%2Fdev%2Fweb?recursive=1")).body["tree"]
    assert {entry["path"]: entry["mode"] for entry in listed if entry["type"] == "blob"} == {
        "envs/dev/web/deployment.yaml": "100644",
        "envs/prod/web/deployment.yaml": "100644",
        "new/file": "100644",
        "run.sh": "100755",
    }
    assert ref.body["object"]["sha"] == commit["sha"]
    assert commit["verification"]["verified"]
    assert commit["author"]["name"] == "gitops-bot[bot]"
    assert commit["author"]["email"] == f"{world.app.bot.id}+gitops-bot[bot]@users.noreply.github.com"
    assert commit["committer"]["name"] == "GitHub"


async def test_a_tree_takes_whole_folders(world: World) -> None:
    store = world.repository.store
    head = store.commit(world.repository.head()).tree
    dev = store.entry(head, "envs/dev")
    assert dev is not None
    entries = [
        {"path": "envs/prod", "mode": "040000", "type": "tree", "sha": dev.oid},
        {"path": "envs/dev", "mode": "040000", "type": "tree", "sha": None},
    ]

    made = await world.as_bot.post(f"{REPOSITORY}/git/trees", {"base_tree": head, "tree": entries})

    assert [entry.path for entry in store.walk_tree(made.body["sha"])] == [
        "README.md", "envs", "envs/prod", "envs/prod/web", "envs/prod/web/deployment.yaml",
    ]  # fmt: skip
    moved = store.entry(made.body["sha"], "envs/prod")
    assert moved is not None
    assert moved.oid == dev.oid


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("blobs", {"content": "a", "encoding": "base64"}, 422, "Invalid base64 content"),
        ("trees", {"tree": []}, 422, '"tree" wasn\'t supplied.'),
        ("trees", {"base_tree": "0" * 40, "tree": [{"path": "a", "content": ""}]}, 404, "Not Found"),
        ("trees", {"tree": [{"path": "a", "mode": "777", "content": ""}]}, 422, "tree.mode is not valid"),
        ("trees", {"tree": [{"path": "a", "mode": "100644", "sha": "0" * 40}]}, 422, "is not a valid blob"),
        ("trees", {"tree": ["a"]}, 422, "For 'items', \"a\" is not an object."),
        ("commits", {"message": "m", "tree": "0" * 40}, 422, "Tree SHA does not exist"),
        ("commits", {"message": "m", "tree": "TREE", "parents": ["0" * 40]}, 422, "Parent SHA does not exist"),
    ],
)
async def test_invalid_objects_are_refused(
    world: World, path: str, body: dict[str, Any], status: int, message: str
) -> None:
    tree = world.repository.store.commit(world.repository.head()).tree
    sent = {name: tree if value == "TREE" else value for name, value in body.items()}

    reply = await world.as_bot.post(f"{REPOSITORY}/git/{path}", sent)

    assert reply.status == status
    assert message in reply.body["message"]


async def test_missing_objects_are_not_found(world: World) -> None:
    bot = world.as_bot

    for path in ("commits/" + "0" * 40, "trees/" + "0" * 40, "trees/nothing", "blobs/" + world.repository.head()):
        assert (await bot.get(f"{REPOSITORY}/git/{path}")).status == 404
    assert (await bot.get(f"{REPOSITORY}/commits/HEAD")).body["sha"] == world.repository.head()
    assert (await bot.get(f"{REPOSITORY}/commits/{world.repository.head()[:8]}")).status == 200
    assert (await bot.patch(f"{REPOSITORY}/git/refs/heads/nothing", {"sha": world.repository.head()})).status == 422


async def test_a_commit_with_an_author_of_ones_own_is_not_signed(world: World) -> None:
    tree = world.repository.store.commit(world.repository.head()).tree
    author = {"name": "Mona", "email": "mona@example.com", "date": "2026-11-20T10:00:00Z"}

    made = await world.as_bot.post(
        f"{REPOSITORY}/git/commits", {"message": "m", "tree": tree, "parents": [], "author": author}
    )

    assert made.body["author"] == author
    assert made.body["verification"]["reason"] == "unsigned"
    assert (await world.as_bot.get(f"{REPOSITORY}/git/commits/{made.body['sha']}")).body == made.body


async def test_refs_are_made_moved_and_removed(world: World) -> None:
    bot, first = world.as_bot, world.repository.head()
    second = world.change("main")

    made = await bot.post(f"{REPOSITORY}/git/refs", {"ref": "refs/heads/a/b", "sha": first})
    moved = await bot.patch(f"{REPOSITORY}/git/refs/heads/a/b", {"sha": second})
    back = await bot.patch(f"{REPOSITORY}/git/refs/heads/a/b", {"sha": first})
    forced = await bot.patch(f"{REPOSITORY}/git/refs/heads/a/b", {"sha": first, "force": True})
    matching = await bot.get(f"{REPOSITORY}/git/matching-refs/heads/a")
    shown = await bot.get(f"{REPOSITORY}/git/ref/heads/a/b")
    removed = await bot.delete(f"{REPOSITORY}/git/refs/heads/a/b")
    again = await bot.delete(f"{REPOSITORY}/git/refs/heads/a/b")

    assert (made.status, moved.status, forced.status, removed.status) == (201, 200, 200, 204)
    assert (back.status, back.body["message"]) == (422, "Update is not a fast forward")
    assert [one["ref"] for one in matching.body] == ["refs/heads/a/b"]
    assert shown.body["object"] == {
        "type": "commit",
        "sha": first,
        "url": f"{world.running.url}{REPOSITORY}/git/commits/{first}",
    }
    assert (again.status, again.body["message"]) == (422, "Reference does not exist")
    assert (await bot.get(f"{REPOSITORY}/git/ref/heads/a/b")).status == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ref": "refs/heads/main", "sha": "HEAD"}, "Reference already exists"),
        ({"ref": "refs/heads/x", "sha": "0" * 40}, "Object does not exist"),
        ({"ref": "refs/heads/x", "sha": "1234"}, "must be exactly 40 characters"),
        ({"ref": "refs/heads/a..b", "sha": "HEAD"}, "Reference name is not valid"),
        ({"ref": "main", "sha": "HEAD"}, "Reference name must start with 'refs/'"),
        ({"ref": "refs/heads/x"}, '"sha" wasn\'t supplied.'),
        ({"ref": 1, "sha": "HEAD"}, "For 'properties/ref', 1 is not a string."),
    ],
)
async def test_invalid_refs_are_refused(world: World, body: dict[str, Any], message: str) -> None:
    sent = {name: world.repository.head() if value == "HEAD" else value for name, value in body.items()}

    reply = await world.as_bot.post(f"{REPOSITORY}/git/refs", sent)

    assert reply.status == 422
    assert message in reply.body["message"]


async def test_protection_stops_refs_too(world: World) -> None:
    world.repository.protect("main", Protection(approvals=1))
    other = world.change("other")

    moved = await world.as_bot.patch(f"{REPOSITORY}/git/refs/heads/main", {"sha": other})
    removed = await world.as_bot.delete(f"{REPOSITORY}/git/refs/heads/main")

    assert (moved.status, moved.body["message"]) == (422, "Changes must be made through a pull request.")
    assert removed.status == 422


async def test_contents_of_files_and_folders(world: World) -> None:
    bot = world.as_bot
    world.repository.commit_files({"link": File(b"README.md", 0o120000)}, by=world.mona)

    file = (await bot.get(f"{REPOSITORY}/contents/{PATH}")).body
    folder = (await bot.get(f"{REPOSITORY}/contents/envs")).body
    raw = await bot.get(f"{REPOSITORY}/contents/{PATH}?ref=main", Accept="application/vnd.github.raw")

    assert base64.b64decode(file["content"]) == b"image: ghcr.io/acme/web:v1.4.1\n" == raw.body
    assert file["sha"] == world.repository.store.write_blob(raw.body)
    assert [(one["name"], one["type"]) for one in folder] == [("dev", "dir"), ("prod", "dir")]
    assert [one["type"] for one in (await bot.get(f"{REPOSITORY}/contents")).body] == ["file", "dir", "symlink"]
    assert (await bot.get(f"{REPOSITORY}/contents/link")).body["target"] == "README.md"
    assert (await bot.get(f"{REPOSITORY}/readme")).body["name"] == "README.md"
    assert (await bot.get(f"{REPOSITORY}/contents/nothing")).status == 404
    assert (await bot.get(f"{REPOSITORY}/contents/envs?ref=nothing")).status == 404


async def test_large_files_come_without_content(world: World) -> None:
    world.repository.commit_files({"large": b"x" * (1024 * 1024 + 1)}, by=world.mona)

    shown = (await world.as_bot.get(f"{REPOSITORY}/contents/large")).body
    raw = await world.as_bot.get(f"{REPOSITORY}/contents/large", Accept="application/vnd.github.v3.raw")

    assert (shown["content"], shown["encoding"]) == ("", "none")
    assert len(raw.body) == shown["size"] == 1024 * 1024 + 1


async def test_contents_are_written_one_file_at_a_time(world: World) -> None:
    mona, content = world.as_user(world.mona), base64.b64encode(b"text\n").decode()

    made = await mona.put(f"{REPOSITORY}/contents/new/file", {"message": "Add", "content": content})
    sha = made.body["content"]["sha"]
    without = await mona.put(f"{REPOSITORY}/contents/new/file", {"message": "Change", "content": content})
    stale = await mona.put(
        f"{REPOSITORY}/contents/new/file", {"message": "Change", "content": content, "sha": "0" * 40}
    )
    changed = await mona.put(f"{REPOSITORY}/contents/new/file", {"message": "Change", "content": "", "sha": sha})
    removed = await mona.delete(
        f"{REPOSITORY}/contents/new/file", {"message": "Remove", "sha": changed.body["content"]["sha"]}
    )

    assert (made.status, changed.status, removed.status) == (201, 200, 200)
    assert made.body["commit"]["verification"]["verified"]
    assert "wasn't supplied" in without.body["message"]
    assert stale.status == 409
    assert removed.body["content"] is None
    assert world.repository.store.file(world.repository.head(), "new/file") is None


async def test_commits_and_comparisons(world: World) -> None:
    base = world.repository.head()
    head = world.change("change", {PATH: "image: ghcr.io/acme/web:v1.5.0\n"})
    bot = world.as_bot

    listed = (await bot.get(f"{REPOSITORY}/commits?sha=change&path={PATH}")).body
    shown = (await bot.get(f"{REPOSITORY}/commits/change")).body
    ahead = (await bot.get(f"{REPOSITORY}/compare/main...change")).body
    behind = (await bot.get(f"{REPOSITORY}/compare/change...main")).body
    world.change("main", {"README.md": "#\n"})
    diverged = (await bot.get(f"{REPOSITORY}/compare/acme:main...change")).body
    sha = await bot.get(f"{REPOSITORY}/commits/change", Accept="application/vnd.github.sha")

    assert [one["sha"] for one in listed] == [head, base]
    assert shown["files"][0]["filename"] == PATH
    assert shown["stats"] == {"total": 2, "additions": 1, "deletions": 1}
    assert shown["author"]["login"] == "mona"
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"]) == ("ahead", 1, 0)
    assert ahead["files"][0]["patch"].startswith("@@ ")
    assert behind["status"] == "behind"
    assert diverged["status"] == "diverged"
    assert diverged["merge_base_commit"]["sha"] == base
    assert sha.body.decode() == head
    assert (await bot.get(f"{REPOSITORY}/compare/main...main")).body["status"] == "identical"
    assert (await bot.get(f"{REPOSITORY}/compare/main...nothing")).status == 404
    missing = await bot.get(f"{REPOSITORY}/commits/nothing")
    assert (missing.status, missing.body["message"]) == (422, "No commit found for SHA: nothing")


async def test_merging_branches_without_a_pull_request(world: World) -> None:
    head = world.change("change")
    bot = world.as_bot

    merged = await bot.post(f"{REPOSITORY}/merges", {"base": "main", "head": "change", "commit_message": "Merge"})
    again = await bot.post(f"{REPOSITORY}/merges", {"base": "main", "head": head})
    world.change("one", {PATH: "image: one\n"})
    world.change("two", {PATH: "image: two\n"})
    conflict = await bot.post(f"{REPOSITORY}/merges", {"base": "one", "head": "two"})
    nowhere = await bot.post(f"{REPOSITORY}/merges", {"base": "nothing", "head": "two"})
    nothing = await bot.post(f"{REPOSITORY}/merges", {"base": "main", "head": "nothing"})

    assert merged.status == 201
    assert [parent["sha"] for parent in merged.body["parents"]][1] == head
    assert (again.status, again.body) == (204, b"")
    assert (conflict.status, conflict.body["message"]) == (409, "Merge conflict")
    assert (nowhere.status, nowhere.body["message"]) == (404, "Base does not exist")
    assert (nothing.status, nothing.body["message"]) == (404, "Head does not exist")


async def test_workflow_files_need_a_permission_of_their_own(world: World) -> None:
    # IAreKyleW00t/verified-bot-commit#331: the tree is refused already
    entry = {"path": ".github/workflows/ci.yml", "mode": "100644", "type": "blob", "content": "on: push\n"}

    by_bot = await world.as_bot.post(f"{REPOSITORY}/git/trees", {"tree": [entry]})
    by_person = await world.as_user(world.mona).post(f"{REPOSITORY}/git/trees", {"tree": [entry]})
    file = {"message": "CI", "content": "b246IHB1c2gK"}
    written = await world.as_bot.put(f"{REPOSITORY}/contents/.github/workflows/ci.yml", file)

    for reply in (by_bot, written):
        assert (reply.status, reply.body["message"]) == (403, "Resource not accessible by integration")
    assert by_person.status == 201


async def test_pull_request_refs_are_hidden(world: World) -> None:
    pull, tip = world.open_pull(), world.repository.head()
    ref = f"refs/pull/{pull.number}/head"

    made = await world.as_bot.post(f"{REPOSITORY}/git/refs", {"ref": "refs/pull/99/head", "sha": tip})
    moved = await world.as_bot.patch(f"{REPOSITORY}/git/{ref}", {"sha": tip, "force": True})
    removed = await world.as_bot.delete(f"{REPOSITORY}/git/{ref}")

    assert {reply.status for reply in (made, moved, removed)} == {422}
    assert world.repository.store.ref(ref) == pull.head_oid
