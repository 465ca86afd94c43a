"""`permissions`: who may give which command in an environment, and the role that each asks for by default."""

from enum import Enum

from pydantic import Field

from bot.core.policy.base import Value
from bot.core.policy.fields import Many, Person


class Right(Enum):
    """What the policy lets people do; the values are its keys under `permissions`."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    HOLD = "hold"
    UNHOLD = "unhold"
    OVERRIDE = "override"
    REJECT = "reject"
    UNREJECT = "unreject"

    @property
    def default_role(self) -> str:
        """The role that people need if the policy names nobody. Stopping is cheap, loosening is not."""
        return "maintain" if self in (Right.UNHOLD, Right.OVERRIDE, Right.UNREJECT) else "write"

    @property
    def only_stops(self) -> bool:
        """Whether it stops something and nothing else, so that no role is needed beside the policy's word."""
        return self in (Right.HOLD, Right.REJECT)


class Permissions(Value):
    """Who may give which command here. `[]` is nobody; left out is the command's default."""

    promote: Many[Person] | None = Field(default=None, description="Who may promote; write permission if left out.")
    rollback: Many[Person] | None = Field(default=None, description="Who may roll back; write permission if left out.")
    hold: Many[Person] | None = Field(default=None, description="Who may hold; write permission if left out.")
    unhold: Many[Person] | None = Field(
        default=None, description="Who may lift a hold, besides the holder; maintain permission if left out."
    )
    override: Many[Person] | None = Field(
        default=None, description="Who may override; maintain permission if left out."
    )
    reject: Many[Person] | None = Field(
        default=None, description="Who may reject a version; write permission if left out."
    )
    unreject: Many[Person] | None = Field(
        default=None, description="Who may lift a rejection; maintain permission if left out."
    )

    def named(self, right: Right) -> tuple[str, ...] | None:
        """Return whom the policy names for this right; None where it leaves that to the default role."""
        listed: tuple[str, ...] | None = getattr(self, right.value)
        return listed
