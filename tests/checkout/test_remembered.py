"""What one run remembers for the next: the same plan, with nothing parsed again, and nothing believed that may be stale."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.checkout import remembered
from bot.checkout.checkout import Checkout, Selection, plan_offline, quiet, read_checkout
from bot.checkout.planned import CheckoutPlan
from bot.checkout.remembered import NOTHING, Remembering, cache_folder
from bot.cli.policy import policy_files
from tests.checkout.repositories import FILES, POLICY, commit, manifest, write
from tests.examples.plans import document, planned


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return commit(write(tmp_path / "checkout", FILES))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def read(root: Path, cache: Path) -> Checkout:
    return read_checkout(root, policy_files(root), cache=cache, step=quiet)


def test_the_second_run_parses_nothing_and_plans_the_same(root: Path, cache: Path) -> None:
    first = document(planned(root, cache=cache))

    assert read(root, cache).contents.locator.parsed == 0
    assert document(planned(root, cache=cache)) == first


def test_only_what_changed_is_parsed(root: Path, cache: Path) -> None:
    planned(root, cache=cache)
    write(root, {"envs/dev/web/pod.yaml": manifest("ghcr.io/acme/web:v1.6.0")})

    assert read(root, cache).contents.locator.parsed == 1
    assert {row.version.name for row in planned(root, cache=cache).rows if row.version} == {
        "v1.0.0",
        "v1.4.0",
        "v1.6.0",
    }


def test_a_new_application_is_found_in_files_that_are_remembered(root: Path, cache: Path) -> None:
    """Their content was not searched for its image before. No format reads the argument."""
    pod = manifest("ghcr.io/acme/web:v1.4.0") + "      args: ['--tool=ghcr.io/acme/tool:v3']\n"
    commit(write(root, {"envs/prod/web/pod.yaml": pod}))
    planned(root, cache=cache)
    more = "  tool: {image: ghcr.io/acme/tool}\nenvironments:\n"
    paths = POLICY.replace("environments:\n", more).replace("envs/prod/{application}", "envs/prod")
    write(root, {".gitops.yml": paths.replace("envs/dev/{application}", "envs/dev")})

    plan = planned(root, cache=cache)

    assert document(plan) == document(planned(root))
    assert [row.version.name for row in plan.rows if row.application == "tool" and row.version] == ["v3"]


@pytest.mark.parametrize("damage", ["", "nothing of ours\n", "{heading}{{", "{heading}[]", "other {heading}{rest}"])
def test_what_another_program_wrote_is_not_believed(root: Path, cache: Path, damage: str) -> None:
    first = document(planned(root, cache=cache))
    [file] = cache.rglob("*.json")
    heading, _, rest = file.read_text(encoding="utf-8").partition("\n")
    file.write_text(damage.format(heading=f"{heading}\n", rest=rest), encoding="utf-8")

    assert Remembering(cache, root).recall() == NOTHING
    assert document(planned(root, cache=cache)) == first


def test_another_version_of_the_program_reads_everything_again(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(root, cache=cache)
    monkeypatch.setattr(remembered, "FORMAT", remembered.FORMAT + 1)
    remembered._heading.cache_clear()

    assert Remembering(cache, root).recall() == NOTHING
    monkeypatch.undo()
    remembered._heading.cache_clear()
    assert Remembering(cache, root).recall() != NOTHING


def test_a_checkout_cannot_say_what_is_remembered_of_it(root: Path, cache: Path) -> None:
    """Whoever may push to it could otherwise."""
    planned(root, cache=cache)

    assert [path.name for path in root.rglob("*") if path.suffix == ".json"] == []
    assert Remembering(cache, root.parent).recall() == NOTHING


def test_where_nothing_can_be_written_everything_works(root: Path, tmp_path: Path) -> None:
    blocked = write(tmp_path, {"file": ""}) / "file"

    assert document(planned(root, cache=blocked)) == document(planned(root))


def test_what_git_converts_is_known_by_what_lies_there(root: Path, cache: Path) -> None:
    """With `core.autocrlf`, the file on the disk has other bytes than git's blob."""
    write(root, {".gitattributes": "*.yaml text eol=crlf\n"})
    path = root / "envs/dev/web/pod.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    commit(root)

    first = document(planned(root, cache=cache))

    assert "v1.5.0" in first
    assert document(planned(root, cache=cache)) == first


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache"),
        ({"HOME": "/h"}, "/h/.cache"),
    ],
)
def test_the_folder_is_the_one_of_the_persons_programs(environment: dict[str, str], folder: str) -> None:
    assert cache_folder(environment) == Path(folder)


# --- what was planned


def at(now: datetime, root: Path, cache: Path) -> CheckoutPlan:
    """The plan as it comes out at a moment."""
    checkout = read(root, cache)
    plan = plan_offline(checkout, now=now)
    checkout.remember()
    return plan


def said(plan: CheckoutPlan) -> set[str]:
    """What stops the one candidate."""
    return {judged.verdict.code for row in plan.rows if row.candidate for judged in row.verdicts}


def test_what_time_changes_is_planned_again(root: Path, cache: Path) -> None:
    """Of a fleet, most rows are what they were; a window opens all the same."""
    write(root, {".gitops.yml": POLICY.replace("from: dev}", "from: dev, gates: {windows: [{hours: '09:00-16:00'}]}}")})
    night, day = datetime(2026, 11, 25, 3, tzinfo=UTC), datetime(2026, 11, 25, 12, tzinfo=UTC)

    closed, still, opened = at(night, root, cache), at(night + timedelta(hours=1), root, cache), at(day, root, cache)

    assert said(closed) == said(still)
    assert said(opened) != said(closed)
    assert said(at(night, root, cache)) == said(closed)  # the clock was set back


def test_another_policy_plans_everything_again(root: Path, cache: Path) -> None:
    before = planned(root, cache=cache)
    write(root, {".gitops.yml": POLICY.replace("from: dev}", "from: dev, promote: manual}")})

    after = planned(root, cache=cache)

    assert [row.proposed for row in before.rows if row.candidate] == [True]
    assert [row.proposed for row in after.rows if row.candidate] == [False]


def test_a_plan_of_one_application_forgets_no_other(root: Path, cache: Path) -> None:
    planned(root, cache=cache)
    planned(root, cache=cache, selection=Selection("web"))

    assert set(Remembering(cache, root).recall().applications) == {"api", "web"}


def test_nothing_is_written_where_nothing_is_new(root: Path, cache: Path) -> None:
    planned(root, cache=cache)
    [file] = cache.rglob("*.json")
    before = file.stat().st_mtime_ns, file.read_bytes()
    planned(root, cache=cache)

    assert (file.stat().st_mtime_ns, file.read_bytes()) == before
