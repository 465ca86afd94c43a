"""A port that nobody listens on, and that nobody gets by chance.

A port of the range from which the system takes those of clients can be lost while its server is down: a client that tries to
connect to it may even be given this very port, and is then connected to itself.
"""

import secrets  # noqa: TID251 -- two tests at once need two ports
import socket

FIRST, LAST = 10_000, 29_999
"""Below the clients' ports: https://docs.kernel.org/networking/ip-sysctl.html, `ip_local_port_range`."""


def free_port() -> int:
    """Return one on loopback."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
