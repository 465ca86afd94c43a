"""What the policy files say before the folders of the repository tell which applications the rules find."""

from dataclasses import dataclass

from bot.core.policy.file.draft import Whole
from bot.core.policy.file.inheritance.rules import Rule
from bot.core.policy.file.yaml_tree import plain


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:  # noqa: PLW1641 -- nothing keeps it in a set
    """rules: in the order of the file. whole: the listed applications and the environments, with their trees."""

    rules: tuple[Rule, ...]
    whole: Whole

    def __eq__(self, other: object) -> bool:
        """Two are the same if their rules are: everything else is part of the policy itself."""
        return isinstance(other, Blueprint) and _said(self.rules) == _said(other.rules)


def _said(rules: tuple[Rule, ...]) -> list[tuple[object, ...]]:
    return [(rule.pattern, [name for name, _ in rule.excepted], plain(rule.part.entry.node)) for rule in rules]


NO_FILES = Blueprint((), Whole({}, {}, {}))
"""Of a policy that was not read from files."""
