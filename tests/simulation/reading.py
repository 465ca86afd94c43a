"""What stands in Git, read without the bot's help: versions, policies, and which bytes of a file name a version.

The worlds of `settings.py` write versions as `vN.N.N` or, where a tag is followed, as `stable`, and digests as `sha256:…`, and
name nothing else so. That makes reading them a matter of two patterns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Protocol

import yaml

FOLLOWED = "stable"
"""The tag that moves from version to version, where a policy follows one."""
TAG = re.compile(r"\bv\d+\.\d+\.\d+\b|\bstable\b")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FOLDER = 0o040000
_LENGTH = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Git(Protocol):
    """A bare repository, as the simulated GitHub keeps it."""

    def file(self, commit: str, path: str, /) -> bytes | None: ...

    def commit(self, oid: str, /) -> Any: ...

    def walk_tree(self, tree: str, path: str = ..., /) -> Any: ...

    def entry(self, tree: str, path: str, /) -> Any: ...


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """What an environment runs. digest: '' where only a tag is written."""

    tag: str
    digest: str = ""

    @property
    def is_followed(self) -> bool:
        """Report whether only its digest tells it from others."""
        return self.tag == FOLLOWED

    @property
    def name(self) -> str:
        """Return what people call it: its tag, or the beginning of its digest if the tag is followed."""
        return short(self.digest) if self.is_followed else self.tag


def short(digest: str) -> str:
    """Return the beginning of a digest, as people write it."""
    return digest.removeprefix("sha256:")[:12]


def number_of(tag: str) -> tuple[int, ...]:
    """Return `v1.10.0` as (1, 10, 0)."""
    return tuple(int(part) for part in tag[1:].split("."))


def files_of(git: Git, commit: str, folder: str) -> dict[str, bytes]:
    """Return the files below a folder at a commit."""
    tree = git.commit(commit).tree
    if folder:
        found = git.entry(tree, folder)
        if found is None or found.mode != _FOLDER:
            return {}
        tree = found.oid
    paths = [each.path for each in git.walk_tree(tree, folder) if each.mode != _FOLDER]
    return {path: git.file(commit, path) or b"" for path in paths}


def version_of(files: Mapping[str, bytes]) -> Version | None:
    """Return the one version that these manifests name; None where they name none, or several."""
    text = "\n".join(line.partition(" #")[0] for content in files.values() for line in content.decode().splitlines())
    tags, digests = set(TAG.findall(text)), set(DIGEST.findall(text))
    if len(tags) != 1 or len(digests) > 1:
        return None
    return Version(tags.pop(), digests.pop() if digests else "")


def masked(content: bytes) -> str:
    """Return a manifest with every version taken out: what must not change."""
    return DIGEST.sub("<digest>", TAG.sub("<tag>", content.decode()))


@lru_cache(maxsize=64)
def policy_of(text: bytes) -> "Policy":
    """Read the part of a policy that the oracle judges by."""
    return Policy(yaml.load(text, Loader=yaml.CSafeLoader))


class Policy:
    """A policy as its text says."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told

    @property
    def applications(self) -> tuple[str, ...]:
        """Return their names."""
        return tuple(self._told["applications"])

    @property
    def environments(self) -> tuple[str, ...]:
        """Return their names, in the order of the text."""
        return tuple(self._told["environments"])

    def gates(self, environment: str, application: str) -> dict[str, Any]:
        """Return the gates of an environment as they apply to an application."""
        there = self._told["environments"][environment].get("gates") or {}
        own = self._told["applications"][application].get("environments", {}).get(environment, {}).get("gates", {})
        return {name: value for name, value in {**there, **own}.items() if value is not None}

    def soak(self, environment: str, application: str) -> timedelta:
        """Return how long a version has to have run in the environment before."""
        return self.length(self.gates(environment, application).get("soak", "0m"))

    @staticmethod
    def length(told: str) -> timedelta:
        """Read `30m`, `4h` or `1d`."""
        found = _LENGTH.fullmatch(str(told))
        return int(found[1]) * _UNITS[found[2]] if found else timedelta(0)

    def health(self, environment: str, application: str) -> list[str]:
        """Return the contexts that have to report success in the environment before."""
        before = self.source(environment)
        return [
            each.replace("{application}", application).replace("{environment}", before)
            for each in self.gates(environment, application).get("health", [])
        ]

    def source(self, environment: str) -> str:
        """Return `registry`, or the environment that versions come from."""
        return str(self._told["environments"][environment]["from"])

    def key(self, environment: str, name: str, otherwise: Any = None) -> Any:
        """Return a setting of an environment."""
        return self._told["environments"][environment].get(name, otherwise)

    def is_followed(self, application: str) -> bool:
        """Report whether the application's versions are what one tag points at."""
        return "digest" in self._told["applications"][application]["versions"]

    def wanted_platforms(self, application: str) -> frozenset[str]:
        """Return the platforms that all have to be there."""
        return frozenset(self._told["applications"][application]["versions"].get("platforms", ()))

    def writes_digest(self, application: str) -> bool:
        """Report whether digests are written."""
        return "digest" in self._told["applications"][application]["versions"].get("write", "tag")

    def owners(self, application: str) -> list[str]:
        """Return who owns an application."""
        return list(self._told["applications"][application].get("owners", []))
