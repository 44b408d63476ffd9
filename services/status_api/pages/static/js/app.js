// The pages are rendered by the server; this brings them to life: local time, live progress, actions.
import { startTime } from "./time.js";
import { startParts } from "./parts.js";
import { startLive } from "./live.js";
import { startSweeps } from "./sweeps.js";
import { startTrends } from "./trends.js";
import { startActions } from "./actions.js";
import { startLists } from "./lists.js";

startTime();
startParts();
startSweeps();
startTrends();
startLists();
startActions();
startLive();
if (document.querySelector("[data-plot]")) {
  import("./plots.js").then((plots) => plots.startPlots());
}
