// Asks the server for a part of the page again and puts it in place: after an event, after an action, now and then.
import { localise } from "./time.js";
import { morph } from "./morph.js";

const FALLBACK_TICK_MS = 1000;
const states = new Map(); // part name → {running, again, at, timer}: as many as the page has parts

const element = (name) => document.getElementById(`part-${name}`);

export function partsFor(event) {
  return [...document.querySelectorAll("[data-part]")].filter((part) => part.dataset.events.split(" ").includes(event));
}

/** Asks for the part soon: at most once in `data-gap` milliseconds, never twice at a time. */
export function refresh(name, { now = false } = {}) {
  const part = element(name);
  if (!part) return Promise.resolve();
  const state = states.get(name) ?? { running: null, again: false, at: 0, timer: 0 };
  states.set(name, state);
  if (state.running) {
    state.again = true;
    return state.running;
  }
  const wait = now ? 0 : Math.max(0, state.at + Number(part.dataset.gap || 2000) - performance.now());
  if (wait > 0) {
    state.timer ||= setTimeout(() => {
      state.timer = 0;
      refresh(name);
    }, wait);
    return Promise.resolve();
  }
  state.running = load(name).finally(() => {
    state.running = null;
    state.at = performance.now();
    if (state.again) {
      state.again = false;
      refresh(name);
    }
  });
  return state.running;
}

export const refreshAll = () =>
  Promise.all([...document.querySelectorAll("[data-part]")].map((part) => refresh(part.dataset.part, { now: true })));

async function load(name) {
  const address = new URL(location.href);
  address.searchParams.set("part", name);
  let answer;
  try {
    answer = await fetch(address, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(30000) });
  } catch {
    return; // the live indicator says that the server is away; what is shown stays
  }
  if (answer.redirected && new URL(answer.url).pathname === "/login") {
    location.reload();
    return;
  }
  if (answer.status === 401) location.reload();
  // A part that cannot be read right now must not push away what was.
  if (!answer.ok && answer.status !== 404) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text(); // rendered and escaped by our own server
  const fresh = template.content.querySelector("[data-part]");
  const part = element(name);
  if (!fresh || !part) return;
  localise(template.content);
  morph(part, fresh);
  document.dispatchEvent(new CustomEvent("part", { detail: { name, part } }));
}

export function startParts() {
  document.addEventListener("toggle", (event) => event.target.dataset && (event.target.dataset.touched = "1"), true);
  let seconds = 0;
  setInterval(() => {
    seconds += 1;
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-part]")) {
      const every = Number(part.dataset.every);
      if (every && seconds % every === 0 && !part.dataset.extended) refresh(part.dataset.part);
    }
  }, FALLBACK_TICK_MS);
}
