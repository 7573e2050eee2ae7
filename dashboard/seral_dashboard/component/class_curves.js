// What the room and gold have taught, question by question, with random drawing as a ghost.

const taught = () => [["random", "random clips, gold", RANDOM], ["gold", "these clips, gold", COLOURS[1]], ["room", "these clips, the room", ACCENT]];

// Draws into `node`; `upto` is the question shown, and axes go to the last one that will be.
function classCurves(node, rounds, upto, most) {
  const w = 520, h = 300, left = 46, bottom = 34, top = 10, right = 14, size = 15, lines = taught();
  const drawing = svg("svg", { viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": "learning curves" });
  const shown = rounds.filter((one) => one.round <= upto), values = rounds.flatMap((one) => lines.map(([name]) => one[name]));
  const low = Math.max(0, Math.min(...values, 1) - 0.05), high = Math.min(1, Math.max(...values, 0) + 0.05);
  const X = (v) => left + v / most * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - bottom - top);
  const text = (x, y, said, more = {}) => drawing.append(svg("text", { x, y, "font-size": size, fill: FAINT, ...more }, said));
  const ticks = nice(low, high, 4), places = decimals(ticks);
  if (rounds.length) for (const t of ticks) {
    drawing.append(svg("line", { x1: left, x2: w - right, y1: Y(t), y2: Y(t), stroke: GRID }));
    text(left - 7, Y(t) + 5, t.toFixed(places), { "text-anchor": "end" });
  }
  for (const t of nice(0, most, 5)) if (Number.isInteger(t)) text(X(t), h - 12, t, { "text-anchor": "middle" });
  for (const [name, , colour] of lines) {
    const at = shown.map((one) => `${X(one.round)},${Y(one[name])}`), ghost = name === "random";
    drawing.append(svg("polyline", { points: at.join(" "), fill: "none", stroke: colour, "stroke-width": ghost ? 2 : 3.5, "stroke-dasharray": ghost ? "3 5" : "none", "stroke-linejoin": "round" }));
    const last = shown.at(-1);
    if (last && !ghost) drawing.append(svg("circle", { cx: X(last.round), cy: Y(last[name]), r: 6, fill: colour }));
  }
  const legend = make("div", "curve-legend");
  for (const [name, said, colour] of lines.toReversed()) {
    const mark = make("span", "swatch"), one = make("span", ""), last = shown.at(-1);
    mark.style.background = colour;
    one.append(mark, make("b", "", last ? last[name].toFixed(2) : "–"), said);
    legend.append(one);
  }
  node.replaceChildren(drawing, legend);
}
