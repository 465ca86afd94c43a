"""The file with further settings, such as `gitops-bot setup` writes it: one variable a line."""

from collections.abc import Mapping
from pathlib import Path

from bot.settings.reading import Problem, Reader, SettingsError
from bot.setup.env_file import NAME


def with_env_file(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, and what the file adds to it; a variable that is set wins. Raises SettingsError.

    Without `ENV_FILE`, the file in the current folder is read if it is there.
    """
    reader = Reader(environment)
    given = reader.get("ENV_FILE")
    path = Path(given or NAME)
    if not given and not path.is_file():
        return dict(environment)
    expected = "the path of a file with a line NAME=VALUE for each setting"
    try:
        found = read(path.read_text(encoding="utf-8"))
    except OSError as error:
        trouble = f"names {str(path)!r:.200}, which cannot be read ({error.strerror})"
    except ValueError as error:
        trouble = f"names {str(path)!r:.200}, which cannot be read ({error})"
    else:
        return {**found, **{name: value for name, value in environment.items() if value}}
    todo = "Check the path, and that this process may read the file."
    raise SettingsError((Problem("ENV_FILE", trouble, expected, todo),))


def read(text: str) -> dict[str, str]:
    """Return the variables of a file. Raises ValueError for a line that is none; it is not quoted, because it may be secret."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if not line.strip() or name.startswith("#"):
            continue
        if not separator or not name.isidentifier():
            raise ValueError(f"line {number} is not NAME=VALUE")
        found[name] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
