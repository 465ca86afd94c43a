"""What people's comments ask for, as the oracle reads them: holds, rejections, requests, and what lifts them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.simulation.ledger import Ledger, Said

WRITERS = ("write", "maintain", "admin")
PLACES = ("all", "dev", "staging", "prod")
MAINTAINERS = ("maintain", "admin")
_UNTIL = re.compile(r"until (\d+)([mh])")


def answered(said: Said, beginning: str) -> datetime | None:
    """Return when the bot gave an answer with these words."""
    return next((at for at, text in said.answers if beginning in text), None)


def commands(ledger: Ledger, *words: str) -> Iterator[Said]:
    """Yield the comments that begin with one of these words, by people who can write."""
    for said in ledger.said:
        if said.words and said.words[0] in words and said.role in WRITERS:
            yield said


def holds(ledger: Ledger, environment: str, application: str) -> Iterator[tuple[datetime, datetime, Said]]:
    """Yield the holds that cover this place: from when, and until when at the latest."""
    for said in commands(ledger, "/hold"):
        place = _place(ledger, said)
        begin = answered(said, "Held")
        if begin is None or not _covers(place, environment, application):
            continue
        yield begin, min(_expires(said), _lifted(ledger, said, place)), said


def _place(ledger: Ledger, said: Said) -> tuple[str, str]:
    """Return the environment and the application, '' for all of them. On a promotion, other words are the reason there."""
    words = said.words[1:]
    pull = next((each for each in ledger.manifests.pulls if each.number == said.number), None)
    if pull is not None and ledger.is_ours(pull.author) and words and words[0] not in PLACES:
        _, environment, application = pull.head_ref.split("/")
        return environment, application
    application = words[1] if len(words) > 1 and words[1] in {"web", "api"} else ""
    return words[0] if words else "", application


def _covers(place: tuple[str, str], environment: str, application: str) -> bool:
    return place[0] in {"all", environment} and place[1] in {"", application}


def _expires(said: Said) -> datetime:
    found = _UNTIL.search(said.text)
    if found is None:
        return datetime.max.replace(tzinfo=said.at.tzinfo)
    return said.at + timedelta(**{"h": {"hours": int(found[1])}, "m": {"minutes": int(found[1])}}[found[2]])


def _lifted(ledger: Ledger, hold: Said, place: tuple[str, str]) -> datetime:
    """Return when somebody may have lifted it: an `/unhold`, or a later hold of the same person on the same place."""
    for said in ledger.said:
        if said.at < hold.at or said is hold or not said.words:
            continue
        again = said.words[0] == "/hold" and said.author is hold.author
        wider = said.words[0] == "/unhold" and _place(ledger, said) == (place[0], "")
        if wider or ((again or said.words[0] == "/unhold") and _place(ledger, said) == place):
            return said.at
    return datetime.max.replace(tzinfo=hold.at.tzinfo)


def naming(ledger: Ledger, environment: str, application: str, tag: str) -> Iterator[Said]:
    """Yield the comments that may allow a version again: it is named to be promoted, rolled back to or accepted."""
    for said in commands(ledger, "/unreject", "/promote", "/rollback"):
        words = said.words
        place = words[0] == "/unreject" or environment in words
        if place and any(each in {f"{application}@{tag}", f"@{tag}", tag} for each in words):
            yield said


def asked(ledger: Ledger, environment: str, application: str, *words: str) -> Iterator[Said]:
    """Yield the comments that ask for a change of one environment of one application."""
    for said in commands(ledger, *words):
        told = said.words[1:]
        if told and told[0] == environment and (len(told) == 1 or told[1].partition("@")[0] == application):
            yield said


def overrides(ledger: Ledger, gate: str, environment: str, application: str, at: datetime) -> bool:
    """Report whether somebody who may has overridden a gate of this place in the last day."""
    for said in commands(ledger, "/override"):
        recent = said.at <= at <= said.at + timedelta(days=1, minutes=1)
        if said.role in MAINTAINERS and recent and gate in said.words[1].split(",") and environment in said.words:
            return True
    return False
