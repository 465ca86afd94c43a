"""Where GitHub's REST, GraphQL and pages are."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

PUBLIC_API = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Roots:
    """The addresses of REST and GraphQL. GitHub Enterprise Server has both below `/api`."""

    rest: str
    graphql: str

    @property
    def is_githubs_own(self) -> bool:
        """Whether GitHub runs it (github.com or ghe.com), rather than a company on its own server."""
        return self.rest == PUBLIC_API or (urlsplit(self.rest).hostname or "").endswith(".ghe.com")

    @property
    def web(self) -> str:
        """The address of the pages: `https://github.com`, or that of the company's server."""
        split = urlsplit(self.rest)
        host = "github.com" if self.rest == PUBLIC_API else split.netloc
        if host.endswith(".ghe.com"):
            host = host.removeprefix("api.")
        return f"{split.scheme}://{host}"


def roots(api_url: str, graphql_url: str | None = None) -> Roots:
    """Return both addresses, given REST's: `https://api.github.com` or `https://ghe.example/api/v3`."""
    rest = api_url.rstrip("/")
    if graphql_url:
        return Roots(rest, graphql_url)
    split = urlsplit(rest)
    path = split.path.removesuffix("/v3") + "/graphql"
    return Roots(rest, urlunsplit(split._replace(path=path)))


def below(repository: str, *steps: str) -> str:
    """Return the REST path of something in a repository (`owner/name`), each part quoted."""
    return "/".join(("/repos", *(quote(step, safe="") for step in (*repository.split("/"), *steps))))
