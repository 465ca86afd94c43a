"""The documentation's site: complete, without a link that leads nowhere, without a request to anybody, and readable on a phone.

`make test-docs` builds it and runs the tests that read it. The others run everywhere.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.simulator.pages.browser import browsing
from tests.site.__main__ import SITE, navigation, sources
from tests.site.included import outdated, refreshed

ROOT = Path(__file__).parents[1]
COMING = {"docs/proof.md"}
"""Pages that the navigation may name before they are there."""
PHONE, DESKTOP = (390, 844), (1280, 900)
EVERYTHING = (
    "(function all(root) { return [...root.querySelectorAll('*')]"
    ".flatMap(each => [each, ...each.shadowRoot ? all(each.shadowRoot) : []]) })(document)"
)
"""Every element of a page, also inside those that hide theirs, as the search does."""

# --- before it is built


def test_every_page_is_in_the_navigation() -> None:
    pages = {source.as_posix() for source in sources() if source.suffix == ".md"}

    assert sorted(pages - set(navigation())) == [], "add these to nav in mkdocs.yml"
    assert sorted(set(navigation()) - pages - COMING) == [], "nav in mkdocs.yml names pages that are not there"
    assert len(navigation()) == len(set(navigation()))


def test_what_pages_show_of_files_is_what_the_files_say() -> None:
    """And docs/reference.md is what the models say. `python -m tests.site.included` writes both."""
    assert [str(path.relative_to(ROOT)) for path in outdated()] == []


def test_a_block_follows_its_file() -> None:
    text = "<!-- file: examples/flux/.gitops.yml -->\n```yaml\nold: 1\n```\nafter\n"

    assert "old" not in refreshed(text)
    assert refreshed(text).endswith("```\nafter\n")
    assert (ROOT / "examples/flux/.gitops.yml").read_text().rstrip() in refreshed(text)


def test_every_guide_shows_its_example_with_its_plan_or_its_manifests() -> None:
    for guide in sorted((ROOT / "docs" / "guides").glob("*.md")):
        example = ROOT / "examples" / guide.stem
        shown = re.findall(r"^<!-- file: (\S+) -->$", guide.read_text(), re.MULTILINE)
        assert example.is_dir(), guide.name
        assert f"examples/{guide.stem}/.gitops.yml" in shown
        assert len(shown) >= 2


# --- as it was built


class Page(HTMLParser):
    """What a page links to, what it loads, and its anchors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and "canonical" not in given.get("rel", ""):
            self.loads.append(given.get("href", ""))
        elif "src" in given:
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def site() -> dict[Path, Page]:
    pages = {path: Page(path) for path in sorted(SITE.rglob("*.html"))}
    assert len(pages) > 30, "build it: make docs"
    return pages


def aims(page: Page, links: list[str]) -> Iterator[tuple[str, Path, str]]:
    """Each link that stays on the site, with the file and the anchor that it leads to."""
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            yield link, target / "index.html" if target.is_dir() else target, unquote(parts.fragment)


@pytest.mark.site
def test_every_link_leads_somewhere(site: dict[Path, Page]) -> None:
    """Zensical's strict mode says the same of Markdown; this reads what readers get."""
    dead = [
        (page.path.name, link)
        for page in site.values()
        if page.path.name != "404.html"  # its links begin at the root of a server
        for link, file, anchor in aims(page, page.links + page.loads)
        if not file.exists() or (anchor and file in site and anchor not in site[file].anchors | {"__skip"})
    ]

    assert dead == []


@pytest.mark.site
def test_nothing_is_loaded_from_another_host(site: dict[Path, Page]) -> None:
    outside = {
        load for page in site.values() for load in page.loads if urlsplit(load).netloc or load.startswith("data:text")
    }
    styles = "\n".join(path.read_text(encoding="utf-8") for path in SITE.rglob("*.css"))

    assert outside == set()
    assert re.findall(r"@import|url\(\s*[\"']?https?:[^)]*\)", styles) == []


@pytest.mark.site
def test_every_page_can_be_found() -> None:
    """The search's index is a file of the site."""
    index = json.loads((SITE / "search.json").read_text(encoding="utf-8"))
    found = {item["location"].partition("#")[0] for item in index["items"]}
    pages = {
        source.with_suffix(".html").as_posix().replace("README.html", "index.html")
        for source in sources()
        if source.suffix == ".md"
    }

    assert sorted(pages - found) == []


@pytest.mark.site
async def test_it_works_from_a_folder_without_a_network(tmp_path: Path) -> None:
    """Typed into the search: a reason code, which the page about gates explains. Nothing is asked of a network."""
    async with browsing(tmp_path) as tab:
        await tab.send("Network.enable")
        await tab.send("Network.setBlockedURLs", urls=["http://*", "https://*"])
        await tab.size(*DESKTOP)
        await tab.open((SITE / "index.html").as_uri())
        assert (
            await tab.run("performance.getEntriesByType('resource').filter(each => /^http/.test(each.name)).length")
            == 0
        )
        await tab.run("document.querySelector('.md-search__button').click()")
        await tab.until(f"{EVERYTHING}.some(each => each.matches('input[type=text]'))")
        await tab.run(f"{EVERYTHING}.find(each => each.matches('input[type=text]')).focus()")
        await tab.send("Input.insertText", text="tag-moved")
        await tab.until(
            f"{EVERYTHING}.some(each => each.matches('a[href*=\"docs/gates.html\"]') && each.innerText.includes('tag-moved'))"
        )
        assert [said for said in tab.complaints if "ERR_" in said] == []


@pytest.mark.site
async def test_no_page_is_wider_than_a_phone(site: dict[Path, Page], tmp_path: Path) -> None:
    """Tables and code scroll by themselves."""
    wide = []
    async with browsing(tmp_path) as tab:
        await tab.size(*PHONE)
        for path in site:
            await tab.open(path.as_uri())
            if await tab.run("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path.name)

    assert wide == []
