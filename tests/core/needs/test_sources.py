"""What a glance must see of a source repository."""

import pytest

from bot.core.needs.application import Needs
from bot.core.needs.sources import SourceNeeds, source_needs


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (Needs("acme/deploy", "web"), None),
        (Needs("acme/deploy", "web", source="acme/web"), None),
        (Needs("acme/deploy", "web", source="acme/web", source_head="HEAD"), SourceNeeds("acme/web", None, "HEAD")),
        (Needs("acme/deploy", "web", source="acme/web", source_branch="main"), SourceNeeds("acme/web", "main", None)),
    ],
)
def test_only_what_counts_is_read(needs: Needs, expected: SourceNeeds | None) -> None:
    assert source_needs(needs) == expected
