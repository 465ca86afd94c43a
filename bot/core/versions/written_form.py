"""What is written at a reference: the tag, the digest, or both."""

from bot.core.policy import Application, Environment, Write
from bot.core.policy.named_places import named_places
from bot.core.values.places import Place


def write_at(place: Place, environment: Environment, application: Application) -> Write:
    """Return what the policy wants at this reference."""
    for named in named_places(environment, application) if place.entry is not None else ():
        if (place.path, place.entry) == (named.file, named.entry):
            return named.write
    return application.versions.write


def needs_digest(place: Place, environment: Environment, application: Application) -> bool:
    """Return whether a digest is written: a reference that carries one always gets the new one, whatever the policy
    says. A version that only repeats the tag of the image beside it gets none.
    """
    if place.repeats:
        return False
    return place.digest is not None or write_at(place, environment, application) is not Write.TAG
