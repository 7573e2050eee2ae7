// The duel: two strategies on one map. What one asked for is filled on the left, what the other did on the right.

class Duel {
  constructor(root) {
    this.root = root;
    this.verdict = make("div", "duel-verdict");
    this.verdict.setAttribute("aria-live", "polite");
    this.over = make("div", "duel-over");
    this.note = make("div", "error");
    const grid = make("div", "map"), left = make("div"), side = make("div", "side"), area = make("div", "map-area");
    this.map = canvas("map-canvas");
    this.map.setAttribute("aria-label", "map of the pool: what each strategy asked for");
    this.map.onclick = (e) => this.click(e);
    area.append(this.map);
    const bar = make("div", "rounds");
    this.slider = make("input");
    this.slider.type = "range"; this.slider.min = 0; this.slider.max = 0;
    this.slider.setAttribute("aria-label", "labels");
    this.slider.oninput = () => this.go(+this.slider.value);
    this.filmButton = make("button", "round", "▶");
    this.filmButton.title = "Play the rounds";
    this.filmButton.onclick = () => this.film();
    this.hearButton = make("button", "hear", "Hear the next queries");
    this.hearButton.title = "Listen to what each asks for next, in turns";
    this.hearButton.onclick = () => this.hearNext();
    bar.append(this.filmButton, this.slider, this.hearButton);
    this.keys = make("div", "legend");
    left.append(area, bar, this.keys);
    this.curve = canvas("curve");
    this.about = make("h4");
    this.heads = [make("h4"), make("h4")];
    this.matrices = [canvas("matrix duel-matrix"), canvas("matrix duel-matrix")];
    this.player = new Player(() => this.next());
    side.append(this.about, this.curve, this.heads[0], this.matrices[0], this.heads[1], this.matrices[1], this.player.node);
    grid.append(left, side);
    root.append(this.verdict, this.over, this.note, grid);
    this.sides = [];
    this.queue = [];
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(root);
  }

  async update(data) {
    const wanted = JSON.stringify([data.experiment, data.sides, data.layout]);
    this.data = data;
    this.over.textContent = data.over ?? "";
    if (wanted === this.wanted) { this.draw(); return; }
    this.wanted = wanted;
    this.note.textContent = "";
    this.verdict.textContent = "drawing the map …";
    try {
      const at = (kind, run, query) => fetchJson(`/api/${kind}/${encodeURIComponent(data.experiment)}/${encodeURIComponent(run)}?${query}`);
      const asked = data.sides.flatMap(({ run }, i) => [at("map", run, `layout=${i ? "pca" : data.layout}`), at("rounds", run, "after=-1")]);
      const [pool, first, other, second] = await Promise.all(asked);
      if (this.wanted !== wanted) return;
      this.take(pool, other, [first.rounds, second.rounds]);
    } catch (wrong) { if (this.wanted === wanted) { this.verdict.textContent = ""; this.note.textContent = wrong.message; } }
  }

  take(pool, other, rounds) {
    this.pool = pool;
    pool.x = unpacked(pool.x, Float32Array); pool.y = unpacked(pool.y, Float32Array);
    const place = new Map(pool.ids.map((id, i) => [id, i])), rows = [pool.ids.map((_, i) => i), other.ids.map((id) => place.get(id))];
    this.metric = pool.target.scale ? "ccc" : "uar";
    this.sides = this.data.sides.map((side, i) => ({
      ...side, frames: rounds[i].map((f) => ({ ...f, asked: f.asked.map((r) => rows[i][r]), labelled: f.labelled.map((r) => rows[i][r]) })),
    }));
    this.player.say("Click a point to hear its clip");
    this.stops = [...new Set(this.sides.flatMap((side) => side.frames.map((f) => f.spent)).filter((s) => s != null))].sort((a, b) => a - b);
    this.slider.max = Math.max(0, this.stops.length - 1);
    const wanted = this.data.at ?? Number(fromAddress("at"));
    const found = this.stops.findIndex((s) => s >= wanted && wanted > 0);
    this.legend();
    this.go(found >= 0 ? found : this.stops.length - 1, true);
  }

  // What a side knew, and asks for next, after so many labels.
  standing(side, spent) {
    const known = new Set();
    let now = null;
    for (const frame of side.frames) {
      if (frame.spent != null && frame.spent > spent + 1e-9) break;  // the first labels come before any score
      now?.labelled.forEach((row, i) => { if (!now.machine?.[i]) known.add(row); });
      now = frame;
    }
    return { known, asked: now?.asked ?? [], score: now?.scores?.[this.metric], confusion: now?.confusion };
  }

  go(at, quiet = false) {
    this.at = Math.max(0, Math.min(this.stops.length - 1, at));
    this.slider.value = this.at;
    const spent = this.stops[this.at] ?? 0;
    this.now = this.sides.map((side) => this.standing(side, spent));
    this.say(spent);
    this.draw();
    if (!quiet && this.data.at == null) toAddress("at", spent);
  }

  say(spent) {
    const [a, b] = this.sides, [x, y] = this.now.map((n) => n.score), name = METRIC[this.metric];
    if (x == null || y == null) { this.verdict.textContent = `After ${spent} ${this.data.unit}: one of them is not scored yet`; return; }
    const gap = x - y, better = gap > 0 ? a : b;
    const told = Math.abs(gap) < 0.0005 ? "level" : `${better.name} leads by ${Math.abs(gap).toFixed(3)}`;
    this.verdict.textContent = `After ${spent} ${this.data.unit}: ${a.name} ${x.toFixed(3)}, ${b.name} ${y.toFixed(3)} ${name}: ${told}`;
  }

  legend() {
    const [a, b] = this.sides.map(({ name, colour }) => ({ name, colour: shade(colour) }));
    const entry = (style, text) => { const line = make("span"), mark = make("i", "swatch"); mark.style.background = style; line.append(mark, text); return line; };
    const half = (left, right) => `linear-gradient(90deg, ${left} 50%, ${right} 50%)`;
    this.keys.replaceChildren(
      entry(half(a.colour, "transparent"), `${a.name} asked`), entry(half("transparent", b.colour), `${b.name} asked`),
      entry(half(a.colour, b.colour), "both asked"), make("span", "faint", "ring: asked for next"),
    );
  }

  film() {
    if (this.filming) { clearInterval(this.filming); this.filming = 0; this.filmButton.textContent = "▶"; return; }
    if (this.at >= this.stops.length - 1) this.go(0);
    this.filmButton.textContent = "❚❚";
    this.filming = setInterval(() => {
      this.go(this.at + 1);
      if (this.at >= this.stops.length - 1) this.film();
    }, 600);
  }

  // ---- listening

  hearNext() {
    const [a, b] = this.now.map((n) => n.asked);
    this.queue = [];
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if (i < a.length) this.queue.push([a[i], this.sides[0].name]);
      if (i < b.length) this.queue.push([b[i], this.sides[1].name]);
    }
    if (!this.queue.length) { this.player.say("Nothing is asked for after these labels; go back a round"); return; }
    this.next();
  }

  next() {
    const following = this.queue.shift();
    if (following) this.hear(...following);
  }

  hear(i, who) {
    const { ids, gold, speakers, target, corpus } = this.pool, id = ids[i];
    this.playing = i;
    const value = gold[i] == null || gold[i] < 0 && !target.scale ? "" : target.scale ? gold[i].toFixed(2) : target.classes[gold[i]];
    const text = [who && `${who} asks`, value, speakers[i] && `speaker ${speakers[i]}`].filter(Boolean).join("  ·  ");
    if (corpus) this.player.play({ id, text, url: clipUrl(corpus, id) });
    else this.player.say(`${id}: ${text}`);
    this.draw();
  }

  click(e) {
    if (!this.pool) return;
    const at = spot(this.map, e);
    let best = -1, reach = 14 ** 2;
    for (let i = 0; i < this.pool.ids.length; i++) {
      const [x, y] = this.place(i), d = (x - at[0]) ** 2 + (y - at[1]) ** 2;
      if (d < reach) { reach = d; best = i; }
    }
    this.queue = [];
    if (best >= 0) this.hear(best, "");
  }

  // ---- drawing

  place(i) {
    const { x, y } = this.pool;
    return [this.w / 2 + x[i] * this.wide, this.h / 2 - y[i] * this.tall];
  }

  draw() { this.due ??= requestAnimationFrame(() => { this.due = null; this.paint(); }); }

  paint() {
    if (!this.pool || !this.now) return;
    const [pen, w, h] = this.map.fit(), { x, y, ids } = this.pool, n = ids.length;
    this.w = w; this.h = h;
    const most = (values) => values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
    [this.wide, this.tall] = [0.46 * w / most(x), 0.46 * h / most(y)];
    pen.clearRect(0, 0, w, h);
    const r = n > 15000 ? 1.4 : n > 4000 ? 2.2 : 3.4, big = n > 15000 ? 4.5 : 7;
    pen.fillStyle = PALE; pen.beginPath();
    for (let i = 0; i < n; i++) { const [px, py] = this.place(i); pen.moveTo(px + r, py); pen.arc(px, py, r, 0, 7); }
    pen.fill();
    this.now.forEach(({ known }, side) => {
      pen.fillStyle = shade(this.sides[side].colour); pen.beginPath();
      for (const i of known) {
        const [px, py] = this.place(i), [from, to] = side ? [-Math.PI / 2, Math.PI / 2] : [Math.PI / 2, 3 * Math.PI / 2];
        pen.moveTo(px, py); pen.arc(px, py, big, from, to); pen.closePath();
      }
      pen.fill();
    });
    this.now.forEach(({ asked }, side) => {
      pen.strokeStyle = shade(this.sides[side].colour); pen.lineWidth = 2.5;
      for (const i of asked) { const [px, py] = this.place(i); pen.beginPath(); pen.arc(px, py, big + 3 + 3 * side, 0, 7); pen.stroke(); }
    });
    if (this.playing != null) { const [px, py] = this.place(this.playing); pen.strokeStyle = INK; pen.lineWidth = 3; pen.beginPath(); pen.arc(px, py, big + 10, 0, 7); pen.stroke(); }
    this.about.textContent = `${METRIC[this.metric]} by ${this.data.unit} (line: now)`;
    this.drawCurves();
    this.sides.forEach((side, i) => {
      this.heads[i].textContent = this.pool.target.scale ? "" : `${side.name}: % of each true class (row)`;
      this.matrices[i].hidden = this.pool.target.scale;
      if (!this.pool.target.scale) drawMatrix(this.matrices[i], this.now[i].confusion, this.pool.target.classes);
    });
    this.player.draw();
  }

  drawCurves() {
    const [pen, w, h] = this.curve.fit(), left = 40, bottom = 24, top = 8, right = 12, spent = this.stops[this.at] ?? 0;
    const curves = this.sides.map((side) => side.frames.filter((f) => f.scores?.[this.metric] != null).map((f) => [f.spent, f.scores[this.metric]]));
    const all = curves.flat();
    pen.clearRect(0, 0, w, h);
    if (!all.length) return;
    const far = Math.max(...all.map((p) => p[0])), low = Math.min(...all.map((p) => p[1])) - 0.02, high = Math.max(...all.map((p) => p[1])) + 0.02;
    const X = (v) => left + v / far * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - bottom - top);
    pen.font = "12px sans-serif"; pen.textAlign = "right"; pen.textBaseline = "middle"; pen.lineWidth = 1;
    const ticks = nice(low, high, 4), places = decimals(ticks);
    for (const t of ticks) { pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(left, Y(t)); pen.lineTo(w - right, Y(t)); pen.stroke(); pen.fillStyle = FAINT; pen.fillText(t.toFixed(places), left - 5, Y(t)); }
    pen.textAlign = "center"; pen.textBaseline = "alphabetic";
    for (const t of nice(0, far, 5)) pen.fillText(String(+t.toFixed(6)), X(t), h - 8);
    curves.forEach((points, i) => {
      for (const [shown, strength] of [[points, 0.3], [points.filter((p) => p[0] <= spent + 1e-9), 1]]) {
        pen.globalAlpha = strength; pen.strokeStyle = shade(this.sides[i].colour); pen.lineWidth = 3; pen.setLineDash(i ? [7, 4] : []); pen.beginPath();
        shown.forEach(([px, py], k) => (k ? pen.lineTo(X(px), Y(py)) : pen.moveTo(X(px), Y(py))));
        pen.stroke();
      }
      pen.globalAlpha = 1; pen.setLineDash([]);
    });
    pen.strokeStyle = FAINT; pen.lineWidth = 1; pen.beginPath(); pen.moveTo(X(spent), top); pen.lineTo(X(spent), h - bottom); pen.stroke();
  }

  stop() { this.watch.disconnect(); clearInterval(this.filming); this.player.stop(); }
}
