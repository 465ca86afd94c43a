"""safety: settings that the server accepts, and that open it to others.

| name                  | when                                                                                    |
|-----------------------|-----------------------------------------------------------------------------------------|
| `secret-guessable`    | a secret repeats a few characters, or holds a word such as `changeme`                   |
| `secret-reused`       | two settings have the same secret                                                       |
| `public-url-insecure` | PUBLIC_URL is not https                                                                 |
| `unsigned-trusted`    | GITHUB_UNSIGNED=trust, although this GitHub signs the bot's commits                     |
| `safety`              | good                                                                                    |

No finding says how long a secret is, or which characters it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.doctor.findings import Finding, good, problem
from bot.github.registration.addresses import Site
from bot.network import is_loopback

FEWEST_CHARACTERS = 6
"""How many different ones a secret has at least. Of 16 random hexadecimal digits, one in 100,000 has fewer."""
_WORDS = ("changeme", "change-me", "change_me", "example", "password", "placeholder", "12345678", "abcdefgh")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, and the setting that has it."""

    setting: str
    value: str = field(repr=False)


def judge_safety(
    secrets: Sequence[Secret], site: Site, *, public_url: str, trusts_unsigned: bool
) -> tuple[Finding, ...]:
    """Return what opens the server to others."""
    found = (
        *_guessable(secrets),
        *_reused(secrets),
        *_insecure(public_url),
        *_trusting(site, trusts_unsigned=trusts_unsigned),
    )
    return found or (good("safety", "No setting opens this server to others."),)


def _guessable(secrets: Iterable[Secret]) -> Iterator[Finding]:
    weak = (each for each in secrets if each.value and _can_be_guessed(each.value))
    for setting in dict.fromkeys(each.setting for each in weak):
        yield problem(
            "secret-guessable",
            f"{setting} can be guessed: it repeats a few characters, or holds a word that others try first.",
            "Replace it with the output of `openssl rand -hex 32`, here and where the other side has it.",
            subject=setting,
        )


def _can_be_guessed(value: str) -> bool:
    plain = value.casefold()
    return len(set(plain)) < FEWEST_CHARACTERS or any(word in plain for word in _WORDS)


def _reused(secrets: Iterable[Secret]) -> Iterator[Finding]:
    settings: dict[str, dict[str, None]] = defaultdict(dict)
    for each in secrets:
        if each.value:
            settings[each.value].setdefault(each.setting)
    for shared in settings.values():
        if len(shared) > 1:
            named = " and ".join(shared)
            yield problem(
                "secret-reused",
                f"{named} have the same value, so whoever learns one can use the other.",
                "Give each a value of its own: `openssl rand -hex 32`.",
                subject=next(iter(shared)),
            )


def _insecure(public_url: str) -> Iterator[Finding]:
    split = urlsplit(public_url)
    if split.scheme == "http" and not is_loopback(split.hostname or ""):
        yield problem(
            "public-url-insecure",
            f"PUBLIC_URL is {public_url}: webhooks, API tokens and the setup page can be read on the way.",
            "Put TLS in front of the server, and write https in PUBLIC_URL and in the App's webhook address.",
            subject="PUBLIC_URL",
        )


def _trusting(site: Site, *, trusts_unsigned: bool) -> Iterator[Finding]:
    if trusts_unsigned and (site.is_public or site.web.endswith(".ghe.com")):
        yield problem(
            "unsigned-trusted",
            "GITHUB_UNSIGNED=trust, and this GitHub signs the bot's commits: whoever can push to gitops-state can lift holds "
            "and rejections.",
            "Unset GITHUB_UNSIGNED. It is for a GitHub Enterprise Server that does not sign commits.",
            subject="GITHUB_UNSIGNED",
        )
