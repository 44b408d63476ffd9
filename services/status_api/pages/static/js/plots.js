// A printer's page counters and supplies over time, drawn by uPlot.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { get } from "./api.js";
import { count, NONE } from "./format.js";

const MOST_SERIES = 12;
const HEIGHT = 220;
const PADDING = 24;
const DAY_S = 86400;
const COLOURS = { total: "--info", mono: "--ink-k", color: "--ink-m", colour: "--ink-m", scan: "--ink-c" };
const FIRST = ["total", "mono", "color"];
const MOST_COUNTERS = 5;
const INKS = [
  [/black/i, "--ink-k"],
  [/cyan/i, "--ink-c"],
  [/magenta/i, "--ink-m"],
  [/yellow/i, "--ink-y"],
];
const OTHERS = ["--info", "--ok", "--warn", "--dead", "--refused", "--muted"];
const plots = new Map(); // place → uPlot: two at most
let drawn = 0;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const widthOf = (host) => Math.max(220, host.clientWidth - PADDING);
const dayText = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const timeText = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const secondText = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const wholeText = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const seconds = (text) => Date.parse(text) / 1000;

function axes(format) {
  const common = { stroke: colour("--muted"), font: `11.5px ${getComputedStyle(document.body).fontFamily}`, ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  return [
    { ...common, grid: { show: false }, space: 80, size: 32, values: (_, at, __, ___, step) => at.map((one) => (step < 60 ? secondText : step < DAY_S ? timeText : dayText).format(one * 1000)) },
    { ...common, grid, size: 64, values: (_, values) => values.map((value) => format(value)) },
  ];
}

function draw(name, data, series, { scale = {}, format = count } = {}) {
  const host = document.querySelector(`[data-plot="${name}"]`);
  if (!host) return;
  plots.get(name)?.destroy();
  plots.delete(name);
  if (data[0].length < 2) {
    const note = Object.assign(document.createElement("p"), { className: "muted small" });
    note.textContent = data[0].length ? "One reading so far: the line begins with the second." : "Nothing was recorded in this time.";
    host.replaceChildren(note);
    return;
  }
  host.replaceChildren();
  const options = {
    width: widthOf(host),
    height: HEIGHT,
    series: [{ value: (_, at) => (at ? wholeText.format(at * 1000) : NONE) }, ...series],
    scales: { y: scale },
    axes: axes(format),
    cursor: { points: { size: 7 }, drag: { x: true, y: false } },
    legend: { live: true },
  };
  const plot = new uPlot(options, data, host);
  plots.set(name, plot);
}

function pages(history) {
  const rows = (history.counters ?? []).filter((row) => !row.quarantined && row.read_at).slice(-5000);
  rows.sort((a, b) => seconds(a.read_at) - seconds(b.read_at));
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => rows.some((row) => typeof row[key] === "number"));
  const place = (key) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  const present = keys.sort((a, b) => place(a) - place(b)).slice(0, MOST_COUNTERS);
  // From the first reading on: a fleet's totals differ by millions, what a printer did in this time does not.
  const first = Object.fromEntries(present.map((key) => [key, rows.find((row) => typeof row[key] === "number")[key]]));
  const times = rows.map((row) => seconds(row.read_at));
  const data = [times, ...present.map((key) => rows.map((row) => (typeof row[key] === "number" ? row[key] - first[key] : null)))];
  const series = present.map((key, i) => ({
    label: key.replaceAll("_", " "),
    stroke: colour(COLOURS[key] ?? OTHERS[i % OTHERS.length]),
    width: 2,
    spanGaps: true,
    points: { show: rows.length < 40, size: 5 },
    value: (_, value) => (value === null ? NONE : `+${count(value)} (${count(value + first[key])})`),
  }));
  draw("pages", data, series, { scale: { range: (_, low, high) => [Math.min(0, low), Math.max(5, high * 1.06)] } });
}

function supplies(history) {
  const shown = (history.supplies ?? []).filter((one) => one.points?.some((point) => typeof point.percent === "number")).slice(0, MOST_SERIES);
  const times = [...new Set(shown.flatMap((one) => one.points.slice(-2000).map((point) => seconds(point.at))))].sort((a, b) => a - b);
  // A level is stored when it changes: it holds until the next one, and until now.
  const now = Math.floor(Date.now() / 1000);
  if (times.length && now > times.at(-1)) times.push(now);
  const columns = shown.map((one) => {
    const known = new Map(one.points.map((point) => [seconds(point.at), point.percent ?? null]));
    let last = null;
    return times.map((at) => (last = known.has(at) ? known.get(at) : last));
  });
  let other = 0;
  const series = shown.map((one) => {
    const text = `${one.color ?? ""} ${one.description ?? ""}`;
    const name = INKS.find(([pattern]) => pattern.test(text))?.[1] ?? OTHERS[other++ % OTHERS.length];
    return {
      label: (one.description || one.color || one.index || "supply").slice(0, 40),
      stroke: colour(name),
      width: 2,
      paths: uPlot.paths.stepped({ align: 1 }),
      points: { show: false },
      value: (_, value) => (value == null ? NONE : `${value} %`),
    };
  });
  draw("supplies", [times, ...columns], series, { scale: { range: [0, 100] }, format: (value) => `${value} %` });
}

async function drawAll() {
  const where = document.querySelector("[data-history]");
  if (!where) return;
  const mine = (drawn += 1);
  let history;
  try {
    history = await get(`printers/${where.dataset.history}/history?days=${where.dataset.days}`);
  } catch {
    return; // the part beside the plots says what went wrong
  }
  if (mine !== drawn) return;
  pages(history);
  supplies(history);
}

function resize() {
  for (const [name, plot] of plots) {
    const host = document.querySelector(`[data-plot="${name}"]`);
    if (host) plot.setSize({ width: widthOf(host), height: HEIGHT });
  }
}

export function startPlots() {
  drawAll();
  document.addEventListener("history", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let frame = 0;
  addEventListener("resize", () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      resize();
    });
  });
}
