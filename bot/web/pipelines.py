"""What a pipeline says that is not GitHub's: in which repository or about which images something happened.

`{"repository": "acme/web"}` names the source repository on this GitHub, `{"image": "registry/name"}` or `{"images": [...]}`
what was pushed. Nothing else is read, since GitHub and the registries tell the rest.
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.needs.subscriptions import Due, Topic, image_topic, source_topic
from bot.core.values.images import ImageError, Reference

EXPECTED = 'expected {"repository": "owner/name"}, {"image": "registry/name"} or {"images": [...]}'

_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,100}/[\w.-]{1,100}", re.ASCII)


class UnusableError(ValueError):
    """The payload does not say what happened where."""


class _Delivery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    repository: str = ""
    image: str = ""
    images: tuple[str, ...] = ()


def due_for(body: bytes) -> Due:
    """Return what becomes due. Raises `UnusableError`, which says what is expected."""
    try:
        delivery = _Delivery.model_validate_json(body)
    except ValidationError:
        raise UnusableError(EXPECTED) from None
    due = Due.of(_topics(delivery))
    if not due:
        raise UnusableError(EXPECTED)
    return due


def _topics(delivery: _Delivery) -> Iterator[Topic]:
    if _REPOSITORY.fullmatch(delivery.repository):
        yield source_topic(delivery.repository)
    for name in filter(None, (delivery.image, *delivery.images)):
        try:
            yield image_topic(str(Reference.parse(name.lower()).name))
        except ImageError:
            continue
