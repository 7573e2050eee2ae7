// Keys by themselves: what each does, who gets a key that two want, and what is remembered.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Node, key, load } from "./page.mjs";

const { Keys, LabelView, pressed } = load(["player", "keys", "label"], ["Keys", "LabelView", "pressed"]);
const names = ["anger", "happiness", "neutral"];

beforeEach(() => localStorage.kept.clear());

// Keys of a view, and what they did.
function keys(project = {}) {
  const done = [], root = new Node("main"), made = new Keys((action) => done.push(action), root);
  made.choices(names, project);
  return { made, done, root, press: (...event) => made.press(key(...event)) };
}
const alone = (made) => {
  const given = [...made.keyOf.values()].filter(Boolean);
  assert.equal(given.length, new Set(given).size, "each key does one thing");
  for (const [action, one] of made.keyOf) if (one) assert.equal(made.actionOf.get(one), action);
};

test("digits choose, wherever they are on the keyboard and whatever shift does there", () => {
  const { done, press } = keys();
  press("1"); press("&", "Digit2"); press("3", "Numpad3");
  assert.deepEqual(done, ["choice0", "choice1", "choice2"]);
  assert.equal(pressed({ key: "?", code: "Digit8" }), "?");
  assert.equal(pressed({ key: "ы", code: "KeyS" }), "s", "a letter of another script is the key that it is on");
});

test("no cap shows a key that does something else", () => {
  const { made, done, press } = keys({ anger: "s" });
  assert.deepEqual([made.keyOf.get("choice0"), made.keyOf.get("skip")], ["s", "1"], "skip has the key that anger left");
  press("s"); press("1");
  assert.deepEqual(done, ["choice0", "skip"]);
  made.own = { choice1: "s", choice2: "s" };
  made.arrange();
  alone(made);
});

test("a changed key goes to the next page, and the one that had it gets the other's", () => {
  const { made } = keys();
  made.remap("choice0", "j");
  made.remap("skip", "1");
  const { made: next, done, press } = keys();
  alone(next);
  press("j"); press("1");
  assert.deepEqual(done, ["choice0", "skip"]);
  next.remap("skip", "j");
  assert.deepEqual([next.keyOf.get("skip"), next.keyOf.get("choice0")], ["j", "1"]);
  next.reset();
  assert.equal(keys().made.keyOf.get("choice0"), "1");
});

test("what the browser has kept and is no list of keys leaves the usual ones", () => {
  for (const text of ["{", "null", '{"skip": 3}']) {
    localStorage.setItem("seral-keys", text);
    assert.equal(keys().made.actionOf.get("s"), "skip");
  }
});

test("what is typed in a field, or with Control, is no key", () => {
  const { made, done, press, root } = keys(), field = Object.assign(new Node("input"), { type: "text", blur() { this.left = true; } });
  const typed = (text) => { const e = key(text, "", { composedPath: () => [field, root] }); made.press(e); return e; };
  assert.equal(typed("1").stopped, true, "nor one of the page's host");
  assert.equal(field.left, undefined);
  typed("Enter");
  assert.equal(field.left, true);
  press("1", "", { at: field });
  press("1", "", { ctrlKey: true });
  assert.deepEqual(done, []);
  press("2", "", { at: Object.assign(new Node("input"), { type: "range" }) });
  assert.deepEqual(done, ["choice1"], "a slider is no field to write in");
});

test("Enter presses the button that Tab led to, and commits otherwise", () => {
  const { done, press } = keys(), at = new Node("button");
  press("Enter", "", { at });
  press("Tab", "", { at }); press("Enter", "", { at });
  assert.deepEqual(done, ["commit"]);
});

// A labelling view without its page.
function view(sheet) {
  const made = Object.create(LabelView.prototype);
  Object.defineProperty(made, "player", { value: {} });
  return Object.assign(made, { begun: true, face: {}, now: { played_at: 1 }, sheet });
}

test("a key that is held answers one clip", () => {
  const chosen = [], held = view({ spares: () => false, press: (i) => { chosen.push(i); return true; } });
  for (const repeat of [false, true, true]) assert.equal(held.act("choice0", { repeat }), true);
  assert.deepEqual(chosen, [0]);
});

test("arrows go to a trace where there is one, and to the scale else", () => {
  const moved = [], nudge = (step) => { moved.push(step); return true; };
  assert.equal(view({ spares: () => false, trace: { act: (action) => moved.push(action) }, active: { nudge } }).act("up", {}), true);
  assert.equal(view({ spares: () => false, trace: null, active: { nudge } }).act("down", {}), true);
  assert.deepEqual(moved, ["up", -1]);
});
