// The wall of a class: how phones join, votes as they come, what was revealed, both curves, and at the end the map.
//
// What happens now is told by the server; what happened is shown again by the scrubber, without any phones.

const PER = (x) => `${Math.round(100 * x)} %`;
// In words, by the share of what most say.
const howSplit = (most) => (most >= 0.8 ? "the room agrees" : most >= 0.6 ? "the room leans one way" : "the room splits");
const howSure = (most) => (most >= 0.7 ? "the model is sure" : most >= 0.45 ? "the model wavers" : "the model does not know");

class Wall {
  constructor(root, place) {
    this.root = root; this.place = place; this.state = ""; this.at = null;
    this.audio = make("audio");
    this.audio.addEventListener("ended", () => this.onward());
    this.top = make("header", "wall-top"); this.body = make("div", "wall-body"); this.foot = make("footer", "wall-foot");
    this.curves = make("div", "wall-curves");
    this.map = new ClassMap((number) => this.go(number), (numbers) => this.playlist(numbers));
    root.replaceChildren(this.top, this.body, this.foot);
    window.addEventListener("keydown", (e) => this.press(e));
    window.addEventListener("resize", () => this.show());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show());
    this.follow();
  }
  async ask(verb, { query = {}, ...options } = {}) {
    const asked = new URLSearchParams(query).toString(), answer = await fetch(`${this.place}/${verb}${asked ? `?${asked}` : ""}`, { cache: "no-store", ...options });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error ?? `the server answered ${answer.status}`);
    return content;
  }
  async follow() {
    for (;;) {
      try {
        const seen = await this.ask("look", { query: { after: this.state }, signal: AbortSignal.timeout(15_000) });
        this.lost = "";
        await this.take(seen);
      } catch (wrong) {
        this.lost = wrong.message.includes("fetch") || wrong.name === "TimeoutError" ? "The server is not reached. This page tries again by itself." : sentence(wrong.message);
        this.show();
        await new Promise((yes) => setTimeout(yes, 700));
      }
    }
  }
  async take(seen) {
    const before = this.seen;
    this.seen = seen; this.state = seen.state; this.ahead = seen.now * 1000 - Date.now();
    const known = this.past?.questions.length ?? 0, over = seen.number - (seen.phase === "question");
    if (over > known || !this.past || seen.phase !== before?.phase || seen.curves.length !== this.past.curves.length) this.past = await this.ask("history");
    if (seen.phase === "question" && seen.number !== before?.number) { this.at = null; this.sound(seen.number, seen.starts_at * 1000 - this.ahead); }
    this.show();
  }

  // ---- sound

  sound(number, at = 0) {
    clearTimeout(this.later);
    this.audio.pause();
    this.playing = number;
    this.audio.src = `${this.place}/clip?question=${number}`;
    this.audio.load();
    // Where phones play, the loudspeakers stay silent unless the teacher wants them.
    if (at && this.seen.sound && !this.loud) return;
    this.later = setTimeout(() => this.audio.play().catch(() => {}), Math.max(0, at - Date.now()));
  }
  playlist(numbers) { this.queue = numbers.slice(1); this.sound(numbers[0]); this.show(); }
  onward() {
    if (this.queue?.length) this.sound(this.queue.shift()); else if (this.scene === "map") this.playing = null;
    this.show();
  }

  // ---- what the teacher does

  async say(verb, query = {}) {
    if (this.saying) return;
    this.saying = true;
    try { await this.take(await this.ask(verb, { method: "POST", query })); this.wrong = ""; } catch (wrong) { this.wrong = sentence(wrong.message); this.show(); }
    this.saying = false;
  }
  // What comes next: [what is said to the server, what stands on the button].
  get next() {
    const { phase, number, of, ready } = this.seen;
    if (phase === "lobby") return ready ? ["open", "Start"] : null;
    if (phase === "question") return ["reveal", "Reveal"];
    if (phase === "revealed") return number < of ? ["open", "Next clip"] : ["end", "To the map"];
    return null;
  }
  press(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.seen || ["INPUT", "BUTTON"].includes(e.target.tagName) && e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    const does = { " ": () => this.forward(), Enter: () => this.forward(), ArrowRight: () => this.forward(), ArrowLeft: () => this.back(), r: () => this.sound(this.shown.number) }[e.key];
    if (does) { e.preventDefault(); does(); }
  }
  get last() { return this.past?.questions.length ?? 0; }
  go(at) { this.at = at; this.queue = []; this.voting = null; this.show(); }
  forward() {
    if (this.at !== null) this.go(this.at < this.last ? this.at + 1 : null);
    else if (this.next) this.say(this.next[0]);
  }
  back() {
    const here = this.at ?? (this.seen.phase === "ended" ? this.last + 1 : this.seen.number);
    if (here > 1) this.go(here - 1);
  }
  // Plays a past question once more: the clip, the votes as they came, and the reveal.
  again() {
    const number = this.at, one = this.past.questions[number - 1], begun = Date.now(), end = (one.votes.at(-1)?.[0] ?? 0) + 1;
    this.sound(number);
    const tick = () => {
      if (this.at !== number) return;
      const t = (Date.now() - begun) / 1000;
      this.voting = t < end ? t : null;
      this.show();
      if (this.voting !== null) setTimeout(tick, 100);
    };
    tick();
  }

  // ---- what is seen

  // The question on the wall: the present one, or a past one as it was.
  get shown() {
    if (this.at === null) return { ...this.seen, live: true };
    const one = this.past.questions[this.at - 1], { classes, of, present, word } = this.seen;
    if (this.voting == null) return { ...one, classes, of, word, phase: "revealed", voted: one.votes, present };
    const votes = one.votes.filter(([after]) => after <= this.voting);
    return { ...one, classes, of, word, phase: "question", voted: votes, present: one.votes, counts: classes.map((name) => votes.filter(([, value]) => value === name).length), ends_at: null };
  }
  show() {
    if (!this.seen) { this.body.textContent = this.lost || "One moment …"; return; }
    follow(this.root);
    const shown = this.shown, { phase } = shown, scene = phase === "ended" ? "map" : phase === "lobby" ? "lobby" : "question";
    if (scene !== this.scene) { this.scene = scene; this.body.className = `wall-body wall-${scene}`; this.body.replaceChildren(...{ lobby: () => this.lobby(), question: () => this.question(), map: () => this.end() }[scene]()); }
    ({ lobby: () => this.fillLobby(), question: () => this.fillQuestion(shown), map: () => this.fillEnd() })[scene]();
    const title = phase === "ended" ? `${this.last} clips, ${this.seen.raters.length} people` : phase === "lobby" ? "" : `Clip ${shown.number} of ${shown.of}`;
    this.top.replaceChildren(make("b", "wall-word", this.seen.word), make("span", "", title), make("span", "push"), this.crowd(shown));
    this.controls(shown);
  }
  lobby() {
    const code = make("img", "wall-code"), right = make("div", "wall-how");
    code.src = `${this.place}/code`; code.alt = "QR code to join";
    this.people = make("div", "chips"); this.note = make("p", "wall-note");
    this.count = make("h2", "");
    this.where = make("p", "wall-address");
    right.append(make("p", "faint", "Scan the code, or open"), this.where, make("p", "faint", "and type"), make("p", "wall-join", this.seen.word), this.count, this.people, this.note);
    return [code, right];
  }
  fillLobby() {
    const { raters, address, shared, ready, preparing, trouble } = this.seen;
    this.where.textContent = address.replace(/^https?:\/\//, "");
    this.count.textContent = raters.length ? `${raters.length} joined` : "Nobody has joined yet";
    this.people.replaceChildren(...this.names(raters));
    const waits = trouble ? `The model could not be trained: ${trouble}` : ready ? "" : `The clips are being prepared: ${preparing || "one moment"} …`;
    this.note.textContent = waits || (shared ? "" : "Only this computer reaches this address. For phones, start the dashboard with: seral dashboard --share");
  }
  // Nicknames; a click removes one.
  names(raters) {
    return raters.map((name) => {
      const chip = make("button", "chip", name);
      chip.title = `Remove ${name}`;
      chip.onclick = () => { if (confirm(`Remove ${name} from the class? The phone may join again under another nickname.`)) this.say("remove", { rater: name }); };
      return chip;
    });
  }
  // After the lobby: who is here, unfolded by a click on how many they are.
  crowd(shown) {
    const { raters, present } = this.seen;
    if (!shown.live || shown.phase === "ended" || shown.phase === "lobby") return make("span", "faint", shown.live && shown.phase === "lobby" ? `${present.length} here` : this.at === null ? "" : "replay");
    const button = make("button", "wall-here", `${present.length} here`), list = make("div", "chips");
    button.title = "Who is here? A click on a nickname removes it";
    button.setAttribute("aria-expanded", String(Boolean(this.unfolded)));
    button.onclick = () => { this.unfolded = !this.unfolded; this.show(); };
    list.append(...this.names(raters));
    const both = make("span", "wall-crowd");
    both.append(button, ...(this.unfolded && raters.length ? [list] : []));
    return both;
  }
  question() {
    const left = make("div", "wall-left"), right = make("div", "wall-right");
    this.title = make("h1", "wall-ask"); this.bars = make("div", "bars"); this.verdict = make("p", "wall-verdict"); this.time = make("div", "time"); this.time.append(make("div", "time-left"));
    left.append(this.title, this.time, this.bars, this.verdict);
    right.append(make("h2", "", "What a model learns"), this.curves, make("p", "faint", "Mean recall (UAR) on speakers that nobody here has heard, after each clip"));
    return [left, right];
  }
  fillQuestion(shown) {
    const { phase, classes, voted, present, gold, guess = [], room_entropy, model_entropy, number } = shown, over = phase === "revealed";
    const hidden = !shown.counts.length, counts = hidden ? classes.map(() => 0) : shown.counts;  // blind until the reveal
    const all = Math.max(1, counts.reduce((a, b) => a + b, 0)), most = Math.max(0, ...guess);
    this.title.replaceChildren(...(over ? [make("span", "faint", "Recorded as "), make("b", "", gold || "nothing")] : [make("span", "", "What do you hear?"), make("span", "wall-voted", `${voted.length} of ${Math.max(voted.length, present.length)} have voted`)]));
    const rows = classes.map((name, i) => {
      const row = make("div", over && name === gold ? "bar-row gold" : "bar-row"), track = make("div", "track"), fill = make("div", "fill");
      fill.style.width = `${100 * counts[i] / all}%`; fill.style.background = COLOURS[i % COLOURS.length];
      track.append(fill);
      if (over && guess.length) {
        const mark = make("div", guess[i] === most ? "guess best" : "guess");
        mark.style.width = `${100 * guess[i]}%`;
        track.append(mark);
      }
      row.append(make("span", "bar-name", name), track, make("span", "bar-count", over ? `${PER(counts[i] / all)}` : hidden ? "" : String(counts[i])), make("span", "bar-guess", over && guess.length ? PER(guess[i]) : ""));
      return row;
    });
    const head = make("div", "bar-row bar-head");
    head.append(make("span", "bar-name", ""), make("span", "", ""), make("span", "bar-count", "room"), make("span", "bar-guess", over && guess.length ? "model" : ""));
    this.bars.replaceChildren(head, ...rows);
    const entropy = (x) => (x === null ? "" : ` (entropy ${x.toFixed(2)})`);
    const room = room_entropy === null ? "too few votes to say whether the room splits" : howSplit(Math.max(...counts) / all);
    this.verdict.textContent = over ? sentence(`${room}${entropy(room_entropy)}; ${guess.length ? howSure(most) : "there is no guess yet"}${entropy(model_entropy)}`) : hidden ? "How the room votes is hidden until the reveal." : "";
    this.clock(shown);
    classCurves(this.curves, this.seen.curves, over ? number : number - 1, this.seen.of);
  }
  clock({ phase, live, starts_at, ends_at }) {
    this.time.classList.toggle("none", !live || phase !== "question" || !ends_at);
    if (!live || phase !== "question" || !ends_at) return;
    const bar = this.time.firstChild, now = Date.now() + this.ahead, share = (ends_at * 1000 - now) / (1000 * (ends_at - starts_at));
    bar.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
    clearTimeout(this.ticking);
    this.ticking = setTimeout(() => { if (this.scene === "question") this.clock(this.shown); }, 200);
  }
  end() {
    this.side = make("div", "wall-right");
    this.side.append(make("h2", "", "What a model learned"), this.curves, make("p", "faint", "Mean recall (UAR) on speakers that nobody here has heard"));
    return [this.map.node, this.side];
  }
  fillEnd() {
    this.map.show(this.past, this.playing);
    classCurves(this.curves, this.seen.curves, this.seen.of, this.seen.of);
  }
  controls(shown) {
    const bar = [], button = (text, does, main = false) => { const made = make("button", main ? "on" : "", text); made.onclick = does; bar.push(made); return made; };
    if (this.last) {
      const range = make("input"), final = this.seen.phase === "ended" ? this.last + 1 : this.seen.number;
      Object.assign(range, { type: "range", min: 1, max: Math.max(2, final), value: this.at ?? final });
      range.setAttribute("aria-label", "clip");
      range.oninput = () => { const to = Number(range.value); this.go(to >= final && !(this.seen.phase === "ended" && to <= this.last) ? null : to); };
      // While it is dragged it stays the same node.
      if (this.range && this.range.max === range.max && document.activeElement === this.range) { if (this.at !== null || Number(this.range.value) !== final) this.range.value = this.at ?? final; } else this.range = range;
      button("◀", () => this.back()).setAttribute("aria-label", "back");
      bar.push(this.range);
      if (this.at !== null) { button("▶", () => this.forward()).setAttribute("aria-label", "on"); button("Play it again", () => this.again()); button(this.seen.phase === "ended" ? "The map" : "Back to now", () => this.go(null), true); }
    } else bar.push(make("span", "push"));
    if (this.at === null && shown.phase !== "lobby" && shown.phase !== "ended") {
      const loud = button("Play here", () => { this.loud = true; this.sound(this.seen.number); this.show(); });
      loud.title = "Play the clip here (R)";
      if (this.seen.number < this.seen.of && shown.phase === "revealed") button("End here", () => this.say("end"));
    }
    if (this.at === null && this.next) { const on = button(this.next[1], () => this.say(this.next[0]), true); on.title = "Space"; }
    const alarm = make("span", "error", this.lost || this.wrong || (shown.phase !== "lobby" && this.seen.trouble ? sentence(this.seen.trouble) : ""));
    alarm.setAttribute("role", "alert");
    this.foot.replaceChildren(alarm, ...bar);
  }
}
