"""The status comment: how a promotion stands, in one short block at the end of its page, where people are about to merge.

The description tells what the promotion is; this tells what it waits for, and nothing else. It is made in the pass that
follows the opening and then edited in place, which notifies nobody. It is ours where we wrote it and it ends in our mark.
That it is there is the durable mark of an introduction: the labels are on and the reviews are asked for, so that what a
person takes off again stays off. Race accepted: who deletes the comment has all of it done once more.
"""

import re

from bot.core.gates.question import Question, moment
from bot.core.observation.pull_request import OwnComment, PullRequest
from bot.core.pages.pull_request import digest
from bot.core.pages.verdicts import headline_line, line
from bot.core.people.circle import circle
from bot.core.plan import EditStatus, IntroducePromotion, Severity, Verdict
from bot.core.policy import ROLES, Merge
from bot.core.values.text import code, escape

NOTE = "> ⚠️ "

_MARK = re.compile(r"^<!-- gitops-bot status ([0-9a-f]{16}) -->\s*\Z", re.MULTILINE)


def introduction(question: Question, verdicts: tuple[Verdict, ...], *, merges: bool) -> tuple[IntroducePromotion, ...]:
    """The comment and all that comes with it, where there is none yet. merges: the same plan merges the promotion.

    What is merged at once needs no word about what it waits for; unless GitHub refused that before.
    """
    promotion, wanted = question.promotion, question.environment.pull_request
    if promotion is None or not promotion.pull.room_for_status or _present(promotion.pull) is not None:
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
    """The comment anew, where it does not say this already."""
    return _rewritten(question.promotion.pull, standing(question, verdicts)) if question.promotion else ()


def ended(pull: PullRequest, sentence: str) -> tuple[EditStatus, ...]:
    """Its last word, where the bot closes the promotion."""
    return _rewritten(pull, sentence)


def standing(question: Question, verdicts: tuple[Verdict, ...]) -> str:
    """Every answer that is not passed, the hardest first, and when time alone will change one."""
    failing = sorted(
        (verdict for verdict in verdicts if verdict.severity is not Severity.PASSED), key=lambda each: -each.severity
    )
    if not failing:
        return f"{headline_line(())} {_next_step(question)}"
    lines = [line(failing[0]), *(f"- {line(verdict)}" for verdict in failing[1:])]
    # Only a time that a verdict names: any other would be a little later in every pass.
    times = [each.again_at for each in failing if each.again_at and moment(each.again_at) in each.facts.values()]
    again = [f"Looked at again at {moment(min(times))}, and whenever something changes."] if times else []
    return "\n\n".join([lines[0], *(["\n".join(lines[1:])] if lines[1:] else []), *again])


def with_refusals(body: str, refusals: tuple[tuple[str, str], ...]) -> str:
    """The comment with what could not be done when the promotion was introduced, and why: GitHub's own words."""
    notes = [f"{NOTE}could not {code(what)}: {escape(why)}" for what, why in refusals]
    text, mark = body.rsplit("\n\n", 1)
    return "\n\n".join([text, *notes, mark])


def _next_step(question: Question) -> str:
    if question.promotion is not None and question.promotion.pull.is_queued:
        return "It is in GitHub's merge queue, which merges it when its turn comes."
    if question.environment.merge is Merge.AUTO:
        return "The bot merges it."
    return f"A person merges it: the policy has {code('merge: manual')} here."


def _page(text: str, notes: tuple[str, ...] = ()) -> str:
    return "\n\n".join([text, *notes, f"<!-- gitops-bot status {digest(text)} -->"])


def _rewritten(pull: PullRequest, text: str) -> tuple[EditStatus, ...]:
    present = _present(pull)
    if present is None or digest(text) in _MARK.findall(present.body):
        return ()
    notes = tuple(each for each in present.body.splitlines() if each.startswith(NOTE))
    return (EditStatus(present.node_id, pull.number, _page(text, notes)),)


def _present(pull: PullRequest) -> OwnComment | None:
    return next((each for each in pull.own_comments if _MARK.search(each.body)), None)


def _reviewers(question: Question) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Whom to ask, without the `@`; and those that GitHub would not ask, with the reason.

    A team is asked by its name within the organisation that has the repository; another's would be somebody else.
    """
    owner = question.state.repository.name.partition("/")[0].lower()
    wanted = circle(question.environment.pull_request.reviewers, question.application.owners)
    people = [word.removeprefix("@") for word in wanted.words if word not in ROLES]
    ours = [each for each in people if "/" not in each or each.partition("/")[0].lower() == owner]
    why = "it is a team of another organisation"
    return tuple(ours), tuple((f"ask {each} for a review", why) for each in people if each not in ours)
