// The map: where the pool lies, and which clips are labelled, just queried or only predicted in a round.

function unpacked(text, Kind) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

const METRIC = { uar: "UAR", ccc: "CCC" };
const QUERIED = "queried in this round";
const COLOUR_BY = { predicted: "predicted", gold: "recorded gold", sure: "how sure the learner is", doubt: "doubt: ambiguous or unknown", mistakes: "mistakes", speaker: "speaker" };

class MapPicture {
  constructor(root) {
    this.root = root;
    this.build();
    this.frames = [];
    this.known = new Map();
    this.asked = new Set();
    this.at = 0;
    this.follow = true;
    this.view = { x: 0, y: 0, zoom: 1 };
    this.watch = new ResizeObserver(() => this.drawAll());
    this.watch.observe(root);
  }

  build() {
    const grid = make("div", "map"), left = make("div"), side = make("div", "side");
    this.tools = make("div", "tools");
    this.colour = make("select");
    this.colour.setAttribute("aria-label", "colour by");
    for (const [value, text] of Object.entries(COLOUR_BY)) this.colour.append(new Option(`colour: ${text}`, value));
    this.colour.onchange = () => { if (this.data.addressed) toAddress("colour", this.colour.value); this.legend(); this.draw(); };
    this.lassoButton = make("button", "lasso", "Lasso");
    this.lassoButton.title = "Draw around points to make a playlist (or hold Shift and drag)";
    this.lassoButton.onclick = () => { this.lassoing = !this.lassoing; this.lassoButton.classList.toggle("on", this.lassoing); };
    const home = make("button", "", "Whole map");
    home.onclick = () => { this.view = { x: 0, y: 0, zoom: 1 }; this.draw(); };
    const askedButton = make("button", "asked-list", "Queried clips");
    askedButton.title = "Listen to the clips that were queried in this round, one after another";
    askedButton.onclick = () => this.playlist([...(this.frame()?.asked ?? [])], QUERIED);
    this.tools.append(this.colour, this.lassoButton, home, askedButton);
    const area = make("div", "map-area");
    this.map = canvas("map-canvas");
    this.map.tabIndex = 0;
    this.map.setAttribute("aria-label", "map of the pool");
    this.tip = make("div", "tip");
    this.tip.hidden = true;
    this.note = make("div", "error");
    area.append(this.map, this.tip);
    this.keys = make("div", "legend");
    const bar = make("div", "rounds");
    this.playButton = make("button", "round", "▶");
    this.playButton.title = "Play the rounds";
    this.playButton.onclick = () => this.film();
    const back = make("button", "", "‹"), on = make("button", "", "›");
    back.setAttribute("aria-label", "one round back");
    on.setAttribute("aria-label", "one round on");
    back.onclick = () => this.go(this.at - 1);
    on.onclick = () => this.go(this.at + 1);
    this.slider = make("input");
    this.slider.type = "range"; this.slider.min = 0; this.slider.max = 0; this.slider.value = 0;
    this.slider.setAttribute("aria-label", "round");
    this.slider.oninput = () => this.go(+this.slider.value);
    this.what = make("span", "what");
    bar.append(this.playButton, back, this.slider, on, this.what);
    this.spread = make("div", "faint");
    this.list = make("div", "playlist");
    left.append(this.tools, this.note, area, bar, this.keys, this.spread, this.list);
    this.player = new Player(() => this.next());
    this.curveHead = make("h4", "", "");
    this.curve = canvas("curve");
    this.matrixHead = make("h4", "", "");
    this.matrix = canvas("matrix");
    side.append(this.curveHead, this.curve, this.matrixHead, this.matrix, this.player.node);
    grid.append(left, side);
    this.root.append(grid);
    this.listen();
  }

  async update(data) {
    const run = `${data.experiment}/${data.run}`, moved = data.layout !== this.data?.layout;
    const fresh = run !== this.run, first = !this.data;
    this.data = data;
    if (fresh && data.addressed) this.open(first);
    if (fresh) { this.run = run; this.pool = null; this.frames = []; this.follow = true; this.finished = undefined; this.player.say("Click a point to hear its clip"); }
    if (fresh || moved) await this.load(data, fresh);
    this.poll();
  }

  // Begins as the address says; the rounds of another run are other rounds.
  open(first) {
    if (!first) { toAddress("round", null); return; }
    const colour = fromAddress("colour"), round = fromAddress("round");
    if (Object.hasOwn(COLOUR_BY, colour)) this.colour.value = colour;
    this.begin = round === null ? null : Number(round);
  }

  address(kind, query) {
    return `/api/${kind}/${encodeURIComponent(this.data.experiment)}/${encodeURIComponent(this.data.run)}?${query}`;
  }

  ask(kind, query) { return fetchJson(this.address(kind, query)); }

  async load(data, fresh) {
    const asked = this.run, wanted = data.layout;
    const current = () => this.run === asked && this.data.layout === wanted;
    try {
      this.note.textContent = "";
      if (fresh) this.what.textContent = "drawing the map …";
      // The principal components are there at once; a slower map takes their place when it is ready.
      if (fresh && wanted !== "pca") {
        const quick = await this.ask("map", "layout=pca");
        if (current()) { this.take(quick); this.waiting = `PCA for now; drawing ${wanted === "tsne" ? "t-SNE" : "UMAP"} …`; await this.fetchRounds(); }
      } else { this.waiting = "drawing …"; this.draw(); }
      const content = await this.ask("map", `layout=${wanted}`);
      if (!current()) return;
      this.waiting = "";
      this.take(content);
      if (fresh) await this.fetchRounds(); else this.drawAll();
    } catch (wrong) { this.waiting = ""; this.note.textContent = wrong.message; }
  }

  take(content) {
    const x = unpacked(content.x, Float32Array), y = unpacked(content.y, Float32Array), before = this.pool;
    content.n = content.ids.length;
    content.speakerNames = [...new Set(content.speakers)].sort();
    this.pool = content;
    // The map fills its frame; one direction is stretched twice the other at most.
    const reach = (values) => values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6), rx = reach(x), ry = reach(y);
    const wide = this.map.clientWidth / Math.min(this.map.clientWidth, this.map.clientHeight) || 1;
    this.tall = 1 / ry;
    this.wide = Math.min(wide / rx, 2 * this.tall);
    this.tall = Math.min(this.tall, 2 * this.wide);
    if (before && before.n === content.n && this.x) this.glide(x, y);
    else { this.x = x; this.y = y; }
    this.legend();
  }

  // Points move from one layout to the other, so that the eye can follow.
  glide(x, y) {
    const fromX = this.x.slice(), fromY = this.y.slice(), begun = performance.now(), run = this.run;
    this.x = fromX.slice(); this.y = fromY.slice();
    const step = (now) => {
      if (this.run !== run) return;
      const t = Math.min(1, (now - begun) / 500), s = t * t * (3 - 2 * t);
      this.points = null;
      for (let i = 0; i < x.length; i++) { this.x[i] = fromX[i] + (x[i] - fromX[i]) * s; this.y[i] = fromY[i] + (y[i] - fromY[i]) * s; }
      this.paint();
      if (t < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  async poll() {
    clearTimeout(this.polling);
    if (this.stopped || !this.data.active || this.finished) return;
    this.polling = setTimeout(async () => {
      try { if (this.pool) await this.fetchRounds(); } catch { /* the next try may find the server again */ }
      this.poll();
    }, 700);
  }

  async fetchRounds() {
    const run = this.run, last = this.frames.length ? this.frames[this.frames.length - 1].round : 0;
    const { rounds, finished, clips } = await this.ask("rounds", `after=${last - 1}`);
    // Of a pool that is drawn in part, what was asked since stands behind the others.
    const more = run === this.run && clips > this.pool.n ? await this.ask("map", `layout=${this.pool.layout}`) : null;
    if (run !== this.run) return;
    if (more) this.take(more);
    for (const frame of rounds) {
      if (frame.guess) frame.guess = unpacked(frame.guess, this.pool.target.scale ? Float32Array : Int8Array);
      for (const name of ["sure", "ambiguous", "unknown"]) if (frame[name]) frame[name] = unpacked(frame[name], Uint8Array);
      const at = this.frames.findIndex((f) => f.round === frame.round);
      if (at >= 0) this.frames[at] = frame; else this.frames.push(frame);
    }
    if (this.byMachine()) this.legend();
    if (finished && this.finished === false) {  // the curves of all strategies are whole only now
      this.pool.curves = (await this.ask("map", "layout=pca")).curves;
    }
    this.finished = finished;
    this.slider.max = Math.max(0, this.frames.length - 1);
    const begin = this.begin == null ? -1 : this.frames.findIndex((f) => f.round === this.begin);
    this.begin = null;
    if (begin >= 0) { this.at = begin; this.follow = false; }
    if (this.follow) this.at = this.frames.length - 1;
    // Of a finished run the last query is more telling than the last round, which asks for nothing.
    if (this.follow && finished) while (this.at > 0 && !this.frames[this.at].asked.length) this.at--;
    this.go(this.at, true);
  }

  frame() { return this.frames[this.at]; }

  go(at, quiet = false) {
    this.at = Math.max(0, Math.min(this.frames.length - 1, at));
    if (!quiet) this.follow = this.at === this.frames.length - 1;
    if (!quiet && this.data.addressed) toAddress("round", this.frame()?.round);
    this.slider.value = this.at;
    // What was known when this round began, and who labelled it when.
    this.known = new Map();
    for (let k = 0; k < this.at; k++) this.learn(this.frames[k]);
    this.asked = new Set(this.frame()?.asked ?? []);
    this.guess = this.sure = null;
    for (let k = this.at; k >= 0 && !this.guess; k--) { this.guess = this.frames[k].guess; this.sure = this.frames[k].sure; this.sureFrom = this.frames[k]; }
    this.doubt = this.guess ? this.sureFrom : null;
    this.roundChanged();
    this.drawAll();
  }

  byMachine() { return this.frames.some((f) => f.machine?.includes(1)); }
  // What a round's labels add; the machine's own never replace a person's, and it may take them back.
  learn({ round, labelled, answers, machine = [], withdrawn = [] }) {
    for (const row of withdrawn) if (this.known.get(row)?.[2]) this.known.delete(row);
    labelled.forEach((row, i) => {
      const before = this.known.get(row);
      if (!machine[i] || !before || before[2]) this.known.set(row, [answers[i], round, machine[i] ?? 0]);
    });
  }

  film() {
    if (this.filming) { clearInterval(this.filming); this.filming = 0; this.playButton.textContent = "▶"; return; }
    if (this.at >= this.frames.length - 1) this.go(0);
    this.playButton.textContent = "❚❚";
    this.filming = setInterval(() => {
      this.go(this.at + 1);
      if (this.at >= this.frames.length - 1) this.film();
    }, 450);
  }

  // ---- drawing

  drawAll() {
    if (!this.pool) return;
    const f = this.frame(), metric = METRIC[this.pool.target.scale ? "ccc" : "uar"], name = metric.toLowerCase();
    const own = this.frames.filter((k) => k.scores?.[name] != null).map((k) => [k.spent, k.scores[name]]);
    const others = this.pool.curves.filter((c) => c.name !== this.pool.strategy).map((c) => ({ name: c.name, points: c.spent.map((s, i) => [s, c.mean[i]]) }));
    const at = f ? f.spent ?? 0 : 0;
    this.curveHead.textContent = `${metric} of ${this.pool.strategy}` + (others.length ? " (thin: others, dotted: random)" : "");
    const machine = this.frames.filter((k) => k.alone && k.spent != null).map((k) => [k.spent, k.alone]);
    drawCurve(this.curve, { own, others, metric, at, machine });
    if (this.pool.target.scale) {
      this.matrixHead.textContent = "True and predicted, in the pool";
      drawScatter(this.matrix, this.pool.gold, this.guess, this.pool.target);
    } else {
      this.matrixHead.textContent = "Test part: % of each true class (row) by prediction";
      drawMatrix(this.matrix, f?.confusion, this.pool.target.classes);
    }
    const byMachine = [...this.known?.values() ?? []].filter((told) => told[2]).length, labelled = (this.known?.size ?? 0) - byMachine, asked = this.asked?.size ?? 0;
    const apart = byMachine ? `, ${byMachine} by the machine alone` : "";
    this.what.textContent = f ? `Round ${f.round} of ${this.frames[this.frames.length - 1].round}: ${labelled} labelled${apart}, ${asked} queried` : "waiting for the first round …";
    this.spread.textContent = f ? ["Clips that sound alike lie close together", this.pool.part, this.bias(), this.unknown()].filter(Boolean).join(". ") : "";
    this.player.draw();
    this.paint();
  }

  // Grey is not "right": a run that kept no guesses says so.
  unknown() {
    if (this.guess || !this.frames.some((f) => f.spent != null)) return "";
    return "This run kept no guesses, as those that seral run and seral grid start: what is grey was not predicted, and mistakes are not known";
  }

  // From whom the labels come: a strategy that keeps asking for one speaker learns that voice.
  bias() {
    const counts = new Map(), speakers = this.pool.speakers, all = this.pool.speakerNames.length;
    for (const [i, told] of this.known ?? []) if (!told[2] && speakers[i] != null) counts.set(speakers[i], (counts.get(speakers[i]) ?? 0) + 1);
    const total = [...counts.values()].reduce((a, b) => a + b, 0);
    if (!total || all < 2) return "";
    const [most, times] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a)), share = times / total;
    const said = `labels come from ${counts.size} of ${all} speakers, ${Math.round(100 * share)} % from speaker ${most}`;
    return total >= 20 && share > Math.max(0.4, 2 / all) ? `⚠ Take care: ${said}` : `The ${said}`;
  }

  place(i) {
    const size = Math.min(this.w, this.h) / 2 * 0.93 * this.view.zoom;
    return [this.w / 2 + (this.x[i] * this.wide + this.view.x) * size, this.h / 2 - (this.y[i] * this.tall + this.view.y) * size];
  }

  // A clip that was added to the map after this round has no guess in it.
  guessOf(i) { const guess = this.guess?.[i]; return Number.isFinite(guess) && (this.pool.target.scale || guess >= 0) ? guess : null; }

  colourOf(i) {
    const { target, gold } = this.pool, told = this.known?.get(i);
    const by = (code) => (target.scale ? ramp((code - target.low) / (target.high - target.low)) : COLOURS[Math.min(code, COLOURS.length - 1)]);
    switch (this.colour.value) {
      case "gold": return gold[i] == null || (!target.scale && gold[i] < 0) ? PALE : by(gold[i]);
      case "sure": return this.sure ? ramp(this.sure[i] / 255) : PALE;
      case "doubt": return told && !told[2] ? doubtful(0, 0) : this.doubt?.unknown ? doubtful(this.doubt.ambiguous[i] / 255, this.doubt.unknown[i] / 255) : PALE;
      case "speaker": return COLOURS[this.pool.speakerNames.indexOf(this.pool.speakers[i]) % COLOURS.length];
      case "mistakes": {
        if (this.guessOf(i) === null) return PALE;
        if (target.scale) return ramp(Math.abs(this.guess[i] - gold[i]) / (target.high - target.low) * 2);
        return this.guess[i] === gold[i] ? DOT : "#D55E00";
      }
      default: return told ? by(told[0]) : this.guessOf(i) !== null ? by(this.guess[i]) : DOT;
    }
  }

  // However much asks for it, the map is painted once a frame; so a click is heard before it is seen.
  draw() {
    this.due ??= requestAnimationFrame(() => { this.due = null; this.paint(); });
  }

  paint() {
    // The points are painted anew when they change; a click, a hover or a lasso lays its ring over a copy of them.
    const shown = [this.pool, this.x, this.y, this.wide, this.tall, this.view.x, this.view.y, this.view.zoom, this.known, this.asked, this.guess, this.doubt, this.colour?.value];
    if (!this.points || shown.some((part, k) => part !== this.points[k])) this.points = shown;
    const [pen, w, h] = still(this.map, this.points, (ink, ...size) => { [this.w, this.h] = size; if (this.pool) this.paintPoints(ink); });
    this.w = w; this.h = h;
    if (!this.pool) return;
    const big = this.big;
    if (this.chosen) { pen.setLineDash([3, 3]); for (const i of this.chosen) this.ring(pen, i, big + 4, FAINT, 1.5); pen.setLineDash([]); }
    if (this.picked != null && this.picked !== this.playing) this.ring(pen, this.picked, big + 8, ACCENT, 2);
    if (this.playing != null) this.ring(pen, this.playing, big + 8, INK, 3);
    if (this.lasso?.length > 1) {
      pen.strokeStyle = ACCENT; pen.lineWidth = 2; pen.fillStyle = `rgba(${TINT},.10)`; pen.beginPath();
      this.lasso.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.fill(); pen.stroke();
    }
    if (this.waiting) { pen.fillStyle = FAINT; pen.font = "15px sans-serif"; pen.fillText(this.waiting, 14, 24); }
  }

  // Of many points each is smaller, and so is what is marked among them.
  get many() { return this.pool.n > 15000; }
  get big() { return this.many ? 4 : 6; }

  paintPoints(pen) {
    const { pool: { n }, many, w, h } = this, r = many ? 1.6 : n > 4000 ? 2.4 : 4, groups = new Map();
    for (let i = 0; i < n; i++) {
      if (this.known?.has(i) || this.asked?.has(i)) continue;
      const colour = this.colourOf(i);
      if (!groups.has(colour)) groups.set(colour, []);
      groups.get(colour).push(i);
    }
    pen.globalAlpha = many ? 0.5 : 0.62;
    for (const [colour, rows] of groups) {
      pen.fillStyle = colour; pen.beginPath();
      for (const i of rows) {
        const [x, y] = this.place(i);
        if (x < -9 || y < -9 || x > w + 9 || y > h + 9) continue;
        if (many) pen.rect(x - r, y - r, 2 * r, 2 * r);
        else { pen.moveTo(x + r, y); pen.arc(x, y, r, 0, 7); }
      }
      pen.fill();
    }
    pen.globalAlpha = 1;
    for (const [i, told] of this.known ?? []) if (!this.asked.has(i)) this.mark(pen, i, this.big, told[2] ? "triangle" : "square");
    for (const i of this.asked ?? []) this.mark(pen, i, this.big + 4, "diamond");
  }

  mark(pen, i, r, shape) {
    const [x, y] = this.place(i);
    pen.beginPath();
    if (shape === "diamond") { pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); pen.closePath(); }
    else if (shape === "triangle") { pen.moveTo(x, y - r); pen.lineTo(x + r, y + r * 0.8); pen.lineTo(x - r, y + r * 0.8); pen.closePath(); }
    else pen.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    pen.lineWidth = 5; pen.strokeStyle = PAPER; pen.stroke();
    pen.fillStyle = this.colourOf(i); pen.fill();
    pen.lineWidth = shape === "square" ? 1.6 : 2.5; pen.strokeStyle = shape === "triangle" ? MACHINE : INK; pen.stroke();
  }

  ring(pen, i, r, colour, width) {
    const [x, y] = this.place(i);
    pen.strokeStyle = colour; pen.lineWidth = width; pen.beginPath(); pen.arc(x, y, r, 0, 7); pen.stroke();
  }

  legend() {
    const { target, speakerNames } = this.pool, by = this.colour.value, items = [];
    const swatch = (colour, text) => { const s = make("span"), dot = make("i", "swatch"); dot.style.background = colour; s.append(dot, text); return s; };
    const shape = (name, text) => {
      const s = make("span"), c = make("canvas");
      c.width = 40; c.height = 40; c.style.width = c.style.height = "20px";
      const pen = c.getContext("2d");
      pen.scale(2, 2); pen.beginPath();
      if (name === "diamond") { pen.moveTo(10, 1.5); pen.lineTo(18.5, 10); pen.lineTo(10, 18.5); pen.lineTo(1.5, 10); pen.closePath(); }
      else if (name === "square") pen.rect(4, 4, 12, 12);
      else if (name === "triangle") { pen.moveTo(10, 3.5); pen.lineTo(16.5, 15.5); pen.lineTo(3.5, 15.5); pen.closePath(); }
      else pen.arc(10, 10, 4, 0, 7);
      pen.fillStyle = name === "dot" ? DOT : PALE; pen.fill();
      if (name !== "dot") { pen.lineWidth = name === "square" ? 1.6 : 2.5; pen.strokeStyle = name === "triangle" ? MACHINE : INK; pen.stroke(); }
      s.append(c, text);
      return s;
    };
    items.push(shape("diamond", "queried now"), shape("square", "labelled"), shape("dot", "predicted only"));
    if (this.byMachine()) items.splice(2, 0, shape("triangle", "labelled by the machine"));
    if (by === "mistakes" && !target.scale) items.push(swatch(DOT, "right"), swatch("#D55E00", "wrong"));
    else if (by === "speaker") speakerNames.slice(0, 12).forEach((s, i) => items.push(swatch(COLOURS[i % COLOURS.length], s ?? "unknown")));
    else if (by === "doubt") items.push(swatch(doubtful(0.9, 0), "ambiguous: between classes"), swatch(doubtful(0, 0.95), "unknown: far from all that is labelled"), swatch(doubtful(0, 0), "neither"));
    else if (by === "sure") items.push(swatch(ramp(0.05), "unsure"), swatch(ramp(0.98), "sure"));
    else if (target.scale) items.push(swatch(ramp(0), `${target.name} ${target.low}`), swatch(ramp(0.99), `${target.high}`));
    else target.classes.forEach((c, i) => items.push(swatch(COLOURS[Math.min(i, COLOURS.length - 1)], c)));
    this.keys.replaceChildren(...items);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.polling); clearInterval(this.filming);
    this.watch.disconnect(); this.player.stop();
  }
}
