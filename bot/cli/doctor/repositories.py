"""Looks at one repository: its policy, and whether the bot can merge there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.needs.repository import SweepNeeds
from bot.core.notices.sinks import unknown_sinks
from bot.core.observation.promotion_branches import branch_of
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy, discover, folders_to_list, read
from bot.core.repository.first_policy import is_onboarding
from bot.core.values.errors import NotInstalled, PolicyError, Temporary
from bot.doctor import links
from bot.doctor.checks.branches import judge_branches
from bot.doctor.checks.merging import judge_merging, judge_signatures
from bot.doctor.checks.policy import Beginning, judge_deployments, judge_policy, judge_sources
from bot.doctor.checks.required_checks import judge_required_checks
from bot.doctor.checks.sinks import judge_routes
from bot.doctor.findings import Finding, problem, unchecked
from bot.github.facade import GitHub
from bot.github.inspection.app import SeenApp
from bot.github.inspection.repository import Inspector
from bot.github.registration.addresses import Site

MOST_SOURCES = 50


@dataclass(frozen=True, slots=True)
class Examined:
    """A repository's findings, and the images that its policy names."""

    findings: Sequence[Finding]
    images: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """The server that is examined. onboarding: it proposes policies. sinks: those that a repository may name."""

    github: GitHub
    site: Site
    onboarding: bool
    sinks: Callable[[str], frozenset[str]]


async def examine_repository(server: Server, name: str, *, app: SeenApp, asked: bool) -> Examined:
    """Look at one repository. asked: somebody named it. Raises Temporary."""
    github, site = server.github, server.site
    try:
        sweep, policy = await _look(github, name)
    except NotInstalled as error:
        return Examined(
            (
                problem(
                    "not-installed-here",
                    f"{error}",
                    "Install the App on this repository, or correct its name.",
                    link=f"{app.html_url}/installations/new",
                    subject=name,
                ),
            )
        )
    seen = sweep.repository
    page = links.policy(site.web, seen.name, seen.default_branch)
    beginning = await _beginning(server, seen.name) if policy is None and asked else None
    found = [judge_policy(seen.name, policy, page=page, beginning=beginning)]
    if not isinstance(policy, Policy):
        return Examined(found)
    found += await _sources(github, seen.name, policy)
    board = await github.dashboard(seen.name)
    found += judge_merging(seen, policy, web=site.web, has_issues=board.possible)
    doubt = judge_signatures(seen.name, sweep.state.doubt)
    unshown = judge_deployments(seen.name, policy, await github.granted(seen.name))
    found += [each for each in (doubt, unshown) if each is not None]
    found += judge_routes(seen.name, unknown_sinks(policy, server.sinks(seen.name), visibility=seen.visibility))
    if not seen.archived:
        found += await _rules(github, sweep, policy, site)
    images = dict.fromkeys(image for each in policy.applications.values() for image in each.images)
    return Examined(found, tuple(images))


async def _beginning(server: Server, name: str) -> Beginning:
    """Return what the bot has opened in a repository without a policy."""
    opened = (await server.github.beginnings(name)).opened
    newest = next((each for each in reversed(opened) if is_onboarding(each)), None)
    return Beginning(
        server.onboarding, newest.number if newest else None, is_open=newest is not None and newest.is_open
    )


async def _look(github: GitHub, name: str) -> tuple[Sweep, Policy | PolicyError | None]:
    """Return the repository and its policy, with the applications that its rules find."""
    sweep = await github.sweep(SweepNeeds(name))
    if not sweep.policy_files:
        return sweep, None
    try:
        policy = read(sweep.policy_files)
        if not policy.blueprint.rules:
            return sweep, policy
        sweep = await github.sweep(SweepNeeds(name, folders_to_list(policy)))
        return sweep, discover(policy, sweep.listing()).policy
    except PolicyError as error:
        return sweep, error


async def _sources(github: GitHub, name: str, policy: Policy) -> list[Finding]:
    sources = dict.fromkeys(each.source.repository for each in policy.applications.values() if each.source is not None)
    tokens = github.tokens
    readable, allowed = {}, {}
    for source in [source for source in sources if source != name][:MOST_SOURCES]:
        allowed[source] = tokens.may_read(name, source)
        readable[source] = await tokens.installation(source) is not None
    return list(judge_sources(name, readable, allowed))


async def _rules(github: GitHub, sweep: Sweep, policy: Policy, site: Site) -> list[Finding]:
    """Judge the rules, also while the policy only observes: they are what it meets once it is active."""
    repository = sweep.repository
    inspector = Inspector(github.client, github.tokens)
    environment = next(iter(policy.environments), "environment")
    application = next(iter(policy.applications), "application")
    try:
        rules = await inspector.rules(
            repository.name, state="gitops-state", promotion=branch_of(environment, application)
        )
        found = list(judge_branches(repository.name, rules, web=site.web))
        reports = await inspector.reports(repository.name, repository.default_branch)
    except Temporary as trouble:
        return [unchecked("branches", f"{trouble.reason.rstrip('.')}.", subject=repository.name)]
    here = {report.name for commit in sweep.recent for report in commit.reports}
    found += judge_required_checks(repository, reports.names | here, pulls=reports.pulls, web=site.web)
    return found
