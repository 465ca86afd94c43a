"""The steps from nothing to an App, and what a browser may do at each. Pure: whoever calls it does the asking and the storing.

GitHub returns the browser with a code and with the `state` that we gave it. The state proves that the browser was sent by this
very step: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#3-github-redirects-people-back-to-your-site
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from bot.github.registration.conversion import Registered
from bot.github.registration.manifest import registration_form
from bot.setup.choices import Choices

_CODE = re.compile(r"[\w.-]{1,200}", re.ASCII)


class Step(Enum):
    """What comes next."""

    CHOOSE = auto()
    REGISTER = auto()  # at GitHub
    INSTALL = auto()  # at GitHub: the App exists
    DONE = auto()


class Returned(Enum):
    """What a return from GitHub means."""

    EXCHANGE = auto()  # exchange the code
    AGAIN = auto()  # the App exists: this page was loaded again
    STRANGE = auto()  # another state, or no code: not the return that we wait for


@dataclass(frozen=True, slots=True)
class Sent:
    """The form that leads to GitHub: where it is sent to, and its field `manifest`."""

    action: str
    manifest: str


class Setup:
    """One setup. choices: None before the form is complete. registered: None before the App exists."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._state = ""
        self.choices: Choices | None = None
        self.registered: Registered | None = None
        self.accounts: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """Return the present step."""
        if self.registered is not None:
            return Step.DONE if self.accounts else Step.INSTALL
        return Step.CHOOSE if self.choices is None else Step.REGISTER

    def choose(self, choices: Choices, *, back: str) -> Sent:
        """Return the way to GitHub. back: where GitHub sends the browser afterwards. An earlier way leads nowhere any more."""
        self.choices = choices
        self._state = hashlib.sha256(f"{self._new_id()} {self._new_id()}".encode()).hexdigest()
        manifest = registration_form(
            name=choices.name,
            home=choices.public_url or choices.site.web,
            webhook_url=choices.webhook_url,
            redirect_url=back,
        )
        return Sent(choices.site.registration(choices.organisation, self._state), manifest)

    def returned(self, *, code: str, state: str) -> Returned:
        """Judge a return from GitHub."""
        if self.registered is not None:
            return Returned.AGAIN
        expected = bool(self._state) and hmac.compare_digest(state.encode(), self._state.encode())
        return Returned.EXCHANGE if expected and _CODE.fullmatch(code) else Returned.STRANGE

    def start_again(self) -> None:
        """Go back to the first step. An App that exists stays."""
        if self.registered is None:
            self._state, self.choices = "", None

    def created(self, registered: Registered) -> None:
        """Go on: the App exists."""
        self.registered = registered
        self._state = ""

    def installed(self, accounts: tuple[str, ...]) -> None:
        """Go on: the App is installed on these accounts."""
        self.accounts = accounts

    @property
    def install_url(self) -> str:
        """Return GitHub's page on which the App is installed; '' where its address is none of the GitHub chosen."""
        if self.registered is None or self.choices is None or not self.choices.site.owns(self.registered.html_url):
            return ""
        return f"{self.registered.html_url}/installations/new"
