"""A PostgreSQL server of Debian's, and PgBouncer before it: started for the tests, on loopback, in a folder of their own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import sleep  # noqa: TID251 -- waits for another program to start

import psycopg

from tests.ports import free_port

_SECONDS = 30
_numbers = count(1)


def _program(name: str) -> str:
    """Debian keeps the server's programs in a folder for each version; the newest counts."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise FileNotFoundError(f"PostgreSQL's {name} is not installed: `apt-get install postgresql`")
    return str(found[-1])


def _as_its_user(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root; Debian makes a user for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


@dataclass
class Server:
    """One cluster. Its role `postgres` needs no password on loopback."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, *, port: int | None = None) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def database(self) -> str:
        """Make a database, and return its URL."""
        name = f"queue_{next(_numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return self.url_of(name)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._spawn()
        for _ in range(_SECONDS * 20):
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                sleep(0.05)
            else:
                return
        raise TimeoutError((self.folder / "log").read_text())

    def _spawn(self) -> None:
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=200"]
        command = _as_its_user(_program("postgres"), "-D", str(self.folder / "data"), *options)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def stop(self) -> None:
        """Without writing down what only the next start would need."""
        assert self.process is not None
        os.kill(self._postmaster(), signal.SIGQUIT)
        self.process.wait(timeout=_SECONDS)

    def kill(self) -> None:
        """As when its machine loses power: when this returns, none of its processes lives."""
        assert self.process is not None
        postmaster = self._postmaster()
        os.kill(postmaster, signal.SIGSTOP)  # it starts no further one meanwhile
        processes = [postmaster, *_children(postmaster)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for _ in range(_SECONDS * 100):
            if not any(map(_lives, processes)):
                break
            sleep(0.01)
        else:
            raise TimeoutError(f"processes of the killed server live: {[*filter(_lives, processes)]}")
        self.process.kill()  # `runuser` stopped with the server, and would wait for ever
        self.process.wait(timeout=_SECONDS)
        (self.folder / "data" / "postmaster.pid").unlink()

    def _postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])


def _stat(process: int) -> tuple[str, int]:
    """Return the state and the parent: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    state, parent, *_ = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return state, int(parent)


def _children(process: int) -> list[int]:
    """Return its children. A server's have sessions of their own, so no signal to a group reaches them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if _stat(int(folder.name))[1] == process:
                found.append(int(folder.name))
    return found


def _lives(process: int) -> bool:
    try:
        return _stat(process)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def _a_folder() -> Iterator[Path]:
    """A folder for the servers' user. pytest's own folders are for its user alone."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, "postgres")
        yield Path(name)


@contextmanager
def a_server() -> Iterator[Server]:
    """A running server. What it stored outlives `kill`, as on a real disk."""
    with _a_folder() as folder:
        yield from _serving(folder)


def _serving(folder: Path) -> Iterator[Server]:
    initdb = _as_its_user(_program("initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    server = Server(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@contextmanager
def a_bouncer(server: Server) -> Iterator[int]:
    """PgBouncer in transaction mode before the server; yields its port."""
    with _a_folder() as folder:
        yield from _bouncing(folder, server)


def _bouncing(folder: Path, server: Server) -> Iterator[int]:
    port = free_port()
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = 2\n"
    )
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    command = _as_its_user(program, "--quiet", str(folder / "pgbouncer.ini"))
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(_SECONDS * 20):
            try:
                psycopg.connect(server.url_of("postgres", port=port)).close()
                break
            except psycopg.OperationalError:
                sleep(0.05)
        else:
            raise TimeoutError((folder / "log").read_text())
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=_SECONDS)
