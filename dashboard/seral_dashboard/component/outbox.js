// What was answered and is not yet known to be saved: kept in the browser, sent in order, again and again until it is.
//
// A letter leaves when the server has acknowledged it, or when the rater has seen that it is refused and removes it.
// Only a refusal with the server's own reason counts as one; whatever else comes is taken for "not now".

// Answers that may wait: then the rater waits too.
const MOST_WAITING = 4;

// The ids of the answers in a letter, or of those that it takes back.
function idsOf({ body }) {
  return body.id ? [body.id] : (body.answers ?? []).map((answer) => answer.id ?? answer);
}

// Whether this is the server's word that a letter is stored: a proxy's page, say, is not.
function acknowledges(verb, answer) {
  return verb === "undo" ? answer?.undone !== undefined : Number.isInteger(answer?.saved);
}

class Outbox {
  // `notify` is called with what changed: { saved, letter, answer }, { held: letter }, or {}; `others` resolves to the
  // pages that are open beside this one: they send their letters themselves, until they end.
  constructor(name, transport, notify, { kept = new Kept(name), page = uuid(), others = async () => [] } = {}) {
    this.transport = transport; this.notify = notify; this.kept = kept; this.page = page;
    this.letters = []; this.own = new Set(); this.others = others;
    this.elsewhere = 0; this.missing = new Set();
    this.last = 0; this.pause = 0; this.removed = 0; this.busy = false; this.error = "";
    this.ready = this.adopt(true);
    this.online = () => { this.pause = 0; this.go(); };
    window.addEventListener("online", this.online);
  }
  // Letters in the browser's store that are not this page's; `elsewhere` is how many there are.
  async foreign() {
    const found = (await this.kept.all()).filter(({ key }) => !this.own.has(key));
    this.elsewhere = found.length;
    return found;
  }
  // Takes in letters whose page has ended, and returns them. Later than at the start, a page counts as ended when it was
  // missing twice (it may be loading again), and of several pages one takes them.
  async adopt(begins = false) {
    const found = await this.foreign(), open = found.length ? await this.others() : [];
    if (this.ended) return [];
    const lost = found.filter(({ page }) => !open.includes(page)), mine = begins || !open.some((page) => page < this.page);
    const taken = lost.filter(({ key, page }) => mine && (begins || this.missing.has(page)) && !this.own.has(key));
    this.missing = new Set(lost.map(({ page }) => page));
    this.last = Math.max(this.last, ...found.map(({ key }) => parseInt(key, 10) || 0));
    // Whether an earlier page had sent one is not known: all count as sent.
    const letters = taken.map((letter) => ({ ...letter, page: this.page, tried: true }));
    for (const letter of letters) { this.own.add(letter.key); this.keep(letter); }
    this.letters = [...this.letters, ...letters].sort((a, b) => (a.key < b.key ? -1 : 1));
    this.elsewhere -= letters.length;
    return letters;
  }
  get waiting() { return this.letters.filter((letter) => !letter.held); }
  get held() { return this.letters.filter((letter) => letter.held); }
  // Answers that count as given and are not saved: without those that a later letter takes back.
  get answers() {
    const back = new Set(this.waiting.filter(({ verb }) => verb === "undo").flatMap(idsOf));
    return this.waiting.filter((letter) => letter.verb !== "undo" && !idsOf(letter).some((id) => back.has(id)));
  }
  get full() { return new Set(this.letters.map(({ body }) => body.shown)).size >= MOST_WAITING; }
  // Letters that the end of the browser would take away, now.
  get fragile() { return this.letters.some(({ safe }) => !safe); }

  // Returns at once; `kept` resolves when the letter is in the store, as far as that can be. Letters are numbered, so that
  // their order does not hang on a clock; `about` is for the rater to read.
  put(verb, body, about = {}) {
    const key = `${String(++this.last).padStart(15, "0")}-${uuid().slice(0, 8)}`;
    const letter = { key, verb, body, about, page: this.page, begun: performance.now(), tried: false, safe: null, held: null };
    this.letters.push(letter);
    this.own.add(key);
    letter.kept = this.keep(letter);
    this.go();
    return letter;
  }
  async keep(letter) {
    const { key, verb, body, about, page, held } = letter;
    letter.safe = await this.kept.put(key, { verb, body, about, page, held });
    if (!this.letters.includes(letter)) this.kept.remove(key);  // it was saved meanwhile
    this.notify({});
  }
  // Takes back these answers of a screen: letters that never left are removed, and one is sent for the others.
  undo(shown, answers) {
    const gone = this.letters.filter((letter) => letter.verb !== "undo" && (!letter.tried || letter.held) && idsOf(letter).some((id) => answers.includes(id)));
    for (const letter of gone) this.drop(letter, "strict");
    const there = answers.filter((id) => !gone.some((letter) => idsOf(letter).includes(id)));
    if (there.length) this.put("undo", { shown, answers: there });
    this.notify({});
  }
  // The rater has seen what became of a letter: it is removed, or sent as a correction of the stored answer.
  remove(letter) { this.removed += letter.held.reason === "refused"; this.drop(letter); this.notify({}); }
  correct(letter) {
    letter.body.corrects = letter.held.stored.map(({ id }) => id);
    letter.held = null;
    this.keep(letter);
    this.go();
  }

  async go() {
    clearTimeout(this.timer);
    if (this.busy || this.ended) return;
    this.busy = true;
    this.error = await this.send();
    this.busy = false;
    this.notify({});
    if (!this.error || this.ended) { this.pause = 0; return; }
    this.pause = Math.min(5000, this.pause * 1.7 || 300);
    this.timer = setTimeout(() => this.go(), this.pause);
  }
  // Sends what waits; returns what was in the way. A letter that fails by itself holds up those of its own screen alone.
  async send() {
    const stuck = new Set();
    let error = "";
    for (let letter; !this.ended && (letter = this.waiting.find(({ body }) => !stuck.has(body.shown)));) {
      letter.tried = true;
      try {
        const answer = await this.transport.post(letter.verb, letter.body);
        if (!acknowledges(letter.verb, answer)) throw new Unreachable("what answered is not SERAL's server");
        this.drop(letter);
        this.notify({ saved: true, letter, answer });
      } catch (wrong) {
        if (!(wrong instanceof Unreachable || wrong instanceof Refused)) throw wrong;
        if (["refused", "answered"].includes(wrong.reason)) { this.hold(letter, wrong); continue; }
        error = wrong.message;
        if (!wrong.alone) break;
        stuck.add(letter.body.shown);
      }
    }
    return error;
  }
  // Not accepted: the rater shall see it, also after the page is loaded again. What was undone meanwhile need not be seen.
  hold(letter, { reason, message, stored = [] }) {
    const ids = idsOf(letter);
    if (letter.verb !== "undo" && this.letters.some((other) => other.verb === "undo" && idsOf(other).some((id) => ids.includes(id)))) { this.drop(letter); return; }
    letter.held = { reason, error: message, stored };
    this.keep(letter);
    this.notify({ held: letter });
  }
  drop(letter, durability) {
    this.letters = this.letters.filter((other) => other !== letter);
    this.kept.remove(letter.key, durability);
  }
  stop() { this.ended = true; clearTimeout(this.timer); window.removeEventListener("online", this.online); }
}
