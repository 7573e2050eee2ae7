// Emotion in time: raters thin, gold bold, predictions dashed, over the waveform; a click plays from there.

const PREDICTED = [["#D55E00", [9, 5]], ["#2B8CA3", [3, 4]], ["#009E73", [12, 4, 3, 4]]];
const SHADE = "rgba(230,159,0,.22)";

class InTime {
  // `player` plays the recording whose curves are shown; `choose(target)` is called when another target is wanted.
  constructor(player, choose = () => {}) {
    this.player = player; this.choose = choose;
    this.node = make("div", "in-time");
    this.head = make("div", "legend");
    this.area = canvas("in-time-area");
    this.area.setAttribute("role", "img");
    this.area.tabIndex = 0;
    this.node.append(this.head, this.area);
    this.area.onclick = (e) => this.click(e);
    this.area.onkeydown = (e) => this.key(e);
    this.area.onpointermove = (e) => { this.pointer = e.offsetX; this.draw(); };
    this.area.onpointerleave = () => { this.pointer = null; this.draw(); };
    player.onDraw = () => this.draw();
    this.node.hidden = true;
  }
  clear() { this.content = null; this.node.hidden = true; }
  async load(url) {
    this.url = url;
    try {
      const content = await fetchJson(url);
      if (this.url !== url) return;
      this.show(content);
    } catch (wrong) { if (this.url === url) { this.content = null; this.node.hidden = false; this.head.replaceChildren(make("span", "error", wrong.message)); this.draw(); } }
  }
  show(content) {
    this.content = content;
    this.node.hidden = false;
    this.area.setAttribute("aria-label", `${content.target.name} in time; arrow keys move by a second, space plays`);
    this.legend();
    this.draw();
  }
  legend() {
    const { lines, asked, target, targets } = this.content, items = [];
    const mark = (text, colour, width, dash = []) => {
      const node = make("span"), sample = make("canvas");
      sample.width = 68; sample.height = 20; sample.style.width = "34px"; sample.style.height = "10px";
      const pen = sample.getContext("2d");
      pen.scale(2, 2); pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash);
      pen.beginPath(); pen.moveTo(0, 5); pen.lineTo(34, 5); pen.stroke();
      node.append(sample, text);
      return node;
    };
    if (targets.length > 1) {
      const pick = make("select");
      pick.setAttribute("aria-label", "target");
      for (const name of targets) { const option = make("option", "", name); option.value = name; option.selected = name === target.name; pick.append(option); }
      pick.onchange = () => this.choose(pick.value);
      items.push(pick);
    } else items.push(make("b", "", target.name));
    const raters = lines.filter((line) => line.kind === "rater").length;
    if (raters) items.push(mark(raters === 1 ? "1 rater" : `${raters} raters`, FAINT, 1));
    if (lines.some((line) => line.kind === "gold")) items.push(mark("gold", INK, 4));
    else items.push(make("span", "faint", "no gold"));
    lines.filter((line) => line.kind === "prediction").forEach((line, i) => items.push(mark(line.name, PREDICTED[i % 3][0], 2.5, PREDICTED[i % 3][1])));
    if (asked.length) items.push(mark("asked for, by number", SHADE, 10));
    this.head.replaceChildren(...items);
  }
  get seconds() {
    const of = (line) => line.values.length / line.rate_hz;
    return Math.max(this.player.audio.duration || 0, this.player.sound?.seconds ?? 0, ...(this.content?.lines ?? []).map(of)) || 1;
  }
  // Where the scale lies: its ends, or those of what is drawn where it has none.
  get range() {
    const { low, high } = this.content.target;
    if (low != null && high != null) return [low, high];
    const values = this.content.lines.flatMap((line) => line.values).filter((v) => v != null);
    return values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : [0, 1];
  }
  frame(w, h) {
    const left = 46, right = 20, top = 20, bottom = 26, [low, high] = this.range, seconds = this.seconds;
    return { left, right, top, bottom, low, high, seconds,
      X: (t) => left + t / seconds * (w - left - right), Y: (v) => h - bottom - (v - low) / (high - low || 1) * (h - top - bottom),
      T: (x) => (x - left) / (w - left - right) * seconds };
  }
  paint(pen, w, h) {
    const { lines, asked, target } = this.content, f = this.frame(w, h), { X, Y, low, high, seconds } = f;
    asked.forEach(([number, start, end]) => {
      const until = end ?? seconds;
      pen.fillStyle = SHADE; pen.fillRect(X(start), f.top, X(until) - X(start), h - f.top - f.bottom);
      pen.fillStyle = INK; pen.font = "600 13px sans-serif"; pen.textAlign = "center"; pen.fillText(number, X((start + until) / 2), 14);
    });
    if (this.player.sound) {
      const columns = Math.max(1, Math.floor(X(this.player.sound.seconds) - X(0))), middle = (f.top + h - f.bottom) / 2, half = (h - f.top - f.bottom) / 2;
      pen.fillStyle = "rgba(92,107,117,.2)";
      this.player.peaks(columns).forEach(([down, up], x) => pen.fillRect(f.left + x, middle - up * half, 1, Math.max(1, (up - down) * half)));
    }
    pen.font = "12px sans-serif"; pen.lineWidth = 1; pen.textBaseline = "middle"; pen.textAlign = "right";
    for (const v of nice(low, high, 4)) {
      pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(f.left, Y(v)); pen.lineTo(w - f.right, Y(v)); pen.stroke();
      pen.fillStyle = FAINT; pen.fillText(String(+v.toFixed(3)), f.left - 6, Y(v));
    }
    pen.textAlign = "center"; pen.textBaseline = "alphabetic"; pen.fillStyle = FAINT;
    for (const t of nice(0, seconds, Math.max(2, Math.floor(w / 120)))) pen.fillText(clockText(t), X(t), h - 8);
    let predicted = 0;
    for (const line of lines) {
      const [colour, width, dash] = line.kind === "gold" ? [INK, 3.5, []] : line.kind === "rater" ? ["rgba(92,107,117,.75)", 1, []] : [PREDICTED[predicted % 3][0], 2.5, PREDICTED[predicted++ % 3][1]];
      this.stroke(pen, line, f, colour, width, dash);
    }
    pen.setLineDash([]);
    pen.save(); pen.translate(12, h / 2); pen.rotate(-Math.PI / 2); pen.fillStyle = INK; pen.font = "13px sans-serif"; pen.fillText(target.name, 0, 0); pen.restore();
  }
  // A gap in the values is a gap in the line; a value between two gaps is a dot.
  stroke(pen, { values, rate_hz }, { X, Y }, colour, width, dash) {
    pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.lineJoin = "round"; pen.lineCap = "butt";
    pen.beginPath();
    values.forEach((v, i) => {
      if (v == null) return;
      const x = X((i + 0.5) / rate_hz);
      if (i && values[i - 1] != null) pen.lineTo(x, Y(v));
      else { pen.moveTo(x, Y(v)); if (values[i + 1] == null) pen.lineTo(x + 1, Y(v)); }
    });
    pen.stroke();
  }
  draw() {
    if (this.node.hidden || !this.area.isConnected) return;
    if (!this.content) { const [pen, w, h] = this.area.fit(); pen.clearRect(0, 0, w, h); return; }
    // Painted anew when the curves, the sound or the length change, and copied otherwise.
    if (this.painted?.[0] !== this.content || this.painted[1] !== this.player.sound || this.painted[2] !== this.seconds) this.painted = [this.content, this.player.sound, this.seconds];
    const [pen, w, h] = still(this.area, this.painted, (...all) => this.paint(...all)), f = this.frame(w, h);
    const now = this.player.audio.currentTime || 0;
    if (this.player.clip && now > 0) { pen.fillStyle = "#D55E00"; pen.fillRect(f.X(now) - 1, f.top, 2, h - f.top - f.bottom); }
    if (this.pointer != null) this.tell(pen, f, w, h);
  }
  // What lies under the pointer: when it is, and what gold and predictions say there.
  tell(pen, f, w, h) {
    const t = f.T(this.pointer);
    if (t < 0 || t > f.seconds) return;
    const at = (line) => line.values[Math.floor(t * line.rate_hz)];
    const said = this.content.lines.filter((line) => line.kind !== "rater" && at(line) != null).map((line) => `${line.name} ${at(line).toFixed(2)}`);
    const text = [clockText(t, true), ...said].join("  ");
    pen.fillStyle = `rgba(${SHADOW},.35)`; pen.fillRect(f.X(t), f.top, 1, h - f.top - f.bottom);
    pen.font = "13px sans-serif"; pen.textAlign = this.pointer > w / 2 ? "right" : "left"; pen.textBaseline = "alphabetic";
    const x = f.X(t) + (this.pointer > w / 2 ? -6 : 6);
    pen.strokeStyle = PAPER; pen.lineWidth = 4; pen.strokeText(text, x, h - f.bottom - 6);
    pen.fillStyle = INK; pen.fillText(text, x, h - f.bottom - 6);
  }
  click(e) {
    if (!this.content) return;
    const [, w, h] = this.area.fit();
    this.from(this.frame(w, h).T(e.offsetX));
  }
  // Plays from a time, also where the recording is still on its way.
  from(seconds) {
    const { audio } = this.player;
    if (!this.player.clip) return;
    const go = () => { audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, (audio.duration || seconds) - 0.05)); audio.play().catch(() => {}); };
    if (audio.readyState >= 1) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
    this.draw();
  }
  key(e) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: 10, PageUp: -10 }[e.key];
    if (step) { e.preventDefault(); this.player.audio.currentTime = Math.max(0, this.player.audio.currentTime + step); this.player.draw(); }
    if (e.key === " ") { e.preventDefault(); this.player.button.click(); }
  }
}

function clockText(seconds, exact = false) {
  const minutes = Math.floor(seconds / 60), rest = seconds - 60 * minutes;
  return minutes ? `${minutes}:${exact ? rest.toFixed(1).padStart(4, "0") : String(Math.round(rest)).padStart(2, "0")}` : `${+rest.toFixed(exact ? 1 : 2)} s`;
}
