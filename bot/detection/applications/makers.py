"""Which images a team builds itself: those are applications. Databases, proxies and other people's tools are not.

No file says who builds an image. Its registry and its namespace do: a private registry or the repository's owner is a sure
sign, and so are the settings of a tool that updates it.
"""

import re
from enum import Enum

from bot.core.values.images import ImageName


class Maker(Enum):
    """Who builds an image. UNKNOWN: a public registry, and nothing that tells whose."""

    OWN = "own"
    UNKNOWN = "unknown"
    OTHERS = "others"


_PRIVATE = re.compile(
    r".*\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|.*\.azurecr\.(io|cn|us)|.*-docker\.pkg\.dev|(.+\.)?gcr\.io"
    r"|.*\.jfrog\.io|registry\.gitlab\.com|rg\..*|.*\.scw\.cloud|.*\.ocir\.io|registry\.digitalocean\.com|localhost(:.*)?"
    r"|.*:[0-9]+"
)

_OTHERS_REGISTRIES = frozenset(
    {
        "registry.k8s.io",
        "k8s.gcr.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "registry.access.redhat.com",
        "registry.redhat.io",
        "docker.elastic.co",
        "nvcr.io",
        "cr.fluentbit.io",
        "cr.l5d.io",
        "docker.n8n.io",
        "reg.kyverno.io",
        "registry.connect.redhat.com",
        "icr.io",
    }
)

_OTHERS_NAMESPACES_WORDS = (
    "library bitnami bitnamilegacy bitnamicharts prom prometheus prometheuscommunity prometheus-community "
    "prometheus-operator grafana argoproj argoprojlabs argoproj-labs fluxcd jetstack kubernetes hashicorp istio envoyproxy "
    "datadog newrelic fluent otel open-telemetry jaegertracing openzipkin elastic opensearchproject nginx nginxinc traefik "
    "haproxytech rancher cilium calico tigera metallb external-secrets external-dns kyverno openpolicyagent aquasec "
    "aquasecurity falcosecurity velero vmware-tanzu bitnami-labs minio mongodb mongo percona crunchydata cloudnative-pg "
    "zalando strimzi confluentinc rabbitmq redis valkey-io valkey memcached oliver006 curlimages alpine alpinelinux busybox "
    "dpage adminer oauth2-proxy dexidp keycloak goharbor kedacore stakater renovate sonarsource jenkins jenkinsxio "
    "atlassian gitea tektoncd knative kiwigrid groundnuty lachlanevenson quay amazon aws google-containers "
    "google_containers googlecontainertools google-samples cloudsql-docker distroless cert-manager kubebuilder brancz "
    "weaveworks metrics-server ingress-nginx longhornio openebs rook ceph linkerd crossplane crossplane-contrib backube "
    "snapshot-controller sig-storage actions home-assistant linuxserver plexinc gitleaks apache golang node python wal-g "
    "postgrest cloudflare letsencrypt ory authelia victoriametrics thanosio thanos bats nats-io natsio spegel-org "
    "emberstack mittwald dotmesh openshift openshift4 openshift-release-dev ubi8 ubi9 rhel8 rhel9 rhscl centos fedora "
    "debian ubuntu"
)
_OTHERS_NAMESPACES = frozenset(_OTHERS_NAMESPACES_WORDS.split())


def maker_of(image: str, owner: str) -> Maker:
    """Tell who builds an image, by its name alone. owner: of the manifests repository, '' where that is unknown."""
    name = ImageName.parse(image)
    parts = name.repository.lower().split("/")
    if owner and owner in (*parts[:-1], name.registry.partition(".")[0]):
        return Maker.OWN
    if name.registry in _OTHERS_REGISTRIES or _OTHERS_NAMESPACES.intersection(parts[:-1]):
        return Maker.OTHERS
    if name.registry == "gcr.io" and parts[0].startswith("google"):
        return Maker.OTHERS
    return Maker.OWN if _PRIVATE.fullmatch(name.registry) else Maker.UNKNOWN
