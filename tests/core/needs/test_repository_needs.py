"""What a repository's pass has to look at."""

import pytest

from bot.core.needs.repository import MOST_FOLDERS, repository_needs
from bot.core.policy.file.reading import read
from tests.builders import NOW


@pytest.mark.parametrize(("files", "listed"), [(MOST_FOLDERS, MOST_FOLDERS), (MOST_FOLDERS + 1, 0)])
def test_the_folders_of_named_files_are_listed_unless_they_are_too_many(files: int, listed: int) -> None:
    edits = ", ".join(f"{{file: 'files/{number}/web.yaml', path: tag}}" for number in range(files))
    policy = read(
        {
            ".gitops.yml": f"applications:\n  web: {{image: acme/web, edit: [{edits}]}}\n"
            "environments:\n  dev: {path: envs/dev, from: registry}\n"
        }
    )

    needs = repository_needs("acme/deploy", policy, None, NOW)

    assert len([folder for folder in needs.folders if folder.startswith("files/")]) == listed
