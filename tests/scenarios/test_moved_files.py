"""The promotion's files are moved, deleted or change their mode while it is open, or its base is rewritten."""

from bot.simulator.github.git.store import File
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.world import World, a_world

DEV = "envs/dev/web/kustomization.yaml"
ELSEWHERE = "envs/dev/web/app/kustomization.yaml"


async def test_a_promotion_follows_a_file_that_is_moved() -> None:
    """Its own commit is nothing that people would have to take off: it is built anew where the file is now."""
    async with a_world() as world:
        await world.release("v1.5.0")
        assert world.news()[-1].startswith("opened #1")
        await world.push({DEV: None, ELSEWHERE: world.text(DEV)}, by="alice")
        assert world.news() == ["moved #1"]
        await world.validate("dev")
        assert "merged #1" in world.news()
        assert "v1.5.0" in world.text(ELSEWHERE)


async def test_a_moved_file_with_changes_of_people_is_foreign() -> None:
    """What they wrote is never written over."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.push({DEV: world.text(DEV) + "# mine\n"}, by="dana", branch="gitops/dev/web")
        head = world.pull("dev").head_oid
        await world.push({DEV: None, ELSEWHERE: world.text(DEV)}, by="alice")
        assert world.pull("dev").head_oid == head
        assert world.verdict("dev").startswith(f"foreign: contains changes the bot did not make: a change of {DEV}")
        world.news()


async def test_the_same_bytes_as_a_symbolic_link_are_foreign() -> None:
    """Merged, it would be a link to a path with the manifest's text."""
    async with a_world() as world:
        await world.release("v1.5.0")
        pull, repository = world.pull("dev"), world.stage.manifests
        content = repository.store.file(pull.head_oid, DEV)
        assert content is not None
        link = {DEV: File(content, 0o120000)}
        repository.commit_files(link, by=world.stage.person("dana"), branch="gitops/dev/web", message="A link")
        await world.stage.settle()
        await world.validate("dev")
        assert pull.state is State.OPEN
        assert world.verdict("dev").startswith(
            f"foreign: contains changes the bot did not make: {DEV} as a symbolic link"
        )
        world.news()


async def rewritten(world: World) -> None:
    """Somebody amends the newest commit of the default branch, and pushes with force."""
    manifests, alice = world.stage.manifests, world.stage.person("alice")
    head, person = manifests.head(), world.stage.github.person(alice)
    commit = manifests.store.commit(head)
    amended = manifests.store.write_commit(
        tree=commit.tree, parents=commit.parents, message="Amended", author=person, committer=person
    )
    manifests.move_ref("refs/heads/main", before=head, after=amended, by=alice)
    await world.settle()


async def test_a_promotion_follows_a_rewritten_base() -> None:
    """GitHub then lists the former commits of the default branch, and what they changed, as the pull request's."""
    async with a_world() as world:
        await world.push({"README.md": "# Ours\n"}, by="alice")
        await world.release("v1.5.0")
        assert world.news()[-1].startswith("opened #1")
        await rewritten(world)
        assert world.news() == ["moved #1"]
        assert world.verdict("dev") == "protection: waiting for required check validate"
        await world.validate("dev")
        assert "merged #1" in world.news()


async def test_a_commit_of_people_is_kept_while_the_base_is_rewritten() -> None:
    """What they wrote is never written over, and the page names what to do."""
    async with a_world() as world:
        await world.push({"README.md": "# Ours\n"}, by="alice")
        await world.release("v1.5.0")
        await world.push({"notes.txt": "mine\n"}, by="dana", branch="gitops/dev/web")
        head = world.pull("dev").head_oid
        await rewritten(world)
        assert world.pull("dev").head_oid == head
        assert world.verdict("dev").startswith("foreign: contains changes the bot did not make: ")
        assert "Can be cleared by the person who pushed it, by removing it from the branch" in world.page("dev")
        world.news()
