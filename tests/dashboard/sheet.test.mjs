// The answer sheet by itself: what keys, shift and arrows make of every kind of part.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./page.mjs";

const scripts = ["player", "plots", "outbox", "keys", "choices", "scales", "pad", "manikins", "trace", "screen", "face"];
const { Sheet, partsOf, evenly } = load(scripts, ["Sheet", "partsOf", "evenly"]);

const scale = (name, low = -1, high = 1) => ({ name, low, high, classes: null, rate_hz: 0 });
const emotion = { name: "emotion", classes: ["anger", "sadness", "joy"], low: -1, high: 1, rate_hz: 0 };

function sheet(task, names) {
  const seen = { done: 0 }, made = new Sheet(task, names, { ready: (filled) => { seen.filled = filled; }, finish: () => { seen.done += 1; } });
  return { made, seen, values: () => Object.fromEntries(made.rows().map(({ target, value }) => [target, value])) };
}

for (const [name, task, names, digits, wanted] of [
  ["manikins", [scale("valence", 1, 9), scale("arousal", 1, 5), scale("dominance", 1, 9)], ["manikins"], "149", { valence: 1, arousal: 4, dominance: 9 }],
  ["sliders", [scale("valence"), scale("arousal")], ["sliders"], "19", { valence: -1, arousal: 1 }],
  ["pad", [scale("valence"), scale("arousal", 0, 4)], ["pad"], "75", { valence: 0.5, arousal: 2 }],
  ["mixed", [emotion, scale("arousal")], ["classes", "manikins"], "25", { emotion: "sadness", arousal: 0 }],
]) test(`digits fill a screen of ${name}, and the last one finishes it`, () => {
  const { made, seen, values } = sheet(task, names);
  for (const digit of digits) {
    assert.deepEqual([seen.filled, seen.done], [false, 0]);
    made.press(Number(digit) - 1, false);
  }
  assert.deepEqual([values(), seen.filled, seen.done], [wanted, true, 1]);
  made.clear();
  assert.equal(made.filled, false);
});

test("a key beyond the last step or class does nothing", () => {
  for (const [target, name, beyond] of [[emotion, "classes", 3], [scale("arousal", 1, 5), "manikins", 5], [scale("arousal"), "sliders", 9]]) {
    const { made } = sheet([target], [name]);
    assert.equal(made.press(beyond, false), false);
    assert.equal(made.filled, false);
  }
});

test("further classes are added with shift, and none is both first and further", () => {
  const { made, seen } = sheet([emotion], ["classes", "secondary"]);
  made.press(0, true); made.press(1, true); made.press(1, true); made.press(2, true); made.press(2, false);
  const [{ value, secondary }] = made.rows();
  assert.deepEqual([value, secondary, seen.done], ["joy", ["anger"], 0], "and the rater says when it is all");
});

test("arrows move a scale from its middle, and not beyond its ends", () => {
  const { made, values } = sheet([scale("arousal", 1, 5)], ["sliders"]);
  made.active.nudge(1);
  assert.ok(Math.abs(values().arousal - 3.1) < 1e-9);
  for (let i = 0; i < 50; i++) made.active.nudge(1);
  assert.equal(values().arousal, 5);
});

test("confidence goes from 1 to 5, and is kept from 0 to 1", () => {
  const { made } = sheet([emotion], ["classes", "confidence"]);
  for (let i = 0; i < 9; i++) made.surer(1);
  made.press(0, false);
  assert.equal(made.rows()[0].confidence, 1);
  for (let i = 0; i < 9; i++) made.surer(-1);
  assert.equal(made.rows()[0].confidence, 0);
});

test("who cannot tell leaves every target without a value", () => {
  const { made } = sheet([emotion, scale("arousal")], ["classes", "sliders"]);
  made.press(0, false);
  assert.deepEqual(made.rows(true).map(({ target, value, unsure }) => [target, value, unsure]), [["emotion", null, true], ["arousal", null, true]]);
});

test("every target is asked once, by the first part that can", () => {
  const kinds = (task, names) => partsOf(task, names).map(({ kind, target, other }) => [kind, target.name, ...(other ? [other.name] : [])]);
  const three = [scale("valence"), scale("arousal"), scale("dominance")];
  assert.deepEqual(kinds(three, ["pad", "sliders"]), [["pad", "valence", "arousal"], ["slider", "dominance"]]);
  assert.deepEqual(kinds([...three, scale("interest")], ["manikins", "sliders"]), [["manikins", "valence"], ["manikins", "arousal"], ["manikins", "dominance"], ["slider", "interest"]]);
  assert.deepEqual(kinds([scale("valence"), { ...scale("arousal"), rate_hz: 25 }], ["trace", "sliders"]), [["trace", "arousal"], ["slider", "valence"]]);
});

test("one key alone throws away no long trace; pressed twice it does", (t) => {
  const { made } = sheet([{ ...scale("arousal"), rate_hz: 25 }], ["trace"]);
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const pressed = (action, repeat = false) => made.spares(action, { repeat });
  assert.equal(pressed("undo"), false);
  made.parts[0].samples = [[0, 0, 0], [3000, 0.5, 3000]];
  assert.deepEqual([pressed("up"), pressed("commit"), pressed("undo"), pressed("undo", true), pressed("skip")], [false, false, true, true, true]);
  assert.equal(pressed("skip"), false);
  assert.equal(pressed("escape"), true);
  now = 60_000;
  assert.deepEqual([pressed("escape"), pressed("escape")], [true, false]);
});

test("buttons lie in rows as even as can be, at least two beside each other on a phone", () => {
  for (const [n, wide, columns] of [[5, 860, 5], [5, 800, 3], [5, 700, 3], [7, 1030, 4], [6, 800, 3], [4, 700, 4], [8, 860, 4], [5, 340, 2], [3, 200, 2], [1, 900, 1]]) {
    assert.equal(evenly(n, wide), columns, `${n} in ${wide} px`);
  }
  assert.equal(evenly(5, 860, 210), 3, "no name is broken for a row more");
});
