// The next clips, already in the browser: fetched, decoded and drawn before they are asked for.

class Shelf {
  constructor(transport) { this.transport = transport; this.clips = new Map(); }
  // Fetches these, one after the other, nearest first; forgets all others.
  async stock(segments) {
    for (const [segment, clip] of this.clips) {
      if (!segments.includes(segment)) { if (clip.url) URL.revokeObjectURL(clip.url); this.clips.delete(segment); }
    }
    this.wanted = segments;
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    for (let next; (next = this.wanted.find((segment) => !this.clips.has(segment)));) {
      if (await this.fetch(next)) continue;
      this.timer = setTimeout(() => this.stock(this.wanted), this.pause);  // not now: again a little later
      break;
    }
    this.busy = false;
  }
  // Resolves to the clip, with what is wrong as its `error`; to null where it is not to be had now, see `why`.
  fetch(segment) {
    if (!this.clips.has(segment)) this.clips.set(segment, { ready: this.prepare(segment) });
    const clip = this.clips.get(segment);
    return clip.ready.then((made) => Object.assign(clip, made), (wrong) => {
      if (!(wrong instanceof Unreachable)) return Object.assign(clip, { segment, error: wrong.message });
      this.pause = wrong.said ? 3000 : 700;
      this.why = wrong.said ? sentence(wrong.message) : "The next clip is on its way …";
      this.clips.delete(segment);
      return null;
    });
  }
  async prepare(segment) {
    const content = await this.transport.clip(segment), audio = make("audio"), long = !(content instanceof ArrayBuffer);
    const { sound, image } = await picture(content);
    const url = long ? null : URL.createObjectURL(new Blob([content], { type: "audio/wav" }));
    audio.preload = long ? "metadata" : "auto"; audio.preservesPitch = true;  // a long one streams while it plays
    audio.src = url ?? content.stream;
    audio.load();
    return { segment, audio, url, sound, image };
  }
  // Forgets a clip that could not be played, so that it is fetched again.
  forget(segment) { this.clips.delete(segment); }
  // The clip where it is here already; otherwise null, and `fetch` brings it.
  have(segment) { const clip = this.clips.get(segment); return clip?.segment ? clip : null; }
  stop() { clearTimeout(this.timer); this.stock([]); }
}
