"""What all values of a policy have in common.

Fields are named for the code; an alias is the key in the file, where a key is a Python keyword or reads better with a
hyphen: `from`, `not`, `merge-method`. Files are read by the aliases only (`reading.py`); code writes the field names.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


class Value(BaseModel):
    """A frozen part of the policy; unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


T = TypeVar("T")
V = TypeVar("V", bound=Value)

Named = Annotated[Mapping[str, T], AfterValidator(MappingProxyType), PlainSerializer(dict)]


class Mode(StrEnum):
    """`active` writes; `observe` writes only the dashboard issue, which shows what the bot would do."""

    ACTIVE = "active"
    OBSERVE = "observe"


def validated(model: type[V], data: object) -> V:
    """Validate by the keys of the file alone, not by the names of the fields. Raises ValidationError."""
    return model.model_validate(data, by_alias=True, by_name=False)


# The keys that lead to it, and the error: ours, or the name of one of pydantic's.
Fault = tuple[tuple[str | int, ...], PydanticCustomError | str]


def raise_faults(title: str, faults: Iterable[Fault], seen: Any) -> None:
    """Raise all faults at once, each with its own keys, if there are any; pydantic puts its own keys in front."""
    details = [InitErrorDetails(type=error, loc=keys, input=seen) for keys, error in faults]
    if details:
        raise ValidationError.from_exception_data(title, details)
