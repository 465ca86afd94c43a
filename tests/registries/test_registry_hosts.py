"""Where the bot connects, and where it never does."""

import pytest
from yarl import URL

from bot.core.values.errors import Temporary
from bot.core.values.images import ImageName
from bot.registries.hosts import Hosts, authority, is_loopback

ALLOW = frozenset({"ghcr.io", "docker.io", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "gitlab.example.com"})
HOSTS = Hosts(allow=ALLOW, overrides={"quay.io": "https://mirror.example.com:8443/quay/"})


@pytest.mark.parametrize(
    ("image", "base", "path"),
    [
        ("ghcr.io/acme/web", "https://ghcr.io", "acme/web"),
        ("GHCR.io/acme/web", "https://ghcr.io", "acme/web"),
        ("nginx", "https://registry-1.docker.io", "library/nginx"),
        ("localhost:5000/web", "http://localhost:5000", "web"),
        ("127.0.0.1:5000/web", "http://127.0.0.1:5000", "web"),
        ("[::1]:5000/web", "http://[::1]:5000", "web"),
    ],
)
def test_where_an_image_is_asked_for(image: str, base: str, path: str) -> None:
    location = HOSTS.locate(ImageName.parse(image))
    assert (str(location.base).rstrip("/"), location.path) == (base, path)


def test_a_mirror_is_asked_in_place_of_an_allowed_registry() -> None:
    hosts = Hosts(allow=frozenset({"Quay.io"}), overrides={"quay.IO": "https://mirror.example.com:8443/quay/"})
    location = hosts.locate(ImageName.parse("quay.io/acme/web"))
    assert (location.host, location.path) == ("mirror.example.com:8443", "quay/acme/web")
    with pytest.raises(Temporary, match=r"may not contact `quay\.io`, only 127\.0\.0\.1:5000, \[::1\]:5000, docker"):
        HOSTS.locate(ImageName.parse("quay.io/acme/web"))  # a mirror alone allows nothing


@pytest.mark.parametrize("image", ["evil.example/x", "169.254.169.254/latest", "localhost/web", "ghcr.io:8080/a/b"])
def test_hosts_that_are_not_allowed(image: str) -> None:
    with pytest.raises(Temporary, match="this server may not contact"):
        HOSTS.locate(ImageName.parse(image))


@pytest.mark.parametrize(
    "base",
    [
        "http://mirror.example.com",
        "https://user:hunter2@mirror.example.com",
        "https://mirror.example.com/?x=1",
        "mirror.example.com",
        "ftp://127.0.0.1",
        "",
    ],
)
def test_a_mirror_must_be_https_or_loopback(base: str) -> None:
    with pytest.raises(ValueError, match=r"the mirror of ghcr\.io must be an https URL") as raised:
        Hosts(allow=ALLOW, overrides={"ghcr.io": base})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("image", "realm", "goes"),
    [
        ("ghcr.io/a/b", "https://ghcr.io/token", True),
        ("ghcr.io/a/b", "https://GHCR.io:443/token?x=1", True),
        ("ghcr.io/a/b", "https://gitlab.example.com/jwt/auth", True),  # allowed by the settings
        ("nginx", "https://auth.docker.io/token", True),
        ("localhost:5000/a", "http://localhost:5000/token", True),
        ("ghcr.io/a/b", "https://auth.docker.io/token", False),  # another registry's
        ("ghcr.io/a/b", "http://ghcr.io/token", False),
        ("ghcr.io/a/b", "https://ghcr.io:8443/token", False),
        ("ghcr.io/a/b", "https://ghcr.io.evil.example/token", False),
        ("ghcr.io/a/b", "https://x@ghcr.io/token", False),
        ("ghcr.io/a/b", "http://localhost:5000/token", False),
        ("localhost:5000/a", "http://localhost:5001/token", False),
        ("ghcr.io/a/b", "file:///etc/passwd", False),
        ("ghcr.io/a/b", "https://", False),
        ("ghcr.io/a/b", "https://ghcr.io:99999/", False),
        ("ghcr.io/a/b", "", False),
    ],
)
def test_where_a_token_is_asked_for(image: str, realm: str, goes: bool) -> None:  # noqa: FBT001 -- a table
    location = HOSTS.locate(ImageName.parse(image))
    if goes:
        assert HOSTS.token_service(realm, location).host is not None
    else:
        with pytest.raises(Temporary, match="asks for a token"):
            HOSTS.token_service(realm, location)


@pytest.mark.parametrize(
    ("image", "target", "leads"),
    [
        ("ghcr.io/a/b", "/v2/other", "https://ghcr.io/v2/other"),
        ("ghcr.io/a/b", "https://gitlab.example.com/v2/x", "https://gitlab.example.com/v2/x"),
        ("ghcr.io/a/b", "https://store.example.com/x?sig=a%2Bb", "https://store.example.com/x?sig=a%2Bb"),
        ("ghcr.io/a/b", "https://127.0.0.1:5000/x", "https://127.0.0.1:5000/x"),  # allowed by the settings
        ("ghcr.io/a/b", "https://localhost:5000/x", "https://localhost:5000/x"),
        ("localhost:5000/a", "/blob", "http://localhost:5000/blob"),
        ("ghcr.io/a/b", "http://ghcr.io/x", None),
        ("ghcr.io/a/b", "http://store.example.com/x", None),
        ("ghcr.io/a/b", "https://169.254.169.254/latest/meta-data", None),
        ("ghcr.io/a/b", "https://140.82.121.33/x", None),  # by name alone
        ("ghcr.io/a/b", "https://[::1]/x", None),
        ("ghcr.io/a/b", "https://[2606:50c0:8000::154]/x", None),
        ("ghcr.io/a/b", "https://127.1/x", None),
        ("ghcr.io/a/b", "https://2130706433/x", None),
        ("ghcr.io/a/b", "https://0x7f000001/x", None),
        ("ghcr.io/a/b", "https://0x7f.0x0.0x0.0x1/x", None),
        ("ghcr.io/a/b", "https://localhost/x", None),
        ("ghcr.io/a/b", "https://redis/x", None),
        ("ghcr.io/a/b", "https://redis./x", None),
        ("ghcr.io/a/b", "https://user@store.example.com/x", None),
        ("ghcr.io/a/b", "gopher://x", None),
        ("ghcr.io/a/b", "https://[", None),
        ("ghcr.io/a/b", "", "https://ghcr.io/v2/somewhere"),
        ("localhost:5000/a", "http://127.0.0.1:22/", None),
    ],
)
def test_where_a_redirect_may_lead(image: str, target: str, leads: str | None) -> None:
    """What a name resolves to is checked when it is connected to, in test_redirects.py."""
    location = HOSTS.locate(ImageName.parse(image))
    came_from = location.base / "v2" / "somewhere"
    if leads is None:
        with pytest.raises(Temporary, match="redirects to"):
            HOSTS.redirected(target, came_from=came_from, location=location)
    else:
        assert str(HOSTS.redirected(target, came_from=came_from, location=location)) == leads


def test_which_hosts_may_have_private_addresses() -> None:
    """Those that the settings name, where Docker Hub and GitLab have their parts, and mirrors."""
    parts = {"registry-1.docker.io", "auth.docker.io", "gitlab.com"}
    assert HOSTS.named == ALLOW | parts | {"mirror.example.com:8443"}


@pytest.mark.parametrize(
    ("url", "host", "loopback"),
    [
        ("https://ghcr.io", "ghcr.io", False),
        ("https://ghcr.io:443", "ghcr.io", False),
        ("http://ghcr.io:443", "ghcr.io:443", False),
        ("http://127.9.9.9:80", "127.9.9.9", True),
        ("http://[::1]:5000", "[::1]:5000", True),
        ("http://localhost", "localhost", True),
        ("http://localhost.example.com", "localhost.example.com", False),
        ("http://10.0.0.1", "10.0.0.1", False),
    ],
)
def test_names_of_hosts(url: str, host: str, loopback: bool) -> None:  # noqa: FBT001 -- a table
    assert (authority(URL(url)), is_loopback(URL(url))) == (host, loopback)
