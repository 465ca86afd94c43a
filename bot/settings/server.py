"""Where the server keeps its queue, and where it listens."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from bot.settings.reading import SHORTEST_SECRET, Reader


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A connection string for libpq. It may hold a password, and shows nothing."""

    text: str = field(repr=False)


def queue_store(reader: Reader) -> Path | PostgresUrl:
    """Return the file in `sqlite:///relative/path` or `sqlite:////absolute/path`, as SQLAlchemy writes it, or the server.

    Other forms are not quoted, because they may hold a password.
    """
    name, given = "DATABASE_URL", reader.get("DATABASE_URL") or "sqlite:///gitops-bot.sqlite3"
    scheme, separator, rest = given.partition("://")
    kind = scheme.partition("+")[0]
    if separator and kind in {"postgresql", "postgres"}:
        return _server(reader, f"{kind}://{rest}")
    expected, todo = "sqlite:///FILE or postgresql://…", "Unset it for `gitops-bot.sqlite3` in the current folder."
    path = Path(rest.removeprefix("/"))
    if not separator or scheme != "sqlite":
        reader.problem(
            name, f"has the scheme {scheme!r:.20}" if separator else "is not a URL", expected=expected, todo=todo
        )
    elif not rest.startswith("/") or path.name in {"", ":memory:"} or "?" in rest:
        reader.problem(
            name, f"is {given!r:.80}", expected="sqlite:///FILE, or sqlite:////FILE for an absolute path", todo=todo
        )
    elif not path.parent.is_dir():
        todo = "Create the folder on a local disk that this process can write to."
        reader.problem(
            name, f"names {str(path)!r}, whose folder does not exist", expected="an existing folder", todo=todo
        )
    return path


def _server(reader: Reader, url: str) -> PostgresUrl:
    try:
        conninfo_to_dict(url)
    except ProgrammingError:  # its text may quote the password
        reader.problem(
            "DATABASE_URL",
            "is not a URL that PostgreSQL's library can read",
            expected="postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE",
            todo="Write special characters of the password with % and two digits, such as %40 for @.",
        )
    return PostgresUrl(url)


def public_url(reader: Reader) -> str:
    """Return where this server is reached from outside, without a slash at the end; '' where it is not set."""
    name, given = "PUBLIC_URL", reader.get("PUBLIC_URL").rstrip("/")
    expected, todo = "an address such as https://bot.example.com", "Leave out the path, the query and the user."
    try:
        split = urlsplit(given)
        usable = (
            split.scheme in {"http", "https"} and bool(split.hostname) and given == f"{split.scheme}://{split.netloc}"
        )
        usable = usable and "@" not in split.netloc and split.port != 0
    except ValueError:
        usable = False
    if given and not usable:
        reader.problem(name, "is not the root of a web site", expected=expected, todo=todo)
        return ""
    return given


def api_tokens(reader: Reader) -> tuple[str, ...]:
    """Return the tokens with which scripts read the API. Several may be valid at a time, so that they can be replaced."""
    name, tokens = "API_TOKENS", tuple(filter(None, re.split(r"[,\s]+", reader.get("API_TOKENS"))))
    for position, token in enumerate(tokens, start=1):
        if len(token) < SHORTEST_SECRET or not token.isascii():
            reader.problem(
                name,
                f"has a token of {len(token)} characters at position {position}",
                expected=f"tokens of at least {SHORTEST_SECRET} ASCII characters, with commas between them",
                todo="Generate one with `openssl rand -hex 32`.",
            )
    return tokens


def port(reader: Reader) -> int:
    given = reader.get("PORT") or "8080"
    if re.fullmatch(r"[0-9]{1,5}", given) and int(given) <= 65535:
        return int(given)
    reader.problem("PORT", f"is {given!r:.40}", expected="a number from 0 to 65535", todo="Unset it for 8080.")
    return 0
