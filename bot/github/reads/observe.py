"""`observe`: one look at one application, in one GraphQL document, as frozen values. It reads exactly what it is told to.

Everything about the default branch is read below one commit, so that two heads never mix. Only what does not fit into a
document costs more requests: folders deeper than two levels, large or binary files, a source repository of another
installation, the second page of a list. What is missing, or may not be read, becomes a value. Only where GitHub fails to answer
is there an error (`Temporary`).

Races accepted: GitHub reads a promotion's branch and its pull request a moment apart. Where they differ, `mergeable` is
UNKNOWN. Three hundred pull requests from forks, from a branch with the promotion's name, can hide its own past ones; what
was seen of those before is recorded on `gitops-state`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from cachetools import LRUCache

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.observation.files import ListedFile, SeenEnvironment
from bot.core.observation.observation import Observation
from bot.core.observation.repository import Repository
from bot.core.observation.source import SourceSeen
from bot.core.policy.paths import reaches
from bot.core.values.editable.files import is_manifest
from bot.core.values.errors import Temporary
from bot.github.auth.tokens import InstallationCredential, Tokens
from bot.github.client import Client
from bot.github.documents import questions
from bot.github.errors import Answer, Json, Refused, TooMuch
from bot.github.parsing import repository as parsed_repository
from bot.github.parsing.actors import Me
from bot.github.parsing.answers import nodes
from bot.github.parsing.comments import merges, merges_since
from bot.github.parsing.commits import commit, names_app
from bot.github.parsing.history import Came, Pushed, history, pushed
from bot.github.parsing.pull_request import open_promotion, past_promotions
from bot.github.parsing.source import commits_by_id, source
from bot.github.reads.completing import further_pages
from bot.github.reads.completing.further_pages import Reported, Reports
from bot.github.reads.look import Look, base_of, refused_source, repository_in
from bot.github.reads.memories import Memories
from bot.github.reads.objects import Objects

PAGES_PAST_FORKS = 3
REPOSITORIES_REMEMBERED = 10_000


class Observer:
    """Looks at applications. Remembers the default branch of each repository, for later questions."""

    def __init__(self, client: Client, tokens: Tokens, memories: Memories) -> None:
        self._client = client
        self._tokens = tokens
        self._memories = memories
        self._objects = Objects(client)
        self._bases: LRUCache[str, str] = LRUCache(REPOSITORIES_REMEMBERED)

    async def observe(self, needs: Needs) -> Observation:
        """Look once, or twice at half of the environments if GitHub refuses the whole as too big. Raises Temporary."""
        try:
            return await self._look(needs)
        except TooMuch:
            if len(needs.environments) < 2:
                raise
        middle = len(needs.environments) // 2
        first = await self.observe(replace(needs, environments=needs.environments[:middle]))
        alone = Needs(needs.repository, needs.application, needs.environments[middle:], history=needs.history)
        second = await self.observe(alone)
        if first.repository.head_oid != second.repository.head_oid:
            raise Temporary(f"{needs.repository}: the default branch moved between the two halves of a look")
        return replace(
            first,
            environments={**first.environments, **second.environments},
            blobs={**first.blobs, **second.blobs},
            unreadable={**first.unreadable, **second.unreadable},
        )

    def forget(self, repository: str) -> None:
        """Forget the default branch that a repository of this name had."""
        self._bases.pop(repository, None)

    async def _look(self, needs: Needs) -> Observation:
        credential = await self._tokens.working_on(needs.repository, source=needs.source)
        own = await self._tokens.source_installation(needs.repository, needs.source)
        base = self._bases.get(needs.repository)
        waiting = self._memories.comments.waiting(needs.repository)
        document, variables = questions.observe(
            needs,
            base=base,
            source=own is None,
            policies=needs.repository not in self._memories.policies,
            waiting=waiting,
        )
        answer = await self._client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        head = base_of(seen)
        me = self._tokens.recognise(answer)
        repository = parsed_repository.repository(seen, app_id=me.app_id)
        self._bases[needs.repository] = repository.default_branch
        if _asked_by_another_base(seen, base, needs):
            return await self._look(needs)

        look = Look(self._client, self._objects, repository=needs.repository, credential=credential)
        policy_files, policy_id = await look.policy(head, self._memories.policies)
        await look.blobs(seen, needs)
        await self._read_on(look, seen, needs, repository=repository, credential=credential)
        came = await self._memories.arrivals.of(repository, _pushed(seen, needs), credential=credential)
        environments = await self._environments(look, seen, needs, me=me, came=came)
        await look.fill()
        said = await self._memories.comments.join(
            needs.repository, answer, waiting, bot_id=me.bot_id, credential=credential
        )
        return Observation(
            repository=_with_queue(repository, seen, needs),
            policy_files=policy_files,
            policy_id=policy_id,
            state=await self._memories.states.read(
                look, seen["state"], repository_id=repository.node_id, bot_id=me.bot_id
            ),
            environments=environments,
            recent=tuple(map(commit, nodes(head["recent"]))),
            commits=commits_by_id(seen, "c", needs.commits),
            source=self._with_consent(needs, await self._source(needs, answer, own, credential)),
            comments=said.comments,
            merges=merges(seen),
            code_owners=await look.code_owners(head),
            merges_since=merges_since(seen),
            people=await self._memories.people.roles(needs.repository, needs.people, credential=credential),
            teams=await look.teams(answer, needs.teams),
            blobs=look.harvest.blobs,
            unreadable=look.harvest.unreadable,
        )

    async def _environments(
        self, look: Look, seen: Json, needs: Needs, *, me: Me, came: Mapping[str, Came]
    ) -> Mapping[str, SeenEnvironment]:
        """Return what was seen of each environment, by name."""
        branch = seen["defaultBranchRef"]
        environments: dict[str, SeenEnvironment] = {}
        for number, each in enumerate(needs.environments):
            prefix = f"e{number}"
            files = await self._files(look, branch["target"], prefix, each)
            await _past_forks(look, seen, prefix, each, needs.application)
            environments[each.name] = _environment(
                seen,
                prefix,
                each,
                each.branches(needs.application),
                files=files,
                base=branch["name"],
                me=me,
                came=came,
            )
        return environments

    async def _read_on(
        self, look: Look, seen: Json, needs: Needs, *, repository: Repository, credential: InstallationCredential
    ) -> None:
        """Add to the answer what does not fit on the first page of a list, before anything is parsed."""
        base = seen["defaultBranchRef"]
        reports = Reports(self._client, needs.repository, credential=credential, app_id=repository.app_id)
        await reports.read_on(_reported(seen, needs))
        heads = ((pull["headRefOid"], ref["target"]["statusCheckRollup"]) for ref, pull in _open(seen, needs))
        await self._memories.status_apps.add(heads, repository.protection.check_apps, credential=credential)
        for environment, pull in _pulls(seen, needs):
            if pull["baseRefName"] == base["name"]:
                await further_pages.pull(look, pull, environment.files)
        await further_pages.brought(look, _histories(base["target"], needs), base=base["name"])

    async def _files(
        self, look: Look, head: Json, prefix: str, needs: EnvironmentNeeds
    ) -> tuple[ListedFile, ...] | None:
        """Return every file below the environment's folder, and the files that were asked for by their paths.

        None where there is neither such a folder nor such a file.
        """
        found = head[f"{prefix}_{questions.listing_alias(needs)}"]
        tree = (found or {}).get("object") if needs.folder else found
        listing = await look.folder(
            needs.folder, tree, lambda path: needs.texts and is_manifest(path) and reaches(needs.paths, path)
        )
        files = list(listing.files) if listing else []
        listed = {file.path for file in files}
        for number, path in enumerate(needs.files):
            entry = head[f"{prefix}_f{number}"]
            if not entry or "text" not in (entry["object"] or {}):
                continue
            look.harvest.gather([entry["object"]])
            if path not in listed:
                files.append(ListedFile(path, entry["oid"], entry["mode"]))
        return tuple(files) if files or listing else None

    def _with_consent(self, needs: Needs, seen: SourceSeen | None) -> SourceSeen | None:
        """Add whether the policy may name the source. A public repository, which everybody can read, needs no consent."""
        if seen is None or seen.readable or self._tokens.may_read(needs.repository, needs.source or ""):
            return seen
        return replace(seen, allowed=False)

    async def _source(
        self, needs: Needs, answer: Answer, own: InstallationCredential | None, shared: InstallationCredential
    ) -> SourceSeen | None:
        """Return the source repository, from the same answer or with its own installation's token."""
        if needs.source is None:
            return None
        if own is not None:
            document, variables = questions.source(needs)
            try:
                answer = await self._client.ask(document, variables, credential=own)
            except Refused as refusal:
                if refused_source(refusal):
                    return SourceSeen(readable=False, history=(), commits={})
                raise
        await Reports(self._client, needs.source, credential=own or shared).read_on(_reported_in_source(answer, needs))
        return source(answer, needs)


async def _past_forks(look: Look, seen: Json, prefix: str, needs: EnvironmentNeeds, application: str) -> None:
    """Read on where pull requests from forks, which anybody can open and close, come before our own past ones."""
    for number, branch in enumerate(needs.branches(application)):
        page = found = seen[f"{prefix}_h{number}_past"]
        forks = any(pull["isCrossRepository"] for pull in nodes(found))
        for _ in range(PAGES_PAST_FORKS if forks else 0):
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
            page = (await look.ask(questions.past(look.repository, branch, needs.files, after=after)))["past"]
            found["nodes"].extend(nodes(page))


def _environment(
    seen: Json,
    prefix: str,
    needs: EnvironmentNeeds,
    branches: tuple[str, ...],
    *,
    files: tuple[ListedFile, ...] | None,
    base: str,
    me: Me,
    came: Mapping[str, Came],
) -> SeenEnvironment:
    """Return what was seen of one environment. Of several branches, that with the promotion is used, or the first one."""
    head = seen["defaultBranchRef"]["target"]
    refs = [seen[f"{prefix}_h{number}_ref"] for number in range(len(branches))]
    pulls = [open_promotion(ref, base=base, paths=needs.files, me=me) for ref in refs]
    past = [
        past_promotions(seen[f"{prefix}_h{number}_past"], seen[f"{prefix}_h{number}_ended"], needs.files, me=me)
        for number in range(len(branches))
    ]
    used = min(range(len(branches)), key=lambda number: (pulls[number] is None, refs[number] is None))
    head_of = refs[used]["target"] if refs[used] else None
    return SeenEnvironment(
        files=files,
        histories={
            path: history(head[f"{prefix}_f{number}_history"], base=base, came=came)
            for number, path in enumerate(needs.files)
        },
        branch_oid=head_of["oid"] if head_of else None,
        # Signed or not: a person who commits under the App's name risks only their own branch.
        branch_by_app=head_of is not None and names_app(head_of, me.bot_id),
        pull=pulls[used],
        past=tuple(sorted(chain.from_iterable(past), key=lambda pull: pull.closed_at, reverse=True)),
        former_branch=branches[used] if used else None,
    )


def _pushed(seen: Json, needs: Needs) -> Iterator[Pushed]:
    """Yield the commits in the histories that nobody merged."""
    branch = seen["defaultBranchRef"]
    for each in _histories(branch["target"], needs):
        yield from pushed(each, base=branch["name"])


def _histories(head: Json, needs: Needs) -> Iterator[Json]:
    """Yield the history of each file."""
    for number, environment in enumerate(needs.environments):
        for position in range(len(environment.files)):
            yield head[f"e{number}_f{position}_history"]


def _reported(seen: Json, needs: Needs) -> Iterator[Reported]:
    """Yield every commit of the manifests repository whose reports the answer contains."""
    commits = [*nodes(seen["defaultBranchRef"]["target"]["recent"])]
    commits += [found for number in range(len(needs.commits)) if (found := seen[f"c{number}"])]
    commits += [ref["target"] for ref in _branches(seen, needs) if ref["target"]]
    commits += [entry["headCommit"] for _, pull in _pulls(seen, needs) if (entry := pull["mergeQueueEntry"])]
    yield from ((each["oid"], each["statusCheckRollup"]) for each in commits if each and "oid" in each)


def _with_queue(repository: Repository, seen: Json, needs: Needs) -> Repository:
    """Add the merge queue of classic branch protection, which GitHub shows on pull requests alone."""
    if not any(pull["isMergeQueueEnabled"] for _, pull in _pulls(seen, needs)):
        return repository
    return replace(repository, protection=replace(repository.protection, merge_queue=True))


def _asked_by_another_base(seen: Json, base: str | None, needs: Needs) -> bool:
    """Return whether the look must be repeated with the right default branch.

    It was renamed since the last look, or was not known yet and another branch's pull request came before ours.
    """
    branch = seen["defaultBranchRef"]["name"]
    shown = (pull["baseRefName"] for _, pull in _pulls(seen, needs))
    return bool(needs.environments) and base != branch and (base is not None or any(name != branch for name in shown))


def _pulls(seen: Json, needs: Needs) -> Iterator[tuple[EnvironmentNeeds, Json]]:
    for number, environment in enumerate(needs.environments):
        for position in range(len(environment.branches(needs.application))):
            ref = seen[f"e{number}_h{position}_ref"]
            yield from ((environment, pull) for pull in nodes(ref["associatedPullRequests"] if ref else None))


def _reported_in_source(answer: Answer, needs: Needs) -> Iterator[Reported]:
    """Yield the commits of the source repository whose reports the answer contains, and that something is decided by.

    The newest commit's are for people to read, and its first hundred are enough for that.
    """
    found = answer.data.get("source") or {}
    commits = (found.get(f"s{number}") for number in range(len(needs.source_commits)))
    shown = (each for each in commits if each and "oid" in each)
    yield from ((each["oid"], each["statusCheckRollup"]) for each in shown)


def _open(seen: Json, needs: Needs) -> Iterator[tuple[Json, Json]]:
    """Yield the open pull requests, each with its branch."""
    for ref in _branches(seen, needs):
        yield from ((ref, pull) for pull in nodes(ref["associatedPullRequests"]))


def _branches(seen: Json, needs: Needs) -> Iterator[Json]:
    """Yield the promotions' branches that exist."""
    for number, environment in enumerate(needs.environments):
        names = (f"e{number}_h{position}_ref" for position in range(len(environment.branches(needs.application))))
        yield from (ref for name in names if (ref := seen[name]))
