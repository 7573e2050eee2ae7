// How far it is: answers, pace, time left, and the learning curve with its estimates and advice.

class ProgressCard {
  constructor(view) {
    this.view = view;
    this.node = make("div", "card progress");
    this.facts = make("div", "facts");
    this.bar = make("div", "bar-line");
    this.bar.append(make("i"));
    this.curve = canvas("live-curve");
    this.curve.onclick = () => { this.turn = (this.turn ?? 0) + 1; this.draw(); };
    this.said = make("div", "faint estimate");
    this.stopping = make("details", "advice");
    this.stopping.hidden = true;
    this.node.append(this.facts, this.bar, this.curve, this.said, this.stopping);
    this.targets = {};
    this.state = {};
    this.poll = setInterval(() => { if (!document.hidden && view.begun) this.look(); }, 10_000);
  }
  // What this rater is done with.
  get heard() { return (this.state.answered ?? 0) + (this.state.skipped ?? 0) + (this.state.unsure ?? 0); }
  get number() { return this.heard + new Set(this.view.outbox.answers.map(({ body }) => body.shown)).size + 1; }
  update(state) {
    const round = this.state.trainer?.round;
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
    if (round !== state.trainer?.round) this.fetch();
    this.draw();
  }
  time(seconds) {
    if (seconds < 90) return [Math.max(1, Math.round(seconds)), "s left"];
    return seconds < 5400 ? [Math.round(seconds / 60), "min left"] : [(seconds / 3600).toFixed(1), "h left"];
  }
  // The model learns on while the rater pauses, and others label.
  async look() {
    try {
      const state = await this.view.transport.get("progress", {});
      if (state.clips) this.update(state);  // none are known while the recordings are away
    } catch { /* it is looked again */ }
  }
  async fetch() {
    if (this.busy) return;
    this.busy = true;
    try {
      this.targets = (await this.view.transport.get("curve", {})).targets ?? {};
      this.draw();
    } catch { /* the curve comes with the next round */ }
    this.busy = false;
  }
  // One target at a time; a click shows the next.
  get target() { const names = Object.keys(this.targets); return names[(this.turn ?? 0) % (names.length || 1)]; }
  draw() {
    const of = this.targets[this.target], known = of && (of.test.length || of.cross_validated.length);
    this.curve.hidden = !known;
    const [pen, w, h] = this.curve.fit();  // once it is there: what is hidden has no size
    this.said.textContent = known ? this.say(of) : this.waiting();
    const advice = (of?.advice ?? []).filter((one) => one.stop);
    this.tell(of?.advice ?? [], advice.length);
    if (!known || w < 20) return;
    pen.clearRect(0, 0, w, h);
    drawEstimates(pen, w, h, of, advice.map((one) => one.at).filter((at) => at != null));
  }
  say({ metric, test, cross_validated: crossed }) {
    const name = Object.keys(this.targets).length > 1 ? `${this.target}: ` : "", [sure, rough] = [test.at(-1), crossed.at(-1)];
    const said = [];
    if (sure) said.push(`${metric.toUpperCase()} ${sure.value.toFixed(2)} on ${sure.n} clips drawn at random (95 %: ${sure.low.toFixed(2)} to ${sure.high.toFixed(2)})`);
    if (rough) said.push(`${sure ? "" : `${metric.toUpperCase()} `}${rough.value.toFixed(2)} cross-validated, biased by the selection (dashed)`);
    return name + said.join("; ");
  }
  // What criteria for stopping say: never more than advice.
  tell(advice, many) {
    const lines = advice.map(({ name, stop, says, source }) => {
      const line = make("p", stop ? "stop" : "");
      line.append(make("b", "", `${name}: `), says);
      line.title = source;
      return line;
    });
    this.stopping.replaceChildren(make("summary", "", many ? `${many} of ${advice.length} criteria say you could stop` : "When to stop"), ...lines);
    this.stopping.hidden = !advice.length;
    this.stopping.classList.toggle("some", many > 0);
  }
  waiting() {
    const { state, done, total, trouble } = this.state.trainer ?? {};
    if (state === "failed") return `The model could not be trained: ${trouble}`;
    if (state === "features" && total) return `Preparing the clips for the model: ${done} of ${total}.`;
    if (this.view.sheet?.onlyTraces) return "Clips come in random order.";
    return state === "training" ? "The first model is being trained." : "The learning curve appears with the first model.";
  }
  stop() { clearInterval(this.poll); }
}

// The test part with its interval, what cross-validation says beside it, and where criteria say stop.
function drawEstimates(pen, w, h, { test, cross_validated: crossed }, stops) {
  const left = 34, right = 10, top = 8, bottom = 20, points = [...test, ...crossed];
  const xHigh = Math.max(...points.map((p) => p.spent), 1);
  const low = Math.min(...points.map((p) => p.low ?? p.value)), high = Math.max(...points.map((p) => p.high ?? p.value)), room = (high - low || 0.1) * 0.1;
  const X = (v) => left + v / xHigh * (w - left - right), Y = (v) => h - bottom - (v - low + room) / (high - low + 2 * room) * (h - top - bottom);
  pen.font = "11px sans-serif"; pen.textBaseline = "middle"; pen.textAlign = "right"; pen.lineWidth = 1;
  const ticks = nice(low - room, high + room, 3), places = decimals(ticks);
  for (const t of ticks) {
    pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(left, Y(t)); pen.lineTo(w - right, Y(t)); pen.stroke();
    pen.fillStyle = FAINT; pen.fillText(t.toFixed(places), left - 5, Y(t));
  }
  pen.textAlign = "center"; pen.textBaseline = "alphabetic";
  for (const t of nice(0, xHigh, 4)) pen.fillText(String(+t.toFixed(6)), X(t), h - 5);
  const ranged = test.filter((p) => p.low != null);
  pen.fillStyle = `rgba(${TINT},.14)`;
  pen.beginPath();
  ranged.forEach((p, i) => (i ? pen.lineTo(X(p.spent), Y(p.high)) : pen.moveTo(X(p.spent), Y(p.high))));
  [...ranged].reverse().forEach((p) => pen.lineTo(X(p.spent), Y(p.low)));
  pen.fill();
  const line = (all, colour, width, dash) => {
    pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.beginPath();
    all.forEach((p, i) => (i ? pen.lineTo(X(p.spent), Y(p.value)) : pen.moveTo(X(p.spent), Y(p.value))));
    pen.stroke(); pen.setLineDash([]);
  };
  line(crossed, "#8A949B", 1.8, [5, 4]);
  line(test, ACCENT, 2.5, []);
  for (const [all, colour] of [[crossed, "#8A949B"], [test, ACCENT]]) {
    const last = all.at(-1);
    if (last) { pen.fillStyle = colour; pen.beginPath(); pen.arc(X(last.spent), Y(last.value), 4.5, 0, 7); pen.fill(); }
  }
  for (const at of stops) {
    pen.strokeStyle = "#D55E00"; pen.lineWidth = 1.5; pen.setLineDash([3, 3]);
    pen.beginPath(); pen.moveTo(X(at), top); pen.lineTo(X(at), h - bottom); pen.stroke(); pen.setLineDash([]);
  }
}
