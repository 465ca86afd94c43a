"""Places that `edit` names, in files and formats that people keep versions in, on the bot's whole way from bytes to a merge."""

import pytest

from bot.core.gates import manifests
from bot.core.gates.question import Purpose, Question
from bot.core.plan import Verdict
from bot.core.values.places import Refusal
from tests.assembly.test_field_manifests import OLD, V4, V5, WEB, here, left, looked, promoted, rules
from tests.builders import NOW, application, environment, policy, version

MANIFEST = "envs/dev/web/app.yaml"
DEPLOYMENT = f"image: {WEB}:{V4}\n"


@pytest.mark.parametrize(
    ("file", "before", "named"),
    [
        # The Git files generator and pipelines read such files: argo-cd's docs, "Git Generator: Files".
        ("tags/dev/noext", "tag: v1.4.0\n", {"path": "tag"}),
        ("tags/dev/noext", "v1.4.0\n", {"pattern": "^(.*)$"}),
        # docker compose reads `.env`: https://docs.docker.com/compose/how-tos/environment-variables
        ("envs/dev/web/.env", "# deployed\nWEB_TAG=v1.4.0\nOTHER=v1\n", {"pattern": "^WEB_TAG=(.*)$"}),
        ("envs/dev/web/.env", "A=1\r\nWEB_TAG=v1.4.0\r\n", {"pattern": "^WEB_TAG=(v[0-9.]+)$"}),
        # helmfile: https://helmfile.readthedocs.io/en/latest/#templating
        ("values.yaml.gotmpl", "{{ if .x }}\ntag: v1.4.0 # {{ .y }}\n{{ end }}\n", {"pattern": r"tag: (\S+)"}),
        ("main.tf", 'image = "ghcr.io/acme/web:v1.4.0"\ncount = 2\n', {"pattern": '^image = "(.*)"$'}),
        ("main.tf", 'source = "git::https://x.io/web.git?ref=v1.4.0"\n', {"pattern": r'\?ref=([^"]+)'}),
        ("pins.toml", '[web]\nversion = "v1.4.0" # now\n', {"pattern": 'version = "(?P<version>[^"]*)"'}),
        ("Dockerfile", "FROM ghcr.io/acme/web:v1.4.0 AS web\n", {"pattern": "^FROM ghcr.io/acme/web:(.*) AS"}),
        ("args.txt", "run --image=ghcr.io/acme/web:v1.4.0 --now\n", {"pattern": r"--image=(\S+)"}),
        (
            "install.sh",
            "curl https://github.com/acme/web/releases/download/v1.4.0/install.yaml\n",
            {"pattern": "releases/download/([^/]+)/"},
        ),
        ("a.json", '{"args": "--tag=v1.4.0"}', {"pattern": '--tag=([^"]+)'}),
        # Several values move together.
        ("two.txt", "web=v1.4.0\nworker=v1.4.0\n", {"pattern": ["^web=(.*)", "^worker=(.*)"]}),
        ("two.txt", "web=v1.4.0\nworker=v1.4.0\n", {"pattern": "^w[a-z]+=(.*)"}),
        ("two", "web: v1.4.0\nworker: v1.4.0\n", {"path": ["web", "worker"]}),
        # The same file for all: the environment's part of it.
        ("all", "dev: {web: v1.4.0}\nprod: {web: v1.3.0}\n", {"path": "{environment}.{application}"}),
        ("all", "dev/web v1.4.0\nprod/web v1.3.0\n", {"pattern": "^{environment}/{application} (.*)"}),
    ],
)
def test_any_text_file_can_hold_the_version(file: str, before: str, named: dict[str, str]) -> None:
    followed = rules(edit=[{"file": file, **named}])

    assert promoted({file: before}, followed) == {file: before.replace(V4, V5)}


def test_a_remote_kustomize_resource_moves_with_the_tag() -> None:
    """The tag moved and the custom resource definitions stayed: kustomize's "remote targets" (`?ref=`)."""
    before = f"""resources:
- https://github.com/acme/op//config/crd?ref={V4}&timeout=90s
- https://github.com/acme/op//config/rbac?ref={V4}
images:
- name: {WEB}
  newTag: {V4}
"""
    path = "envs/dev/web/kustomization.yaml"
    followed = rules(edit=[{"file": path, "pattern": r"github.com/acme/op//[^?]*\?ref=([^&\s]+)"}])

    assert promoted({path: before}, followed) == {path: before.replace(V4, V5)}


def test_a_remote_resource_at_another_version_is_a_disagreement() -> None:
    path = "envs/dev/web/kustomization.yaml"
    contents = {path: f"resources: ['https://x.io/op?ref=v1']\nimages: [{{name: {WEB}, newTag: {V4}}}]\n"}

    assert here(contents, rules(edit=[{"file": path, "pattern": r"\?ref=([^']+)"}])).version is None


TWO = f"a: {{image: '{WEB}:v1.0.0'}}\nb: {{image: '{WEB}:{V4}'}}\n"


@pytest.mark.parametrize("edit", [{"path": "b.image"}, {"pattern": "^b: .*image: '(.*)'"}])
def test_only_the_named_place_counts_where_another_keeps_its_version_on_purpose(edit: dict[str, str]) -> None:
    followed = rules(edit={"only": [{"file": MANIFEST, **edit}]})

    assert here({MANIFEST: TWO}, rules()).version is None
    assert promoted({MANIFEST: TWO, "envs/dev/web/other.yaml": DEPLOYMENT}, followed) == {MANIFEST: TWO.replace(V4, V5)}


@pytest.mark.parametrize(
    ("everywhere", "in_dev", "found"),
    [
        ([{"file": "tag", "pattern": "(.*)"}], [], [MANIFEST]),
        ({"only": [{"file": "tag", "pattern": "(.*)"}]}, [], [MANIFEST]),
        ([], {"only": [{"file": "tag", "pattern": "(.*)"}]}, ["tag"]),
        ([], [{"file": "tag", "pattern": "(.*)"}], [MANIFEST, "tag"]),
    ],
)
def test_an_environment_may_have_other_places(everywhere: object, in_dev: object, found: list[str]) -> None:
    followed = policy(environment(edit=in_dev), applications=[application(edit=everywhere)])

    assert [place.path for place in here({MANIFEST: DEPLOYMENT, "tag": V4}, followed).places] == found


def test_only_and_also_may_stand_together() -> None:
    edits = {"only": [{"file": MANIFEST, "path": "b.image"}], "also": [{"file": "tag", "pattern": "(.*)"}]}

    assert promoted({MANIFEST: TWO, "tag": f"{V4}\n"}, rules(edit=edits)) == {
        MANIFEST: TWO.replace(V4, V5),
        "tag": f"{V5}\n",
    }


def test_a_file_outside_the_path_is_read_for_the_named_place_alone() -> None:
    """Another environment's reference in the same file is no concern of this one."""
    shared = f"dev: {V4}\nprod: {{image: '{WEB}:v1.0.0'}}\n"

    assert promoted({"all.yaml": shared}, rules(edit=[{"file": "all.yaml", "path": "dev"}])) == {
        "all.yaml": shared.replace(V4, V5)
    }


def test_what_a_pattern_names_is_no_longer_a_mention() -> None:
    contents = {MANIFEST: f"{DEPLOYMENT}script: run {WEB}:{V4} now\n"}
    followed = rules(edit=[{"file": MANIFEST, "pattern": f"run {WEB}:(.*) now"}])

    assert left(contents) == [f"app.yaml:2 {WEB}:{V4}"]
    assert here(contents, followed).left == ()
    assert promoted(contents, followed) == {MANIFEST: contents[MANIFEST].replace(V4, V5)}


def test_what_a_pattern_names_in_a_template_is_not_refused() -> None:
    template = f"{{{{ if .x }}}}\nimage: {WEB}:{V4}\n{{{{ end }}}}\n"
    followed = rules(edit=[{"file": MANIFEST, "pattern": "image: .*:(.*)"}])

    assert here({MANIFEST: template}).refusals != ()
    assert promoted({MANIFEST: template}, followed) == {MANIFEST: template.replace(V4, V5)}


def test_the_same_value_named_twice_is_one_place() -> None:
    edits = [{"file": MANIFEST, "pattern": ["image: (.*)", ":(v.*)"]}, {"file": MANIFEST, "path": "image"}]

    assert len(here({MANIFEST: DEPLOYMENT}, rules(edit=edits)).places) == 1


def test_a_tag_with_its_digest_by_pattern() -> None:
    before = f"IMAGE={WEB}:{V4}@{OLD}\nDIGEST={OLD}\n"
    edits = [
        {"file": ".env", "pattern": "^IMAGE=(.*)", "write": "tag+digest"},
        {"file": ".env", "pattern": "^DIGEST=(.*)", "write": "digest"},
    ]

    after = promoted({".env": before}, rules(edit=edits))[".env"]

    assert OLD not in after
    assert V5 in after


def refusals(contents: dict[str, str], **edit: str) -> list[Refusal]:
    return list(here(contents, rules(edit=[edit])).refusals)


def test_a_pattern_that_finds_nothing_is_refused() -> None:
    assert refusals({"a": "b"}, file="a", pattern="tag=(.*)") == [
        Refusal(
            "a",
            0,
            "tag=(.*)",
            "the pattern finds nothing in this file",
            "correct the pattern, or add the value to the file",
        )
    ]


def test_a_group_that_holds_more_than_a_version_is_refused() -> None:
    (refused,) = refusals({"a": "tag=v1 # now\n"}, file="a", pattern="tag=(.*)")

    assert (refused.line, refused.seen) == (1, "v1 # now")
    assert refused.reason == "what the pattern's group finds is not a tag, digest or image"


def test_a_named_file_that_is_missing_beside_others_is_refused() -> None:
    (refused,) = refusals({MANIFEST: DEPLOYMENT}, file="tags/dev", pattern="(.*)")

    assert (refused.path, refused.reason) == ("tags/dev", "`edit` names this file, but there is no such text file")


def test_an_application_that_is_not_there_at_all_has_no_missing_file() -> None:
    assert refusals({"other.yaml": "a: b"}, file="tags/dev", pattern="(.*)") == []


@pytest.mark.parametrize("path", [".gitops.yml", ".github/workflows/deploy.yml", "CODEOWNERS", ".gitattributes"])
def test_what_makes_rules_for_the_repository_is_never_read(path: str) -> None:
    """Validation says so already; here the policy is one that nobody validated."""
    found = here({path: "version: v1.4.0"}, rules(edit=[{"file": path, "pattern": "version: (.*)"}]))

    assert (found.places, found.refusals) == ((), ())


@pytest.mark.parametrize(
    ("paths", "reached"),
    [
        # `*` stops at a slash, and a folder means everything below it.
        (["clusters/*/{application}"], ["clusters/eu/web/app.yaml", "clusters/eu/web/base/app.yaml"]),
        (["clusters/eu/*/*"], ["clusters/eu/web/app.yaml"]),
        (["clusters/**"], ["clusters/eu/web/app.yaml", "clusters/eu/web/base/app.yaml", "clusters/eu/x/web/app.yaml"]),
        (["clusters/eu/web", "!**/base"], ["clusters/eu/web/app.yaml"]),
        (["clusters/eu/x", "apps/web.yaml"], ["clusters/eu/x/web/app.yaml", "apps/web.yaml"]),
        (["clusters/*", "!clusters/**", "apps/[vw]eb.yaml"], ["apps/web.yaml"]),
    ],
)
def test_a_list_of_globs_reaches(paths: list[str], reached: list[str]) -> None:
    everything = [
        "clusters/eu/web/app.yaml",
        "clusters/eu/web/base/app.yaml",
        "clusters/eu/x/web/app.yaml",
        "apps/web.yaml",
    ]
    followed = policy(environment(path=paths))

    assert [place.path for place in here(dict.fromkeys(everything, DEPLOYMENT), followed).places] == reached


@pytest.mark.parametrize("contents", [{}, {"clusters/eu/api/app.yaml": DEPLOYMENT}, {"clusters/eu/web/README.md": "-"}])
def test_a_path_that_reaches_nothing_is_reported(contents: dict[str, str]) -> None:
    verdict = judged(contents, ["clusters/*/{application}", "apps/{application}"])

    assert (verdict.code, verdict.facts["folder"]) == ("path-reaches-nothing", "clusters/*/web, apps/web")


def test_a_path_that_reaches_files_without_the_image_says_so() -> None:
    assert judged({"clusters/eu/web/app.yaml": "a: b"}, ["clusters/*/{application}"]).code == "image-not-found"


def judged(contents: dict[str, str], paths: list[str]) -> Verdict:
    rule = environment(path=paths)
    state = looked(contents, policy(rule)).state
    return manifests.judge(Question(policy(rule), state, rule, version(V5), Purpose.AUTOMATIC, None, NOW))
