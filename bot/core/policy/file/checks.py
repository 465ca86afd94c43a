"""Checks of the whole policy: unknown environments, cycles, and places that two parts would share.

Each check looks at the valid parts, so that a broken part hides no problem of another. The names of broken parts are known.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import product

from bot.core.policy.application import Application
from bot.core.policy.deployments import DeployedTo
from bot.core.policy.edit import Write
from bot.core.policy.environment import Environment, OriginKind
from bot.core.policy.fields import OWNERS
from bot.core.policy.file.collisions import one_folder_each, one_place_each, one_report_each, one_value_each
from bot.core.policy.file.draft import Whole
from bot.core.policy.file.inheritance.merging import PLACEHOLDER
from bot.core.policy.file.inheritance.rules import is_rule
from bot.core.policy.file.parts import MAIN, Kind
from bot.core.policy.orders import OrderKind
from bot.core.policy.suggestions import MOST_LISTED, listed, meant
from bot.core.values.editable.files import is_protected
from bot.core.values.errors import Problem
from bot.core.values.patterns import is_glob

MOST_CYCLES = 20


def check(whole: Whole) -> Iterator[Problem]:
    """Yield every problem across parts."""
    for each in CHECKS:
        yield from each(whole)


def check_differences(whole: Whole) -> Iterator[Problem]:
    """Yield the problems of one application's environments, as they are for it."""
    for each in (_nothing_to_soak, _somebody_may, _edits_follow, _rules_are_kept):
        yield from each(whole)


def _something_there(whole: Whole) -> Iterator[Problem]:
    for kind in Kind:
        if not whole.names(kind):
            yield Problem(MAIN, 0, 0, f"there is no {kind}: name at least one under {kind.value!r}")


def _known_origins(whole: Whole) -> Iterator[Problem]:
    names = dict.fromkeys(whole.names(Kind.ENVIRONMENT))
    there_are = f": the policy has {listed(names, last='and')}" if names else ""
    renamed = {environment.was: name for name, environment in whole.environments.items() if environment.was}
    for name, environment in whole.environments.items():
        for position, before in enumerate(environment.origin.environments):
            if before not in names:
                near = meant(before, names) or there_are
                if before in renamed:
                    near = f": it is now called {renamed[before]!r}"
                keys = ("any", position) if environment.origin.kind is OriginKind.ANY else (position,)
                yield whole.at(name, f"unknown environment {before!r}{near}", "from", *keys)


def _former_names(whole: Whole) -> Iterator[Problem]:
    """`was` must be a name that no part has now, and that no other part claims."""
    named: tuple[tuple[Kind, Mapping[str, Application] | Mapping[str, Environment]], ...]
    named = ((Kind.APPLICATION, whole.applications), (Kind.ENVIRONMENT, whole.environments))
    for kind, values in named:
        heirs: dict[str, str] = {}
        for name, value in values.items():
            if value.was is not None and (why := _no_former_name(whole, kind, name, value.was, heirs)):
                yield whole.parts[kind, name].problem(why, "was")


def _no_former_name(whole: Whole, kind: Kind, name: str, was: str, heirs: dict[str, str]) -> str:
    """Return what is wrong with a former name, or ''. heirs: former name → the first part that claims it."""
    if was == name:
        return f"{name!r} is the present name of the {kind}: 'was' is the name that it had before"
    if (there := whole.parts.get((kind, was))) is not None:
        where = f"{there.path}, line {there.entry.spot.line}"
        return f"the {kind} {was!r} still exists, in {where}: 'was' must be a name that is no longer in use"
    heir = heirs.setdefault(was, name)
    return (
        "" if heir == name else f"{heir!r} already has {was!r} as its 'was': only one {kind} can take over its history"
    )


def _cycles(whole: Whole) -> Iterator[Problem]:
    """Each cycle once, from its first environment on, in the direction of the versions."""
    for cycle in _found_cycles(whole.environments):
        shown = cycle if len(cycle) <= MOST_LISTED else (*cycle[:MOST_LISTED], f"({len(cycle) - MOST_LISTED} more)")
        chain = " → ".join([*shown, cycle[0]])
        message = (
            f"{chain} is a cycle that no version can enter{_not_opened(whole, cycle)}: change the 'from' of one of them"
        )
        yield whole.conflict(cycle[0], message, "from")


def _not_opened(whole: Whole, cycle: tuple[str, ...]) -> str:
    """Say that the circle stays closed where an application does not use one of its environments."""
    for name, application in whole.applications.items():
        for environment in cycle:
            if application.claims(environment) is False:
                return f", and it stays one for {name!r}, which does not use {environment!r}"
    return ""


def _found_cycles(environments: Mapping[str, Environment]) -> Iterator[tuple[str, ...]]:
    """Yield cycles that share no environment, at most a few: each costs one more search."""
    left = {name: set(environment.origin.environments) for name, environment in environments.items()}
    positions = {name: position for position, name in enumerate(environments)}
    for _ in range(MOST_CYCLES):
        try:
            TopologicalSorter(left).prepare()
        except CycleError as found:
            circle = found.args[1][:-1]
            gone = frozenset(circle)
            first = circle.index(min(circle, key=positions.__getitem__))
            yield (*circle[first:], *circle[:first])
            left = {name: origins - gone for name, origins in left.items() if name not in gone}
        else:
            return


def _rules_can_discover(whole: Whole) -> Iterator[Problem]:
    """A rule needs paths in which the name of a folder is the name of the application."""
    rules = [name for name in whole.names(Kind.APPLICATION) if is_rule(name)]
    if not rules:
        return
    for name, environment in whole.environments.items():
        for position, path in environment.included:
            before, *others = path.split(PLACEHOLDER)
            if len(others) > 1:
                message = f"{PLACEHOLDER} is {len(others)} times in {path!r}: a rule needs it once"
                yield whole.at(name, f"{message}; write a glob for the others", "path", position)
            elif others and is_glob(before):
                message = f"the glob before {PLACEHOLDER} in {path!r} hides which folders a rule should look at"
                yield whole.at(name, f"{message}: write the folders out, as a list", "path", position)
    everywhere = (path for environment in whole.environments.values() for _, path in environment.included)
    if not any(PLACEHOLDER in path for path in everywhere):
        message = f"{rules[0]!r} can find nothing: no environment has {PLACEHOLDER} in its path"
        yield whole.parts[Kind.APPLICATION, rules[0]].at_key(message)


def _nothing_to_soak(whole: Whole) -> Iterator[Problem]:
    for name, environment in whole.environments.items():
        gates = environment.gates
        if environment.origin.kind is OriginKind.REGISTRY:
            for key, wanted in (("soak", gates.soak), ("health", gates.health)):
                if wanted:
                    message = f"{key!r} needs an environment in 'from', not the registry: set it in a later environment"
                    yield whole.conflict(name, message, "gates", key)


def _somebody_may(whole: Whole) -> Iterator[Problem]:
    """Lists that name only `owners`, although an application has none."""
    ownerless = [name for name, application in whole.applications.items() if not application.owners]
    if not ownerless:
        return
    nobody = f"'owners' is empty for {listed(ownerless, last='and')}: add 'owners' there, or name somebody here"
    for name, environment in whole.environments.items():
        lists: dict[tuple[str, ...], tuple[str, ...] | None]
        lists = {("permissions", command): people for command, people in environment.permissions}
        if environment.gates.approvals and environment.gates.approvals.count:
            lists["gates", "approvals", "from"] = environment.gates.approvals.from_
        for keys, people in lists.items():
            if people and set(people) == {OWNERS}:
                yield whole.at(name, nobody, *keys)


def _deployments_have_a_commit(whole: Whole) -> Iterator[Problem]:
    """A deployment on the source needs a repository; where one application has one, the others get none there."""
    if any(application.source is not None for application in whole.applications.values()) or not whole.applications:
        return
    for name, environment in whole.environments.items():
        if environment.deployments is not None and DeployedTo.SOURCE in environment.deployments.commits:
            message = "no application has a 'source', such as acme/web: add one, or write manifests here"
            yield whole.at(name, message, "deployments")


def _commits_have_a_source(whole: Whole) -> Iterator[Problem]:
    for name, application in whole.applications.items():
        if application.versions.order.kind is OrderKind.COMMIT and application.source is None:
            message = "the order of commits is the history of the source branch: add 'source', such as acme/web"
            yield whole.parts[Kind.APPLICATION, name].problem(message, "versions", "commit")


def _edits_follow(whole: Whole) -> Iterator[Problem]:
    """An explicit place must hold what tells one version from the next."""
    following = {name for name, each in whole.applications.items() if each.versions.order.kind is OrderKind.DIGEST}
    for written in whole.edits():
        if written.edit.write is Write.TAG and not following.isdisjoint(written.applications):
            yield written.problem(f"a tag that moves must be written with its digest: add 'write: {Write.DIGEST}'")


def _rules_are_kept(whole: Whole) -> Iterator[Problem]:
    """No place may lie among the files that make rules for the repository: a promotion would change its own judge."""
    never = "the bot never edits the policy, CODEOWNERS, or what Git and GitHub read by its name"
    applications = _telling(whole.names(Kind.APPLICATION))
    for written in whole.edits():
        file = written.edit.file
        names = product(
            *(
                ("", *(each if len(each) == 1 else _telling(each)))
                for each in (written.applications, written.environments)
            )
        )
        if any(
            is_protected(file.replace("{application}", one).replace("{environment}", other)) for one, other in names
        ):
            message = f"{file!r} cannot be edited: {never}; keep the version in a manifest"
            yield written.problem(message, "file")
    for name, environment in whole.environments.items():
        for position, path in environment.included:
            filled = path.replace("{environment}", name)
            named = (filled.replace("{application}", application) for application in applications)
            if any(map(is_protected, (filled, *named))):
                message = f"{path!r} cannot hold manifests: {never}; use another folder"
                yield whole.conflict(name, message, "path", position)


def _telling(names: Collection[str]) -> frozenset[str]:
    """Return the few names that stand for all of these where it matters whether a path with them is protected.

    A path is protected by what begins with `.git`, or by `CODEOWNERS`. So of a name only the part counts that could be part of
    these, and a policy may name thousands of applications.
    """
    words = tuple(".git"[start:] for start in range(1, 4))
    begins = {
        min(word, name, key=len) for name in names for word in words if name.startswith(word) or word.startswith(name)
    }
    return frozenset(begins.union(name for name in names if name in "codeowners"))


CHECKS: tuple[Callable[[Whole], Iterator[Problem]], ...] = (
    _something_there,
    _known_origins,
    _former_names,
    _cycles,
    _rules_can_discover,
    _nothing_to_soak,
    one_folder_each,
    one_place_each,
    one_value_each,
    one_report_each,
    _somebody_may,
    _commits_have_a_source,
    _deployments_have_a_commit,
    _edits_follow,
    _rules_are_kept,
)
