"""Everything that can be wrong with a policy: where it is said to be, and the sentence that people read."""

import pytest

from bot.core.policy import Write, read
from bot.core.values.errors import PolicyError

MAIN = ".gitops.yml"
APPLICATION = "applications: {web: {image: ghcr.io/acme/web}}\n"
ENVIRONMENT = "environments: {dev: {path: envs/dev, from: registry}}\n"


def problems(files: dict[str, str] | str) -> list[str]:
    """`path:line:column: message` of everything wrong."""
    with pytest.raises(PolicyError) as caught:
        read({MAIN: files} if isinstance(files, str) else files)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def of_application(written: str) -> list[str]:
    """`line:column: message`, for the keys of an application, which begin in line 3 and column 5."""
    indented = "\n".join(f"    {line}" for line in written.splitlines())
    return [each.removeprefix(f"{MAIN}:") for each in problems(f"applications:\n  web:\n{indented}\n{ENVIRONMENT}")]


def of_environment(written: str) -> list[str]:
    """Likewise for an environment that follows another, which follows the registry."""
    indented = "\n".join(f"    {line}" for line in written.splitlines())
    dev = "  dev: {path: envs/dev, from: registry}\n"
    return [
        each.removeprefix(f"{MAIN}:") for each in problems(f"environments:\n  prod:\n{indented}\n{dev}{APPLICATION}")
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("image: web\nowner: '@kim'", "4:5: unknown key 'owner' (did you mean 'owners'?)"),
        (
            "image: web\nzzz: 1",
            (
                "4:5: unknown key 'zzz': the keys here are image, images, source, owners, versions, edit, environments, "
                "mode and was"
            ),
        ),
        ("image: web\nname: api", "4:11: unknown key 'name': the application is called 'web' already"),
        ("image: web\nimages: [api]", "4:5: 'images' is set twice, in two spellings: keep one"),
        ("image: web\nwas: API", "4:10: 'API' is not a name: use lower-case letters, digits, '.', '_' and '-'"),
        (
            "image: web\nwas: web",
            "4:10: 'web' is the present name of the application: 'was' is the name that it had before",
        ),
        ("image: web\n<<: 1", "4:9: expected a mapping, or a list of mappings, after '<<', saw 1: write *name"),
        ("image: web\n<<: {mode: on}", "4:16: expected active or observe, saw 'on'"),
        ("mode: active", "2:3: 'image' is missing"),
        ("images: []", "3:13: this is empty: name at least one, or leave the key out"),
        (
            "image: ''",
            "3:12: '' is not an image; expected [host[:port]/]path[:tag][@digest] with the path in lower case",
        ),
        (
            "image: web:v1",
            "3:12: 'web:v1' carries a version; expected only the image's name, such as docker.io/library/web",
        ),
        ("images: [web, 3]", "3:19: expected text, saw 3: put it in quotes, '3'"),
        ("images: {a: b}", "3:13: expected a list, saw a mapping"),
        ("image: web\nsource: acme", "4:13: 'acme' is not a repository: write owner/name, such as acme/web"),
        ("image: web\nsource: {branch: main}", "4:5: 'repository' is missing"),
        ("image: web\nsource: [a]", "4:13: expected a mapping, saw a list"),
        (
            "image: web\nsource: {repository: a/b, branch: ' '}",
            "4:39: this is empty: write something, or leave the key out",
        ),
        (
            "image: web\nsource: {repository: a/b, paths: ['!docs/**']}",
            "4:38: these only exclude, so that no commit would be a version: begin with '**'",
        ),
        (
            "image: web\nsource: {repository: a/b, paths: ['**', '+x']}",
            (
                "4:38: '+x' is not a glob as in the `paths` of GitHub Actions: "
                "+ repeats the character before it, but there is none"
            ),
        ),
        (
            "image: web\nsource: {repository: a/b, paths: []}",
            "4:38: this is empty: name at least one, or leave the key",
        ),
        (
            "image: web\nowners: [owners]",
            "4:14: 'owners' cannot be an owner: write a role, @user or @organisation/team",
        ),
        ("image: web\nmode: observed", "4:11: expected active or observe, saw 'observed' (did you mean 'observe'?)"),
        ("image: web\nversions: ^1", "4:15: expected a mapping, saw '^1'"),
        (
            "image: web\nversions: {semver: x.y}",
            "4:24: 'x.y' is not a range of versions: write for example >=1.0.0, ^1.2, ~1.2.3, 1.2.x or '>=1.0 <2.0'",
        ),
        ("image: web\nversions: {semver: 1.10}", "4:24: expected text, saw 1.10: put it in quotes, '1.10'"),
        ("image: web\nversions: {semver: }", "4:24: expected text, saw nothing"),
        ("image: web\nversions: {semvr: '*'}", "4:16: unknown key 'semvr' (did you mean 'semver'?)"),
        (
            "image: web\nversions: {order: '*'}",
            "4:16: unknown key 'order': the keys here are semver, numeric, ",
        ),
        ("image: web\nversions: {semver: '*', commit: long}", "4:29: 'semver' and 'commit' are two orders: keep one"),
        (
            "image: web\nversions: {newest: pushed}",
            "4:24: expected created, saw 'pushed'",
        ),
        (
            "image: web\nversions: {numeric: high}",
            "4:25: expected highest or lowest, saw 'high' (did you mean 'highest'?)",
        ),
        (
            "image: web\nversions: {alphabetical: newest}",
            "4:30: expected last or first, saw 'newest'",
        ),
        (
            "image: web\nversions: {digest: 'web:latest'}",
            "4:24: 'web:latest' cannot be a tag: write one that moves, such as latest or main",
        ),
        (
            "image: web\nversions: {digest: latest, numeric: highest}",
            "4:32: 'digest' and 'numeric' are two orders: keep one",
        ),
        (
            "image: web\nversions: {digest: latest}\nedit: [{file: a.yml, path: web.tag}]",
            "5:12: a tag that moves must be written with its digest: add 'write: digest'",
        ),
        ("image: web\nversions: {digest: latest, write: }", "4:39: expected tag, digest or tag+digest, saw nothing"),
        (
            "image: web\nversions: {digest: latest, write: tag}",
            "4:39: a tag that moves must be written with its digest: tag+digest or digest",
        ),
        (
            "image: web\nsource: a/b\nversions: {commit: longer}",
            "5:24: expected long or short, saw 'longer' (did you mean 'long'?)",
        ),
        (
            "image: web\nversions: {commit: long}",
            "4:24: the order of commits is the history of the source branch: add 'source', such as acme/web",
        ),
        ("image: web\nversions: {tags: '('}", "4:22: '(' is not a regular expression in RE2's syntax: missing ): ("),
        (
            "image: web\nversions: {tags: '(?P<verison>.*)'}",
            "4:22: unknown group 'verison': call what is to be compared (?P<version>…), and name nothing else",
        ),
        ("image: web\nversions: {tags: 3}", "4:22: expected text, saw 3: put it in quotes, '3'"),
        (
            "image: web\nversions: {platforms: [amd64]}",
            "4:28: 'amd64' is not a platform: write for example linux/amd64",
        ),
        (
            "image: web\nversions: {write: digests}",
            "4:23: expected tag, digest or tag+digest, saw 'digests' (did you mean 'digest'?)",
        ),
        ("image: web\nedit: [{file: a.yml}]", "4:12: 'path' and 'pattern' are missing: write one of them"),
        (
            "image: web\nedit: [{file: ../a.yml, path: a}]",
            "4:19: '../a.yml' leads outside the repository: write a path below",
        ),
        (
            "image: web\nedit:\n  - file: a.yml\n    path: web..tag",
            "6:15: 'web..tag', character 4: expected a key path such as web.image.tag, images[0].newTag or",
        ),
        (
            "image: web\nedit: [{file: a.yml, path: 'images[name].newTag'}]",
            "4:32: 'images[name].newTag', character 7: expected a key path",
        ),
        (
            "image: web\nedit: [{file: a.yml, path: ''}]",
            "4:32: the key path is empty; expected one such as web.image.tag",
        ),
        # The bot could raise or lower its own bars.
        (
            "image: web\nedit: [{file: .gitops.yml, path: environments.dev.gates.approvals.count}]",
            "4:19: '.gitops.yml' cannot be edited: the bot never edits the policy, CODEOWNERS, or what Git and GitHub read",
        ),
        (
            "image: web\nedit: [{file: '.gitops/{environment}.yml', path: a}]",
            "4:19: '.gitops/{environment}.yml' cannot be",
        ),
        (
            "image: web\nedit: [{file: .github/workflows/web.yml, path: a}]",
            "4:19: '.github/workflows/web.yml' cannot be",
        ),
        ("image: web\nedit: [{file: docs/CODEOWNERS, path: a}]", "4:19: 'docs/CODEOWNERS' cannot be edited"),
        ("image: web\nedit: [{file: envs/.gitattributes, path: a}]", "4:19: 'envs/.gitattributes' cannot be edited"),
    ],
)
def test_errors_in_applications_are_reported(written: str, expected: str) -> None:
    [problem] = of_application(written)

    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("path: p\nfrom: dev\npromte: manual", "5:5: unknown key 'promte' (did you mean 'promote'?)"),
        ("path: p\nfrom: dev\nmerge_method: squash", "5:5: unknown key 'merge_method' (did you mean 'merge-method'?)"),
        ("path: p\nfrom: dev\norigin: dev", "5:5: unknown key 'origin': the keys here are path, from, "),
        ("path: p", "2:3: 'from' is missing"),
        (
            "path: /p\nfrom: dev",
            "3:11: '/p' leads outside the repository: write a path below its root, such as envs/dev",
        ),
        ("path: a/../../b\nfrom: dev", "3:11: 'a/../../b' leads outside the repository"),
        (r"path: a\b" + "\nfrom: dev", "3:11: 'a\\\\b' leads outside the repository"),
        ("path: ''\nfrom: dev", "3:11: this is empty: write something, or leave the key out"),
        (
            "path: '{aplication}'\nfrom: dev",
            "3:11: unknown placeholder '{aplication}': write {application} or {environment} (did you mean 'application'?)",
        ),
        (
            "path: p\nfrom: dev\npull-request: {titel: x}",
            "5:20: unknown key 'titel' (did you mean 'title'?)",
        ),
        (
            "path: p\nfrom: dev\npull-request: {title: '{app}'}",
            "5:27: unknown placeholder '{app}': write {application}, {environment}, {from} or {to}",
        ),
        (
            "path: p\nfrom: dev\npull-request: {title: '{form}'}",
            "5:27: unknown placeholder '{form}': write {application}, {environment}, {from} or {to} (did you mean 'from'?)",
        ),
        ("path: p\nfrom: dev\npull-request: {title: ''}", "5:27: this is empty: write something"),
        (
            "path: p\nfrom: dev\npull-request: {labels: ['{to}']}",
            "5:29: unknown placeholder '{to}': write {application} or {environment}",
        ),
        (
            "path: p\nfrom: dev\npull-request: {labels: [gitops/hold]}",
            "5:29: 'gitops/hold' cannot be added: labels that begin with 'gitops/' are reserved for the bot",
        ),
        (
            f"path: p\nfrom: dev\npull-request: {{labels: {'x' * 51}}}",
            f"5:28: '{'x' * 51}' is 51 characters long, and GitHub takes 50 in a label",
        ),
        (
            "path: p\nfrom: dev\npull-request: {reviewers: [owner]}",
            "5:32: 'owner' is not a user or team: write owners, @user or @organisation/team (did you mean 'owners'?)",
        ),
        (
            "path: p\nfrom: dev\npull-request: {reviewers: kim}",
            "5:31: 'kim' is not a user or team: write owners, @user or @organisation/team (did you mean '@kim'?)",
        ),
        (
            "path: p\nfrom: dev\npull-request: {reviewers: write}",
            "5:31: 'write' is a role, and GitHub asks users and teams: write owners, @user or @organisation/team",
        ),
        (
            "path: p\nfrom: dev\nnotify: [{to: '#releases'}]",
            "5:19: '#releases' cannot be the name of a sink: write lower-case letters, digits",
        ),
        (
            "path: p\nfrom: dev\ndeployments: sorce",
            "5:18: expected source or manifests, saw 'sorce' (did you mean 'source'?)",
        ),
        ("path: p\nfrom: dev\ndeployments: []", "5:18: this is empty: name at least one, or leave the key out"),
        ("path: p\nfrom: dev\ndeployments: true", "5:18: expected a mapping, saw true"),
        ("path: p\nfrom: dev\ndeployments: {url: 'https://x'}", "5:5: 'commits' is missing"),
        (
            "path: p\nfrom: dev\ndeployments: {commits: manifests, helth: a}",
            "5:39: unknown key 'helth' (did you mean 'health'?)",
        ),
        (
            "path: p\nfrom: dev\ndeployments: {commits: manifests, url: x.example.com}",
            "5:44: 'x.example.com' is not a web address: write one that begins with https:// or http://",
        ),
        (
            "path: p\nfrom: dev\ndeployments: {commits: manifests, environment: '{env}'}",
            "5:52: unknown placeholder '{env}': write {application} or {environment}",
        ),
        (
            f"path: p\nfrom: dev\ndeployments: {{commits: manifests, environment: {'x' * 256}}}",
            "5:52: this name has 256 characters, and GitHub takes 255 in an environment's name",
        ),
        (
            "path: p\nfrom: dev\ndeployments: source",
            "5:18: no application has a 'source', such as acme/web: add one, or write manifests here",
        ),
        ("path: 'a}'\nfrom: dev", "3:11: 'a}' has a lone brace: write {application} or {environment}"),
        ("path: p\nfrom: dve", "4:11: unknown environment 'dve' (did you mean 'dev'?)"),
        ("path: p\nfrom: [dev, x]", "4:17: unknown environment 'x': the policy has prod and dev"),
        ("path: p\nfrom: {any: [dev, x]}", "4:23: unknown environment 'x': the policy has prod and dev"),
        ("path: p\nfrom: []", "4:11: this is empty: name at least one environment, or write registry"),
        ("path: p\nfrom: [dev, registry]", "4:17: 'registry' must stand alone"),
        ("path: p\nfrom: [dev, 3]", "4:17: expected text, saw 3"),
        (
            "path: p\nfrom: {all: [dev]}",
            "4:11: expected registry, an environment, a list of environments (all of them), or ",
        ),
        ("path: p\nfrom: 3", "4:11: expected registry, an environment"),
        (
            "path: p\nfrom: prod",
            "4:11: prod → prod is a cycle that no version can enter: change the 'from' of one of them",
        ),
        ("path: envs/dev\nfrom: dev", "5:15: 'envs/dev' already belongs to 'prod': give each environment its own"),
        ("path: envs/dev/eu\nfrom: dev", "3:11: 'envs/dev/eu' lies in 'envs/dev', the place of 'dev'"),
        ("path: .\nfrom: dev", "5:15: 'envs/dev' lies in '.', the place of 'prod': give each environment its own"),
        ("path: p\nfrom: dev\npromote: true", "5:14: expected auto or manual, saw true"),
        ("path: p\nfrom: dev\ngates: [soak]", "5:12: expected a mapping, saw a list"),
        (
            "path: p\nfrom: dev\ngates: {soak: 30 minutes}",
            "5:19: '30 minutes' is not a length of time: write for example 30m",
        ),
        ("path: p\nfrom: dev\ngates: {soak: 30}", "5:19: expected text, saw 30: put it in quotes, '30'"),
        ("path: p\nfrom: dev\ngates: {health: ['a/{app}']}", "5:22: unknown placeholder '{app}'"),
        ("path: p\nfrom: dev\ngates: {approvals: 1}", "5:24: expected a mapping, saw 1"),
        ("path: p\nfrom: dev\ngates: {approvals: {count: -1}}", "5:32: expected a number of at least 0, saw -1"),
        ("path: p\nfrom: dev\ngates: {approvals: {count: '1'}}", "5:32: expected a whole number, saw '1'"),
        (
            "path: p\nfrom: dev\ngates: {approvals: {count: 1, from: [sre]}}",
            (
                "5:42: 'sre' is not a user, team or role: write owners, triage, write, maintain or admin, @user "
                "or @organisation/team "
                "(did you mean '@sre'?)"
            ),
        ),
        (
            "path: p\nfrom: dev\ngates: {approvals: {count: 1, from: owner}}",
            "5:41: 'owner' is not a user, team or role: write owners, triage, ",
        ),
        (
            "path: p\nfrom: dev\ngates: {approvals: {count: 1, from: 'a b!'}}",
            "5:41: 'a b!' is not a user, team or role: write owners, triage, ",
        ),
        ("path: p\nfrom: dev\ngates: {approvals: {count: 1, not: [bots]}}", "5:41: expected requester, saw 'bots'"),
        (
            "path: p\nfrom: dev\ngates: {approvals: {count: 1, from: owners}}",
            "5:41: 'owners' is empty for web: add 'owners' there, or name somebody here",
        ),
        (
            "path: p\nfrom: dev\ngates: {windows: [{days: mon-fry}]}",
            "5:30: 'mon-fry' is not a day: write mon, tue, wed, thu, fri, sat or sun, or a span such as mon-fri",
        ),
        (
            "path: p\nfrom: dev\ngates: {windows: [{days: tus}]}",
            "5:30: 'tus' is not a day: write mon, tue, wed, thu, fri, sat or ",
        ),
        (
            "path: p\nfrom: dev\ngates: {windows: [{days: mon-tue-fri}]}",
            "5:30: 'mon-tue-fri' is not a day: write",
        ),
        ("path: p\nfrom: dev\ngates: {windows: [{days: 1}]}", "5:30: expected a list, saw 1"),
        (
            "path: p\nfrom: dev\ngates: {windows: [{hours: 9-16}]}",
            "5:31: '9-16' are not hours: write for example 09:00-16:00",
        ),
        ("path: p\nfrom: dev\ngates: {windows: [{hours: '09:00-09:00'}]}", "5:31: '09:00-09:00' is an empty span"),
        (
            "path: p\nfrom: dev\ngates: {windows: [{timezone: europe/berlin}]}",
            "5:34: 'europe/berlin' is not a time zone: write UTC or a name such as Europe/Berlin (did you mean 'Europe/B",
        ),
        (
            "path: p\nfrom: dev\ntimezone: Middle-earth",
            "5:15: 'Middle-earth' is not a time zone: write UTC or a name such as ",
        ),
        (
            "path: p\nfrom: dev\ngates: {freezes: [{from: 2026-12-18, to: 2026-12-01}]}",
            "5:46: 2026-12-01 is before 2026-12-18, where the freeze begins",
        ),
        (
            "path: p\nfrom: dev\ngates: {freezes: [{from: 2026-02-30, to: 2026-12-01}]}",
            "5:30: '2026-02-30' is not a day: write it as 2026-12-18",
        ),
        (
            "path: p\nfrom: dev\ngates: {freezes: [{from: 20261218, to: 2026-12-20}]}",
            "5:30: expected text, saw 20261218",
        ),
        (
            "path: p\nfrom: dev\ngates: {freezes: [{from: 2026-W01-1, to: 2026-12-20}]}",
            "5:30: '2026-W01-1' is not a day: write it as 2026-12-18",
        ),
        ("path: p\nfrom: dev\npermissions: {promot: []}", "5:19: unknown key 'promot' (did you mean 'promote'?)"),
        (
            "path: p\nfrom: dev\npermissions: {promote: [read]}",
            "5:29: 'read' is not a user, team or role: write owners, triage, write, ",
        ),
        (
            "path: p\nfrom: dev\npermissions: {promote: [owners]}",
            "5:28: 'owners' is empty for web: add 'owners' there, or name somebody here",
        ),
        ("path: p\nfrom: dev\nlimit: {merges: 0, per: 1h}", "5:21: expected a number of at least 1, saw 0"),
        ("path: p\nfrom: dev\nlimit: {merges: true, per: 1h}", "5:21: expected a whole number, saw true"),
        ("path: p\nfrom: dev\nrollback: {bypass: yes}", "5:24: expected true or false, saw 'yes'"),
        (
            "path: .gitops\nfrom: dev",
            "3:11: '.gitops' cannot hold manifests: the bot never edits the policy, CODEOWNERS",
        ),
    ],
)
def test_errors_in_environments_are_reported(written: str, expected: str) -> None:
    [problem] = of_environment(written)

    assert problem.startswith(expected)


@pytest.mark.parametrize("name", ["Prod", "-a", ".a", "a..b", "a.lock", "a.", "a/b", "a b", "ä", "", "a" * 64])
@pytest.mark.parametrize("kind", ["applications", "environments"])
def test_names_must_be_valid_in_branches_and_files(name: str, kind: str) -> None:
    body = "{image: web}" if kind == "applications" else "{path: p, from: registry}"
    rest = ENVIRONMENT if kind == "applications" else APPLICATION

    [problem] = problems(f"{rest}{kind}: {{'{name}': {body}}}\n")

    assert problem.startswith(
        f"{MAIN}:2:{len(kind) + 4}: '{name}' is not a name: use lower-case letters, digits, '.', "
    )


@pytest.mark.parametrize("name", ["all", "until"])
def test_names_must_not_be_command_words(name: str) -> None:
    [problem] = problems(f"{APPLICATION}environments: {{{name}: {{path: p, from: registry}}}}\n")

    assert problem.endswith(
        f"2:16: '{name}' cannot be a name, because it is a word of the /hold command: choose another"
    )


def test_an_environment_must_not_be_called_registry() -> None:
    [problem] = problems(f"{APPLICATION}environments: {{registry: {{path: p, from: registry}}}}\n")

    assert problem.endswith(
        "2:16: 'registry' cannot be the name of an environment, because 'from: registry' means the image's registry"
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("version: true\n" + APPLICATION + ENVIRONMENT, [":1:10: expected a whole number, saw true"]),
        ("version: '1'\n" + APPLICATION + ENVIRONMENT, [":1:10: expected 1, saw '1'"]),
        ("version: 2\n" + APPLICATION + ENVIRONMENT, [":1:10: expected 1, saw 2"]),
        ("mod: active\n" + APPLICATION + ENVIRONMENT, [":1:1: unknown key 'mod' (did you mean 'mode'?)"]),
        (
            "default: {merge: auto}\n" + APPLICATION + ENVIRONMENT,
            [":1:1: unknown key 'default' (did you mean 'defaults'?)"],
        ),
        (
            "# nothing yet\n",
            [
                ":0:0: there is no application: name at least one under 'applications'",
                ":0:0: there is no environment: name at least one under 'environments'",
            ],
        ),
        ("[a]", [":1:1: expected a mapping, saw a list"]),
        (
            "applications: [web]\n" + ENVIRONMENT,
            [
                ":0:0: there is no application: name at least one under 'applications'",
                ":1:15: expected a mapping of names to applications, saw a list",
            ],
        ),
        (APPLICATION, [":0:0: there is no environment: name at least one under 'environments'"]),
        ("applications:\n" + ENVIRONMENT, [":0:0: there is no application: name at least one under 'applications'"]),
        ("applications: {web: }\n" + ENVIRONMENT, [":1:21: expected a mapping, saw nothing"]),
        (
            APPLICATION + "environments: {dev: {path: dev, from: registry, gates: {soak: 1h, health: [ok]}}}",
            [
                ":2:63: 'soak' needs an environment in 'from', not the registry: set it in a later environment",
                ":2:75: 'health' needs an environment in 'from', not the registry: set it in a later environment",
            ],
        ),
        (
            "applications: {web: {image: a}, api: {images: [b, a]}}\nenvironments: {dev: {path: dev, from: registry}}",
            [":2:28: in 'dev', docker.io/library/a would belong to web and api: add {application} to the path"],
        ),
        (
            (
                "applications:\n"
                "  web: {image: a, edit: [{file: all.yml, path: tag}]}\n"
                "  api: {image: b, edit: [{file: '{environment}.yml', path: tag}, {file: all.yml, path: tag}]}\n"
                "environments: {dev: {path: 'dev/{application}', from: registry}}"
            ),
            [":3:66: tag in all.yml already belongs to 'web' in 'dev' (.gitops.yml:2): give each its own"],
        ),
        (
            APPLICATION + "environments:\n"
            "  eu: {path: eu, from: registry, was: dev}\n  us: {path: us, from: old, was: old}\n"
            "  dev: {path: dev, from: registry, was: old}\n",
            [
                (
                    ":3:39: the environment 'dev' still exists, in .gitops.yml, line 5: "
                    "'was' must be a name that is no longer in use"
                ),
                ":4:24: unknown environment 'old': it is now called 'dev'",
                ":5:41: 'us' already has 'old' as its 'was': only one environment can take over its history",
            ],
        ),
        (
            APPLICATION + "environments:\n"
            "  a: {path: a, from: [c, dev]}\n  b: {path: b, from: a}\n  c: {path: c, from: b}\n"
            "  d: {path: d, from: e}\n  e: {path: e, from: {any: [d, gone]}}\n  dev: {path: dev, from: registry}\n",
            [
                ":3:22: a → b → c → a is a cycle that no version can enter: change the 'from' of one of them",
                ":6:22: d → e → d is a cycle that no version can enter: change the 'from' of one of them",
                ":7:32: unknown environment 'gone': the policy has a, b, c, d, e and dev",
            ],
        ),
    ],
)
def test_errors_in_the_main_file_are_reported(written: str, expected: list[str]) -> None:
    assert [each.removeprefix(MAIN) for each in problems(written)] == expected


def test_two_environments_with_named_places_may_share_a_folder() -> None:
    edit = "edit: [{file: 'values/{environment}.yml', path: tag}]"
    environments = "environments: {dev: {path: values, from: registry}, prod: {path: values, from: dev}}"

    assert read({MAIN: f"applications: {{web: {{image: web, {edit}}}}}\n{environments}"}).environments[
        "prod"
    ].paths == ("values",)


def test_two_paths_to_one_environment_are_not_a_cycle() -> None:
    policy = read(
        {
            MAIN: APPLICATION
            + "environments:\n  dev: {path: dev, from: registry}\n  eu: {path: eu, from: dev}\n  us: {path: us, from: dev}\n"
            "  world: {path: world, from: [eu, us]}\n"
        }
    )

    assert policy.environments["world"].origin.environments == ("eu", "us")


def test_an_explicit_empty_list_means_nobody() -> None:
    policy = read(
        {MAIN: f"{APPLICATION}environments: {{dev: {{path: dev, from: registry, permissions: {{promote: []}}}}}}"}
    )

    assert policy.environments["dev"].permissions.promote == ()


def test_problems_of_all_files_are_reported_together_in_order() -> None:
    files = {
        MAIN: "mode: of\napplications: {web: {image: web}}\nenvironments: {dev: {path: '{application}', from: regitry}}",
        ".gitops/prod.yml": "path: prod/{application}\nfrom: stagin\nsoak: 4h",
        ".gitops/staging.yml": "path: [",
        ".gitops/dev.yml": "path: dev/{application}\nfrom: registry",
        ".gitops/applications/web.yml": "image: web",
        ".gitops/applications/API.yml": "image: api",
        ".gitops/applications/db.yaml": "image: db",
        ".gitops/team/x.yml": "{}",
        ".gitops.yaml": "{}",
    }

    assert problems(files) == [
        ".gitops.yaml:0:0: this file is not read: rename it to .gitops.yml",
        ".gitops.yml:1:7: expected active or observe, saw 'of'",
        ".gitops.yml:3:51: unknown environment 'regitry': the policy has dev, prod and staging",
        (
            ".gitops/applications/API.yml:1:1: 'API' is not a name: use lower-case letters, digits, '.', '_' and '-', begin "
            "with a letter or a digit, do not end in '.' or '.lock', and stay within 63 characters"
        ),
        ".gitops/applications/db.yaml:0:0: this file is not read: rename it to .gitops/applications/db.yml",
        ".gitops/applications/web.yml:1:1: the application 'web' is already in .gitops.yml, line 2: keep one",
        ".gitops/dev.yml:1:1: the environment 'dev' is already in .gitops.yml, line 3: keep one",
        ".gitops/prod.yml:2:7: unknown environment 'stagin' (did you mean 'staging'?)",
        (
            ".gitops/prod.yml:3:1: unknown key 'soak': the keys here are path, from, promote, gates, merge, merge-method, "
            "pull-request, notify, deployments, pace, update, rollback, permissions, limit, timezone, mode, applications-may, "
            "edit and was"
        ),
        ".gitops/staging.yml:2:1: this is not YAML: did not find expected node content while parsing a flow node",
        (
            ".gitops/team/x.yml:0:0: this file is not read: call an environment's file .gitops/<environment>.yml, "
            "and an application's file .gitops/applications/<application>.yml"
        ),
    ]


def test_without_a_main_file_there_is_no_policy() -> None:
    assert problems({".gitops/dev.yml": "path: dev\nfrom: dve"}) == [
        ".gitops.yml:0:0: this file is missing, and without it there is no policy"
    ]


def test_an_invalid_main_file_hides_only_dependent_problems() -> None:
    assert problems({MAIN: "a: b: c", ".gitops/dev.yml": "path: /dev\nfrom: dve"}) == [
        (
            ".gitops.yml:1:5: this is not YAML: mapping values are not allowed in this context; "
            "quote a value that has a colon and a space in it"
        ),
        ".gitops/dev.yml:1:7: '/dev' leads outside the repository: write a path below its root, such as envs/dev",
    ]


def test_a_named_place_may_hold_the_digest_of_a_tag_that_is_followed() -> None:
    """`write: digest` is what the error about `write: tag` asks for."""
    written = (
        "applications:\n"
        "  web: {image: a, versions: {digest: latest}, edit: [{file: '{environment}.yml', path: web.digest, write: digest}]}\n"
        "environments: {dev: {path: 'dev/{application}', from: registry}}"
    )

    assert read({MAIN: written}).applications["web"].edit.also[0].write is Write.DIGEST


def test_a_file_of_an_application_that_cannot_be_read_hides_nothing_else() -> None:
    files = {MAIN: f"{APPLICATION}{ENVIRONMENT}", ".gitops/applications/api.yml": "image: [\n"}

    assert [each.partition(":")[0] for each in problems(files)] == [".gitops/applications/api.yml"]
