"""Decide which content of `gitops-state` counts after anyone but the App has changed the branch.

Only the App's own commits, signed by GitHub, can loosen anything. A person's commit counts where it tightens: a hold or
a rejection. Everything else stays as the App left it. The next pass writes that back, in a commit that says whose
change it undoes.

If none of the newest commits is the App's, only what tightens counts. A GitHub Enterprise Server without commit signing
cannot tell who wrote a commit: then the bot writes nothing and merges nothing until the operator declares the branch
trusted. A change that comes back after the bot undid it is not undone repeatedly: the bot writes and merges nothing,
and its pages name the authors of the commits.

Anyone who may push can also delete the branch, or move it back to an older commit of the App's. A running bot notices;
one that starts afterwards does not. Only a rule that protects the branch prevents this.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.observation.repository import StateBranch
from bot.core.plan import LONGEST_HEADLINE, WriteState
from bot.core.policy import UNCHANGED, Renames
from bot.core.records.branch import Doubt, Records, read_records
from bot.core.records.environment import EnvironmentRecords, file_name
from bot.core.records.former_names import renamed_records
from bot.core.values.message import Message
from bot.core.values.text import plain

AGAIN = timedelta(days=1)
"""How long after undoing a change the bot undoes the same change once more."""
BURST, MOST_IN_A_BURST = timedelta(hours=1), 3
"""At most this many changes of any kind are undone within this time."""
VERIFIED_LATER = timedelta(minutes=1)
"""When to ask GitHub again for a signature that it has not verified yet."""
UNDOING = "Undo what was changed by hand"
"""The first words of the headline of every commit that undoes a change."""


def records_on(branch: StateBranch, renames: Renames = UNCHANGED, *, now: datetime) -> Records:
    """Return the records that count, under the present names of environments and applications."""
    found = renamed_records(read_records(branch.files, branch.unreadable), renames)
    if branch.ours is None:
        return found
    kept = renamed_records(read_records(branch.ours), renames)
    readable = (found.environments.keys() | kept.environments.keys()) - found.unreadable
    counts = {name: _tightened(kept.of(name), found.of(name)) for name in sorted(readable)}
    records = found.model_copy(update={"environments": counts})
    doubt = _doubt(branch, records, renames, now)
    if doubt is None:
        return records
    kind, until, reason = doubt
    problem = "; ".join(filter(None, (reason, found.problem)))
    strangers = tuple(dict.fromkeys(branch.strangers))
    return records.model_copy(update={"problem": problem, "doubt": kind, "until": until, "strangers": strangers})


def restore(branch: StateBranch, records: Records, renames: Renames = UNCHANGED) -> tuple[WriteState, ...]:
    """Return the write that puts back what others changed without effect, and moves renamed records to their present
    names.

    Empty if the branch already says all of it, or if the bot must not write.
    """
    if records.doubt is not None:
        return ()
    files = _to_write_back(branch, records, renames)
    return (WriteState(branch.head_oid, files, _message(branch, files)),) if files else ()


def _to_write_back(branch: StateBranch, records: Records, renames: Renames) -> Mapping[str, str | None]:
    found = read_records(branch.files)
    wanted = {name: here for name, here in records.environments.items() if name not in records.unreadable}
    files: dict[str, str | None] = {
        file_name(name): here.text() for name, here in wanted.items() if here != found.of(name)
    }
    former = (name for name in found.environments if renames.environment(name) != name)
    files |= {file_name(name): None for name in former if renames.environment(name) in wanted}
    return files


def _doubt(
    branch: StateBranch, records: Records, renames: Renames, now: datetime
) -> tuple[Doubt, datetime | None, str] | None:
    """Return why the bot must not write, until when, and the same as a sentence; None if it may."""
    if branch.is_unverified:
        return Doubt.UNVERIFIED, now + VERIFIED_LATER, "GitHub has not verified the newest commit on gitops-state yet"
    if branch.doubt:
        return Doubt.UNSIGNED, None, branch.doubt
    stopped = _stopped(branch, now)
    if stopped is None or not _to_write_back(branch, records, renames):
        return None
    last, until = (f"{each:%Y-%m-%d %H:%M} UTC" for each in stopped)
    back = f"commits by {_who(branch)} on gitops-state came back after the bot undid them at {last}"
    return Doubt.CONTESTED, stopped[1], f"{back}; it does not undo them again before {until}"


def _stopped(branch: StateBranch, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when the bot last undid the change and until when it waits; None if it may undo it now.

    Without this pause, two bots that undo each other's changes would never stop.
    """
    if branch.undone_before is not None and now < branch.undone_before + AGAIN:
        return branch.undone_before, branch.undone_before + AGAIN
    burst = [at for at in branch.undone if now < at + BURST]
    return (max(burst), min(burst) + BURST) if len(burst) >= MOST_IN_A_BURST else None


def _who(branch: StateBranch) -> str:
    return ", ".join(dict.fromkeys(branch.strangers)) or "somebody"


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
    listed = "\n".join(f"- {plain(name)}" for name in files)
    return Message(
        plain(f"{UNDOING} by {_who(branch)}")[:LONGEST_HEADLINE],
        f"Only holds and rejections count here when people write them. Written back:\n\n{listed}",
    )
