"""Finding image references: beside libyaml composing the same files and doing nothing with them, and beside ruamel.yaml.

The files are generated: deployments with a service, Kustomizations, Helm values, and what stands beside them and names no
image: a reference in every kilobyte, three times as many as in public repositories. The
last row is a count: of ten thousand files remembered by blob id one changes, and only that one is parsed.
"""

from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from time import process_time  # noqa: TID251 -- a benchmark reads the real clock
from timeit import Timer

import yaml
from ruamel.yaml import YAML

from bot.manifests import Locator, blob_id, locate, references
from tests.bench.rows import Bound, Row

IMAGES = frozenset({"ghcr.io/acme/app-7"})
MONOREPO = 10_000

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  namespace: team-{team}
  labels: {{app.kubernetes.io/name: app-{n}, app.kubernetes.io/part-of: shop}}
  annotations:
    description: "What this does, whom to ask, and why it is here: number {n}"
spec:
  replicas: 3
  selector:
    matchLabels: {{app: app-{n}}}
  template:
    metadata:
      labels: {{app: app-{n}}}
    spec:
      serviceAccountName: app-{n}
      containers:
        - name: app
          image: ghcr.io/acme/app-{n}:v1.{n}.0   # what runs
          args: ["--port=8080", "--log=json"]
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: LEVEL
              value: "1"
            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: secret-{n}
                  key: password
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
---
apiVersion: v1
kind: Service
metadata:
  name: app-{n}
spec:
  selector:
    app: app-{n}
  ports:
    - port: 80
      targetPort: http
"""
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: team-{team}
resources:
  - ../../base
patches:
  - path: replicas.yaml
    target:
      kind: Deployment
images:
  - name: ghcr.io/acme/app-{n}
    newTag: v1.{n}.0
configMapGenerator:
  - name: settings
    literals:
      - LEVEL=1
"""
VALUES = """\
# Values of app-{n}
replicaCount: 2
image:
  registry: ghcr.io
  repository: acme/app-{n}
  tag: v1.{n}.0
  pullPolicy: IfNotPresent
serviceAccount:
  create: true
  annotations: {{}}
ingress:
  enabled: true
  hosts:
    - host: app-{n}.example.com
      paths:
        - path: /
          pathType: Prefix
resources:
  requests:
    cpu: 100m
"""
RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: app-{n}
spec:
  groups:
    - name: app-{n}
      rules:
        - alert: Errors
          expr: |
            sum(rate(requests_total{{job="app-{n}", code=~"5.."}}[5m]))
              / sum(rate(requests_total{{job="app-{n}"}}[5m])) > 0.01
          for: 10m
          labels:
            severity: page
          annotations:
            summary: "One request in a hundred to app-{n} fails"
            runbook: https://runbooks.example.com/app-{n}/errors
        - alert: Slow
          expr: histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket{{job="app-{n}"}}[5m]))) > 1
          for: 30m
          labels:
            severity: ticket
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-{n}
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
spec:
  ingressClassName: public
  tls:
    - hosts: [app-{n}.example.com]
      secretName: app-{n}-tls
  rules:
    - host: app-{n}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: app-{n}
                port: {{name: http}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{n}
spec:
  podSelector:
    matchLabels: {{app: app-{n}}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: {{kubernetes.io/metadata.name: ingress}}
      ports:
        - port: http
  egress:
    - to:
        - podSelector:
            matchLabels: {{app: database}}
      ports:
        - port: 5432
"""


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    """Speeds in megabytes of YAML per second, and the count of parsed blobs."""
    files = generated(60 if quick else 300)
    every, one, composed = speeds(files, find_all, find_one, compose)
    yield against("find all references", every, composed, beside="bare compose", wanted=0.6)
    yield against("find one image", one, composed, beside="bare compose", wanted=2.0)
    few = files[: 10 if quick else 30]
    yield against("find all references", *speeds(few, find_all, round_trip), beside="ruamel round trip", wanted=20)
    parsed = parsed_after_one_change(1_000 if quick else MONOREPO)
    yield Row("one changed blob", f"{parsed} parsed", "1 changed", float(parsed), Bound.AT_MOST, 1)


def generated(count: int) -> list[bytes]:
    """So many files of each kind."""
    return [
        template.format(n=number, team=number % 7).encode()
        for number in range(count)
        for template in (DEPLOYMENT, KUSTOMIZATION, VALUES, RULES)
    ]


def against(name: str, ours: float, other: float, *, beside: str, wanted: float) -> Row:
    return Row(name, f"{ours:.1f} MB/s", f"{beside} {other:.1f} MB/s", ours / other, Bound.AT_LEAST, wanted)


def speeds(files: list[bytes], *works: Callable[[bytes], object]) -> list[float]:
    """The best of five runs of each, in turns and in the time of this process alone, so a busy machine spoils all alike."""
    timers = [Timer(partial(_each, work, files), timer=process_time) for work in works]
    rounds = [[timer.timeit(1) for timer in timers] for _ in range(5)]
    return [sum(map(len, files)) / 1e6 / min(seconds) for seconds in zip(*rounds, strict=True)]


def _each(work: Callable[[bytes], object], files: list[bytes]) -> None:
    for content in files:
        work(content)


def compose(content: bytes) -> None:
    list(yaml.compose_all(content, Loader=yaml.CBaseLoader))


def find_all(content: bytes) -> None:
    references(content, path="p")


def find_one(content: bytes) -> None:
    locate(content, path="p", images=IMAGES)


def round_trip(content: bytes) -> None:
    both_ways = YAML()
    both_ways.dump_all(list(both_ways.load_all(content)), BytesIO())


def parsed_after_one_change(count: int) -> int:
    """How many blobs are parsed for a push that changes one file of many, all of which name the image."""
    locator = Locator(size=8 * count)
    files = [f"containers:\n- image: ghcr.io/acme/app-7:v{number}\n".encode() for number in range(count)]
    for content in files:
        locator.locate(content, path="p", images=IMAGES)
    before = locator.parsed
    files[count // 2] += b"# changed\n"
    for content in files:
        if locator.known(blob_id(content), path="p", images=IMAGES) is None:
            locator.locate(content, path="p", images=IMAGES)
    return locator.parsed - before
