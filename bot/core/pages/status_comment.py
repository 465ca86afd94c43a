"""The status comment: where a promotion is now. The description says what it is.

The bot writes it in the pass that follows the opening and then edits it in place, which notifies nobody. A comment is the
status comment if this App wrote it and it ends in our mark. Its presence is the durable mark of an introduction: labels are
set and reviews requested once, so that what a person takes off stays off. How a promotion ended is written once: its mark is
`ended` instead of a fingerprint.

Race accepted: if somebody deletes the comment, labels and reviews are asked for once more.
"""

import re

from bot.core.gates.question import Question, moment
from bot.core.observation.pull_request import LastPage, OwnComment, PullRequest
from bot.core.pages.parts.collapsed import fold
from bot.core.pages.parts.sentences import on_page_sentence
from bot.core.pages.parts.verdicts import UNASKED, gate_table, headline_line, line
from bot.core.pages.parts.versions import shown
from bot.core.pages.pull_request import digest
from bot.core.people.circle import circle
from bot.core.plan import EditStatus, IntroducePromotion, Severity, Verdict
from bot.core.policy import ROLES, Merge, Policy
from bot.core.state import State
from bot.core.values.text import code, escape

NOTE = "> ⚠️ "
ENDED = "ended"

_MARK = re.compile(r"^<!-- gitops-bot status ([0-9a-f]{16}|ended) -->\s*\Z", re.MULTILINE)


def introduction(question: Question, verdicts: tuple[Verdict, ...], *, merges: bool) -> tuple[IntroducePromotion, ...]:
    """Return the comment, the labels and the requests for reviews, where there is no comment yet.

    merges: the same plan merges the promotion. Such a promotion needs no status, unless GitHub refused to merge it before.
    """
    promotion, wanted = question.promotion, question.environment.pull_request
    if promotion is None or not promotion.pull.room_for_status or _present(promotion.pull.own_comments) is not None:
        return ()
    merges = merges and all(verdict.severity is Severity.PASSED for verdict in verdicts)
    if merges and not wanted.labels:
        return ()
    words = {"application": question.application.name, "environment": question.environment.name}
    labels = tuple(dict.fromkeys(label.format_map(words) for label in wanted.labels))
    asked, strangers = ((), ()) if merges else _reviewers(question)
    pull = promotion.pull
    body = with_refusals(_page(standing(question, verdicts)), strangers)
    return (IntroducePromotion(pull.node_id, pull.number, labels, asked, body),)


def edited(question: Question, verdicts: tuple[Verdict, ...]) -> tuple[EditStatus, ...]:
    """Return the edited comment, where it does not say this already."""
    return _rewritten(question.promotion.pull, standing(question, verdicts)) if question.promotion else ()


def ended(pull: PullRequest, sentence: str) -> tuple[EditStatus, ...]:
    """Return the comment's last words, where the bot closes the promotion."""
    return _rewritten(pull, sentence)


def with_ending(number: int, page: LastPage, text: str) -> tuple[EditStatus, ...]:
    """Return the comment on a promotion that is no longer open, unless it says already how that ended."""
    present = _present(page.own_comments)
    if present is None or has_ended(page):
        return ()
    return (EditStatus(present.node_id, number, _page(text, _notes(present), mark=ENDED)),)


def told(number: int, page: LastPage, text: str) -> tuple[EditStatus | IntroducePromotion, ...]:
    """Return the same, in a new comment where the promotion had no status comment yet."""
    if _present(page.own_comments) is None and page.room_for_status:
        return (IntroducePromotion(page.node_id, number, (), (), _page(text, mark=ENDED)),)
    return with_ending(number, page, text)


def note_on(
    number: int, page: LastPage, notes: list[str], *, mark: str, edited: EditStatus | None
) -> tuple[EditStatus | IntroducePromotion, ...]:
    """Return the comment of a promotion that is no longer open with these notes, unless it has notes of this mark already.

    edited: what was written in its place since it was read.
    """
    present = _present(page.own_comments)
    if present is None:
        text, *rest = [f"{NOTE}{each}" for each in notes]
        body = _page(text, tuple(rest), mark=ENDED)
        return (IntroducePromotion(page.node_id, number, (), (), body),) if page.room_for_status else ()
    body = edited.body if edited else present.body
    if any(line.startswith(f"{NOTE}{mark}") for line in body.splitlines()):
        return ()
    text, end = body.rstrip().rsplit("\n\n", 1)
    return (EditStatus(present.node_id, number, "\n\n".join([text, *(f"{NOTE}{each}" for each in notes), end])),)


def has_ended(page: LastPage) -> bool:
    """Return whether the comment says how the promotion ended."""
    present = _present(page.own_comments)
    return present is not None and ENDED in _MARK.findall(present.body)


def standing(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """Return the most severe answer, the other open ones, when time alone will change one, the gates and the environments."""
    failing = sorted(
        (verdict for verdict in verdicts if verdict.severity is not Severity.PASSED), key=lambda each: -each.severity
    )
    parts = [line(failing[0]) if failing else f"{headline_line(())} {_next_step(question)}"]
    parts.append("\n".join(f"- {line(verdict)}" for verdict in failing[1:]))
    # Only a time that a verdict names: any other would be a little later in every pass.
    times = [each.again_at for each in failing if each.again_at and moment(each.again_at) in each.facts.values()]
    parts.append(f"Checked again at {moment(min(times))}, and whenever something changes." if times else "")
    parts.append(
        "\n".join(f"- ✅ **{each.gate.capitalize()}:** {on_page_sentence(each)}" for each in _overridden(verdicts))
    )
    parts.append(_passed(verdicts))
    parts.append(f"**Environments:** {chain(question.policy, question.state)}")
    return "\n\n".join(part for part in parts if part)


def chain(policy: Policy, state: State) -> str:
    """Return the environments with their versions, such as `dev v1.6.0 → eu v1.6.0, us v1.5.0 → prod v1.5.0`.

    Environments that are equally far from the registry share a step.
    """
    states, steps = state.environments, policy.steps
    line = " → ".join(", ".join(f"{name} {shown(states[name].version)}" for name in step) for step in steps)
    return f"{line} (not used: {', '.join(policy.unused)})" if policy.unused else line


def _overridden(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in verdicts if verdict.code == "overridden")


def _passed(verdicts: tuple[Verdict, ...]) -> str:
    """Return the table of the gates that passed, folded; '' where none did."""
    rest = tuple(each for each in verdicts if each.severity is Severity.PASSED and each.code != "overridden")
    passed = sum(verdict.code not in UNASKED for verdict in rest)
    return fold(f"✅ {passed} {'gates' if passed > 1 else 'gate'} passed", gate_table(rest)) if passed else ""


def with_refusals(body: str, refusals: tuple[tuple[str, str], ...]) -> str:
    """Return the comment with what GitHub refused when the promotion was introduced, in GitHub's own words."""
    notes = [f"{NOTE}could not {code(what)}: {escape(why)}" for what, why in refusals]
    text, mark = body.rsplit("\n\n", 1)
    return "\n\n".join([text, *notes, mark])


def _next_step(question: Question) -> str:
    if question.promotion is not None and question.promotion.pull.is_queued:
        return "In GitHub's merge queue, which merges it when its turn comes."
    if question.environment.merge is Merge.AUTO:
        return "The bot merges it."
    return f"A person merges it: the policy has {code('merge: manual')} here."


def _page(text: str, notes: tuple[str, ...] = (), *, mark: str = "") -> str:
    return "\n\n".join([text, *notes, f"<!-- gitops-bot status {mark or digest(text)} -->"])


def _rewritten(pull: PullRequest, text: str) -> tuple[EditStatus, ...]:
    present = _present(pull.own_comments)
    if present is None or digest(text) in _MARK.findall(present.body):
        return ()
    return (EditStatus(present.node_id, pull.number, _page(text, _notes(present))),)


def _notes(present: OwnComment) -> tuple[str, ...]:
    return tuple(each for each in present.body.splitlines() if each.startswith(NOTE))


def _present(comments: tuple[OwnComment, ...]) -> OwnComment | None:
    return next((each for each in comments if _MARK.search(each.body)), None)


def _reviewers(question: Question) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return whom to ask, without the `@`; and whom GitHub would not ask, with the reason.

    GitHub asks a team by its name within the organisation that owns the repository; a team of another one would be somebody
    else.
    """
    owner = question.state.repository.name.partition("/")[0].lower()
    wanted = circle(question.environment.pull_request.reviewers, question.application.owners)
    people = [word.removeprefix("@") for word in wanted.words if word not in ROLES]
    ours = [each for each in people if "/" not in each or each.partition("/")[0].lower() == owner]
    why = "it is a team of another organisation"
    return tuple(ours), tuple((f"request a review from {each}", why) for each in people if each not in ours)
