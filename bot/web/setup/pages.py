"""The pages of the setup, one function each: from what is known to HTML. Pure."""

from collections.abc import Mapping, Sequence
from html import escape

from bot.doctor.findings import Finding, Status, exit_status
from bot.github.registration.conversion import Registered
from bot.setup.choices import Choices, Delivery, Keep, unused_address
from bot.setup.flow import Sent
from bot.web.setup import html

_KINDS = {Status.GOOD: "good", Status.PROBLEM: "problem-found", Status.UNCHECKED: "unchecked"}


def locked(problem: str = "") -> str:
    """Return the page that asks for the code."""
    body = (
        html.paragraph(
            "This server has no GitHub App yet. To set it up, enter the code that the server printed when it started."
        )
        + (html.notice(problem) if problem else "")
        + html.form(
            "/setup/enter",
            '<div class="code-entry">'
            + html.field(
                "code", "Code from the server's output", "", placeholder="XXXX-XXXX", required="", autofocus=""
            )
            + "</div>",
            button="Continue",
        )
    )
    return html.page("Set up GitOps Bot", body)


def taken() -> str:
    """Return the page for a second browser."""
    return html.page(
        "Setup is open in another browser",
        html.paragraph("The code was used already, and it works once. Continue in the browser where you entered it.")
        + html.paragraph(
            "If that was not you, or if the browser is gone: stop the server and start it again. It prints another code."
        ),
    )


def refused(title: str, text: str) -> str:
    """Return why a step went wrong, with the way back."""
    return html.page(
        title,
        html.notice(text) + html.form("/setup/again", button="Start again"),
        step=2,
    )


def choose(form: Mapping[str, str], problems: Mapping[str, str], *, file: str = "", printed: bool = False) -> str:
    """Return the first step. file: where credentials can be stored, '' where there is no choice. printed: on the terminal."""
    value = form.get

    def text(name: str, label: str, hint: str = "", placeholder: str = "") -> str:
        return html.field(
            name, label, value(name, ""), problem=problems.get(name, ""), hint=hint, placeholder=placeholder
        )

    account, delivery = value("account", ""), value("delivery", "")
    parts = [
        html.group("Who owns the App?",
            html.choice("account", "organisation", "An organisation", chosen=account == "organisation",
                hint="You must be one of its owners, or an App manager.",
                inside=text("organisation", "Organisation", placeholder="acme")),
            html.choice("account", "own", "My own account", chosen=account != "organisation"),
        ),
        html.group("How do events reach this server?",
            html.choice("delivery", Delivery.PULL, "The server asks GitHub", chosen=delivery == Delivery.PULL,
                hint="Works behind any firewall. Events arrive within seconds. Nothing has to be reachable from outside.",
                inside=f"<details{' open' if problems.get('unused_url') else ''}>"
                "<summary>Address of the unused webhook</summary>"
                + text("unused_url", "Address", "GitHub requires one, and nobody receives anything there. Leave it empty "
                    f"for {unused_address(value('name', ''))}.") + "</details>"),
            html.choice("delivery", Delivery.PUSH, "GitHub connects to the server", chosen=delivery == Delivery.PUSH,
                hint="Events arrive at once. The server needs a public https address.",
                inside=text("public_url", "Address of the server", placeholder="https://bot.example.com")),
        ),
        html.group("What is it called?", text("name", "Name of the App",
            "People see it as the author of pull requests. It must be free on your GitHub, such as acme-gitops.")),
        html.group("Which GitHub?", text("github", "Host", "github.com, or the host of your GitHub Enterprise Server.")),
    ]  # fmt: skip
    if file:
        parts.append(
            html.group("Where do the App's secrets go?",
                html.choice("keep", Keep.FILE, "Into a file on this server", chosen=value("keep") != Keep.SHOW,
                    hint=f"{file}, readable by this server alone."),
                html.choice("keep", Keep.SHOW, "Show them to me once", chosen=value("keep") == Keep.SHOW,
                    hint="For a secret store, such as Kubernetes Secrets or Vault."),
            ))  # fmt: skip
    wrong = html.notice("Something is missing; see below.") if problems else ""
    where = "The App's secrets are printed in the terminal." if printed else ""
    body = (
        html.paragraph("This page creates a GitHub App of your own. You see and confirm everything on GitHub.")
        + wrong
        + html.form("/setup/choose", *parts, html.paragraph(where, kind="hint") if where else "", button="Continue")
    )
    return html.page("Create the GitHub App", body, step=1)


def register(choices: Choices, sent: Sent) -> str:
    """Return the second step: the form that leads to GitHub."""
    receives = "this server asks GitHub" if choices.delivery is Delivery.PULL else choices.webhook_url
    body = (
        html.paragraph(
            "GitHub now shows you the App and its permissions. Press its green button, and GitHub brings you back here."
        )
        + html.facts(
            (
                ("Owner", choices.organisation or "your own account"),
                ("Name", choices.name),
                ("GitHub", choices.site.web),
                ("Events", receives),
            )
        )
        + html.form(sent.action, button="Continue to GitHub", hidden={"manifest": sent.manifest})
        + html.form("/setup/again", button="Change something").replace("<button>", '<button class="plain">')
    )
    return html.page("Continue on GitHub", body, step=2)


def install(registered: Registered, address: str, stored: str, secrets: str = "") -> str:
    """Return the third step. stored: what became of the secrets, as a sentence; secrets: the text to show, '' for none."""
    shown = (
        f'<textarea readonly aria-label="Secrets" rows="8">{escape(secrets)}</textarea>'
        + html.paragraph("Copy them now: they are gone when setup ends.", kind="hint")
        if secrets
        else ""
    )
    body = (
        html.paragraph(f"The App {registered.name} exists and belongs to {registered.owner}. {stored}")
        + shown
        + html.paragraph(
            "Now install it on the repository with your manifests, and on those where your images are built. GitHub opens in "
            "another tab. This page goes on by itself when the App is installed."
        )
        + f'<p class="buttons">{html.link(address, "Install it on GitHub", kind="button", elsewhere=True)}'
        + ('<a href="/setup">I have installed it</a>' if secrets else "")
        + "</p>"
        + (
            ""
            if address
            else html.notice(
                f"GitHub named {registered.html_url} as the App's page. Install it from the App's settings page."
            )
        )
    )
    return html.page("Install the App", body, step=3, again_in=0 if secrets else 4)


def done(accounts: Sequence[str], findings: Sequence[Finding], *, following: str, secrets: str = "") -> str:
    """Return the last step. following: what to do or what happens now."""
    headline = {
        0: "Everything is in order",
        1: "Installed, with something left to do",
        2: "Installed; not everything could be checked",
    }
    wrong = [finding for finding in findings if finding.status is not Status.GOOD]
    right = [finding for finding in findings if finding.status is Status.GOOD]
    shown = f'<textarea readonly aria-label="Secrets" rows="8">{escape(secrets)}</textarea>' if secrets else ""
    body = (
        html.paragraph(f"The App is installed on {', '.join(accounts)}. {following}")
        + shown
        + "<h2>What the doctor says</h2>"
        + _listed(sorted(wrong, key=lambda finding: finding.status is Status.UNCHECKED))
        + f"<details><summary>{len(right)} in order</summary>{_listed(right)}</details>"
        + '<p class="hint">Ask it again at any time with <code>gitops-bot doctor</code>.</p>'
    )
    return html.page(headline[exit_status(findings)], body, step=4)


def _listed(findings: Sequence[Finding]) -> str:
    return f'<ul class="findings">{"".join(map(_finding, findings))}</ul>' if findings else ""


def _finding(finding: Finding) -> str:
    about = f' <span class="faint">{escape(finding.subject)}</span>' if finding.subject else ""
    remedy = html.paragraph(finding.remedy) if finding.remedy else ""
    page = f"<p>{html.link(finding.link, finding.link, elsewhere=True)}</p>" if finding.link else ""
    return (
        f'<li class="{_KINDS[finding.status]}"><span class="name">{escape(finding.name)}</span>{about}'
        f"{html.paragraph(finding.seen)}{remedy}{page}</li>"
    )
