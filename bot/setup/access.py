"""Who may use the setup page: one browser, the first that enters the code which the server printed.

The person who uses the page decides which App this server becomes, and sees its secrets. So the code works once. After a few
wrong attempts another one is printed, and guessing starts again.
"""

import hashlib
import hmac
from collections.abc import Callable
from enum import Enum, auto

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""Without vowels and digits that look like letters, so that a code spells nothing and can be typed from a screen."""
MOST_ATTEMPTS = 5


class Entered(Enum):
    """What became of an attempt to enter the code."""

    ADMITTED = auto()
    WRONG = auto()
    REPLACED = auto()  # wrong too often: another code was printed
    TAKEN = auto()  # another browser entered it before


class Access:
    """The code, and the session of the browser that entered it.

    new_id: as in Runtime; a session and a code are each as hard to guess as two of its identifiers. announce: tells whoever
    started the server a new code.
    """

    def __init__(self, new_id: Callable[[], str], announce: Callable[[str], None]) -> None:
        self._new_id = new_id
        self._announce = announce
        self._wrong = 0
        self.session = ""
        self.code = self._new_code()

    def enter(self, given: str) -> Entered:
        """Admit a browser. Its session is `session` afterwards."""
        if self.session:
            return Entered.TAKEN
        if hmac.compare_digest(_plain(given), _plain(self.code)):
            self.session = hashlib.sha256(f"{self._new_id()} {self._new_id()}".encode()).hexdigest()
            return Entered.ADMITTED
        self._wrong += 1
        if self._wrong < MOST_ATTEMPTS:
            return Entered.WRONG
        self._wrong = 0
        self.code = self._new_code()
        self._announce(self.code)
        return Entered.REPLACED

    def admits(self, session: str) -> bool:
        """Report whether this is the browser that entered the code."""
        return bool(self.session) and hmac.compare_digest(session.encode(), self.session.encode())

    def _new_code(self) -> str:
        digest = hashlib.sha256(f"{self._new_id()} {self._new_id()}".encode()).digest()
        letters = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:8])
        return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> bytes:
    """Return a code without what people add when they type it."""
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
