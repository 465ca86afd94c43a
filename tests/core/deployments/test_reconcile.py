"""What to write so that GitHub shows what is wanted."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployments.reconcile import reconcile
from bot.core.values.deployment import (
    CreateDeployment,
    Deployment,
    DeploymentAction,
    DeploymentPlace,
    DeploymentState,
    SeenDeployment,
    SetDeploymentState,
)

PLACE = DeploymentPlace("acme/web", "prod", "deploy:web")
WANTED = Deployment(PLACE, "c" * 40, "prod", 5, DeploymentState.SUCCESS, "web v1.5.0: healthy")
SHOWN = SeenDeployment(PLACE, 70, 5, "success", "web v1.5.0: healthy")


def test_what_is_missing_is_created() -> None:
    elsewhere = replace(SHOWN, place=replace(PLACE, environment="dev"))
    assert reconcile([WANTED], []) == (CreateDeployment(WANTED),)
    assert reconcile([WANTED], [replace(SHOWN, number=4), elsewhere]) == (CreateDeployment(WANTED),)


def test_what_nobody_saw_active_is_not_created_to_be_inactive() -> None:
    assert reconcile([replace(WANTED, state=DeploymentState.INACTIVE)], []) == ()


def test_what_says_so_already_stays() -> None:
    assert reconcile([WANTED], [SHOWN]) == ()


def test_another_state_or_description_is_written() -> None:
    for seen in (
        replace(SHOWN, state=None, description=""),
        replace(SHOWN, state="queued"),
        replace(SHOWN, description=""),
    ):
        assert reconcile([WANTED], [seen]) == (SetDeploymentState(WANTED, 70),)


def test_a_status_of_somebody_else_stays() -> None:
    assert reconcile([WANTED], [replace(SHOWN, state="inactive", ours=False)]) == ()


def test_of_two_the_older_counts_and_the_other_becomes_inactive() -> None:
    second = replace(SHOWN, id=71)
    inactive = replace(WANTED, state=DeploymentState.INACTIVE, description="created twice: deployment 70 counts")
    assert reconcile([WANTED], [second, SHOWN]) == (SetDeploymentState(inactive, 71),)
    assert reconcile([WANTED], [SHOWN, replace(second, state="inactive")]) == ()
    assert reconcile([WANTED], [SHOWN, replace(second, ours=False)]) == ()


def test_what_becomes_inactive_comes_first() -> None:
    left = replace(WANTED, number=4, state=DeploymentState.INACTIVE)
    shown = replace(SHOWN, id=60, number=4)
    assert reconcile([WANTED, left], [shown]) == (SetDeploymentState(left, 60), CreateDeployment(WANTED))


def applied(actions: Iterable[DeploymentAction], seen: list[SeenDeployment]) -> list[SeenDeployment]:
    """GitHub after these actions."""
    found = {each.id: each for each in seen}
    for action in actions:
        wanted = action.deployment
        identity = action.id if isinstance(action, SetDeploymentState) else max(found, default=0) + 1
        found[identity] = SeenDeployment(wanted.place, identity, wanted.number, wanted.state.value, wanted.description)
    return list(found.values())


@given(
    wanted=st.dictionaries(st.integers(1, 4), st.sampled_from(DeploymentState), max_size=4),
    there=st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, *DeploymentState]), st.booleans()), max_size=6),
    keep=st.integers(0, 6),
)
def test_whatever_is_there_and_wherever_it_breaks_off_it_ends_with_one_of_each(
    wanted: dict[int, DeploymentState], there: list[tuple[int, DeploymentState | None, bool]], keep: int
) -> None:
    asked = [replace(WANTED, number=number, state=state) for number, state in wanted.items()]
    seen = [
        SeenDeployment(PLACE, identity, number, state.value if state else None, "", ours=ours)
        for identity, (number, state, ours) in enumerate(there, 1)
    ]

    interrupted = applied(reconcile(asked, seen)[:keep], seen)
    ended = applied(reconcile(asked, interrupted), interrupted)

    assert reconcile(asked, ended) == ()
    for each in asked:
        had = [one for one in seen if one.number == each.number]
        has = [one for one in ended if one.number == each.number]
        assert len(has) == max(len(had), each.state is not DeploymentState.INACTIVE)
