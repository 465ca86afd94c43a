"""A status as a note that replicas share: text in, text out."""

from pydantic import TypeAdapter, ValidationError

from bot.core.status.status import ApplicationStatus

BEGINNING = "status "
"""Of the names of these notes; the application's key follows."""

_STATUS = TypeAdapter(ApplicationStatus)


def name(repository: str, application: str = "") -> str:
    """Return the name of an application's note; without an application, how the names of a repository's notes begin."""
    return f"{BEGINNING}{repository}#{application}"


def key(note: str) -> tuple[str, str]:
    """Return the repository and the application that a note is about."""
    repository, _, application = note.removeprefix(BEGINNING).partition("#")
    return repository, application


def write(status: ApplicationStatus) -> str:
    """Return the status as text."""
    return _STATUS.dump_json(status).decode()


def read(text: str) -> ApplicationStatus | None:
    """Return the status; None for no text, and for one of a program with other fields, which the next pass writes again."""
    try:
        return _STATUS.validate_json(text) if text else None
    except ValidationError:
        return None
