// The last few values, and a line through them. A page that stays open for weeks holds no more than one opened now.
export class Ring {
  constructor(size) {
    this.size = size;
    this.items = [];
  }

  push(item) {
    this.items.push(item);
    if (this.items.length > this.size) this.items.shift();
  }

  clear() {
    this.items = [];
  }
}

/** Draws `values` as a line (and an area) into an SVG of this width and height. */
export function draw(svg, values, width, height) {
  svg.classList.toggle("is-flat", !values.some((value) => value > 0));
  const line = svg.querySelector(".pace-line");
  const area = svg.querySelector(".pace-area");
  if (values.length < 2) {
    line?.removeAttribute("d");
    area?.removeAttribute("d");
    return;
  }
  const top = Math.max(...values, 1e-9);
  const points = values.map((value, i) => {
    const x = (width * i) / (values.length - 1);
    return `${x.toFixed(1)} ${(height - 1 - ((height - 2) * Math.max(0, value)) / top).toFixed(1)}`;
  });
  line?.setAttribute("d", `M${points.join("L")}`);
  area?.setAttribute("d", `M0 ${height}L${points.join("L")}L${width} ${height}Z`);
}
