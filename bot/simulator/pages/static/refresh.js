// Shows what changed without a reload, so that nobody loses what they are typing: asks for the revision, and when it is
// another one fetches this page again and swaps the parts marked data-live. Without scripts, reload the page.
"use strict";

const PAUSE = 1000; // milliseconds between two questions
let seen = document.currentScript.dataset.revision;

async function refresh() {
  const answer = await fetch("/-/revision");
  const { revision } = await answer.json();
  document.body.classList.remove("ended");
  if (revision === seen) return;
  const page = await fetch(location.href);
  if (!page.ok) return;
  swap(new DOMParser().parseFromString(await page.text(), "text/html"));
  seen = revision;
}

function swap(fresh) {
  const open = [...document.querySelectorAll("details[open]")].map((details) => details.id);
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  document.title = fresh.title;
}

async function watch() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    document.body.classList.add("ended"); // nobody answers any more
  }
  setTimeout(watch, PAUSE);
}

document.addEventListener("submit", (event) => {
  event.submitter?.classList.add("busy");
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll(".busy")) button.classList.remove("busy");
});
setTimeout(watch, PAUSE);
