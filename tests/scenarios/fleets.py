"""Worlds with many applications: `git fast-import` makes the repository, thousands of files in a second."""

import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.repository import Repository
from tests.scenarios.world import TEAM, World, a_world

PLACES = ("dev", "staging", "prod")
POLICY = """\
version: 1
defaults:
  application:
    image: ghcr.io/acme/{application}
    versions: {semver: '>=1.0.0'}
  environment:
    path: envs/{environment}/{application}
applications:
  '*': {}
environments:
  dev: {from: registry}
  staging: {from: dev}
  prod: {from: staging}
"""


def name_of(number: int) -> str:
    return f"app-{number:05}"


def manifest(name: str, tag: str, *, place: str = "") -> str:
    """A deployment of about a kilobyte, as people have them."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: {name}, place: '{place}'}}
spec:
  replicas: 3
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: {name}
          image: ghcr.io/acme/{name}:{tag}
          args: ["--port=8080", "--log=json"]
          ports:
            - name: http
              containerPort: 8080
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
"""


@asynccontextmanager
async def a_fleet(count: int, *, policy: str = POLICY, tag: str = "v1.0.0") -> AsyncIterator[World]:
    """A world whose bot has not looked yet: so many applications, each with the same version everywhere."""
    files = {".gitops.yml": policy, "README.md": "# Fleet\n"}
    setting = replace(TEAM, files=files, images=(), required_checks=())
    async with a_world(setting) as world:
        await world.settle()
        await world.stage.stop()
        import_into(
            world.stage.manifests, files_of(range(count), policy=policy, tag=tag), by=world.stage.person("alice")
        )
        for number in range(count):
            world.stage.registry.push_image(f"acme/{name_of(number)}", tag)
        world.news()
        yield world


def files_of(numbers: range, *, policy: str, tag: str) -> Iterator[tuple[str, str]]:
    yield ".gitops.yml", policy
    for number in numbers:
        for place in PLACES:
            name = name_of(number)
            yield f"envs/{place}/{name}/deployment.yaml", manifest(name, tag, place=place)


def import_into(repository: Repository, files: Iterable[tuple[str, str]], *, by: User) -> None:
    """Commit files to the default branch, as many as one likes, in a second."""
    head = repository.head()
    stream = [
        "commit refs/heads/imported\ncommitter alice <alice@example.com> 1790000000 +0000\ndata 6\nImport\n",
        f"from {head}\n",
    ]
    for path, text in files:
        stream.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n")
    command = ("git", "-C", str(repository.store.path), "fast-import", "--quiet", "--force")
    subprocess.run(command, input="".join(stream).encode(), check=True)
    after = repository.store.ref("refs/heads/imported")
    repository.move_ref("refs/heads/main", before=head, after=after, by=by)
