"""What `/reject` and `/unreject` share: the version that a comment names, and the environments that it means.

On the pull request of a promotion they mean its environment, and every environment that never had the version, as a rollback
does. Elsewhere they mean every environment. Each is carried out where its author may, and the reply says where.
"""

from bot.core.commands.command import Answer, Command, Line, Misread, Names
from bot.core.commands.context import ApplicationContext
from bot.core.commands.shared.grammar import VERSION, usage
from bot.core.history.periods import all_periods
from bot.core.policy import Environment
from bot.core.records.entries import Acceptance, Rejection
from bot.core.values.text import code
from bot.core.values.version import Version
from bot.core.versions.moving_tag import find, follows


def read_version(line: Line, names: Names) -> Command | Misread:
    """Read `[APP@]VERSION [reason]`."""
    word, reason = (line.words or ("",))[0], " ".join(line.words[1:])
    application, at, version = word.rpartition("@")
    if not at and word in names.environments | names.applications:
        return line.misread(not_a_version(word, line.syntax))
    if not VERSION.fullmatch(version):
        return line.misread(usage(line.syntax))
    return line.command("", application, version=version, reason=reason)


def named_version(context: ApplicationContext) -> Version:
    """Return the version that the comment names, known or not."""
    return followed_version(context) or Version(context.command.version)


def followed_version(context: ApplicationContext) -> Version | None:
    """Return the version that was seen under the digest that the comment names; None unless a tag is followed."""
    application = context.application
    return find(application, context.state, context.command.version) if follows(application) else None


def is_unknown(context: ApplicationContext) -> bool:
    """Return whether a tag is followed, and was never seen to point at what the comment names."""
    return follows(context.application) is not None and followed_version(context) is None


def meant_environments(context: ApplicationContext) -> list[Environment]:
    """Return the environments that the comment is about, in the order of the policy."""
    own, environments = context.comment.promotion, context.policy.environments
    if own is None or own[0] not in environments or own[1] != context.application.name:
        return list(environments.values())
    return [each for name, each in environments.items() if name == own[0] or not _had(context, name)]


def _had(context: ApplicationContext, environment: str) -> bool:
    version, here = named_version(context), context.state.environments[environment]
    return any(period.version.is_same(version) for period in all_periods(context.state, here))


def recorded_environments(context: ApplicationContext) -> tuple[str, ...]:
    """Return the environments whose records hold what this comment asked for."""
    return tuple(name for name in context.policy.environments if _is_recorded(context, name))


def _is_recorded(context: ApplicationContext, environment: str) -> bool:
    records, application = context.state.records.of(environment), context.application.name
    kept: list[Rejection | Acceptance] = [
        *records.rejected.get(application, ()),
        *records.accepted.get(application, ()),
    ]
    number, tag = context.comment.database_id, named_version(context).tag
    return any((each.comment, each.tag) == (number, tag) for each in kept)


def not_a_version(word: str, syntax: str) -> Answer:
    """Say that the name of a place stands where the version should."""
    return Answer(f"{code(word)} is not a version. Usage: {code(syntax)}, without an environment.")
