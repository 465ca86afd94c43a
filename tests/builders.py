"""Values of the core with good defaults, so that a test sets only what it is about.

The world without arguments: application `web` (image `ghcr.io/acme/web`), environments `dev` (from the registry), `staging`
(from dev) and `prod` (from staging), all at v1.4.0 since yesterday; the registry has v1.4.0 and v1.5.0; alice maintains, bob
writes, carol reads. `NOW` is a Tuesday at noon, UTC.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.gates.question import Purpose, Question
from bot.core.observation.actors import Actor, Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.observation.pull_request import Mergeable, PullCommit, PullRequest, Review, ReviewState
from bot.core.observation.repository import Protection, Repository, StateBranch, Visibility
from bot.core.observation.source import LoggedCommit, SourceSeen
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.pages.parts.sentences import on_page_sentence, plain_sentence
from bot.core.plan import Severity, Verdict
from bot.core.policy import Application, Environment, Policy
from bot.core.records.branch import Records
from bot.core.records.entries import Acceptance, CarriedOut, Held, Hold, Override, Rejection, Request, RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import Arrival, EnvironmentState, PastPromotion, Promotion, State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.places import Place, Refusal, Scalar
from bot.core.values.version import Version

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
WEB = "ghcr.io/acme/web"
APP_ID = 4711
PEOPLE = {
    "alice": Permission.MAINTAIN,
    "carol": Permission.READ,
    **dict.fromkeys(("adam", "bob", "dave", "erin"), Permission.WRITE),
}


def ago(**length: float) -> datetime:
    """`ago(minutes=5)`: before NOW."""
    return NOW - timedelta(**length)


def oid(word: str) -> str:
    """A full Git object id that is the same for the same word."""
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()


def digest(word: str) -> str:
    """An image digest that is the same for the same word."""
    return f"sha256:{hashlib.sha256(word.encode()).hexdigest()}"


def version(tag: str = "v1.5.0", *, image: str = WEB, digest: str | None = None, commit: str | None = None) -> Version:
    """A version of one image; without a digest unless one is given."""
    return Version(tag, ((image, digest),) if digest else (), commit)


# --- policy


def application(name: str = "web", **fields: Any) -> Application:
    """Fields by the names of the code or of the file."""
    if not {"image", "images"} & fields.keys():
        fields["images"] = (f"ghcr.io/acme/{name}",)
    return Application.model_validate({"name": name, **fields})


def environment(name: str = "dev", origin: object = "registry", **fields: Any) -> Environment:
    """Fields by the names of the code; `gates={'soak': '30m'}` reads as in the file."""
    path = fields.pop("path", f"envs/{name}/{{application}}")
    return Environment.model_validate({"name": name, "path": path, "origin": origin, **fields})


def policy(*environments: Environment, applications: Iterable[Application] = (), **fields: Any) -> Policy:
    """dev → staging → prod for `web`, unless environments or applications are given."""
    named = environments or (environment(), environment("staging", "dev"), environment("prod", "staging"))
    return Policy(
        applications={each.name: each for each in (*applications,) or (application(),)},
        environments={each.name: each for each in named},
        **fields,
    )


# --- what stands in the manifests, and how it came there


def place(
    tag: str | None = "v1.4.0",
    *,
    path: str = "envs/dev/web/deployment.yaml",
    line: int = 12,
    image: str = WEB,
    digest: str | None = None,
    blob_id: str | None = None,
) -> Place:
    """One reference in one file."""
    scalar = Scalar(document=0, key_path=("spec", "image"), line=line, start=100, end=120)
    blob = blob_id or oid(f"{path} {tag} {digest}")
    return Place(path, blob, image, "workload", tag, digest, (scalar,))


def refusal(path: str = "envs/dev/web/deployment.yaml", line: int = 12) -> Refusal:
    """A reference that cannot be changed."""
    return Refusal(path, line, "image: {{ .Values.image }}", "it is a template", "write the version out")


def actor(login: str = "alice", number: int | None = None, *, is_bot: bool = False) -> Actor:
    """A person, unless it is said to be a bot. number: GitHub's, of the account."""
    return Actor(login, is_bot, number)


def arrival(tag: str | None = "v1.4.0", at: datetime = YESTERDAY, **fields: Any) -> Arrival:
    """By a merged promotion; `version=` for one with digests, tag None for one that could not be read."""
    arrived = fields.pop("version", Version(tag) if tag is not None else None)
    defaults: dict[str, Any] = {"commit": oid(f"{tag} {at}"), "by": actor(), "pull": 1, "promotion": True}
    return Arrival(version=arrived, at=at, **{**defaults, **fields})


def environment_state(name: str = "dev", tag: str | None = "v1.4.0", **fields: Any) -> EnvironmentState:
    """Holds `tag` in one file since yesterday; nothing at all with tag None. `digest=` stands beside the tag."""
    held = fields.pop("digest", None)
    path = f"envs/{name}/web/deployment.yaml"
    defaults: dict[str, Any] = {}
    if tag is not None:
        present = version(tag, digest=held)
        defaults = {
            "places": (place(tag, path=path, digest=held),),
            "version": present,
            "arrivals": (arrival(version=present, commit=oid(f"{name} {tag}")),),
        }
    return EnvironmentState(name=name, **{**defaults, **fields})


# --- GitHub


def repository(**fields: Any) -> Repository:
    """acme/deploy, without protection."""
    defaults: dict[str, Any] = {
        "node_id": "R_1",
        "name": "acme/deploy",
        "default_branch": "main",
        "head_oid": oid("head"),
        "archived": False,
        "visibility": Visibility.PRIVATE,
        "merge_methods": frozenset({"MERGE", "SQUASH", "REBASE"}),
        "protection": Protection(),
        "app_id": APP_ID,
    }
    return Repository(**{**defaults, **fields})


def report(name: str = "build", outcome: Outcome = Outcome.SUCCESS, title: str = "", **fields: Any) -> Report:
    """A commit status, unless it gets an app_id."""
    return Report(name, outcome, title, **{"at": ago(hours=1), **fields})


def commit(word: str = "commit", *reports: Report) -> Commit:
    """A commit whose id follows from the word; a full id stands for itself."""
    return Commit(word if len(word) == 40 else oid(word), reports)


def pull(**fields: Any) -> PullRequest:
    """An open, mergeable promotion with nothing but the bot's commit on it."""
    path = fields.pop("path", "envs/dev/web/deployment.yaml")
    defaults: dict[str, Any] = {
        "node_id": "PR_7",
        "number": 7,
        "url": "https://github.test/acme/deploy/pull/7",
        "title": "dev: web v1.4.0 → v1.5.0",
        "body": "",
        "author": actor("gitops-bot", is_bot=True),
        "is_draft": False,
        "created_at": ago(hours=1),
        "base": "main",
        "head": commit("promotion"),
        "head_blobs": {path: oid("promoted")},
        "mergeable": Mergeable.MERGEABLE,
        "merge_state": "CLEAN",
        "review_decision": None,
        "reviews": (),
        "labels": frozenset(),
        "commits": (PullCommit(oid("promotion"), by_app=True, author=actor("gitops-bot", is_bot=True), parents=()),),
        "commits_total": 1,
        "changed_paths": (path,),
        "changed_files": 1,
    }
    return PullRequest(**{**defaults, **fields})


def review(login: str = "bob", state: ReviewState = ReviewState.APPROVED, **fields: Any) -> Review:
    """An approval of a moment ago by somebody who can push."""
    author = fields.pop("author", actor(login))
    return Review(author, state, **{"at": ago(minutes=5), "can_push": True, **fields})


def promotion(
    carried: str | Version | None = "v1.5.0",
    *,
    environment: str = "dev",
    reviews: Iterable[Review | tuple[Review, Version | None]] = (),
    strangers: tuple[str, ...] = (),
    **fields: Any,
) -> Promotion:
    """An open promotion of this version; the reviews are about it too, unless they come with a version of their own."""
    held = Version(carried) if isinstance(carried, str) else carried
    opened = fields.pop("pull", None) or pull(path=f"envs/{environment}/web/deployment.yaml", **fields)
    paired = tuple(each if isinstance(each, tuple) else (each, held) for each in reviews)
    return Promotion(opened, held, strangers, paired)


def past(tag: str = "v1.5.0", *, number: int = 5, at: datetime = YESTERDAY, merged: bool = False) -> PastPromotion:
    """A promotion that a person closed, unless it was merged."""
    return PastPromotion(number, Version(tag), merged=merged, by_person=not merged, closed_at=at)


def comment(body: str = "/why", author: str | Actor = "alice", *, number: int = 1, **fields: Any) -> Comment:
    """A new comment of a minute ago on an issue; `promotion=('dev', 'web')` puts it on a promotion."""
    defaults: dict[str, Any] = {
        "node_id": f"IC_{number}",
        "database_id": number,
        "subject_id": "I_3",
        "subject_number": 3,
        "answer_at": fields.get("subject_id", "I_3"),
        "promotion": None,
        "author": actor(author) if isinstance(author, str) else author,
        "body": body,
        "created_at": ago(minutes=1),
        "edited": False,
        "done": False,
    }
    return Comment(**{**defaults, **fields})


# --- registries and the source repository


def artifact(tag: str = "v1.5.0", *, image: str = WEB, **fields: Any) -> Artifact:
    """For two platforms; its digest follows from image and tag."""
    defaults: dict[str, Any] = {"digest": digest(f"{image}:{tag}"), "platforms": ("linux/amd64", "linux/arm64")}
    return Artifact(image, tag, **{**defaults, **fields})


def artifacts(
    *given: str | Artifact | Missing | Unanswered, image: str = WEB
) -> dict[tuple[str, str], Artifact | Missing | Unanswered]:
    """Keyed as the State wants them; a tag stands for its default artifact."""
    made = [artifact(each, image=image) if isinstance(each, str) else each for each in given]
    return {(each.image, each.tag or ""): each for each in made}


def logged(word: str, *, headline: str = "", author: str = "dana", pull: int | None = None) -> LoggedCommit:
    """A commit of the source repository; its id and its headline follow from the word."""
    return LoggedCommit(oid(word), headline or f"Change {word}", actor(author), pull)


def source(
    *commits: Commit,
    history: tuple[str, ...] = (),
    readable: bool = True,
    logs: Mapping[str, tuple[LoggedCommit, ...]] | None = None,
    head: Commit | None = None,
) -> SourceSeen:
    """What was seen of the source repository."""
    return SourceSeen(readable, history, {each.oid: each for each in commits}, logs or {}, head=head)


# --- gitops-state


def carried_out(line: str = "/hold dev", *, comment: int = 7, **fields: Any) -> CarriedOut:
    """A comment of a minute ago."""
    return CarriedOut(**{"comment": comment, "at": ago(minutes=1), "line": line, **fields})


def hold(**fields: Any) -> Hold:
    """By alice, without an end."""
    return Hold(**{"by": "alice", "at": ago(hours=1), "comment": 90, **fields})


def request(tag: str = "v1.5.0", kind: RequestKind = RequestKind.PROMOTE, **fields: Any) -> Request:
    """By alice, a moment ago, of the newest candidate."""
    return Request(kind=kind, tag=tag, **{"by": "alice", "at": ago(minutes=2), "comment": 91, **fields})


def rejection(tag: str = "v1.5.0", **fields: Any) -> Rejection:
    """By alice, an hour ago."""
    return Rejection(tag=tag, **{"by": "alice", "reason": "it is broken", "at": ago(hours=1), "comment": 92, **fields})


def acceptance(tag: str = "v1.5.0", **fields: Any) -> Acceptance:
    """By alice, half an hour ago."""
    return Acceptance(tag=tag, **{"by": "alice", "at": ago(minutes=30), "comment": 93, **fields})


def override(*gates: str, **fields: Any) -> Override:
    """Of soak for v1.4.0 → v1.5.0, by alice, half an hour ago."""
    defaults: dict[str, Any] = {
        "before": Held(tag="v1.4.0"),
        "after": Held(tag="v1.5.0"),
        "by": "alice",
        "reason": "it burns",
        "at": ago(minutes=30),
        "comment": 94,
    }
    return Override(gates=gates or ("soak",), **{**defaults, **fields})


def records(**environments: EnvironmentRecords) -> Records:
    """By environment; `all` for the file that concerns every one."""
    return Records(environments=environments)


def requested(asked: Request, environment: str = "dev", application: str = "web") -> Records:
    """Records with nothing but this request."""
    return records(**{environment: EnvironmentRecords(requests={application: asked})})


def rejected(*given: Rejection, environment: str = "dev", application: str = "web") -> Records:
    """Records with nothing but these rejections."""
    return records(**{environment: EnvironmentRecords(rejected={application: given})})


# --- the whole


def state(*environments: EnvironmentState, **fields: Any) -> State:
    """dev, staging and prod at v1.4.0, unless others are given; `tags=('v1', …)` and `artifacts=` stand for the registry."""
    given = {each.name: each for each in environments} or {
        name: environment_state(name) for name in ("dev", "staging", "prod")
    }
    tags = fields.pop("tags", ("v1.4.0", "v1.5.0"))
    known: Mapping[str, object] = tags if isinstance(tags, Mapping) else {WEB: Tags(WEB, tuple(tags))}
    listed = next((seen.tags for seen in known.values() if isinstance(seen, Tags)), ())
    defaults: dict[str, Any] = {
        "repository": repository(),
        "application": "web",
        "environments": given,
        "tags": known,
        "artifacts": artifacts(*listed),
        "recent": (commit("head"),),
        "commits": {},
        "source": None,
        "records": Records(),
        "state_oid": None,
        "comments": (),
        "people": PEOPLE,
        "teams": {},
    }
    return State(**{**defaults, **fields})


def question(asked: str | Version = "v1.5.0", purpose: Purpose = Purpose.AUTOMATIC, **fields: Any) -> Question:
    """About `dev`, unless `environment` names another; a purpose of people comes with their request."""
    rules: Policy = fields.pop("policy", None) or policy()
    wanted = Version(asked) if isinstance(asked, str) else asked
    name = fields.pop("environment", "dev")
    if purpose is not Purpose.AUTOMATIC:
        fields.setdefault("request", request(wanted.tag, RequestKind(purpose.value)))
    seen = fields.pop("state", None) or state(*(environment_state(each) for each in rules.environments))
    defaults: dict[str, Any] = {"request": None, "now": NOW}
    return Question(
        policy=rules,
        state=seen,
        environment=rules.environments[name],
        version=wanted,
        purpose=purpose,
        **{**defaults, **fields},
    )


def swept_pull(**fields: Any) -> SweptPull:
    """An open promotion of dev in one line."""
    defaults: dict[str, Any] = {
        "node_id": "PR_7",
        "number": 7,
        "title": "dev: web v1.0.0 → v1.1.0",
        "branch": "gitops/dev/web",
        "head_oid": oid("promotion"),
        "is_cross_repository": False,
        "fingerprint": "7",
        "our_checks": frozenset(),
    }
    return SweptPull(**{**defaults, **fields})


def sweep(**fields: Any) -> Sweep:
    """A repository in which nothing happens; `records=` stands for the files on gitops-state."""
    kept: Records = fields.pop("records", Records())
    files = {f"{name}.yaml": each.text() for name, each in kept.environments.items()}
    defaults: dict[str, Any] = {
        "repository": repository(),
        "policy_files": {},
        "policy_id": "policy-1",
        "state": StateBranch(oid("state") if files else None, files),
        "entries": {},
        "pulls": (),
        "branches": {},
        "recent": (commit("head"),),
        "comments": (),
        "people": PEOPLE,
        "teams": {},
    }
    return Sweep(**{**defaults, **fields})


# --- what tests compare


def said(verdict: Verdict) -> str:
    """A verdict as the gates' truth tables write it, such as `blocked draft`; its sentences must be complete."""
    assert on_page_sentence(verdict)
    assert plain_sentence(verdict)
    assert verdict.who or verdict.severity is not Severity.BLOCKED, "every blocked verdict says who can clear it"
    return f"{verdict.severity.name.lower()} {verdict.code}"
