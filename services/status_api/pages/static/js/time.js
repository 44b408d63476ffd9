// <time> in the viewer's zone: relative text, the exact instant in the title.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function relative(instant) {
  const seconds = (Date.now() - instant) / 1000;
  const ago = Math.abs(seconds);
  if (ago < 5) return "just now";
  const say = (n, unit) => (seconds >= 0 ? `${n} ${unit} ago` : `in ${n} ${unit}`);
  if (ago < 60) return say(Math.round(ago), "s");
  if (ago < 3600) return say(Math.round(ago / 60), "min");
  if (ago < 86400) return say(Math.round(ago / 3600), "h");
  if (ago < 86400 * 45) return say(Math.round(ago / 86400), "d");
  return day.format(instant);
}

export function localise(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const instant = Date.parse(element.dateTime);
    if (Number.isNaN(instant)) continue;
    const text = element.dataset.style === "exact" ? short.format(instant) : relative(instant);
    if (element.textContent !== text) element.textContent = text;
    if (!element.title) element.title = `${exact.format(instant)} (${element.dateTime})`;
  }
}

export const clock = (instant) => new Date(instant).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function startTime() {
  localise(document);
  setInterval(() => {
    if (!document.hidden) localise(document);
  }, 5000);
}
