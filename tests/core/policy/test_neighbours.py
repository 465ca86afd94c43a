"""When others come to an application's values, or leave them, the application's part of the policy counts as changed."""

import pytest

from bot.core.policy import MAIN, Policy, read

WEB = "web: {image: a/web}"
NAMED = "web: {image: a/web, edit: {only: [{file: pins/all.yaml, path: web}]}}"
ENVIRONMENTS = "environments: {dev: {path: 'in/dev/{application}', from: registry}}"


def policy(*applications: str) -> Policy:
    return read({MAIN: f"applications: {{{', '.join(applications)}}}\n{ENVIRONMENTS}"})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # Their `edit` names a value of our folder; of the file that our `edit` names.
        (WEB, "api: {image: a/api, edit: [{file: in/dev/web/app.yaml, path: tag}]}"),
        (WEB, "api: {image: a/api, edit: [{file: 'in/{environment}/web/app.yaml', path: tag}]}"),
        (WEB, "api: {image: a/api, edit: [{file: in/dev/web, pattern: '(.*)'}]}"),
        (NAMED, "api: {image: a/api, edit: [{file: pins/all.yaml, pattern: 'web: (.*)'}]}"),
        (WEB, "api: {image: a/api, environments: {dev: {edit: [{file: in/dev/web/app.yaml, path: tag}]}}}"),
        # They look for the image that we look for; and for names in the file that our `edit` names.
        (WEB, "api: {image: a/web}"),
        (NAMED, "api: {image: a/web, environments: {dev: {path: pins}}}"),
        (NAMED, "api: {image: a/api, environments: {dev: {path: '*/all.yaml'}}}"),
    ],
)
def test_who_comes_to_the_values_changes_what_is_said_of_them(ours: str, theirs: str) -> None:
    alone, shared = policy(ours), policy(ours, theirs)

    assert alone.neighbours.digest_of("web") != shared.neighbours.digest_of("web")
    assert alone.digest_of("web") != shared.digest_of("web")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (WEB, "api: {image: a/api}"),
        (WEB, "api: {image: a/api, edit: [{file: in/dev/webs/app.yaml, path: tag}]}"),
        (WEB, "api: {image: a/api, edit: [{file: in/dev/we, pattern: '(.*)'}]}"),
        (WEB, "api: {image: a/web, edit: {only: [{file: pins/api.yaml, path: tag}]}}"),
        (NAMED, "api: {image: a/web}"),
        (NAMED, "api: {image: a/api, edit: [{file: pins/api.yaml, path: tag}]}"),
    ],
)
def test_who_stays_away_changes_nothing(ours: str, theirs: str) -> None:
    assert policy(ours).digest_of("web") == policy(ours, theirs).digest_of("web")


def test_an_application_alone_has_no_neighbours() -> None:
    assert policy(WEB, "api: {image: a/api}").neighbours.digest_of("web") == ""
