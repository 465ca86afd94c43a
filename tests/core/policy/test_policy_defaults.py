"""`defaults`: what environments take from them, and where an error in them is reported."""

import pytest

from bot.core.policy import Environment, Merge, Promote, read
from bot.core.policy.file.yaml_tree import MAX_VALUES
from bot.core.values.errors import PolicyError

APPLICATION = "applications: {web: {image: ghcr.io/acme/web}}\n"
DEV = "path: dev, from: registry"


def environments(defaults: str, *named: str, files: dict[str, str] | None = None) -> dict[str, Environment]:
    """Of a policy with these defaults, and each environment written as `name: {…}`."""
    return dict(read({".gitops.yml": policy(defaults, *named), **(files or {})}).environments)


def policy(defaults: str, *named: str) -> str:
    """In line 1 the defaults, in line 2 the application, from line 4 on the environments."""
    return f"defaults: {{environment: {defaults}}}\n{APPLICATION}environments:\n" + "".join(
        f"  {each}\n" for each in named
    )


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read({".gitops.yml": text})
    return [str(each).removeprefix(".gitops.yml:") for each in caught.value.problems]


def test_an_environment_takes_absent_keys() -> None:
    found = environments(
        "{path: 'envs/{environment}/{application}', merge: manual, promote: manual}",
        "dev: {from: registry, promote: auto}",
        "prod: {from: dev, path: live/prod}",
    )

    assert found["dev"].paths == ("envs/{environment}/{application}",)
    assert (found["dev"].merge, found["dev"].promote) == (Merge.MANUAL, Promote.AUTO)
    assert (found["prod"].paths, found["prod"].promote) == (("live/prod",), Promote.MANUAL)


def test_gates_permissions_and_rollback_merge_key_by_key() -> None:
    found = environments(
        "{gates: {soak: 1h, checks: [build]}, permissions: {promote: ['@a'], hold: ['@a']}, rollback: {approvals: 2}}",
        f"dev: {{{DEV}, gates: {{soak: null}}}}",
        "prod: {path: prod, from: dev, gates: {checks: [test]}, permissions: {hold: []}, rollback: {bypass: true}}",
    )

    assert (found["dev"].gates.soak, found["dev"].gates.checks) == (None, ("build",))
    prod = found["prod"]
    assert prod.gates.checks == ("test",), "a list is taken whole"
    assert prod.gates.soak is not None
    assert (prod.permissions.promote, prod.permissions.hold) == (("@a",), ())
    assert (prod.rollback.approvals, prod.rollback.bypass) == (2, True)


def test_approvals_merge_key_by_key_and_a_limit_is_taken_whole() -> None:
    """Who says `count: 1` still wants the same people."""
    found = environments(
        "{limit: {merges: 5, per: 1h}, gates: {approvals: {count: 2, from: ['@a']}, soak: 1h}}",
        f"dev: {{{DEV}, limit: {{merges: 1, per: 1m}}, gates: {{approvals: {{count: 1}}, soak: null}}}}",
    )

    assert found["dev"].gates.approvals is not None
    assert (found["dev"].gates.approvals.count, found["dev"].gates.approvals.from_) == (1, ("@a",))
    assert found["dev"].limit is not None
    assert found["dev"].limit.merges == 1


def test_null_drops_a_default() -> None:
    found = environments(
        "{limit: {merges: 5, per: 1h}, merge: manual, gates: {checks: [build]}}",
        f"dev: {{{DEV}, limit: null, merge: null, gates: null}}",
    )

    assert (found["dev"].limit, found["dev"].merge, found["dev"].gates.checks) == (None, Merge.AUTO, ())


@pytest.mark.parametrize("defaults", ["", "{}", "null"])
def test_no_defaults_change_nothing(defaults: str) -> None:
    assert environments(defaults, f"dev: {{{DEV}}}")["dev"].merge is Merge.AUTO


def test_an_environment_in_its_own_file_takes_no_defaults() -> None:
    files = {".gitops/prod.yml": "path: prod\nfrom: dev\n"}

    found = environments("{merge: manual}", f"dev: {{{DEV}}}", files=files)

    assert (found["dev"].merge, found["prod"].merge) == (Merge.MANUAL, Merge.AUTO)


def test_null_drops_only_existing_defaults() -> None:
    assert problems(policy("{merge: auto}", f"dev: {{{DEV}, pace: null}}")) == [
        "4:42: expected soaked, latest or one-at-a-time, saw nothing"
    ]


def test_an_error_in_a_default_is_reported_once_at_its_line() -> None:
    """However many environments take it, and if none does."""
    said = ["1:34: expected auto or manual, saw 'never'", "1:49: unknown key 'sook' (did you mean 'soak'?)"]
    wrong = "{merge:  never, gates: {sook: 1h}}"

    assert problems(policy(wrong, f"dev: {{{DEV}}}", "prod: {path: prod, from: dev}")) == said
    assert problems(policy(wrong, f"dev: {{{DEV}, merge: auto, gates: null}}")) == said


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ("manual", "1:25: expected a mapping, saw 'manual'"),
        ("[a]", "1:25: expected a mapping, saw a list"),
        ("{name: x}", "1:26: 'name' cannot be a default: it belongs to one environment"),
        ("{was: x}", "1:26: 'was' cannot be a default: it belongs to one environment"),
        ("{from: [dve]}", "1:33: unknown environment 'dve' (did you mean 'dev'?)"),
        ("{path: ../x}", "1:32: '../x' leads outside the repository: write a path below its root, such as envs/dev"),
        (
            "{permissions: {hold: owners}}",
            "1:46: 'owners' is empty for web: add 'owners' there, or name somebody here",
        ),
    ],
)
def test_keys_that_cannot_have_defaults_are_refused(defaults: str, expected: str) -> None:
    assert (
        problems(
            policy(
                defaults,
                f"dev: {{{DEV}}}",
                "prod: {path: prod}" if "from" in defaults else "prod: {path: prod, from: dev}",
            )
        )[0]
        == expected
    )


def test_an_error_in_one_environment_names_the_line_of_the_default() -> None:
    text = policy(
        "{gates: {soak: 1h}, path: envs, from: dev}", "dev: {from: registry, gates: {soak: 2h}}", "prod: {}", "eu: {}"
    )

    assert problems(text.replace("gates: {soak: 2h}", "promote: auto")) == [
        (
            "4:3: 'soak' needs an environment in 'from', not the registry: set it in a later environment; "
            "'soak' is the default of line 1: write another here, or 'soak: null' for none"
        ),
        (
            "5:3: 'envs' already belongs to 'dev': give each environment its own; "
            "'path' is the default of line 1: write another here"
        ),
        (
            "6:3: 'envs' already belongs to 'dev': give each environment its own; "
            "'path' is the default of line 1: write another here"
        ),
    ]
    assert problems(policy("{from: dev}", "dev: {path: dev}", "prod: {path: prod}")) == [
        (
            "4:3: dev → dev is a cycle that no version can enter: change the 'from' of one of them; "
            "'from' is the default of line 1: write another here"
        ),
    ]


def test_an_environment_that_is_not_a_mapping_takes_no_defaults() -> None:
    assert problems(policy("{path: x, from: registry}", "dev: ")) == ["4:7: expected a mapping, saw nothing"]


def test_a_key_missing_everywhere_is_reported_per_environment() -> None:
    assert problems(policy("{from: registry}", "dev: {}", "prod: {}")) == [
        "4:3: 'path' is missing",
        "5:3: 'path' is missing",
    ]


def test_many_environments_cannot_multiply_large_defaults() -> None:
    checks = ", ".join("x" for _ in range(MAX_VALUES // 100))
    many = [f"e{number}: {{path: e{number}, from: registry}}" for number in range(101)]

    assert problems(policy(f"{{gates: {{checks: [{checks}]}}}}", *many)) == [
        f"1:12: with these, the environments have more than {MAX_VALUES} values: shorten them"
    ]
