// Windows of one rater in one browser: they send one another which clip each shows and what was answered, so that
// every window shows clips of its own. What slips through is found by the server, see `held.js`.

class Windows {
  // `heard` has what to do when another window has "answered" or "undone" a screen, or its "letters" changed, as they
  // do for all when it ends; `now` returns the screen shown here.
  constructor(name, page, now, heard) {
    this.page = page; this.now = now; this.heard = heard;
    this.shows = new Map();
    try { this.channel = new BroadcastChannel(`seral:${name}`); } catch { return; }
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.bye = () => this.say("bye");
    window.addEventListener("pagehide", this.bye);
    this.say("who");
  }
  hear({ page, kind, shown }) {
    if (kind === "who") this.say("here", this.now());
    else if (kind === "here") this.shows.set(page, shown);
    else if (kind === "bye") { this.shows.delete(page); this.heard.letters?.(); }
    else this.heard[kind]?.(shown);
  }
  say(kind, shown = "") { this.channel?.postMessage({ page: this.page, kind, shown }); }
  // The pages that are open beside this one; asked again, for a window may have ended without a message.
  async others() {
    if (!this.channel) return [];
    this.shows.clear();
    this.say("who");
    await new Promise((then) => setTimeout(then, 150));
    return [...this.shows.keys()];
  }
  taken(shown) { return [...this.shows.values()].includes(shown); }
  stop() {
    if (!this.channel) return;
    this.say("bye");
    window.removeEventListener("pagehide", this.bye);
    this.channel.close();
    this.channel = null;
  }
}
