"""Who made a commit: the number in its author's address, and GitHub's signature."""

from typing import Any

import pytest

from bot.github.parsing.commits import Maker, maker

BOT = 3000001
OURS = f"{BOT}+gitops-bot[bot]@users.noreply.github.com"
VALID = {"isValid": True, "wasSignedByGitHub": True, "state": "VALID"}


def signature(state: str) -> dict[str, Any]:
    return {"isValid": False, "wasSignedByGitHub": False, "state": state}


@pytest.mark.parametrize(
    ("email", "signed", "expected"),
    [
        (OURS, VALID, Maker.APP),
        (f"{BOT}+renamed[bot]@users.noreply.github.com", VALID, Maker.APP),
        ("666+gitops-bot[bot]@users.noreply.github.com", VALID, Maker.OTHERS),  # another App took the name
        ("gitops-bot[bot]@users.noreply.github.com", VALID, Maker.OTHERS),  # no number
        (f"{BOT}+mona@users.noreply.github.com", VALID, Maker.OTHERS),
        (OURS, None, Maker.OTHERS),
        (OURS, {**VALID, "wasSignedByGitHub": False}, Maker.OTHERS),
        # GitHub cannot tell for the moment (konflate#342).
        (OURS, signature("GPGVERIFY_UNAVAILABLE"), Maker.UNVERIFIED),
        (OURS, signature("GPGVERIFY_ERROR"), Maker.UNVERIFIED),
        (OURS, signature("OCSP_PENDING"), Maker.UNVERIFIED),
        ("mona@example.com", signature("GPGVERIFY_UNAVAILABLE"), Maker.OTHERS),
        (OURS, signature("UNSIGNED"), Maker.OTHERS),
        (OURS, signature("BAD_EMAIL"), Maker.OTHERS),
    ],
)
def test_who_made_a_commit(email: str, signed: dict[str, Any] | None, expected: Maker) -> None:
    assert maker({"author": {"email": email, "user": None}, "signature": signed}, BOT) is expected
