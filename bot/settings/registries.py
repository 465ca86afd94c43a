"""Which registries the bot may contact, with which logins and limits, and whose hooks it believes."""

import re
from datetime import timedelta
from pathlib import Path

from bot.registries.hooks import VENDORS, WITH_SECRET
from bot.registries.hooks.proofs.amazon import TOPIC
from bot.registries.hooks.proofs.google import Subscriber
from bot.registries.hosts import Hosts
from bot.registries.limits import Limits
from bot.settings.reading import SHORTEST_SECRET, Reader, listed

PUBLIC_REGISTRIES = frozenset(
    {
        "docker.io",
        "gcr.io",
        "ghcr.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "quay.io",
        "registry.gitlab.com",
        "registry.k8s.io",
    }
)

_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
)
_HUB_NAMES = frozenset({"index.docker.io", "registry-1.docker.io", "hub.docker.com"})
SHORTEST_POLL = 30
_HOOK_SECRET = "REGISTRY_WEBHOOK_SECRET"  # noqa: S105 -- a name
_ACCOUNT = re.compile(r"[\w.-]+@[\w.-]+\.[a-z]+", re.ASCII)
_NOT_IN_A_PATH = re.compile(r"[/?#%\s]")


def allowed(reader: Reader) -> frozenset[str]:
    """Return the hosts that may be contacted, as images name them."""
    name = "REGISTRY_ALLOW"
    given = [host.lower() for host in listed(reader.get(name))]
    for host in given:
        if host in _HUB_NAMES:
            reader.problem(name, f"names {host!r}", expected="registries as images name them", todo="Write docker.io.")
        elif not _HOST.fullmatch(host):
            expected = "a comma-separated list of hosts, with a port where images have one"
            todo = "Write ghcr.io, not a URL, a pattern or an image."
            reader.problem(name, f"holds {host.rpartition('@')[2]!r:.80}", expected=expected, todo=todo)
    return frozenset(given) or PUBLIC_REGISTRIES


def mirrors(reader: Reader, allow: frozenset[str]) -> dict[str, str]:
    """Return the base URLs that are asked instead of registries, by registry."""
    name = "REGISTRY_MIRRORS"
    found: dict[str, str] = {}
    for entry in listed(reader.get(name)):
        host, separator, base = entry.partition("=")
        try:
            Hosts(allow=allow, overrides={host: base})
            usable = bool(separator)
        except ValueError:
            usable = False
        if not usable:
            expected = "REGISTRY=URL, such as docker.io=https://harbor.example.com/hub, comma-separated"
            todo = "The URL is https, or http to a loopback address, without a user, a query or a fragment."
            seen = f"has an entry for {host!r:.80} that cannot be used" if separator else "has an entry without ="
            reader.problem(name, seen, expected=expected, todo=todo)
        elif host.lower() not in allow:
            todo = "Add it there, under the name that images carry."
            reader.problem(name, f"names {host!r:.80}", expected="a registry of REGISTRY_ALLOW", todo=todo)
        found[host.lower()] = base
    return found


def secrets(reader: Reader) -> dict[str, str]:
    """Return the secrets of hooks by vendor: one for all, or one for each (`REGISTRY_WEBHOOK_SECRET_QUAY`).

    A vendor without a secret is off.
    """
    found = dict.fromkeys(WITH_SECRET, reader.get(_HOOK_SECRET)) if reader.get(_HOOK_SECRET) else {}
    for name in reader.starting_with(_HOOK_SECRET):
        vendor = name.removeprefix(_HOOK_SECRET).removeprefix("_").lower()
        given = reader.get(name)
        if vendor and vendor not in WITH_SECRET:
            expected = f"the name to end with one of {', '.join(WITH_SECRET).upper()}"
            seen = "names a vendor that has no secret" if vendor in VENDORS else "names an unknown vendor"
            reader.problem(name, seen, expected=expected, todo="Correct or unset it.")
        elif len(given) < SHORTEST_SECRET or _NOT_IN_A_PATH.search(given):
            seen = f"has {len(given)} characters" if len(given) < SHORTEST_SECRET else "holds a space or one of / ? # %"
            expected = (
                f"at least {SHORTEST_SECRET} characters that are allowed in a URL's path, where some registries put it"
            )
            todo = "Make one with `openssl rand -hex 32` and set it in the registry as well."
            reader.problem(name, seen, expected=expected, todo=todo)
        elif vendor:
            found[vendor] = given
    return found


def sns_topics(reader: Reader) -> frozenset[str]:
    """Return the topics of Amazon SNS whose messages count; none turns them off."""
    name, found = "SNS_TOPICS", listed(reader.get("SNS_TOPICS"))
    for topic in found:
        if not TOPIC.fullmatch(topic):
            expected = "ARNs such as arn:aws:sns:eu-central-1:123456789012:images, comma-separated"
            todo = "Copy the ARN from the topic's page in the SNS console."
            reader.problem(name, f"holds {topic!r:.80}", expected=expected, todo=todo)
    return frozenset(found)


def pubsub(reader: Reader) -> Subscriber | None:
    """Return who may push messages of Google Pub/Sub; None turns them off."""
    names = ("PUBSUB_AUDIENCE", "PUBSUB_SERVICE_ACCOUNT")
    audience, account = map(reader.get, names)
    if not (audience or account):
        return None
    for name, given in zip(names, (audience, account), strict=True):
        if not given:
            todo = "Set both as in the push subscription, or unset both."
            reader.problem(name, "is not set", expected=f"a value, because {_other(name, names)} has one", todo=todo)
    if account and not _ACCOUNT.fullmatch(account):
        expected = "the e-mail address of a service account"
        todo = "Copy it from the push subscription's authentication."
        reader.problem(names[1], f"is {account!r:.80}", expected=expected, todo=todo)
    return Subscriber(audience, account)


def _other(name: str, names: tuple[str, ...]) -> str:
    return next(other for other in names if other != name)


def docker_config(reader: Reader) -> Path | None:
    """Return the `config.json` with the logins. Docker wants a folder here, and a file is accepted as well.

    https://docs.docker.com/reference/cli/docker/#environment-variables
    """
    given, home = reader.get("DOCKER_CONFIG"), reader.get("HOME")
    if not given:
        return Path(home, ".docker", "config.json") if home else None
    path = Path(given)
    file = path / "config.json" if path.is_dir() else path
    if not file.is_file():
        todo = "Check the path, or unset it to use no logins."
        reader.problem(
            "DOCKER_CONFIG", f"is {given!r:.200}", expected="a folder with a config.json, or such a file", todo=todo
        )
    return file


def limits(reader: Reader) -> Limits:
    """Return how much a registry may send, and how long it may take."""
    usual = Limits()
    return Limits(
        tags=_number(reader, "REGISTRY_MAX_TAGS", usual.tags, most=2_000_000, of="tags of one image"),
        request=_number(reader, "REGISTRY_TIMEOUT", int(usual.request), most=300, of="seconds for one request"),
        deadline=_number(reader, "REGISTRY_DEADLINE", int(usual.deadline), most=900, of="seconds for one question"),
        parallel=_number(reader, "REGISTRY_CONCURRENCY", usual.parallel, most=100, of="requests to one host at once"),
    )


def poll(reader: Reader) -> timedelta | None:
    """Return how often each image is polled; None for never."""
    name, given = "REGISTRY_POLL", reader.get("REGISTRY_POLL")
    if given == "off":
        return None
    if re.fullmatch(r"[0-9]{1,5}", given) and SHORTEST_POLL <= int(given) <= 86_400:
        return timedelta(seconds=int(given))
    if given:
        expected = f"{SHORTEST_POLL} to 86400 seconds, or off"
        reader.problem(name, f"is {given!r:.40}", expected=expected, todo="Unset it for 300.")
    return timedelta(minutes=5)


def _number(reader: Reader, name: str, usual: int, *, most: int, of: str) -> int:
    given = reader.get(name)
    if not given:
        return usual
    if re.fullmatch(r"[0-9]{1,9}", given) and 1 <= int(given) <= most:
        return int(given)
    todo = f"Unset it for {usual:,}."
    reader.problem(name, f"is {given!r:.40}", expected=f"1 to {most:,} {of}, written without separators", todo=todo)
    return usual
