"""What a pass must look at. `github.observe` and the registries read exactly that.

An answer can change the needs (a new policy, a file nobody has seen, a commenter): then the pass looks again, a bounded
number of times. On a warm bot the first look is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.observation.promotion_branches import branch_of, former_branches
from bot.core.people.circle import circle
from bot.core.people.rights import named_in
from bot.core.policy import Application, Environment, OrderKind, OriginKind, Policy
from bot.core.policy.named_places import looks_for_names, named_files
from bot.core.policy.paths import fixed_folder, reaches, resolved_paths

HISTORY = 10

LONG_HISTORY = 100


@dataclass(frozen=True, slots=True)
class EnvironmentNeeds:
    """What one look must bring for one environment of one application.

    folder: what to list, recursively; '' for the root. texts: the listing brings the text of every manifest too that `paths`
    reach (a cold look). files: the paths whose text, history and state on the promotion are read. former: the promotion's
    branches under former names.
    """

    name: str
    folder: str
    texts: bool
    files: tuple[str, ...]
    former: tuple[str, ...] = ()
    paths: tuple[str, ...] = (".",)

    def branches(self, application: str) -> tuple[str, ...]:
        """Return the promotion's possible branches, without `refs/heads/`; the branch of the present name first."""
        return (branch_of(self.name, application), *self.former)


@dataclass(frozen=True, slots=True)
class Needs:
    """All that one look must bring.

    source: 'owner/name' of the source repository. source_branch: the branch whose history is needed. source_head: the
    branch whose newest commit's reports are needed; 'HEAD' means the default branch. source_commits: commits of the
    source repository whose reports matter. commits: the same of the manifests repository. logs: commits of the source
    repository whose log is needed. blobs: blob ids whose bytes are needed and that no file above brings. people, teams:
    whose rights matter. history: how many revisions of each file. owners: also CODEOWNERS.
    """

    repository: str
    application: str
    environments: tuple[EnvironmentNeeds, ...] = ()
    source: str | None = None
    source_branch: str | None = None
    source_head: str | None = None
    source_commits: frozenset[str] = frozenset()
    logs: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    history: int = HISTORY
    owners: bool = False

    def cover(self, others: "Needs") -> bool:
        """Report whether a look with these needs brings everything that the others require."""
        mine = {each.name: each for each in self.environments}
        return (
            all(each.name in mine and _covers(mine[each.name], each) for each in others.environments)
            and (self.source, self.source_branch) == (others.source, others.source_branch)
            and self.source_head == others.source_head
            and self.source_commits >= others.source_commits
            and self.logs >= others.logs
            and self.commits >= others.commits
            and self.blobs >= others.blobs
            and self.people >= others.people
            and self.teams >= others.teams
            and self.history >= others.history
            and self.owners >= others.owners
        )


def _covers(mine: EnvironmentNeeds, other: EnvironmentNeeds) -> bool:
    same = (mine.folder, mine.former, mine.paths) == (other.folder, other.former, other.paths)
    return same and mine.texts >= other.texts and set(mine.files) >= set(other.files)


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier looks taught about one application. All of it may be forgotten; it is then looked up again.

    files: environment → the paths that hold its images; an environment that is missing has not been looked at. held:
    tags that environments, promotions and requests hold. source_history: as in SourceSeen. untouched: those of its
    commits that touch none of the source's paths. revisions: the source commits of every image that was looked at.
    logs: what the pages needed last. teams: that CODEOWNERS names. The others as in Needs.
    """

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    source_history: tuple[str, ...] = ()
    untouched: frozenset[str] = frozenset()
    source_commits: frozenset[str] = frozenset()
    revisions: frozenset[str] = frozenset()
    logs: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    history: int = HISTORY


def needs_for(repository: str, application: str, policy: Policy | None, known: Known) -> Needs:
    """Return what to look at; without a policy, only the policy."""
    if policy is None or application not in policy.applications:
        return Needs(repository, application)
    policy, ours = policy.of(application), policy.applications[application]
    return Needs(
        repository=repository,
        application=application,
        environments=tuple(_environment(each, ours, known) for each in policy.environments.values()),
        source=ours.source.repository if ours.source else None,
        source_branch=_source_branch(ours),
        source_head=_source_head(policy, ours),
        source_commits=known.source_commits if ours.source else frozenset(),
        logs=known.logs if ours.source else frozenset(),
        commits=known.commits,
        blobs=known.blobs,
        people=known.people,
        teams=_teams(policy, ours) | known.teams,
        history=known.history,
        owners=any(_writes_outside(each, ours) for each in policy.environments.values()),
    )


def _environment(environment: Environment, application: Application, known: Known) -> EnvironmentNeeds:
    files = known.files.get(environment.name)
    paths = resolved_paths(environment, application.name)
    wanted = dict.fromkeys((*named_files(environment, application), *(files or ())))
    return EnvironmentNeeds(
        environment.name,
        fixed_folder(*paths),
        texts=files is None,
        files=tuple(wanted),
        former=former_branches(environment, application),
        paths=paths if looks_for_names(environment, application) else (),
    )


def _writes_outside(environment: Environment, application: Application) -> bool:
    """Report whether `edit` names a file outside of the environment's path, whose owners must agree."""
    paths = resolved_paths(environment, application.name)
    return any(not reaches(paths, file) for file in named_files(environment, application))


def _source_branch(application: Application) -> str | None:
    if application.source is None or application.versions.order.kind is not OrderKind.COMMIT:
        return None
    return application.source.branch or "HEAD"


def _source_head(policy: Policy, application: Application) -> str | None:
    """Return the branch whose newest commit would explain why no image appears; None if only part of a repository
    counts.
    """
    awaited = any(each.origin.kind is OriginKind.REGISTRY for each in policy.environments.values())
    source = application.source
    return (source.branch or "HEAD") if source is not None and source.paths == ("**",) and awaited else None


def _teams(policy: Policy, application: Application) -> frozenset[str]:
    words = set(application.owners)
    for environment in policy.environments.values():
        rule = environment.gates.approvals
        words.update(rule.from_ if rule else ())
        words.update(named_in(environment.permissions))
    return circle(words, ()).teams()
