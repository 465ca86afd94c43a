"""Groups of people: who belongs to a group that a policy names."""

from bot.core.observation.actors import Permission
from bot.core.people.circle import Circle, circle, phrase
from tests.builders import state

SEEN = state(
    people={"alice": Permission.MAINTAIN, "bob": Permission.WRITE, "carol": Permission.READ},
    teams={"acme/sre": frozenset({"Erin"}), "acme/hidden": None},
)


def test_a_role_includes_everyone_with_at_least_that_role() -> None:
    assert Circle(("write",)).holds("Bob", SEEN)
    assert Circle(("write",)).holds("alice", SEEN)
    assert not Circle(("maintain",)).holds("bob", SEEN)
    assert not Circle(("write",)).holds("carol", SEEN)
    assert not Circle(("triage",)).holds("stranger", SEEN)


def test_users_and_team_members_belong_whatever_their_role() -> None:
    assert Circle(("@Mallory",)).holds("mallory", SEEN)
    assert Circle(("@acme/SRE",)).holds("erin", SEEN)
    assert not Circle(("@acme/sre",)).holds("alice", SEEN)


def test_a_circle_may_ask_for_a_role_beside_the_name() -> None:
    """A login that somebody gave up may be a stranger's now; roles go with the account."""
    writers = circle(["@carol", "@bob", "@acme/sre"], [], least=Permission.WRITE)

    assert writers.holds("bob", SEEN)
    assert not writers.lacks_role("bob", SEEN)
    for named in ("carol", "erin"):
        assert not writers.holds(named, SEEN)
        assert writers.lacks_role(named, SEEN)
    assert not writers.lacks_role("stranger", SEEN)


def test_an_unreadable_team_has_no_members_and_is_named() -> None:
    hidden = circle(["@acme/hidden", "@acme/sre", "@acme/unknown"], [])

    assert not hidden.holds("erin", state(teams={"acme/hidden": None}))
    assert hidden.unreadable(SEEN) == ("acme/hidden", "acme/unknown")


def test_owners_are_replaced_once_in_the_policys_order() -> None:
    assert circle(["owners", "@acme/sre", "owners"], ["@dave", "@acme/sre"]).words == ("@dave", "@acme/sre")
    assert circle(["owners"], []).words == ()


def test_an_empty_group_has_no_members() -> None:
    assert not circle([], ["@dave"]).holds("dave", SEEN)
    assert str(circle([], [])) == "nobody"


def test_people_are_named_without_mentioning_them() -> None:
    assert str(Circle(("@dave", "@acme/sre", "write"))) == "dave, acme/sre, people with write permission"
    assert phrase("maintain") == "people with maintain permission"
    assert Circle(("@acme/sre", "@dave", "write")).teams() == {"acme/sre"}
