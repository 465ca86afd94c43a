"""Who the bot is on GitHub, and where that GitHub is."""

import base64
import binascii
import re
from enum import Flag, auto
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from yarl import URL

from bot.github.auth.tokens import Sources
from bot.github.client import Roots, roots
from bot.registries.hosts import is_loopback
from bot.settings.reading import SHORTEST_SECRET, Reader, listed

_PAIR = re.compile(r"[\w-]+:[\w-]+", re.ASCII)
# Without headers inside, such as those of a key with a passphrase: these are left alone.
_PEM = re.compile(
    r"(?P<begin>-----BEGIN [A-Z ]+-----)(?P<body>[A-Za-z0-9+/=\s]+)(?P<end>-----END [A-Z ]+-----)", re.ASCII
)


class Webhooks(Flag):
    """How the bot hears of GitHub's events."""

    PUSH = auto()  # GitHub connects to this server
    PULL = auto()  # this server asks GitHub


_WEBHOOKS = {
    "": Webhooks.PUSH,
    "push": Webhooks.PUSH,
    "pull": Webhooks.PULL,
    "push,pull": Webhooks.PUSH | Webhooks.PULL,
    "pull,push": Webhooks.PUSH | Webhooks.PULL,
}


def app_id(reader: Reader) -> int:
    expected, todo = "the App's number, such as 123456", "It is at the top of the App's settings page on GitHub."
    given = reader.get("GITHUB_APP_ID")
    if not given:
        reader.missing("GITHUB_APP_ID", expected=expected, todo=todo)
    elif not re.fullmatch(r"[1-9][0-9]{0,18}", given):
        reader.problem(
            "GITHUB_APP_ID", f"has {len(given)} characters that are not a number", expected=expected, todo=todo
        )
    else:
        return int(given)
    return 0


def private_key(reader: Reader) -> str:
    """Return the key from the variable or the file, with the line ends that PEM needs.

    In variables, line ends are often written as a backslash and an n, or the whole key in base64, as `gitops-bot setup` does.
    """
    name, given = "GITHUB_PRIVATE_KEY", mended(reader.get("GITHUB_PRIVATE_KEY"))
    path = reader.get("GITHUB_PRIVATE_KEY_FILE")
    expected = "the App's RSA private key as GitHub gave it (PEM)"
    todo = "Generate one at the bottom of the App's settings page. Set its text here, or its path in GITHUB_PRIVATE_KEY_FILE."
    if given and path:
        reader.problem(
            name, "is set, and so is GITHUB_PRIVATE_KEY_FILE", expected="only one of them", todo="Unset the other."
        )
        return ""
    if path:
        name = "GITHUB_PRIVATE_KEY_FILE"
        given, trouble = _read_key(path)
        if trouble:
            reader.problem(
                name,
                trouble,
                expected="the path of a PEM file",
                todo="Check the path, and that this process may read the file.",
            )
            return ""
    if not (given or path):
        reader.missing(name, expected=expected, todo=todo)
    elif trouble := _trouble_with_key(given):
        reader.problem(name, trouble, expected=expected, todo=todo)
    return f"{given}\n"


def _read_key(path: str) -> tuple[str, str]:
    """Return the file's text, or what is wrong with its path."""
    if "-----BEGIN" in path:
        return "", "holds a key instead of a path"
    try:
        return mended(Path(path).read_text(encoding="utf-8")), ""
    except OSError as error:
        return "", f"is {path!r:.200}, which cannot be read ({error.strerror})"
    except ValueError:
        return "", f"is {path!r:.200}, which is not a text file"


def mended(given: str) -> str:
    """Return a PEM key with one line end after each of its lines.

    On its way through forms, secret stores and `.env` files, a key loses its line ends: they become spaces, CRLF or a backslash
    and an n, or vanish. What is between the first and the last line is base64, so nothing is lost by writing it anew.
    """
    text = given.strip().removeprefix("\ufeff").strip("\"'")
    if "-----BEGIN" not in text:
        text = _from_base64(text)
    found = _PEM.fullmatch(text.replace("\\r", "").replace("\\n", "\n").strip())
    if found is None:
        return text
    begin, body, end = found["begin"], "".join(found["body"].split()), found["end"]
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([begin, *lines, end])


def _from_base64(text: str) -> str:
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
    return decoded if "-----BEGIN" in decoded else text


def _trouble_with_key(pem: str) -> str:
    """Return what is wrong with a key, without quoting it; '' when the bot can sign with it."""
    if "PRIVATE KEY-----" not in pem:
        return f"holds {len(pem)} characters without a `-----BEGIN … PRIVATE KEY-----` line"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        return "has a passphrase"
    except (ValueError, UnsupportedAlgorithm):
        return f"cannot be decoded ({pem.count(chr(10)) + 1} lines were read)"
    return "" if isinstance(key, RSAPrivateKey) else "is not an RSA key"


def webhooks(reader: Reader) -> Webhooks:
    """Return whether GitHub connects to this server, or this server asks GitHub, or both."""
    name, given = "WEBHOOKS", reader.get("WEBHOOKS").lower().replace(" ", "")
    if given not in _WEBHOOKS:
        reader.problem(name, f"is {given!r:.40}", expected="push, pull, or push,pull", todo="Unset it for push.")
    return _WEBHOOKS.get(given, Webhooks.PUSH)


def webhook_secret(reader: Reader, how: Webhooks) -> str:
    """Return the secret that GitHub signs webhooks with; it may be missing where the bot only asks for them."""
    name = "GITHUB_WEBHOOK_SECRET"
    expected = f"at least {SHORTEST_SECRET} characters, the same as in the App's settings on GitHub"
    todo = "Generate one with `openssl rand -hex 32` and set it in both places."
    given = reader.get(name)
    if not given and Webhooks.PUSH in how:
        reader.missing(name, expected=expected, todo=todo)
    elif given and len(given) < SHORTEST_SECRET:
        reader.problem(name, f"has {len(given)} characters", expected=expected, todo=todo)
    return given


def ci_secret(reader: Reader) -> str:
    """Return the secret with which pipelines sign; '' turns their endpoint off."""
    name, given = "CI_WEBHOOK_SECRET", reader.get("CI_WEBHOOK_SECRET")
    if given and len(given) < SHORTEST_SECRET:
        expected = f"at least {SHORTEST_SECRET} characters, the same as in the pipeline"
        todo = "Generate one with `openssl rand -hex 32` and set it in both places."
        reader.problem(name, f"has {len(given)} characters", expected=expected, todo=todo)
    return given


def api(reader: Reader) -> Roots:
    """`https://api.github.com`, `https://HOST/api/v3` (GitHub Enterprise Server) or `https://api.NAME.ghe.com`.

    https://docs.github.com/en/enterprise-server/rest/quickstart
    """
    name, given = "GITHUB_API_URL", reader.get("GITHUB_API_URL") or "https://api.github.com"
    expected = "https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise Server"
    url = _split(given)
    if url is None:
        reader.problem(name, "is not a plain URL", expected=expected, todo="Remove the user, query and fragment.")
    elif not _is_safe(url):
        todo = "Use https. Plain http is for loopback addresses only, because others could read the tokens."
        reader.problem(name, f"is {given!r:.80}", expected=expected, todo=todo)
    elif not (is_loopback(URL(given)) or url.path.strip("/") or str(url.hostname).startswith("api.")):
        todo = "Unset it for github.com." if url.hostname == "github.com" else f"Write {given.rstrip('/')}/api/v3."
        reader.problem(name, f"is {given!r:.80}", expected=expected, todo=todo)
    return roots(given if url else "")


def trust_unsigned(reader: Reader) -> bool:
    """Return whether to believe commits on `gitops-state` that this GitHub did not sign; others could have written them."""
    given = reader.get("GITHUB_UNSIGNED")
    if given not in ("", "trust"):
        todo = "Unset it, unless your GitHub signs no commits and a rule allows only the App to push to gitops-state."
        reader.problem("GITHUB_UNSIGNED", f"is {given!r:.80}", expected="nothing, or trust", todo=todo)
    return given == "trust"


def onboarding(reader: Reader) -> bool:
    """Return whether to propose a policy in repositories that have none. YAML hands on a bare `off` as false."""
    given = reader.get("ONBOARDING") or "on"
    if given not in ("on", "off", "true", "false"):
        todo = "Set it to off, and the bot opens nothing in repositories without a policy."
        reader.problem("ONBOARDING", f"is {given!r:.80}", expected="on or off", todo=todo)
    return given in ("on", "true")


def sources(reader: Reader) -> Sources:
    """Return which owners' policies may name source repositories of which other owners."""
    name, found = "SOURCES_ALLOWED", set()
    for entry in listed(reader.get(name)):
        if not _PAIR.fullmatch(entry):
            expected = "pairs of owners, such as acme-manifests:acme-apps, comma-separated"
            todo = "Write the owner of the manifests repositories, a colon, and the owner whose sources they may name."
            reader.problem(name, f"holds {entry!r:.80}", expected=expected, todo=todo)
            continue
        owner, _, other = entry.casefold().partition(":")
        found.add((owner, other))
    return frozenset(found)


def _split(given: str) -> SplitResult | None:
    """Return an absolute http(s) URL without user, query and fragment; None for any other."""
    try:
        url = urlsplit(given)
        _ = url.port  # raises when it is not a number
        URL(given)
    except ValueError:
        return None
    plain = (
        url.scheme in {"http", "https"}
        and url.hostname
        and not (url.username or url.password or url.query or url.fragment)
    )
    return url if plain else None


def _is_safe(url: SplitResult) -> bool:
    return url.scheme == "https" or is_loopback(URL(url.geturl()))
