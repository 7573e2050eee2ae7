// The outbox by itself, on node's own test runner: order, undo, and what counts as stored.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./page.mjs";

const { HttpTransport, MessageTransport, MOST_WAITING, Outbox, Refused, Unreachable, failure } = load(["transport", "kept", "outbox"],
  ["HttpTransport", "MessageTransport", "MOST_WAITING", "Outbox", "Refused", "Unreachable", "failure"]);

// A store that outlives pages, and a server that answers as the test says.
class Disk {
  constructor() { this.letters = new Map(); }
  async all() { return [...this.letters].map(([key, text]) => ({ ...JSON.parse(text), key, safe: "disk" })).sort((a, b) => (a.key < b.key ? -1 : 1)); }
  async put(key, content) { this.letters.set(key, JSON.stringify(content)); return "disk"; }
  async remove(key) { this.letters.delete(key); }
}
const answer = (shown, id) => ({ shown, segment: `${shown}.wav`, answers: [{ id, target: "emotion", value: "anger" }] });
const saved = { saved: 1 }, undone = { undone: "a.wav" };
const settle = () => new Promise((then) => setTimeout(then, 5));

async function outbox(disk, post, how = {}) {
  const sent = [], news = [];
  const made = new Outbox("test", { post: async (verb, body) => { sent.push([verb, body.shown]); return post(verb, body); } }, (one) => news.push(one), { kept: disk, ...how });
  await made.ready;
  return { made, sent, news };
}
const away = () => { throw new Unreachable("the server is not reached"); };

test("letters go in the order in which they were written, whatever the clock says", async () => {
  const disk = new Disk(), first = await outbox(disk, away), now = Date.now;
  first.made.put("answer", answer("a", "1"));
  Date.now = () => 1;
  first.made.undo("a", ["1"]);
  first.made.put("answer", answer("b", "2"));
  await settle();
  first.made.stop();
  Date.now = now;
  const second = await outbox(disk, (verb) => (verb === "undo" ? undone : saved));
  await second.made.go();
  second.made.stop();
  assert.deepEqual(second.sent, [["answer", "a"], ["undo", "a"], ["answer", "b"]]);
  assert.equal(disk.letters.size, 0);
});

test("an undo of a letter that never left removes it, and nothing is sent", async () => {
  const disk = new Disk(), { made, sent } = await outbox(disk, away);
  made.put("answer", answer("a", "1"));
  made.put("answer", answer("b", "2"));
  made.undo("b", ["2"]);
  await settle();
  made.stop();
  assert.deepEqual(made.letters.map(({ verb, body }) => [verb, body.shown]), [["answer", "a"]]);
  assert.deepEqual(sent, [["answer", "a"]]);
  assert.equal(disk.letters.size, 1);
});

const html = "<html>Please log in</html>";
for (const [name, status, text] of [
  ["a proxy's page", 403, html], ["a proxy's page that says all is well", 200, html], ["a page that is missing", 404, html], ["a proxy without a server", 502, html],
  ["an empty answer", 200, "{}"], ["a sentence without a reason", 422, '{"error": "the recordings cannot be read"}'], ["another secret", 401, '{"error": "no"}'],
  ["a mistake in the server", 500, '{"error": "no", "reason": "refused"}'], ["a reason that is unknown", 422, '{"error": "no", "reason": "tired"}'],
]) test(`${name} keeps the letter, and the server's own word takes it away`, async () => {
  const answers = [new Response(text, { status }), Response.json(saved)], sent = mock.method(globalThis, "fetch", async () => answers.shift());
  const server = new HttpTransport("/api", "secret"), { made } = await outbox(new Disk(), (verb, body) => server.post(verb, body));
  made.put("answer", answer("a", "1"));
  await settle();
  assert.equal(made.waiting.length, 1);
  await made.go();
  made.stop();
  sent.mock.restore();
  assert.deepEqual([made.letters.length, sent.mock.callCount()], [0, 2]);
});

test("what does not say that it is saved keeps the letter", async () => {
  for (const said of [{}, null, "ok", { saved: "yes" }]) {
    const { made } = await outbox(new Disk(), () => said);
    made.put("answer", answer("a", "1"));
    await settle();
    made.stop();
    assert.equal(made.waiting.length, 1);
  }
});

test("a refused letter is held until the rater removes it, also by the next page", async () => {
  const disk = new Disk(), { made, news } = await outbox(disk, () => { throw failure(422, { error: "no such class", reason: "refused" }); });
  made.put("answer", answer("a", "1"), { number: 3, words: "anger" });
  await settle();
  made.stop();
  assert.equal(news.filter((one) => one.held).length, 1);
  const second = await outbox(disk, () => saved);
  await second.made.go();
  const [letter] = second.made.held;
  assert.deepEqual([second.sent, letter.about.number, letter.held.error], [[], 3, "no such class"]);
  second.made.remove(letter);
  second.made.stop();
  assert.deepEqual([disk.letters.size, second.made.removed], [0, 1]);
});

test("a correction names what it corrects", async () => {
  const bodies = [], stored = [{ id: "9", kind: "answer", target: "emotion", value: "calm" }];
  const { made } = await outbox(new Disk(), (_, body) => { bodies.push(structuredClone(body)); if (!body.corrects) throw new Refused("answered", { reason: "answered", stored }); return saved; });
  made.put("answer", answer("a", "1"));
  await settle();
  made.correct(made.held[0]);
  await settle();
  made.stop();
  assert.deepEqual(bodies.map(({ corrects }) => corrects), [undefined, ["9"]]);
  assert.equal(made.letters.length, 0);
});

test("a letter that fails by itself holds up its own screen alone", async () => {
  const { made, sent } = await outbox(new Disk(), (_, body) => { if (body.shown === "a") throw failure(500, { error: "a mistake" }); return saved; });
  made.put("answer", answer("a", "1"));
  made.put("answer", answer("b", "2"));
  await settle();
  made.stop();
  assert.deepEqual(sent.at(-1), ["answer", "b"]);
  assert.deepEqual(made.waiting.map(({ body }) => body.shown), ["a"]);
});

test("a page leaves the letters of one that is still open to that one", async () => {
  const disk = new Disk(), first = await outbox(disk, away, { page: "one" });
  first.made.put("answer", answer("a", "1"));
  await settle();
  first.made.stop();
  const { made } = await outbox(disk, () => saved, { others: async () => ["one"] });
  made.stop();
  assert.deepEqual([made.letters.length, disk.letters.size], [0, 1]);
});

test("letters of a page that ends are sent by one that stays, and none of them is overlooked until then", async () => {
  const disk = new Disk(), open = ["two"], others = async () => open;
  const { made, sent } = await outbox(disk, () => saved, { page: "one", others });
  const second = await outbox(disk, away, { page: "two" });
  second.made.put("answer", answer("a", "1"));
  await settle();
  for (let i = 0; i < 3; i++) assert.deepEqual([(await made.adopt()).length, made.elsewhere], [0, 1]);
  second.made.stop();
  open.length = 0;
  assert.deepEqual([(await made.adopt()).length, made.elsewhere], [0, 1], "it may be loading again");
  assert.deepEqual([(await made.adopt()).map(({ body }) => body.shown), made.elsewhere], [["a"], 0]);
  await settle();
  assert.equal(JSON.parse([...disk.letters.values()][0]).page, "one", "a third page leaves it to this one");
  await made.go();
  made.stop();
  assert.deepEqual([sent, disk.letters.size], [[["answer", "a"]], 0]);
});

test("of two pages that stay, one takes the letters of one that ends", async () => {
  const disk = new Disk(), gone = await outbox(disk, away, { page: "gone", others: async () => ["a", "b"] });
  const pages = { a: (await outbox(disk, () => saved, { page: "a", others: async () => ["b", "gone"] })).made, b: (await outbox(disk, () => saved, { page: "b", others: async () => ["a", "gone"] })).made };
  gone.made.put("answer", answer("a", "1"));
  await settle();
  gone.made.stop();
  for (const [name, page] of Object.entries(pages)) page.others = async () => (name === "a" ? ["b"] : ["a"]);
  const taken = { a: 0, b: 0 };
  for (let i = 0; i < 3; i++) for (const name of ["b", "a"]) taken[name] += (await pages[name].adopt()).length;
  for (const page of Object.values(pages)) page.stop();
  assert.deepEqual(taken, { a: 1, b: 0 });
});

test("the outbox is full when so many screens wait", async () => {
  const { made } = await outbox(new Disk(), away);
  for (let i = 0; i < MOST_WAITING; i++) { assert.equal(made.full, false); made.put("answer", answer(`s${i}`, `${i}`)); }
  made.stop();
  assert.equal(made.full, true);
});

test("what is large has time to arrive over a slow line", async () => {
  const asked = mock.method(AbortSignal, "timeout", () => undefined), sent = mock.method(globalThis, "fetch", async () => Response.json(saved));
  const server = new HttpTransport("/api", "secret");
  await server.post("answer", {});
  await server.post("trace", { samples: "x".repeat(6e6) });
  const [small, large] = asked.mock.calls.map(({ arguments: [ms] }) => ms);
  asked.mock.restore(); sent.mock.restore();
  assert.ok(small < 16_000 && large > 120_000, `${small} and ${large} ms`);
});

test("two views of one widget hear all that the kernel says, and take what they asked for", async () => {
  const heard = [], asked = [];
  const model = { on: (_, then) => heard.push(then), off: () => {}, send: (message) => asked.push(message) };
  const replies = Promise.all(["a", "b"].map((segment) => new MessageTransport(model).get("clip", { segment })));
  for (const { number, body } of asked) for (const then of heard) then({ number, content: body.segment });
  assert.deepEqual(await replies, ["a", "b"]);
});
