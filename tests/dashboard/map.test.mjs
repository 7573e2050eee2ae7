// The map by itself: ticks and colours, which point is meant, and what a lasso encloses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./page.mjs";

const { MapView, doubtful, nice, ramp, short } = load(["player", "clips", "plots", "map", "pointer"], ["MapView", "doubtful", "nice", "ramp", "short"]);

// A map of 100 by 100 pixels with points at these pixels.
function map(points) {
  const view = Object.create(MapView.prototype);
  return Object.assign(view, { pool: { n: points.length }, place: (i) => points[i], known: new Map(), asked: new Set(), showList() {}, draw() {} });
}

test("ticks are round numbers within the axis", () => {
  const rounded = (...axis) => nice(...axis).map((tick) => +tick.toFixed(6));
  assert.deepEqual(rounded(0, 1), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(rounded(-1, 1), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(rounded(0.31, 0.49), [0.35, 0.4, 0.45]);
  assert.deepEqual(rounded(0, 430), [0, 200, 400]);
});

test("colours go from one end of the scale to the other, and no further", () => {
  assert.deepEqual([ramp(-3), ramp(0.5), ramp(9)], ["rgb(0,34,78)", "rgb(124,123,120)", "rgb(254,232,56)"]);
  assert.deepEqual([short("happiness", 4), short("joy", 4)], ["hap…", "joy"]);
});

test("ambiguous and unknown are two colours, and no doubt is neither", () => {
  assert.deepEqual([doubtful(1, 0.5), doubtful(0.5, 1), doubtful(0, 0)], ["rgb(230,159,0)", "rgb(0,90,181)", "rgb(222,228,231)"]);
  const view = Object.assign(map([[0, 0]]), { colour: { value: "doubt" }, doubt: null });
  Object.assign(view.pool, { target: { scale: false, classes: ["anger"] }, gold: [0] });
  assert.equal(view.colourOf(0), "#D3DADE");
  view.doubt = { ambiguous: [51], unknown: [255] };
  assert.equal(view.colourOf(0), "rgb(0,90,181)");
});

test("the nearest point is meant, a marked one rather than another, and none that is far", () => {
  const view = map([[10, 10], [20, 10], [80, 80]]);
  assert.equal(view.nearest([14, 10], 14), 0);
  view.asked.add(1);
  assert.equal(view.nearest([14, 10], 14), 1);
  assert.equal(view.nearest([50, 50], 14), null);
  assert.equal(Object.assign(map([]), { pool: null }).nearest([0, 0], 14), null);
});

test("by key every point is reached, as one reads, and the next one in a direction", () => {
  const view = map([[80, 11], [10, 10], [50, 60], [52, 90]]);
  Object.assign(view, { tipOf() {}, said: () => [], map: { setAttribute() {} } });
  view.pool.ids = ["a", "b", "c", "d"];
  const seen = Array.from({ length: 4 }, () => { view.pick(view.following(1)); return view.picked; });
  assert.deepEqual(seen, [1, 0, 2, 3]);
  assert.equal(view.following(1), 1);
  view.pick(2);
  assert.deepEqual([view.towards([0, 1]), view.towards([0, -1]), view.towards([1, 0]), view.towards([-1, 0])], [3, 0, 0, 1]);
});

test("a lasso encloses what lies within it, also where it is dented", () => {
  const view = map([[10, 30], [50, 20], [90, 30], [50, 80], [120, 50]]);
  view.enclose([[0, 0], [50, 50], [100, 0], [100, 100], [0, 100]]);
  assert.deepEqual(view.chosen, [0, 2, 3]);
});

test("the machine takes back its own labels, and none that a person gave", () => {
  const view = map([[0, 0], [1, 1]]);
  view.learn({ round: 1, labelled: [0, 1], answers: [2, 3], machine: [1, 0] });
  assert.deepEqual(view.known.get(0), [2, 1, 1]);
  view.learn({ round: 2, labelled: [], answers: [], withdrawn: [0, 1] });
  assert.deepEqual([...view.known.keys()], [1]);
});
