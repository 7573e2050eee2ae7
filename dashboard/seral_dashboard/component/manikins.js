// Self-assessment with drawn figures: a face for valence, a pulse for arousal, a size for dominance.
//
// After the idea of Bradley and Lang (1994); the drawings are SERAL's own: a round figure whose mouth bends
// (valence), whose rings spread (arousal), and which grows in its frame (dominance).

const mix = (a, b, t) => a + (b - a) * t;

function figure(name, t) {
  const drawing = svg("svg", { viewBox: "0 0 64 64", "aria-hidden": "true", class: "figure" });
  const draw = (tag, attributes) => drawing.append(svg(tag, { fill: "none", stroke: "currentColor", "stroke-width": 2.4, "stroke-linecap": "round", "stroke-linejoin": "round", ...attributes }));
  if (name === "valence") drawFace(draw, t);
  else if (name === "arousal") drawPulse(draw, t);
  else drawSize(draw, t);
  return drawing;
}

// From a mouth bent down under drawn brows to a wide smile.
function drawFace(draw, t) {
  draw("circle", { cx: 32, cy: 32, r: 24 });
  const bend = mix(-10, 11, t), brow = mix(5, 0, t), wide = mix(10, 13, Math.abs(2 * t - 1)), mouth = 43 - bend * 0.28;
  for (const side of [-1, 1]) {
    draw("circle", { cx: 32 + side * 9, cy: 27, r: 2.3, fill: "currentColor", stroke: "none" });
    draw("path", { d: `M${32 + side * 13} ${20 + brow * 0.35} Q${32 + side * 9} ${20 - brow * 0.1 - 2.4 * t} ${32 + side * 5} ${20 - brow * 0.55 + 0.4 * t}`, "stroke-width": 2 });
  }
  draw("path", { d: `M${32 - wide} ${mouth} Q32 ${mouth + bend * 1.25} ${32 + wide} ${mouth}` });
}

// From a sleeping heart of one small ring to rays in all directions.
function drawPulse(draw, t) {
  const body = mix(7, 12, t);
  for (const side of [-1, 1]) {
    if (t < 0.3) draw("path", { d: `M${32 + side * 9 - 3.5} 27 q3.5 3 7 0`, "stroke-width": 2 });
    else draw("circle", { cx: 32 + side * 9, cy: 27, r: mix(1.6, 4, t), fill: t > 0.72 ? "none" : "currentColor", "stroke-width": 2 });
  }
  draw("circle", { cx: 32, cy: 32, r: 24, "stroke-opacity": 0.9 });
  const waves = mix(0, 6.5, t), n = 6, left = 32 - body - 3, step = (2 * body + 6) / n;
  let path = `M${left} 44`;
  for (let i = 0; i < n; i++) path += ` q${step / 2} ${(i % 2 ? 1 : -1) * waves} ${step} 0`;
  draw("path", { d: path, "stroke-width": 2 });
  const rays = Math.round(t * 8);
  for (let i = 0; i < rays; i++) {
    const a = -Math.PI / 2 + (i - (rays - 1) / 2) * (Math.PI * 2 / 9), c = Math.cos(a), s = Math.sin(a);
    draw("path", { d: `M${32 + c * 26.6} ${32 + s * 26.6} L${32 + c * 31} ${32 + s * 31}`, "stroke-width": 2 });
  }
}

// The same figure from small in its frame to larger than it.
function drawSize(draw, t) {
  draw("rect", { x: 4, y: 4, width: 56, height: 56, rx: 8, "stroke-opacity": 0.35, "stroke-width": 1.6 });
  const k = mix(0.32, 1.12, t), y = 57 - 46 * k / 1.02, at = (v) => 32 + v * k;
  draw("circle", { cx: 32, cy: y + 9 * k, r: 8.5 * k });
  draw("path", { d: `M${at(-15)} 57 V${y + 33 * k} Q${at(-15)} ${y + 21 * k} 32 ${y + 21 * k} Q${at(15)} ${y + 21 * k} ${at(15)} ${y + 33 * k} V57` });
}

class Manikins {
  constructor(target, { changed, chosen }) {
    this.target = target; this.targets = [target.name]; this.changed = changed; this.chosen = chosen;
    const whole = target.high - target.low + 1;  // a scale from 1 to 5 has five steps, others nine
    this.steps = [5, 7].includes(whole) && Number.isInteger(target.low) ? whole : 9;
    this.node = make("div", `part manikins of-${this.steps}`);
    this.node.setAttribute("role", "radiogroup");
    this.node.setAttribute("aria-label", target.name);
    const [low, high] = ENDS[target.name] ?? ["low", "high"], row = make("div", "figures"), ends = make("div", "ends");
    this.buttons = Array.from({ length: this.steps }, (_, i) => {
      const button = make("button", "manikin"), t = i / (this.steps - 1);
      button.setAttribute("role", "radio");
      button.setAttribute("aria-label", `${target.name} ${i + 1} of ${this.steps}`);
      const drawn = this.steps < 9 || i % 2 === 0;  // as in print: five figures, and four steps between them
      button.append(drawn ? figure(target.name, t) : make("span", "between"), make("span", "cap", String(i + 1)));
      if (!drawn) button.classList.add("half");
      button.onclick = () => this.press(i);
      return button;
    });
    row.append(...this.buttons);
    this.said = make("output");
    ends.append(make("span", "", low), this.said, make("span", "", high));
    this.node.append(row, ends);
    this.clear();
  }
  get presses() { return this.steps; }
  get filled() { return this.at !== null; }
  press(i) {
    if (i >= this.steps) return false;
    this.at = i;
    this.show();
    if (!this.chosen()) this.changed();
    return true;
  }
  caps(keys) { this.buttons.forEach((button, i) => { button.lastChild.textContent = keys[i] === undefined ? "" : keyName(keys[i]); }); }
  hint(guess) { this.said.textContent = guess?.mean === undefined ? "" : `model: ${guess.mean.toFixed(2)}`; }
  show() {
    this.buttons.forEach((button, i) => { button.classList.toggle("on", i === this.at); button.setAttribute("aria-checked", String(i === this.at)); });
  }
  answers() { return [{ target: this.target.name, value: stepValue(this.target, this.at, this.steps) }]; }
  clear() { this.at = null; this.show(); }
}
