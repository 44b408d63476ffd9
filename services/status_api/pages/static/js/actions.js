// What a person can do from a page. A button names its action; the table below knows the rest.
import { post } from "./api.js";
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
  else toast(`The poll ended as ${state.toLowerCase()}. ${ended?.error?.text ?? ended?.error ?? ""}`.trim(), "bad");
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

const SCOPES = {
  one: (button) => ({ ids: [asId(button.dataset.id)] }),
  selected: () => ({ ids: selected().map(asId) }),
  group: ({ dataset }) => chosen({ queue: dataset.queue, kind: dataset.kind, reason: dataset.reason, error: dataset.error }),
  all: () => chosen({}),
};
const asId = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text);
const chosen = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

async function replay(button) {
  const { scope } = button.dataset;
  const what = SCOPES[scope](button);
  let expected = what.ids?.length;
  if (expected === undefined) {
    const trial = await post("dead/replay", { ...what, dry_run: true });
    expected = trial.matched ?? trial.replayed;
    if (!expected) {
      toast("There is no dead letter to replay.", "info");
      return;
    }
  }
  if (scope !== "one") {
    const answer = await ask({
      title: `Replay ${plural(expected, "letter", "letters")}?`,
      text: "Each is published again to the queue it came from, as a clean copy, and marked as replayed. What made it fail should be repaired first.",
      button: `Replay ${count(expected)}`,
    });
    if (!answer) return;
  }
  const found = await post("dead/replay", what, { seconds: 120 });
  const skipped = found.skipped ?? [];
  const done = typeof found.replayed === "number" ? found.replayed : (found.replayed ?? []).length;
  toast(
    `${plural(done, "letter", "letters")} replayed${skipped.length ? `, ${plural(skipped.length, "letter", "letters")} skipped: ${skipped[0].why}` : ""}.`,
    skipped.length ? "bad" : "ok",
  );
  await refreshAll();
}

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

const ACTIONS = { sweep, poll, release, replay, reconcile };

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
