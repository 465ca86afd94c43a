"""Writes the expected outputs of `plan` for every example."""

from tests.examples.plans import document, page, planned
from tests.examples.test_examples import EXAMPLES, GOLDEN


def main() -> None:
    """Write them."""
    for example in EXAMPLES:
        plan = planned(example)
        (GOLDEN / f"{example.name}.txt").write_text(page(plan, with_changes=True), encoding="utf-8")
        (GOLDEN / f"{example.name}.json").write_text(document(plan), encoding="utf-8")


if __name__ == "__main__":
    main()
