"""The commands of pip that people are told to type, and that our programs run."""

import re

from tests.installation.lock_file import FOLDER

ROOT = FOLDER.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md")))
PROGRAMS = (ROOT / "Makefile", ROOT / "Dockerfile", ROOT / ".ci" / "run")


def installations(text: str) -> list[str]:
    """Return every command of pip that fetches something, with continued lines joined."""
    joined = text.replace("\\\n", " ")
    found = re.finditer(r"\b(?:pip|PIP\))[^`\n&|]* (?:install|wheel|download) [^`\n&|]*", joined)
    return [each[0].strip() for each in found]


def documented() -> list[str]:
    """Return the commands that install the bot without Docker, in their order; each once, however many pages show it."""
    pages = (installations(path.read_text(encoding="utf-8")) for path in PAGES)
    return list(dict.fromkeys(command for commands in pages for command in commands))


def locked(command: str) -> bool:
    """Return whether it fetches only what has a hash: nothing at all, or what a lock names."""
    fetches_nothing = "--no-index" in command or {"--no-deps", "--no-build-isolation"} <= set(command.split())
    return fetches_nothing or "--require-hashes" in command
