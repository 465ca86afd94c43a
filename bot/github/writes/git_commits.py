"""Commits made of git objects, by REST, where `createCommitOnBranch` does not do: executables, and a first commit.

That mutation sets every file's mode to 100644, which breaks executables and symbolic links (DataDog/commit-headless#46), and
needs a branch to commit to. GitHub signs an App's commits here as well, provided that no author is named:
https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
"""

from base64 import b64encode
from collections.abc import Mapping

from bot.core.plan import RenderedFile
from bot.core.values.message import Message
from bot.core.values.permit import Permit
from bot.github.client import Client, Credential, below
from bot.github.parsing.files import REGULAR_FILE
from bot.github.parsing.state_branch import STATE_BRANCH, STATE_TRAILER

README = """\
# gitops-state

GitOps Bot keeps decisions about versions here: holds, requests, rejected versions, and the digests that a version had when it
was first seen. There is one file per environment; `all.yaml` applies to all of them.

Only the bot writes to this branch. To change something, comment `/hold`, `/unhold` or `/reject` on any issue or pull request;
`/help` lists all commands. Each commit says who asked for it, and why.
"""


class GitCommits:
    """Writes git objects in one repository, confirming the permit before each request."""

    def __init__(self, client: Client, repository: str, *, credential: Credential, permit: Permit) -> None:
        self._client = client
        self._repository = repository
        self._credential = credential
        self._permit = permit

    async def commit(self, files: tuple[RenderedFile, ...], *, parent: str, message: Message) -> str:
        """Commit these files onto `parent`, without moving a branch. Returns the commit's id."""
        path = below(self._repository, "git", "commits", parent)
        base = await self._client.get(path, credential=self._credential, operation="commit")
        entries = [
            {"path": file.path, "mode": f"{file.mode:06o}", "type": "blob", "sha": await self._blob(file.content)}
            for file in files
        ]
        tree = await self._post("trees", {"base_tree": base["tree"]["sha"], "tree": entries})
        text = f"{message.headline}\n\n{message.body}".rstrip()
        return str((await self._post("commits", {"message": text, "tree": tree["sha"], "parents": [parent]}))["sha"])

    async def state_branch(self) -> str:
        """Create `gitops-state`, which shares no history with other branches. Returns its head."""
        entry = {"path": "README.md", "mode": f"{REGULAR_FILE:06o}", "type": "blob", "content": README}
        tree = await self._post("trees", {"tree": [entry]})
        message = f"Begin to remember holds, rejections and digests\n\n{STATE_TRAILER}"
        commit = await self._post("commits", {"message": message, "tree": tree["sha"], "parents": []})
        await self._post("refs", {"ref": f"refs/heads/{STATE_BRANCH}", "sha": commit["sha"]})
        return str(commit["sha"])

    async def _blob(self, content: bytes) -> str:
        blob = await self._post("blobs", {"content": b64encode(content).decode(), "encoding": "base64"})
        return str(blob["sha"])

    async def _post(self, kind: str, body: Mapping[str, object]) -> Mapping[str, str]:
        """https://docs.github.com/en/rest/git"""
        await self._permit.confirm()
        path = below(self._repository, "git", kind)
        answer: Mapping[str, str] = await self._client.send(
            path, body, credential=self._credential, operation=f"git_{kind}"
        )
        return answer
