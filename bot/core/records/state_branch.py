"""What counts of `gitops-state` where others than the App have changed it.

Only the App's own commits, signed by GitHub, can loosen anything. What a person adds counts where it tightens: a hold or a
rejection. All else is as the App left it, and the next pass writes that back, in a commit that says whose change it undoes.

Where none of the newest commits is the App's, only what tightens counts. On a GitHub Enterprise Server that signs nothing
nobody can tell whose they are: then nothing is written either, and nothing merges, until somebody says that the branch is to
be believed. Who may push can also delete the branch, or move it back to an older commit of the App's: a bot that runs
notices, one that was started afterwards does not, so only a rule that protects the branch stands against that.
"""

from collections.abc import Mapping

from bot.core.observation.repository import StateBranch
from bot.core.plan import Message, WriteState
from bot.core.policy import UNCHANGED, Renames
from bot.core.records.branch import Records, read_records
from bot.core.records.environment import EnvironmentRecords, file_name
from bot.core.records.former_names import renamed_records
from bot.core.values.text import plain


def records_on(branch: StateBranch, renames: Renames = UNCHANGED) -> Records:
    """What the branch says, as far as it counts, by the names that places have now."""
    found = renamed_records(read_records(branch.files, branch.unreadable), renames)
    if branch.ours is None:
        return found
    kept = renamed_records(read_records(branch.ours), renames)
    readable = (found.environments.keys() | kept.environments.keys()) - found.unreadable
    counts = {name: _tightened(kept.of(name), found.of(name)) for name in sorted(readable)}
    problem = "; ".join(filter(None, (branch.doubt, found.problem)))
    return found.model_copy(update={"environments": counts, "problem": problem, "in_doubt": bool(branch.doubt)})


def restore(branch: StateBranch, records: Records, renames: Renames = UNCHANGED) -> tuple[WriteState, ...]:
    """Write back what others changed and what does not count, and carry what was renamed over to its present name.

    Nothing where the branch says all of it already.
    """
    found = read_records(branch.files)
    if records.in_doubt:
        return ()
    wanted = {name: here for name, here in records.environments.items() if name not in records.unreadable}
    files: dict[str, str | None] = {
        file_name(name): here.text() for name, here in wanted.items() if here != found.of(name)
    }
    former = (name for name in found.environments if renames.environment(name) != name)
    files |= {file_name(name): None for name in former if renames.environment(name) in wanted}
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


def _message(branch: StateBranch, files: Mapping[str, str | None]) -> Message:
    if not branch.strangers:
        listed = "\n".join(f"- {plain(name)}{'' if text else ' is gone'}" for name, text in files.items())
        return Message("Carry records over to new names", f"The policy renames what they are about:\n\n{listed}")
    who = ", ".join(dict.fromkeys(branch.strangers)) or "somebody"
    listed = "\n".join(f"- {plain(name)}" for name in files)
    return Message(
        plain(f"Undo what was changed by hand by {who}")[:72],
        f"Only holds and rejections count here when people write them. Written back:\n\n{listed}",
    )
