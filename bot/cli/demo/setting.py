"""The team of the story: its people, its policy, and manifests in three formats."""

from dataclasses import replace
from textwrap import dedent

from bot.cli.demo.stage import Setting
from bot.simulator.github.model.accounts.accounts import Role

PRESENT = "v1.4.1"

POLICY = """\
# Where a version of web comes from, what it must pass on its way, and who may move it.
version: 1

applications:
  web:
    image: ghcr.io/acme/web
    source: acme/web
    owners: ['@acme/web']
    versions:
      semver: ">=1.0.0"
      platforms: [linux/amd64, linux/arm64]
      write: tag+digest

environments:
  dev:
    path: envs/dev/{application}
    from: registry
    gates: {checks: [build]}
  staging:
    path: envs/staging/{application}
    from: dev
    gates:
      soak: 30m
      health: ['argocd/{application}-{environment}']
  prod:
    path: envs/prod/{application}
    from: staging
    promote: manual                       # opened by /promote
    gates:
      soak: 1h
      approvals: {count: 1, from: ['@acme/sre'], not: [requester]}
    rollback: {approvals: 0}
    permissions: {promote: [owners], rollback: [owners, '@acme/sre']}
"""

KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../../base]
images:
  - name: ghcr.io/acme/web
    newTag:   v1.4.1       # dev follows every release
    digest: <digest of v1.4.1>
"""

VALUES = """\
replicas: 2
image:
  registry: ghcr.io
  repository: acme/web
  tag: "v1.4.1"
  digest: "<digest of v1.4.1>"   # both are written, or neither
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:v1.4.1@<digest of v1.4.1>   # prod
          ports: [{containerPort: 8080}]
"""

FILES = {
    ".gitops.yml": POLICY,
    "README.md": "# What runs where\n",
    "base/kustomization.yaml": dedent("resources: []\n"),
    "envs/dev/web/kustomization.yaml": KUSTOMIZATION,
    "envs/staging/web/values.yaml": VALUES,
    "envs/prod/web/deployment.yaml": DEPLOYMENT,
}

PEOPLE = {
    "alice": Role.ADMIN,  # keeps the manifests repository
    "dana": Role.WRITE,  # develops web, and owns it
    "erin": Role.READ,  # may look
    "sam": Role.WRITE,  # site reliability
}

API = """\
image: {repository: ghcr.io/acme/api, tag: %s}
"""

BILLING = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: billing}
spec:
  template:
    spec:
      containers: [{name: billing, image: 'ghcr.io/acme/billing:%s'}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: invoices}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: invoices, image: 'ghcr.io/acme/billing:%s'}]
"""

TEAM = Setting(
    files=FILES,
    people=PEOPLE,
    teams={"web": ("dana",), "sre": ("sam",)},
    images=("v1.4.0", PRESENT),
)

MORE = """\
  api:
    image: ghcr.io/acme/api
    owners: ['@dana']
  billing:
    image: ghcr.io/acme/billing
    owners: ['@dana']
"""

DEMO = replace(
    TEAM,
    files={
        **FILES,
        ".gitops.yml": POLICY.replace("\nenvironments:", f"{MORE}\nenvironments:").replace(
            "    promote: manual ",
            "    deployments: source                   # web's developers see it on their commits\n"
            "    notify: [{to: releases}]              # and a chat hears of it\n    promote: manual ",
        ),
        "envs/dev/api/values.yaml": API % "v2.1.0",
        "envs/staging/api/values.yaml": API % "v2.1.0",
        "envs/prod/api/values.yaml": API % "v2.0.3",
        "envs/dev/billing/all.yaml": BILLING % ("v3.2.0", "v3.2.0"),
        "envs/staging/billing/all.yaml": BILLING % ("v3.2.0", "v3.1.4"),  # somebody changed one of them by hand
        "envs/prod/billing/all.yaml": BILLING % ("v3.1.4", "v3.1.4"),
    },
    people={"erin": PEOPLE["erin"], **PEOPLE},
    others={"acme/api": ("v2.0.3", "v2.1.0"), "acme/billing": ("v3.1.4", "v3.2.0")},
    sink="releases",
)
"""The world of the demo: more applications, one of them stuck; and visitors begin as erin, who may look and not touch."""
