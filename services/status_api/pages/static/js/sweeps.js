// A sweep's progress straight from its events: no request, no reload.
import { on } from "./live.js";
import { refresh } from "./parts.js";
import { count, duration, rate } from "./format.js";
import { Ring, draw } from "./rings.js";

const SEGMENTS = ["done", "failed", "dead", "refused", "expired", "in_progress", "waiting"];
const ENDED = ["done", "failed", "dead", "refused", "expired"];
const ANNOUNCE_EVERY_MS = 15000;
const pace = new Ring(120);
let paceOf = null;
let announcedAt = 0;

/** The same figures as progress.py. */
export function progress(sweep) {
  const counts = Object.fromEntries(SEGMENTS.map((key) => [key, Number(sweep[key]) || 0]));
  const planned = Number(sweep.planned) || 0;
  const ended = ENDED.reduce((sum, key) => sum + counts[key], 0);
  counts.waiting = Math.max(0, planned - ended - counts.in_progress);
  const seconds = Number(sweep.seconds) || 0;
  return { ...sweep, ...counts, planned, ended, seconds, mean: seconds > 0 ? ended / seconds : 0 };
}

function recentRate(sweep) {
  const now = performance.now() / 1000;
  if (paceOf !== sweep.id) {
    paceOf = sweep.id;
    pace.clear();
  }
  pace.push({ at: now, ended: sweep.ended });
  const window = pace.items.filter((sample) => sample.at > now - 15);
  const first = window[0];
  return now - first.at > 3 ? (sweep.ended - first.ended) / (now - first.at) : sweep.mean;
}

function rates() {
  const values = [];
  for (let i = 1; i < pace.items.length; i += 1) {
    const [a, b] = [pace.items[i - 1], pace.items[i]];
    values.push(b.at > a.at ? (b.ended - a.ended) / (b.at - a.at) : 0);
  }
  return values.map((_, i) => (values[Math.max(0, i - 1)] + values[i] + values[Math.min(values.length - 1, i + 1)]) / 3);
}

function bind(root, key, text) {
  for (const element of root.querySelectorAll(`[data-bind="${key}"]`)) {
    if (element.textContent !== text) element.textContent = text;
  }
}

function fill(root, sweep, speed) {
  const share = (n) => (sweep.planned ? (1000 * n) / sweep.planned : 0);
  bind(root, "percent", sweep.planned ? ((100 * sweep.ended) / sweep.planned).toFixed(1) : "100.0");
  bind(root, "ended", count(sweep.ended));
  bind(root, "planned", count(sweep.planned));
  bind(root, "rate", rate(speed));
  bind(root, "seconds", duration(sweep.seconds));
  bind(root, "eta", duration(speed > 0 ? (sweep.planned - sweep.ended) / speed : null));
  let x = 0;
  for (const key of SEGMENTS) {
    bind(root, key, count(sweep[key]));
    root.querySelector(`[data-legend="${key}"]`)?.classList.toggle("is-zero", !sweep[key]);
    const rectangle = root.querySelector(`[data-seg="${key}"]`);
    rectangle?.setAttribute("x", x);
    rectangle?.setAttribute("width", share(sweep[key]));
    x += share(sweep[key]);
  }
  const bar = root.querySelector("[data-bind-progress]");
  bar?.setAttribute("aria-valuenow", sweep.ended);
  bar?.setAttribute("aria-valuemax", sweep.planned);
  const voice = root.querySelector("[data-announce]");
  if (voice && performance.now() - announcedAt > ANNOUNCE_EVERY_MS) {
    announcedAt = performance.now();
    voice.textContent = `${count(sweep.ended)} of ${count(sweep.planned)} polls ended, ${count(sweep.failed)} failed.`;
  }
}

function take(data) {
  if (!data || !data.id) return;
  const sweep = progress(data);
  const all = [...document.querySelectorAll("[data-sweep]")];
  const shown = all.filter((root) => root.dataset.sweep === sweep.id);
  const speed = shown.length ? recentRate(sweep) : 0;
  for (const root of shown) {
    if (root.dataset.sweepState !== sweep.state) {
      const part = root.closest("[data-part]");
      if (part) refresh(part.dataset.part, { now: true });
    } else fill(root, sweep, speed);
  }
  // Two sweeps may run at once: only a newer one takes the place of the one that is shown.
  const isNewer = all.every((root) => sweep.opened_at > root.dataset.opened);
  if (!shown.length && isNewer && ["/", "/sweeps"].includes(location.pathname)) {
    for (const name of ["sweep", "recent", "list"]) refresh(name);
  }
  drawPace();
}

function drawPace() {
  const canvas = document.querySelector("[data-pace]");
  if (!canvas) return;
  const mine = canvas.closest("[data-sweep]")?.dataset.sweep === paceOf;
  draw(canvas, mine ? rates() : [], 120, 36);
}

export function startSweeps() {
  on("sweep", take);
  document.addEventListener("part", drawPace);
}
