// Time-continuous answers: the clip plays while the rater moves one value with mouse, touch, arrow keys or gamepad.
//
// Bounded, as FEELTRACE (Cowie et al. 2000): the value is where the pointer is. Unbounded, as RankTrace (Lopes et al.
// 2017): only movement counts, and the scale has no ends. Samples are kept raw, with the time in the clip and the clock.

const SPAN_S = 8;  // how much of the past is drawn
const GAP_S = 1;  // so much of a clip without a sample was not traced: the sound was moved on, or the page slept
const KEEP_MS = 400;  // how often a draft is written
const AGAIN_S = 3;  // so much is heard again before a trace that was kept goes on
const LONG_TRACE_S = 30;  // one key alone throws away no trace that is so long
const MOST_SAMPLES = 160_000;  // about 6 MB, of 8 that the server takes; more are thinned out while they come

// Only pages over HTTPS or of this computer may ask for them.
function gamepads() {
  try { return [...(navigator.getGamepads?.() ?? [])]; } catch { return []; }
}

const lasting = (s) => (s < 60 ? `${s.toFixed(s < 10 ? 1 : 0)} s` : `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`);

class Trace {
  // `drafts` keeps what is traced until it is answered, see `draft.js`.
  constructor(target, { changed, drafts = null }) {
    this.target = target; this.targets = [target.name]; this.changed = changed; this.drafts = drafts; this.lead = 0;
    this.relative = target.low == null || target.high == null;
    this.first = Math.min(20, 500 / Math.max(25, target.rate_hz || 25));  // ms: at least twice the rate that is asked for
    this.node = make("div", "part trace");
    this.area = canvas("trace-area");
    this.area.tabIndex = 0;
    this.area.setAttribute("aria-label", `${target.name}, traced while the clip plays`);
    this.said = make("div", "trace-said");
    this.further = make("button", "on", "Go on");
    this.further.onclick = () => this.goOn();
    this.redo = make("button", "", "Trace again");
    this.redo.onclick = () => this.begin();
    const buttons = make("div", "trace-buttons");
    buttons.append(this.further, this.redo);
    this.node.append(this.area, this.said, buttons);
    const move = (e) => this.move(e);
    this.area.addEventListener("pointerdown", (e) => { this.area.setPointerCapture(e.pointerId); if (this.state === "idle") this.begin(); else if (this.state === "kept") this.goOn(); this.last = e.clientY; move(e); });
    this.area.addEventListener("pointermove", move);
    this.area.addEventListener("wheel", (e) => { if (this.relative && this.state === "recording") { e.preventDefault(); this.value -= e.deltaY / 600; this.device = "wheel"; } }, { passive: false });
    this.release = (e) => { if (["ArrowUp", "ArrowDown"].includes(e.key) || pressed(e) === this.heldKey) this.held = 0; };
    this.leave = () => { this.held = 0; };  // in another window the key goes up unheard
    window.addEventListener("keyup", this.release);
    window.addEventListener("blur", this.leave);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.area);
    this.clear();
  }
  // What the end of the page would interrupt: it is an answer only once it is complete.
  get unsaved() { return this.samples.length > 0 && this.state !== "kept"; }
  get long() { return (this.samples.at(-1)?.[0] ?? 0) >= LONG_TRACE_S; }
  get filled() { return this.state === "review"; }
  get middle() { return this.relative ? 0 : (this.target.low + this.target.high) / 2; }
  get unit() { return this.relative ? 1 : this.target.high - this.target.low; }
  bounded(value) { return this.relative ? value : Math.min(this.target.high, Math.max(this.target.low, value)); }
  // `lead` seconds are played before what is traced: heard, and not recorded.
  ready(audio, lead = 0) { this.audio = audio; this.lead = lead; this.show(); }
  get now() { return (this.audio?.currentTime ?? 0) - this.lead; }
  clear() {
    clearInterval(this.timer);
    this.drafts?.drop(this.target.name);
    this.state = "idle"; this.samples = []; this.every = this.first; this.held = 0; this.device = ""; this.value = this.middle;
    this.eager = false; this.from = 0; this.back = GAP_S;
    this.show();
  }
  // What was kept of this trace when its page ended, or nothing: what was begun meanwhile is not disturbed.
  offer(draft) {
    this.looking = false;
    if (this.state !== "idle") return;
    const { low, high } = this.target, fits = draft && draft.low === low && draft.high === high;
    if (!fits) { if (this.eager) this.begin(); return; }
    Object.assign(this, { samples: draft.samples, every: draft.state.every, device: draft.state.device, state: draft.state.ended ? "review" : "kept" });
    this.show();
    this.changed();
  }
  begin() {
    if (!this.audio) return;
    if (this.looking) { this.eager = true; return; }
    this.clear();
    this.record(0);
  }
  goOn() {
    if (!this.audio) return;
    const [last, value] = this.samples.at(-1);
    this.value = value; this.from = last; this.back = GAP_S + AGAIN_S;
    this.record(Math.max(0, last + this.lead - AGAIN_S));
  }
  // The sound plays from a second of it on; what is before `from` was recorded, or leads in.
  record(second) {
    this.state = "recording";
    this.kept = performance.now();
    const { audio } = this;
    audio.currentTime = second;
    audio.addEventListener("ended", () => { if (this.audio === audio && this.state === "recording" && !this.rejoins()) this.end(); });
    audio.play().catch(() => {});
    this.before = performance.now();
    this.timer = setInterval(() => this.sample(), this.every);
    this.show();
    this.changed();
  }
  sample() {
    const now = performance.now(), passed = Math.min(0.1, (now - this.before) / 1000);
    this.before = now;
    this.steer(passed);
    if (!this.audio.paused && !this.rejoins() && this.now >= 0 && this.now > (this.samples.at(-1)?.[0] ?? -1)) this.samples.push([this.now, this.value, Date.now() / 1000]);
    if (this.samples.length >= MOST_SAMPLES) this.thin();
    if (now - this.kept >= KEEP_MS) this.keep();
    this.tell();
    this.draw();
  }
  keep(anew = false) {
    this.kept = performance.now();
    this.drafts?.write(this.target, this.samples, { every: this.every, device: this.device, ended: this.state === "review" }, anew);
  }
  // Of a very long clip every second sample is kept, so that the trace can be saved when it is done.
  thin() {
    this.samples = this.samples.filter((_, i) => i % 2 === 0);
    this.every *= 2;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.sample(), this.every);
    this.keep(true);
  }
  // Where the sound was moved while it is traced, it goes on from the last sample: no part is left out, none is heard twice.
  rejoins() {
    const last = this.samples.at(-1)?.[0] ?? 0, away = this.now - last;
    if (away >= 0) this.back = GAP_S;
    if (away <= GAP_S && (away >= -this.back || !this.samples.length)) return false;
    this.audio.currentTime = this.samples.length ? last + this.lead : 0;
    this.audio.play().catch(() => {});
    return true;
  }
  // Arrow keys and sticks: the whole range in two seconds; on a bounded scale a stick is the value itself.
  steer(passed) {
    if (this.held) { this.value = this.bounded(this.value + this.held * passed * this.unit / 2); this.device = "keyboard"; }
    for (const pad of gamepads()) {
      const stick = pad ? -(pad.axes[1] ?? 0) : 0;
      if (Math.abs(stick) < 0.08 && this.device !== "gamepad") continue;
      if (!pad) continue;
      this.device = "gamepad";
      this.value = this.relative ? this.value + stick * passed / 1.5 : this.middle + stick * this.unit / 2;
      this.value = this.bounded(this.value);
    }
  }
  move(e) {
    if (this.state !== "recording") { this.last = e.clientY; return; }
    const box = this.area.getBoundingClientRect();
    this.device = e.pointerType || "mouse";
    if (this.relative) this.value -= (e.clientY - (this.last ?? e.clientY)) / box.height;
    else this.value = this.bounded(this.target.high - this.unit * (e.clientY - box.top - 16) / (box.height - 32));
    this.last = e.clientY;
  }
  end() {
    clearInterval(this.timer);
    this.state = "review";
    this.keep();
    this.show();
    this.changed();
  }
  // Keys; says whether they were for us.
  act(action, e) {
    if (action === "up" || action === "down") { this.held = action === "up" ? 1 : -1; this.heldKey = pressed(e); return true; }
    if (this.state === "idle" && ["play", "commit", "again"].includes(action)) { this.begin(); return true; }
    if (this.state === "kept" && ["play", "commit"].includes(action)) { this.goOn(); return true; }
    if (action === "again") { this.begin(); return true; }
    return this.state === "recording" && ["back", "on", "slower", "faster", "commit"].includes(action);
  }
  answers() {
    const round = (v) => Math.round(v * 1e4) / 1e4;
    return [{ target: this.target.name, samples: this.samples.map(([t, v, clock]) => [round(t), round(v), Math.round(clock * 1e3) / 1e3]), device: this.device || "none" }];
  }
  show() {
    const how = this.relative ? "Only movement counts, and there is no end" : "The value is where your pointer is";
    const texts = {
      idle: `Press ${"Enter"} or touch the field: the clip plays from the start while you follow ${this.target.name} with mouse, arrow keys or gamepad. ${how}.${this.lead ? ` The first ${+this.lead.toFixed(1)} s lead in and are not recorded.` : ""}`,
      kept: `${lasting(this.samples.at(-1)?.[0] ?? 0)} of this trace were kept when the page ended. Enter or a touch goes on from there; R begins anew.`,
      recording: "Recording …", review: `${this.samples.length} samples. Enter saves; R traces again.`,
    };
    this.texts = texts;
    this.tell();
    this.further.hidden = this.state !== "kept";
    this.redo.hidden = this.state === "idle";
    this.redo.textContent = this.state === "kept" ? "Begin anew" : "Trace again";
    this.draw();
  }
  tell() {
    const early = this.state === "recording" && this.now < this.from, paused = this.state === "recording" && this.audio.paused;
    const begins = `Listen, and find your place: recording ${this.from ? "goes on" : "begins"} in ${(this.from - this.now).toFixed(1)} s`;
    this.said.textContent = paused ? "Paused: nothing is recorded until the sound goes on" : early ? begins : this.texts[this.state];
    this.node.dataset.state = early ? "lead" : this.state;
  }
  draw() {
    const [pen, w, h] = this.area.fit(), { now } = this, review = ["review", "kept"].includes(this.state);
    pen.clearRect(0, 0, w, h);
    if (w < 40) return;
    const m = 16, span = review ? Math.max(0.5, this.samples.at(-1)?.[0] ?? 1) : SPAN_S, first = review ? 0 : now - span * 0.75;
    const seen = this.samples.filter(([t]) => t >= first), values = [...seen.map(([, v]) => v), this.value];
    const low = this.relative ? Math.min(-0.5, ...values) : this.target.low, high = this.relative ? Math.max(0.5, ...values) : this.target.high;
    const X = (t) => (t - first) / span * w, Y = (v) => h - m - (v - low) / (high - low || 1) * (h - 2 * m);
    if (this.state === "recording" && this.lead && X(0) > 0) {
      const from = Math.max(0, X(-this.lead));
      pen.fillStyle = GRID; pen.fillRect(from, m, X(0) - from, h - 2 * m);
      pen.fillStyle = FAINT; pen.font = "13px sans-serif"; pen.textAlign = "right"; pen.textBaseline = "alphabetic";
      if (X(0) - from > 80) pen.fillText("not recorded", X(0) - 6, h - m - 6);
    }
    pen.strokeStyle = GRID; pen.lineWidth = 1;
    for (const t of nice(low, high, 4)) { pen.beginPath(); pen.moveTo(0, Y(t)); pen.lineTo(w, Y(t)); pen.stroke(); }
    const [down, up] = ENDS[this.target.name] ?? ["low", "high"];
    pen.fillStyle = FAINT; pen.font = "13px sans-serif"; pen.textAlign = "left"; pen.textBaseline = "middle";
    pen.fillText(up, 8, m + 2); pen.fillText(down, 8, h - m - 2);
    pen.strokeStyle = ACCENT; pen.lineWidth = 3; pen.lineJoin = "round"; pen.beginPath();
    seen.forEach(([t, v], i) => (i ? pen.lineTo(X(t), Y(v)) : pen.moveTo(X(t), Y(v))));
    pen.stroke();
    if (review) return;
    const x = this.state === "recording" ? X(now) : w * 0.75;
    pen.strokeStyle = "rgba(213,94,0,.45)"; pen.lineWidth = 1.5; pen.beginPath(); pen.moveTo(x, m); pen.lineTo(x, h - m); pen.stroke();
    pen.fillStyle = "#D55E00"; pen.beginPath(); pen.arc(x, Y(this.value), 9, 0, 7); pen.fill();
    pen.strokeStyle = PAPER; pen.lineWidth = 2; pen.stroke();
  }
  stop() {
    clearInterval(this.timer);
    if (this.state === "recording") this.keep();
    this.watch.disconnect();
    window.removeEventListener("keyup", this.release);
    window.removeEventListener("blur", this.leave);
  }
}
