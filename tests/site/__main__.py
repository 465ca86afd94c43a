"""Build the site: `python -m tests.site`, or `make docs`.

The pages are plain Markdown that GitHub shows as well. The site keeps the paths of the repository, so that every link of one
page to another works in both. Where a page links to a file that is no page, such as app.yml, the site has a page with it.
"""

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.site.included import LANGUAGES, outdated

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".cache" / "documentation"
"""Where the site is built. Zensical takes `.cache` beside its settings for itself, and removes all of it with `--clean`."""
PAGES = PLACE / "pages"
SITE = PLACE / "site"
TOOLS = ROOT / ".cache" / "docs"
PICTURES = {".png", ".svg"}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")


def sources() -> list[Path]:
    """Return what the site shows, from the repository's root."""
    top = [Path(name) for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md")]
    return top + sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*") if path.is_file())


def in_nav(entries: object) -> Iterator[str]:
    """Yield every page that the navigation names."""
    if isinstance(entries, str):
        yield entries
    elif isinstance(entries, list):
        for each in entries:
            yield from in_nav(each)
    elif isinstance(entries, dict):
        yield from in_nav(list(entries.values()))


def navigation() -> list[str]:
    """Return the pages of the navigation in mkdocs.yml, in order."""
    return list(in_nav(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))


def there(entries: list[Any]) -> list[Any]:
    """Return the entries whose page exists. The tests say which of the others may be missing."""
    found = []
    for each in entries:
        kept = each
        if isinstance(each, dict):
            kept = {name: there(inner) if isinstance(inner, list) else inner for name, inner in each.items()}
        if all((ROOT / page).exists() for page in in_nav(kept)) and [*in_nav(kept)]:
            found.append(kept)
    return found


def gather() -> None:
    """Copy the pages, and make pages of the files that they link to."""
    shutil.rmtree(PLACE, ignore_errors=True)
    for source in sources():
        target = PAGES / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(_with_links_to_pages(source), encoding="utf-8")
        else:
            shutil.copy(ROOT / source, target)
    shutil.copy(TOOLS / "node_modules" / "iframe-worker" / "shim" / "index.js", PAGES / "docs" / "iframe-worker.js")


def _with_links_to_pages(source: Path) -> str:
    def link(found: re.Match[str]) -> str:
        aim = Path(posixpath.normpath(posixpath.join(source.parent.as_posix(), found[1])))
        if aim.suffix == ".md" or aim.suffix in PICTURES:
            return found[0]
        return posixpath.relpath(_page_of(aim), source.parent.as_posix() or ".")

    return _LINK.sub(link, (ROOT / source).read_text(encoding="utf-8"))


def _page_of(file: Path) -> str:
    """Make a page that shows a file, and return its path. A name that begins with a dot would be left out of the site."""
    page = file.with_name(f"{file.name.lstrip('.')}.md")
    target = PAGES / page
    target.parent.mkdir(parents=True, exist_ok=True)
    text = (ROOT / file).read_text(encoding="utf-8").rstrip()
    target.write_text(
        f"# {file.as_posix()}\n\n````{LANGUAGES.get(file.suffix, 'text')}\n{text}\n````\n", encoding="utf-8"
    )
    return page.as_posix()


def build() -> int:
    """Build the site; strictly, so that a link that leads nowhere fails."""
    differing = [str(path.relative_to(ROOT)) for path in outdated()]
    if differing:
        print(f"{', '.join(differing)}: out of date. Run `python -m tests.site.included`.", file=sys.stderr)
        return 1
    gather()
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    settings |= {"docs_dir": "pages", "site_dir": "site", "nav": there(settings["nav"])}
    (PLACE / "mkdocs.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    zensical = TOOLS / "bin" / "zensical"
    done = subprocess.run([zensical, "build", "--strict"], cwd=PLACE, env={**os.environ, "NO_COLOR": "1"}, check=False)
    if done.returncode == 0:
        print(f"{SITE.relative_to(ROOT)}/index.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(build())
