// The clips of a class on a phone: fetched a question ahead, and begun when the server says so, everywhere at once.

// The first and only element: browsers let it sound later if it sounded within a touch once.
const SILENCE = [82, 73, 70, 70, 38, 0, 0, 0, 87, 65, 86, 69, 102, 109, 116, 32, 16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 16, 0, 100, 97, 116, 97, 2, 0, 0, 0, 0, 0];

class ClassSound {
  // `changed()` is called when a clip begins, ends or is not let sound.
  constructor(transport, changed) {
    this.transport = transport; this.changed = changed;
    this.audio = make("audio");
    this.urls = new Map();
    this.plays = 0; this.playedAt = null; this.blocked = false;
    this.audio.addEventListener("playing", () => { if (this.number) { this.plays += 1; this.playedAt ??= Date.now(); } this.blocked = false; this.changed(); });
    for (const kind of ["ended", "pause"]) this.audio.addEventListener(kind, () => this.changed());
  }
  get sounding() { return Boolean(this.number) && !this.audio.paused && !this.audio.ended; }
  // Within a touch.
  unlock() {
    if (this.number) { this.again(); return; }
    this.audio.src = URL.createObjectURL(new Blob([new Uint8Array(SILENCE)], { type: "audio/wav" }));
    this.audio.play().catch(() => {});
  }
  // Fetches a clip; resolves to its address, or to null where it is not to be had now.
  fetch(number) {
    if (!this.urls.has(number)) {
      const made = this.transport.send("clip", {}, { question: number }).then((answer) => answer.blob()).then((blob) => URL.createObjectURL(blob));
      this.urls.set(number, made.catch((wrong) => { this.urls.delete(number); this.why = wrong.message; return null; }));
    }
    return this.urls.get(number);
  }
  // Plays the clip of a question at a moment of this phone's clock; who comes late joins in the middle of it.
  async begin(number, startsAt) {
    if (this.number === number) return;
    Object.assign(this, { number, plays: 0, playedAt: null, blocked: false, why: "" });
    clearTimeout(this.timer);
    this.audio.pause();
    let url = await this.fetch(number);
    while (!url && this.number === number) { this.changed(); await new Promise((yes) => setTimeout(yes, 1000)); url = await this.fetch(number); }
    if (this.number !== number) return;
    this.audio.src = url;
    this.audio.load();
    this.timer = setTimeout(() => this.sound(startsAt), Math.max(0, startsAt - Date.now()));
  }
  async sound(startsAt) {
    const late = (Date.now() - startsAt) / 1000;
    if (late > 0.3) {
      if (!this.audio.duration) await new Promise((yes) => { this.audio.onloadedmetadata = yes; setTimeout(yes, 2000); });
      if (late > (this.audio.duration || 0) - 0.5) { this.audio.currentTime = 0; this.changed(); return; }  // it is over: "hear it again" is there
      this.audio.currentTime = late;
    }
    this.play();
  }
  play() { this.audio.play().catch((wrong) => { this.blocked = wrong.name === "NotAllowedError"; this.changed(); }); }
  again() { this.audio.currentTime = 0; this.play(); }
  // Forgets all clips but these.
  keep(numbers) {
    for (const [number, made] of this.urls) {
      if (numbers.includes(number)) continue;
      this.urls.delete(number);
      made.then((url) => url && URL.revokeObjectURL(url));
    }
  }
  rest() { this.number = null; clearTimeout(this.timer); this.audio.pause(); }
}
