"""What counts of `gitops-state` where others than the App have committed to it.

Only the App's own commits, signed by GitHub, can loosen anything. What a person adds counts where it tightens: a hold or a
rejection. All else is as the App left it, and the next pass writes that back, in a commit that says whose change it undoes.

Where none of the newest commits is one that the App made and GitHub signed, only what tightens counts; on a GitHub
Enterprise Server the branch is then taken as it stands, for one that signs no commits cannot tell who made them. Who may
push can also delete the branch, or move it back to an older commit of the App's; only a rule that protects it stands
against that.
"""

from collections.abc import Mapping

from bot.core.observation import StateBranch
from bot.core.plan import Message, WriteState
from bot.core.records import EnvironmentRecords, Records, file_name, read_records
from bot.core.text import plain


def records_on(branch: StateBranch) -> Records:
    """What the branch says, as far as it counts."""
    found = read_records(branch.files)
    if branch.ours is None:
        return found
    kept = read_records(branch.ours)
    readable = (found.environments.keys() | kept.environments.keys()) - found.unreadable
    environments = {name: _tightened(kept.of(name), found.of(name)) for name in sorted(readable)}
    return found.model_copy(update={"environments": environments})


def restore(branch: StateBranch, records: Records) -> tuple[WriteState, ...]:
    """Write back what others changed and what does not count; nothing where all of it does."""
    found = read_records(branch.files)
    files = {file_name(name): here.text() for name, here in records.environments.items() if here != found.of(name)}
    return (WriteState(branch.head_oid, files, _message(branch, files)),) if files else ()


def _tightened(ours: EnvironmentRecords, theirs: EnvironmentRecords) -> EnvironmentRecords:
    for hold in theirs.holds:
        if hold not in ours.holds:
            ours = ours.model_copy(update={"holds": (*ours.holds, hold)})
    for application, rejections in theirs.rejected.items():
        known = [rejection.version for rejection in ours.rejected.get(application, ())]
        for rejection in rejections:
            if rejection.version not in known:
                ours = ours.with_rejection(application, rejection)
    return ours


def _message(branch: StateBranch, files: Mapping[str, str]) -> Message:
    who = ", ".join(dict.fromkeys(branch.strangers)) or "somebody"
    listed = "\n".join(f"- {plain(name)}" for name in files)
    return Message(
        plain(f"Undo what was changed by hand by {who}")[:72],
        f"Only holds and rejections count here when people write them. Written back:\n\n{listed}",
    )
