"""registries: can the bot read the images that a policy names?

| name                    | when                                                                              |
|-------------------------|-----------------------------------------------------------------------------------|
| `registry-not-allowed`  | REGISTRY_ALLOW does not have it                                                   |
| `registry-login-failed` | a credential helper, the docker config.json or the login does not work            |
| `registry-unreachable`  | it does not answer                                                                |
| `image-not-found`       | it answers that there is no such image, or hides it from this login               |
| `images-noticed-late`   | nothing tells the bot of new images, and REGISTRY_POLL is off                      |
| `registry`              | good                                                                              |
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.doctor.findings import Finding, good, problem

_LOGIN_WORDS = ("login", "credential", "config.json", "docker-credential", "401", "403", "denied", "unauthorized")
_NETWORK = "docs/network.md#logins-for-registries"


@dataclass(frozen=True, slots=True)
class AskedImage:
    """An image that a policy names, and what its registry said; None where the bot may not ask it."""

    image: str
    registry: str
    answer: Tags | Missing | Unanswered | None


def judge_registry(asked: AskedImage) -> Finding:
    """Judge one image."""
    registry, image = asked.registry, asked.image
    match asked.answer:
        case None:
            return problem(
                "registry-not-allowed",
                f"A policy names {image}, and REGISTRY_ALLOW does not have {registry}.",
                f"Add {registry} to REGISTRY_ALLOW, which replaces the default list, or correct the policy.",
                subject=registry,
            )
        case Tags(tags=tags):
            count = "1 tag" if len(tags) == 1 else f"{len(tags):,} tags"
            return good("registry", f"{registry} answers for {image} with {count}.", subject=registry)
        case Missing():
            return problem(
                "image-not-found",
                f"{registry} knows no image {image}, or hides it from this server's login.",
                f"Correct the image in the policy, or give this server a login that may read it ({_NETWORK}).",
                subject=image,
            )
        case Unanswered(reason=reason):
            return _unanswered(registry, image, reason)


def _unanswered(registry: str, image: str, reason: str) -> Finding:
    said = reason.rstrip(".")
    if any(word in said.casefold() for word in _LOGIN_WORDS):
        return problem(
            "registry-login-failed",
            f"{registry} cannot be read for {image}: {said}.",
            "Log in again on this machine, or install the credential helper (docker-credential-ecr-login, "
            f"docker-credential-gcloud, docker-credential-acr-env) where this process finds it ({_NETWORK}).",
            subject=registry,
        )
    return problem(
        "registry-unreachable",
        f"{registry} gives no answer about {image}: {said}.",
        "Let this server reach it (DNS, firewall, proxy, certificate authority), or name a mirror in REGISTRY_MIRRORS.",
        subject=registry,
    )


def judge_news(hosts: Iterable[str], *, polls: bool, hears: bool) -> Finding | None:
    """Judge how the bot learns of new images; None where it does. hosts: of the images that policies name.

    polls: it asks registries now and then. hears: some registry's hook is set up. GitHub reports its own registry's images.
    """
    late = sorted(set(hosts) - {"ghcr.io"})
    if polls or hears or not late:
        return None
    return problem(
        "images-noticed-late",
        f"REGISTRY_POLL is off and no registry hook has a secret here, so new images in {', '.join(late)} are noticed at the "
        "next sweep, within an hour.",
        "Set up a registry hook (docs/registries.md), or unset REGISTRY_POLL.",
        subject="REGISTRY_POLL",
    )
