"""Routes that lead nowhere."""

import pytest

from bot.core.notices.sinks import undelivered, unknown_sinks
from bot.core.observation.repository import Visibility
from bot.core.policy import Policy, read
from bot.core.values.notice import Dropped

TEXT = """\
version: 1
defaults:
  environment:
    notify: [{to: everybody}]
applications:
  web:
    image: ghcr.io/acme/web
    environments:
      prod: {notify: [{to: [releases, web-team]}]}
  api: {image: ghcr.io/acme/api}
  '*': {image: 'ghcr.io/acme/{application}', environments: {dev: {notify: [{to: fleet}]}}}
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
  prod:
    path: envs/prod/{application}
    from: dev
    notify:
      - {to: releases}
      - {to: [oncall, releases], about: failed}
"""


def a_policy(text: str = TEXT) -> Policy:
    return read({".gitops.yml": text})


def test_each_unknown_name_is_found_where_it_is_written() -> None:
    problems = unknown_sinks(a_policy(), frozenset({"releases"}), visibility=Visibility.PUBLIC)

    found = {(each.line, each.message.split("'")[1]) for each in problems}
    assert found == {(4, "everybody"), (9, "web-team"), (11, "fleet"), (19, "oncall")}
    assert {each.path for each in problems} == {".gitops.yml"}


def test_names_that_the_server_knows_are_no_problem() -> None:
    known = frozenset({"releases", "everybody", "web-team", "fleet", "oncall"})

    assert unknown_sinks(a_policy(), known, visibility=Visibility.PUBLIC) == ()


@pytest.mark.parametrize(
    ("visibility", "listed"), [(Visibility.PRIVATE, True), (Visibility.INTERNAL, False), (Visibility.PUBLIC, False)]
)
def test_the_servers_sinks_are_listed_only_where_the_repository_is_private(
    visibility: Visibility, *, listed: bool
) -> None:
    problems = unknown_sinks(a_policy(), frozenset({"secret-project"}), visibility=visibility)

    assert all(("this server has secret-project" in each.message) is listed for each in problems)


def test_a_server_without_sinks_says_so() -> None:
    problems = unknown_sinks(a_policy(), frozenset(), visibility=Visibility.PRIVATE)

    assert "this server has none" in problems[0].message


def test_what_was_dropped_is_said_with_the_reason() -> None:
    one, more = undelivered((Dropped("releases", 1, "it answered 404"), Dropped("ops", 3, "it answered 500")))

    assert one.message.startswith(
        "1 notice for the sink 'releases' could not be delivered within a day and was dropped: it answered 404. "
    )
    assert more.message.startswith("3 notices for the sink 'ops' could not be delivered within a day and were dropped")
