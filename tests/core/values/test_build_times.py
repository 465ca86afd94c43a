"""Build times of versions, and times that are unusable."""

from datetime import UTC, datetime

import pytest

from bot.core.values.artifacts import Artifact, Missing, Unanswered
from bot.core.values.build_times import FIRST_IMAGES, BuildTime, NoBuildTime, read_build_times
from tests.builders import WEB, ago, artifact, digest

WORKER = "ghcr.io/acme/worker"


def at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        (ago(hours=1), ago(hours=1)),
        (FIRST_IMAGES, FIRST_IMAGES),
        (None, NoBuildTime("does not say when it was built")),
        (at(1970), NoBuildTime("says that it was built on 1970-01-01, as reproducible builds do")),
        (at(1980), NoBuildTime("says that it was built on 1980-01-01, as reproducible builds do")),
        (at(2013, 2, 28), NoBuildTime("says that it was built on 2013-02-28, as reproducible builds do")),
    ],
)
def test_a_time_before_container_images_is_unusable(created: datetime | None, expected: BuildTime) -> None:
    """Reproducible builds write a fixed time: 1970-01-01, or 1980-01-01 (argocd-image-updater#311)."""
    assert read_build_times((WEB,), [artifact("v1", created=created)]) == {"v1": expected}


def test_equal_times_of_all_versions_are_unusable() -> None:
    times = read_build_times((WEB,), [artifact(tag, created=at(2020)) for tag in ("a", "b", "c")])
    assert times == dict.fromkeys(
        "abc", NoBuildTime("says that it was built at 2020-01-01 00:00:00 UTC, as every other one does")
    )


def test_one_different_time_makes_them_usable() -> None:
    seen = [artifact("a", created=at(2020)), artifact("b", created=at(2020)), artifact("c", created=at(2021))]
    assert read_build_times((WEB,), seen) == {"a": at(2020), "b": at(2020), "c": at(2021)}


def test_two_tags_of_one_image_have_one_time() -> None:
    seen = [artifact(tag, created=at(2020), digest=digest("same")) for tag in ("v1", "v1.2")]
    assert read_build_times((WEB,), seen) == {"v1": at(2020), "v1.2": at(2020)}


def test_a_version_has_the_time_of_its_last_image() -> None:
    seen: list[Artifact | Missing | Unanswered] = [
        artifact("a", created=at(2020)),
        artifact("a", created=at(2021), image=WORKER),
        artifact("b", created=at(2022)),
        artifact("b", created=at(1980), image=WORKER),
        artifact("c", created=at(2023)),
        Missing(WORKER, "c"),
        artifact("d", created=at(2024)),
        Unanswered(WORKER, "503", tag="d"),
        artifact("e", created=at(2025)),
        Unanswered(WEB, "503"),
    ]
    assert read_build_times((WEB, WORKER), seen) == {
        "a": at(2021),
        "b": NoBuildTime("says that it was built on 1980-01-01, as reproducible builds do"),
        "d": NoBuildTime("has a build time that could not be read", is_said=False),
    }
