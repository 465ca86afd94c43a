"""What people read about deployments that GitHub refused: once in the promotion's status comment, and where they ask."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.deployments.reasons import who_can_fix
from bot.core.pages.parts.refused_deployments import MARK, in_markdown
from bot.core.pages.status_comment import note_on
from bot.core.plan import Action, EditStatus, IntroducePromotion
from bot.core.state import State
from bot.core.values.deployment import RefusedDeployment


def told(
    state: State, refused: Iterable[RefusedDeployment], written: Iterable[Action]
) -> tuple[EditStatus | IntroducePromotion, ...]:
    """Return the edited status comments. written: what this pass has written already, which may be newer than the State."""
    said: dict[tuple[str, int], list[str]] = {}
    for each in refused:
        wanted = each.deployment
        text = in_markdown(replace(each, fixed_by=who_can_fix(each)))
        said.setdefault((wanted.name, wanted.number), []).append(text)
    actions: list[EditStatus | IntroducePromotion] = []
    edited = {action.number: action for action in written if isinstance(action, EditStatus)}
    for (environment, number), notes in said.items():
        past = next((each for each in state.environments[environment].past if each.number == number), None)
        if past is not None and past.page is not None:
            actions += note_on(number, past.page, notes, mark=MARK, edited=edited.get(number))
    return tuple(actions)


def with_undeployed(state: State, refused: Iterable[RefusedDeployment]) -> State:
    """Return the State in which it is known what GitHub refused since, with who can fix it."""
    found: dict[str, tuple[RefusedDeployment, ...]] = {}
    for each in refused:
        name = each.deployment.name
        found[name] = (*found.get(name, ()), replace(each, fixed_by=who_can_fix(each)))
    if not found:
        return state
    environments = {name: replace(here, undeployed=found.get(name, ())) for name, here in state.environments.items()}
    return replace(state, environments=environments)
