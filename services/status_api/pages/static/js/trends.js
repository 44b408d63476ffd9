// How the depth of each queue went while the page was open.
import { on } from "./live.js";
import { Ring, draw } from "./rings.js";

const SAMPLES = 60;
const MOST_QUEUES = 200;
const depths = new Map();

function take(data) {
  const queues = Array.isArray(data) ? data : (data.items ?? data.queues ?? []);
  for (const queue of queues.slice(0, MOST_QUEUES)) {
    if (!depths.has(queue.name)) {
      if (depths.size >= MOST_QUEUES) continue;
      depths.set(queue.name, new Ring(SAMPLES));
    }
    depths.get(queue.name).push(Number(queue.messages) || 0);
  }
  drawAll();
}

function drawAll() {
  for (const svg of document.querySelectorAll("[data-trend]")) {
    draw(svg, depths.get(svg.dataset.trend)?.items ?? [], 60, 18);
  }
}

export function startTrends() {
  if (!document.getElementById("part-queues")) return;
  on("queues", take);
  document.addEventListener("part", drawAll);
}
