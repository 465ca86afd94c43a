"""Which other tools update images here, and which of their settings does a policy carry over?"""

from collections.abc import Callable, Sequence

from bot.detection.migration import argocd_image_updater, flux, gitops_operator, kargo, renovate
from bot.detection.reading.evidence import Evidence
from bot.detection.reading.objects import Object
from bot.detection.reading.tree import Tree

Reader = Callable[[Tree, Sequence[Object]], Evidence | None]

READERS: tuple[Reader, ...] = (
    flux.read,
    argocd_image_updater.read,
    gitops_operator.read,
    kargo.read,
    renovate.read,
)
"""In the order of trust: of two that say something about one image, the first counts."""


def tools(tree: Tree, found: Sequence[Object]) -> tuple[Evidence, ...]:
    """Return what the settings of each tool tell that is used here."""
    read = (reader(tree, found) for reader in READERS)
    return tuple(each for each in read if each is not None)
