// Traces by themselves: what arrow keys, sticks and the mouse make of the value while a clip plays.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Node, load } from "./page.mjs";

const { Trace } = load(["player", "plots", "keys", "scales", "trace"], ["Trace"]);
let clock = 0, sticks = [], made;

beforeEach(() => {
  clock = 0; sticks = [];
  mock.method(performance, "now", () => 1000 * clock);
  Object.defineProperty(globalThis, "navigator", { value: { getGamepads: () => sticks }, configurable: true });
});
afterEach(() => { made.stop(); mock.restoreAll(); });

// A trace of a clip that plays.
function tracing(target = {}) {
  made = new Trace({ name: "arousal", low: -1, high: 1, rate_hz: 25, ...target }, { changed() {} });
  made.ready(Object.assign(new Node("audio"), { paused: false, currentTime: 0, play: async () => {} }));
  made.act("commit", {});
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
