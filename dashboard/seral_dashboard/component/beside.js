// The model's curve beside the rater's own, of the clip that was traced last: never before it is saved.

const FIRST_WORDS = "After you have traced a clip, you see here what curve the model expects of it, beside yours.";
const MODEL = "#D55E00";

class BesideCard {
  constructor(view) {
    this.view = view;
    this.node = make("div", "card beside");
    this.head = make("div", "beside-head", "Your curve and the model's");
    this.body = make("div", "beside-body");
    this.node.append(this.head, this.body);
    this.node.hidden = true;
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.node);
  }
  // Only where a model learns from what is traced: along scales without ends there is none.
  prepare(task) {
    this.node.hidden = !task.some((target) => target.rate_hz && target.low != null && target.high != null);
    this.body.replaceChildren(make("p", "faint", FIRST_WORDS));
  }
  // Each target's trace is saved by itself: the last one to come shows them all.
  saved({ verb, body }) { if (verb === "trace" && !this.node.hidden) this.fetch(body.segment); }
  async fetch(segment) {
    this.segment = segment;
    try {
      const found = await this.view.transport.get("curves", { segment });
      if (this.segment === segment) this.fill(found);
    } catch (wrong) { if (this.segment === segment) this.clear(wrong.message); }
  }
  // An undone clip is traced again: by then the curve must be gone.
  undone() { this.segment = null; this.clear(FIRST_WORDS); }
  clear(text) { this.plots = []; this.body.replaceChildren(make("p", "faint", text)); }
  fill(found) {
    const names = Object.keys(found);
    this.plots = names.filter((name) => found[name].model).map((name) => ({ ...found[name], area: canvas("beside-area") }));
    const parts = names.flatMap((name) => {
      const plot = this.plots.find(({ rater }) => rater === found[name].rater), said = make("p", "beside-said", found[name].says);
      if (plot) plot.area.setAttribute("aria-label", `${name}: ${found[name].says}`);
      return [...(names.length > 1 ? [make("div", "part-head", name)] : []), ...(plot ? [plot.area, this.legend()] : []), said];
    });
    this.body.replaceChildren(...parts);
    this.draw();
  }
  legend() {
    const legend = make("div", "beside-legend");
    legend.append(make("span", "mine", "you"), make("span", "model", "model"));
    return legend;
  }
  draw() { for (const plot of this.plots ?? []) this.plot(plot); }
  plot({ area, rater, model, rate_hz: rate, low, high }) {
    const [pen, w, h] = area.fit(), left = 34, right = 8, top = 8, bottom = 20, end = Math.max(rater.length, model.length) / rate;
    pen.clearRect(0, 0, w, h);
    if (w < 40 || !(end > 0)) return;
    const X = (t) => left + t / end * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - top - bottom);
    pen.font = "12px sans-serif"; pen.lineWidth = 1; pen.textAlign = "right"; pen.textBaseline = "middle"; pen.fillStyle = FAINT; pen.strokeStyle = GRID;
    for (const v of nice(low, high, 4)) { pen.beginPath(); pen.moveTo(left, Y(v)); pen.lineTo(w - right, Y(v)); pen.stroke(); pen.fillText(String(+v.toFixed(6)), left - 5, Y(v)); }
    pen.textAlign = "center"; pen.textBaseline = "alphabetic";
    for (const t of nice(0, end, 4)) if (X(t) < w - 14) pen.fillText(`${+t.toFixed(6)} s`, Math.max(left + 8, X(t)), h - 5);
    const line = (values, colour, width, dash) => {
      pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.lineJoin = "round"; pen.beginPath();
      values.forEach((v, i) => (i ? pen.lineTo(X((i + 0.5) / rate), Y(v)) : pen.moveTo(X(0.5 / rate), Y(v))));
      pen.stroke(); pen.setLineDash([]);
    };
    line(model, MODEL, 2, [6, 4]);
    line(rater, ACCENT, 2.5, []);
  }
  stop() { this.watch.disconnect(); }
}
