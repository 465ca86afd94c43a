"""The policy that shows every key is read completely, and what is left out has the documented default."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.core.policy import (
    Application,
    Approvals,
    Day,
    Environment,
    ExplicitEdit,
    Freeze,
    Gates,
    Hours,
    Limit,
    Merge,
    MergeMethod,
    Mode,
    Order,
    OrderKind,
    Origin,
    OriginKind,
    Pace,
    Permissions,
    Policy,
    Promote,
    PullRequestPage,
    Rollback,
    Source,
    Update,
    Versions,
    Window,
    Write,
    read,
)

COMPLETE = Path(__file__).with_name("policies") / "complete.yml"

WEB = Application(
    name="web",
    images=("ghcr.io/acme/web",),
    source=Source(repository="acme/web", branch="main", paths=("**", "!docs/**")),
    owners=("@acme/web",),
    versions=Versions(
        order=Order(kind=OrderKind.SEMVER, argument=">=1.0.0"),
        tags="^v(?P<version>.+)$",
        ignore=("*-rc*",),
        platforms=("linux/amd64", "linux/arm64"),
        write=Write.TAG_AND_DIGEST,
    ),
    edit=(ExplicitEdit(file="values/{environment}.yaml", path="web.image.tag", write=Write.TAG),),
)
DEV = Environment(
    name="dev",
    paths=("envs/dev/{application}",),
    origin=Origin(kind=OriginKind.REGISTRY),
    gates=Gates(checks=("build", "test / *")),
)
STAGING = Environment(
    name="staging",
    paths=("envs/staging/{application}",),
    origin=Origin(kind=OriginKind.ALL, environments=("dev",)),
    gates=Gates(soak=timedelta(minutes=30), health=("argocd/{application}-{environment}",)),
)
PROD = Environment(
    name="prod",
    paths=("envs/prod/{application}",),
    origin=Origin(kind=OriginKind.ALL, environments=("staging",)),
    promote=Promote.MANUAL,
    gates=Gates(
        soak=timedelta(hours=4),
        approvals=Approvals(count=1, from_=("owners", "@acme/sre"), not_=("requester",)),
        windows=(
            Window(
                days=(Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI),
                hours=Hours(opens=time(9), closes=time(16)),
                timezone="Europe/Berlin",
            ),
        ),
        freezes=(Freeze(first=date(2026, 12, 18), last=date(2027, 1, 4), reason="holidays"),),
    ),
    limit=Limit(merges=5, per=timedelta(minutes=10)),
    rollback=Rollback(approvals=0),
    permissions=Permissions(promote=("owners",), rollback=("owners", "@acme/sre"), override=("@acme/sre-leads",)),
    merge=Merge.AUTO,
)


def test_every_key_is_read() -> None:
    expected = Policy(
        mode=Mode.ACTIVE,
        applications={"web": WEB},
        environments={"dev": DEV, "staging": STAGING, "prod": PROD},
    )

    assert read({".gitops.yml": COMPLETE.read_text()}) == expected


def test_what_is_left_out_has_its_default() -> None:
    policy = read(
        {
            ".gitops.yml": "applications: {web: {image: nginx}}\nenvironments: {dev: {path: envs/dev, from: registry}}\n",
        }
    )
    dev = policy.environments["dev"]

    assert policy.mode is Mode.ACTIVE
    assert policy.applications["web"] == Application(name="web", images=("docker.io/library/nginx",))
    assert policy.applications["web"].versions.order == Order(kind=OrderKind.SEMVER, argument="*")
    assert policy.applications["web"].versions.write is Write.TAG
    assert (dev.promote, dev.merge, dev.merge_method) == (Promote.AUTO, Merge.AUTO, MergeMethod.MERGE)
    assert (dev.pace, dev.update, dev.timezone) == (Pace.SOAKED, Update.UNTIL_APPROVED, "UTC")
    assert dev.pull_request == PullRequestPage(
        title="{environment}: {application} {from} → {to}", labels=(), reviewers=()
    )
    assert dev.gates == Gates(checks=(), soak=None, health=(), approvals=None, windows=(), freezes=())
    assert dev.rollback == Rollback(approvals=None, bypass=False)
    assert dev.permissions.promote is None
    assert dev.limit is None


def test_parts_may_have_files_of_their_own() -> None:
    files = {
        ".gitops.yml": "environments: {dev: {path: 'envs/dev/{application}', from: registry}}",
        ".gitops/prod.yml": "path: envs/prod/{application}\nfrom: dev",
        ".gitops/applications/web.yml": "image: ghcr.io/acme/web",
        ".gitops/applications/api.yml": "images: [ghcr.io/acme/api, ghcr.io/acme/worker]",
        ".gitops/README.md": "what is no policy file is passed over",
        ".github/workflows/ci.yml": "on: push",
    }

    policy = read(files)

    assert list(policy.environments) == ["dev", "prod"]
    assert list(policy.applications) == ["api", "web"]
    assert policy.applications["api"].images == ("ghcr.io/acme/api", "ghcr.io/acme/worker")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("registry", Origin(kind=OriginKind.REGISTRY)),
        ("eu", Origin(kind=OriginKind.ALL, environments=("eu",))),
        ("[eu, us, eu]", Origin(kind=OriginKind.ALL, environments=("eu", "us"))),
        ("{any: [eu, us]}", Origin(kind=OriginKind.ANY, environments=("eu", "us"))),
    ],
)
def test_origins(written: str, expected: Origin) -> None:
    policy = read(
        {
            ".gitops.yml": f"""
applications: {{web: {{image: nginx}}}}
environments:
  eu: {{path: eu, from: registry}}
  us: {{path: us, from: registry}}
  world: {{path: world, from: {written}}}
"""
        }
    )

    assert policy.environments["world"].origin == expected


@pytest.mark.parametrize(
    ("written", "days", "opens", "closes"),
    [
        ("{}", "mon tue wed thu fri sat sun", time(), time()),
        ("{days: sat}", "sat", time(), time()),
        ("{days: 'mon, wed-thu'}", "mon wed thu", time(), time()),
        ("{days: [fri-mon, wed]}", "mon wed fri sat sun", time(), time()),
        ("{hours: '22:00-04:30'}", "mon tue wed thu fri sat sun", time(22), time(4, 30)),
        ("{hours: '00:00-24:00'}", "mon tue wed thu fri sat sun", time(), time()),
    ],
)
def test_windows(written: str, days: str, opens: time, closes: time) -> None:
    policy = read(
        {
            ".gitops.yml": f"""
applications: {{web: {{image: nginx}}}}
environments: {{dev: {{path: dev, from: registry, gates: {{windows: [{written}]}}}}}}
"""
        }
    )

    expected = Window(days=tuple(map(Day, days.split())), hours=Hours(opens=opens, closes=closes))
    assert policy.environments["dev"].gates.windows == (expected,)


def test_short_forms_and_long_ones_are_the_same() -> None:
    short = read(
        {
            ".gitops.yml": """
applications: {web: {image: nginx, source: acme/web, owners: '@kim', versions: {ignore: latest}}}
environments: {dev: {path: ./dev//, from: registry, gates: {checks: build}}}
"""
        }
    )
    long = read(
        {
            ".gitops.yml": """
applications:
  web:
    images: [docker.io/library/nginx]
    source: {repository: acme/web, paths: ['**']}
    owners: ['@kim']
    versions: {semver: '*', ignore: [latest]}
environments: {dev: {path: dev, from: registry, gates: {checks: [build]}}}
"""
        }
    )

    assert short == long


@pytest.mark.parametrize("observing", ["policy", "application", "environment", "nobody"])
def test_the_strictest_mode_counts(observing: str) -> None:
    modes = {
        each: Mode.OBSERVE if each == observing else Mode.ACTIVE for each in ("policy", "application", "environment")
    }
    web = WEB.model_copy(update={"mode": modes["application"]})
    dev = DEV.model_copy(update={"mode": modes["environment"]})
    policy = Policy(mode=modes["policy"], applications={"web": web}, environments={"dev": dev})

    assert policy.mode_of(web, dev) is (Mode.ACTIVE if observing == "nobody" else Mode.OBSERVE)


def test_a_policy_cannot_be_changed() -> None:
    policy = Policy(applications={"web": WEB})

    with pytest.raises(ValidationError, match="frozen"):
        policy.mode = Mode.OBSERVE  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.applications["api"] = WEB  # type: ignore[index]
    assert hash(WEB) == hash(WEB.model_copy())


def test_code_may_leave_the_order_out_or_name_it() -> None:
    assert Versions().order == Order(kind=OrderKind.SEMVER, argument="*")
    assert Versions(order=Order(kind=OrderKind.COMMIT, argument="long")).order.kind is OrderKind.COMMIT
    assert Environment(name="dev", paths=("dev",), origin=Origin(kind=OriginKind.REGISTRY)).origin.environments == ()
