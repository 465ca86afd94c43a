"""Which files a checkout has: as git would commit them, and without git as they lie there."""

import os
from pathlib import Path

from bot.checkout.checkout import repository_of
from bot.checkout.tree import EXECUTABLE, LARGEST, LINK, REGULAR, Tree, read_tree
from bot.manifests import blob_id
from tests.checkout.repositories import commit, git, write


def ids(tree: Tree) -> dict[str, tuple[str, int]]:
    return {path: (file.blob_id, file.mode) for path, file in tree.files.items()}


def test_git_and_the_disk_tell_the_same(tmp_path: Path) -> None:
    """A folder that is copied out of a repository has the same files."""
    write(tmp_path, {"a/b.yaml": "b: 1\n", "a.yaml": "a: 1\n", "run": "#!/bin/sh\n"})
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link.yaml").symlink_to("a.yaml")

    on_disk = read_tree(tmp_path)
    by_git = read_tree(commit(tmp_path))

    assert ids(on_disk) == ids(by_git)
    assert ids(by_git) == {
        "a.yaml": (blob_id(b"a: 1\n"), REGULAR),
        "a/b.yaml": (blob_id(b"b: 1\n"), REGULAR),
        "link.yaml": (blob_id(b"a.yaml"), LINK),
        "run": (blob_id(b"#!/bin/sh\n"), EXECUTABLE),
    }


def test_what_is_not_committed_counts_and_what_is_ignored_does_not(tmp_path: Path) -> None:
    commit(write(tmp_path, {"kept.yaml": "1", "changed.yaml": "1", "gone.yaml": "1", ".gitignore": "built/\n"}))
    write(tmp_path, {"changed.yaml": "2", "new.yaml": "3", "built/out.yaml": "4"})
    (tmp_path / "gone.yaml").unlink()

    assert {path: blob for path, (blob, _) in ids(read_tree(tmp_path)).items()} == {
        ".gitignore": blob_id(b"built/\n"),
        "changed.yaml": blob_id(b"2"),
        "kept.yaml": blob_id(b"1"),
        "new.yaml": blob_id(b"3"),
    }


def test_a_folder_of_a_repository_has_its_own_paths(tmp_path: Path) -> None:
    commit(write(tmp_path, {"one/a.yaml": "1", "two/a.yaml": "2"}))

    assert list(read_tree(tmp_path / "one").files) == ["a.yaml"]


def test_submodules_and_conflicts_are_no_files(tmp_path: Path) -> None:
    """Both sides of a conflict are in the index; the file on the disk counts."""
    commit(write(tmp_path, {"a.yaml": "base\n"}))
    git(tmp_path, "checkout", "--quiet", "-b", "other")
    commit(write(tmp_path, {"a.yaml": "other\n"}))
    git(tmp_path, "checkout", "--quiet", "-")
    commit(write(tmp_path, {"a.yaml": "mine\n"}))
    merge = ["-c", "user.name=dana", "-c", "user.email=dana@acme.example", "merge", "--quiet", "other"]
    try:
        git(tmp_path, *merge)
    except Exception:  # noqa: BLE001 -- git's way to report the conflict that is wanted here
        conflicted = (tmp_path / "a.yaml").read_bytes()

    assert b"<<<<<<<" in conflicted
    assert ids(read_tree(tmp_path))["a.yaml"][0] == blob_id(conflicted)


def test_huge_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "x" * (LARGEST + 1), "b.yaml": "1"})

    assert list(read_tree(tmp_path).files) == ["b.yaml"]


def test_the_files_below_a_folder(tmp_path: Path) -> None:
    """Neither a longer name nor the folder's own name is below it."""
    tree = read_tree(write(tmp_path, {"a/1.yaml": "", "a/b/2.yaml": "", "a-b/3.yaml": "", "a.yaml": ""}))

    assert [file.path for file in tree.below("a")] == ["a/1.yaml", "a/b/2.yaml"]
    assert [file.path for file in tree.below("a.yaml")] == ["a.yaml"]
    assert [file.path for file in tree.below("")] == ["a-b/3.yaml", "a.yaml", "a/1.yaml", "a/b/2.yaml"]
    assert list(tree.below("z")) == []


def test_the_repository_is_the_one_it_was_cloned_from(tmp_path: Path) -> None:
    assert repository_of(tmp_path) == ""
    git(tmp_path, "init", "--quiet")
    assert repository_of(tmp_path) == ""
    for url in (
        "https://github.com/acme/deploy.git",
        "git@github.com:acme/deploy.git",
        "https://x.example/acme/deploy/",
    ):
        git(tmp_path, "config", "remote.origin.url", url)
        assert repository_of(tmp_path) == "acme/deploy"


def test_a_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    """Nobody can write it into a policy."""
    write(tmp_path, {"ä.yaml": "1", "a b.yaml": "2"})
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text("3")

    assert list(read_tree(tmp_path).files) == ["a b.yaml", "ä.yaml"]
    assert list(read_tree(commit(tmp_path)).files) == ["a b.yaml", "ä.yaml"]
