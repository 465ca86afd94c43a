"""What the dashboard repeats of the doctor's findings: those that a look at the repository shows without another request.

The page is read by the repository's people, so it says what they, or the owners of their account, can do.
"""

from collections.abc import Iterator, Mapping

from bot.core.observation.sweep import Sweep
from bot.core.pages.dashboard import Advice
from bot.core.policy import Policy
from bot.doctor.checks.merging import judge_merging, judge_signatures
from bot.doctor.checks.policy import judge_deployments
from bot.doctor.findings import Finding, Status
from bot.github.auth.installation import PERMISSIONS
from bot.github.registration.manifest import LEVELS, PERMISSION_COSTS


def advice(sweep: Sweep, policy: Policy, granted: Mapping[str, str]) -> tuple[Advice, ...]:
    """Return what keeps the bot from working in this repository. granted: the App's permissions there."""
    doubt = judge_signatures(sweep.repository.name, sweep.state.doubt)
    unshown = judge_deployments(sweep.repository.name, policy, granted)
    others = (each for each in (doubt, unshown) if each is not None)
    findings = (*judge_merging(sweep.repository, policy, web=""), *others)
    return (*_missing(granted), *(_shown(each) for each in findings if each.status is Status.PROBLEM))


def _shown(finding: Finding) -> Advice:
    return Advice(finding.name, f"{finding.seen} {finding.remedy}")


def _missing(granted: Mapping[str, str]) -> Iterator[Advice]:
    """Yield the permissions of the bot's own work that are not granted. Those for events alone only cost time."""
    for name, level in PERMISSIONS.items():
        has = granted.get(name)
        if has is None or LEVELS.index(has) < LEVELS.index(level):
            text = f"The App has {has or 'no permission'} for {name} and needs {level}: {PERMISSION_COSTS[name]}. "
            yield Advice("permission-missing", f"{text}An owner of the account grants it in the App's installation.")
