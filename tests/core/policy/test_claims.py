"""Which applications may write into a file."""

import pytest

from bot.core.policy import MAIN, Policy, read
from bot.core.policy.claims import FEW_OWNERS

NAMED = """\
applications:
  web:
    image: a/web
    edit: [{file: pins, pattern: '{environment}=(.*)'}, {file: '{environment}/{application}', path: [tag, more]}]
  api: {image: a/api, edit: {only: [{file: '{environment}.pins', path: '{application}.tag'}]}, environments: {prod: false}}
  job: {image: a/job, environments: {dev: {edit: [{file: job/web, path: tag}]}}}
environments: {dev: {path: 'in/{environment}', from: registry}, prod: {path: 'in/{environment}', from: dev}}
"""


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("pins", ["web dev dev=(.*)", "web prod prod=(.*)"]),
        ("dev/web", ["web dev tag", "web dev more"]),
        ("dev.pins", ["api dev api.tag"]),
        ("prod.pins", []),  # `api` does not use prod.
        ("job/web", ["job dev tag"]),
        ("dev/api", []),
    ],
)
def test_what_edit_names_in_a_file(file: str, expected: list[str]) -> None:
    claims = rules(NAMED).claims

    for _ in range(2):  # What is remembered is the same.
        assert [
            f"{each.application} {each.environment} {each.place.entry}" for each in claims.named_in(file)
        ] == expected


@pytest.mark.parametrize(
    ("image", "file", "expected"),
    [
        ("docker.io/a/web", "in/dev/all.yaml", [("web", "dev")]),
        ("docker.io/a/web", "in/prod/all.yaml", [("web", "prod")]),
        ("docker.io/a/web", "in/prod/all.txt", []),
        ("docker.io/a/web", "out/all.yaml", []),
        ("docker.io/a/api", "in/dev/all.yaml", []),  # `only` replaces the search.
        ("docker.io/a/other", "in/dev/all.yaml", []),
    ],
)
def test_who_looks_for_an_image_in_a_file(image: str, file: str, expected: list[tuple[str, str]]) -> None:
    assert list(rules(NAMED).claims.looking_for(image, file, besides="job")) == expected


def test_of_many_applications_of_one_image_the_path_tells_which() -> None:
    names = [f"shop-{number}" for number in range(FEW_OWNERS + 1)]
    listed = ", ".join(f"{name}: {{image: a/shop}}" for name in names)
    claims = rules(
        f"applications: {{{listed}}}\nenvironments: {{dev: {{path: '*/{{application}}*', from: registry}}}}"
    ).claims

    file = "dev/shop-12/app.yaml"
    assert list(claims.looking_for("docker.io/a/shop", file, besides="job")) == [("shop-1", "dev"), ("shop-12", "dev")]
    assert list(claims.looking_for("docker.io/a/shop", file, besides="shop-1")) == [("shop-12", "dev")]


def rules(text: str) -> Policy:
    return read({MAIN: text})
