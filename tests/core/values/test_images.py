"""The grammar of image references, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.images import ImageError, ImageName, Reference, is_digest, is_tag, normalise, version_suffix

SHA256 = "sha256:" + "a" * 64
SHA512 = "sha512:" + "b" * 128


@pytest.mark.parametrize(
    ("text", "registry", "repository"),
    [
        ("nginx", "docker.io", "library/nginx"),
        ("library/nginx", "docker.io", "library/nginx"),
        ("docker.io/nginx", "docker.io", "library/nginx"),
        ("docker.io/library/nginx", "docker.io", "library/nginx"),
        ("index.docker.io/nginx", "docker.io", "library/nginx"),
        ("Docker.IO/library/nginx", "docker.io", "library/nginx"),
        ("acme/web", "docker.io", "acme/web"),
        ("ghcr.io/nginx", "ghcr.io", "nginx"),
        ("GHCR.io/acme/web", "ghcr.io", "acme/web"),
        ("localhost/web", "localhost", "web"),
        ("localhost:5000/web", "localhost:5000", "web"),
        ("registry:5000/a/b/c", "registry:5000", "a/b/c"),
        ("REGISTRY/web", "REGISTRY", "web"),
        ("LOCALHOST/web", "localhost", "web"),
        ("[2001:DB8::1]:5000/web", "[2001:db8::1]:5000", "web"),
        ("[::1]/web", "[::1]", "web"),
        ("a.b/c_d/e__f/g-h/i---j.k", "a.b", "c_d/e__f/g-h/i---j.k"),
    ],
)
def test_names_are_normalised(text: str, registry: str, repository: str) -> None:
    name = ImageName.parse(text)

    assert ImageName(registry=registry, repository=repository) == name
    assert f"{registry}/{repository}" == normalise(text) == str(name)
    assert name == ImageName.parse(str(name))
    assert name.last_segment == repository.rpartition("/")[2]


@pytest.mark.parametrize(
    ("text", "tag", "digest", "spelling"),
    [
        ("nginx:1.27", "1.27", None, "nginx"),
        (f"nginx@{SHA256}", None, SHA256, "nginx"),
        (f"nginx:1.27@{SHA512}", "1.27", SHA512, "nginx"),
        ("localhost:5000/web:5000", "5000", None, "localhost:5000/web"),
        ("[::1]:5000/web:v1", "v1", None, "[::1]:5000/web"),
        ("reg.io/1.0/1.0:1.0", "1.0", None, "reg.io/1.0/1.0"),
        ("GHCR.io/acme/web:V1", "V1", None, "GHCR.io/acme/web"),
        ("web:_" + "x" * 127, "_" + "x" * 127, None, "web"),
    ],
)
def test_versions_are_split_off(text: str, tag: str | None, digest: str | None, spelling: str) -> None:
    reference = Reference.parse(text)

    assert (tag, digest, spelling) == (reference.tag, reference.digest, reference.spelling)
    assert text == spelling + version_suffix(tag=tag, digest=digest)
    assert str(reference) == f"{reference.name}{version_suffix(tag=tag, digest=digest)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " nginx",
        "nginx ",
        "Nginx",
        "acme/Web",
        "ghcr.io/",
        "/web",
        "ghcr.io//web",
        "web:",
        "web:-v1",
        "web:v1+build",
        "web:" + "x" * 129,
        "web@",
        "web@sha256:abc",
        f"web@{SHA256.upper()}",
        "web@md5:" + "a" * 32,
        f"web@{SHA256}@{SHA256}",
        "-web",
        "web-",
        "a..b",
        "a___b",
        "https://ghcr.io/acme/web",
        "oci://ghcr.io/acme/web",
        "${REGISTRY}/web:v1",
        "{{ .Values.image }}",
        "-host.io/web",
        "UNDER_SCORE/web",
        "[::1]",
        "web:v1\n",
        "wéb",
        "a" * 64,
        SHA256,
        "ghcr.io/" + "a" * 250,
        "web:v1" + "x" * 1_000_000,
    ],
)
def test_an_invalid_reference_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(ImageError) as caught:
        Reference.parse(text)

    assert text[:60].encode("unicode_escape").decode() in str(caught.value).replace("\\\\", "\\") or text in str(
        caught.value
    )
    assert len(str(caught.value)) < 250


def test_a_name_has_no_version() -> None:
    with pytest.raises(ImageError, match=r"carries a version.*docker\.io/library/nginx"):
        ImageName.parse("nginx:1.27")
    with pytest.raises(ImageError, match="carries a version"):
        ImageName.parse(f"nginx@{SHA256}")


def test_tags_and_digests() -> None:
    assert is_tag("v1.0_x-y")
    assert not any(map(is_tag, ("", ".a", "-a", "a b", "a:b", "a@b", "a\n", "é", "x" * 129)))
    assert is_digest(SHA256)
    assert is_digest("sha384:" + "0" * 96)
    assert not any(map(is_digest, ("", "sha256:", SHA256 + "\n", SHA256[:-1], SHA512[:-1], "sha1:" + "a" * 40)))


@given(st.text(alphabet="abcAZ019._-:/@[]${} \n", max_size=40))
def test_a_parsed_reference_parses_to_the_same(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ImageError:
        return

    assert reference.name == Reference.parse(str(reference)).name
    assert text.startswith(reference.spelling)


def test_the_longest_reference() -> None:
    """255 characters of name, a tag of 128 and the longest digest: what is longer is not looked through."""
    longest = f"{'r' * 60}.example.com/{'a' * 182}:{'t' * 128}@sha512:{'0' * 128}"
    assert len(longest) == 520
    assert str(Reference.parse(longest)) == longest
    with pytest.raises(ImageError, match="has 521 characters; a reference has at most 520"):
        Reference.parse(f"{longest}0")
