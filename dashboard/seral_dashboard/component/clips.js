// The list of clips: filter, move with the arrow keys, hear and see each.

// Words with a space before, between and after, whatever stood there.
function spaced(text) { return ` ${String(text).toLowerCase().normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `; }

// What a filter asks for: "fear 07" the beginning of a word, or a whole number, anywhere; "speaker:07" in one column.
function terms(text, names) {
  return text.split(/\s+/).filter(Boolean).map((term) => {
    const colon = term.indexOf(":"), name = names.find((known) => colon > 0 && known.toLowerCase() === term.slice(0, colon).toLowerCase());
    const words = spaced(name ? term.slice(colon + 1) : term).trim();
    const wanted = /^\p{N}+$/u.test(words) ? ` ${words} ` : ` ${words}`;
    return { name, holds: (row) => !words || row.includes(wanted) };
  });
}

class ClipList {
  constructor(root) {
    this.root = root;
    this.filter = make("input", "filter");
    this.filter.placeholder = "Filter: fear 07, speaker:07 …";
    this.filter.setAttribute("aria-label", "filter clips");
    this.count = make("span", "faint");
    this.list = make("div", "list tall");
    this.list.tabIndex = 0;
    this.inner = make("div", "list-inner");
    this.list.append(this.inner);
    this.head = make("div", "row head");
    this.player = new Player();
    const left = make("div", "clips-left"), top = make("div", "clips-top"), right = make("div", "clips-right");
    top.append(this.filter, this.count);
    left.append(top, this.head, this.list);
    right.append(this.player.node);
    const both = make("div", "clips");
    both.append(left, right);
    this.inTime = new InTime(this.player, (target) => { this.target = target; this.curves(); });
    root.append(both, this.inTime.node);
    this.filter.oninput = () => this.sift();
    this.list.onscroll = () => this.draw();
    this.list.onkeydown = (e) => this.key(e);
    this.watch = new ResizeObserver(() => { this.draw(); this.player.draw(); });
    this.watch.observe(root);
    this.rows = [];
    this.at = -1;
  }
  async update(data) {
    if ((data.filter ?? "") !== this.wanted) {  // what was clicked beside the list
      this.wanted = data.filter ?? "";
      this.filter.value = this.wanted;
      if (data.corpus === this.corpus && this.columns) this.sift();
    }
    if (data.corpus === this.corpus) return;
    this.corpus = data.corpus;
    try {
      const { columns, audio, traced } = await fetchJson(`/api/clips/${data.corpus}`);
      if (this.corpus !== data.corpus) return;
      this.traced = traced;
      this.inTime.clear();
      this.columns = columns;
      this.names = Object.keys(columns);
      this.audio = audio;
      this.head.replaceChildren(...this.names.map((n) => make("span", `cell c-${n}`, n === "seconds" ? "s" : n)));
      this.words = null;
      this.player.say(audio ? (traced.length ? "Choose a recording to see its curves and hear it" : "Choose a clip to hear it") : "This corpus has no audio: it comes from a table with features");
      this.sift();
    } catch (wrong) { this.player.say(wrong.message); }
  }
  sift() {
    const { columns, names } = this, n = columns.id.length;
    const fits = terms(this.filter.value, names);
    // Words of a row are joined once; asked about in one column, only that one is looked at.
    this.words ??= columns.id.map((_, i) => spaced(names.map((name) => columns[name][i] ?? "").join(" ")));
    this.rows = [];
    for (let i = 0; i < n; i++) if (fits.every(({ name, holds }) => holds(name ? spaced(columns[name][i] ?? "") : this.words[i]))) this.rows.push(i);
    this.count.textContent = `${this.rows.length} of ${n} clips`;
    this.at = -1;
    this.list.scrollTop = 0;
    this.draw();
  }
  draw() {  // only the rows in sight, so that a hundred thousand clips scroll as well as ten
    if (!this.columns) return;
    const height = 30, first = Math.max(0, Math.floor(this.list.scrollTop / height) - 4);
    const last = Math.min(this.rows.length, first + Math.ceil(this.list.clientHeight / height) + 8);
    this.inner.style.height = `${this.rows.length * height}px`;
    this.inner.replaceChildren();
    for (let k = first; k < last; k++) {
      const i = this.rows[k], row = make("div", k === this.at ? "row on" : "row");
      row.style.top = `${k * height}px`;
      row.dataset.clip = this.columns.id[i];
      for (const n of this.names) row.append(make("span", `cell c-${n}`, this.columns[n][i] ?? "–"));
      row.onclick = () => { this.list.focus({ preventScroll: true }); this.choose(k); };
      this.inner.append(row);
    }
  }
  choose(k) {
    if (k < 0 || k >= this.rows.length) return;
    this.at = k;
    const top = k * 30;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    if (top + 30 > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + 30 - this.list.clientHeight;
    this.draw();
    const i = this.rows[k], id = this.columns.id[i];
    const text = this.names.filter((n) => n !== "id" && n !== "seconds" && this.columns[n][i] != null)
      .map((n) => `${n} ${this.columns[n][i]}`).join("  ·  ");
    if (this.audio) this.player.play({ id, text, url: clipUrl(this.corpus, id) });
    else this.player.say(id);
    if (this.traced.length) { this.id = id; this.curves(); }
  }
  curves() {
    const target = this.traced.includes(this.target) ? this.target : this.traced[0];
    this.inTime.load(`/api/in-time/${this.corpus}?id=${encodeURIComponent(this.id)}&target=${encodeURIComponent(target)}`);
  }
  key(e) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[e.key];
    if (step) { e.preventDefault(); this.choose(Math.min(this.rows.length - 1, Math.max(0, this.at + step))); }
    if (e.key === " ") { e.preventDefault(); this.player.button.click(); }
  }
  stop() { this.watch.disconnect(); this.player.stop(); }
}

function clipUrl(corpus, id) {
  const at = `/api/clip/${corpus}?id=${encodeURIComponent(id)}`;
  return inFile() ? inFile()[at] ?? "" : at;
}
