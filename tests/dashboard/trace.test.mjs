// Traces by themselves: what arrow keys, sticks and the mouse make of the value while a clip plays.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Node, load } from "./page.mjs";

const { Trace, joined } = load(["player", "plots", "keys", "scales", "draft", "trace"], ["Trace", "joined"]);
let clock = 0, sticks = [], made;

beforeEach(() => {
  clock = 0; sticks = [];
  mock.method(performance, "now", () => 1000 * clock);
  Object.defineProperty(globalThis, "navigator", { value: { getGamepads: () => sticks }, configurable: true });
});
afterEach(() => { made.stop(); mock.restoreAll(); });

// A trace of a clip that plays.
function tracing(target = {}, how = {}) {
  untouched(target, how);
  made.act("commit", {});
  return made;
}
function untouched(target = {}, how = {}) {
  made = new Trace({ name: "arousal", low: -1, high: 1, rate_hz: 25, ...target }, { changed() {}, ...how });
  made.ready(Object.assign(new Node("audio"), { paused: false, currentTime: 0, play: async () => {} }));
  return made;
}
function pass(seconds) {
  for (let left = Math.round(seconds / 0.02); left > 0; left--) { clock += 0.02; made.audio.currentTime = clock; made.sample(); }
}
const values = () => made.answers()[0].samples.map(([, value]) => value);
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-3, `${one} is not ${other}`);
const up = { key: "ArrowUp", code: "ArrowUp" };

test("a held arrow crosses the whole range in two seconds, and goes no further", () => {
  tracing();
  assert.equal(made.act("up", up), true);
  pass(0.5);
  near(values().at(-1), 0.5);
  made.release(up);
  pass(0.2);
  near(values().at(-1), 0.5);
  made.act("up", up);
  pass(2);
  assert.deepEqual([values().at(-1), made.answers()[0].device], [1, "keyboard"]);
});

test("a stick is the value itself, and its rest is the middle", () => {
  tracing({ low: 1, high: 5 });
  pass(0.1);
  near(values().at(-1), 3);
  sticks = [null, { axes: [0, -0.8] }];
  pass(0.1);
  near(values().at(-1), 4.6);
  sticks = [null, { axes: [0, 0] }];
  pass(0.1);
  near(values().at(-1), 3);
  assert.equal(made.answers()[0].device, "gamepad");
});

test("without ends only movement counts, and there is no end", () => {
  tracing({ low: null, high: null });
  made.area.getBoundingClientRect = () => ({ left: 0, top: 0, width: 100, height: 100 });
  const move = (clientY) => made.move({ clientY, pointerType: "mouse" });
  move(50);
  for (let i = 0; i < 3; i++) { move(250); move(250); made.last = 50; }
  pass(0.1);
  near(values().at(-1), -6);
  made.act("down", { key: "ArrowDown", code: "ArrowDown" });
  pass(2);
  near(values().at(-1), -7);
});

test("on a bounded scale the value is where the pointer is", () => {
  tracing();
  made.area.getBoundingClientRect = () => ({ left: 0, top: 100, width: 100, height: 132 });
  for (const [y, value] of [[116, 1], [166, 0], [216, -1], [400, -1]]) {
    made.move({ clientY: y, pointerType: "mouse" });
    pass(0.02);
    near(values().at(-1), value);
  }
});

test("a sample is taken only while the clip goes on, and its times rise", () => {
  tracing();
  pass(0.2);
  made.audio.paused = true;
  for (let i = 0; i < 5; i++) made.sample();
  made.audio.paused = false;
  for (let i = 0; i < 5; i++) made.sample();
  const times = made.answers()[0].samples.map(([t]) => t);
  assert.equal(times.length, 10);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
});

test("made again, nothing of the first trace is left", () => {
  tracing();
  made.act("up", up);
  pass(0.4);
  made.audio.listeners.ended();
  assert.equal(made.filled, true);
  made.act("again", {});
  clock = 0;
  pass(0.1);
  assert.deepEqual([made.state, values().length], ["recording", 5]);
  near(values().at(-1), 0);
});

test("what leads in is heard, and not recorded", () => {
  tracing();
  made.ready(made.audio, 2);
  pass(1.9);
  assert.deepEqual([made.answers()[0].samples, made.node.dataset.state], [[], "lead"]);
  pass(0.6);
  const times = made.answers()[0].samples.map(([t]) => t);
  assert.ok(times[0] >= 0 && times[0] < 0.03, `${times[0]} is the start of the stretch`);
  near(times.at(-1), 0.5);
  assert.equal(made.node.dataset.state, "recording");
});

test("a sound that is moved while it is traced goes on from the last sample, and no part is left out", () => {
  tracing();
  made.ready(made.audio, 2);
  pass(3);
  for (const moved of [9, 0.5]) {  // by a click on the waveform, on and back
    clock = moved;
    made.audio.currentTime = moved;
    made.sample();
    near(made.audio.currentTime, 3);
  }
  made.audio.currentTime = 12;  // to the very end: the clip is not over
  made.audio.listeners.ended();
  assert.equal(made.state, "recording");
  clock = 3;
  pass(1);
  const times = made.answers()[0].samples.map(([t]) => t);
  assert.ok(times.every((t, i) => !i || t - times[i - 1] < 0.1), "a part was not traced");
  made.audio.listeners.ended();
  assert.equal(made.filled, true);
});

test("moved before the first sample, the clip begins again; a paused one says so", () => {
  tracing();
  made.audio.currentTime = 5;
  made.sample();
  assert.deepEqual([made.audio.currentTime, made.samples], [0, []]);
  made.audio.paused = true;
  made.sample();
  assert.match(made.said.textContent, /Paused: nothing is recorded/);
});

test("a key that goes up in another window moves nothing any more", () => {
  tracing();
  made.act("up", up);
  pass(0.2);
  globalThis.window.listeners.blur?.();
  pass(0.5);
  near(values().at(-1), 0.2);
});

test("a trace of hours is thinned out, so that the server takes it, and has no gaps", () => {
  tracing({ low: 0, high: 100 });
  made.value = 100 / 3;
  pass(2 * 3600);
  const [{ samples }] = made.answers();
  assert.ok(JSON.stringify({ samples }).length < 7_500_000, `${samples.length} samples`);
  assert.ok(samples.at(-1)[0] > 7199 && samples[0][0] < 0.1);
  assert.ok(samples.every(([t], i) => !i || t - samples[i - 1][0] < 0.2));
  made.clear();
  assert.equal(made.every, made.first);
});

test("what the end of the page would take away of a trace is told, until it is saved or cleared", () => {
  tracing();
  assert.equal(made.unsaved, false);
  pass(0.2);
  assert.equal(made.unsaved, true);
  made.end();
  assert.equal(made.unsaved, true);
  made.clear();
  assert.equal(made.unsaved, false);
});

// Drafts as a page would find them when it is opened again.
class Left {
  constructor() { this.draft = null; this.writes = 0; }
  write({ low, high }, samples, state) { this.writes += 1; this.draft = structuredClone({ low, high, samples, state }); }
  drop() { this.draft = null; }
}

test("a trace is kept a few times a second, and a page that is opened again goes on from there", () => {
  const drafts = new Left();
  tracing({}, { drafts });
  made.act("up", up);
  pass(6);
  assert.ok(drafts.writes > 10 && drafts.writes < 24, `${drafts.writes} writes in 6 s`);
  const { draft } = drafts;
  made.stop();
  untouched({}, { drafts });
  made.looking = true;
  made.act("commit", {});  // pressed before the draft was found: the rater is asked all the same
  made.offer(draft);
  assert.deepEqual([made.state, made.unsaved, made.filled], ["kept", false, false]);
  assert.match(made.said.textContent, /^5\.\d s of this trace were kept/);
  made.act("commit", {});
  clock = made.audio.currentTime;
  near(clock, draft.samples.at(-1)[0] - 3);
  pass(0.02);
  assert.match(made.said.textContent, /recording goes on in 3\.0 s/);
  assert.equal(values().length, draft.samples.length, "what is heard again is not recorded");
  pass(4);
  const times = made.answers()[0].samples.map(([t]) => t);
  near(times.at(-1), clock);
  assert.ok(times.every((t, i) => !i || (t > times[i - 1] && t - times[i - 1] < 0.5)), "without a gap, and none twice");
  near(values().at(-1), 1);
});

test("begun anew, discarded, or along another scale, nothing of a draft gets in", () => {
  const draft = { low: -1, high: 1, samples: [[0, 0.5, 1], [1, 0.5, 2]], state: { every: 20, device: "mouse", ended: false } };
  const drafts = new Left();
  for (const then of [() => made.act("again", {}), () => made.redo.onclick(), () => { made.clear(); made.act("commit", {}); }]) {
    untouched({}, { drafts });
    drafts.draft = draft;
    made.offer(draft);
    then();
    assert.deepEqual([made.state, made.samples, drafts.draft], ["recording", [], null]);
    made.stop();
  }
  untouched({ low: 1, high: 5 });
  made.offer(draft);
  assert.deepEqual([made.state, made.samples], ["idle", []]);
});

test("a trace that had ended is there to be saved", () => {
  const drafts = new Left();
  tracing({}, { drafts });
  pass(0.5);
  made.end();
  const { draft } = drafts;
  made.stop();
  untouched({}, { drafts });
  made.offer(draft);
  assert.deepEqual([made.filled, values().length], [true, draft.samples.length]);
});

test("what a page that slept adds to a draft that another took over is no part of it", () => {
  const piece = (page, number, after, ...samples) => ({ page, target: "arousal", run: 1, number, after, samples });
  const found = joined([piece("a", 1, -1, [0], [1]), piece("a", 2, 1, [2]), piece("a", 4, 3, [4]), piece("b", 3, 2, [3])]);
  assert.deepEqual(found.map(({ samples }) => samples), [[[0], [1], [2]]]);
});
