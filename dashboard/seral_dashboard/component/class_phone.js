// A phone in a class: joins by word, is in step with the room, plays the clip, and votes by one touch.

const HEX = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const SHELF = "seral-class";

class Phone {
  constructor(root, key) {
    this.root = root; this.key = key; this.step = ""; this.offsets = [];
    this.self = { secret: HEX(crypto.getRandomValues(new Uint8Array(16))), ...this.kept() };
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.wake(); });
    window.addEventListener("online", () => this.wake());
    if (this.self.place && (!key || this.self.key === key)) this.enter(); else this.ask();
  }
  kept() { try { return JSON.parse(localStorage.getItem(SHELF)) ?? {}; } catch { return {}; } }
  keep() { try { localStorage.setItem(SHELF, JSON.stringify(this.self)); } catch { /* for this page alone */ } }

  // ---- joining

  ask(text = "") {
    const form = make("form", "card join"), name = make("input", "filter"), word = make("input", "filter"), button = make("button", "on", "Join");
    const field = (label, input, id) => { const about = make("label", "", label); about.htmlFor = input.id = id; form.append(about, input); };
    form.append(make("h1", "", "Join the class"));
    if (!this.key) { field("The word on the wall", word, "word"); word.autocapitalize = "none"; word.autocomplete = "off"; word.spellcheck = false; }
    field("Your nickname", name, "name");
    name.maxLength = 24; name.autocomplete = "nickname"; name.value = this.self.name ?? "";
    const wrong = make("p", "error", text); wrong.setAttribute("role", "alert");
    form.append(wrong, button, make("p", "faint", "No account. The others see your nickname; your votes are kept under it."));
    form.onsubmit = async (e) => {
      e.preventDefault();
      this.sound = this.sound ?? new ClassSound(null, () => this.show());
      this.sound.unlock();
      button.disabled = true; wrong.textContent = "";
      try { await this.join(word.value, name.value); } catch (problem) { button.disabled = false; wrong.textContent = sentence(problem.message); }
    };
    this.root.replaceChildren(form);
  }
  async join(word, name) {
    const body = { name, secret: this.self.secret, ...(this.key ? { key: this.key } : { word }) };
    const desk = new HttpTransport("/api/class", "");
    const { place } = await desk.post("join", body);
    Object.assign(this.self, { place, name, key: this.key });
    this.keep();
    this.enter();
  }
  enter() {
    this.transport = new HttpTransport(this.self.place, this.self.secret);
    this.sound = this.sound ?? new ClassSound(null, () => this.show());
    this.sound.transport = this.transport;
    this.outbox = new Outbox(`${this.self.place}:${this.self.secret.slice(0, 8)}`, this.transport, (news) => this.changed(news));
    this.draw();
    this.follow();
  }

  // ---- in step

  async follow() {
    this.following = true;
    let pause = 0;
    while (this.following) {
      this.waiting = new AbortController();
      const patience = setTimeout(() => this.waiting.abort(), 15_000);
      try {
        const answer = await this.transport.send("look", { signal: this.waiting.signal }, { after: this.step });
        const seen = await this.transport.read(answer, "json");
        this.offsets = [...this.offsets, seen.now * 1000 - Date.now()].slice(-20);
        pause = 0; this.lost = "";
        this.take(seen);
      } catch (wrong) {
        if (wrong.reason === "stranger") { this.leave(); this.ask(wrong.message); return; }
        if (!(wrong instanceof Unreachable || wrong instanceof Refused)) throw wrong;
        pause = this.woken ? 0 : Math.min(3000, pause * 1.6 || 300);
        this.woken = false;
        if (pause > 400) { this.lost = "The server is not reached. This page tries again by itself."; this.show(); }
        await new Promise((yes) => { this.rouse = yes; setTimeout(yes, pause); });
      } finally { clearTimeout(patience); }
    }
  }
  leave() { this.following = false; this.waiting?.abort(); this.outbox.stop(); this.sound.rest(); this.seen = this.body = null; this.step = this.mine = ""; }
  // After sleep, or when the network is back, nothing that was open can be trusted.
  wake() { this.woken = true; this.waiting?.abort(); this.rouse?.(); this.outbox?.go(); }
  // How far the server's clock is ahead; replies only ever arrive late, so the largest is nearest.
  get ahead() { return Math.max(...this.offsets); }
  take(seen) {
    const fresh = seen.number !== this.seen?.number;
    this.seen = seen; this.step = seen.step;
    if (fresh) this.mine = this.lateNote = "";
    this.mine = this.mine || seen.mine || "";
    if (seen.phase === "question") {
      if (seen.sound) {
        this.sound.begin(seen.number, seen.starts_at * 1000 - this.ahead).then(() => { if (this.seen.then) this.sound.fetch(seen.number + 1); });
        this.sound.keep([seen.number, seen.number + 1]);
      }
    } else if (seen.phase !== "revealed") this.sound.rest();
    this.show();
  }

  // ---- votes

  vote(value) {
    const { number, starts_at } = this.seen, begun = starts_at * 1000 - this.ahead;
    if (this.seen.phase !== "question" || this.mine === value) return;
    this.mine = value;
    const played = this.sound.playedAt === null ? null : Math.max(0, (this.sound.playedAt - begun) / 1000);
    const times = { after_s: Math.max(0, (Date.now() - begun) / 1000), played_s: played, plays: this.sound.plays };
    this.outbox.put("answer", { id: uuid(), shown: String(number), question: number, value, ...times });
    navigator.vibrate?.(20);
    this.show();
  }
  changed({ held }) {
    if (held) { this.lateNote = sentence(held.held.error); this.outbox.remove(held); }
    this.show();
  }

  // ---- what is seen

  draw() {
    this.top = make("div", "phone-top"); this.body = make("div", "phone-body"); this.foot = make("div", "phone-foot");
    this.foot.setAttribute("role", "status");
    this.root.replaceChildren(this.top, this.body, this.foot);
    this.drawn = "";
    this.show();
  }
  show() {
    if (!this.body) return;
    follow(this.root);
    const { seen } = this;
    this.foot.textContent = this.lost || this.lateNote || this.standing();
    this.foot.classList.toggle("bad", Boolean(this.lost || this.lateNote));
    if (!seen) { this.body.replaceChildren(make("p", "phone-wait", "One moment …")); return; }
    this.top.replaceChildren(make("b", "", seen.rater), make("span", "faint", seen.number && seen.phase !== "ended" ? `clip ${seen.number} of ${seen.of}` : seen.word));
    const scene = { lobby: () => this.lobby(), question: () => this.question(), revealed: () => this.revealed(), ended: () => this.ended() }[seen.phase];
    const now = `${seen.step} ${this.mine} ${this.sound.blocked} ${this.sound.sounding} ${this.sound.why ?? ""}`;
    if (now !== this.drawn) { this.drawn = now; this.body.replaceChildren(...scene()); }
  }
  standing() {
    const open = this.outbox.waiting.length;
    if (open) return this.outbox.error ? "Your vote is kept on this phone, and sent as soon as the server is back." : "Saving your vote …";
    return this.mine && this.seen?.phase === "question" ? "Your vote is saved. Touch another to change it." : "";
  }
  lobby() {
    return [make("h1", "phone-big", `You are in, ${this.seen.rater}`), make("p", "phone-wait", this.seen.sound ? "The first clip is about to come. Turn your sound on." : "The first clip is about to come. Listen to the loudspeakers.")];
  }
  question() {
    const { classes, sound } = this.seen, grid = make("div", classes.length > 6 ? "votes many" : "votes");
    for (const [i, name] of classes.entries()) {
      const button = make("button", this.mine === name ? "vote on" : "vote");
      button.append(make("span", "", name));
      button.title = name;
      button.setAttribute("aria-pressed", this.mine === name);
      button.style.borderLeftColor = COLOURS[i % COLOURS.length];
      button.onclick = () => this.vote(name);
      grid.append(button);
    }
    if (!sound) return [make("h1", "", "What do you hear?"), grid];
    const again = make("button", this.sound.blocked ? "on again" : "again", this.sound.blocked ? "Touch to hear the clip" : this.sound.sounding ? "Listen …" : "Hear it again");
    again.onclick = () => this.sound.again();
    const why = this.sound.why ? [make("p", "error", sentence(this.sound.why))] : [];
    return [make("h1", "", "What do you hear?"), again, ...why, grid];
  }
  revealed() {
    const { gold, counts, classes, guess, mine } = this.seen, all = counts.reduce((a, b) => a + b, 0), said = this.mine || mine;
    const facts = make("div", "phone-facts"), fact = (name, text) => facts.append(make("span", "faint", name), make("b", "", text));
    const best = counts.indexOf(Math.max(...counts)), top = guess.indexOf(Math.max(...guess));
    fact("You", said || "no vote");
    fact("The room", all ? `${classes[best]}, ${Math.round(100 * counts[best] / all)} %` : "no votes");
    fact("The model", guess.length ? `${classes[top]}, ${Math.round(100 * guess[top])} %` : "no guess yet");
    const bars = make("div", "phone-bars");
    for (const [i, name] of classes.entries()) {
      const track = make("div", "track"), fill = make("div", "fill");
      fill.style.width = `${all ? 100 * counts[i] / all : 0}%`; fill.style.background = COLOURS[i % COLOURS.length];
      track.append(fill);
      bars.append(make(name === gold ? "b" : "span", "name", name), track, make("span", "faint", String(counts[i])));
    }
    return [make("p", "faint", "Recorded as"), make("h1", "phone-big", gold || "nothing"), facts, make("p", "faint", "Votes of the room"), bars];
  }
  ended() {
    const other = make("button", "again", "Join another class");
    other.onclick = () => { this.leave(); this.key = ""; this.ask(); };
    return [make("h1", "phone-big", "That was it"), make("p", "phone-wait", "Thank you. Your votes are kept. Look at the wall: which clips split the room, and which does the model not know?"), other];
  }
}
