// Learning curves with their verdict, for a projector: the sentence large, each curve named at its end.

const DASH = { solid: [], dash: [12, 7], dot: [3, 6], dashdot: [14, 6, 3, 6], longdash: [20, 8], longdashdot: [20, 7, 3, 7] };

class Curves {
  constructor(root, shown) {
    this.shown = shown;
    const text = shown.verdict?.text ?? "Not enough runs have ended for a verdict.";
    this.verdict = make("div", `duel-verdict ${shown.verdict?.helps ? "helps" : ""}`, text);
    this.chart = canvas("stage-chart");
    this.chart.setAttribute("role", "img");
    this.chart.setAttribute("aria-label", `${shown.metric} against ${shown.along}: ${shown.curves.map((c) => c.name).join(", ")}`);
    root.append(this.verdict, this.chart);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(root);
  }

  draw() {
    const [pen, w, h] = this.chart.fit(), { curves, budget, chance, along, metric } = this.shown;
    const left = 64, right = 150, top = 12, bottom = 54, all = curves.flatMap((c) => [...c.mean, ...c.low, ...c.high]);
    if (chance != null) all.push(Math.max(0, chance - 0.02));
    pen.clearRect(0, 0, w, h);
    if (!all.length) return;
    const low = Math.floor(Math.min(...all) * 10) / 10, high = Math.ceil(Math.max(...all) * 10 - 1e-9) / 10;
    const X = (v) => left + v / budget * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - bottom - top);
    pen.font = "15px sans-serif"; pen.lineWidth = 1; pen.textBaseline = "middle"; pen.textAlign = "right";
    const ticks = nice(low, high, 5), places = decimals(ticks, 1);
    for (const t of ticks) {
      pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(left, Y(t)); pen.lineTo(w - right, Y(t)); pen.stroke();
      pen.fillStyle = FAINT; pen.fillText(t.toFixed(places), left - 8, Y(t));
    }
    pen.textAlign = "center"; pen.textBaseline = "alphabetic";
    for (const t of nice(0, budget, 6)) pen.fillText(String(+t.toFixed(6)), X(t), h - bottom + 22);
    pen.font = "16px sans-serif"; pen.fillStyle = INK; pen.fillText(along, (left + w - right) / 2, h - 6);
    pen.save(); pen.translate(18, (top + h - bottom) / 2); pen.rotate(-Math.PI / 2); pen.fillText(metric, 0, 0); pen.restore();
    for (const c of curves) this.band(pen, c, X, Y);
    if (chance != null) {
      pen.strokeStyle = FAINT; pen.setLineDash([3, 7]); pen.lineWidth = 1.5; pen.beginPath(); pen.moveTo(left, Y(chance)); pen.lineTo(w - right, Y(chance)); pen.stroke(); pen.setLineDash([]);
      pen.fillStyle = FAINT; pen.textAlign = "left"; pen.fillText("guessing", w - right + 10, Y(chance) + 5);
    }
    for (const c of curves) {
      pen.strokeStyle = shade(c.colour); pen.lineWidth = 4; pen.setLineDash(DASH[c.dash] ?? []); pen.lineJoin = "round"; pen.beginPath();
      c.spent.forEach((x, i) => (i ? pen.lineTo(X(x), Y(c.mean[i])) : pen.moveTo(X(x), Y(c.mean[i]))));
      pen.stroke(); pen.setLineDash([]);
    }
    this.names(pen, w - right + 10, top, h - bottom, Y);
  }

  band(pen, c, X, Y) {
    if (!c.low.length) return;
    pen.globalAlpha = 0.13; pen.fillStyle = shade(c.colour); pen.beginPath();
    c.spent.forEach((x, i) => (i ? pen.lineTo(X(x), Y(c.high[i])) : pen.moveTo(X(x), Y(c.high[i]))));
    for (let i = c.spent.length - 1; i >= 0; i--) pen.lineTo(X(c.spent[i]), Y(c.low[i]));
    pen.closePath(); pen.fill(); pen.globalAlpha = 1;
  }

  // Names stand where their curves end, and no two on top of each other.
  names(pen, x, top, bottom, Y) {
    const ends = this.shown.curves.map((c) => ({ c, y: Y(c.mean[c.mean.length - 1]) })).sort((a, b) => a.y - b.y);
    let last = top - 12;
    pen.textAlign = "left"; pen.textBaseline = "middle";
    for (const end of ends) {
      last = end.y = Math.min(bottom, Math.max(end.y, last + 42));
      pen.fillStyle = shade(end.c.colour);
      pen.font = "600 17px sans-serif"; pen.fillText(short(end.c.name, 17), x, end.y - 9);
      pen.font = "15px sans-serif"; pen.fillText(end.c.mean[end.c.mean.length - 1].toFixed(3), x, end.y + 11);
    }
  }

  stop() { this.watch.disconnect(); }
}
