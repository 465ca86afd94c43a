"""GitHub's published schemas, fetched with npm into a cache that git ignores.

Octokit publishes what GitHub publishes: the REST description, the GraphQL schema, the webhook schemas and example
payloads (all MIT). They are tens of megabytes and not ours, so the repository holds only their names and digests.

Races accepted: several pytest workers may ask at once. One fetches under a file lock, the others wait and find the
files. A folder appears by rename, so nobody reads half a file; a killed fetch leaves only a temporary folder behind.
"""

import base64
import fcntl
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

CACHE = Path(__file__).parents[2] / ".cache" / "npm"


class PackageError(Exception):
    """A package could not be fetched or is not the one we pinned; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned npm package and the single file of it that we read.

    integrity: the registry's own `sha512-<base64>` of the tarball; a different tarball is refused.
    member: path inside the tarball.
    """

    name: str
    version: str
    integrity: str
    member: str

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.name.replace('/', '+')}@{self.version}"


REST = Package(
    name="@octokit/openapi",
    version="23.0.2",
    integrity="sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    member="package/generated/api.github.com.json",
)
GRAPHQL = Package(
    name="@octokit/graphql-schema",
    version="15.26.1",
    integrity="sha512-RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
    member="package/schema.graphql",
)
WEBHOOKS = Package(
    name="@octokit/openapi-webhooks",
    version="12.1.0",
    integrity="sha512-Z5eDsLCUNbx1zHpZb1LNQirADqdMTvWJQ/deahi0ws+tWWnwHXB+Pr4jfmM9OrETS9Y5iW8ZRu1fdbudObhLrg==",
    member="package/generated/api.github.com.json",
)
EXAMPLES = Package(
    name="@octokit/webhooks-examples",
    version="7.6.1",
    integrity="sha512-De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
    member="package/api.github.com/index.json",
)


def text_of(package: Package) -> str:
    """The package's file, fetched once and then read from the cache.

    Raises PackageError when npm is missing, does not answer, or answers with something else than we pinned.
    """
    file = package.folder / Path(package.member).name
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with _only_one():
            if not file.exists():  # somebody else may have fetched it while we waited
                _fetch(package)
    return file.read_text(encoding="utf-8")


def json_of(package: Package) -> Any:
    """The package's file as JSON."""
    return json.loads(text_of(package))


def _fetch(package: Package) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        tarball = _pack(package, into=Path(scratch))
        _verify(package, tarball)
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        with tarfile.open(tarball) as archive:
            member = archive.extractfile(package.member)
            if member is None:
                raise PackageError(f"{package.name}@{package.version} holds no file {package.member}")
            with (unpacked / Path(package.member).name).open("wb") as out:
                shutil.copyfileobj(member, out)
        shutil.rmtree(package.folder, ignore_errors=True)
        unpacked.rename(package.folder)


def _pack(package: Package, *, into: Path) -> Path:
    """Download the tarball; `npm pack` runs no script of the package."""
    npm = shutil.which("npm")
    if npm is None:
        raise PackageError(
            "npm was not found, and the contract tests fetch GitHub's schemas with it: install Node.js, "
            "or leave these tests out with `make test`"
        )
    asked = f"{package.name}@{package.version}"
    done = subprocess.run(
        [npm, "pack", asked, "--silent", "--pack-destination", str(into)],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=into,
    )
    tarballs = list(into.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        said = (done.stderr or done.stdout).strip() or "nothing"
        raise PackageError(
            f"`npm pack {asked}` ended {done.returncode} and said: {said}. Is the npm registry in reach?"
        )
    return tarballs[0]


def _verify(package: Package, tarball: Path) -> None:
    with tarball.open("rb") as content:
        digest = hashlib.file_digest(content, "sha512").digest()
    seen = "sha512-" + base64.b64encode(digest).decode()
    if seen != package.integrity:
        raise PackageError(
            f"{package.name}@{package.version} is not the tarball we pinned: expected {package.integrity}, "
            f"got {seen}. Somebody between here and the registry changed it; do not use it."
        )


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold the cache's lock; the system lets go of it when the process ends, however it ends."""
    lock: IO[str]
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
