"""Turns the edits of a plan into the files that `github` writes, or into refusals with which the pass decides again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.assembly.files import Files
from bot.core.observation.observation import Observation
from bot.core.plan import Action, OpenPromotion, RenderedFile, UpdatePromotion
from bot.core.state import State
from bot.core.values.editable.files import is_protected
from bot.core.values.places import Edit, Refusal
from bot.manifests import render


@dataclass(frozen=True, slots=True)
class Rendering:
    """The result: files and refusals by environment."""

    files: Mapping[str, tuple[RenderedFile, ...]]
    refusals: Mapping[str, tuple[Refusal, ...]]


def render_actions(actions: Iterable[Action], observation: Observation, files: Files) -> Rendering:
    """Render the edits of every action."""
    rendered: dict[str, tuple[RenderedFile, ...]] = {}
    refused: dict[str, tuple[Refusal, ...]] = {}
    for action in actions:
        if isinstance(action, OpenPromotion | UpdatePromotion):
            results = render_edits(action.edits, action.environment, observation, files)
            refusals = tuple(result for result in results if isinstance(result, Refusal))
            if refusals:
                refused[action.environment] = refusals
            rendered[action.environment] = tuple(result for result in results if isinstance(result, RenderedFile))
    return Rendering(rendered, refused)


def render_edits(
    edits: Iterable[Edit], environment: str, observation: Observation, files: Files
) -> tuple[RenderedFile | Refusal, ...]:
    """Render one environment's edits: each file as it would be written, or why it cannot be."""
    return tuple(_render(path, edits, environment, observation, files) for path, edits in _by_file(edits))


def with_refusals(state: State, refusals: Mapping[str, tuple[Refusal, ...]]) -> State:
    """Return the State with these edits marked as impossible."""
    environments = {
        name: replace(here, refusals=(*here.refusals, *refusals.get(name, ())))
        for name, here in state.environments.items()
    }
    return replace(state, environments=environments)


def _by_file(edits: Iterable[Edit]) -> Iterable[tuple[str, tuple[Edit, ...]]]:
    grouped: dict[str, tuple[Edit, ...]] = {}
    for edit in edits:
        grouped[edit.place.path] = (*grouped.get(edit.place.path, ()), edit)
    return grouped.items()


def _render(
    path: str, edits: tuple[Edit, ...], environment: str, observation: Observation, files: Files
) -> RenderedFile | Refusal:
    if is_protected(path):
        return Refusal(
            path=path,
            line=edits[0].place.scalars[0].line,
            seen=edits[0].place.image,
            reason="the bot never edits the policy, CODEOWNERS, or what Git and GitHub read by its name",
            advice="keep the version in a manifest",
        )
    content = files.content(edits[0].place.blob_id)
    listed = observation.environments[environment].files or ()
    mode = next((file.mode for file in listed if file.path == path), None)
    if content is None or mode is None:
        return Refusal(
            path=path,
            line=edits[0].place.scalars[0].line,
            seen=f"blob {edits[0].place.blob_id[:12]}",
            reason="its content was not read",
            advice="nothing to do: the bot reads it again",
        )
    result = render(content, edits)
    return result if isinstance(result, Refusal) else RenderedFile(path, result, mode)
