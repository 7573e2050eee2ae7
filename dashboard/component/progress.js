// How far it is: answers, pace, time left, and the learning curve with its estimates and advice.

class ProgressCard {
  constructor(view) {
    this.view = view;
    this.node = make("div", "card progress");
    this.facts = make("div", "facts");
    this.bar = make("div", "bar-line");
    this.bar.append(make("i"));
    this.curve = canvas("live-curve");
    this.said = make("div", "faint estimate");
    this.advice = make("div", "advice");
    this.node.append(this.facts, this.bar, this.curve, this.said, this.advice);
    this.points = [];
    this.times = [];
    this.state = {};
    this.poll = setInterval(() => { if (!document.hidden && view.begun) this.fetch(); }, 12_000);
  }
  // What this rater is done with.
  get heard() { return (this.state.answered ?? 0) + (this.state.skipped ?? 0) + (this.state.unsure ?? 0); }
  get number() { return this.heard + this.view.outbox.letters.filter((l) => l.verb === "answer").length + 1; }
  update(state) {
    const round = this.state.round;
    this.state = state;
    const { left, clips, labelled, per_minute: pace, seconds_left: seconds } = state;
    const facts = [[state.answered ?? 0, "labels"]];
    if (pace) facts.push([pace >= 10 ? Math.round(pace) : pace.toFixed(1), "a minute"]);
    if (seconds && left) facts.push(this.time(seconds));
    else if (left !== undefined) facts.push([left, "clips left"]);
    this.facts.replaceChildren(...facts.map(([number, text]) => {
      const fact = make("div", "fact");
      fact.append(make("b", "", String(number)), make("span", "faint", text));
      return fact;
    }));
    this.bar.firstChild.style.width = `${clips ? 100 * Math.min(1, labelled / clips) : 0}%`;
    this.bar.title = clips ? `${labelled} of ${clips} clips labelled` : "";
    if (round !== state.round || !this.points.length) this.fetch();
  }
  time(seconds) {
    if (seconds < 90) return [Math.max(1, Math.round(seconds)), "s left"];
    return seconds < 5400 ? [Math.round(seconds / 60), "min left"] : [(seconds / 3600).toFixed(1), "h left"];
  }
  async fetch() {
    if (this.busy) return;
    this.busy = true;
    try {
      const curve = await this.view.transport.get("curve", {});
      this.points = curve.points ?? [];
      this.content = curve;
      this.draw();
    } catch { /* the curve comes with the next round */ }
    this.busy = false;
  }
  draw() {
    const [pen, w, h] = this.curve.fit(), points = this.points;
    pen.clearRect(0, 0, w, h);
    if (w < 20) return;
    const own = points.map((p) => [p.labels, p.value]).filter((p) => p[1] != null);
    this.curve.hidden = !own.length;
    if (own.length) drawEstimates(pen, w, h, points, this.content.stops ?? []);
    const last = points.filter((p) => p.value != null).at(-1);
    this.said.textContent = last ? this.say(last) : "The learning curve appears with the first model.";
    this.advice.replaceChildren(...(this.content?.advice ?? []).map((text) => make("p", "", text)));
  }
  say(point) {
    const range = point.low == null ? "" : ` (${point.low.toFixed(2)} to ${point.high.toFixed(2)})`;
    return `${point.metric ?? "score"} ${point.value.toFixed(3)}${range}${point.basis ? `, ${point.basis}` : ""}`;
  }
  stop() { clearInterval(this.poll); }
}

function drawEstimates(pen, w, h, points, stops) {
  const left = 34, right = 10, top = 8, bottom = 20, known = points.filter((p) => p.value != null);
  const xs = known.map((p) => p.labels), lows = known.map((p) => p.low ?? p.value), highs = known.map((p) => p.high ?? p.value);
  const xHigh = Math.max(...xs, 1), low = Math.min(...lows), high = Math.max(...highs), room = (high - low || 0.1) * 0.1;
  const X = (v) => left + v / xHigh * (w - left - right), Y = (v) => h - bottom - (v - low + room) / (high - low + 2 * room) * (h - top - bottom);
  pen.font = "11px sans-serif"; pen.textBaseline = "middle"; pen.textAlign = "right"; pen.lineWidth = 1;
  for (const t of nice(low - room, high + room, 3)) {
    pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(left, Y(t)); pen.lineTo(w - right, Y(t)); pen.stroke();
    pen.fillStyle = FAINT; pen.fillText(t.toFixed(2), left - 5, Y(t));
  }
  pen.textAlign = "center"; pen.textBaseline = "alphabetic";
  for (const t of nice(0, xHigh, 4)) pen.fillText(String(+t.toFixed(6)), X(t), h - 5);
  pen.fillStyle = "rgba(11,95,115,.14)";
  pen.beginPath();
  known.forEach((p, i) => (i ? pen.lineTo(X(p.labels), Y(highs[i])) : pen.moveTo(X(p.labels), Y(highs[i]))));
  [...known].reverse().forEach((p, i) => pen.lineTo(X(p.labels), Y(lows[known.length - 1 - i])));
  pen.fill();
  pen.strokeStyle = ACCENT; pen.lineWidth = 2.5; pen.beginPath();
  known.forEach((p, i) => (i ? pen.lineTo(X(p.labels), Y(p.value)) : pen.moveTo(X(p.labels), Y(p.value))));
  pen.stroke();
  const last = known.at(-1);
  pen.fillStyle = ACCENT; pen.beginPath(); pen.arc(X(last.labels), Y(last.value), 4.5, 0, 7); pen.fill();
  for (const stop of stops) {
    if (stop.labels == null) continue;
    pen.strokeStyle = "#D55E00"; pen.lineWidth = 1.5; pen.setLineDash([3, 3]);
    pen.beginPath(); pen.moveTo(X(stop.labels), top); pen.lineTo(X(stop.labels), h - bottom); pen.stroke(); pen.setLineDash([]);
  }
}
