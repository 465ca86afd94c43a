"""Renders GitHub's pages about Apps. They belong to no repository, so they need no world."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.simulator.pages.rendering.templates import FOLDER


def render(template: str, **facts: object) -> str:
    """Return a page. Everything in it is escaped."""
    return _templates().get_template(template).render(**facts)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(FOLDER / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
