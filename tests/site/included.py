"""Blocks of the documentation that are copies of files, kept equal to them.

GitHub shows a page as it is, so a page that shows a file has to hold its text. A comment names the file, and the block below it
is the file: `<!-- file: examples/flux/.gitops.yml -->`. `python -m tests.site.included` writes all of them; `--check` fails if
one differs.
"""

import argparse
import re
import sys
from pathlib import Path

from tests.site.reference import page as reference

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference.md"
LANGUAGES = {".yml": "yaml", ".yaml": "yaml", ".txt": "text", ".env": "bash", ".service": "ini"}

_BLOCK = re.compile(r"(?<=^<!-- file: )(\S+)( -->\n)```\w+\n.*?^```$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Return every page of ours."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def refreshed(text: str) -> str:
    """Return a page with each of its blocks as the file is today. Raises FileNotFoundError if there is no such file."""

    def block(found: re.Match[str]) -> str:
        content = (ROOT / found[1]).read_text(encoding="utf-8")
        return f"{found[1]}{found[2]}```{LANGUAGES[Path(found[1]).suffix]}\n{content.rstrip()}\n```"

    return _BLOCK.sub(block, text)


def outdated() -> dict[Path, str]:
    """Return the pages that differ from what they are made of, with what they should be."""
    wanted = {path: refreshed(path.read_text(encoding="utf-8")) for path in pages() if path != REFERENCE}
    wanted[REFERENCE] = reference()
    return {path: text for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text}


def main() -> int:
    """Write the pages, or with --check only name those that differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page differs")
    check = parser.parse_args().check
    for path, text in outdated().items():
        print(f"{path.relative_to(ROOT)}: {'differs' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return int(check and bool(outdated()))


if __name__ == "__main__":
    sys.exit(main())
