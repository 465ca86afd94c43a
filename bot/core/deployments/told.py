"""What the page of a merged promotion says about deployments that GitHub refused, once, in its status comment."""

from collections.abc import Iterable

from bot.core.deployments.reasons import who_can_fix
from bot.core.pages.status_comment import note_on
from bot.core.plan import Action, EditStatus, IntroducePromotion
from bot.core.state import State
from bot.core.values.deployment import RefusedDeployment
from bot.core.values.text import code, escape

MARK = "No deployment "


def told(
    state: State, refused: Iterable[RefusedDeployment], written: Iterable[Action]
) -> tuple[EditStatus | IntroducePromotion, ...]:
    """Return the edited status comments. written: what this pass has written already, which may be newer than the State."""
    said: dict[tuple[str, int], list[str]] = {}
    for each in refused:
        wanted = each.deployment
        text = (
            f"{MARK}of {code(wanted.place.environment)} on {code(wanted.place.repository)}: {escape(each.said.rstrip('.'))}. "
            f"This can be fixed by {escape(who_can_fix(each))}"
        )
        said.setdefault((wanted.name, wanted.number), []).append(text)
    actions: list[EditStatus | IntroducePromotion] = []
    edited = {action.number: action for action in written if isinstance(action, EditStatus)}
    for (environment, number), notes in said.items():
        past = next((each for each in state.environments[environment].past if each.number == number), None)
        if past is not None and past.page is not None:
            actions += note_on(number, past.page, notes, mark=MARK, edited=edited.get(number))
    return tuple(actions)
