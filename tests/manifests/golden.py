"""The golden folders: `cases/<format>/<case>/` with `before/`, `after/`, `command` and what the command said.

`after/` holds the files that change. `said` holds both outputs and the exit status. Adding a case is adding a folder; with
`python -m tests.manifests.golden` the missing `said` files are written, to be read before they are committed.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from bot.core.values.images import Reference
from bot.manifests.report import Outcome, set_version

ROOT = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return str(self.folder.relative_to(ROOT))

    @property
    def before(self) -> dict[str, bytes]:
        return _files(self.folder / "before")

    @property
    def after(self) -> dict[str, bytes]:
        """Every file as it is to be in the end."""
        return self.before | _files(self.folder / "after")

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text("utf-8")

    def run(self, files: dict[str, bytes]) -> Outcome:
        """Do what the case's command says, on these files."""
        word, reference, *options = shlex.split((self.folder / "command").read_text("utf-8"))
        assert word == "set"
        key_path = options[1] if options[:1] == ["--path"] else None
        return set_version(files, Reference.parse(reference), key_path=key_path)


def all_cases() -> list[Case]:
    return [Case(command.parent) for command in sorted(ROOT.glob("*/*/command"))]


def transcript(outcome: Outcome) -> str:
    """What a terminal would show, and how it ended."""
    return "".join(f"{line}\n" for line in (*outcome.said, *outcome.complained, f"exit {outcome.status.value}"))


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write_missing() -> None:
    for case in all_cases():
        if not (case.folder / "said").exists():
            (case.folder / "said").write_text(transcript(case.run(case.before)), "utf-8")


if __name__ == "__main__":
    write_missing()
