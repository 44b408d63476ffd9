// Figures as people read them: the same rules as figures.py.
const groups = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const NONE = "–";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export const count = (value) => (isNumber(value) ? groups.format(value) : NONE);

export function rate(value) {
  if (!isNumber(value)) return NONE;
  if (value === 0) return "0";
  if (value < 0.05) return "<0.1";
  return value < 10 ? value.toFixed(1) : groups.format(value);
}

const UNITS = [
  [86400, "d", 3600, "h"],
  [3600, "h", 60, "min"],
  [60, "min", 1, "s"],
];

export function duration(seconds) {
  if (!isNumber(seconds)) return NONE;
  if (seconds > 0 && seconds < 0.05) return "<0.1 s";
  if (seconds < 60) return seconds > 0 && seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${seconds.toFixed(0)} s`;
  const [size, unit, small, smallUnit] = UNITS.find(([from]) => seconds >= from);
  const rounded = Math.round(seconds / small) * small;
  const rest = rounded % size;
  return `${Math.floor(rounded / size)} ${unit}${rest >= small ? ` ${rest / small} ${smallUnit}` : ""}`;
}
