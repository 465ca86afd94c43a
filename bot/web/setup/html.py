"""The pieces of the setup page: plain HTML that works without scripts. Everything from outside is escaped here."""

from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from urllib.parse import urlsplit

STEPS = ("Choose", "Create", "Install", "Check")

STYLE = (files(__package__) / "style.css").read_text(encoding="utf-8")


def page(title: str, body: str, *, step: int = 0, again_in: int = 0) -> str:
    """Return a whole page. step: 1 to 4, 0 for none. again_in: seconds until the browser loads it again, 0 for never."""
    refresh = f'<meta http-equiv="refresh" content="{again_in}">' if again_in else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{refresh}'
        f"<title>{escape(title)} · GitOps Bot</title>"
        '<link rel="stylesheet" href="/setup/style.css"></head><body>'
        f'<header><p class="brand">GitOps Bot</p>{_steps(step)}</header>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def _steps(present: int) -> str:
    if not present:
        return ""
    items = []
    for number, name in enumerate(STEPS, start=1):
        kind = "past" if number < present else "present" if number == present else "later"
        current = ' aria-current="step"' if number == present else ""
        items.append(f'<li class="{kind}"{current}><span class="number">{number}</span> {name}</li>')
    return f'<ol class="steps" aria-label="Steps">{"".join(items)}</ol>'


def paragraph(text: str, *, kind: str = "") -> str:
    """Return a paragraph."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def notice(text: str) -> str:
    """Return a sentence that nobody should miss."""
    return f'<p class="problem" role="alert">{escape(text)}</p>'


def link(address: str, words: str, *, kind: str = "", elsewhere: bool = False) -> str:
    """Return a link to a web address; the words alone for any other. elsewhere: open it beside this page."""
    if urlsplit(address).scheme not in {"http", "https"}:
        return escape(words)
    target = ' target="_blank" rel="noopener noreferrer"' if elsewhere else ""
    return f'<a href="{escape(address)}"{_class(kind)}{target}>{escape(words)}</a>'


def field(
    name: str, label: str, value: str, *, problem: str = "", hint: str = "", placeholder: str = "", **attributes: str
) -> str:
    """Return a labelled line of text with its hint, or with what is wrong with it."""
    more = "".join(f' {key}="{escape(given)}"' for key, given in attributes.items())
    about = problem or hint
    described = f' aria-describedby="{name}-about"' if about else ""
    said = f'<span id="{name}-about" class="{"wrong" if problem else "hint"}">{escape(about)}</span>' if about else ""
    invalid = ' aria-invalid="true"' if problem else ""
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" value="{escape(value)}" placeholder="{escape(placeholder)}" autocomplete="off" '
        f'autocapitalize="off" spellcheck="false"{described}{invalid}{more}>{said}</div>'
    )


def choice(name: str, value: str, label: str, *, chosen: bool, hint: str = "", inside: str = "") -> str:
    """Return a radio button. inside: HTML of fields that belong to it; a style shows them while it is chosen."""
    identifier = f"{name}-{value}"
    checked = " checked" if chosen else ""
    explained = f'<span class="hint">{escape(hint)}</span>' if hint else ""
    within = f'<div class="inside">{inside}</div>' if inside else ""
    return (
        f'<div class="choice"><input type="radio" id="{identifier}" name="{name}" value="{value}"{checked}>'
        f'<div><label for="{identifier}">{escape(label)}</label>{explained}{within}</div></div>'
    )


def group(legend: str, *parts: str) -> str:
    """Return fields that belong together."""
    return f"<fieldset><legend>{escape(legend)}</legend>{''.join(parts)}</fieldset>"


def form(action: str, *parts: str, button: str, hidden: Mapping[str, str] | None = None) -> str:
    """Return a form with its button. hidden: fields that the reader does not see."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in (hidden or {}).items()
    )
    pressed = f'<p class="buttons"><button>{escape(button)}</button></p>'
    return f'<form method="post" action="{escape(action)}">{kept}{"".join(parts)}{pressed}</form>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f"<dl>{items}</dl>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
