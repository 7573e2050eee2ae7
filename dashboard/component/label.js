// The labelling view: a clip plays at once, one key answers it, the next one plays; saving goes on behind.

const LONG_S = 300;

class LabelView {
  // `name` tells raters and projects apart in the browser's store; `area` is where keys are heard, the window if null.
  constructor(root, transport, { name = "", area = null } = {}) {
    this.root = root; this.transport = transport;
    this.clips = []; this.done = new Set(); this.past = []; this.now = null; this.speed = 1;
    this.face = new Face(this);
    this.shelf = new Shelf(transport);
    this.outbox = new Outbox(name, transport, (news) => this.told(news));
    for (const { body } of this.outbox.letters) if (body.shown) this.done.add(body.shown);
    this.keys = new Keys((action, e) => this.act(action, e), root, area);
    root.append(this.face.node);
    this.warn = (e) => { if (this.outbox.fragile) e.preventDefault(); };
    this.hide = () => { if (document.hidden && this.sheet?.trace) this.player.audio.pause(); };
    window.addEventListener("beforeunload", this.warn);
    document.addEventListener("visibilitychange", this.hide);
    this.open();
  }
  get player() { return this.face.player; }

  // ---- what comes from the server

  async open() {
    if (this.ended) return;
    try {
      if (this.outbox.letters.length) await this.outbox.go();
      this.take(await this.transport.get("next", { n: 4 }));
      if (this.lost) this.face.say("");
      this.lost = false;
    } catch (wrong) {
      this.lost = true;
      this.face.say(wrong instanceof Refused ? wrong.message : "The server is not reached; trying again …", true);
      if (!(wrong instanceof Refused)) this.again(1000);
    }
  }
  again(after) { clearTimeout(this.timer); this.timer = setTimeout(() => this.open(), after); }
  take(answer) {
    if (!this.sheet && answer.task) this.prepare(answer);
    const known = new Set([this.now?.shown, ...this.clips.map((clip) => clip.shown)]);
    this.clips.push(...(answer.clips ?? []).filter((clip) => !known.has(clip.shown) && !this.done.has(clip.shown)));
    if (answer.progress) this.face.progress.update(answer.progress);
    this.stock();
    if (this.begun && !this.now) this.advance();
    if (!this.begun) this.offer();
  }
  // The first clip is here before one can begin: browsers let a sound begin within the click alone.
  async offer() {
    const first = this.clips[0];
    if (first && !(await this.shelf.fetch(first.segment))) return this.again(800);
    if (!this.begun && !this.ended) this.face.offer(Boolean(first));
    return null;
  }
  prepare({ task, screen, keys, project = "", rater = "" }) {
    this.sheet = new Sheet(task, screen, { ready: () => this.face.refresh(), finish: () => this.commit() });
    this.keys.choices(this.sheet.names, keys);
    this.keys.useful = (action) => this.sheet.knows(action);
    this.face.prepare(project, rater);
    this.arranged();
  }
  arranged() { this.sheet?.caps(CHOICE_KEYS.map((_, i) => this.keys.keyOf.get(`choice${i}`))); this.face.caps(); }
  stock() {
    let ahead = 0;  // three clips, but of long recordings fewer
    const next = this.clips.slice(0, 3).filter((clip, i) => { ahead += clip.seconds ?? 0; return !i || ahead < LONG_S; });
    const wanted = [this.now, ...next, this.past.at(-1)?.clip].filter(Boolean).map((clip) => clip.segment);
    this.shelf.stock([...new Set(wanted)]);
  }

  // ---- one clip after the other

  begin() {
    if (this.begun) return;
    this.begun = true;
    this.face.begin();
    this.advance();
  }
  advance() {
    this.now = this.clips.shift() ?? null;
    this.sheet?.clear();
    this.face.refresh();
    if (!this.now) {
      this.player.audio.pause();
      this.face.empty(this.outbox.letters.length > 0);
      this.again(1500);
      return;
    }
    Object.assign(this.now, { shown_at: Date.now() / 1000, played_at: null, plays: 0 });
    this.sheet.hint(this.now.guess ?? null);
    this.sound(this.now);
    this.stock();
  }
  async sound(clip) {
    const there = this.shelf.have(clip.segment);
    this.face.show(clip, Boolean(there));
    const made = there ?? await this.shelf.fetch(clip.segment);
    if (this.now !== clip) return;
    if (!made) { setTimeout(() => { if (this.now === clip) this.sound(clip); }, 800); this.face.say("The next clip is on its way …", true); return; }
    if (made.error) { clip.broken = true; this.player.blank(this.face.heading()); this.face.say(`${made.error.split(";")[0]}: skip it.`, true); this.face.refresh(); return; }
    this.face.say("");
    const { audio } = made;
    audio.currentTime = 0;
    audio.playbackRate = this.speed;
    audio.onplaying = () => {
      if (this.now !== clip) return;
      clip.played_at ??= Date.now() / 1000;
      if (audio.currentTime < 0.2) clip.plays += 1;
      this.face.refresh();
    };
    this.face.why.stop();
    this.player.play({ id: clip.segment, title: this.face.heading(), text: "", audio, sound: made.sound, image: made.image }, !this.sheet.trace);
    for (const part of this.sheet.parts) part.ready?.(audio);
  }

  // ---- answers

  get heard() { return Boolean(this.now && (this.now.played_at || this.now.broken)); }
  commit(kind = "answer", unsure = false) {
    const clip = this.now;
    if (!clip || this.undoing) return true;
    if (!this.heard && kind === "answer") { this.sheet.clear(); this.face.flash("Listen first"); return true; }
    if (unsure && this.sheet.traced) { this.face.flash("A trace cannot be left open: skip the clip instead"); return true; }
    if (kind === "answer" && !unsure && !this.sheet.filled) { this.face.flash(`${this.sheet.active.targets.join(" and ")} is still open`); return true; }
    const about = {
      shown: clip.shown, segment: clip.segment, shown_at: clip.shown_at, played_at: clip.played_at, plays: clip.plays,
      answered_at: Date.now() / 1000, guess_visible: Boolean(clip.guess), device: this.device ?? "",
    };
    const rows = kind === "skip" ? [] : this.sheet.rows(unsure), answers = rows.filter((row) => !row.samples);
    const body = { ...about, kind, answers, comment: this.sheet.comment?.value.trim() ?? "" };
    if (kind === "skip") body.id = uuid();
    this.past.push({ clip });
    this.past = this.past.slice(-50);
    this.done.add(clip.shown);
    for (const row of rows) if (row.samples) this.outbox.put("trace", { ...about, ...row });
    if (answers.length || kind === "skip") this.outbox.put("answer", body);
    this.face.answered(clip, kind, rows);
    this.advance();
    return true;
  }
  // A screen that this window knows is taken back by name, so that asking twice is harmless; else the last one, once.
  undo() {
    if (this.undoing) return true;
    this.undoing = true;
    this.player.audio.pause();
    const last = this.past.pop();
    if (last) this.outbox.put("undo", { shown: last.clip.shown });
    else this.transport.post("undo", { shown: "" }).then((answer) => this.undone(answer), (wrong) => { this.undoing = false; this.face.say(`Not undone: ${wrong.message}`, true); });
    if (this.outbox.error) this.face.say("The last answer comes back as soon as the server is reached.", true);
    return true;
  }
  undone(answer) {
    this.undoing = false;
    if (!answer.undone) { this.face.flash("There is nothing to undo"); return; }
    this.face.flash("Undone: here it is again");
    for (const clip of answer.clips ?? []) this.done.delete(clip.shown);
    this.now = null; this.clips = [];
    this.take(answer);
  }
  // News of the outbox.
  told({ saved, refused, letter, answer, error }) {
    if (saved) {
      if (letter.verb === "undo") this.undone(answer);
      else { this.take(answer); this.face.saved(letter, answer); }
    }
    if (refused) {
      if (letter.verb === "undo") this.undoing = false;
      else this.done.delete(letter.body.shown);
      this.face.say(`Not saved: ${error}`, true);
      this.again(300);
    }
    this.face.state(this.outbox);
  }

  // ---- keys; each says whether it was for us

  act(action, e) {
    if (action === "escape" && !this.face.veil) { this.sheet?.clear(); return true; }
    if (this.face.veil) { if (action === "escape" || action === "help") this.face.closeHelp(); return true; }
    if (!this.begun) { if (["play", "commit"].includes(action) && this.clips.length) { this.begin(); return true; } return action === "help" && this.face.help(); }
    this.device = "keyboard";
    const { audio } = this.player, steady = e.repeat;
    const choice = /^choice(\d+)$/.exec(action);
    if (choice) {
      if (steady || !this.now || this.undoing) return true;
      if (!this.heard) { this.face.flash("Listen first"); return true; }
      return this.sheet.press(Number(choice[1]), e.shiftKey);
    }
    if (this.sheet?.trace?.act(action, e)) return true;
    const does = {
      play: () => steady || this.toggle(), again: () => { audio.currentTime = 0; audio.play().catch(() => {}); },
      back: () => this.seek(-1), on: () => this.seek(1),
      up: () => this.sheet?.active.nudge?.(1) ?? false, down: () => this.sheet?.active.nudge?.(-1) ?? false,
      undo: () => steady || this.undo(), skip: () => steady || this.commit("skip"), unsure: () => steady || this.commit("answer", true),
      commit: () => steady || this.commit(), comment: () => { this.sheet?.comment?.focus(); },
      less: () => this.sheet?.surer(-1), more: () => this.sheet?.surer(1),
      slower: () => this.faster(-0.25), faster: () => this.faster(0.25), why: () => steady || this.face.why.toggle(), help: () => this.face.help(),
    }[action];
    return does ? does() !== false : false;
  }
  toggle() {
    const { audio } = this.player;
    if (audio.paused) audio.play().catch(() => {}); else audio.pause();
  }
  seek(seconds) {
    const { audio } = this.player;
    if (audio.duration) audio.currentTime = Math.min(audio.duration, Math.max(0, audio.currentTime + seconds));
    this.player.draw();
  }
  faster(step) {
    this.speed = Math.min(2, Math.max(0.75, this.speed + step));
    this.player.audio.playbackRate = this.speed;
    this.face.refresh();
  }
  stop() {
    this.ended = true;
    clearTimeout(this.timer);
    this.player.stop(); this.shelf.stop(); this.outbox.stop(); this.keys.stop(); this.sheet?.stop(); this.face.stop(); this.transport.stop?.();
    window.removeEventListener("beforeunload", this.warn);
    document.removeEventListener("visibilitychange", this.hide);
  }
}
