"""The fields of a policy: what a single value may look like, how it is read, and what the error says if it is wrong.

Every type here carries its own JSON schema, so that an editor and `read` accept the same. Messages say what was seen,
what was expected and, if there is a near miss, what was probably meant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from bot.core.policy.suggestions import listed, meant
from bot.core.values.durations import parse_duration
from bot.core.values.editable.key_paths import PATTERN as KEY_PATH_PATTERN
from bot.core.values.editable.key_paths import parse_key_path
from bot.core.values.editable.value_patterns import LONGEST as LONGEST_VALUE_PATTERN
from bot.core.values.editable.value_patterns import parse_value_pattern
from bot.core.values.images import normalise
from bot.core.values.patterns import EXCLUDE, GROUP, compile_pattern, path_pattern

PLACEHOLDERS = ("application", "environment")

OWNERS, REQUESTER = "owners", "requester"

ROLES = ("triage", "write", "maintain", "admin")

RESERVED = ("all", "until")  # words of `/hold`, where a name may stand

LONGEST_NAME = 63

LONGEST_PATH = 1024

LONGEST_PATTERN = 1024

T = TypeVar("T")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")

_PERSON = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?")

_NAMED_AFTER = r"@?[A-Za-z0-9{}_./-]*\{application\}[A-Za-z0-9{}_./-]*"
"""In an editor's schema, what holds the placeholder; it is filled in before the value is read."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")

_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?")


def wrong(message: str) -> PydanticCustomError:
    """Return what validators raise; people see the message as it is."""
    return PydanticCustomError("policy", "{message}", {"message": message})


def wrong_key(message: str) -> PydanticCustomError:
    """Return the same, if people should look at the key and not at its value."""
    return PydanticCustomError("policy_key", "{message}", {"message": message})


def text(read: Callable[[str], Any], becomes: type) -> BeforeValidator:
    """Read a value from text, and let a value that was read before pass. `read` raises ValueError with a sentence."""

    def validate(value: object) -> object:
        if isinstance(value, becomes) and becomes is not str:
            return value
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        try:
            return read(value)
        except ValueError as error:
            raise wrong(str(error)) from error

    return BeforeValidator(validate)


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """A list, for which one entry may stand alone: `checks: build`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: (value,) if isinstance(value, str) else value, handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def read_name(name: str) -> str:
    """The name of an application or an environment, which is part of branches and file names.

    https://git-scm.com/docs/git-check-ref-format; upper case is left out because file systems disagree about it.
    """
    if not _NAME.fullmatch(name) or ".." in name or name.endswith((".", ".lock")) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"{name!r} is not a name: use lower-case letters, digits, '.', '_' and '-', begin with a letter or a digit, "
            f"do not end in '.' or '.lock', and stay within {LONGEST_NAME} characters"
        )
    if name in RESERVED:
        raise ValueError(f"{name!r} cannot be a name, because it is a word of the /hold command: choose another")
    return name


def read_path(path: str) -> str:
    """A path or glob inside the manifests repository, in its shortest form, perhaps with placeholders; '.' is the root."""
    if path.startswith(EXCLUDE):
        return f"{EXCLUDE}{read_path(path.removeprefix(EXCLUDE))}"
    if len(path) > LONGEST_PATH:
        raise ValueError(f"this path has {len(path)} characters: write at most {LONGEST_PATH}")
    if path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/"):
        raise ValueError(f"{path!r} leads outside the repository: write a path below its root, such as envs/dev")
    _check_glob(path)
    return str(PurePosixPath(read_template(path)))


def read_paths(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of an environment: at least one that does not exclude."""
    if all(path.startswith(EXCLUDE) for path in paths):
        raise wrong("these only exclude: begin with the folder that holds the manifests")
    return paths


def read_file(path: str) -> str:
    """The path of one file inside the manifests repository."""
    if "*" in path:
        raise ValueError(f"{path!r} is a glob: name one file, with {{application}} and {{environment}} if need be")
    return read_path(path)


def read_template(template: str, *, placeholders: tuple[str, ...] = PLACEHOLDERS) -> str:
    """A text with placeholders, if any: `argocd/{application}-{environment}`."""
    if not template:
        raise ValueError("this is empty: write something, or leave the key out")
    for name in re.findall(r"\{([^{}]*)\}", template):
        if name not in placeholders:
            expected = listed(f"{{{word}}}" for word in placeholders)
            raise ValueError(f"unknown placeholder '{{{name}}}': write {expected}{meant(name, placeholders)}")
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", template)):
        raise ValueError(f"{template!r} has a lone brace: write {listed(f'{{{word}}}' for word in placeholders)}")
    return template


def read_key_path(path: str) -> str:
    """The keys that lead to one value of a file; kept as it is written, because it is shown to people."""
    parse_key_path(path)
    return path


def is_person(word: str) -> bool:
    """`@user` or `@organisation/team`."""
    return _PERSON.fullmatch(word) is not None


def read_person(word: str) -> str:
    """Who may do something, as `permissions` and `approvals` name people."""
    words = (OWNERS, *ROLES)
    if word in words or is_person(word):
        return word
    near = meant(word, words) or (f" (did you mean '@{word}'?)" if is_person(f"@{word}") else "")
    raise ValueError(f"{word!r} is not a user, team or role: write {listed(words)}, @user or @organisation/team{near}")


def read_owner(word: str) -> str:
    """Who owns an application: as above, without `owners` itself."""
    if word == OWNERS:
        raise ValueError("'owners' cannot be an owner: write a role, @user or @organisation/team")
    return read_person(word)


def read_tags(pattern: str) -> str:
    """The regular expression of `tags`: any, or with the one named group `version`."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"this pattern has {len(pattern)} characters: write at most {LONGEST_PATTERN}")
    try:
        groups = compile_pattern(pattern).groupindex
    except ValueError as error:
        raise ValueError(
            f"{pattern!r} is not a regular expression in RE2's syntax: {error}; see https://github.com/google/re2/wiki/Syntax"
        ) from error
    strange = [name for name in groups if name != GROUP]
    if strange:
        raise ValueError(
            f"unknown group {strange[0]!r}: call what is to be compared (?P<{GROUP}>…), and name nothing else"
        )
    return pattern


def read_path_globs(globs: tuple[str, ...]) -> tuple[str, ...]:
    """The `paths` of a source: at least one that does not exclude."""
    for glob in globs:
        try:
            _check_glob(glob.removeprefix(EXCLUDE))
        except ValueError as error:
            raise wrong(str(error)) from error
    if globs and all(glob.startswith(EXCLUDE) for glob in globs):
        raise wrong("these only exclude, so that no commit would be a version: begin with '**'")
    return globs


def _check_glob(glob: str) -> None:
    try:
        path_pattern(glob)
    except ValueError as error:
        raise ValueError(f"{glob!r} is not a glob as in the `paths` of GitHub Actions: {error}") from error


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{value!r} is not {expected}")
        return value

    return read


def _some(value: str) -> str:
    if not value.strip():
        raise ValueError("this is empty: write something, or leave the key out")
    return value


def with_schema(**keywords: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **keywords})


Text = Annotated[str, text(_some, str), with_schema(minLength=1)]

Glob = Annotated[
    str, text(_some, str), with_schema(minLength=1, description="`*` is any run of characters, `?` any one.")
]

Name = Annotated[str, text(read_name, str), with_schema(pattern="^[a-z0-9][a-z0-9._-]*$", maxLength=LONGEST_NAME)]

Template = Annotated[str, text(read_template, str), with_schema(minLength=1)]

RepositoryPath = Annotated[str, text(read_path, str), with_schema(minLength=1, pattern="^[^/~\\\\][^\\\\]*$")]

RepositoryFile = Annotated[str, text(read_file, str), with_schema(minLength=1, pattern="^[^/~\\\\*][^\\\\*]*$")]

KeyPath = Annotated[
    str,
    text(read_key_path, str),
    with_schema(
        minLength=1,
        pattern=KEY_PATH_PATTERN,
        examples=["web.image.tag", "images[0].newTag", "containers[name=web].image"],
    ),
]

ValuePattern = Annotated[
    str,
    text(parse_value_pattern, str),
    with_schema(
        minLength=1,
        maxLength=LONGEST_VALUE_PATTERN,
        examples=["version=(.*)", r"\?ref=([0-9a-f]+)", r"download/(?P<version>v[^/]+)/"],
        description="RE2 syntax, with one group: the value.",
    ),
]

Image = Annotated[str, text(normalise, str), with_schema(minLength=1, description="An image without tag and digest.")]

Person = Annotated[
    str,
    text(read_person, str),
    with_schema(
        pattern=f"^(?:{'|'.join((OWNERS, *ROLES))}|{_PERSON.pattern}|{_NAMED_AFTER})$",
        description=f"{listed((OWNERS, *ROLES))}, @user or @organisation/team.",
    ),
]

Owner = Annotated[
    str,
    text(read_owner, str),
    with_schema(
        pattern=f"^(?:{'|'.join(ROLES)}|{_PERSON.pattern}|{_NAMED_AFTER})$",
        description="@user, @organisation/team or a role.",
    ),
]

RepositoryName = Annotated[
    str,
    text(_matching(_REPOSITORY, "a repository: write owner/name, such as acme/web"), str),
    with_schema(pattern=f"^(?:{_REPOSITORY.pattern}|{_NAMED_AFTER})$"),
]

Platform = Annotated[
    str,
    text(_matching(_PLATFORM, "a platform: write for example linux/amd64 or linux/arm/v7"), str),
    with_schema(pattern=f"^{_PLATFORM.pattern}$"),
]

TagPattern = Annotated[str, text(read_tags, str), with_schema(minLength=1, description="RE2 syntax.")]

Duration = Annotated[
    timedelta,
    text(parse_duration, timedelta),
    with_schema(pattern="^(?:[0-9]{1,6}[wdhms])+$", examples=["30m", "4h", "2d", "1h30m"]),
]

Count = Annotated[int, Strict(), Field(ge=0)]

Positive = Annotated[int, Strict(), Field(ge=1)]

Flag = Annotated[bool, Strict()]

Many = Annotated[tuple[T, ...], OneOrMany()]


def at_least_one(values: tuple[T, ...]) -> tuple[T, ...]:
    """Lists that make no sense when empty."""
    if not values:
        raise wrong("this is empty: name at least one, or leave the key out")
    return values


Some = Annotated[tuple[T, ...], OneOrMany(), AfterValidator(at_least_one)]

PathList = Annotated[tuple[RepositoryPath, ...], OneOrMany(), AfterValidator(at_least_one), AfterValidator(read_paths)]

PathGlobs = Annotated[tuple[Text, ...], OneOrMany(), AfterValidator(at_least_one), AfterValidator(read_path_globs)]
