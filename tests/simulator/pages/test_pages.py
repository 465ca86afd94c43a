"""The pages of the simulated repository: their content, their buttons, and their security checks."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from bot.simulator.github.git.store import LINK, File
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Annotation, Conclusion, Output
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.conversations.reactions import ReactionContent
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.simulator.pages.pages_world import KUSTOMIZATION, Page, Visit, small_world, visiting


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    """Yield a visitor of a small world's pages."""
    async with visiting(small_world(tmp_path)) as found:
        yield found


def in_order(page: Page, *parts: str) -> bool:
    """Whether a reader meets these one after the other."""
    return re.search(".*?".join(re.escape(part) for part in parts), page.words) is not None


# -- reading -----------------------------------------------------------------------------------------------------------


async def test_the_start_page_is_the_list_of_pull_requests(visit: Visit) -> None:
    page = await visit.read("/")
    assert page.where == "/acme/manifests/pulls"
    assert "No pull requests here" in page.words


async def test_the_list_shows_states_branches_and_checks(visit: Visit) -> None:
    world = visit.world
    merged, closed, waiting = (world.open_pull(f"gitops/{name}/web", title=name) for name in ("one", "two", "three"))
    world.validate(merged, Conclusion.SUCCESS)
    merge(merged, MergeOrder(), by=world.user("alice"))
    world.validate(closed, Conclusion.FAILURE)
    closed.close(by=world.user("dana"))
    world.report(waiting.head_oid, "validate", None)
    waiting.comment("/why", by=world.user("dana"))
    waiting.add_labels(world.manifests.label("urgent"), by=world.user("dana"))
    page = await visit.read(f"{visit.home}/pulls")
    assert in_order(page, "All 3", "Open 1", "Merged 1", "Closed 1")
    assert in_order(page, "three", "urgent", "#3 opened just now by gitops-bot", "gitops/three/web")
    assert in_order(page, "two", "Some checks failed", "#2 by gitops-bot was closed just now", "gitops/two/web")
    assert in_order(page, "one", "All checks have passed", "#1 by gitops-bot was merged just now", "gitops/one/web")
    only = await visit.read(f"{visit.home}/pulls?state=merged")
    assert "#1 by gitops-bot" in only.words
    assert "#2 by" not in only.words
    strange = await visit.read(f"{visit.home}/pulls?state=%3Cb%3E")
    assert "#1 by gitops-bot" in strange.words


async def test_a_pull_request_shows_everything_on_one_page(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    output = Output(
        title="checks: waits for validate",
        summary="| | gate |\n|---|---|\n| ⏳ | checks |",
        text="More of it.",
        annotations=(
            Annotation(path=".gitops.yml", start_line=3, end_line=3, level="failure", message="no such gate"),
        ),
    )
    world.report(pull.head_oid, "gitops/promotion", None, output)
    world.manifests.set_status(
        pull.head_oid, "lint", StatusState.ERROR, by=world.user("dana"), description="lint broke"
    )
    comment = pull.comment("/promote prod", by=world.user("erin"))
    comment.react(ReactionContent.CONFUSED, by=world.bot.bot)
    pull.review(by=world.user("dana"), state=ReviewState.APPROVED, body="Looks good.")
    page = await visit.read(f"{visit.home}/pull/1")
    assert in_order(
        page, "dev: web v1.4.1 → v1.5.0", "#1", "Open", "wants to merge", "1 commit", "main", "gitops/dev/web"
    )
    assert "<td><code>v1.5.0</code></td>" in page.html
    assert "<sub><code>/why</code> · <code>/help</code></sub>" in page.html
    assert "0123456789abcdef" not in page.html
    assert in_order(page, "erin", "commented", "/promote prod", "1", "dana", "approved these changes", "Looks good.")
    assert 'title="gitops-bot[bot]"' in page.html
    assert in_order(page, "gitops/promotion", "checks: waits for validate", "acme-ci", "More of it.", ".gitops.yml:3")
    assert in_order(page, "lint", "lint broke", "dana")
    assert in_order(page, "validate", "Required", "Expected — waiting for status to be reported")
    assert in_order(page, "Some checks were not successful: lint.", "This branch has no conflicts")
    assert in_order(page, "Commits", "GitOps-Application", "web", "GitOps-Version", "v1.5.0", "Files changed")
    assert "newTag: <mark>v1.4.1</mark>   # dev follows" in page.html
    assert "newTag: <mark>v1.5.0</mark>   # dev follows" in page.html
    assert "digest: sha256:<mark>bbbb</mark>" in page.html


async def test_the_timeline_keeps_the_order_within_one_moment(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    dana, alice = world.user("dana"), world.user("alice")
    pull.comment("first", by=dana)
    pull.edit(by=world.bot.bot, title="dev: web v1.4.1 → v1.6.0")
    pull.add_labels(world.manifests.label("gitops/hold"), by=dana)
    pull.comment("second", by=dana)
    pull.remove_labels(*pull.labels, by=dana)
    pull.convert_to_draft(by=dana)
    pull.mark_ready(by=dana)
    pull.request_reviews(world.github.organisation("acme").team("sre"), alice, by=dana)
    review = pull.review(by=alice, state=ReviewState.CHANGES_REQUESTED, body="No.")
    pull.dismiss(review, by=dana)
    world.manifests.commit_files({"more": "x\n"}, by=dana, branch=pull.head_ref)
    pull.close(by=dana)
    pull.reopen(by=dana)
    world.validate(pull, Conclusion.SUCCESS)
    merge(pull, MergeOrder(), by=alice)
    page = await visit.read(f"{visit.home}/pull/1")
    assert in_order(
        page, "first", "changed the title", "added the label gitops/hold", "second", "removed the label", "as a draft",
        "ready for review", "requested a review from acme/sre", "requested a review from alice", "reviewed (dismissed)",
        "No.", "dismissed the review of alice", "moved the branch from", "dana closed this", "dana reopened this",
        "alice merged commit", "The branch", "Act as",
    ) or page.words  # fmt: skip


async def test_earlier_events_are_shown_as_far_as_the_model_knows_them(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    pull = world.open_pull()
    pull.comment("hello", by=world.user("dana"))
    pull.add_labels(world.manifests.label("urgent"), by=world.user("dana"))
    world.github.clock.advance(timedelta(minutes=1))
    world.validate(pull, Conclusion.SUCCESS)
    merge(pull, MergeOrder(), by=world.user("alice"))
    async with visiting(world) as visit:
        page = await visit.read(f"{visit.home}/pull/1")
    assert in_order(page, "hello", "alice merged commit")
    assert "added the label" not in page.words


async def test_drafts_and_conflicts_are_shown(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    pull.convert_to_draft(by=world.user("dana"))
    path = "envs/dev/web/kustomization.yaml"
    world.manifests.commit_files({path: KUSTOMIZATION.replace("v1.4.1", "v1.4.2")}, by=world.user("dana"))
    page = await visit.read(f"{visit.home}/pull/1")
    assert in_order(page, "Draft", "still a work in progress", "This branch has conflicts that must be resolved.")
    assert 'aria-label="Draft"' in (await visit.read(f"{visit.home}/pulls")).html


async def test_githubs_separate_pages_redirect_to_the_one_page(visit: Visit) -> None:
    visit.world.open_pull()
    for part in ("commits", "checks", "files"):
        assert (await visit.read(f"{visit.home}/pull/1/{part}")).where == f"{visit.home}/pull/1"


async def test_issues_are_shown_and_share_numbers_with_pull_requests(visit: Visit) -> None:
    world = visit.world
    world.open_pull()
    issue = world.manifests.open_issue("Freeze", by=world.user("alice"), body="Until *Friday*, see #1, says @dana.")
    page = await visit.read(f"{visit.home}/pull/2")
    assert page.where == f"{visit.home}/issues/2"
    assert in_order(page, "Freeze", "#2", "Open", "alice", "Until Friday, see #1, says @dana.")
    assert '<a href="/acme/manifests/issues/1" rel="nofollow noopener noreferrer">#1</a>' in page.html
    assert (await visit.read(f"{visit.home}/issues/1")).where == f"{visit.home}/pull/1"
    issue.close(by=world.user("alice"))
    listed = await visit.read(f"{visit.home}/issues?state=closed")
    assert in_order(listed, "All 1", "Open 0", "Closed 1", "Freeze", "#2 by alice was closed")
    answered = await visit.press(f"{visit.home}/issues/2", {"person": "dana", "do": "comment", "body": "/hold prod"})
    assert answered.where == f"{visit.home}/issues/2"
    assert "/hold prod" in answered.words


async def test_branches_with_slashes_show_files_and_folders(visit: Visit) -> None:
    world = visit.world
    world.open_pull()
    root = await visit.read(visit.home)
    assert in_order(root, "envs", "Initial commit", ".gitops.yml", "README.md", "What runs where", "See #1.")
    folder = await visit.read(f"{visit.home}/tree/gitops/dev/web/envs/dev")
    assert in_order(folder, "gitops/dev/web", "manifests / envs / dev", "dev: web v1.4.1 → v1.5.0", "web")
    file = await visit.read(f"{visit.home}/blob/gitops/dev/web/envs/dev/web/kustomization.yaml")
    assert in_order(file, "images:", "3", "newTag: v1.5.0 # dev follows every release", "5", "resources:")
    policy = await visit.read(f"{visit.home}/blob/main/.gitops.yml")
    assert re.search(r'aria-current="page">.*</svg>\s* Policy', policy.html, re.DOTALL)
    for missing in (
        "blob/main/nowhere",
        "tree/main/nowhere",
        "tree/nowhere",
        "blob/main/envs",
        "commit/abcdef0",
        "pull/9",
    ):
        page = await visit.read(f"{visit.home}/{missing}")
        assert (page.status, "GitHub says no" in page.words) == (404, True), missing
    assert (await visit.read("/acme/nowhere")).status == 404


async def test_binary_files_are_not_shown(visit: Visit) -> None:
    world = visit.world
    world.manifests.commit_files(
        {
            "logo": b"\x00\x01",
            "large": b"x" * 600_000,
            "link": File(b"envs/dev", LINK),
            "latin": b"caf\xe9\n",
            "empty": "",
        },
        by=world.user("dana"),
    )
    for path in ("logo", "large"):
        assert "Binary, or too large to show." in (await visit.read(f"{visit.home}/blob/main/{path}")).words
    assert "→ envs/dev" in (await visit.read(f"{visit.home}/blob/main/link")).words
    assert "caf�" in (await visit.read(f"{visit.home}/blob/main/latin")).words
    assert (await visit.read(f"{visit.home}/blob/main/empty")).status == 200
    shown = await visit.read(f"{visit.home}/commit/{world.manifests.head()}")
    assert "Binary file not shown." in shown.words
    assert "The content did not change." in shown.words


async def test_the_history_has_trailers_pages_and_paths(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    world.validate(pull, Conclusion.SUCCESS)
    merge(pull, MergeOrder(), by=world.user("alice"))
    page = await visit.read(f"{visit.home}/commits")
    assert in_order(page, "Merge pull request #1", "dev: web v1.4.1 → v1.5.0", "GitOps-Application", "Initial commit")
    of_file = await visit.read(f"{visit.home}/commits/main/envs/dev/web/kustomization.yaml")
    assert "Merge pull request" not in of_file.words
    for number in range(40):
        world.manifests.commit_files({"count": f"{number}\n"}, by=world.user("dana"), message=f"Count {number}.")
    first = await visit.read(f"{visit.home}/commits/main")
    second = await visit.read(f"{visit.home}/commits/main?page=2")
    assert ("Count 39." in first.words, "Count 10." in first.words, "Count 9." in first.words) == (True, True, False)
    assert ("Older" in first.words, "Newer" in first.words) == (True, False)
    assert ("Count 9." in second.words, "Older" in second.words, "Newer" in second.words) == (True, False, True)
    for strange in ("0", "x", "-1", "²", "99999999999999"):
        assert "Count 39." in (await visit.read(f"{visit.home}/commits/main?page={strange}")).words


async def test_a_commit_shows_message_checks_and_its_pull_request(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    world.validate(pull, Conclusion.SUCCESS)
    merge(pull, MergeOrder(), by=world.user("alice"))
    page = await visit.read(f"{visit.home}/commit/{pull.head_oid[:8]}")
    assert in_order(
        page, "dev: web v1.4.1 → v1.5.0", "GitOps-Version", "v1.5.0", pull.head_oid, "#1", "validate", "Success"
    )
    assert in_order(page, "envs/dev/web/kustomization.yaml", "+2", "−2")
    text = world.manifests.commit_files(
        {"a": "a\n"}, by=world.user("dana"), message="Why\n\nBecause: yes\nno trailer\n"
    )
    assert in_order(await visit.read(f"{visit.home}/commit/{text}"), "Why", "Because: yes no trailer", "added", "+1")


async def test_the_owners_other_repositories_can_be_read(visit: Visit) -> None:
    page = await visit.read("/acme/web")
    assert in_order(page, "acme / web", "README.md", "Also here: acme/manifests")
    assert "Policy" not in page.words


# -- pressing ----------------------------------------------------------------------------------------------------------


async def test_people_comment_and_the_choice_of_person_is_kept(visit: Visit) -> None:
    pull = visit.world.open_pull()
    page = await visit.speak(1, by="erin", body="/promote prod\r\nplease")
    assert (page.status, page.where) == (200, f"{visit.home}/pull/1")
    assert (pull.comments[0].author.login, pull.comments[0].body) == ("erin", "/promote prod\nplease")
    assert visit.world.settled == 1
    assert '<option value="erin" selected>erin (read)</option>' in page.html
    assert '<option value="dana">dana (write · sre)</option>' in page.html
    await visit.speak(1, by="dana", quick="/why", body="typed, and not sent")
    assert [comment.body for comment in pull.comments][1:] == ["/why"]


async def test_people_can_review(visit: Visit) -> None:
    world = visit.world
    world.manifests.protect("main", Protection(approvals=1))
    pull = world.open_pull()
    page = await visit.read(f"{visit.home}/pull/1")
    assert "At least 1 approving review is required by reviewers with write access." in page.words
    refused = await visit.speak(1, do="request-changes")
    assert (refused.status, "To request changes, write what should change." in refused.words) == (422, True)
    page = await visit.speak(1, do="request-changes", body="Not today.")
    assert in_order(
        page, "dana requested changes", "Not today.", "Changes have been requested.", "dana requested changes"
    )
    page = await visit.speak(1, do="approve")
    assert pull.review_decision is not None
    assert pull.review_decision.value == "APPROVED"
    assert in_order(page, "dana approved these changes", "dana approved")


async def test_people_merge_close_and_reopen_as_their_role_allows(visit: Visit) -> None:
    world = visit.world
    pull = world.open_pull()
    refused = await visit.speak(1, by="dana", do="merge")
    assert (refused.status, 'Required status check "validate" is expected.' in refused.words) == (422, True)
    world.validate(pull, Conclusion.SUCCESS)
    refused = await visit.speak(1, by="erin", do="merge")
    assert refused.status == 403
    assert "erin has the role read here; to merge a pull request takes write." in refused.words
    assert (await visit.speak(1, by="erin", do="close")).status == 403
    assert "Closed without being merged." in (await visit.speak(1, by="dana", do="close")).words
    assert (await visit.speak(1, by="erin", do="reopen")).status == 403
    assert "Reopen" not in (await visit.speak(1, by="dana", do="reopen")).words
    page = await visit.speak(1, by="dana", do="merge")
    assert pull.state is State.MERGED
    assert in_order(page, "Merged", "dana merged 1 commit into main", "dana merged commit", "Merged.")
    assert "v1.5.0" in (await visit.read(f"{visit.home}/blob/main/envs/dev/web/kustomization.yaml")).words


async def test_a_repository_that_allows_no_way_to_merge_says_so(visit: Visit) -> None:
    pull = visit.world.open_pull()
    settings = visit.world.manifests.settings
    settings.merge_commit_allowed = settings.squash_merge_allowed = settings.rebase_merge_allowed = False
    assert "allow no way to merge" in (await visit.speak(pull.number, do="merge")).words


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"person": "dana", "do": "comment", "body": "  "}, 422, "Body cannot be blank"),
        ({"person": "dana", "do": "comment", "body": "x" * 65_537}, 422, "Body is too long"),
        ({"person": "mallory", "do": "comment", "body": "x"}, 404, "Nobody here is called 'mallory'"),
        ({"do": "comment", "body": "x"}, 404, "Nobody here is called ''"),
        ({"person": "dana", "do": "destroy", "body": "x"}, 422, "The form asked for 'destroy'"),
    ],
)
async def test_invalid_forms_change_nothing(visit: Visit, form: dict[str, str], status: int, words: str) -> None:
    pull = visit.world.open_pull()
    page = await visit.press(f"{visit.home}/pull/1", form)
    assert (page.status, words in page.words) == (status, True)
    assert (pull.comments, pull.reviews, visit.world.settled) == ([], [], 0)


async def test_an_issue_cannot_be_approved_and_a_stranger_sees_nothing(visit: Visit) -> None:
    world = visit.world
    world.manifests.open_issue("Freeze", by=world.user("alice"))
    page = await visit.press(f"{visit.home}/issues/1", {"person": "dana", "do": "approve"})
    assert "#1 is an issue; this is done to pull requests." in page.words
    acme = world.github.organisation("acme")
    acme.base_role = Role.NONE
    page = await visit.press(f"{visit.home}/issues/1", {"person": "erin", "do": "comment", "body": "x"})
    assert (page.status, "erin does not see acme/manifests." in page.words) == (404, True)


async def test_the_check_of_a_pull_request_is_reported(visit: Visit) -> None:
    pull = visit.world.open_pull()
    page = await visit.read(f"{visit.home}/pull/1")
    assert "Report the check validate on #1" in page.words
    for conclusion, words in (
        ("failure", "Some checks were not successful: validate."),
        ("success", "All checks have"),
    ):
        form = {"pull": "1", "conclusion": conclusion, "back": f"{visit.home}/pull/1"}
        page = await visit.press("/-/validate", form)
        assert (page.where, words in page.words) == (f"{visit.home}/pull/1", True)
    pull.close(by=visit.world.user("dana"))
    assert "Report the check" not in (await visit.read(f"{visit.home}/pull/1")).words


async def test_deployments_releases_and_time_have_buttons(visit: Visit) -> None:
    world = visit.world
    page = await visit.press("/-/sync", {"environment": "dev", "state": "success", "back": visit.home})
    assert in_order(page, "Argo CD reports", "argocd/web-dev", "Success", "argocd")
    assert in_order(page, "newest v1.10.0", "v1.10.1 (patch)", "v1.11.0 (minor)")
    page = await visit.press("/-/release", {"tag": "v1.11.0", "back": visit.home})
    assert in_order(page, "newest v1.11.0", "v1.11.1 (patch)", "v1.12.0 (minor)")
    assert "was pushed already" in (await visit.press("/-/release", {"tag": "v1.11.0"})).words
    begun = world.github.now()
    assert "Mon 23 Nov 2026, 09:00 UTC" in page.words
    for minutes, words in (("10", "09:10"), ("60", "10:10"), ("1440", "Tue 24 Nov 2026, 10:10 UTC")):
        page = await visit.press("/-/advance", {"minutes": minutes, "back": visit.home})
        assert words in page.words
    assert world.github.now() - begun == timedelta(days=1, hours=1, minutes=10)
    assert "1 day ago" in page.words


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/-/validate", {"pull": "7", "conclusion": "success"}, 404),
        ("/-/validate", {"pull": "x", "conclusion": "success"}, 404),
        ("/-/validate", {"pull": "1", "conclusion": "maybe"}, 422),
        ("/-/sync", {"environment": "moon", "state": "success"}, 404),
        ("/-/sync", {"environment": "dev"}, 422),
        ("/-/release", {}, 422),
        ("/-/advance", {"minutes": "-10"}, 422),
    ],
)
async def test_requests_outside_the_simulated_world_are_refused(
    visit: Visit, path: str, form: dict[str, str], status: int
) -> None:
    visit.world.open_pull()
    page = await visit.press(path, form)
    assert (page.status, "GitHub says no" in page.words) == (status, True)


@pytest.mark.parametrize("back", ["//evil.example/", "/\\evil.example/", "https://evil.example/", ""])
async def test_forms_never_redirect_to_another_site(visit: Visit, back: str) -> None:
    page = await visit.press("/-/advance", {"minutes": "10", "back": back})
    assert page.where == "/acme/manifests/pulls"


async def test_the_revision_changes_with_events_and_with_time(visit: Visit) -> None:
    seen = [(await visit.read("/-/revision")).html]
    pull = visit.world.open_pull()
    seen.append((await visit.read("/-/revision")).html)
    pull.comment("x", by=visit.world.user("dana")).react(ReactionContent.EYES, by=visit.world.bot.bot)
    seen.append((await visit.read("/-/revision")).html)
    visit.world.github.clock.advance(timedelta(minutes=1))
    seen.append((await visit.read("/-/revision")).html)
    assert len(set(seen)) == 4
    assert (await visit.read("/-/revision")).html == seen[-1]


# -- whom it does not obey ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {},
    ],
)
async def test_forms_of_other_sites_are_refused(visit: Visit, headers: dict[str, str]) -> None:
    before = visit.world.github.now()
    page = await visit.press("/-/advance", {"minutes": "10"}, headers)
    assert (page.status, "another site" in page.words) == (403, True)
    assert visit.world.github.now() == before


async def test_browsers_that_send_only_one_of_the_two_headers_are_believed(visit: Visit) -> None:
    for headers in ({"Origin": visit.url}, {"Sec-Fetch-Site": "same-origin"}):
        assert (await visit.press("/-/advance", {"minutes": "10"}, headers)).status == 200


async def test_foreign_names_for_this_machine_are_refused(visit: Visit) -> None:
    for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]", 200)):
        assert (await visit.read("/-/revision", Host=host)).status == status


async def test_the_security_policy_covers_pages_but_not_the_api(visit: Visit) -> None:
    page = await visit.read(f"{visit.home}/pulls")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, words in (("style.css", "prefers-color-scheme: dark"), ("refresh.js", "data-live")):
        asset = await visit.read(f"/-/{name}")
        assert words in asset.html
    api = await visit.read("/api/v3/meta")
    assert "Content-Security-Policy" not in api.headers


HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;{{ 7*7 }}"


async def test_hostile_text_is_escaped(visit: Visit) -> None:
    world = visit.world
    dana = world.user("dana")
    world.manifests.commit_files(
        {"a<b>&'\".yaml": f"{HOSTILE}\n"}, by=dana, branch="x'\"<b>#1%20", message=f"{HOSTILE}\n\n{HOSTILE}"
    )
    pull = world.open_pull(title=HOSTILE, body=f"{HOSTILE}\n\n[a](javascript:alert(1)) ![i](http://evil.example/i.png)")
    world.manifests.commit_files({"a<b>&'\".yaml": f"{HOSTILE}\n"}, by=dana, branch=pull.head_ref, message=HOSTILE)
    pull.comment(HOSTILE, by=dana)
    pull.review(by=dana, state=ReviewState.COMMENTED, body=HOSTILE)
    pull.add_labels(world.manifests.label(HOSTILE[:50], color="ededed"), by=dana)
    note = Annotation(path=HOSTILE, start_line=1, end_line=1, level="failure", message=HOSTILE)
    world.report(
        pull.head_oid,
        HOSTILE,
        Conclusion.FAILURE,
        Output(title=HOSTILE, summary=HOSTILE, text=HOSTILE, annotations=(note,)),
    )
    world.manifests.set_status(pull.head_oid, HOSTILE[:20], StatusState.FAILURE, by=dana, description=HOSTILE)
    paths = await crawl(visit)
    assert any("%3C" in path for path in paths)
    for path, page in paths.items():
        assert "<script>alert" not in page.html, path
        assert "<img src=x" not in page.html, path
        assert 'href="javascript:' not in page.html, path
        assert "{{ 7*7 }}" in page.html or HOSTILE not in page.html, path


# -- the pages as documents --------------------------------------------------------------------------------------------

VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle", "ellipse"})


class Document(HTMLParser):
    """Complains of what browsers would repair in silence; collects links and ids."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and "form" in self._open:
            self.complaints.append("a form in a form")
        if "style" in given or any(name.startswith("on") for name in given):
            self.complaints.append(f"{tag} has {given}, which the page's own policy forbids")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.complaints.append(f"</{tag}> at {self.getpos()} closes something else")

    def finished(self) -> list[str]:
        """Everything that is wrong with it."""
        twice = sorted({one for one in self.ids if self.ids.count(one) > 1})
        return [*self.complaints, *(f"{tag} is not closed" for tag in self._open), *(f"#{one} twice" for one in twice)]


def read_document(page: Page) -> Document:
    document = Document()
    document.feed(page.html)
    document.close()
    return document


async def crawl(visit: Visit) -> dict[str, Page]:
    """Every page that can be reached by links from the first one; each link leads somewhere."""
    found: dict[str, Page] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = await visit.read(path)
        assert found[path].status == 200, path
        links = [urlsplit(urljoin(visit.url + found[path].where, link)) for link in read_document(found[path]).links]
        waiting += [
            f"{link.path}?{link.query}" if link.query else link.path
            for link in links
            if visit.url.endswith(link.netloc)
        ]
    return found


async def test_every_page_is_well_formed_and_no_link_is_broken(visit: Visit) -> None:
    world = visit.world
    merged = world.open_pull("gitops/prod/web")
    world.validate(merged, Conclusion.SUCCESS)
    merge(merged, MergeOrder(), by=world.user("alice"))
    world.manifests.delete_branch("gitops/prod/web", by=world.user("alice"))
    built = world.source.commit_files({"VERSION": "v1.5.0\n"}, by=world.user("dana"), message="Release v1.5.0")
    world.manifests.commit_files({"envs/dev/web/kustomization.yaml": KUSTOMIZATION}, by=world.user("dana"))
    pull = world.open_pull(body=f"Built from acme/web@{built}. After #1, by @acme/sre.")
    summary = Output(title="waits", summary="**waits**")
    for name in ("gitops/promotion", "build (linux)"):
        world.report(pull.head_oid, name, Conclusion.NEUTRAL, summary)
        world.report(world.manifests.head(), name, Conclusion.SUCCESS, summary)
    world.manifests.open_issue("Freeze", by=world.user("alice"))
    pages = await crawl(visit)
    assert f"/acme/web/commit/{built}" in pages
    assert len(pages) > 25
    assert {path: said for path, page in pages.items() if (said := read_document(page).finished())} == {}
