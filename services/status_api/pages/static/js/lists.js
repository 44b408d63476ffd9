// Lists: more rows, filters without a reload, selected rows.
import { localise } from "./time.js";
import { refresh } from "./parts.js";
import { toast } from "./dialogs.js";

const MOST_ROWS = 2000;
const FILTER_PAUSE_MS = 250;

export const selected = () => [...document.querySelectorAll("[data-select-row]:checked")].map((box) => box.value);

async function more(link) {
  const part = link.closest("[data-part]");
  const rows = part.querySelector("[data-rows]");
  if (rows.children.length >= MOST_ROWS) return true; // go there instead: the page would become slow
  const address = new URL(link.href);
  address.searchParams.set("part", part.dataset.part);
  link.setAttribute("aria-busy", "true");
  const answer = await fetch(address, { signal: AbortSignal.timeout(30000) }).catch(() => null);
  if (!answer?.ok) {
    link.removeAttribute("aria-busy");
    toast("The next rows could not be loaded.", "bad");
    return false;
  }
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // rendered and escaped by our own server
  localise(template.content);
  const fresh = [...(template.content.querySelector("[data-rows]")?.children ?? [])];
  part.dataset.extended = "1";
  rows.append(...fresh);
  const next = template.content.querySelector("[data-more]");
  if (next) link.replaceWith(next);
  else link.closest(".more").remove();
  fresh[0]?.querySelector("a")?.focus({ preventScroll: true });
  return false;
}

function filter(form) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
  history.replaceState(null, "", address);
  for (const part of document.querySelectorAll("[data-part=list]")) delete part.dataset.extended;
  refresh("list", { now: true });
}

function count() {
  const button = document.querySelector('[data-action="replay"][data-scope="selected"]');
  if (!button) return;
  const n = selected().length;
  button.disabled = n === 0;
  button.lastChild.textContent = n ? `Replay ${n} selected` : "Replay selected";
  const all = document.querySelector("[data-select-all]");
  const boxes = document.querySelectorAll("[data-select-row]").length;
  if (all) {
    all.checked = n > 0 && n === boxes;
    all.indeterminate = n > 0 && n < boxes;
  }
}

function title() {
  const named = document.querySelector("[data-name]");
  const place = document.querySelector("[data-title]");
  if (!named || !place) return;
  place.textContent = named.dataset.name;
  document.title = `${named.dataset.name} · printsweep`;
}

export function startLists() {
  let pause = 0;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") !== "true" && (await more(link))) location.assign(link.href);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-filter]")) return;
    event.preventDefault();
    filter(event.target);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-filter]");
    if (!form) return;
    clearTimeout(pause);
    pause = setTimeout(() => filter(form), FILTER_PAUSE_MS);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      for (const box of document.querySelectorAll("[data-select-row]")) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-select-all], [data-select-row]")) count();
  });
  document.addEventListener("part", count);
  title();
}
