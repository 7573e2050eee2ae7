// How the labelling view speaks to the store: over HTTP from a page, by messages from a notebook.

// Not now: the server was not reached, or could not answer, or something else answered. The same may be sent again.
// `alone` says that other requests may succeed; `said`, whether the text is the server's own.
class Unreachable extends Error {
  constructor(text, alone = false, said = false) { super(text); this.alone = alone; this.said = said; }
}
// The server understood, and says what is wrong; with a `reason` ("refused", or "answered" with what is `stored`) for good.
class Refused extends Error {
  constructor(text, { reason = "", stored = [] } = {}) { super(text); this.reason = reason; this.stored = stored; this.alone = true; }
}
// What comes without a sentence of the server is a proxy's, say, and not a refusal.
function failure(status, content) {
  const text = typeof content?.error === "string" ? content.error : "";
  if (status >= 500 || [401, 408, 425, 429].includes(status) || !text) return new Unreachable(text || `the server answered ${status}`, status === 500, Boolean(text));
  return new Refused(text, content);
}

// Bytes in a millisecond that even a slow line carries: a long trace has millions.
const SLOWEST = 50;

// An error as a sentence for people.
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

class HttpTransport {
  // The secret travels in a header: no other site can make a browser send it.
  constructor(base, secret) { this.base = base; this.headers = { Authorization: `Bearer ${secret}` }; }
  async send(verb, options = {}, query = {}) {
    const asked = new URLSearchParams(query).toString();
    let answer;
    const patience = AbortSignal.timeout?.(verb === "clip" ? 60_000 : 15_000 + Math.ceil((options.body?.length ?? 0) / SLOWEST));
    try {
      answer = await fetch(`${this.base}/${verb}${asked ? `?${asked}` : ""}`, { cache: "no-store", signal: patience, ...options,
        headers: { ...this.headers, ...options.headers } });
    } catch { throw new Unreachable("the server is not reached"); }
    if (answer.ok) return answer;
    throw failure(answer.status, await answer.json().catch(() => null));
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

// Messages to the kernel; each has a number, and its answer the same. All views of a widget hear all answers, also those in
// other windows, and to a page that was loaded again come those that the one before had asked for: no number is used twice.
class MessageTransport {
  constructor(model) {
    this.model = model; this.waiting = new Map();
    this.listen = (message, buffers) => {
      const then = this.waiting.get(message.number);
      if (!then) return;
      this.waiting.delete(message.number);
      clearTimeout(then.timer);
      if (message.error) then.no(failure(message.status, message));
      else then.yes(buffers?.length ? buffers[0] : message.content);
    };
    model.on("msg:custom", this.listen);
  }
  ask(verb, body = {}) {
    const number = uuid();
    return new Promise((yes, no) => {
      const timer = setTimeout(() => { if (this.waiting.delete(number)) no(new Unreachable("the kernel does not answer")); }, 30_000);
      this.waiting.set(number, { yes, no, timer });
      try { this.model.send({ number, verb, body }); } catch { this.waiting.delete(number); clearTimeout(timer); no(new Unreachable("the kernel is not reached")); }
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
