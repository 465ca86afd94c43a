"""`semver: RANGE`: semantic versions by https://semver.org/#spec-item-11."""

from functools import lru_cache

from bot.core.policy.orders.order import NoVersionError, OrderDefinition, OrderRules
from bot.core.values.semver_ranges import Precedence, parse_range, parse_version


@lru_cache(maxsize=64)
def _rules(argument: str, *, charts: bool) -> OrderRules:
    """charts: Helm writes the `+` of a version as `_` in a tag, as tags cannot have a `+`: https://helm.sh/docs/topics/registries/."""
    allowed = parse_range(argument)

    def read(text: str) -> Precedence:
        return parse_version(text.replace("_", "+") if charts else text)

    def place(_: str, text: str) -> Precedence:
        try:
            return read(text)
        except ValueError as error:
            raise NoVersionError(str(error)) from error

    def admits(_: str, text: str) -> None:
        version = read(text)
        if version in allowed:
            return
        if not version.released and not allowed.prereleases:
            raise NoVersionError(f"is a prerelease, and the range {argument} names none")
        raise NoVersionError(f"is outside the range {argument}")

    return OrderRules(place, admits)


SEMVER = OrderDefinition(
    check=parse_range,
    description="Semantic versions within this range, such as `>=1.0.0`, `^1.2`, `1.2.x`; prereleases only if the range names "
    "one.",
    schema={"examples": [">=1.0.0", "^1.2", "~1.2.3", "1.2.x", ">=1.0.0-0 <2.0.0", "*"]},
    rules=lambda argument, evidence: _rules(argument, charts=evidence.charts),
)
