"""A value that belongs to two applications, or to two environments: no promotion writes it, and people read whose it is."""

import pytest

from bot.assembly import Files, FromRegistries, assemble
from bot.core.decide import decide
from bot.core.plan import OpenPromotion
from bot.core.policy import MAIN, Policy, read
from bot.core.values.artifacts import Tags
from bot.core.values.places import Refusal
from tests.assembly.looks import observation, seen
from tests.builders import NOW, artifacts

V4, V5 = "v1.4.0", "v1.5.0"
WEB, API = "ghcr.io/acme/web", "ghcr.io/acme/api"
ONE = "dev: {path: 'envs/dev/{application}', from: registry}"


def rules(web: str, api: str = "", *, environments: str = ONE) -> Policy:
    """What the applications say beside their images."""
    return read(
        {
            MAIN: f"version: 1\napplications:\n  web:\n    image: {WEB}\n    {web}\n  api:\n    image: {API}\n    {api}\n"
            f"environments:\n  {environments}\n"
        }
    )


def refused(
    policy: Policy, contents: dict[str, str], application: str = "web", *, files: Files | None = None
) -> list[Refusal]:
    """What keeps the application's promotions from dev; nothing is ever opened then."""
    encoded = {path: text.encode() for path, text in contents.items()}
    look = observation(*encoded.values(), environments=dict.fromkeys(policy.environments, seen(encoded)))
    image = policy.applications[application].images[0]
    registries = FromRegistries({image: Tags(image, (V4, V5))}, artifacts(V4, V5, image=image))
    kept = files or Files()
    state = assemble(look, policy, policy.applications[application], registries=registries, files=kept, now=NOW).state
    found = list(state.environments["dev"].refusals)
    opened = [each for each in decide(state, policy, NOW).actions if isinstance(each, OpenPromotion)]
    assert (not found) == any(each.environment == "dev" for each in opened)
    return found


def edit(file: str, **named: str) -> str:
    (kind, value) = next(iter(named.items()))
    return f"edit: [{{file: '{file}', {kind}: '{value}'}}]"


@pytest.mark.parametrize(
    ("content", "web", "api"),
    [
        # Two patterns for one value.
        ("TAG=v1.4.0\n", edit("pins", pattern="TAG=(.*)"), edit("pins", pattern="^T.*=(.*)$")),
        # One is part of the other.
        ("run ghcr.io/acme/web:v1.4.0\n", edit("pins", pattern="run (.*)"), edit("pins", pattern=":(v.*)$")),
        # The second match of a pattern, on a line that ends in CRLF, behind letters of several bytes.
        ("a=v1.4.0\r\nü=v1.4.0\r\n", edit("pins", pattern="^.=(.*)"), edit("pins", pattern="^ü=(.*)")),
        # On the last line, which no line end follows; below a byte order mark.
        ("\ufeffx\nTAG=v1.4.0", edit("pins", pattern="TAG=(.*)"), edit("pins", pattern="TAG=(v.*)")),
        # A pattern and a key.
        ("tag: v1.4.0\n", edit("pins", pattern="tag: (.*)"), edit("pins", path="tag")),
        # Two keys, one of which is an alias of the other.
        ("web: &v v1.4.0\napi: *v\n", edit("pins", path="web"), edit("pins", path="api")),
        # By position and by value.
        ("a: [{name: x, tag: v1.4.0}]\n", edit("pins", path="a[0].tag"), edit("pins", path="a[name=x].tag")),
        # One path, written in two ways.
        ("a.b: {tag: v1.4.0}\n", edit("pins", path=r"a\.b.tag"), edit("pins", path=r"a\.b.t\ag")),
        # A digest that counts before the tag beside it.
        (
            f"tag: v1.4.0\ndigest: sha256:{'a' * 64}\n",
            edit("pins", path="tag"),
            edit("pins", path="digest").replace("}]", ", write: digest}]"),
        ),
    ],
)
def test_a_value_that_two_applications_name_is_refused_in_both(content: str, web: str, api: str) -> None:
    policy = rules(web, api)

    (ours,), (theirs,) = refused(policy, {"pins": content}), refused(policy, {"pins": content}, "api")

    assert (ours.path, theirs.path) == ("pins", "pins")
    assert ours.line == theirs.line > 0
    assert ours.reason == "it is also the version of 'api' in 'dev', named by its `edit` at .gitops.yml:8"
    assert ours.advice == "give each its own value, or correct `edit` at .gitops.yml:5 in the policy"
    assert theirs.reason == "it is also the version of 'web' in 'dev', named by its `edit` at .gitops.yml:5"


@pytest.mark.parametrize(
    ("content", "web", "api"),
    [
        ("web=v1.4.0\napi=v1.4.0\n", edit("pins", pattern="^web=(.*)"), edit("pins", pattern="^api=(.*)")),
        ("v1.4.0,v1.4.0\n", edit("pins", pattern="^(.*),"), edit("pins", pattern=",(.*)$")),
        ("web: v1.4.0\napi: v1.4.0 # a * b\n", edit("pins", path="web"), edit("pins", path="api")),
        ("web: v1.4.0\napi: v1.4.0\n", edit("pins", path="web"), edit("pins", pattern="api: (.*)")),
        ("web: v1.4.0\n", edit("pins", path="web"), edit("pins", pattern="nothing: (.*)")),
        ("web: v1.4.0\n", edit("pins", path="web"), edit("pins", path="api[name=x]")),
        ("web: v1.4.0\n", edit("pins", pattern="web: (.*)"), edit("pins", path="api")),
        ("{{ web }}: v1.4.0\n", edit("pins", pattern="web.*: (.*)"), edit("pins", path="api")),
    ],
)
def test_values_beside_each_other_are_nobodys_business(content: str, web: str, api: str) -> None:
    assert refused(rules(web, api, environments="dev: {path: dev, from: registry}"), {"pins": content}) == []


def test_a_value_that_two_environments_name_is_refused() -> None:
    named = edit("pins", pattern="^{application}=(.*)")
    policy = rules(
        "",
        environments=f"dev: {{path: dev, from: registry, {named}}}\n"
        f"  prod: {{path: prod, from: dev, {named.replace('^', '')}}}",
    )

    (refusal,) = refused(policy, {"pins": "web=v1.4.0\n"})

    assert refusal.reason == "it is also the version of 'web' in 'prod', named by its `edit` at .gitops.yml:11"


MANIFEST = "envs/dev/web/all.yaml"


def test_what_edit_names_is_another_applications_image() -> None:
    """A pattern that is too wide: the tag of `api` would move with each release of `web`."""
    content = f"a: {{image: '{API}:v1.4.0'}}\nb: {{image: 'mirror.example.com/web:v1.4.0'}}\n"
    policy = rules(edit(MANIFEST, pattern=":(v[0-9.]+)"), environments="dev: {path: envs/dev, from: registry}")

    (ours,), (theirs,) = refused(policy, {MANIFEST: content}), refused(policy, {MANIFEST: content}, "api")

    assert (ours.path, ours.line, ours.seen) == (MANIFEST, 1, V4)
    assert ours.reason == f"it is also the version of 'api' in 'dev', found by its image {API}"
    assert theirs.reason == "it is also the version of 'web' in 'dev', named by its `edit` at .gitops.yml:5"
    assert theirs.advice == "give each its own value, or correct the paths in the policy"


def test_an_image_that_nobody_looks_for_there_belongs_to_nobody() -> None:
    """Such as a mirror's: that is what `edit` is for."""
    content = f"a: {{image: '{API}:v1.4.0'}}\n"
    policy = rules(edit(MANIFEST, pattern=":(v[0-9.]+)"), environments="dev: {path: elsewhere, from: registry}")

    assert refused(policy, {MANIFEST: content}) == []


def test_two_applications_of_one_image_whose_globs_meet() -> None:
    """`web*` also means `web-eu`."""
    policy = read(
        {
            MAIN: f"version: 1\napplications: {{web: {{image: {WEB}}}, web-eu: {{image: {WEB}}}}}\n"
            "environments: {dev: {path: 'envs/dev/{application}*', from: registry}}\n"
        }
    )
    contents = {f"envs/dev/{name}/app.yaml": f"image: {WEB}:v1.4.0\n" for name in ("web", "web-eu")}

    (refusal,) = refused(policy, contents)
    assert (refusal.path, refusal.line) == ("envs/dev/web-eu/app.yaml", 1)
    assert refusal.reason == f"it is also the version of 'web-eu' in 'dev', found by its image {WEB}"
    (refusal,) = refused(policy, contents, "web-eu")
    assert refusal.path == "envs/dev/web-eu/app.yaml"


def test_bytes_that_are_not_remembered_are_read_before_anything_is_written() -> None:
    policy = rules("", edit(MANIFEST, pattern="nothing (.*)"))
    encoded = {MANIFEST: f"image: {WEB}:v1.4.0\n".encode()}
    look = observation(*encoded.values(), environments={"dev": seen(encoded)})
    files = Files(most_bytes=1)  # It keeps no bytes, but what it has located.
    files.located_by_name(encoded[MANIFEST], path=MANIFEST, images=frozenset({WEB}))

    found = assemble(look, policy, policy.applications["web"], registries=FromRegistries({}, {}), files=files, now=NOW)

    assert [each.reason for each in found.state.environments["dev"].refusals] == ["its content was not read"]
    assert found.known.blobs >= {each.blob_id for each in found.state.environments["dev"].places}
