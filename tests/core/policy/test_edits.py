"""`edit` and `path` in a policy: what is accepted, what is filled in, and what the error says."""

import pytest

from bot.core.policy import MAIN, Write, read
from bot.core.policy.edit import Edits, ExplicitEdit
from bot.core.policy.named_places import NamedPlace, looks_for_names, named_places
from bot.core.values.errors import PolicyError
from tests.builders import application, environment

WEB = "ghcr.io/acme/web"
REST = "\nenvironments: {dev: {path: 'envs/dev/{application}', from: registry}}\n"


def problems(edit: str, rest: str = REST) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read({MAIN: f"applications: {{web: {{image: {WEB}, edit: {edit}}}}}{rest}"})
    return [each.message for each in caught.value.problems]


def edits(edit: str) -> Edits:
    return read({MAIN: f"applications: {{web: {{image: {WEB}, edit: {edit}}}}}{REST}"}).applications["web"].edit


def test_a_list_is_what_also_is() -> None:
    place = ExplicitEdit(file="tags/dev", pattern=("(.*)",))

    assert edits("[{file: tags/dev, pattern: '(.*)'}]") == edits("{also: [{file: tags/dev, pattern: ['(.*)']}]}")
    assert edits("[{file: tags/dev, pattern: '(.*)'}]") == Edits(also=(place,))
    assert edits("{only: [{file: tags/dev, pattern: '(.*)'}]}") == Edits(only=(place,))
    assert (bool(Edits()), bool(Edits(only=(place,)))) == (False, True)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("1", "expected a list of places, or a mapping with 'only' or 'also'"),
        ("{onyl: []}", "unknown key 'onyl' (did you mean 'only'?)"),
        ("[{file: a.yaml}]", "'path' and 'pattern' are missing: write one of them"),
        ("[{file: a.yaml, path: b, pattern: '(c)'}]", "'path' and 'pattern' name the same value: keep one"),
        ("[{file: a.yaml, ptah: b}]", "unknown key 'ptah' (did you mean 'path'?)"),
        ("{only: [{file: a.yaml, ptah: b}]}", "unknown key 'ptah' (did you mean 'path'?)"),
        (
            "[{file: a/*.yaml, path: b}]",
            "'a/*.yaml' is a glob: name one file, with {application} and {environment}",
        ),
        (
            "[{file: .env, path: WEB}]",
            "only YAML and JSON have keys that the bot reads, and .env is neither: write",
        ),
        ("[{file: main.tf, path: [a, b]}]", "only YAML and JSON have keys that the bot reads, and .tf is neither"),
        ("[{file: a, pattern: 'x=.*'}]", "'x=.*' has no group: put the value in one group"),
        ("[{file: a, pattern: ['(a)', '(']}]", "'(' is not a regular expression in RE2's syntax"),
        ("[{file: CODEOWNERS, pattern: '(.*)'}]", "'CODEOWNERS' cannot be edited: the bot never edits the policy"),
        ("{only: [{file: .github/x, pattern: '(.*)'}]}", "'.github/x' cannot be edited: the bot never edits the"),
        (
            "[{file: a, pattern: ['(.*)', '(.*)']}]",
            "",  # the same place twice for one application is one place
        ),
        ("[" + ", ".join(["{file: a, path: b}"] * 101) + "]", "these are 101 places, and at most 100 are read"),
    ],
)
def test_what_is_wrong_with_an_edit(edit: str, expected: str) -> None:
    if expected:
        (said,) = problems(edit)
        assert said.startswith(expected)
    else:
        assert edits(edit)


def test_two_environments_cannot_have_one_value() -> None:
    rest = "\nenvironments: {dev: {path: dev, from: registry}, prod: {path: prod, from: dev}}\n"

    assert problems("[{file: a, pattern: 'x=(.*)'}]", rest) == [
        "x=(.*) in a already belongs to 'web' in 'dev' (.gitops.yml:1): give each its own"
    ]
    read({MAIN: f"applications: {{web: {{image: {WEB}, edit: [{{file: a, path: '{{environment}}.x'}}]}}}}{rest}"})


@pytest.mark.parametrize(
    ("application", "prod", "expected"),
    [
        # Where something else counts in prod, or prod is not used, the value belongs to dev alone.
        ("environments: {prod: false}", "", []),
        ("environments: {prod: {edit: [{file: b, path: x}]}}", "", []),
        ("environments: {prod: {merge: manual}}", ", edit: [{file: b, path: x}]", []),
        ("owners: ['@dana']", ", edit: [{file: b, path: x}]", []),
        # What counts there may be the same value all the same.
        ("environments: {prod: {edit: [{file: a, path: x}]}}", "", ["x in a already belongs to 'web' in 'dev'"]),
        ("owners: ['@dana']", ", edit: [{file: a, path: x}]", ["x in a already belongs to 'web' in 'dev'"]),
        ("environments: {prod: {merge: manual}}", "", ["x in a already belongs to 'web' in 'dev'"]),
    ],
)
def test_a_value_is_claimed_only_where_its_edit_counts(application: str, prod: str, expected: list[str]) -> None:
    text = (
        f"applications: {{web: {{image: {WEB}, edit: [{{file: a, path: x}}], {application}}}}}\n"
        f"environments: {{dev: {{path: dev, from: registry}}, prod: {{path: prod, from: dev{prod}}}}}\n"
    )
    try:
        read({MAIN: text})
        found = []
    except PolicyError as error:
        found = [each.message.partition(" (")[0] for each in error.problems]

    assert found == expected


def test_what_an_environment_names_is_checked_too() -> None:
    text = (
        f"applications: {{web: {{image: {WEB}, versions: {{digest: latest}}}}}}\n"
        "environments: {dev: {path: dev, from: registry, edit: [{file: .github/a, pattern: '(.*)'}]}}\n"
    )
    with pytest.raises(PolicyError) as caught:
        read({MAIN: text})

    assert [each.message.partition(":")[0] for each in caught.value.problems] == [
        "a tag that moves must be written with its digest",
        "'.github/a' cannot be edited",
    ]


def test_placeholders_are_filled_in_and_stand_for_themselves() -> None:
    """A name may have dots, which mean something in a key path and in a pattern."""
    place = {"file": "{environment}/{application}", "path": ["{application}.tag", "a[name={application}][0].x", "b"]}
    app = application("web.io", edit=[place, {"file": "x", "pattern": "^{application}=(.*)", "write": "digest"}])

    assert named_places(environment(), app) == (
        NamedPlace("dev/web.io", r"web\.io.tag", False, "ghcr.io/acme/web.io", Write.TAG),
        NamedPlace("dev/web.io", "a[name=web.io][0].x", False, "ghcr.io/acme/web.io", Write.TAG),
        NamedPlace("dev/web.io", "b", False, "ghcr.io/acme/web.io", Write.TAG),
        NamedPlace("x", r"^web\.io=(.*)", True, "ghcr.io/acme/web.io", Write.DIGEST),
    )


def test_an_environment_replaces_what_the_application_names() -> None:
    app = application(edit={"only": [{"file": "a", "path": "b"}]})
    other = environment(edit=[{"file": "c", "path": "d"}])

    assert [place.file for place in named_places(environment(), app)] == ["a"]
    assert [place.file for place in named_places(other, app)] == ["c"]
    assert (looks_for_names(environment(), app), looks_for_names(other, app)) == (False, True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("['!envs/**']", "these only exclude: begin with the folder that holds the manifests"),
        ("[]", "this is empty: name at least one, or leave the key out"),
        ("['envs/dev', '../x']", "'../x' leads outside the repository: write a path below its root, such as envs/dev"),
        (
            "'envs/[b-a]'",
            "'envs/[b-a]' is not a glob as in the `paths` of GitHub Actions: invalid character class range",
        ),
        ("'?nvs'", "'?nvs' is not a glob as in the `paths` of GitHub Actions: ? repeats the character before it"),
        ("[dev, '!.github/{x}']", "unknown placeholder '{x}': write {application} or {environment}"),
    ],
)
def test_what_is_wrong_with_paths(path: str, expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read(
            {
                MAIN: f"applications: {{web: {{image: {WEB}}}}}\nenvironments: {{dev: {{path: {path}, from: registry}}}}\n"
            }
        )

    assert caught.value.problems[0].message.startswith(expected)


def test_paths_of_two_environments_may_not_meet() -> None:
    text = (
        f"applications: {{web: {{image: {WEB}}}}}\n"
        "environments:\n  dev: {path: [a, b/c], from: registry}\n  prod: {path: ['!x', c, b], from: dev}\n"
    )
    with pytest.raises(PolicyError) as caught:
        read({MAIN: text})

    assert [(each.line, each.message) for each in caught.value.problems] == [
        (3, "'b/c' lies in 'b', the place of 'prod': give each environment its own")
    ]


def test_paths_of_one_environment_may_lie_in_each_other() -> None:
    text = (
        f"applications: {{web: {{image: {WEB}}}}}\n"
        "environments: {dev: {path: ['a/{environment}', a/dev/b, '!a/dev/b/c'], from: registry}}\n"
    )
    assert read({MAIN: text}).environments["dev"].included == ((0, "a/{environment}"), (1, "a/dev/b"))
