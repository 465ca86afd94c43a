"""The chart and the Kustomize base keep the same promises. What Helm and Kustomize render is what is checked."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from bot.core.values.images import Reference
from bot.service import GRACE
from bot.settings import read_settings
from tests.deploy.rendering import PLACEHOLDER, ROOT, Object, Rendered, helm, kustomize, with_components
from tests.test_settings import REQUIRED

pytestmark = pytest.mark.deploy

IMAGE = {"repository": PLACEHOLDER}
MINIMAL = {"image": IMAGE, "credentials": {"existingSecret": "mine"}}
POSTGRESQL = {**MINIMAL, "replicas": 3, "database": {"type": "postgresql"}}
FULL = {
    "image": {**IMAGE, "digest": "sha256:" + "ab" * 32, "pullSecrets": ["pull"]},
    "github": {"appId": 12345678, "apiUrl": "https://ghe.example.com/api/v3"},
    "credentials": {
        "externalSecret": {
            "enabled": True,
            "key": "gitops-bot",
            "secretStore": {"name": "vault", "kind": "ClusterSecretStore"},
        }
    },
    "persistence": {"size": "5Gi", "storageClass": "fast"},
    "registries": {
        "allow": ["ghcr.io", "docker.io"],
        "mirrors": {"docker.io": "https://mirror.example.com/hub"},
        "dockerConfigSecret": "logins",
    },
    "network": {
        "httpsProxy": "http://proxy.example.com:3128",
        "noProxy": [".example.com", "10.0.0.0/8"],
        "certificateAuthorities": {"configMap": "authorities"},
    },
    "settings": {"LOG_LEVEL": "DEBUG", "REGISTRY_MAX_TAGS": 2000000},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "host": "bot.example.com",
        "tlsSecret": "tls",
        "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
    },
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}],
        "extraEgress": [{"ports": [{"port": 5000}]}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/bot"}},
    "podAnnotations": {"example.com/a": "b"},
    "podLabels": {"azure.workload.identity/use": "true"},
    "nodeSelector": {"kubernetes.io/arch": "arm64"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "priorityClassName": "high",
}
VALUES: dict[str, Mapping[str, object]] = {
    "helm minimal": MINIMAL,
    "helm full": FULL,
    "helm postgresql": POSTGRESQL,
    "helm trial": {
        "image": IMAGE,
        "credentials": {"values": {"GITHUB_PRIVATE_KEY": "a\nb\n", "GITHUB_WEBHOOK_SECRET": 'q"uote: $x'}},
        "persistence": {"enabled": False},
    },
    "helm setup": {"image": IMAGE, "github": {"webhooks": "pull"}, "credentials": {"setupPage": True}},
}
COMPONENTS = {
    "kustomize base": (),
    "kustomize postgresql": ("postgresql",),
    "kustomize full": ("company-network", "ingress", "monitoring", "postgresql"),
}
NAMES = [*VALUES, *COMPONENTS, "kustomize example"]
SEVERAL = {"helm postgresql", "kustomize postgresql", "kustomize full"}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rendered]:
    charts = dict(zip(VALUES, helm(list(VALUES.values())), strict=True))
    assert [each for each in charts.values() if isinstance(each, str)] == []
    return {
        **{name: each for name, each in charts.items() if isinstance(each, Rendered)},
        **{name: with_components(tmp_path_factory.mktemp("k"), *each) for name, each in COMPONENTS.items()},
        "kustomize example": kustomize(ROOT / "deploy" / "kustomize" / "example"),
    }


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def rendered(everything: Mapping[str, Rendered], name: str) -> Rendered:
    return everything[name]


@pytest.mark.parametrize("version", ["1.30.0", "1.37.0"])
def test_kubernetes_knows_every_field(version: str, everything: Mapping[str, Rendered], tmp_path: Path) -> None:
    """The oldest and the newest minor version, strictly. Custom resources are checked below."""
    count = 0
    for number, each in enumerate(everything.values()):
        known = [one for one in each.objects if not _is_custom(one)]
        (tmp_path / f"{number}.yaml").write_text(yaml.safe_dump_all(known))
        count += len(known)
    command: list[str | Path] = [ROOT / ".cache/deploy/bin/kubernetes-validate", "--strict", "--no-warn", "-k", version]
    done = subprocess.run(
        [*command, *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False, timeout=100
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" passed for resource ") == count


def test_only_these_custom_resources_are_made(rendered: Rendered) -> None:
    """Their schemas are not Kubernetes'. Both have been compared with the definitions of their projects."""
    custom = {(each["apiVersion"], each["kind"]) for each in rendered.objects if _is_custom(each)}

    assert custom <= {("external-secrets.io/v1", "ExternalSecret"), ("monitoring.coreos.com/v1", "ServiceMonitor")}


def _is_custom(each: Object) -> bool:
    group = str(each["apiVersion"]).rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def test_it_can_write_nothing_but_its_volumes(rendered: Rendered) -> None:
    """As the Dockerfile's user. The restricted Pod Security Standard asks for all of it but the read-only root."""
    user = (ROOT / "Dockerfile").read_text().partition("\nUSER ")[2].partition(":")[0]

    assert rendered.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert rendered.pod["securityContext"]["runAsNonRoot"] is True
    assert rendered.pod["securityContext"]["runAsUser"] == rendered.pod["securityContext"]["fsGroup"] == int(user)
    assert rendered.pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert rendered.pod["automountServiceAccountToken"] is False
    assert rendered.one("ServiceAccount")["automountServiceAccountToken"] is False
    assert rendered.pod["enableServiceLinks"] is False


def test_it_has_time_to_drain(rendered: Rendered) -> None:
    """preStop counts into the grace period: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/."""
    before = rendered.container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert rendered.pod["terminationGracePeriodSeconds"] >= before + GRACE.total_seconds() + 10


def test_its_probes_ask_endpoints_that_are_there(rendered: Rendered) -> None:
    pages = (ROOT / "docs" / "settings.md").read_text()
    probes = {name: rendered.container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}

    assert {name: each["path"] for name, each in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert all(f"`GET {each['path']}`" in pages and each["port"] == "http" for each in probes.values())
    assert rendered.container["ports"] == [{"name": "http", "containerPort": 8080}]
    assert "EXPOSE 8080" in (ROOT / "Dockerfile").read_text()


def test_a_file_has_one_writer_and_a_database_several(rendered: Rendered, name: str) -> None:
    deployment, volumes = rendered.one("Deployment")["spec"], {each["name"]: each for each in rendered.pod["volumes"]}
    mounts = {each["name"] for each in rendered.container["volumeMounts"]}

    assert mounts == set(volumes)
    if name in SEVERAL:
        assert deployment["replicas"] > 1
        assert deployment["strategy"] == {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        }
        assert rendered.of("PersistentVolumeClaim") == []
        assert rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
        assert "data" not in volumes
        assert rendered.pod["topologySpreadConstraints"]
    else:
        assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
        assert rendered.of("PodDisruptionBudget") == [], "with one replica, it would keep nodes from being drained"
        claims = [each["metadata"]["name"] for each in rendered.of("PersistentVolumeClaim")]
        expected = {"persistentVolumeClaim": {"claimName": claims[0]}} if claims else {"emptyDir": {"sizeLimit": "1Gi"}}
        assert volumes["data"] == {"name": "data", **expected}


def test_every_selector_finds_the_pod_and_nothing_else(rendered: Rendered) -> None:
    deployment = rendered.one("Deployment")["spec"]
    labels, selector = deployment["template"]["metadata"]["labels"], deployment["selector"]["matchLabels"]
    selectors = [
        rendered.one("Service")["spec"]["selector"],
        rendered.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    selectors += [each["spec"]["selector"]["matchLabels"] for each in rendered.of("PodDisruptionBudget")]

    assert selector.items() <= labels.items()
    assert "app.kubernetes.io/name" in selector
    assert [each for each in selectors if each != selector] == []
    for monitor in rendered.of("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        assert wanted.items() <= rendered.one("Service")["metadata"]["labels"].items()
        (endpoint,) = monitor["spec"]["endpoints"]
        assert {"port": "http", "path": "/metrics"}.items() <= endpoint.items()


def test_the_network_policy_opens_what_the_settings_need(rendered: Rendered, name: str) -> None:
    ports = [each["port"] for rule in rendered.one("NetworkPolicy")["spec"]["egress"] for each in rule["ports"]]
    expected = {53, 443}
    expected |= {3128} if "HTTPS_PROXY" in rendered.environment else set()
    expected |= {5432} if name in SEVERAL else set()
    expected |= {5000} if name == "helm full" else set()

    assert set(ports) == expected
    assert rendered.one("NetworkPolicy")["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_only_webhooks_are_reachable_from_outside(rendered: Rendered) -> None:
    for ingress in rendered.of("Ingress"):
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert (path["path"], path["pathType"]) == ("/webhooks/", "Prefix")
        assert path["backend"]["service"]["name"] == rendered.one("Service")["metadata"]["name"]
        assert [each["hosts"] for each in ingress["spec"]["tls"]] == [[rule["host"]]]


def test_the_server_accepts_what_it_is_given(rendered: Rendered, tmp_path: Path) -> None:
    """Every variable is a setting, and its value one that the server takes. The files are those that are mounted."""
    mounts = {each["mountPath"]: each["name"] for each in rendered.container["volumeMounts"]}
    given = dict(rendered.environment)
    for setting in ("SSL_CERT_FILE", "DOCKER_CONFIG"):
        if setting in given:
            path = Path(given.pop(setting))
            assert {str(path), str(path.parent)} & set(mounts), setting
    if "DATABASE_URL" in given:
        assert str(Path(given["DATABASE_URL"].removeprefix("sqlite:///")).parent) in mounts
        given["DATABASE_URL"] = f"sqlite:///{tmp_path}/queue.sqlite3"

    read_settings({**REQUIRED, **given})

    known = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in rendered.environment if f"| `{name}` |" not in known] == []


def test_the_credentials_come_from_one_secret(rendered: Rendered, name: str) -> None:
    if name == "helm setup":
        assert "envFrom" not in rendered.container
        return
    (source,) = rendered.container["envFrom"]
    made = [each["metadata"]["name"] for each in rendered.of("Secret")]
    made += [each["spec"]["target"]["name"] for each in rendered.of("ExternalSecret")]

    assert list(source) == ["secretRef"]
    assert made in ([], [source["secretRef"]["name"]])
    assert "GITHUB_PRIVATE_KEY" not in rendered.environment


def test_the_bot_itself_finds_each_image(rendered: Rendered, tmp_path: Path) -> None:
    (tmp_path / "rendered.yaml").write_text(rendered.text)
    command = [sys.executable, "-m", "bot", "images", "--json", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    (found,) = json.loads(done.stdout)
    image = Reference.parse(rendered.container["image"])

    assert (found["image"], found["tag"], found["digest"]) == (str(image.name), image.tag, image.digest)


# --- the chart's own


def test_text_arrives_as_it_was_given(everything: Mapping[str, Rendered]) -> None:
    """Helm reads whole numbers as floating ones: helm/helm#1707."""
    full = everything["helm full"]

    assert full.environment["GITHUB_APP_ID"] == "12345678"
    assert full.environment["REGISTRY_MAX_TAGS"] == "2000000"
    assert full.environment["REGISTRY_MIRRORS"] == "docker.io=https://mirror.example.com/hub"
    assert full.environment["NO_PROXY"] == ".example.com,10.0.0.0/8"
    assert full.container["image"] == f"{PLACEHOLDER}@{FULL['image']['digest']}"  # type: ignore[index]
    assert everything["helm trial"].one("Secret")["stringData"] == VALUES["helm trial"]["credentials"]["values"]  # type: ignore[index]


def test_a_changed_credential_restarts_the_pods() -> None:
    def checksum(secret: str) -> str:
        values = {"GITHUB_PRIVATE_KEY": "a", "GITHUB_WEBHOOK_SECRET": secret}
        (found,) = helm([{"image": IMAGE, "credentials": {"values": values}}])
        assert isinstance(found, Rendered)
        return str(found.one("Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/credentials"])

    assert checksum("one") != checksum("two")


def test_the_notes_say_what_is_left_to_do(everything: Mapping[str, Rendered]) -> None:
    assert "GitHub cannot reach it yet" in everything["helm minimal"].notes
    assert "http://localhost:8080/setup" in everything["helm setup"].notes
    assert "nothing has to be reachable from outside" in everything["helm setup"].notes
    assert "The webhook URL of the App is https://bot.example.com/webhooks/github" in everything["helm full"].notes


REFUSED: dict[str, Mapping[str, object]] = {
    "image/repository": {"credentials": {"existingSecret": "mine"}},
    "credentials: 0 ways are set": {"image": IMAGE},
    "credentials: 2 ways are set": {
        **MINIMAL,
        "credentials": {"existingSecret": "a", "values": {"GITHUB_PRIVATE_KEY": "a", "GITHUB_WEBHOOK_SECRET": "b"}},
    },
    "GITHUB_WEBHOOK_SECRET is needed unless": {**MINIMAL, "credentials": {"values": {"GITHUB_PRIVATE_KEY": "a"}}},
    "credentials.setupPage: the secrets": {
        "image": IMAGE,
        "persistence": {"enabled": False},
        "credentials": {"setupPage": True},
    },
    "several replicas need PostgreSQL": {**MINIMAL, "replicas": 2},
    "needs DATABASE_URL": {
        "image": IMAGE,
        "database": {"type": "postgresql"},
        "credentials": {"values": {"GITHUB_PRIVATE_KEY": "a", "GITHUB_WEBHOOK_SECRET": "b"}},
    },
    "'replica' not allowed": {**MINIMAL, "replica": 2},
    "'hots' not allowed": {**MINIMAL, "ingress": {"enabled": True, "hots": "x"}},
    "ingress.host: needed": {**MINIMAL, "ingress": {"enabled": True}},
    "/network/httpsProxy": {**MINIMAL, "network": {"httpsProxy": "http://name:password@proxy.example.com:3128"}},
    "/terminationGracePeriodSeconds": {**MINIMAL, "terminationGracePeriodSeconds": 30},
    "/credentials/externalSecret/key": {
        **MINIMAL,
        "credentials": {"externalSecret": {"enabled": True, "secretStore": {"name": "a"}}},
    },
    "invalid propertyName 'log_level'": {**MINIMAL, "settings": {"log_level": "DEBUG"}},
    "invalid propertyName 'DATABASE_URL'": {**MINIMAL, "settings": {"DATABASE_URL": "postgresql://db.example.com/bot"}},
}


def test_a_mistake_is_refused_with_its_name() -> None:
    answers = dict(zip(REFUSED, helm(list(REFUSED.values())), strict=True))

    assert {
        part: str(said)[:200] for part, said in answers.items() if not isinstance(said, str) or part not in said
    } == {}
