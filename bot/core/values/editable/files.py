"""Which files the bot may read and change. One list, for the command line, the policy's validation and the bot.

| file | found by an image's name | named by keys | named by a pattern |
|---|---|---|---|
| `.yaml`, `.yml`, `.json` | yes | yes | yes |
| a format that is certainly neither, such as `.env` or `.tf` | no | no | yes |
| any other text | no | if it is YAML or JSON | yes |
| what makes rules for the repository | no | no | no |
"""

import posixpath
import re

MANIFESTS = (".yaml", ".yml", ".json")

_WITHOUT_KEYS = re.compile(
    r"(?:.*\.)?(?:env|tf|tfvars|hcl|toml|ini|cfg|conf|properties|sh|bash|py|go|js|ts|md|mk|xml)"
    r"|\.env\..*|(?:.*[.-])?(?:dockerfile|containerfile|makefile|jenkinsfile)(?:[.-].*)?",
    re.IGNORECASE,
)


def is_manifest(path: str) -> bool:
    """Report whether the bot looks into this file for images by their names."""
    return path.endswith(MANIFESTS)


def has_keys(path: str) -> bool:
    """Report whether a file may have keys that lead to a value; its content decides where its name does not tell."""
    return _WITHOUT_KEYS.fullmatch(posixpath.basename(path)) is None


def ending(path: str) -> str:
    """Return what of a file's name tells its format, as people write it: `.tf`, `Dockerfile`."""
    name = posixpath.basename(path)
    return posixpath.splitext(name)[1] or name


def is_protected(path: str) -> bool:
    """Report whether a file makes rules for the repository, so that no promotion may change it.

    The policy, CODEOWNERS, and whatever Git or GitHub read by its name: `.gitops.yml`, `.gitops/`, `.github/`,
    `.gitattributes`, `.gitmodules`. Compared without case, because some file systems do.
    """
    parts = posixpath.normpath(path).casefold().split("/")
    return parts[-1] == "codeowners" or any(part.startswith(".git") for part in parts)
