// Why this clip: after it was answered, what the model believed, what the score is made of, and its nearest labelled neighbours.

class WhyCard {
  constructor(view) {
    this.view = view;
    this.node = make("div", "card why");
    this.head = make("button", "why-head");
    this.head.onclick = () => this.toggle();
    this.body = make("div", "why-body");
    this.node.append(this.head, this.body);
    this.audio = make("audio");
    this.shut = window.innerWidth < 900;
    try { this.shut = (localStorage.getItem("seral-why") ?? (this.shut ? "shut" : "open")) === "shut"; } catch { /* as the width says */ }
    this.show();
  }
  toggle() {
    this.shut = !this.shut;
    try { localStorage.setItem("seral-why", this.shut ? "shut" : "open"); } catch { /* for now alone */ }
    this.show();
    if (!this.shut) this.fetch();
    return true;
  }
  show() {
    this.head.replaceChildren(make("span", "", "Why that clip?"), make("span", "faint", this.shut ? "show" : "hide"));
    this.head.setAttribute("aria-expanded", String(!this.shut));
    this.body.hidden = this.shut;
    if (!this.clip) this.body.replaceChildren(make("p", "faint", this.view?.sheet?.onlyTraces ? "Clips come in random order." : "After an answer you see here what the model believed, and which labelled clips sound alike."));
  }
  // Asked for when the answer is saved: before, the server must not answer.
  of(clip, words) { this.clip = clip; this.words = words; }
  saved(letter) { if (letter.body.shown === this.clip?.shown && !this.shut) this.fetch(); }
  async fetch() {
    const clip = this.clip;
    if (!clip) return;
    try {
      clip.why ??= await this.view.transport.get("why", { segment: clip.segment });
      if (this.clip === clip) this.fill(clip.why);
    } catch (wrong) { if (this.clip === clip) this.body.replaceChildren(make("p", "faint", wrong.message)); }
  }
  fill(why) {
    const parts = [this.line("Your answer", this.words)];
    if (why.reason) parts.push(make("p", "reason", `This clip was ${why.reason}.`.replace("was you picked it", "was picked by you")));
    for (const [target, belief] of Object.entries(why.belief ?? {})) parts.push(this.belief(target, belief));
    if (why.doubt) parts.push(this.doubt(why.doubt));
    if (why.parts?.length) {
      parts.push(make("h4", "", "Its score"));
      for (const part of why.parts) parts.push(this.part(part));
    }
    if (why.neighbours?.length) {
      parts.push(make("h4", "", "Your nearest labelled clips"));
      for (const near of why.neighbours) parts.push(this.neighbour(near));
    }
    this.body.replaceChildren(...parts);
  }
  part({ name, target, value, higher_than: share, used }) {
    const above = Math.floor(100 * share);  // 100 only above all others
    const line = this.line(target ? `${name}` : name, share == null ? value.toFixed(2) : `${value.toFixed(2)}, above ${above} %`);
    line.title = share == null ? "" : `${above} % of the clips without a label have less`;
    line.classList.toggle("used", Boolean(used));
    return line;
  }
  line(name, value) {
    const line = make("div", "pair");
    line.append(make("span", "faint", name), make("span", "", value));
    return line;
  }
  belief(target, { proba, mean, std }) {
    const group = make("div", "belief");
    group.append(make("h4", "", `The model on ${target}`));
    if (mean !== undefined) { group.append(this.line("believed", `${mean.toFixed(2)} ± ${std.toFixed(2)}`)); return group; }
    const bars = Object.entries(proba ?? {}).sort((a, b) => b[1] - a[1]);
    for (const [i, [name, p]] of bars.entries()) {
      const row = make("div", `post${i ? "" : " top"}${name === this.words ? " said" : ""}`), track = make("span", "track"), fill = make("i");
      fill.style.width = `${100 * p}%`;
      track.append(fill);
      row.append(make("span", "post-name", name), track, make("span", "post-share", `${Math.round(100 * p)} %`));
      group.append(row);
    }
    return group;
  }
  doubt({ ambiguous, unknown }) {
    const group = make("div", "belief");
    group.append(make("h4", "", "The model's doubt"));
    for (const [name, share, title] of [["ambiguous", ambiguous, "between several answers"], ["unknown", unknown, "farther from what the model learned from than so many of those clips are from one another"]]) {
      const row = make("div", "post"), track = make("span", "track"), fill = make("i", name);
      fill.style.width = `${100 * share}%`;
      row.title = title;
      track.append(fill);
      row.append(make("span", "post-name", name), track, make("span", "post-share", `${Math.round(100 * share)} %`));
      group.append(row);
    }
    return group;
  }
  neighbour({ segment, labels, distance }) {
    const row = make("button", "near"), said = Object.values(labels ?? {}).map((v) => (typeof v === "number" ? v.toFixed(2) : v)).join(" · ");
    row.append(make("span", "near-play", "▶"), make("span", "", said), make("span", "faint", `distance ${distance.toFixed(2)}`));
    row.onclick = () => this.play(segment, row);
    return row;
  }
  async play(segment, row) {
    this.view.player.audio.pause();
    try {
      const content = await this.view.transport.clip(segment);
      if (this.audio.src.startsWith("blob:")) URL.revokeObjectURL(this.audio.src);
      this.audio.src = content.stream ?? URL.createObjectURL(new Blob([content], { type: "audio/wav" }));
      this.audio.onended = () => row.classList.remove("on");
      for (const other of this.body.querySelectorAll(".near")) other.classList.toggle("on", other === row);
      this.audio.dataset.clip = segment;
      await this.audio.play();
    } catch (wrong) { this.view.face.flash(wrong.message); row.classList.remove("on"); }
  }
  stop() { this.audio.pause(); }
}
