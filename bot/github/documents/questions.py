"""What to ask GitHub: from needs to a document and its variables."""

from collections.abc import Iterable, Mapping, Sequence

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.needs.repository import SweepNeeds
from bot.core.needs.sources import SourceNeeds
from bot.github.documents import templates
from bot.github.documents.templates import Document
from bot.github.parsing.state_branch import STATE_BRANCH

STATE_REF = f"refs/heads/{STATE_BRANCH}"
BLOBS_AT_ONCE = 100
BLOBS_ALONE = 250
"""In a document of their own. GitHub computes no more than ten seconds for one."""

Question = tuple[Document, Mapping[str, object]]
"""A document and its variables."""


def observe(
    needs: Needs, *, base: str | None, source: bool, policies: bool = True, waiting: Sequence[str] = ()
) -> Question:
    """Ask for one look at one application.

    base: the default branch, if it is known. source: also ask for the source repository. policies: also ask for the texts
    below `.gitops`. waiting: ids of comments to ask for.
    """
    shape: dict[str, int] = {"environments": bool(needs.environments), "policies": policies, "owners": needs.owners}
    variables: dict[str, object] = {**_repository(needs.repository), "state": STATE_REF}
    _waiting(waiting, shape, variables)
    if needs.environments:
        variables["base"] = base
    if any(environment.files for environment in needs.environments):
        shape["files"] = 1
        variables["history"] = min(needs.history, 100)
    for number, environment in enumerate(needs.environments):
        _environment(f"e{number}", environment, needs.application, shape, variables)
    shape["e"] = len(needs.environments)
    _repeat("b", inline_blobs(needs), shape, variables)
    _repeat("c", sorted(needs.commits), shape, variables)
    _teams(needs.teams, shape, variables)
    if source and needs.source is not None:
        shape["source"] = 1
        _source(needs, shape, variables)
    return templates.query("observe", shape), variables


def source(needs: Needs) -> Question:
    """Ask for the source repository alone."""
    shape: dict[str, int] = {}
    variables: dict[str, object] = {}
    _source(needs, shape, variables)
    return templates.query("source", shape), variables


def sources(wanted: Sequence[SourceNeeds]) -> Question:
    """Ask for many source repositories, in this order as `r0`, `r1`, …"""
    shape: dict[str, int] = {"r": len(wanted)}
    variables: dict[str, object] = {}
    for number, each in enumerate(wanted):
        owner, _, name = each.repository.partition("/")
        variables |= {f"r{number}_owner": owner, f"r{number}_name": name}
        for part, branch in (("branch", each.branch), ("head", each.head)):
            if branch is not None:
                shape[f"r{number}_{part}"] = 1
                variables[f"r{number}_{part}"] = _expression(branch)
    return templates.query("sources", shape), variables


def blobs(repository: str, ids: Sequence[str]) -> Question:
    """Ask for the texts of some blobs, in this order as `b0`, `b1`, …"""
    shape: dict[str, int] = {}
    variables: dict[str, object] = dict(_repository(repository))
    _repeat("b", ids, shape, variables)
    return templates.query("blobs", shape), variables


def team(name: str, after: str) -> Question:
    """Ask for the next page of a team's members. name: `organisation/team`."""
    organisation, _, slug = name.partition("/")
    return templates.query("team", {}), {"organization": organisation, "team": slug, "after": after}


def tree(repository: str, tree: str) -> Question:
    """Ask for the texts of a folder, by the id of its tree."""
    return templates.query("tree", {}), {**_repository(repository), "tree": tree}


def state(repository: str, head: str, *, after: str | None = None) -> Question:
    """Ask for the newest commits of `gitops-state`, a hundred at a time."""
    return templates.query("state", {}), {**_repository(repository), "head": head, "after": after}


def comments(ids: Sequence[str]) -> Question:
    """Ask for comments by their ids, in this order; at most a hundred."""
    return templates.query("comments", {}), {"waiting": list(ids)}


def head(repository: str) -> Question:
    """Ask where `gitops-state` points, and whether an issue holds everything."""
    return templates.query("head", {}), {**_repository(repository), "state": STATE_REF}


def past(repository: str, branch: str, files: Sequence[str], *, after: str) -> Question:
    """Ask for the next hundred past pull requests from a branch of this name; `observe` asks for the first five."""
    variables: dict[str, object] = {**_repository(repository), "branch": branch, "after": after}
    variables |= {f"f{number}": path for number, path in enumerate(files)}
    return templates.query("past", {"f": len(files)}), variables


def sweep(needs: SweepNeeds, *, policies: bool = True, waiting: Sequence[str] = ()) -> Question:
    """Ask for one look at a whole repository. policies, waiting: as for `observe`."""
    shape: dict[str, int] = {"d": len(needs.folders), "policies": policies}
    variables: dict[str, object] = {**_repository(needs.repository), "state": STATE_REF}
    _waiting(waiting, shape, variables)
    for number, folder in enumerate(needs.folders):
        if folder:
            shape[f"d{number}_path"] = shape[f"d{number}_folder"] = 1
            variables[f"d{number}_path"] = folder
        else:
            shape[f"d{number}_root"] = 1
    _teams(needs.teams, shape, variables)
    return templates.query("sweep", shape), variables


def proposals(repository: str, heads: Sequence[tuple[int, str]]) -> Question:
    """Ask for the policies of pull requests. heads: number and head commit of each, in this order as `n0`, `n1`, …"""
    variables: dict[str, object] = dict(_repository(repository))
    for position, (number, head) in enumerate(heads):
        variables |= {f"n{position}": number, f"n{position}_head": head}
    return templates.query("proposals", {"n": len(heads)}), variables


def dashboard(repository: str, label: str, *, after: str | None = None) -> Question:
    """Ask for the issues with the dashboard's label, ten at a time."""
    return templates.query("dashboard", {}), {**_repository(repository), "label": label, "after": after}


def beginnings(repository: str, *, after: str | None = None) -> Question:
    """Ask which branches have a policy, a hundred at a time, and what the App is called."""
    return templates.query("beginnings", {}), {**_repository(repository), "after": after}


def reports(repository: str, commits: Sequence[tuple[str, str]], *, brief: bool = False) -> Question:
    """Ask for more reports on commits.

    commits: id and cursor of each, in this order as `p0`, `p1`, … brief: as the sweep reads them.
    """
    variables: dict[str, object] = dict(_repository(repository))
    shape: dict[str, int] = {"p": len(commits)}
    for number, (oid, after) in enumerate(commits):
        variables |= {f"p{number}": oid, f"p{number}_after": after}
        shape[f"p{number}_{'brief' if brief else 'whole'}"] = 1
    return templates.query("reports", shape), variables


def pull(repository: str, number: int, files: Sequence[str], *, cursors: Mapping[str, str]) -> Question:
    """Ask for more of one pull request. cursors: by connection, where its next page begins. files: as for `past`."""
    variables: dict[str, object] = {**_repository(repository), "number": number, **cursors}
    with_files = cursors.keys() & {"commits", "latestOpinionatedReviews"}
    shape = {**dict.fromkeys(cursors, 1), "f": len(files) if with_files else 0}
    if with_files:
        variables |= {f"f{position}": path for position, path in enumerate(files)}
    return templates.query("pull", shape), variables


def brought(repository: str, commits: Sequence[tuple[str, str]]) -> Question:
    """Ask for more pull requests of commits. commits: id and cursor of each, in this order as `q0`, `q1`, …"""
    variables: dict[str, object] = dict(_repository(repository))
    for number, (oid, after) in enumerate(commits):
        variables |= {f"q{number}": oid, f"q{number}_after": after}
    return templates.query("brought", {"q": len(commits)}), variables


def ended(repository: str, *, after: str | None) -> Question:
    """Ask for the newest closed and merged pull requests, a hundred at a time."""
    return templates.query("ended", {}), {**_repository(repository), "after": after}


def more(repository: str, *, pulls_after: str | None, branches_after: str | None) -> Question:
    """Ask for the next hundred pull requests and branches of a sweep. None: there are no more of these."""
    cursors = {"open": pulls_after, "branches": branches_after}
    known = {name: cursor for name, cursor in cursors.items() if cursor is not None}
    return templates.query("more", dict.fromkeys(known, 1)), {**_repository(repository), **known}


def own(repository: str, branches: Sequence[str]) -> Question:
    """Ask for the open pull requests of branches, in this order as `b0`, `b1`, …"""
    variables: dict[str, object] = dict(_repository(repository))
    variables |= {f"b{number}_ref": f"refs/heads/{branch}" for number, branch in enumerate(branches)}
    return templates.query("own", {"b": len(branches)}), variables


def inline_blobs(needs: Needs) -> list[str]:
    """Return the blobs that `observe` asks for itself; the others need documents of their own."""
    return sorted(needs.blobs)[:BLOBS_AT_ONCE]


def team_aliases(teams: Iterable[str]) -> Mapping[str, str]:
    """Return alias → `organisation/team`, as `observe` and `sweep` ask for them."""
    return {f"t{number}": name for number, name in enumerate(sorted(teams))}


def _environment(
    prefix: str, needs: EnvironmentNeeds, application: str, shape: dict[str, int], variables: dict[str, object]
) -> None:
    branches = needs.branches(application)
    shape[f"{prefix}_h"] = len(branches)
    for number, branch in enumerate(branches):
        variables[f"{prefix}_h{number}_branch"] = branch
        variables[f"{prefix}_h{number}_ref"] = f"refs/heads/{branch}"
        shape[f"{prefix}_h{number}_f"] = len(needs.files)
    if needs.folder:
        shape[f"{prefix}_path"] = 1
        variables[f"{prefix}_path"] = needs.folder
    shape[f"{prefix}_{listing_alias(needs)}"] = 1
    shape[f"{prefix}_f"] = len(needs.files)
    variables |= {f"{prefix}_f{number}": path for number, path in enumerate(needs.files)}


def listing_alias(needs: EnvironmentNeeds) -> str:
    """Return the alias of the environment's listing in the document, after `e0_`."""
    return ("folder" if needs.folder else "root") + ("_texts" if needs.texts else "")


def _source(needs: Needs, shape: dict[str, int], variables: dict[str, object]) -> None:
    owner, _, name = (needs.source or "").partition("/")
    variables |= {"source_owner": owner, "source_name": name}
    _repeat("s", sorted(needs.source_commits), shape, variables)
    _repeat("l", sorted(needs.logs), shape, variables)
    for name, branch in (("source_branch", needs.source_branch), ("source_head", needs.source_head)):
        if branch is not None:
            shape[name] = 1
            variables[name] = _expression(branch)


def _expression(branch: str) -> str:
    return branch if branch == "HEAD" else f"refs/heads/{branch}"


def _teams(teams: Iterable[str], shape: dict[str, int], variables: dict[str, object]) -> None:
    named = team_aliases(teams)
    shape["t"] = len(named)
    for alias, name in named.items():
        variables[f"{alias}_organization"], _, variables[f"{alias}_team"] = name.partition("/")


def _waiting(ids: Sequence[str], shape: dict[str, int], variables: dict[str, object]) -> None:
    if ids:
        shape["waiting"] = 1
        variables["waiting"] = list(ids)


def _repeat(letter: str, values: Sequence[str], shape: dict[str, int], variables: dict[str, object]) -> None:
    shape[letter] = len(values)
    variables |= {f"{letter}{number}": value for number, value in enumerate(values)}


def _repository(repository: str) -> Mapping[str, str]:
    owner, _, name = repository.partition("/")
    return {"owner": owner, "name": name}
