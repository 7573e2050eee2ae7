// The last map of a class: where the room splits, and where the model does not know; each quarter is a playlist.

// What each quarter means, as the server numbers them: 0 agreed and known, 1 ambiguous, 2 unknown, 3 both.
const QUARTERS = [
  "The room agrees, and the model knows.", "The room splits: people themselves differ.",
  "The room agrees, the model does not know yet: label more of these.", "The room splits, and the model does not know.",
];

class ClassMap {
  // `open(number)` shows a question; `play(numbers)` plays them one after the other.
  constructor(open, play) {
    this.open = open; this.play = play;
    this.node = make("div", "class-map");
  }
  show({ questions, quadrants, lines }, playing) {
    const placed = questions.filter((one) => one.quadrant !== null), plane = this.plane(placed, lines, playing);
    const lists = make("div", "quarters");
    for (const i of [2, 3, 0, 1]) {
      const mine = questions.filter((one) => one.quadrant === i), box = make("section", `quarter at-${i}`), head = make("div", "quarter-head"), row = make("div", "chips");
      const all = make("button", "round", "▶");
      all.setAttribute("aria-label", `play all that are ${quadrants[i]}`);
      all.disabled = !mine.length;
      all.onclick = () => this.play(mine.map(({ number }) => number));
      head.append(all, make("b", "", quadrants[i]), make("span", "faint", String(mine.length)));
      for (const { number, gold } of mine) {
        const chip = make("button", playing === number ? "chip on" : "chip", `${number} · ${gold}`);
        chip.onclick = () => this.play([number]);
        row.append(chip);
      }
      box.append(head, make("p", "faint", QUARTERS[i]), row);
      lists.append(box);
    }
    const left = make("div", "class-left");
    left.append(plane, make("p", "faint", "Numbers are clips; the lines are this class's medians. Touch one to hear it."));
    this.node.replaceChildren(left, lists);
  }
  plane(placed, lines, playing) {
    const w = 560, h = 470, left = 34, bottom = 40, top = 8, right = 8;
    const drawing = svg("svg", { viewBox: `0 0 ${w} ${h}`, class: "class-plane", role: "img", "aria-label": "ambiguous against unknown" });
    const xs = placed.map((one) => one.room_entropy), ys = placed.map((one) => one.unknown);
    const xHigh = Math.max(0.1, ...xs) * 1.08, yHigh = Math.max(0.02, ...ys) * 1.1;
    const X = (v) => left + 14 + v / xHigh * (w - left - right - 28), Y = (v) => h - bottom - 14 - v / yHigh * (h - bottom - top - 28);
    const [cx, cy] = [X(lines[0]) + 12, Y(lines[1]) - 12];
    const parts = [[left, cy, cx - left, h - bottom - cy], [cx, cy, w - right - cx, h - bottom - cy], [left, top, cx - left, cy - top], [cx, top, w - right - cx, cy - top]];
    for (const [i, [x, y, width, height]] of parts.entries()) drawing.append(svg("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), class: `at-${i}` }));
    const text = (x, y, said, more = {}) => drawing.append(svg("text", { x, y, "font-size": 18, fill: INK, ...more }, said));
    text((left + w) / 2, h - 12, "ambiguous: the room splits →", { "text-anchor": "middle" });
    text(18, h / 2, "unknown: the model is unsure →", { "text-anchor": "middle", transform: `rotate(-90 18 ${h / 2})` });
    for (const one of placed) {
      const on = one.number === playing, place = svg("g", { class: "spot", tabindex: 0, role: "button", "aria-label": `clip ${one.number}, ${one.gold}` },
        svg("circle", { cx: X(one.room_entropy), cy: Y(one.unknown), r: on ? 19 : 15, fill: on ? "#D55E00" : ACCENT, stroke: PAPER, "stroke-width": 2 }),
        svg("text", { x: X(one.room_entropy), y: Y(one.unknown) + 5, "text-anchor": "middle", "font-size": 14, "font-weight": 600, fill: PAPER }, one.number));
      place.onclick = () => this.play([one.number]);
      place.onkeydown = (e) => { if (e.key === "Enter") { e.stopPropagation(); this.play([one.number]); } };
      drawing.append(place);
    }
    return drawing;
  }
}
