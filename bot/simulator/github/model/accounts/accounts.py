"""Accounts: people and bots, and organisations with teams."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum

from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.world import World


class Role(IntEnum):
    """A role in a repository, weakest first; names as in GraphQL's RepositoryPermission."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


class AccountKind(Enum):
    """The `type` of an account in REST."""

    USER = "User"
    BOT = "Bot"
    ORGANISATION = "Organization"


@dataclass(eq=False, slots=True, kw_only=True)
class Account:
    """An account with a login. REST's login of a bot ends in `[bot]`; GraphQL's does not."""

    id: int
    login: str
    name: str | None = None
    created_at: datetime

    kind = AccountKind.USER

    @property
    def node_id(self) -> str:
        """Return the node id."""
        kinds = {AccountKind.USER: Kind.USER, AccountKind.BOT: Kind.BOT, AccountKind.ORGANISATION: Kind.ORGANISATION}
        return node_id(kinds[self.kind], self.id)

    @property
    def email(self) -> str:
        """Return the no-reply address that GitHub writes into commits created on its pages.

        https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
        """
        return f"{self.id}+{self.login}@users.noreply.github.com"

    @property
    def graphql_login(self) -> str:
        """Return the login as GraphQL shows it."""
        return self.login.removesuffix("[bot]")


@dataclass(eq=False, slots=True, kw_only=True)
class User(Account):
    """A person, or (as `Bot`) an App that acts as itself."""


@dataclass(eq=False, slots=True, kw_only=True)
class Team:
    """A team of an organisation. Lists of all members include those of child teams."""

    id: int
    organisation: "Organisation"
    slug: str
    name: str
    description: str = ""
    parent: "Team | None" = None
    children: list["Team"] = field(default_factory=list)
    members: list[User] = field(default_factory=list)
    maintainers: list[User] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.TEAM, self.id)

    @property
    def combined_slug(self) -> str:
        """Return `organisation/team`, as CODEOWNERS writes it after the @."""
        return f"{self.organisation.login}/{self.slug}"

    def add(self, *users: User) -> None:
        """Add people; they join the organisation too."""
        for user in users:
            self.organisation.add_member(user)
            if user not in self.members:
                self.members.append(user)

    def remove(self, user: User) -> None:
        """Remove a member."""
        self.members.remove(user)

    def all_members(self) -> list[User]:
        """Return the members, including those of child teams, each once, in the order they joined."""
        found = dict.fromkeys(self.members)
        for child in self.children:
            found.update(dict.fromkeys(child.all_members()))
        return list(found)


class OrganisationRole(Enum):
    """A person's role in an organisation."""

    MEMBER = "member"
    ADMIN = "admin"


@dataclass(eq=False, slots=True, kw_only=True)
class Organisation(Account):
    """An organisation. `base_role` is every member's role in its repositories."""

    github: World
    base_role: Role = Role.READ
    members: dict[User, OrganisationRole] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    kind = AccountKind.ORGANISATION

    def add_member(self, user: User, role: OrganisationRole | None = None) -> None:
        """Add a person; without `role` an existing member keeps theirs."""
        self.members[user] = role or self.members.get(user, OrganisationRole.MEMBER)

    def team(self, slug: str, *members: User, parent: Team | None = None) -> Team:
        """Return the team of that slug, created if needed, with `members` added."""
        if slug not in self.teams:
            number = self.github.ids.next(Kind.TEAM)
            made = Team(id=number, organisation=self, slug=slug, name=slug, parent=parent)
            self.github.remember(made)
            if parent:
                parent.children.append(made)
            self.teams[slug] = made
        self.teams[slug].add(*members)
        return self.teams[slug]
