// What the pointer does on the map: move it, ask about a point, hear it, and draw a lasso for a playlist.

class MapView extends MapPicture {
  listen() {
    let from = null, moved = false;
    this.map.onpointerdown = (e) => {
      this.map.setPointerCapture(e.pointerId);
      from = spot(this.map, e); moved = false;
      if (this.lassoing || e.shiftKey) this.lasso = [from];
    };
    this.map.onpointermove = (e) => {
      const now = spot(this.map, e);
      if (!from) { this.hover(now); return; }
      if (Math.hypot(now[0] - from[0], now[1] - from[1]) > 4) moved = true;
      if (this.lasso) { this.lasso.push(now); this.draw(); return; }
      if (!moved) return;
      const size = Math.min(this.w, this.h) / 2 * 0.93 * this.view.zoom;
      this.view.x += (now[0] - from[0]) / size; this.view.y -= (now[1] - from[1]) / size;
      from = now;
      this.tip.hidden = true;
      this.draw();
    };
    this.map.onpointerup = (e) => {
      const at = spot(this.map, e), lasso = this.lasso;
      from = null; this.lasso = null;
      if (lasso && moved) this.enclose(lasso);
      else if (!moved) { const i = this.nearest(at, 14); if (i != null) this.hear(i); }
      this.draw();
    };
    this.map.onpointerleave = () => { this.tip.hidden = true; };
    this.map.addEventListener("wheel", (e) => {
      e.preventDefault();
      const [x, y] = spot(this.map, e), base = Math.min(this.w, this.h) / 2 * 0.93, old = this.view.zoom;
      const zoom = Math.min(60, Math.max(0.6, old * Math.exp(-e.deltaY / 400)));
      this.view.x += (x - this.w / 2) * (1 / zoom - 1 / old) / base;
      this.view.y -= (y - this.h / 2) * (1 / zoom - 1 / old) / base;
      this.view.zoom = zoom;
      this.draw();
    }, { passive: false });
    this.map.onkeydown = (e) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (way && (e.shiftKey || way[1])) { e.preventDefault(); this.pick(e.shiftKey ? this.towards(way) : this.following(way[1])); return; }
      if (e.key === "Enter" && this.picked != null) { e.preventDefault(); this.hear(this.picked); }
      if (e.key === "ArrowLeft") { e.preventDefault(); this.go(this.at - 1); }
      if (e.key === "ArrowRight") { e.preventDefault(); this.go(this.at + 1); }
      if (e.key === " ") { e.preventDefault(); this.player.button.click(); }
    };
  }

  // Marks lie on top, so they are found first.
  nearest([px, py], reach) {
    if (!this.pool) return null;
    let best = null, least = reach * reach;
    for (let i = 0; i < this.pool.n; i++) {
      const [x, y] = this.place(i);
      let d = (x - px) ** 2 + (y - py) ** 2;
      if (d <= reach * reach && (this.asked?.has(i) || this.known?.has(i))) d *= 0.35;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  // ---- by key: up and down through all points as one reads, Shift and an arrow to the next one that way, Enter to hear

  pick(i) {
    if (i == null) return;
    this.picked = i;
    this.tipOf(i, this.place(i));
    this.map.setAttribute("aria-label", `map of the pool, at ${[this.pool.ids[i], ...this.said(i)].join(", ")}`);
    this.draw();
  }

  following(step) {
    if (!this.pool?.n) return null;
    const lines = (i) => { const [x, y] = this.place(i); return [Math.round(y / 24), x]; };
    const order = Array.from({ length: this.pool.n }, (_, i) => i).sort((a, b) => { const [ya, xa] = lines(a), [yb, xb] = lines(b); return ya - yb || xa - xb || a - b; });
    const at = this.picked == null ? (step > 0 ? -1 : 0) : order.indexOf(this.picked);
    return order[(at + step + order.length) % order.length];
  }

  towards([dx, dy]) {
    if (this.picked == null) return this.following(1);
    const [x, y] = this.place(this.picked);
    let best = null, least = Infinity;
    for (let i = 0; i < this.pool.n; i++) {
      const [px, py] = this.place(i), along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (along <= 0 || aside > 2 * along) continue;
      if (along + aside < least) { least = along + aside; best = i; }
    }
    return best;
  }

  said(i) {
    const { target, gold, speakers } = this.pool, told = this.known?.get(i), parts = [];
    const value = (v) => (v == null || Number.isNaN(v) ? "unknown" : target.scale ? (+v).toFixed(2) : target.classes[v] ?? "unknown");
    if (speakers[i] != null) parts.push(`speaker ${speakers[i]}`);
    if (told) parts.push(`labelled ${value(told[0])} ${told[2] ? "by the machine " : ""}in round ${told[1]}`);
    else if (this.asked?.has(i)) parts.push("queried now");
    if (this.guess && this.guessOf(i) !== null) {
      const sure = this.sure && !target.scale ? ` (${Math.round(this.sure[i] / 2.55)} %)` : "";
      parts.push(`predicted ${value(this.guess[i])}${sure}`);
      if (this.colour?.value === "doubt" && this.doubt?.unknown && (!told || told[2])) parts.push(`ambiguous ${Math.round(this.doubt.ambiguous[i] / 2.55)} %`, `unknown ${Math.round(this.doubt.unknown[i] / 2.55)} %`);
    }
    parts.push(`gold ${value(gold[i])}`);
    return parts;
  }

  hover(at) {
    const i = this.nearest(at, 12);
    this.map.style.cursor = i == null ? (this.lassoing ? "crosshair" : "grab") : "pointer";
    this.tip.hidden = i == null;
    if (i == null) { this.hovered = null; return; }
    if (i !== this.hovered && this.pool.corpus) this.expect(i);  // a click is likely
    this.tipOf(i, at);
  }

  tipOf(i, at) {
    this.hovered = i;
    this.tip.hidden = false;
    this.tip.replaceChildren(make("b", "", this.pool.ids[i]), ...this.said(i).map((t) => make("div", "", t)));
    this.tip.style.left = `${Math.min(at[0] + 14, this.w - 230)}px`;
    this.tip.style.top = `${at[1] > this.h - 130 ? at[1] - 120 : at[1] + 14}px`;
  }

  text(i) { return this.said(i).join("  ·  "); }

  hear(i) {
    this.playing = this.picked = i;
    this.map.dataset.playing = this.pool.ids[i];
    const id = this.pool.ids[i], text = this.text(i);
    if (this.pool.corpus) this.sound({ id, text });
    else this.player.say(`${id}: this corpus has no audio`);
    this.showList();
    this.draw();
  }

  expect(i) { fetch(clipUrl(this.pool.corpus, this.pool.ids[i])).catch(() => {}); }
  sound(clip) { this.player.play({ ...clip, url: clipUrl(this.pool.corpus, clip.id) }); }

  enclose(path) {
    const inside = (x, y) => {
      let within = false;
      for (let a = 0, b = path.length - 1; a < path.length; b = a++) {
        const [xa, ya] = path[a], [xb, yb] = path[b];
        if (ya > y !== yb > y && x < (xb - xa) * (y - ya) / (yb - ya) + xa) within = !within;
      }
      return within;
    };
    const rows = [];
    for (let i = 0; i < this.pool.n; i++) if (inside(...this.place(i))) rows.push(i);
    this.playlist(rows, "in the lasso");
  }

  // What was said of another round is said anew, and its queries make room for those of this one.
  roundChanged() {
    if (this.playing != null) this.player.describe(this.text(this.playing));
    if (this.chosen && this.chosenWhat === QUERIED && !this.inOrder) this.playlist([...(this.frame()?.asked ?? [])], QUERIED);
    else this.showList();
  }

  playlist(rows, what) {
    this.chosen = rows; this.chosenWhat = what; this.inOrder = false;
    this.showList();
    this.draw();
  }

  showList() {
    if (!this.chosen?.length) { this.list.replaceChildren(); return; }
    const bar = make("div", "bar"), play = make("button", "play-all", this.inOrder ? "Stop" : "Play all"), close = make("button", "", "Clear");
    play.onclick = () => { this.inOrder = !this.inOrder; if (this.inOrder) this.hear(this.chosen[0]); else { this.player.audio.pause(); this.showList(); } };
    close.onclick = () => { this.chosen = null; this.inOrder = false; this.showList(); this.draw(); };
    bar.append(play, close, make("span", "faint", `${this.chosen.length} clips ${this.chosenWhat}`));
    const list = make("div", "list");
    for (const i of this.chosen.slice(0, 500)) {
      const row = make("div", i === this.playing ? "row on" : "row");
      row.append(make("span", "cell c-id", this.pool.ids[i]), make("span", "cell c-said", this.text(i)));
      row.style.position = "static";
      row.onclick = () => this.hear(i);
      list.append(row);
    }
    this.list.replaceChildren(bar, list);
    const on = list.querySelector(".on");
    if (on) list.scrollTop = on.offsetTop - list.offsetTop - 40;
  }

  next() {
    if (!this.inOrder || !this.chosen) return;
    const at = this.chosen.indexOf(this.playing) + 1;
    if (at < this.chosen.length) this.hear(this.chosen[at]);
    else { this.inOrder = false; this.showList(); }
  }
}
