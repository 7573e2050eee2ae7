// How the labelling view speaks to the store: over HTTP from a page, by messages from a notebook.

// The server was not reached, or could not answer now: the same request may be sent again.
class Unreachable extends Error {}
// The server understood, and will not: sending it again would not help.
class Refused extends Error {
  constructor(text, status) { super(text); this.status = status; }
}

class HttpTransport {
  // The secret travels in a header: no other site can make a browser send it.
  constructor(base, secret) { this.base = base; this.headers = { Authorization: `Bearer ${secret}` }; }
  async send(verb, options = {}, query = {}) {
    const asked = new URLSearchParams(query).toString();
    let answer;
    const patience = AbortSignal.timeout?.(verb === "clip" ? 60_000 : 15_000);
    try {
      answer = await fetch(`${this.base}/${verb}${asked ? `?${asked}` : ""}`, { cache: "no-store", signal: patience, ...options,
        headers: { ...this.headers, ...options.headers } });
    } catch { throw new Unreachable("the server is not reached"); }
    if (answer.ok) return answer;
    let text = "";
    try { text = (await answer.json()).error; } catch { /* a proxy's own page, say */ }
    if (answer.status >= 500 || answer.status === 429) throw new Unreachable(text || `the server answered ${answer.status}`);
    throw new Refused(text || `the server answered ${answer.status}`, answer.status);
  }
  async read(answer, kind) {
    try { return await answer[kind](); } catch { throw new Unreachable("the connection was lost"); }
  }
  async get(verb, query) { return this.read(await this.send(verb, {}, query), "json"); }
  async post(verb, body) {
    const text = JSON.stringify(body);
    const options = { method: "POST", body: text, headers: { "Content-Type": "application/json" }, keepalive: text.length < 30_000 };
    return this.read(await this.send(verb, options), "json");
  }
  // Resolves to a WAV file, or of a long clip to what it looks like and where it streams from.
  async clip(segment) {
    const answer = await this.send("clip", {}, { segment });
    if (answer.headers.get("content-type") === "audio/wav") return this.read(answer, "arrayBuffer");
    const seen = await this.read(answer, "json");
    return { ...seen, stream: `${this.base}/${seen.stream}` };
  }
}

// Messages to the kernel; each has a number, and its answer the same.
class MessageTransport {
  constructor(model) {
    this.model = model; this.waiting = new Map(); this.count = 0;
    this.listen = (message, buffers) => {
      const then = this.waiting.get(message.number);
      if (!then) return;
      this.waiting.delete(message.number);
      if (message.error) then.no(message.again ? new Unreachable(message.error) : new Refused(message.error, 422));
      else then.yes(buffers?.length ? buffers[0] : message.content);
    };
    model.on("msg:custom", this.listen);
  }
  ask(verb, body = {}) {
    const number = ++this.count;
    return new Promise((yes, no) => {
      this.waiting.set(number, { yes, no });
      setTimeout(() => { if (this.waiting.delete(number)) no(new Unreachable("the kernel does not answer")); }, 30_000);
      try { this.model.send({ number, verb, body }); } catch { this.waiting.delete(number); no(new Unreachable("the kernel is not reached")); }
    });
  }
  get(verb, query) { return this.ask(verb, query); }
  post(verb, body) { return this.ask(verb, body); }
  async clip(segment) {
    const view = await this.ask("clip", { segment });
    return view.buffer ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : view;
  }
  stop() { this.model.off("msg:custom", this.listen); }
}
