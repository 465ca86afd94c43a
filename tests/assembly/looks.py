"""What one look at GitHub brings, made of real manifests: their bytes, blob ids, histories and pull requests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.assembly import Assembled, Files, FromRegistries, assemble
from bot.core.observation.actors import Actor
from bot.core.observation.files import FileRevision, History, ListedFile, SeenEnvironment
from bot.core.observation.observation import Observation
from bot.core.observation.pull_request import PastPull
from bot.core.observation.repository import StateBranch
from bot.core.policy import Policy
from bot.manifests import blob_id
from tests.builders import NOW, PEOPLE, actor, ago, commit, oid, policy, repository

DEPLOYMENT = "envs/dev/web/deployment.yaml"
CRON_JOB = "envs/dev/web/cronjob.yaml"


def manifest(
    tag: str | None = "v1.4.0", *, digest: str | None = None, image: str = "ghcr.io/acme/web", more: str = ""
) -> bytes:
    """A workload with one container."""
    version = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n"
        f"      containers:\n      - name: web\n        image: {image}{version}\n{more}"
    )
    return text.encode()


def blobs(*contents: bytes) -> dict[str, bytes]:
    return {blob_id(content): content for content in contents}


def revision(content: bytes | None, word: str, at: datetime, **fields: Any) -> FileRevision:
    """The file after a commit named `word`; None where that deleted it."""
    defaults: dict[str, Any] = {"by": actor(), "pull": None, "promotion": False}
    return FileRevision(commit=oid(word), at=at, blob_id=blob_id(content) if content else "", **{**defaults, **fields})


def history(*revisions: FileRevision, complete: bool = True) -> History:
    return History(revisions, complete)


def listed(files: Mapping[str, bytes], mode: int = 0o100644) -> tuple[ListedFile, ...]:
    return tuple(ListedFile(path, blob_id(content), mode) for path, content in files.items())


def seen(contents: Mapping[str, bytes] | None = None, **fields: Any) -> SeenEnvironment:
    """An environment with one deployment since yesterday, unless it is said otherwise."""
    content = {DEPLOYMENT: manifest()} if contents is None else contents
    histories = {path: history(revision(each, "first", ago(days=1)), complete=True) for path, each in content.items()}
    defaults: dict[str, Any] = {
        "files": listed(content),
        "histories": histories,
        "branch_oid": None,
        "pull": None,
        "past": (),
    }
    return SeenEnvironment(**{**defaults, **fields})


def past_pull(content: bytes, **fields: Any) -> PastPull:
    """A promotion that a person closed."""
    defaults: dict[str, Any] = {
        "number": 5,
        "merged": False,
        "closed_at": ago(hours=1),
        "author": Actor("gitops-bot", is_bot=True),
        "labels": frozenset(),
        "head_blobs": {DEPLOYMENT: blob_id(content)},
    }
    return PastPull(**{**defaults, **fields})


def observation(*contents: bytes, **fields: Any) -> Observation:
    """A look that brought the bytes of these contents."""
    defaults: dict[str, Any] = {
        "repository": repository(),
        "policy_files": {},
        "policy_id": "policy-1",
        "state": StateBranch(None, {}),
        "environments": {"dev": seen()},
        "recent": (commit("head"),),
        "commits": {},
        "source": None,
        "comments": (),
        "people": PEOPLE,
        "teams": {},
        "blobs": blobs(*(contents or (manifest(),))),
        "unreadable": {},
    }
    return Observation(**{**defaults, **fields})


def assembled(
    look: Observation,
    rules: Policy | None = None,
    *,
    registries: FromRegistries | None = None,
    files: Files | None = None,
) -> Assembled:
    """The State of `web`."""
    followed = rules or policy(*policy().environments.values())
    return assemble(
        look,
        followed,
        followed.applications["web"],
        registries=registries or FromRegistries({}, {}),
        files=files or Files(),
        now=NOW,
    )
