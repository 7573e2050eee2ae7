// Valence and arousal at once: a plane, valence to the right, arousal upwards.

class Pad {
  constructor(valence, arousal, { changed, chosen }) {
    this.x = valence; this.y = arousal; this.targets = [valence.name, arousal.name];
    this.changed = changed; this.chosen = chosen;
    this.node = make("div", "part pad");
    this.area = canvas("pad-area");
    this.area.setAttribute("role", "application");
    this.area.setAttribute("aria-label", "valence to the right, arousal upwards");
    this.said = make("output", "pad-said");
    const tip = make("div", "faint pad-tip", "Touch, drag, or press two digits: valence, then arousal.");
    this.node.append(this.area, this.said, tip);
    this.area.onpointerdown = (e) => { this.area.setPointerCapture(e.pointerId); this.dragging = true; this.point(e); };
    this.area.onpointermove = (e) => { if (this.dragging) this.point(e); };
    this.area.onpointerup = this.area.onpointercancel = () => { this.dragging = false; };
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.area);
    this.clear();
  }
  get presses() { return STEPS; }
  get filled() { return this.at[0] !== null && this.at[1] !== null; }
  point(e) {
    const box = this.area.getBoundingClientRect(), clip = (v) => Math.min(1, Math.max(0, v));
    this.at = [clip((e.clientX - box.left - 14) / (box.width - 28)), clip(1 - (e.clientY - box.top - 14) / (box.height - 28))];
    this.show();
    this.changed();
  }
  press(i) {
    if (i >= STEPS) return false;
    if (this.at[0] === null || this.filled) this.at = [i / (STEPS - 1), null];
    else this.at[1] = i / (STEPS - 1);
    this.show();
    if (!this.filled || !this.chosen()) this.changed();
    return true;
  }
  nudge(step) {
    this.at = [this.at[0] ?? 0.5, Math.min(1, Math.max(0, (this.at[1] ?? 0.5) + step / 40))];
    this.show(); this.changed();
    return true;
  }
  hint(_, guess) { this.guess = guess; this.draw(); }
  value(i) { const target = i ? this.y : this.x; return this.at[i] === null ? null : target.low + (target.high - target.low) * this.at[i]; }
  show() {
    const text = [this.x, this.y].map((target, i) => (this.value(i) === null ? "" : `${target.name} ${this.value(i).toFixed(2)}`));
    this.said.textContent = text.filter(Boolean).join("  ·  ");
    this.draw();
  }
  draw() {
    const [pen, w, h] = this.area.fit(), m = 14, X = (v) => m + v * (w - 2 * m), Y = (v) => h - m - v * (h - 2 * m);
    pen.clearRect(0, 0, w, h);
    if (w < 40) return;
    // Four quiet colours, one a corner, that meet in white.
    const tint = [[1, 1, "230,159,0"], [0, 1, "213,94,0"], [0, 0, "0,114,178"], [1, 0, "0,158,115"]];
    for (const [x, y, colour] of tint) {
      const wash = pen.createRadialGradient(X(x), Y(y), 0, X(x), Y(y), Math.min(w, h) * 0.75);
      wash.addColorStop(0, `rgba(${colour},.20)`); wash.addColorStop(1, `rgba(${colour},0)`);
      pen.fillStyle = wash; pen.fillRect(0, 0, w, h);
    }
    pen.lineWidth = 1; pen.strokeStyle = `rgba(${SHADOW},.08)`;
    for (let i = 0; i < STEPS; i++) {
      const t = i / (STEPS - 1);
      pen.beginPath(); pen.moveTo(X(t), m); pen.lineTo(X(t), h - m); pen.moveTo(m, Y(t)); pen.lineTo(w - m, Y(t)); pen.stroke();
    }
    pen.strokeStyle = `rgba(${SHADOW},.35)`;
    pen.beginPath(); pen.moveTo(X(0.5), m); pen.lineTo(X(0.5), h - m); pen.moveTo(m, Y(0.5)); pen.lineTo(w - m, Y(0.5)); pen.stroke();
    pen.fillStyle = FAINT; pen.font = "13px sans-serif"; pen.textBaseline = "middle";
    const say = (text, x, y, align) => { pen.textAlign = align; pen.fillText(text, x, y); };
    say("excited", X(0.5) + 8, m + 9, "left"); say("calm", X(0.5) + 8, h - m - 9, "left");
    say("negative", m + 4, Y(0.5) - 11, "left"); say("positive", w - m - 4, Y(0.5) - 11, "right");
    pen.fillStyle = FAINT; pen.font = "italic 12px sans-serif";
    say("angry, afraid", X(0.13), Y(0.88), "left"); say("elated, happy", X(0.87), Y(0.88), "right");
    say("sad, bored", X(0.13), Y(0.12), "left"); say("relaxed, content", X(0.87), Y(0.12), "right");
    if (this.guess) this.drawGuess(pen, X, Y);
    const [x, y] = this.at;
    if (x === null) return;
    if (y === null) { pen.strokeStyle = ACCENT; pen.lineWidth = 2; pen.beginPath(); pen.moveTo(X(x), m); pen.lineTo(X(x), h - m); pen.stroke(); return; }
    pen.fillStyle = `rgba(${TINT},.16)`; pen.beginPath(); pen.arc(X(x), Y(y), 20, 0, 7); pen.fill();
    pen.fillStyle = ACCENT; pen.beginPath(); pen.arc(X(x), Y(y), 8, 0, 7); pen.fill();
    pen.strokeStyle = PAPER; pen.lineWidth = 2; pen.stroke();
  }
  drawGuess(pen, X, Y) {
    const part = (target) => { const m = this.guess[target.name]?.mean; return m === undefined ? null : (m - target.low) / (target.high - target.low); };
    const [x, y] = [part(this.x), part(this.y)];
    if (x === null || y === null) return;
    pen.strokeStyle = "#D55E00"; pen.lineWidth = 2; pen.setLineDash([4, 3]);
    pen.beginPath(); pen.arc(X(x), Y(y), 11, 0, 7); pen.stroke(); pen.setLineDash([]);
  }
  answers() { return [this.x, this.y].map((target, i) => ({ target: target.name, value: this.value(i) })); }
  clear() { this.at = [null, null]; this.show(); }
  stop() { this.watch.disconnect(); }
}
