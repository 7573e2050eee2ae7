// The answer sheet: the parts that a project asks for, filled from left to right, and what they come to.

const DRAWN = ["valence", "arousal", "dominance"];  // those that manikins are drawn for

// Keys that throw away what is traced, and for how long one that was pressed counts as a warning, in ms.
const LOSING = ["escape", "again", "undo", "skip", "unsure"], WARNED = 4000;

// Which means answers which target, in the order of the screen's parts.
function partsOf(task, names) {
  const traces = task.filter((target) => target.rate_hz), classes = task.filter((target) => target.classes?.length);
  let scales = task.filter((target) => !target.classes?.length && !target.rate_hz);
  const take = (wanted) => { const found = scales.filter(wanted); scales = scales.filter((target) => !found.includes(target)); return found; };
  const named = (name) => scales.find((target) => target.name === name), parts = [];
  for (const name of names) {
    if (name === "classes") for (const target of classes) parts.push({ kind: "choices", target });
    if (name === "pad" && named("valence") && named("arousal")) {
      parts.push({ kind: "pad", target: named("valence"), other: named("arousal") });
      take((target) => ["valence", "arousal"].includes(target.name));
    }
    if (name === "manikins") for (const target of take((one) => DRAWN.includes(one.name) || !names.includes("sliders"))) parts.push({ kind: DRAWN.includes(target.name) ? "manikins" : "slider", target });
    if (name === "trace") for (const target of traces) parts.push({ kind: "trace", target });
    if (name === "sliders") for (const target of take(() => true)) parts.push({ kind: "slider", target });
  }
  return parts;
}

class Sheet {
  // `ready(filled)` is called at every change; `finish()` is called when the last part was filled by a key or one touch.
  constructor(task, names, { ready, finish, drafts = null }) {
    this.asks = (name) => names.includes(name);
    this.ready = ready; this.finish = finish;
    this.node = make("div", "sheet");
    const how = { secondary: this.asks("secondary"), drafts, changed: () => this.show(), chosen: () => this.chosen() };
    this.parts = partsOf(task, names).map(({ kind, target, other }) => {
      const part = { choices: () => new Choices(target, how), manikins: () => new Manikins(target, how), slider: () => new Slider(target, how),
        pad: () => new Pad(target, other, how), trace: () => new Trace(target, how) }[kind]();
      return part;
    });
    const several = this.parts.length > 1;
    for (const part of this.parts) {
      if (several) part.head = make("div", "part-head", part.targets.join(" and "));
      this.node.append(...(part.head ? [part.head] : []), part.node);
    }
    const more = make("div", "more");
    if (this.asks("confidence")) more.append(this.confidenceRow());
    if (this.asks("comment")) {
      this.comment = make("input", "filter comment");
      this.comment.placeholder = "Comment";
      this.comment.maxLength = 2000;
      this.comment.setAttribute("aria-label", "comment");
      more.append(this.comment);
    }
    if (more.firstChild) this.node.append(more);
    this.clear();
  }
  // One press is enough where one part is all there is.
  get quick() { return !["secondary", "confidence", "comment"].some(this.asks); }
  get filled() { return this.parts.every((part) => part.filled); }
  get trace() { return this.active instanceof Trace ? this.active : null; }
  get traces() { return this.parts.filter((part) => part instanceof Trace); }
  get traced() { return this.traces.length > 0; }
  get onlyTraces() { return this.parts.every((part) => part instanceof Trace); }
  get active() { return this.parts.find((part) => !part.filled) ?? this.parts.at(-1); }
  // Whether a key would throw away a long trace, and was not pressed twice.
  spares(action, e) {
    const before = this.warned, now = performance.now();
    this.warned = null;
    if (!LOSING.includes(action) || !this.parts.some((part) => part.long)) return false;
    if (before?.action === action && now - before.at < WARNED && !e?.repeat) return false;
    this.warned = { action, at: e?.repeat && before ? before.at : now };
    return true;
  }
  // Whether an action of the keyboard does anything here.
  knows(action) {
    if (["up", "down"].includes(action)) return this.parts.some((part) => part.nudge || part instanceof Trace);
    if (["less", "more"].includes(action)) return this.asks("confidence");
    if (action === "unsure") return !this.traced;
    return action !== "comment" || this.asks("comment");
  }
  get names() { return this.parts.find((part) => part.names)?.names ?? []; }
  caps(keys) { for (const part of this.parts) part.caps?.(keys); }
  press(i, also) { return this.active.press?.(i, also) ?? false; }
  chosen() {
    this.show();
    if (!this.filled || !this.quick) return false;
    this.finish();
    return true;
  }
  confidenceRow() {
    const row = make("div", "confidence"), dots = make("div", "dots");
    this.dots = [1, 2, 3, 4, 5].map((level) => {
      const dot = make("button", "dot");
      dot.setAttribute("aria-label", `confidence ${level} of 5`);
      dot.onclick = () => { this.confidence = this.confidence === level ? null : level; this.show(); };
      return dot;
    });
    this.sure = make("span", "faint");
    dots.append(...this.dots);
    row.append(make("span", "part-head", "confidence"), dots, this.sure);
    return row;
  }
  surer(step) {
    if (!this.dots) return false;
    this.confidence = Math.min(5, Math.max(1, (this.confidence ?? 3) + step));
    this.show();
    return true;
  }
  show() {
    const words = ["", "guessing", "unsure", "fairly sure", "sure", "certain"];
    this.dots?.forEach((dot, i) => dot.classList.toggle("on", i < (this.confidence ?? 0)));
    if (this.sure) this.sure.textContent = words[this.confidence ?? 0];
    const active = this.filled ? null : this.active;
    for (const part of this.parts) {
      part.node.classList.toggle("active", part === active && this.parts.length > 1);
      part.head?.classList.toggle("active", part === active);
    }
    this.ready(this.filled);
  }
  hint(guess) { for (const part of this.parts) part.hint?.(guess?.[part.targets[0]] ?? null, guess); }
  clear() {
    for (const part of this.parts) part.clear();
    this.confidence = null;
    if (this.comment) this.comment.value = "";
    this.show();
  }
  // Rows as the store keeps them; where the rater is unsure, one row per target without a value.
  rows(unsure = false) {
    const confidence = this.confidence === null ? null : (this.confidence - 1) / 4;
    const blank = this.parts.flatMap((part) => part.targets.map((target) => ({ target, value: null })));
    const given = unsure ? blank : this.parts.flatMap((part) => part.answers());
    return given.map((row) => (row.samples ? { id: uuid(), ...row } : { id: uuid(), secondary: [], ...row, confidence, unsure }));
  }
  stop() { for (const part of this.parts) part.stop?.(); }
}
