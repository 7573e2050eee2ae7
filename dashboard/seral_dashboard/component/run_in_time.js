// A run on traces: its recordings, what the model says of those for testing, and what was asked of the pool's.

class RunInTime {
  constructor(root) {
    this.node = make("div", "run-in-time");
    this.pick = make("select");
    this.pick.setAttribute("aria-label", "recording");
    this.note = make("span", "faint");
    this.player = new Player();
    this.view = new InTime(this.player, (target) => { this.target = target; this.load(); });
    const bar = make("div", "tools");
    bar.append(make("b", "", "Recording"), this.pick, this.note);
    this.node.append(bar, this.view.node, this.player.node);
    root.append(this.node);
    this.pick.onchange = () => this.choose();
    this.watch = new ResizeObserver(() => this.player.draw());
    this.watch.observe(root);
  }
  get address() { return `/api/in-time/${encodeURIComponent(this.data.experiment)}/${encodeURIComponent(this.data.run)}`; }
  async update(data) {
    const now = JSON.stringify(data);
    if (now === this.shown) return;
    const other = this.data?.run !== data.run || this.data?.experiment !== data.experiment;
    this.shown = now; this.data = data;
    try {
      const found = await fetchJson(this.address);
      if (this.shown !== now) return;
      this.corpus = found.corpus;
      const before = this.pick.value;
      const option = ({ id, part, asked }) => { const node = make("option", "", `${id} (${part === "test" ? "test" : `pool, ${asked} ${asked === 1 ? "stretch" : "stretches"} asked for`})`); node.value = id; return node; };
      this.pick.replaceChildren(...found.recordings.map(option));
      if (found.recordings.some(({ id }) => id === before)) this.pick.value = before;
      this.found = found;
      if (!found.recordings.length) { this.view.clear(); this.player.blank("No recording yet: they appear with the first round"); return; }
      if (other || this.pick.value !== before) this.choose(); else this.load();
    } catch (wrong) { this.note.textContent = wrong.message; }
  }
  choose() {
    const id = this.pick.value;
    if (this.corpus) this.player.play({ id, url: clipUrl(this.corpus, id), text: "Click the curve to play from there" }, false);
    else this.player.blank("This corpus has no audio");
    this.load();
  }
  load() {
    const { round, note, recordings } = this.found, test = recordings.some(({ id, part }) => id === this.pick.value && part === "test");
    const model = test && round != null ? `The curve of ${this.data.learner} is that after round ${round}.` : "";
    this.note.textContent = [model, note].filter(Boolean).join(" ");
    const target = this.target ? `&target=${encodeURIComponent(this.target)}` : "";
    this.view.load(`${this.address}?id=${encodeURIComponent(this.pick.value)}${target}`);
  }
  stop() { this.watch.disconnect(); this.player.stop(); }
}
