// Traces that are not finished: kept on the disk while they are drawn, so that a browser that is killed loses a moment.
//
// A draft is a row of pieces, each with what was traced since the one before, and belongs to the page that draws it.
// What a page that has ended left is taken over, in one step, by the first page that shows the same screen.

// For so long a draft is kept of a screen that is not among those that are open: more of them may be than the server tells.
const UNLISTED_MS = 86_400_000;
// After a crash a busy machine takes a while to open them. A page that is ending may still say that it is here.
const OPENING_MS = 15_000, ENDING_MS = 500, ENDING = 4;

class Drafts {
  // `name` distinguishes raters and projects; `now` returns the clip on the screen; `others` resolves to open pages.
  constructor(name, page, now, others = async () => []) {
    this.name = name; this.page = page; this.now = now; this.others = others;
    this.opened = openStore("seral-drafts", "pieces", ["name", "shown", "page", "target", "number"], OPENING_MS);
    this.own = new Map();  // by target: the screen, the first piece and the last, and until when in the clip it goes
    this.count = 0;
  }
  // All keys that begin so: a list is greater than every text and number.
  range(...begin) { return IDBKeyRange.bound([this.name, ...begin], [this.name, ...begin, []]); }
  pieces(target, { shown, first, number }) { return IDBKeyRange.bound([this.name, shown, this.page, target, first], [this.name, shown, this.page, target, number]); }
  // Where nothing can be kept, the trace goes on all the same.
  async change(work) {
    const db = await this.opened;
    if (db) await carriedOut(db, "readwrite", "relaxed", work).catch(() => {});
  }
  // Keeps what is new among the samples, and whether the clip has ended; `anew` puts them all in place of what was kept before.
  write({ name: target, low, high }, samples, state, anew = false) {
    const clip = this.now(), before = this.own.get(target);
    if (!clip || !samples.length || (!anew && !state.ended && samples.at(-1)[0] === before?.until)) return;
    const number = ++this.count, old = anew && before ? this.pieces(target, before) : null;
    const own = before && !old ? before : { shown: before?.shown ?? clip.shown, first: number, until: -1 };
    let from = samples.length;
    while (from && samples[from - 1][0] > own.until) from -= 1;
    const heard = { shown_at: clip.shown_at, played_at: clip.played_at, plays: clip.plays };
    const piece = { name: this.name, shown: own.shown, page: this.page, target, number, run: own.first, after: own.until, low, high, segment: clip.segment, samples: samples.slice(from), state, heard, at: Date.now() };
    this.own.set(target, { ...own, number, until: samples.at(-1)[0] });
    this.change((store) => { if (old) store.delete(old); return store.put(piece); });
  }
  drop(target) {
    const own = this.own.get(target);
    this.own.delete(target);
    if (own) this.change((store) => store.delete(this.pieces(target, own)));
  }
  // What was drawn is answered: the drafts go once the answer is kept.
  spend(kept) {
    const spent = [...this.own];
    this.own.clear();
    kept.then(() => { for (const [target, own] of spent) this.change((store) => store.delete(this.pieces(target, own))); });
  }
  // A screen goes by another name.
  renew(shown, again) {
    for (const [target, own] of this.own) {
      if (own.shown !== shown) continue;
      const old = this.pieces(target, own);
      own.shown = again;
      this.change((store) => this.each(store, old, (found) => { store.delete(old); for (const piece of found) store.put({ ...piece, shown: again }); }));
    }
  }
  each(store, range, then) {
    const asked = store.getAll(range);
    asked.onsuccess = () => then(asked.result);
    return asked;
  }
  // Takes over what pages that have ended left of a clip's screen; resolves to the longest draft of each target.
  async takeOver({ shown, segment }) {
    const db = await this.opened, range = db && this.range(shown), drafts = new Map();
    const pieces = db ? await carriedOut(db, "readonly", "default", (store) => store.getAll(range)).catch(() => []) : [];
    if (!pieces.length) return [];
    let open = [this.page, ...await this.others()];
    for (let asked = 1; asked < ENDING && pieces.some(({ page }) => page !== this.page && open.includes(page)); asked++) {
      await new Promise((then) => setTimeout(then, ENDING_MS));
      open = [this.page, ...await this.others()];
    }
    if (this.now()?.shown !== shown) return [];
    await this.change((store) => this.each(store, range, (found) => {
      const left = found.filter(({ page }) => !open.includes(page));
      for (const draft of joined(left)) if (draft.segment === segment && !(drafts.get(draft.target)?.samples.length >= draft.samples.length)) drafts.set(draft.target, draft);
      for (const page of new Set(left.map((piece) => piece.page))) store.delete(this.range(shown, page));
      for (const [target, draft] of drafts) {
        const number = ++this.count;
        this.own.set(target, { shown, first: number, number, until: draft.samples.at(-1)[0] });
        store.put({ ...draft, page: this.page, number, run: number, after: -1, at: Date.now() });
      }
    }));
    return [...drafts.values()];
  }
  // Removes what is left of screens that are long not among those that are open.
  tidy(open) {
    const late = Date.now() - UNLISTED_MS;
    return this.change((store) => this.each(store, this.range(), (found) => {
      const stay = new Set([...open, ...found.filter(({ at }) => at > late).map(({ shown }) => shown)]);
      for (const shown of new Set(found.map((piece) => piece.shown))) if (!stay.has(shown)) store.delete(this.range(shown));
    }));
  }
}

// Drafts put together from their pieces in order. One that another page took over while its own slept goes on
// with a gap: what comes after is no part of it.
function joined(pieces) {
  const drafts = new Map();
  for (const piece of pieces) {
    const run = `${piece.page} ${piece.target} ${piece.run}`, { samples, until } = drafts.get(run) ?? { samples: [], until: -1 };
    if (piece.after === until) drafts.set(run, { ...piece, samples: [...samples, ...piece.samples], until: piece.samples.at(-1)?.[0] ?? until });
  }
  return [...drafts.values()].filter(({ samples }) => samples.length);
}
