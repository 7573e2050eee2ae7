// What was answered and is not yet known to be saved: kept in the browser, sent in order, again and again until it is.

// Also where a page is not served over HTTPS, so crypto.randomUUID would be missing.
function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

class Outbox {
  // Each letter has a key of its own in localStorage, so that two windows do not overwrite one another's.
  constructor(name, transport, told) {
    this.prefix = `seral-out:${name}:`;
    this.transport = transport;
    this.told = told;  // called with what changed: { saved, letter, answer } or { refused, letter, error }
    this.letters = this.kept();
    this.pause = 0; this.count = 0; this.busy = false; this.error = "";
    this.online = () => { this.pause = 0; this.go(); };
    window.addEventListener("online", this.online);
  }
  kept() {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key?.startsWith(this.prefix)) { try { found.push({ key, ...JSON.parse(localStorage.getItem(key)) }); } catch { /* not ours */ } }
      }
    } catch { /* a browser without storage: letters live as long as the page */ }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
  // Returns at once; the letter is in the browser's store before.
  put(verb, body) {
    const order = `${String(Date.now()).padStart(15, "0")}-${String(this.count++).padStart(6, "0")}`;
    const letter = { key: `${this.prefix}${order}-${uuid().slice(0, 8)}`, verb, body, begun: performance.now() };
    try { localStorage.setItem(letter.key, JSON.stringify({ verb, body })); } catch { letter.fragile = true; }
    this.letters.push(letter);
    this.go();
    return letter;
  }
  get fragile() { return this.letters.some((letter) => letter.fragile); }
  async go() {
    if (this.busy) { clearTimeout(this.timer); return; }
    this.busy = true;
    clearTimeout(this.timer);
    while (this.letters.length && !this.ended) {
      const letter = this.letters[0];
      try {
        const answer = await this.transport.post(letter.verb, letter.body);
        this.drop(letter);
        this.pause = 0; this.error = "";
        this.told({ saved: true, letter, answer });
      } catch (wrong) {
        if (wrong instanceof Refused && ![401, 403].includes(wrong.status)) {
          this.drop(letter);
          this.told({ refused: true, letter, error: wrong.message });
          continue;
        }
        this.error = wrong.message;
        this.pause = Math.min(5000, this.pause * 1.7 || 300);
        this.told({ waiting: true });
        this.timer = setTimeout(() => this.go(), this.pause);
        break;
      }
    }
    this.busy = false;
  }
  drop(letter) {
    this.letters = this.letters.filter((other) => other !== letter);
    try { localStorage.removeItem(letter.key); } catch { /* see above */ }
  }
  stop() { this.ended = true; clearTimeout(this.timer); window.removeEventListener("online", this.online); }
}
