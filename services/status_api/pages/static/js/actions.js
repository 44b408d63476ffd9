// What a person can do from a page. A button names its action; the table below knows the rest.
import { get, post } from "./api.js";
import { ask, toast } from "./dialogs.js";
import { count } from "./format.js";
import { refresh, refreshAll } from "./parts.js";
import { selected } from "./lists.js";

const POLL_WAIT_S = 45;
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;

async function sweep() {
  const answer = await ask({
    title: "Sweep now?",
    text: "Every enabled printer is polled once, beside the calendar.",
    button: "Sweep now",
    fields: [{ name: "force", type: "checkbox", label: "Also printers that are backed off after failures" }],
  });
  if (!answer) return;
  const found = await post("sweeps", { force: answer.force });
  toast(`A sweep of ${plural(found.planned, "printer", "printers")} has begun.`);
  for (const name of ["sweep", "recent", "list"]) refresh(name, { now: true });
}

async function poll() {
  const printer = document.querySelector("[data-printer]");
  const found = await post(`polls?wait=${POLL_WAIT_S}`, { printer_ids: [Number(printer.dataset.printer)] }, { seconds: POLL_WAIT_S + 15 });
  const [ended] = found.polls ?? [];
  const state = ended?.state ?? "PENDING";
  if (state === "DONE") toast("The printer was read.");
  else if (["PENDING", "IN_PROGRESS"].includes(state)) toast("The poll is still under way; this page shows its end.", "info");
  else toast(`The poll ended as ${state.toLowerCase()}. ${ended?.error?.text ?? ""}`.trim(), "bad");
  await refreshAll();
  document.dispatchEvent(new CustomEvent("history"));
}

async function release(button) {
  const answer = await ask({
    title: "Release this reading?",
    text: "It will count like every other reading, and later readings are judged against it.",
    button: "Release",
  });
  if (!answer) return;
  await post(`readings/${encodeURIComponent(button.dataset.id)}/release`);
  toast("The reading is released.");
  await refreshAll();
  document.dispatchEvent(new CustomEvent("history"));
}

// What is replayed: bodies for POST /api/dead/replay. A group is told by its letters' ids, since an error is no filter there.
const SCOPES = {
  one: async ({ dataset }) => [{ ids: [dataset.id] }],
  selected: async () => inChunks(selected()),
  group: async ({ dataset }) => inChunks(await lettersOf(dataset)),
  all: async () => [...new Set((await get("dead/groups")).items.map((group) => group.queue))].map((queue) => ({ queue })),
};
const CHUNK = 1000;
const MOST_LETTERS = 10000;

function inChunks(ids) {
  const bodies = [];
  for (let i = 0; i < ids.length; i += CHUNK) bodies.push({ ids: ids.slice(i, i + CHUNK) });
  return bodies;
}

async function lettersOf({ queue, kind, reason, error }) {
  const ids = [];
  let cursor = "";
  do {
    const page = await get(`dead?${new URLSearchParams({ state: "dead", limit: CHUNK, queue, kind, reason, error, cursor })}`);
    const same = page.items.filter((letter) => letter.kind === kind && letter.reason === reason && letter.error_type === error);
    ids.push(...same.map((letter) => letter.id));
    cursor = page.next;
  } while (cursor && ids.length < MOST_LETTERS);
  return ids;
}

async function replay(button) {
  const bodies = await SCOPES[button.dataset.scope](button);
  if (button.dataset.scope !== "one") {
    let expected = 0;
    for (const body of bodies) expected += (await post("dead/replay", { ...body, dry_run: true }, { seconds: 120 })).matched;
    if (!expected) {
      toast("None of these letters is in its queue any more.", "info");
      await refreshAll();
      return;
    }
    const answer = await ask({
      title: `Replay ${plural(expected, "letter", "letters")}?`,
      text: "Each is published again to the queue it came from, as a clean copy, and marked as replayed. What made it fail should be repaired first.",
      button: `Replay ${count(expected)}`,
    });
    if (!answer) return;
  }
  let done = 0;
  const skipped = [];
  for (const body of bodies) {
    const found = await post("dead/replay", body, { seconds: 300 });
    done += found.replayed;
    skipped.push(...found.skipped);
  }
  const rest = skipped.length ? ` ${plural(skipped.length, "letter was", "letters were")} skipped: ${skipped[0].why}` : "";
  toast(`${plural(done, "letter was", "letters were")} replayed.${rest}`, skipped.length ? "bad" : "ok");
  await refreshAll();
}

async function logout() {
  await post("../logout");
  location.assign("/login");
}

const chosen = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

async function reconcile() {
  const answer = await ask({
    title: "Reconcile with GLPI now?",
    text: "All known serial numbers are matched with GLPI. Nothing is written there.",
    button: "Reconcile",
    fields: [
      { name: "dry_run", type: "checkbox", label: "Dry run: report counts, record no verdicts" },
      { name: "force", type: "checkbox", label: "Also printers that were just checked" },
      { name: "limit", type: "number", label: "At most this many printers", min: 1, max: 1000000 },
    ],
  });
  if (!answer) return;
  await post("glpi/reconcile", chosen(answer));
  toast("The pass has begun; it shows under Passes.");
  refresh("passes", { now: true });
}

const ACTIONS = { sweep, poll, release, replay, reconcile, logout };

async function act(button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await ACTIONS[button.dataset.action](button);
  } catch (error) {
    toast(error.message, "bad");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

export function startActions() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button && !button.disabled) act(button);
  });
}
