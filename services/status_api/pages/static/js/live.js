// Server-sent events: one connection while the page is seen, with a sign whether it stands.
import { partsFor, refresh, refreshAll } from "./parts.js";
import { clock } from "./time.js";

const KINDS = ["sweep", "services", "queues", "health", "poll", "printers"];
const STALE_AFTER_MS = 6000;
const listeners = new Map(); // kind → functions; filled while the page loads
const waiting = new Map(); // kind → the newest data: events are handled once a frame, only the newest counts
let source = null;
let retryTimer = 0;
let failures = 0;
let lostAt = 0;
let frame = 0;

/** Calls `listener` with the newest data of events of this kind, at most once a frame. */
export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

function show(state, text) {
  const sign = document.getElementById("live");
  if (!sign || (sign.dataset.state === state && sign.lastElementChild.textContent === text)) return;
  sign.dataset.state = state;
  sign.lastElementChild.textContent = text;
}

function handleAll() {
  frame = 0;
  for (const [kind, data] of waiting) {
    for (const listener of listeners.get(kind) ?? []) listener(data);
    for (const part of partsFor(kind)) {
      if (!part.dataset.extended && !skips(part, kind, data)) refresh(part.dataset.part);
    }
  }
  waiting.clear();
}

// What the doctor found, beside "Overview" on every page.
function showFindings(health) {
  const link = document.querySelector('.nav[href="/"]');
  const badge = link?.querySelector(".nav-badge") ?? Object.assign(document.createElement("span"), { className: "nav-badge" });
  const found = health.findings ?? [];
  badge.textContent = found.length ? String(found.length) : "";
  badge.title = found.length ? `${found.length} findings` : "";
  badge.dataset.ok = String(Boolean(health.ok));
  if (!badge.parentNode) link?.append(badge);
}

// A printer's page cares only for its own polls.
function skips(part, kind, data) {
  const printer = document.querySelector("[data-printer]")?.dataset.printer;
  if (kind !== "poll" || !printer) return false;
  return !(data.items ?? []).some((poll) => String(poll.printer_id) === printer);
}

function take(kind, event) {
  let data;
  try {
    data = JSON.parse(event.data);
  } catch {
    return;
  }
  // Polls come as batches of which none may be lost; of everything else the newest is the state. 500: enough for one frame.
  const before = kind === "poll" ? (waiting.get(kind)?.items ?? []) : null;
  waiting.set(kind, before ? { items: [...before, ...(data.items ?? [])].slice(-500) } : data);
  frame ||= requestAnimationFrame(handleAll);
}

function connect() {
  clearTimeout(retryTimer);
  source?.close();
  if (!lostAt) show("connecting", "Connecting…");
  source = new EventSource("/api/events");
  source.onopen = () => {
    const wasLost = lostAt > 0;
    failures = 0;
    lostAt = 0;
    show("live", "Live");
    if (wasLost) refreshAll();
  };
  source.onerror = () => {
    lostAt ||= Date.now();
    sign();
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    failures += 1;
    const pause = Math.min(30000, 1000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
    retryTimer = setTimeout(connect, pause);
  };
  for (const kind of KINDS) source.addEventListener(kind, (event) => take(kind, event));
}

function sign() {
  if (!lostAt) return;
  if (Date.now() - lostAt > STALE_AFTER_MS) show("stale", `Stale since ${clock(lostAt)}`);
  else show("connecting", "Reconnecting…");
}

function disconnect() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

export function startLive() {
  on("health", showFindings);
  connect();
  setInterval(sign, 1000);
  addEventListener("pagehide", disconnect);
  // A browser allows six connections to a host: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      disconnect();
      show("off", "Paused");
    } else if (!source) {
      connect();
      refreshAll();
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && !source) connect();
  });
}
