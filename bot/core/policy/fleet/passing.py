"""How versions pass through the environments that an application does not use.

`from` names environments. Of those that the application does not use, each is left out while another one stays; if none stays,
the environments before them take their place. If none is left at all, versions come from the registry where the policy says
that these are not used, and from nowhere where only their manifests are missing: a deleted folder must not skip a test.
"""

from collections.abc import Collection, Mapping

from bot.core.policy.environment import Environment, Origin, OriginKind

REGISTRY = Origin(kind=OriginKind.REGISTRY)

NOWHERE = Origin(kind=OriginKind.NOWHERE)


def passed_through(
    environments: Mapping[str, Environment], unused: Collection[str], *, last: Origin = REGISTRY
) -> dict[str, Environment]:
    """Return the used environments, each with the origin that is left of its own. The environments have no cycle.

    last: what is left of an origin if nothing is.
    """
    return {
        name: _following(environment, origin_of(environment.origin, environments, unused), last)
        for name, environment in environments.items()
        if name not in unused
    }


def origin_of(origin: Origin, environments: Mapping[str, Environment], unused: Collection[str]) -> Origin:
    """Return where versions come from if these environments are not used."""
    kept = tuple(name for name in origin.environments if name not in unused)
    if origin.kind is OriginKind.REGISTRY or len(kept) == len(origin.environments):
        return origin
    if kept:
        return Origin(kind=origin.kind, environments=kept)
    before = [
        origin_of(environments[name].origin, environments, unused)
        for name in origin.environments
        if name in environments
    ]
    return _joined(origin, before)


def _joined(origin: Origin, before: list[Origin]) -> Origin:
    """Join the origins of several unused environments. Where they differ, the stricter one counts: an environment rather
    than the registry, and all rather than any.
    """
    names = tuple(dict.fromkeys(name for each in before for name in each.environments))
    if not names:
        return REGISTRY
    kinds = {each.kind for each in before if each.environments}
    any_one = kinds == {OriginKind.ANY} or (origin.kind is OriginKind.ANY and len(origin.environments) > 1)
    return Origin(kind=OriginKind.ANY if any_one else OriginKind.ALL, environments=names)


def _following(environment: Environment, origin: Origin, last: Origin) -> Environment:
    if origin is environment.origin:
        return environment
    return environment.model_copy(update={"origin": last if origin is REGISTRY else origin})
