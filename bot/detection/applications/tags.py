"""Which order a set of tags follows: what `versions` has to say for an application."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from semver import Version

_V = re.compile(r"[vV]?(?P<version>[0-9].*)")
_MOVING = frozenset(
    {
        "latest",
        "stable",
        "main",
        "master",
        "edge",
        "dev",
        "develop",
        "staging",
        "prod",
        "production",
        "release",
        "nightly",
        "canary",
    }
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_LETTERED = re.compile(r"(?P<head>[A-Za-z]+)(?P<number>[0-9]{1,9})")
_FEWEST = 10  # a lettered number below it may be a major version, whose tag moves: `v1`
_DATE = re.compile(r"20[0-9]{2}[-.]?[01][0-9][-.]?[0-3][0-9][0-9T.Z_-]*")
_DATE_BEFORE = re.compile(rf"{_DATE.pattern}(?P<end>-[A-Za-z]+)")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_STAMPED = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9_]*)-(?P<commit>[0-9a-f]{7,40})-(?P<time>[0-9]{9,14})")
_PREFIXED = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9_.]*-)(?P<rest>[0-9].*)")
_SHA_PREFIX = re.compile(r"(?P<head>sha-|git-|main-|master-|commit-)(?P<commit>[0-9a-f]{7,40})")


@dataclass(frozen=True, slots=True)
class Order:
    """settings: keys of `versions` with their values as the policy has them; none for semantic versions.

    why: what told. is_sure: False if a person should look at it. strange: a tag that follows no order, if none was found.
    """

    settings: dict[str, str] = field(default_factory=dict)
    why: str = ""
    is_sure: bool = True
    strange: str = ""

    @property
    def needs_source(self) -> bool:
        """Report whether the order is the history of a source repository."""
        return "commit" in self.settings


def is_moving(tag: str) -> bool:
    """Report whether a tag is a word that usually moves from version to version, such as `latest`."""
    return tag.lower() in _MOVING


def order_of(tags: Iterable[str]) -> Order:
    """Return the order that these tags of one application follow."""
    found = [tag for tag in dict.fromkeys(tags) if tag]
    if not found:
        return Order(why="no tag is written anywhere", is_sure=False)
    for fits, order in _ORDERS:
        if all(map(fits, found)):
            return order(found)
    return _order_of_most(found) or _no_order(found)


def _order_of_most(tags: list[str]) -> Order | None:
    """Return the order of those with a number, where others are words such as `latest`."""
    numbered = [tag for tag in tags if any(map(str.isdigit, tag))]
    words = [tag for tag in tags if tag not in numbered]
    if not numbered or not words:
        return None
    order = order_of(numbered)
    if order.strange:
        return None
    return replace(order, why=f"{order.why or 'the tags are releases'}, except for `{words[0]}`", is_sure=False)


def _no_order(tags: list[str]) -> Order:
    why = f"tags such as `{tags[0]}` follow no order that can be told from them"
    return Order(why=why, is_sure=False, strange=tags[0])


def _is_semver(tag: str) -> bool:
    match = _V.fullmatch(tag)
    text = match["version"] if match else ""
    core, dash, rest = text.partition("-")
    while core.count(".") < 2 and re.fullmatch(r"[0-9]+(\.[0-9]+)?", core):
        core += ".0"
    return "." in text and Version.is_valid(f"{core}{dash}{rest}")


def _semver(tags: list[str]) -> Order:
    if any("-" in tag for tag in tags):
        return Order({"semver": '">=0.0.0-0"'}, f"`{next(tag for tag in tags if '-' in tag)}` is a prerelease")
    return Order()


def _numeric(_: list[str]) -> Order:
    return Order({"numeric": "highest"}, "the tags are numbers")


def _dated(_: list[str]) -> Order:
    return Order({"alphabetical": "last"}, "the tags are dates")


def _commits(tags: list[str]) -> Order:
    return Order(
        {"commit": "long" if all(len(tag) == 40 for tag in tags) else "short"}, "the tags are commits", is_sure=False
    )


def _commits_behind(tags: list[str]) -> Order:
    match = _SHA_PREFIX.fullmatch(tags[0])
    head = match["head"] if match else ""
    length = "long" if all(len(tag.removeprefix(head)) == 40 for tag in tags) else "short"
    settings = {"commit": length, "tags": f"'^{re.escape(head)}(?P<version>[0-9a-f]+)$'".replace("\\-", "-")}
    return Order(settings, f"the tags are commits behind `{head}`", is_sure=False)


def _stamped(tags: list[str]) -> Order:
    heads = {match["head"] for tag in tags if (match := _STAMPED.fullmatch(tag))}
    head = heads.pop() if len(heads) == 1 else "[A-Za-z0-9_]+"
    settings = {"numeric": "highest", "tags": f"'^{head}-[0-9a-f]+-(?P<version>[0-9]+)$'"}
    return Order(settings, f"`{tags[0]}` ends in the time of the build")


def _moving(tags: list[str]) -> Order:
    if len(tags) > 1:
        return Order(
            why=f"the tags {', '.join(f'`{tag}`' for tag in tags[:3])} move, one for each environment", is_sure=False
        )
    return Order(
        {"digest": tags[0]},
        f"`{tags[0]}` is a tag that moves: each digest that it points at is a version",
        is_sure=False,
    )


def _prefixed(tags: list[str]) -> Order:
    match = _PREFIXED.fullmatch(tags[0])
    head = match["head"] if match else ""
    rest = order_of(tag.removeprefix(head) for tag in tags)
    if not rest.is_sure or "tags" in rest.settings:
        return _no_order(tags)
    return Order({**rest.settings, "tags": f"'^{head}(?P<version>.+)$'"}, f"the tags begin with `{head}`")


def _lettered(tags: list[str]) -> Order:
    found = [match for tag in tags if (match := _LETTERED.fullmatch(tag))]
    heads = {match["head"] for match in found}
    if len(heads) > 1:
        return _no_order(tags)
    head = heads.pop()
    is_sure = len(tags) > 1 or int(found[0]["number"]) >= _FEWEST
    settings = {"numeric": "highest", "tags": f"'^{head}(?P<version>[0-9]+)$'"}
    return Order(settings, f"the tags are numbers behind `{head}`", is_sure=is_sure)


def _dated_before(tags: list[str]) -> Order:
    ends = {match["end"] for tag in tags if (match := _DATE_BEFORE.fullmatch(tag))}
    if len(ends) > 1:
        return _no_order(tags)
    end = ends.pop()
    return Order(
        {"alphabetical": "last", "tags": f"'^(?P<version>20[0-9].*){end}$'"}, f"the tags are dates before `{end}`"
    )


def _same_head(tag: str) -> bool:
    return _PREFIXED.fullmatch(tag) is not None


_ORDERS = (
    (_is_semver, _semver),
    (is_moving, _moving),
    (lambda tag: _STAMPED.fullmatch(tag) is not None, _stamped),
    (lambda tag: _DATE.fullmatch(tag) is not None, _dated),
    (lambda tag: _DATE_BEFORE.fullmatch(tag) is not None, _dated_before),
    (lambda tag: _NUMBER.fullmatch(tag) is not None, _numeric),
    (lambda tag: _LETTERED.fullmatch(tag) is not None and _COMMIT.fullmatch(tag) is None, _lettered),
    (lambda tag: _COMMIT.fullmatch(tag) is not None, _commits),
    (lambda tag: _SHA_PREFIX.fullmatch(tag) is not None, _commits_behind),
    (_same_head, _prefixed),
)
