"""The second manifests repository of the demo: fifty applications, each a folder, under a policy of thirty lines."""

from bot.cli.demo.narrator import Narrator, StoryError
from bot.cli.demo.stage import REGISTRY, Stage
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository

NAME = "acme/fleet"

POLICY = """\
version: 1
defaults:
  application:                         # every folder, unless it says otherwise
    image: ghcr.io/acme/{application}
    owners: ['@dana']
    versions: {semver: '>=1.0.0'}
  environment:
    path: envs/{environment}/{application}
applications:
  '*': {except: [legacy-*]}
  payments:                            # an exception says only what differs
    environments:
      prod: {gates: {approvals: {count: 1, from: [owners]}}}
environments:
  dev: {from: registry}
  staging: {from: dev}
  prod: {from: staging}
"""

NAMES = ("payments", "reports", *(f"service-{number:02}" for number in range(1, 49)))

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec: {{template: {{spec: {{containers: [{{name: {name}, image: '{registry}/acme/{name}:v1.0.0'}}]}}}}}}
"""


class Fleet:
    """The repository, and what happens in it."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self.stage = stage
        self.tell = narrator

    async def discover(self) -> None:
        """A new folder is a new application; one promotion skips an environment, and one waits for its own gate."""
        for name in NAMES:
            self._push(name, "v1.0.0")
        repository = await self._create()
        lines = sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in POLICY.splitlines())
        self.tell.say(f"{NAME} has {len(NAMES)} applications under a policy of {lines} lines, which lists one of them")
        await self._new_folder(repository)
        await self._skipped(repository)
        await self._held(repository)

    async def _new_folder(self, repository: Repository) -> None:
        self.tell.say("dana adds the folder envs/dev/search; the policy stays as it is")
        self._push("search", "v1.0.0")
        repository.commit_files(_folder("search", "dev"), by=self.stage.person("dana"), message="Add search")
        await self.stage.settle()
        self.tell.say("the registry gets ghcr.io/acme/search:v1.1.0")
        self._push("search", "v1.1.0")
        await self.stage.settle()
        self._merged(repository, "dev", "search")
        self.tell.good("the folder is an application: nobody listed it")

    async def _skipped(self, repository: Repository) -> None:
        self.tell.say("the registry gets ghcr.io/acme/reports:v1.1.0; reports has no folder in staging")
        self._push("reports", "v1.1.0")
        await self.stage.settle()
        self._merged(repository, "dev", "reports")
        pull = self._merged(repository, "prod", "reports")
        self.tell.expect(
            self._promotion(repository, "staging", "reports") is None, "the version passed through staging"
        )
        self.tell.expect("Not used by `reports`: `staging`" in pull.body, "prod's pull request says so")

    async def _held(self, repository: Repository) -> None:
        self.tell.say("the registry gets ghcr.io/acme/payments:v1.1.0 and ghcr.io/acme/service-01:v1.1.0")
        self._push("payments", "v1.1.0")
        self._push("service-01", "v1.1.0")
        await self.stage.settle()
        self._merged(repository, "prod", "service-01")
        pull = self._promotion(repository, "prod", "payments")
        if pull is None:
            raise StoryError("expected a pull request for payments in prod, and there is none")
        self.tell.see(f"#{pull.number} {pull.title}")
        self.tell.expect(pull.merged_at is None, "payments alone waits: its own gate wants an approval in prod")
        self.tell.say("dana, who owns it, approves")
        self.stage.approve(pull, by="dana")
        await self.stage.settle()
        self._merged(repository, "prod", "payments")

    def _push(self, name: str, tag: str) -> None:
        self.stage.registry.push_image(f"acme/{name}", tag)

    async def _create(self) -> Repository:
        """Create the repository with its history, and let the App see it."""
        files = {".gitops.yml": POLICY}
        for name in NAMES:
            for environment in ("dev", "staging", "prod"):
                if (name, environment) != ("reports", "staging"):
                    files |= _folder(name, environment)
        stage = self.stage
        repository = stage.github.create_repository(NAME, files=files, by=stage.person("alice"))
        for login, role in stage.setting.people.items():
            repository.grant(stage.person(login), role)
        repository.grant(stage.person("dana"), Role.WRITE)
        (installation,) = stage.app.installations
        stage.github.select_repositories(installation, add=[repository], by=stage.person("alice"))
        await stage.settle()
        return repository

    def _promotion(self, repository: Repository, environment: str, application: str) -> PullRequest | None:
        branch = f"gitops/{environment}/{application}"
        return next((pull for pull in reversed(list(repository.pulls)) if pull.head_ref == branch), None)

    def _merged(self, repository: Repository, environment: str, application: str) -> PullRequest:
        pull = self._promotion(repository, environment, application)
        if pull is None or pull.merged_at is None:
            raise StoryError(f"expected a merged promotion of {application} to {environment}")
        self.tell.good(f"the bot merged #{pull.number}: {pull.title}")
        return pull


def _folder(name: str, environment: str) -> dict[str, str]:
    return {f"envs/{environment}/{name}/deployment.yaml": MANIFEST.format(name=name, registry=REGISTRY)}
