// What the room and gold have taught, question by question, with random drawing as a ghost.

const taught = () => [["random", "random clips, gold", RANDOM], ["gold", "these clips, gold", COLOURS[1]], ["room", "these clips, the room", ACCENT]];

// Draws into `node`, as large as it is; `upto` is the question shown, and axes go to the last one that will be.
function classCurves(node, rounds, upto, most) {
  const lines = taught(), shown = rounds.filter((one) => one.round <= upto), drawing = svg("svg", { role: "img", "aria-label": "learning curves" });
  node.replaceChildren(drawing, curveLegend(lines, shown.at(-1)));
  // Letters are as large as the other small ones of the page, however narrow the column is.
  const size = 17, letters = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16, wide = drawing.clientWidth * size / letters;
  const w = Math.round(Math.min(520, Math.max(280, wide || 520))), h = Math.round(w * (drawing.clientHeight / drawing.clientWidth || 0.6));
  const left = 46, bottom = 34, top = 10, right = 14;
  drawing.setAttribute("viewBox", `0 0 ${w} ${h}`);
  const chance = rounds[0]?.chance;  // classes of earlier versions say none
  const values = [...rounds.flatMap((one) => lines.map(([name]) => one[name])), ...(chance == null ? [] : [chance])];
  const low = Math.max(0, Math.min(...values, 1) - 0.05), high = Math.min(1, Math.max(...values, 0) + 0.05);
  const X = (v) => left + v / most * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - bottom - top);
  const text = (x, y, said, more = {}) => drawing.append(svg("text", { x, y, "font-size": size, fill: FAINT, ...more }, said));
  const ticks = nice(low, high, 4), places = decimals(ticks);
  if (rounds.length) for (const t of ticks) {
    drawing.append(svg("line", { x1: left, x2: w - right, y1: Y(t), y2: Y(t), stroke: GRID }));
    text(left - 7, Y(t) + 5, t.toFixed(places), { "text-anchor": "end" });
  }
  for (const t of nice(0, most, 5)) if (Number.isInteger(t)) text(X(t), h - 12, t, { "text-anchor": "middle" });
  if (rounds.length && chance != null) {
    drawing.append(svg("line", { x1: left, x2: w - right, y1: Y(chance), y2: Y(chance), stroke: FAINT, "stroke-width": 1.5, "stroke-dasharray": "2 6", class: "chance" }));
    text(w - right, Y(chance) - 6, "guessing", { "text-anchor": "end" });
  }
  for (const [name, , colour] of lines) {
    const at = shown.map((one) => `${X(one.round)},${Y(one[name])}`), ghost = name === "random";
    drawing.append(svg("polyline", { points: at.join(" "), fill: "none", stroke: colour, "stroke-width": ghost ? 2.5 : 4, "stroke-dasharray": ghost ? "3 5" : "none", "stroke-linejoin": "round" }));
    const last = shown.at(-1);
    if (last && !ghost) drawing.append(svg("circle", { cx: X(last.round), cy: Y(last[name]), r: 6, fill: colour }));
  }
}

// What each curve is, and where it has come to.
function curveLegend(lines, last) {
  const legend = make("div", "curve-legend");
  for (const [name, said, colour] of lines.toReversed()) {
    const mark = make("span", "swatch"), one = make("span", "");
    mark.style.background = colour;
    one.append(mark, make("b", "", last ? last[name].toFixed(2) : "–"), said);
    legend.append(one);
  }
  return legend;
}
