"""Settings from an environment: read once, checked whole, and never shown."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from yarl import URL

from bot.github.client import Roots
from bot.network import Network, Proxy
from bot.registries.hooks import WITH_SECRET
from bot.registries.hooks.proofs.google import Subscriber
from bot.registries.limits import Limits
from bot.settings import PostgresUrl, Settings, SettingsError, Webhooks, read_settings
from bot.settings.env_file import with_env_file
from bot.settings.registries import PUBLIC_REGISTRIES

SECRET = "a webhook secret of the App"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:images"
HOOK_SECRET = "a-secret-of-the-registries"
RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- shorter than GitHub's: it is checked a hundred times
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PKCS8 = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PROTECTED = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")).decode()
PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ELLIPTIC = (
    ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)

REQUIRED = {"GITHUB_APP_ID": "123456", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": SECRET}


def settings(**overrides: str) -> Settings:
    return read_settings({**REQUIRED, **overrides})


def problem(environment: dict[str, str]) -> str:
    """The one problem that there is."""
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    (only,) = raised.value.problems
    return str(only)


def problem_with(**overrides: str) -> str:
    return problem({**REQUIRED, **overrides})


def test_what_is_required_is_enough() -> None:
    assert settings() == Settings(
        app_id=123456,
        private_key=PEM,
        webhook_secret=SECRET,
        github=Roots("https://api.github.com", "https://api.github.com/graphql"),
        queue=Path("gitops-bot.sqlite3"),
        registries=PUBLIC_REGISTRIES,
        registry_mirrors={},
        registry_secrets={},
        docker_config=None,
        registry_poll=timedelta(minutes=5),
        registry_limits=Limits(tags=200_000, request=15, deadline=60, parallel=4),
        network=Network(),
        host="0.0.0.0",  # noqa: S104 -- the default
        port=8080,
        log_level="INFO",
    )


def test_everything_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    given = settings(
        GITHUB_API_URL="https://github.acme.example/api/v3/",
        DATABASE_URL=f"sqlite:///{tmp_path}/queue.sqlite3",
        REGISTRY_ALLOW="ghcr.io, Registry.Acme.example:5000,localhost:5055, ",
        REGISTRY_MIRRORS="ghcr.io=https://harbor.acme.example/ghcr",
        REGISTRY_WEBHOOK_SECRET_QUAY=HOOK_SECRET,
        CI_WEBHOOK_SECRET=HOOK_SECRET,
        SNS_TOPICS=f"{TOPIC}, {TOPIC}.fifo",
        PUBSUB_AUDIENCE="https://bot.acme.example/webhooks/registry/artifact_registry",
        PUBSUB_SERVICE_ACCOUNT="pusher@acme.iam.gserviceaccount.com",
        DOCKER_CONFIG=str(tmp_path),
        REGISTRY_MAX_TAGS="500000",
        REGISTRY_TIMEOUT="30",
        REGISTRY_POLL="600",
        REGISTRY_DEADLINE="120",
        REGISTRY_CONCURRENCY="8",
        HTTPS_PROXY="http://bot:hunter2@proxy.acme.example:3128",
        NO_PROXY=".acme.example,10.0.0.0/8",
        HOST="127.0.0.1",
        PORT="0",
        LOG_LEVEL="debug",
    )

    assert given.github == Roots("https://github.acme.example/api/v3", "https://github.acme.example/api/graphql")
    assert given.queue == tmp_path / "queue.sqlite3"
    assert given.registries == {"ghcr.io", "registry.acme.example:5000", "localhost:5055"}
    assert given.registry_mirrors == {"ghcr.io": "https://harbor.acme.example/ghcr"}
    assert given.registry_secrets == {"quay": HOOK_SECRET}
    assert given.ci_secret == HOOK_SECRET
    assert given.registry_poll == timedelta(minutes=10)
    assert given.sns_topics == {TOPIC, f"{TOPIC}.fifo"}
    assert given.pubsub == Subscriber(
        "https://bot.acme.example/webhooks/registry/artifact_registry", "pusher@acme.iam.gserviceaccount.com"
    )
    assert given.docker_config == tmp_path / "config.json"
    assert given.registry_limits == Limits(tags=500_000, request=30, deadline=120, parallel=8)
    assert given.network.https == Proxy(URL("http://proxy.acme.example:3128"), "Basic Ym90Omh1bnRlcjI=")
    assert given.network.no_proxy == (".acme.example", "10.0.0.0/8")
    assert (given.host, given.port, given.log_level) == ("127.0.0.1", 0, "DEBUG")


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"GITHUB_APPID": "1", "PORT": "http", "LOG_LEVEL": "loud", "REGISTRY_ALLOW": "https://ghcr.io"})

    assert [problem.name for problem in raised.value.problems] == [
        "REGISTRY_ALLOW",
        "GITHUB_APP_ID",
        "GITHUB_PRIVATE_KEY",
        "GITHUB_WEBHOOK_SECRET",
        "PORT",
        "LOG_LEVEL",
    ]
    lines = str(raised.value).splitlines()
    assert lines[0] == "6 settings need attention:"
    assert lines[2] == (
        "  - GITHUB_APP_ID is not set, but GITHUB_APPID is; expected the App's number, such as 123456. "
        "It is at the top of the App's settings page on GitHub."
    )
    assert len(lines) == 7


def test_one_problem_is_counted_as_one() -> None:
    with pytest.raises(SettingsError, match=r"^1 setting needs attention:\n  - PORT is 'http'; expected"):
        settings(PORT="http")


def test_no_secret_is_ever_shown() -> None:
    given = settings(REGISTRY_WEBHOOK_SECRET=HOOK_SECRET, HTTPS_PROXY="http://bot:hunter2@proxy.acme.example")

    for shown in (repr(given), str(given)):
        assert SECRET not in shown
        assert HOOK_SECRET not in shown
        assert "hunter2" not in shown
        assert "PRIVATE KEY" not in shown
        assert "123456" in shown


@pytest.mark.parametrize(
    "overrides",
    [
        {"GITHUB_APP_ID": "hunter2-hunter2"},
        {"GITHUB_PRIVATE_KEY": "hunter2-hunter2"},
        {"GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": f"-----BEGIN RSA PRIVATE KEY-----\nhunter2\n{PEM}"},
        {"GITHUB_WEBHOOK_SECRET": "hunter2"},
        {"GITHUB_API_URL": "https://bot:hunter2@github.acme.example/api/v3"},
        {"DATABASE_URL": "postgresql://bot:hunter2@database:hunter2/bot?hunter2"},
        {"DATABASE_URL": "mysql://bot:hunter2@database/bot"},
        {"DATABASE_URL": "bot:hunter2@database/bot"},
        {"REGISTRY_ALLOW": "bot:hunter2@ghcr.io"},
        {"REGISTRY_MIRRORS": "docker.io=https://bot:hunter2@harbor.acme.example"},
        {"REGISTRY_MIRRORS": "https://bot:hunter2@harbor.acme.example"},
        {"HTTPS_PROXY": "socks5://bot:hunter2@proxy.acme.example"},
        {"REGISTRY_WEBHOOK_SECRET": "hunter2"},
        {"REGISTRY_WEBHOOK_SECRET_QUAY": "hunter2/hunter2/hunter2"},
    ],
)
def test_no_problem_shows_a_secret_even_in_the_wrong_place(overrides: dict[str, str]) -> None:
    assert "hunter2" not in problem_with(**overrides)


class TestGitHub:
    @pytest.mark.parametrize("given", ["", "   ", "0", "-1", "1.5", "Iv1.8a61f9b3a7aba766", "99999999999999999999"])
    def test_the_app_is_a_number(self, given: str) -> None:
        assert problem_with(GITHUB_APP_ID=given).startswith("GITHUB_APP_ID ")

    @pytest.mark.parametrize(
        "spell",
        [
            pytest.param(lambda pem: pem, id="as it is"),
            pytest.param(lambda pem: pem.strip(), id="without its last line end"),
            pytest.param(lambda pem: pem.replace("\n", "\\n"), id="in one line"),
            pytest.param(lambda pem: f"\n  {pem}\n\n", id="with space around"),
            pytest.param(lambda pem: pem.replace("\n", "\r\n"), id="with the line ends of Windows"),
            pytest.param(lambda pem: pem.replace("\n", "\\r\\n"), id="with the same, written out"),
            pytest.param(lambda pem: pem.replace("\n", " "), id="with spaces for line ends"),
            pytest.param(lambda pem: pem.replace("\n", ""), id="without line ends"),
            pytest.param(lambda pem: f'"{pem}"', id="in quotes"),
            pytest.param(lambda pem: f"\ufeff{pem}", id="with a byte order mark"),
            pytest.param(lambda pem: base64.b64encode(pem.encode()).decode(), id="in base64"),
            pytest.param(lambda pem: base64.encodebytes(pem.encode()).decode(), id="in base64, in lines"),
        ],
    )
    @pytest.mark.parametrize("pem", [pytest.param(PEM, id="PKCS1"), pytest.param(PKCS8, id="PKCS8")])
    def test_the_key_may_be_spelled(self, spell: Callable[[str], str], pem: str) -> None:
        assert settings(GITHUB_PRIVATE_KEY=spell(pem)).private_key == pem

    def test_the_key_may_be_in_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        file.write_text(PEM)

        assert settings(GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_FILE=str(file)).private_key == PEM

    def test_a_key_file_from_windows_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"
        file.write_bytes(PEM.replace("\n", "\r\n").encode())

        assert settings(GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_FILE=str(file)).private_key == PEM

    @pytest.mark.parametrize(
        ("given", "how"),
        [
            ("", Webhooks.PUSH),
            ("PUSH", Webhooks.PUSH),
            ("pull", Webhooks.PULL),
            ("push, pull", Webhooks.PUSH | Webhooks.PULL),
            ("pull,push", Webhooks.PUSH | Webhooks.PULL),
        ],
    )
    def test_webhooks_are_pushed_or_pulled_or_both(self, given: str, how: Webhooks) -> None:
        assert settings(WEBHOOKS=given).webhooks == how

    def test_another_way_is_refused(self) -> None:
        assert "expected push, pull, or push,pull" in problem_with(WEBHOOKS="poll")

    def test_pulling_needs_no_secret(self) -> None:
        assert settings(WEBHOOKS="pull", GITHUB_WEBHOOK_SECRET="").webhook_secret == ""
        assert "has 5 characters" in problem_with(WEBHOOKS="pull", GITHUB_WEBHOOK_SECRET="short")
        assert "is not set" in problem_with(WEBHOOKS="push,pull", GITHUB_WEBHOOK_SECRET="")

    @pytest.mark.parametrize(
        "given", ["https://bot.example.com", "http://127.0.0.1:8080/", "https://bot.example.com:8443"]
    )
    def test_the_public_address_is_a_root(self, given: str) -> None:
        assert settings(PUBLIC_URL=given).public_url == given.rstrip("/")

    @pytest.mark.parametrize(
        "given",
        [
            "bot.example.com",
            "https://bot.example.com/x",
            "https://a:b@bot.example.com",
            "https://bot?x",
            "ftp://x",
            "https://[",
            "https://x:y",
        ],
    )
    def test_any_other_public_address_is_refused(self, given: str) -> None:
        assert "expected an address such as https://bot.example.com" in problem_with(PUBLIC_URL=given)

    def test_the_key_is_given_once(self, tmp_path: Path) -> None:
        assert "Unset the other" in problem_with(GITHUB_PRIVATE_KEY_FILE=str(tmp_path / "key.pem"))

    @pytest.mark.parametrize(
        ("pem", "seen"),
        [
            ("key.pem", "holds 7 characters without a `-----BEGIN … PRIVATE KEY-----` line"),
            (PUBLIC, "without a `-----BEGIN … PRIVATE KEY-----` line"),
            (PROTECTED, "has a passphrase"),
            (ELLIPTIC, "is not an RSA key"),
            (PEM[:200] + PEM[260:], "cannot be decoded"),
        ],
    )
    def test_a_key_that_cannot_sign_is_refused(self, pem: str, seen: str) -> None:
        assert seen in problem_with(GITHUB_PRIVATE_KEY=pem)

    def test_a_missing_key_file_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "key.pem"

        assert f"is '{file}', which cannot be read (No such file" in problem_with(
            GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_FILE=str(file)
        )

    def test_a_binary_key_file_is_refused_by_name(self, tmp_path: Path) -> None:
        file = tmp_path / "key.der"
        file.write_bytes(b"\x30\x82\xff\xfe")

        assert "not a text file" in problem_with(GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_FILE=str(file))

    @pytest.mark.parametrize("held", ["", PUBLIC])
    def test_a_key_file_with_something_else_is_said_to_hold_no_key(self, tmp_path: Path, held: str) -> None:
        file = tmp_path / "key.pem"
        file.write_text(held)

        said = problem_with(GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_FILE=str(file))

        assert said.startswith("GITHUB_PRIVATE_KEY_FILE holds")

    @pytest.mark.parametrize("given", ["", "short", "x" * 15, "  " + "x" * 15 + "  "])
    def test_a_short_webhook_secret_is_refused(self, given: str) -> None:
        assert "at least 16 characters" in problem_with(GITHUB_WEBHOOK_SECRET=given)

    @pytest.mark.parametrize(
        ("given", "graphql"),
        [
            ("https://api.github.com", "https://api.github.com/graphql"),
            ("https://github.acme.example/api/v3", "https://github.acme.example/api/graphql"),
            ("https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000/graphql"),
            ("http://localhost:4000/api/v3", "http://localhost:4000/api/graphql"),
            ("http://[::1]:4000", "http://[::1]:4000/graphql"),
        ],
    )
    def test_the_api_says_where_graphql_is(self, given: str, graphql: str) -> None:
        assert settings(GITHUB_API_URL=given).github == Roots(given.rstrip("/"), graphql)

    @pytest.mark.parametrize(
        ("given", "todo"),
        [
            ("http://github.acme.example/api/v3", "Plain http is for loopback addresses only"),
            ("http://10.0.0.1/api/v3", "Plain http is for loopback addresses only"),
            ("https://github.com", "Unset it for github.com"),
            ("https://github.acme.example/", "Write https://github.acme.example/api/v3"),
            ("github.acme.example", "is not a plain URL"),
            ("ftp://github.acme.example", "is not a plain URL"),
            ("https://bot@github.acme.example/api/v3", "Remove the user"),
            ("https://github.acme.example/api/v3?x=1", "Remove the user"),
            ("https://", "is not a plain URL"),
            ("http://[::1", "is not a plain URL"),
            ("https://github.acme.example:port/api/v3", "is not a plain URL"),
        ],
    )
    def test_any_other_api_is_refused(self, given: str, todo: str) -> None:
        assert todo in problem_with(GITHUB_API_URL=given)


class TestDatabase:
    def test_a_path_is_relative_or_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "data").mkdir()
        monkeypatch.chdir(tmp_path)

        assert settings(DATABASE_URL="sqlite:///data/queue.db").queue == Path("data/queue.db")
        assert settings(DATABASE_URL=f"sqlite:///{tmp_path}/data/queue.db").queue == tmp_path / "data" / "queue.db"

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_postgresql_is_named_as_libpq_or_sqlalchemy_name_it(self, scheme: str) -> None:
        given = settings(DATABASE_URL=f"{scheme}://bot:hunter2@database/bot").queue

        assert given == PostgresUrl(f"{scheme.partition('+')[0]}://bot:hunter2@database/bot")
        assert "hunter2" not in repr(given)

    @pytest.mark.parametrize("rest", ["[::1/bot", "database/bot?sslmod=require", "bot:50%off@database/bot"])
    def test_what_the_library_of_postgresql_cannot_read_is_refused(self, rest: str) -> None:
        assert "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in problem_with(
            DATABASE_URL=f"postgresql://{rest}"
        )

    @pytest.mark.parametrize(
        "given",
        ["queue.db", "mysql://database/bot", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x?mode=ro"],
    )
    def test_anything_else_is_refused(self, given: str) -> None:
        assert "sqlite:///FILE" in problem_with(DATABASE_URL=given)

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        assert "whose folder does not exist" in problem_with(DATABASE_URL=f"sqlite:///{tmp_path}/missing/queue.db")


class TestRegistries:
    @pytest.mark.parametrize(
        "given",
        ["https://ghcr.io", "ghcr.io/acme", "*.pkg.dev", "ghcr.io:port", "ghcr..io", "a b", "-ghcr.io", "[::1]:x"],
    )
    def test_only_hosts_are_allowed(self, given: str) -> None:
        assert "a comma-separated list of hosts" in problem_with(REGISTRY_ALLOW=given)

    def test_an_address_is_a_host(self) -> None:
        assert settings(REGISTRY_ALLOW="127.0.0.1:5000,[::1]:5000").registries == {"127.0.0.1:5000", "[::1]:5000"}

    @pytest.mark.parametrize("given", ["index.docker.io", "registry-1.docker.io", "hub.docker.com"])
    def test_docker_hub_goes_by_the_name_in_images(self, given: str) -> None:
        assert "Write docker.io" in problem_with(REGISTRY_ALLOW=given)

    def test_loopback_is_contacted_only_when_named(self) -> None:
        assert not any(host.startswith(("localhost", "127.")) for host in settings().registries)

    @pytest.mark.parametrize(
        "given",
        [
            "docker.io",
            "docker.io=",
            "docker.io=harbor.acme.example",
            "docker.io=http://harbor.acme.example",
            "docker.io=https://harbor.acme.example?x=1",
        ],
    )
    def test_a_mirror_is_a_safe_place(self, given: str) -> None:
        assert "The URL is https" in problem_with(REGISTRY_MIRRORS=given)

    def test_a_mirror_is_of_an_allowed_registry(self) -> None:
        said = problem_with(REGISTRY_ALLOW="ghcr.io", REGISTRY_MIRRORS="docker.io=https://harbor.acme.example")

        assert "expected a registry of REGISTRY_ALLOW" in said

    def test_a_mirror_may_be_on_loopback(self) -> None:
        mirrors = settings(REGISTRY_MIRRORS="ghcr.io=http://127.0.0.1:5055").registry_mirrors

        assert mirrors == {"ghcr.io": "http://127.0.0.1:5055"}

    def test_one_secret_is_for_all_hooks_and_others_for_their_vendor(self) -> None:
        secrets = settings(
            REGISTRY_WEBHOOK_SECRET=HOOK_SECRET, REGISTRY_WEBHOOK_SECRET_DOCKER_HUB="x" * 16
        ).registry_secrets

        assert secrets == {**dict.fromkeys(WITH_SECRET, HOOK_SECRET), "docker_hub": "x" * 16}

    @pytest.mark.parametrize("given", ["0", "-1", "2_000", "1e6", "many", "2000001"])
    def test_a_limit_is_a_number(self, given: str) -> None:
        expected = (
            f"REGISTRY_MAX_TAGS is '{given}'; expected 1 to 2,000,000 tags of one image, written without separators. "
            "Unset it for 200,000."
        )
        assert problem_with(REGISTRY_MAX_TAGS=given) == expected

    @pytest.mark.parametrize("name", ["REGISTRY_WEBHOOK_SECRETS", "REGISTRY_WEBHOOK_SECRET_NPM"])
    def test_an_unknown_vendor_is_named(self, name: str) -> None:
        assert f"{name} names an unknown vendor" in problem_with(**{name: HOOK_SECRET})

    def test_polling_can_be_turned_off_and_is_not_too_frequent(self) -> None:
        assert settings(REGISTRY_POLL="off").registry_poll is None
        for given in ("0", "29", "86401", "5m", "often"):
            assert "expected 30 to 86400 seconds, or off" in problem_with(REGISTRY_POLL=given)

    def test_the_secret_of_pipelines_is_long(self) -> None:
        assert "CI_WEBHOOK_SECRET has 5 characters" in problem_with(CI_WEBHOOK_SECRET="short")

    def test_tokens_of_the_api_are_long_and_may_be_several(self) -> None:
        assert settings().api_tokens == ()
        assert settings(API_TOKENS=f"{HOOK_SECRET}, another-{HOOK_SECRET},").api_tokens == (
            HOOK_SECRET,
            f"another-{HOOK_SECRET}",
        )
        assert "has a token of 5 characters at position 2" in problem_with(API_TOKENS=f"{HOOK_SECRET},short")
        assert "API_TOKENS has a token" in problem_with(API_TOKENS="ä" * 20)

    def test_a_vendor_without_a_secret_is_not_given_one(self) -> None:
        said = problem_with(REGISTRY_WEBHOOK_SECRET_ARTIFACT_REGISTRY=HOOK_SECRET)
        assert "names a vendor that has no secret" in said

    @pytest.mark.parametrize(
        "topic",
        [
            "images",
            "arn:aws:sqs:eu-central-1:123456789012:images",
            "arn:aws:sns:eu-central-1.evil:123456789012:images",
            "arn:aws:sns:eu-central-1:12345678901:images",
            f"{TOPIC}:c9135db0-26c4-47ec-8998-413945fb5a96",
        ],
    )
    def test_a_topic_is_an_arn(self, topic: str) -> None:
        assert "expected ARNs such as arn:aws:sns:" in problem_with(SNS_TOPICS=topic)

    def test_pubsub_needs_both_or_neither(self) -> None:
        assert "PUBSUB_AUDIENCE is not set" in problem_with(
            PUBSUB_SERVICE_ACCOUNT="pusher@acme.iam.gserviceaccount.com"
        )
        assert "because PUBSUB_AUDIENCE has one" in problem_with(PUBSUB_AUDIENCE="https://bot.acme.example")
        said = problem_with(PUBSUB_AUDIENCE="https://bot.acme.example", PUBSUB_SERVICE_ACCOUNT="pusher")
        assert "PUBSUB_SERVICE_ACCOUNT is 'pusher'" in said

    @pytest.mark.parametrize(
        ("given", "seen"),
        [
            ("short", "has 5 characters"),
            ("a" * 15 + "/" + "b", "holds a space or one of"),
            ("a" * 15 + " b", "holds a space or one of"),
        ],
    )
    def test_a_secret_is_long_and_fits_into_a_path(self, given: str, seen: str) -> None:
        assert seen in problem_with(REGISTRY_WEBHOOK_SECRET=given)

    def test_logins_are_in_a_folder_a_file_or_at_home(self, tmp_path: Path) -> None:
        file = tmp_path / "config.json"
        file.write_text("{}")

        assert settings(DOCKER_CONFIG=str(tmp_path)).docker_config == file
        assert settings(DOCKER_CONFIG=str(file)).docker_config == file
        assert settings(HOME=str(tmp_path)).docker_config == tmp_path / ".docker" / "config.json"

    def test_missing_logins_are_named(self, tmp_path: Path) -> None:
        assert "a folder with a config.json" in problem_with(DOCKER_CONFIG=str(tmp_path))


@pytest.mark.parametrize("given", ["http", "-1", "65536", "8080.0", "０"])
def test_a_port_is_a_number(given: str) -> None:
    assert "expected a number from 0 to 65535" in problem_with(PORT=given)


def test_an_unknown_level_is_named() -> None:
    assert "expected one of DEBUG, INFO, WARNING, ERROR" in problem_with(LOG_LEVEL="loud")


def test_onboarding_is_switched_off() -> None:
    assert settings().onboarding
    assert settings(ONBOARDING="on").onboarding
    assert not settings(ONBOARDING="off").onboarding
    assert not settings(ONBOARDING="false").onboarding, "what YAML makes of a bare off"
    assert settings(ONBOARDING="true").onboarding
    assert problem_with(ONBOARDING="never").startswith("ONBOARDING is 'never'; expected on or off.")


def test_unsigned_commits_are_believed_where_somebody_says_so() -> None:
    assert not settings().trust_unsigned
    assert settings(GITHUB_UNSIGNED="trust").trust_unsigned
    assert problem_with(GITHUB_UNSIGNED="yes").startswith("GITHUB_UNSIGNED is 'yes'; expected nothing, or trust.")


def test_sources_of_other_owners_are_allowed_pair_by_pair() -> None:
    assert settings().sources == frozenset()
    assert settings(SOURCES_ALLOWED="Acme:globex, acme:initech").sources == {("acme", "globex"), ("acme", "initech")}
    assert "SOURCES_ALLOWED holds 'acme/web'; expected pairs of owners" in problem_with(SOURCES_ALLOWED="acme/web")


class TestEnvFile:
    def test_the_environment_wins_over_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "a.env"
        file.write_text("# a comment\n\nA=1\nexport B = '2'\nC=\"x=y\"\nD=\n")

        found = with_env_file({"ENV_FILE": str(file), "A": "9", "B": ""})

        assert found == {"ENV_FILE": str(file), "A": "9", "B": "2", "C": "x=y", "D": ""}

    def test_the_file_in_the_current_folder_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert with_env_file({"A": "1"}) == {"A": "1"}
        (tmp_path / "gitops-bot.env").write_text("B=2\n")
        assert with_env_file({"A": "1"}) == {"A": "1", "B": "2"}

    @pytest.mark.parametrize("text", ["hunter2\n", "A B=hunter2\n", "=hunter2\n"])
    def test_a_line_that_is_no_setting_is_not_quoted(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "a.env"
        file.write_text(f"A=1\n{text}")

        with pytest.raises(SettingsError, match="line 2 is not NAME=VALUE") as raised:
            with_env_file({"ENV_FILE": str(file)})
        assert "hunter2" not in str(raised.value)

    def test_a_missing_file_is_named(self) -> None:
        with pytest.raises(SettingsError, match=r"ENV_FILE names '/nowhere/a\.env', which cannot be read"):
            with_env_file({"ENV_FILE": "/nowhere/a.env"})
