// The labelling view: a clip plays at once, one key answers it, the next one plays; saving goes on behind.

const LONG_S = 300, SILENT_MS = 10_000;

class LabelView {
  // `name` distinguishes raters and projects in the browser's store; `area` is where keys are heard, the window if null.
  constructor(root, transport, { name = "", area = null } = {}) {
    this.root = root; this.transport = transport;
    this.clips = []; this.done = new Set(); this.past = []; this.now = null; this.speed = 1;
    this.face = new Face(this);
    this.shelf = new Shelf(transport);
    const page = uuid();
    this.windows = new Windows(name, page, () => this.now?.shown ?? "", { answered: (shown) => this.elsewhere(shown), undone: (shown) => this.done.delete(shown), letters: () => this.count() });
    this.drafts = new Drafts(name, page, () => this.now, () => this.windows.others());
    this.outbox = new Outbox(name, transport, (news) => this.changed(news), { page, others: () => this.windows.others() });
    this.keys = new Keys((action, e) => this.act(action, e), root, area);
    root.append(this.face.node);
    this.warn = (e) => { if (this.outbox.fragile || this.sheet?.parts.some((part) => part.unsaved)) e.preventDefault(); };
    this.hide = () => { if (document.hidden && this.sheet?.trace) this.player.audio.pause(); };
    window.addEventListener("beforeunload", this.warn);
    document.addEventListener("visibilitychange", this.hide);
    this.outbox.ready.then((letters) => this.restore(letters));
    // Another window may end without a word: its letters are found, and sent, all the same.
    this.rounds = setInterval(() => this.adopt(), 3000);
  }
  get player() { return this.face.player; }

  // ---- what comes from the server

  // What another page left unsaved counts as answered, and can be undone, after what was answered here.
  restore(letters) {
    const here = this.past;
    this.past = [];
    for (const { verb, body, about, held } of letters) {
      const same = ({ clip }) => clip.shown === body.shown;
      if (verb === "undo") { this.done.delete(body.shown); this.past = this.past.filter((one) => !same(one)); continue; }
      this.done.add(body.shown);
      if (held) continue;
      if (!this.past.some(same)) this.past.push({ clip: { segment: body.segment, shown: body.shown }, answers: [], about });
      this.past.find(same).answers.push(...idsOf({ body }));
    }
    this.past.push(...here);
    this.face.state(this.outbox);
    this.open();
  }
  async adopt() {
    if (!this.windows.channel) return;
    const letters = await this.outbox.adopt();
    if (letters.length) this.restore(letters); else this.face.state(this.outbox);
  }
  async count() {
    await this.outbox.ready;
    await this.outbox.foreign();
    this.face.state(this.outbox);
  }
  async open() {
    if (this.ended) return;
    try {
      if (this.outbox.waiting.length) await this.outbox.go();
      const answer = await this.transport.get("next", { n: MOST_WAITING });
      await this.believe(answer);
      this.take(answer);
      if (this.lost) this.face.say("");
      this.lost = false;
    } catch (wrong) {
      this.lost = true;
      const what = wrong.message.split(";")[0];
      if (!this.begun) this.face.offer(false, `${what}. This page tries again by itself`, "Trying again …");
      this.face.say(`${sentence(wrong.message).slice(0, -1)}; trying again …`, true);
      this.again(wrong instanceof Refused ? 5000 : 1000);
    }
  }
  // What the server asks twice, though it was answered here and nothing is on its way: its answers were put back to an
  // older state, and it gives the same screens again.
  async believe({ clips = [] }) {
    await this.outbox.foreign();
    const idle = !this.outbox.waiting.length && !this.outbox.elsewhere, held = new Set(this.outbox.held.map(({ body }) => body.shown));
    const asked = idle ? clips.map(({ shown }) => shown).filter((shown) => this.done.has(shown) && !held.has(shown)) : [];
    if (asked.some((shown) => this.doubted?.has(shown))) { this.done = held; this.past = []; }
    this.doubted = new Set(asked);
  }
  again(after) { clearTimeout(this.timer); this.timer = setTimeout(() => this.open(), after); }
  take(answer) {
    if (!this.sheet && answer.task) this.prepare(answer);
    const known = new Set([this.now?.shown, ...this.clips.map((clip) => clip.shown)]);
    this.clips.push(...(answer.clips ?? []).filter((clip) => !known.has(clip.shown) && !this.done.has(clip.shown)));
    // In the server's order; what was undone here, and the server does not know yet, comes first.
    const place = new Map((answer.clips ?? []).map((clip, i) => [clip.shown, i]));
    for (const { verb, body } of this.outbox.waiting) if (verb === "undo") place.set(body.shown, -1);
    this.clips.sort((a, b) => (place.get(a.shown) ?? place.size) - (place.get(b.shown) ?? place.size));
    if (answer.progress) this.face.progress.update(answer.progress);
    if (this.trouble && !answer.trouble) this.face.say("");
    this.trouble = answer.trouble ?? "";
    if (this.sheet?.traced && !this.tidied && !this.trouble) { this.tidied = true; this.drafts.tidy((answer.clips ?? []).map((clip) => clip.shown)); }
    this.stock();
    if (this.begun && !this.now) this.advance();
    // The answer to a letter may come before the one that says what is asked.
    if (!this.begun && this.sheet) this.offer();
  }
  // The first clip is here before one can begin: browsers let a sound begin within the click alone.
  async offer() {
    const first = this.clips[0];
    if (first && !(await this.shelf.fetch(first.segment))) {
      if (this.trouble) this.face.offer(false, this.trouble);
      return this.again(800);
    }
    if (!this.begun && !this.ended) this.face.offer(Boolean(first), this.trouble);
    return null;
  }
  prepare({ task, screen, keys, project = "", rater = "" }) {
    this.sheet = new Sheet(task, screen, { ready: () => this.face.refresh(), finish: () => this.commit(), drafts: this.drafts });
    this.keys.choices(this.sheet.names, keys);
    this.keys.useful = (action) => this.sheet.knows(action);
    this.face.prepare(project, rater, task);
    this.arranged();
  }
  arranged() { this.sheet?.caps(CHOICE_KEYS.map((_, i) => this.keys.keyOf.get(`choice${i}`))); this.face.caps(); }
  stock() {
    let ahead = 0;  // three clips, but of long recordings fewer
    const next = this.clips.slice(0, 3).filter((clip, i) => { ahead += clip.seconds ?? 0; return !i || ahead < LONG_S; });
    const open = new Set(this.outbox.waiting.map(({ body }) => body.shown));
    const before = this.past.filter(({ clip }, i) => i === this.past.length - 1 || open.has(clip.shown)).map(({ clip }) => clip);
    const wanted = [this.now, ...next, ...before.reverse()].filter(Boolean).map((clip) => clip.segment);
    this.shelf.stock([...new Set(wanted)]);
  }

  // ---- one clip after the other

  begin() {
    if (this.begun) return;
    this.begun = true;
    this.face.begin();
    this.advance();
  }
  // The next clip that no other window shows.
  advance() {
    const free = this.clips.findIndex((clip) => !this.windows.taken(clip.shown));
    this.now = free < 0 ? null : this.clips.splice(free, 1)[0];
    this.windows.say("here", this.now?.shown ?? "");
    this.sheet?.clear();
    this.face.refresh();
    if (!this.now) {
      this.player.audio.pause();
      this.face.empty(this);
      if (this.clips.length) this.windows.others();
      this.again(1500);
      return;
    }
    Object.assign(this.now, { shown_at: Date.now() / 1000, played_at: null, plays: 0 });
    this.sheet.hint(this.now.guess ?? null);
    this.recall(this.now);
    this.sound(this.now);
    this.stock();
  }
  // A trace of this screen that a page left when it ended is offered to the rater.
  async recall(clip) {
    const { traces } = this.sheet;
    for (const trace of traces) trace.looking = true;
    const drafts = traces.length ? await this.drafts.takeOver(clip) : [];
    if (this.now !== clip) return;
    for (const { heard } of drafts) Object.assign(clip, heard);
    for (const trace of traces) trace.offer(drafts.find(({ target }) => target === trace.target.name));
  }
  async sound(clip) {
    clearTimeout(this.silence);
    if (this.shelf.have(clip.segment)?.error) this.shelf.forget(clip.segment);
    const there = this.shelf.have(clip.segment);
    this.face.show(clip, Boolean(there));
    const made = there ?? await this.shelf.fetch(clip.segment);
    if (this.now !== clip) return;
    if (!made) { setTimeout(() => { if (this.now === clip) this.sound(clip); }, this.shelf.pause); this.face.say(this.shelf.why, true); return; }
    if (made.error) { this.broken(clip, made.error); return; }
    this.face.say("");
    clip.broken = false;
    const { audio } = made;
    audio.currentTime = 0;
    audio.playbackRate = this.speed;
    audio.onerror = () => { if (this.now === clip) this.broken(clip, "This clip cannot be played"); };
    // Heard once more is what begins anew; a sound that a busy machine interrupts, or begins late, is the same one.
    let anew = true;
    audio.onseeking = () => { anew ||= audio.currentTime < 0.2; };
    audio.onplaying = () => {
      if (this.now !== clip) return;
      clip.played_at ??= Date.now() / 1000;
      if (anew) clip.plays += 1;
      anew = false;
      this.face.refresh();
    };
    this.face.why.stop();
    // A sound that is here, and that a browser never begins, without a word, is fetched and begun once more.
    if (made.url) this.silence = setTimeout(() => { if (this.now === clip && !clip.plays && !clip.broken && !this.sheet.trace && !this.ended) { this.shelf.forget(clip.segment); this.sound(clip); } }, SILENT_MS);
    this.player.play({ id: clip.segment, title: this.face.heading(), text: "", audio, sound: made.sound, image: made.image }, !this.sheet.trace);
    for (const part of this.sheet.parts) part.ready?.(audio, clip.lead_in_s ?? 0);
  }

  // It may be back in a while, as recordings on a disk that is put in again are.
  broken(clip, error) {
    clip.broken = true;
    this.player.blank(this.face.heading());
    this.face.say(`${error.split(";")[0]}: skip it. It is looked for again by itself.`, true);
    this.face.refresh();
    setTimeout(() => { if (this.now === clip && !this.ended) { this.shelf.forget(clip.segment); this.sound(clip); } }, 3000);
  }
  // Answered in another window.
  elsewhere(shown) {
    this.done.add(shown);
    this.clips = this.clips.filter((clip) => clip.shown !== shown);
    if (this.now?.shown !== shown) return;
    this.advance();
    this.face.flash("That clip was answered in another window");
  }

  // ---- answers

  get heard() { return Boolean(this.now && (this.now.played_at || this.now.broken)); }
  commit(kind = "answer", unsure = false) {
    const clip = this.now;
    if (!clip || this.undoing) return true;
    if (this.outbox.full) { this.face.flash(this.outbox.held.length ? "Look at the answers above first" : `${MOST_WAITING} answers wait: go on as soon as they are saved`); return true; }
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
    const shownAs = { number: this.face.progress.number, words: this.face.words(kind, rows) };
    this.past.push({ clip, answers: rows.length ? rows.map(({ id }) => id) : [body.id], about: shownAs });
    this.past = this.past.slice(-50);
    this.done.add(clip.shown);
    this.windows.say("answered", clip.shown);
    const letters = rows.filter((row) => row.samples).map((row) => this.outbox.put("trace", { ...about, ...row }, shownAs));
    if (answers.length || kind === "skip") letters.push(this.outbox.put("answer", body, shownAs));
    this.drafts.spend(Promise.all(letters.map(({ kept }) => kept)));
    this.face.answered(clip, kind, rows);
    this.advance();
    return true;
  }
  // What this window knows comes back at once, on the screen that it had; else the server knows what was last.
  undo() {
    if (this.undoing) return true;
    const last = this.past.pop();
    this.player.audio.pause();
    this.face.beside.undone();
    if (!last) { this.undoLast(); return true; }
    this.outbox.undo(last.clip.shown, last.answers);
    this.done.delete(last.clip.shown);
    this.windows.say("undone", last.clip.shown);
    this.clips.unshift(last.clip, ...(this.now ? [this.now] : []));
    this.advance();
    this.face.flash("Undone: here it is again");
    return true;
  }
  // The letter names what is taken back: if its reply is lost, and it is sent again, nothing more is.
  async undoLast() {
    if (this.outbox.waiting.some(({ verb, body }) => verb === "undo" && body.shown === this.unseen)) { this.face.flash("The undo before is still being saved"); return; }
    this.undoing = true;
    try {
      const { last } = await this.transport.get("next", { n: MOST_WAITING });
      if (!last) { this.face.flash("There is nothing to undo"); return; }
      this.unseen = last.shown;
      this.outbox.undo(last.shown, last.answers);
    } catch (wrong) { this.face.say(`Not undone: ${wrong.message}`, true); } finally { this.undoing = false; }
  }
  // What this window did not have is shown once the server has undone it.
  undone({ shown }, answer) {
    this.renew(shown, answer.again);
    if (shown !== this.unseen) return;
    for (const clip of answer.clips ?? []) this.done.delete(clip.shown);
    this.unseen = this.now = null; this.clips = [];
    this.windows.say("undone", shown);
    this.face.say("");
    this.face.flash("Undone: here it is again");
  }
  // The server shows an undone clip on a screen of a new name: what is here already goes by that name from now on.
  renew(shown, again) {
    if (!again || again === shown) return;
    if (this.done.has(shown)) this.done.add(again);
    this.drafts.renew(shown, again);
    for (const clip of [this.now, ...this.clips, ...this.past.map((one) => one.clip)]) if (clip?.shown === shown) clip.shown = again;
    const seen = new Set([this.now?.shown, ...this.done]);
    this.clips = this.clips.filter((clip) => !seen.has(clip.shown) && seen.add(clip.shown));
    if (this.now?.shown === again) this.windows.say("here", again);
  }
  // A refused answer was removed: its clip may be asked again.
  asked(shown) { this.done.delete(shown); this.again(0); }
  // News of the outbox.
  changed({ saved, letter, answer }) {
    if (saved) {
      if (letter.verb === "undo") this.undone(letter.body, answer);
      this.take(answer);
      if (letter.verb !== "undo") this.face.saved(letter, answer);
    }
    const letters = this.outbox.letters.map(({ key }) => key).join();
    if (letters !== this.announced) this.windows.say("letters");
    this.announced = letters;
    this.face.state(this.outbox);
  }

  // ---- keys; each says whether it was for us

  act(action, e) {
    if (!this.face.veil && this.sheet?.spares(action, e)) { this.face.flash("Press it again to throw this trace away"); return true; }
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
    clearTimeout(this.timer); clearTimeout(this.silence); clearInterval(this.rounds);
    this.player.stop(); this.shelf.stop(); this.outbox.stop(); this.windows.stop(); this.keys.stop(); this.sheet?.stop(); this.face.stop(); this.transport.stop?.();
    window.removeEventListener("beforeunload", this.warn);
    document.removeEventListener("visibilitychange", this.hide);
  }
}
