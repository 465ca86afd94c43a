"""Whether a queue could be kept in a place, found out without keeping one there."""

import asyncio
import os
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
