"""The bugs that are planted: each a replacement of text in one file of the program, and the tests that have to notice it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug. name: what goes wrong; by: the tests that have to notice."""

    name: str
    file: str
    old: str
    new: str
    by: tuple[str, ...]


APPLY = "bot/github/writes/apply.py"
GATES = "bot/core/gates"
STATEMENTS = "bot/queue/sqlite/statements.py"
CONTRACT = ("tests/queue/test_queue_contract.py",)

BUGS = (
    Bug(
        "a merge names no head",
        "bot/github/writes/promotions.py",
        '        "expectedHeadOid": action.head_oid,\n        "mergeMethod"',
        '        "mergeMethod"',
        ("tests/github/writes",),
    ),
    Bug(
        "a merge takes no notice of a hold recorded since",
        APPLY,
        "            if held or own_state.get(decided.head, decided.head) != head:",
        "            if held:",
        ("tests/github/writes",),
    ),
    Bug(
        "a merge takes no notice of what this process recorded since",
        APPLY,
        "            if replaced is not None and now - replaced < PASS:",
        "            if replaced is not None and now - replaced < now - now:",
        ("tests/github/writes",),
    ),
    Bug(
        "no permit is confirmed before a write",
        APPLY,
        "                await permit.confirm()\n",
        "",
        ("tests/github/writes",),
    ),
    Bug(
        "a redelivered webhook counts again",
        "bot/queue/sqlite/arrivals.py",
        "(each.delivery_id not in known and first[",
        "(first[",
        CONTRACT,
    ),
    Bug(
        "a webhook is answered before it is stored",
        "bot/web/receiver.py",
        "            fresh = await accept(delivery_id, due.keys, due.topics)",
        "            fresh = bool(accept(delivery_id, due.keys, due.topics))",
        ("tests/web",),
    ),
    Bug(
        "any signature will do",
        "bot/web/receiver.py",
        'if not hmac.compare_digest(self._signature, f"sha256={self._code.hexdigest()}"):',
        'if not hmac.compare_digest(self._signature[:7], "sha256="):',
        ("tests/web",),
    ),
    Bug(
        "a runner that lost its lease goes on",
        STATEMENTS,
        'update = "UPDATE work SET lease = ? WHERE key = ? AND owner = ?"\n',
        'update = "UPDATE work SET lease = ? WHERE key = ? AND length(?)"\n',
        CONTRACT,
    ),
    Bug(
        "a key that is running is claimed again",
        STATEMENTS,
        "SELECT key FROM work WHERE owner IS NOT NULL AND lease <= :now AND {kind}",
        "SELECT key FROM work WHERE owner IS NOT NULL AND {kind}",
        CONTRACT,
    ),
    Bug(
        "an event during a run is forgotten",
        STATEMENTS,
        "due = min(coalesce(due, :again), coalesce(:again, due)), cause",
        "due = coalesce(:again, due), cause",
        CONTRACT,
    ),
    Bug(
        "a failed run is never tried again",
        STATEMENTS,
        "due = min(coalesce(due, :again), :again), priority",
        "due = :again + 900000000000000, priority",
        CONTRACT,
    ),
    Bug(
        "the keys of a dead process stay taken",
        "bot/queue/sqlite/store.py",
        "                if alone:\n                    statements.free_all(connection, now=now)\n",
        "",
        ("tests/queue/test_queue_runner.py",),
    ),
    Bug(
        "callers hear of a commit before it is made",
        "bot/queue/sqlite/commits.py",
        '        connection.execute("COMMIT")\n',
        "",
        ("tests/queue/test_queue_sqlite.py", *CONTRACT),
    ),
    Bug(
        "an answer is not recognised as one",
        "bot/github/parsing/comments.py",
        "        number = answered(each.body) if each.author.id == bot_id else None",
        "        number = None",
        ("tests/github/reads/test_comments.py", "tests/scenarios/test_crashes.py"),
    ),
    Bug(
        "anybody's text counts as the bot's answer",
        "bot/github/parsing/comments.py",
        "answered(each.body) if each.author.id == bot_id else None",
        "answered(each.body)",
        ("tests/github/reads/test_comments.py", "tests/scenarios/test_attacks.py"),
    ),
    Bug(
        "the mark comes before the answer",
        "bot/github/writes/answers.py",
        'return ((Write("addComment", comment, "reply to a comment"),), (_reaction(action.comment_id, action.mark),))',
        'return ((_reaction(action.comment_id, action.mark),), (Write("addComment", comment, "reply to a comment"),))',
        ("tests/github/writes", "tests/scenarios/test_refusals.py"),
    ),
    Bug(
        "a hold of everything holds nothing",
        "bot/core/records/branch.py",
        "both = (*self.of(ALL).holds, *self.of(environment).holds)",
        "both = (*self.of(environment).holds,)",
        ("tests/core/gates/test_hold.py", "tests/core/records"),
    ),
    Bug(
        "a hold never ends",
        "bot/core/records/entries.py",
        "return self.until is None or now < self.until",
        "return self.until is None or now >= self.at",
        ("tests/core/gates/test_hold.py", "tests/core/records"),
    ),
    Bug(
        "half of a soak is enough",
        f"{GATES}/soak.py",
        "- start >= wanted]",
        "- start >= wanted / 2]",
        ("tests/core/gates/test_soak.py",),
    ),
    Bug(
        "a soak begins before the version was healthy",
        f"{GATES}/soak.py",
        "    if None in starts:\n        return None\n",
        "",
        ("tests/core/gates/test_soak.py",),
    ),
    Bug(
        "a version came when its pusher says",
        "bot/github/reads/arrivals.py",
        "            return Came(exact.at)",
        "            return Came(commit.claimed)",
        ("tests/github/reads/test_arrivals.py",),
    ),
    Bug(
        "a check that runs has passed",
        f"{GATES}/checks.py",
        "    if pending or missing:",
        "    if missing:",
        ("tests/core/gates/test_checks.py",),
    ),
    Bug(
        "a rejected version comes back",
        f"{GATES}/rejected.py",
        "    if question.request is not None and question.request.named:",
        "    if question.request is None or question.request.named:",
        ("tests/core/gates/test_rejected.py",),
    ),
    Bug(
        "a version that was rolled back is proposed again",
        "bot/core/commands/rollback.py",
        "name: state.records.of(name).with_rejection(context.application.name, rejected)",
        "name: state.records.of(name)",
        ("tests/core/commands/test_rollback.py",),
    ),
    Bug(
        "the bot goes back by itself",
        f"{GATES}/downgrade.py",
        "    if answer is Comparison.NEWER:",
        "    if answer is not Comparison.UNKNOWN:",
        ("tests/core/gates/test_downgrade.py",),
    ),
    Bug(
        "a tag that moved is what was tested",
        f"{GATES}/image.py",
        "    if moved is not None:\n        return moved\n",
        "",
        ("tests/core/gates/test_image.py",),
    ),
    Bug(
        "a missing platform is no reason to wait",
        f"{GATES}/image.py",
        "    if absent:\n",
        "    if absent and not seen.platforms:\n",
        ("tests/core/gates/test_image.py",),
    ),
    Bug(
        "commits of strangers are merged",
        f"{GATES}/foreign.py",
        "    if not question.promotion.strangers:",
        "    if question.promotion.pull:",
        ("tests/core/gates/test_foreign.py",),
    ),
    Bug(
        "an approval of another version counts",
        f"{GATES}/approvals.py",
        "        and question.version.is_same(version)\n",
        "        and version is not None\n",
        ("tests/core/gates/test_approvals.py",),
    ),
    Bug(
        "who asks may approve",
        f"{GATES}/approvals.py",
        "    if REQUESTER not in rule.not_:",
        "    if REQUESTER in rule.not_:",
        ("tests/core/gates/test_approvals.py",),
    ),
    Bug(
        "an edit is written without its proof, and two places for one",
        "bot/manifests/editing/splice.py",
        "    splices = _splices(before.text, changes)",
        "    splices = _splices(before.text, changes)[:1]",
        ("tests/manifests/test_cases.py", "tests/assembly"),
    ),
    Bug(
        "what people undid is not recorded",
        "bot/core/decide.py",
        "first = state.restoration or reverts.record_reverts(policy, state)",
        "first = state.restoration",
        ("tests/core/test_decide.py", "tests/core/test_invariants.py", "tests/scenarios/test_what_people_undid.py"),
    ),
)
