"""Which order the tags of an application follow."""

import pytest

from bot.detection.applications.tags import order_of


@pytest.mark.parametrize(
    ("tags", "settings", "is_sure"),
    [
        (["1.0.0", "v1.2.3"], {}, True),
        (["1.0", "2.0"], {}, True),
        (["v1.2.3-rc.1"], {"semver": '">=0.0.0-0"'}, True),
        (["12", "13"], {"numeric": "highest"}, True),
        (["2026-06-04", "2026.06.05"], {"alphabetical": "last"}, True),
        (["20260604", "20260605"], {"alphabetical": "last"}, True),
        (["0123456789abcdef0123456789abcdef01234567"], {"commit": "long"}, False),
        (["d9f753c83a6b"], {"commit": "short"}, False),
        (["sha-d9f753c"], {"commit": "short", "tags": "'^sha-(?P<version>[0-9a-f]+)$'"}, False),
        (
            ["prod-68f7180-20260821151134"],  # hmcts/sds-flux-config
            {"numeric": "highest", "tags": "'^prod-[0-9a-f]+-(?P<version>[0-9]+)$'"},
            True,
        ),
        (["web-1.2.3", "web-1.3.0"], {"tags": "'^web-(?P<version>.+)$'"}, True),
        (["latest"], {"digest": "latest"}, False),
        (["dev", "prod"], {}, False),
        (["pr-213-a6d3de4-20250820134225"], {}, False),
        (["1.0.0", "latest"], {}, False),
        (
            ["v26", "v137"],
            {"numeric": "highest", "tags": "'^v(?P<version>[0-9]+)$'"},
            True,
        ),  # alphagov/govuk-helm-charts
        (["v26"], {"numeric": "highest", "tags": "'^v(?P<version>[0-9]+)$'"}, True),
        (["v1"], {"numeric": "highest", "tags": "'^v(?P<version>[0-9]+)$'"}, False),
        (["v1", "build7"], {}, False),
        (["deadbeef12"], {"commit": "short"}, False),
        (
            ["2026-08-17-094555-production"],  # wikimedia/operations-deployment-charts
            {"alphabetical": "last", "tags": "'^(?P<version>20[0-9].*)-production$'"},
            True,
        ),
        (["2026-08-17-production", "2026-08-17-staging"], {}, False),
        (["d7a0607ad117e7817c9d019f9d3e76e4d55c1b89", "placeholder"], {"commit": "long"}, False),
        (["latest", "20260604"], {"alphabetical": "last"}, False),
        (["latest", "1.2.3.4"], {}, False),
        (["latest", "placeholder"], {}, False),
        ([], {}, False),
    ],
    ids=str,
)
def test_the_order_follows_from_the_tags(tags: list[str], settings: dict[str, str], *, is_sure: bool) -> None:
    order = order_of(tags)
    assert (dict(order.settings), order.is_sure) == (settings, is_sure)


def test_it_says_which_tag_is_no_version() -> None:
    assert order_of(["1.0.0", "latest"]).why == "the tags are releases, except for `latest`"
