"""Whether a queue could be kept in a place, found out without keeping one there."""

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

_SECONDS = 10


async def trouble_with_file(path: Path) -> str:
    """Return why the file cannot be used; '' where it can. Nothing is created."""
    return await asyncio.get_running_loop().run_in_executor(None, _trouble_with_file, path)


def _trouble_with_file(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"the folder {folder} cannot be written by this process"
    if not path.exists():
        return ""
    if not os.access(path, os.R_OK | os.W_OK):
        return f"the file {path} cannot be written by this process"
    try:
        with closing(sqlite3.connect(f"file:{path.absolute()}?mode=ro", uri=True, timeout=_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        return f"the file {path} is no database of SQLite, or is damaged ({error})"
    return ""


async def file_system_of(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the kind of file system that a file lies or would lie on, such as `ext4`; '' where this machine does not tell."""
    return await asyncio.get_running_loop().run_in_executor(None, _file_system_of, path, mounts)


def _file_system_of(path: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
        folder = path.absolute().parent.resolve()
    except OSError:
        return ""
    found = [
        fields for line in lines if len(fields := line.split(" ")) > 2 and folder.is_relative_to(_unescaped(fields[1]))
    ]
    # The last of several mounts at one place hides those before it.
    return max(enumerate(found), key=lambda each: (len(_unescaped(each[1][1])), each[0]))[1][2] if found else ""


def _unescaped(mount: str) -> str:
    """Return a path of /proc/mounts, which writes spaces as octal numbers: https://man7.org/linux/man-pages/man5/fstab.5.html"""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), mount)


async def trouble_with_server(url: str) -> str:
    """Return why the PostgreSQL cannot be used; '' where it can. Never holds the password."""
    try:
        async with asyncio.timeout(_SECONDS):
            async with await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=_SECONDS
            ) as connection:
                await connection.execute("SELECT 1")
    except TimeoutError:
        return f"it did not answer within {_SECONDS} seconds"
    except psycopg.Error as error:
        said = str(error).splitlines()
        return said[-1].strip() if said else type(error).__name__
    return ""
