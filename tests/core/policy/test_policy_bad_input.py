"""Bad input of every kind: each is told where it stands, in a sentence of its own, and nothing else with it."""

import pytest

from bot.core.policy import read
from bot.core.values.errors import PolicyError

APPLICATIONS = "applications: {web: {image: ghcr.io/acme/web}, web-eu: {image: ghcr.io/acme/web}, api: {image: api}}\n"
DEV = "environments:\n  dev: {path: 'envs/dev/{application}', from: registry}\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
)


def problems(files: dict[str, str] | str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read({".gitops.yml": files} if isinstance(files, str) else files)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            "  prod: {path: 'p/{application}', form: dev}",
            "4:35: unknown key 'form' (did you mean 'from'?)",
            id="unknown key",
        ),
        pytest.param(
            "  eu: {path: 'eu/{application}', from: us}\n  us: {path: 'us/{application}', from: eu}",
            "4:40: eu → us → eu is a cycle that no version can enter: change the 'from' of one of them",
            id="cycle",
        ),
        pytest.param(
            "  prod: {path: ../../etc, from: dev}",
            "4:16: '../../etc' leads outside the repository: write a path below its root, such as envs/dev",
            id="a path outside the repository",
        ),
        pytest.param(
            "  prod: {path: 'envs/dev/{application}', from: dev}",
            "4:16: 'envs/dev/{application}' already belongs to 'dev': give each environment its own",
            id="two environments on one folder",
        ),
        pytest.param(
            "  prod: {path: 'envs/dev/api', from: dev}",
            [
                ("4:16: for 'api', 'envs/dev/api' already belongs to 'api' in 'dev': give each its own"),
                (
                    "4:16: in 'envs/dev/api', ghcr.io/acme/web would belong to web and web-eu: "
                    "add {application} to the path"
                ),
            ],
            id="two environments on one folder of one application",
        ),
        pytest.param(
            "  prod: {path: 'live/{application}-prod', from: dev}\n"
            "  eu-prod: {path: 'live/{application}-eu-prod', from: prod}",
            "5:19: for 'web', 'live/web-eu-prod' already belongs to 'web-eu' in 'prod': give each its own",
            id="two places under one name",
        ),
        pytest.param(
            "  prod: {path: 'live/{application}-prod', from: dev}\n"
            "  inner: {path: 'live/{application}-eu-prod/x', from: prod}",
            "5:17: for 'web', 'live/web-eu-prod/x' lies in 'live/web-eu-prod', the place of 'web-eu' in 'prod': "
            "give each its own",
            id="one place in another",
        ),
        pytest.param(
            "  prod: {path: 'prod/{application}', from: dev}\n  eu-prod: {path: 'eu/{application}', from: dev}\n"
            "  world: {path: 'w/{application}', from: [prod, eu-prod], gates: {health: ['a/{application}-{environment}']}}",
            "6:76: 'a/web-eu-prod' would report for 'web' in 'eu-prod' and for 'web-eu' in 'prod': "
            "separate the placeholders with what no name contains, such as '/'",
            id="two places with one health report",
        ),
        pytest.param(
            "  prod: {path: 'p/{application}', from: dev, timezone: Europe/Berln}",
            "4:56: 'Europe/Berln' is not a time zone: write UTC or a name such as Europe/Berlin "
            "(did you mean 'Europe/Berlin'?)",
            id="a time zone that does not exist",
        ),
        pytest.param(
            "  prod: {path: 'p/{application}', from: dev, permissions: {promote: [acme/sre]}}",
            "4:70: 'acme/sre' is not a user, team or role: write owners, triage, write, maintain or admin, @user or "
            "@organisation/team (did you mean '@acme/sre'?)",
            id="a permission that names nobody",
        ),
        pytest.param(
            "  prod: {path: 'p/{application}', from: dev, permissions: {promote: [null]}}",
            "4:70: expected text, saw nothing",
            id="a permission that is nothing",
        ),
        pytest.param(
            "  prod: {<<: *dve, path: 'p/{application}'}",
            "4:14: *dve refers to nothing: no &dve ends before it; quote it if it is text",
            id="a merge key whose anchor is not there",
        ),
        pytest.param(
            "  prod: {<<: [{from: dev}, dev], path: 'p/{application}'}",
            "4:28: expected a mapping, or a list of mappings, after '<<', saw 'dev': write *name",
            id="a merge key with a name in it",
        ),
        pytest.param(
            "  prod: {<<: {from: dvv}, path: 'p/{application}'}",
            "4:21: unknown environment 'dvv' (did you mean 'dev'?)",
            id="a merge key that brings a mistake",
        ),
    ],
)
def test_invalid_environments_are_reported(written: str, expected: str | list[str]) -> None:
    said = problems(APPLICATIONS + DEV + written)

    assert said == [f".gitops.yml:{each}" for each in ([expected] if isinstance(expected, str) else expected)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "applications: {web: {image: web, versions: {tags: '^v(.*'}}}\n" + DEV,
            "1:51: '^v(.*' is not a regular expression in RE2's syntax: missing ): ^v(.*; "
            "see https://github.com/google/re2/wiki/Syntax",
            id="a regex that does not compile",
        ),
        pytest.param(
            "applications: {web: {image: web, edit: [{file: values.yml, path: tag}]}}\n"
            + DEV
            + "  prod: {path: prod, from: dev}",
            "1:41: tag in values.yml already belongs to 'web' in 'dev' (.gitops.yml:1): give each its own",
            id="two environments on one scalar",
        ),
        pytest.param(
            "# " + "x" * 10_000_000,
            "0:0: the file has 10000002 characters, and at most 500000 are read: "
            "give applications and environments files of their own",
            id="10 MB",
        ),
        pytest.param(BOMB, "6:4: this has more than 200000 values, with aliases expanded: shorten it", id="alias bomb"),
        pytest.param(
            "a: &a [*a]",
            "1:8: *a refers to nothing: no &a ends before it; quote it if it is text",
            id="an alias of itself",
        ),
    ],
)
def test_an_invalid_main_file_is_reported(text: str, expected: str) -> None:
    assert problems(text) == [f".gitops.yml:{expected}"]


def test_one_place_in_two_files_is_reported() -> None:
    files = {
        ".gitops.yml": APPLICATIONS + DEV,
        ".gitops/dev.yml": "path: dev/{application}\nfrom: registry\n",
        ".gitops/applications/api.yml": "image: api\n",
    }

    assert problems(files) == [
        ".gitops/applications/api.yml:1:1: the application 'api' is already in .gitops.yml, line 1: keep one",
        ".gitops/dev.yml:1:1: the environment 'dev' is already in .gitops.yml, line 3: keep one",
    ]


def test_one_health_context_may_cover_several_applications() -> None:
    """`cluster/{environment}` is about all applications there, and two environments may look at one report."""
    after = (
        "from: dev, gates: {health: ['a/{application}-{environment}', 'cluster/{environment}', 'app/{application}']}"
    )

    read(
        {
            ".gitops.yml": APPLICATIONS
            + DEV
            + f"  eu: {{path: 'eu/{{application}}', {after}}}\n  us: {{path: 'us/{{application}}', {after}}}\n"
        }
    )


def test_places_with_named_values_may_share_a_folder() -> None:
    applications = (
        "applications: {web: {image: web, edit: [{file: 'values/{environment}.yml', path: tag}]}, api: {image: api}}\n"
    )

    assert problems(
        applications + DEV + "  prod: {path: envs/dev/web, from: dev}\n  qa: {path: envs/dev/api, from: dev}"
    ) == [".gitops.yml:5:14: for 'api', 'envs/dev/api' already belongs to 'api' in 'dev': give each its own"]


def test_a_collision_of_many_applications_is_reported_once() -> None:
    applications = "applications: {a: {image: a}, a-b: {image: a}, c: {image: c}, c-b: {image: c}}\n"
    places = (
        "environments:\n  x: {path: '{application}-x', from: registry}\n  b-x: {path: '{application}-b-x', from: x}\n"
    )

    assert problems(applications + places) == [
        ".gitops.yml:4:15: for 'a', 'a-b-x' already belongs to 'a-b' in 'x': give each its own"
    ]
