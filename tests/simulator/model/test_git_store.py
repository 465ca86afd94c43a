"""The git layer, held to git itself."""

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.simulator.github.git.history import ChangeKind, History
from bot.simulator.github.git.store import EXECUTABLE, LINK, ZERO, EntryKind, File, GitStore, Person, RefMoved

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOMEBODY = Person("Somebody", "somebody@example.com", AT)


@pytest.fixture
def store(tmp_path: Path) -> GitStore:
    return GitStore(tmp_path / "some.git")


def git(store: GitStore, *arguments: str) -> str:
    command = ["git", "-C", str(store.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def commit(
    store: GitStore, parents: list[str], files: dict[str, bytes | None], *, at: datetime = AT, message: str = "change"
) -> str:
    base = store.commit(parents[0]).tree if parents else None
    tree = store.write_tree(base, {path: None if body is None else File(body) for path, body in files.items()})
    person = Person("Somebody", "somebody@example.com", at)
    return store.write_commit(tree=tree, parents=parents, message=message, author=person, committer=person)


class TestObjects:
    def test_blob_ids_are_gits(self, store: GitStore) -> None:
        assert store.write_blob(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"

    def test_what_is_written_is_clean_and_can_be_cloned(self, store: GitStore, tmp_path: Path) -> None:
        first = commit(store, [], {"a/b/c.yaml": b"1\n", "top": b"t\n"})
        store.move_ref("refs/heads/main", before=None, after=commit(store, [first], {"a/b/c.yaml": b"2\n"}))
        git(store, "fsck", "--strict")
        git(store, "clone", "-q", str(store.path), str(tmp_path / "clone"))
        assert (tmp_path / "clone/a/b/c.yaml").read_bytes() == b"2\n"

    def test_modes_are_kept_and_folders_come_and_go(self, store: GitStore) -> None:
        tree = store.write_tree(
            None, {"run.sh": File(b"#!/bin/sh\n", EXECUTABLE), "link": File(b"run.sh", LINK), "a/b/c": File(b"c")}
        )
        assert {entry.path: entry.mode for entry in store.walk_tree(tree) if entry.kind is EntryKind.BLOB} == {
            "a/b/c": 0o100644, "link": 0o120000, "run.sh": 0o100755,
        }  # fmt: skip
        without = store.write_tree(tree, {"a/b/c": None})
        assert [entry.path for entry in store.walk_tree(without)] == ["link", "run.sh"]
        assert store.write_tree(without, {"link": None, "run.sh": None, "not/there": None}) == store.empty_tree()

    def test_a_file_may_become_a_folder(self, store: GitStore) -> None:
        tree = store.write_tree(store.write_tree(None, {"a": File(b"file")}), {"a/b": File(b"inside")})
        found = store.entry(tree, "a/b")
        assert found is not None
        assert store.blob(found.oid) == b"inside"

    def test_looking_where_nothing_is(self, store: GitStore) -> None:
        tree = store.write_tree(None, {"a/b": File(b"x")})
        assert [store.entry(tree, path) for path in ("c", "a/c", "a/b/c", "c/d")] == [None] * 4
        assert store.object_kind("f" * 40) is None
        assert not store.has_commit(tree)
        with pytest.raises(KeyError):
            store.commit(tree)

    def test_a_commit_comes_back_as_it_was_written(self, store: GitStore) -> None:
        berlin = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=1)))
        oid = store.write_commit(
            tree=store.empty_tree(), parents=[], message="headline\n\nbody\n", committer=SOMEBODY,
            author=Person("Ünï", "u@example.com", berlin),
        )  # fmt: skip
        found = store.commit(oid)
        assert (found.headline, found.body) == ("headline", "body")
        assert (found.author.name, found.author.at.isoformat()) == ("Ünï", "2026-11-23T10:00:00+01:00")
        assert found.committer == SOMEBODY


class TestRefs:
    def test_compare_and_swap(self, store: GitStore) -> None:
        one = commit(store, [], {"a": b"1"})
        two = commit(store, [one], {"a": b"2"})
        store.move_ref("refs/heads/main", before=None, after=one)
        with pytest.raises(RefMoved) as moved:
            store.move_ref("refs/heads/main", before=two, after=two)
        assert moved.value.actual == one
        with pytest.raises(RefMoved):
            store.move_ref("refs/heads/main", before=None, after=two)
        store.move_ref("refs/heads/main", before=one, after=two)
        assert store.refs("refs/heads/") == [("refs/heads/main", two)]
        store.move_ref("refs/heads/main", before=two, after=None)
        assert store.ref("refs/heads/main") is None

    def test_a_push_by_git_is_seen(self, store: GitStore) -> None:
        one = commit(store, [], {"a": b"1"})
        store.move_ref("refs/heads/main", before=None, after=one)
        two = commit(store, [one], {"a": b"2"})
        git(store, "update-ref", "refs/heads/main", two)
        git(store, "pack-refs", "--all")
        assert store.ref("refs/heads/main") == two

    def test_bad_names_are_nowhere(self, store: GitStore) -> None:
        assert store.ref("refs/heads/a..b") is None
        assert not store.valid_ref_name("refs/heads/a b")


class TestHistory:
    def test_the_promotion_branchs_commit_is_shown_and_not_its_merge(self, store: GitStore) -> None:
        history = History(store)
        root = commit(store, [], {"envs/dev": b"1", "other": b"x"})
        on_branch = commit(store, [root], {"envs/dev": b"2"})
        on_main = commit(store, [root], {"other": b"y"})
        tree = history.merged_tree(on_main, on_branch)
        assert tree is not None
        merge = store.write_commit(
            tree=tree, parents=[on_main, on_branch], message="Merge", author=SOMEBODY, committer=SOMEBODY
        )
        assert list(history.log(merge, "envs/dev")) == [on_branch, root]
        assert list(history.log(merge, "envs/nothing")) == []
        assert set(history.log(merge)) == {merge, on_main, on_branch, root}
        assert history.log(merge, "envs/dev").page(1, 5) == [root]
        assert len(history.log(merge)) == 4

    def test_of_one_second_children_come_first(self, store: GitStore) -> None:
        root = commit(store, [], {"a": b"0"})
        left = commit(store, [root], {"a": b"1"})
        right = commit(store, [left], {"b": b"1"})
        merge = commit(store, [left, right], {"c": b"1"})
        shown = list(History(store).log(merge))
        assert shown.index(right) < shown.index(left) < shown.index(root)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(world=some.data())
    def test_path_histories_and_ranges_are_gits(self, tmp_path: Path, world: some.DataObject) -> None:
        store = GitStore(Path(tempfile.mkdtemp(dir=tmp_path)) / "some.git")
        history, commits = History(store), [commit(store, [], {"a": b"0", "d/b": b"0"}, message="0")]
        contents = some.dictionaries(
            some.sampled_from(["a", "d/b", "d/c"]), some.sampled_from([b"0", b"1", b"2", None]), max_size=2
        )
        for number in range(1, world.draw(some.integers(3, 12))):
            parents = world.draw(some.lists(some.sampled_from(commits[-4:]), min_size=1, max_size=2, unique=True))
            files: dict[str, bytes | None] = world.draw(contents)
            commits.append(commit(store, parents, files, at=AT + timedelta(minutes=number), message=str(number)))
        for path in ("a", "d", "d/c"):
            assert (
                list(history.log(commits[-1], path))
                == git(store, "log", "--format=%H", commits[-1], "--", path).split()
            )
        assert list(history.log(commits[-1])) == git(store, "log", "--format=%H", commits[-1]).split()
        base, head = world.draw(some.sampled_from(commits)), commits[-1]
        assert set(history.between(base, head)) == set(git(store, "rev-list", f"{base}..{head}").split())
        assert history.is_ancestor(base, of=head) == (not git(store, "rev-list", f"{head}..{base}").split())


class TestMerging:
    def test_conflicts(self, store: GitStore) -> None:
        history = History(store)
        root = commit(store, [], {"a": b"1\n", "b": b"1\n"})
        ours, theirs = commit(store, [root], {"a": b"2\n"}), commit(store, [root], {"a": b"3\n"})
        assert history.merged_tree(ours, theirs) is None
        assert history.rebased([theirs], onto=ours, committer=SOMEBODY) is None
        apart = commit(store, [root], {"b": b"3\n"})
        merged = history.merged_tree(ours, apart)
        assert merged == git(store, "merge-tree", "--write-tree", ours, apart).strip()

    def test_rebasing_keeps_author_and_message(self, store: GitStore) -> None:
        history = History(store)
        root = commit(store, [], {"a": b"1\n", "b": b"1\n"})
        ours, theirs = commit(store, [root], {"a": b"2\n"}), commit(store, [root], {"b": b"3\n"}, message="theirs")
        later = Person("GitHub", "noreply@github.com", AT + timedelta(hours=1))
        tip = store.commit(history.rebased([theirs], onto=ours, committer=later) or "")
        assert (tip.parents, tip.message, tip.author, tip.committer) == ((ours,), "theirs", SOMEBODY, later)

    def test_changes(self, store: GitStore) -> None:
        body = b"".join(b"line %d\n" % number for number in range(30))
        before = commit(store, [], {"old": body, "kept": b"1\n", "gone": b"x\n"})
        after = commit(store, [before], {"old": None, "new": body, "kept": b"2\n", "gone": None, "bin": b"\0\1"})
        changes = {change.path: change for change in History(store).changes(before, after)}
        assert {path: change.kind for path, change in changes.items()} == {
            "new": ChangeKind.RENAMED, "kept": ChangeKind.MODIFIED, "gone": ChangeKind.REMOVED, "bin": ChangeKind.ADDED,
        }  # fmt: skip
        assert changes["new"].previous_path == "old"
        assert changes["kept"].patch == "@@ -1 +1 @@\n-1\n+2"
        assert (changes["kept"].additions, changes["kept"].deletions) == (1, 1)
        assert changes["bin"].patch is None
        assert {change.kind for change in History(store).changes(None, before)} == {ChangeKind.ADDED}

    def test_a_forks_commits_can_be_fetched(self, store: GitStore, tmp_path: Path) -> None:
        fork = GitStore(tmp_path / "fork.git")
        oid = commit(fork, [], {"a": b"1"})
        fork.move_ref("refs/heads/main", before=None, after=oid)
        store.fetch(fork, "refs/heads/main")
        assert store.has_commit(oid)
        assert store.refs() == []
        assert ZERO == "0" * 40
