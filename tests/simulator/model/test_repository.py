"""Repositories: pushes and what they tell, people's roles, labels, protection of branches."""

from pathlib import Path

import pytest

from bot.simulator.github.access import rules
from bot.simulator.github.access.auth import Caller
from bot.simulator.github.git.store import ZERO, File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.events import CheckRunEvent, CreateEvent, Event, PushEvent
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource, covers
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.model.world.ids import Kind, node_id, parse_node_id
from tests.simulator.model_world import World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    made = world(tmp_path)
    made.hush()
    return made


class TestPushes:
    def test_a_new_branch_is_created_then_pushed(self, here: World) -> None:
        before = here.repository.head()
        after = here.repository.commit_files({"a": "1"}, by=here.writer, branch="topic", message="add a")
        created, pushed, _ = here.told
        assert isinstance(created, CreateEvent)
        assert created.name == "topic"
        assert isinstance(pushed, PushEvent)
        assert (pushed.ref, pushed.before, pushed.after, pushed.forced) == ("refs/heads/topic", ZERO, after, False)
        assert pushed.commits == (after,)
        assert here.repository.store.commit(after).parents == (before,)

    def test_force_pushes_and_deletions(self, here: World) -> None:
        base = here.repository.head()
        one = here.repository.commit_files({"a": "1"}, by=here.writer, branch="topic")
        here.hush()
        here.repository.move_ref("refs/heads/topic", before=one, after=base, by=here.writer)
        here.repository.delete_branch("topic", by=here.writer)
        assert here.heard() == ["PushEvent", "DeleteEvent", "PushEvent"]
        forced = here.told[0]
        assert isinstance(forced, PushEvent)
        assert forced.forced
        gone = here.told[-1]
        assert isinstance(gone, PushEvent)
        assert (gone.after, gone.commits) == (ZERO, ())

    def test_renaming_takes_protections_and_open_pull_requests_along(self, here: World) -> None:
        repository, merged = here.repository, here.promotion("gitops/dev/web")
        open_one = here.promotion("gitops/dev/api", version="v1.6.0")
        merge(merged, MergeOrder(), by=here.writer)
        repository.protect("main", Protection(checks=("build",)))
        here.hush()
        tip = repository.head()

        repository.rename_branch("main", "trunk", by=here.admin)

        assert (repository.default_branch, repository.head(), repository.find_branch("main")) == ("trunk", tip, None)
        assert (open_one.base_ref, open_one.state, merged.base_ref) == ("trunk", State.OPEN, "main")
        assert [found.pattern for found in repository.protections] == ["trunk"]
        assert here.heard() == ["CreateEvent", "DeleteEvent", "PullRequestEvent edited", "RepositoryEvent edited"]
        assert (here.told[-1].changes, here.told[-2].changes) == ((("default_branch", "main"),), (("base", "main"),))  # type: ignore[attr-defined]
        with pytest.raises(Refused, match="already exists"):
            repository.rename_branch("gitops/dev/api", "trunk", by=here.admin)

        repository.rename_branch("gitops/dev/api", "mine", by=here.writer)
        assert (open_one.state, repository.default_branch) == (State.CLOSED, "trunk")

    def test_a_push_by_git_is_told_afterwards(self, here: World) -> None:
        seen = here.repository.refs_seen()
        store = here.repository.store
        oid = store.write_commit(
            tree=store.empty_tree(), parents=[here.repository.head()], message="by git",
            author=here.github.person(here.writer), committer=here.github.person(here.writer),
        )  # fmt: skip
        store.move_ref("refs/heads/main", before=here.repository.head(), after=oid)
        here.repository.receive(seen, by=here.writer)
        assert here.heard() == ["PushEvent"]
        assert here.told[0].actor is here.writer

    def test_a_ref_that_moved_in_between_is_refused(self, here: World) -> None:
        head = here.repository.head()
        one = here.repository.commit_files({"a": "1"}, by=here.writer)
        with pytest.raises(Refused) as refused:
            here.repository.move_ref("refs/heads/main", before=head, after=one, by=here.writer)
        assert refused.value.reason is Reason.STALE_DATA
        with pytest.raises(Refused, match="already exists") as twice:
            here.repository.create_branch("main", by=here.writer)
        assert twice.value.rest_message == "Reference already exists"

    def test_commits_by_people_carry_their_no_reply_address(self, here: World) -> None:
        oid = here.repository.commit_files({"x.sh": File(b"#!", 0o100755)}, by=here.app.bot)
        author = here.repository.store.commit(oid).author
        assert author.email == f"{here.app.bot.id}+gitops-bot[bot]@users.noreply.github.com"
        assert here.github.account_by_email(author.email) is here.app.bot
        assert here.github.account_by_email("noreply@github.com") is here.github.web_flow
        assert here.github.account_by_email("somebody@example.com") is None


class TestEvents:
    def test_what_a_listener_changes_is_told_after_what_it_heard(self, here: World) -> None:
        order: list[str] = []

        def ci(event: PushEvent) -> None:
            here.check(event.after, "build", None)

        here.github.events.on(PushEvent, ci)

        def last(event: Event) -> None:
            order.append(type(event).__name__)

        stop = here.github.listen(last)
        here.repository.commit_files({"a": "1"}, by=here.writer)
        assert order == ["PushEvent", "CheckRunEvent", "CheckSuiteEvent"]
        stop()
        revision = here.github.events.revision
        here.repository.commit_files({"a": "2"}, by=here.writer)
        assert len(order) == 3
        assert here.github.events.revision == revision + 3
        assert isinstance(here.told[-2], CheckRunEvent)


class TestPeople:
    def test_roles_come_from_the_best_way_in(self, here: World) -> None:
        stranger, owner = here.github.user("stranger"), here.github.user("owner")
        team = here.acme.team("sre", here.reader)
        child = here.acme.team("oncall", stranger, parent=team)
        assert here.repository.role_of(here.reader) is Role.READ
        here.repository.grant(team, Role.MAINTAIN)
        assert here.repository.role_of(here.reader) is Role.MAINTAIN
        assert here.repository.role_of(stranger) is Role.MAINTAIN, "members of child teams inherit"
        assert team.all_members() == [here.reader, stranger]
        assert child.combined_slug == "acme/oncall"
        assert here.repository.role_of(here.app.bot) is Role.WRITE
        assert here.repository.role_of(owner) is Role.NONE
        own = here.github.create_repository("owner/own")
        assert own.role_of(owner) is Role.ADMIN
        public = here.github.create_repository("acme/public", visibility=Visibility.PUBLIC)
        assert public.role_of(owner) is Role.READ
        assert owner not in public.people()
        team.remove(here.reader)
        assert here.repository.role_of(here.reader) is Role.READ

    def test_associations(self, here: World) -> None:
        outside = here.github.user("outside")
        here.repository.grant(outside, Role.READ)
        found = [rules.author_association(here.repository, user) for user in (here.writer, outside, here.github.ghost)]
        assert found == ["MEMBER", "COLLABORATOR", "NONE"]

    def test_require(self, here: World) -> None:
        assert rules.require(here.bot, here.repository, "contents") is here.app.bot
        with pytest.raises(Refused, match="Resource not accessible by integration"):
            rules.require(here.bot, here.repository, "administration")
        with pytest.raises(Refused, match="reader does not have the correct permissions"):
            rules.require(Caller(user=here.reader), here.repository, "contents")
        with pytest.raises(Refused, match="Could not resolve to a Repository"):
            rules.require(Caller(user=here.github.user("nobody")), here.repository, "contents", Access.READ)
        here.repository.archive(by=here.admin)
        with pytest.raises(Refused, match="archived so is read-only"):
            rules.require(here.bot, here.repository, "contents")
        here.repository.unarchive(by=here.admin)
        assert rules.require(here.bot, here.repository, "contents") is here.app.bot

    def test_installations_tell_of_themselves(self, here: World) -> None:
        other = here.github.create_repository("acme/other")
        app = here.github.create_app("picky", owner=here.acme, permissions={"contents": Access.READ})
        installation = here.github.install(app, here.acme, repositories=[other])
        assert here.github.covered_by(installation) == [other]
        here.github.select_repositories(installation, add=[here.repository], remove=[other])
        assert here.github.covered_by(installation) == [here.repository]
        here.github.suspend(installation)
        here.github.unsuspend(installation)
        here.github.uninstall(installation)
        assert [name for name in here.heard() if "Installation" in name] == [
            "InstallationEvent created", "InstallationRepositoriesEvent added", "InstallationRepositoriesEvent removed",
            "InstallationEvent suspend", "InstallationEvent unsuspend", "InstallationEvent deleted",
        ]  # fmt: skip


class TestProtection:
    @pytest.mark.parametrize(
        ("pattern", "branch", "covered"),
        [
            ("main", "main", True),
            ("main", "maintenance", False),
            ("release/*", "release/1", True),
            ("release/*", "release/1/2", False),
            ("release/**", "release/1/2", True),
            ("v?", "v1", True),
        ],
    )
    def test_patterns(self, pattern: str, branch: str, covered: bool) -> None:  # noqa: FBT001 - a table's column
        assert covers(pattern, branch) is covered

    def push(self, here: World, protection: Protection, *, force: bool = False, delete: bool = False) -> str | None:
        """GitHub's refusal of a push to main by the writer, or None."""
        repository = here.repository
        before = repository.head()
        after = repository.commit_files({"a": "1"}, by=here.admin, branch="elsewhere")
        if force:
            repository.commit_files({"b": "1"}, by=here.admin)
            before = repository.head()
        repository.protect("main", protection)
        after = ZERO if delete else after
        try:
            rules.check_push(repository, "refs/heads/main", before=before, after=after, by=here.writer)
        except Refused as refused:
            return refused.rest_message if refused.reason is Reason.PROTECTED else str(refused)
        return None

    def test_pushes_are_checked(self, here: World) -> None:
        assert self.push(here, Protection()) is None
        assert self.push(here, Protection(approvals=1)) == "Changes must be made through a pull request."
        assert self.push(here, Protection(checks=("build",))) == 'Required status check "build" is expected.'
        assert self.push(here, Protection(restrict_pushes=())) == "You're not authorized to push to this branch."
        assert self.push(here, Protection(restrict_pushes=(here.writer,))) is None
        assert self.push(here, Protection(), delete=True) == "Cannot delete a protected branch."
        assert self.push(here, Protection(allow_deletions=True), delete=True) is None
        assert self.push(here, Protection(), force=True) == "Cannot force-push to a protected branch."
        team = here.acme.team("release", here.writer)
        assert self.push(here, Protection(approvals=1, bypass=(team,))) is None

    def test_administrators_and_apps_may_be_exempt(self, here: World) -> None:
        repository, head = here.repository, here.repository.head()
        after = repository.commit_files({"a": "1"}, by=here.admin, branch="elsewhere")
        repository.protect("main", Protection(approvals=1))
        rules.check_push(repository, "refs/heads/main", before=head, after=after, by=here.admin)
        repository.protect("main", Protection(approvals=1, admins_enforced=True, bypass=(here.app,)))
        rules.check_push(repository, "refs/heads/main", before=head, after=after, by=here.app.bot)
        with pytest.raises(Refused):
            rules.check_push(repository, "refs/heads/main", before=head, after=after, by=here.admin)
        assert len(repository.protections) == 1, "the same kind and pattern is replaced"
        repository.protect("main", Protection(source=ProtectionSource.RULESET))
        assert len(repository.protections) == 2
        repository.unprotect("main")
        assert repository.protections == []


class TestLabelsAndIds:
    def test_labels(self, here: World) -> None:
        hold = here.repository.label("gitops/hold", by=here.writer, color="ff0000")
        assert here.repository.label("GitOps/Hold") is hold
        issue = here.repository.open_issue("Stop", by=here.writer, labels=[hold])
        hold.edit(by=here.writer, description="nothing moves")
        here.repository.delete_label(hold, by=here.writer)
        assert issue.labels == []
        assert [name for name in here.heard() if "Label" in name] == [
            "LabelEvent created", "LabelEvent edited", "LabelEvent deleted",
        ]  # fmt: skip

    def test_node_ids_can_be_read_back(self) -> None:
        assert parse_node_id(node_id(Kind.COMMIT, 7, "abc")) == (Kind.COMMIT, ["7", "abc"])
        assert parse_node_id("nonsense") is None
        assert parse_node_id("PR_\xff") is None

    def test_names_of_the_other_kind_are_a_mistake(self, here: World) -> None:
        with pytest.raises(TypeError, match="acme is an organisation"):
            here.github.user("acme")
        with pytest.raises(TypeError, match="writer is a person"):
            here.github.organisation("writer")
        with pytest.raises(ValueError, match="exists already"):
            here.github.create_repository("acme/manifests")
        with pytest.raises(Refused, match="No account nobody"):
            here.github.create_repository("nobody/thing")
