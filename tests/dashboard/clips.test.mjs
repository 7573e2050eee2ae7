// The filter of the list of clips: what a word finds, and what a word for one column does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./page.mjs";

const { terms, spaced } = load(["player", "clips"], ["terms", "spaced"]);
const rows = [
  { id: "07_0012.wav", speaker: "07", emotion: "fear" },
  { id: "17_0007.wav", speaker: "17", emotion: "fear" },
  { id: "03_0702.wav", speaker: "03", emotion: "fearless" },
  { id: "Ünal-1.wav", speaker: "Ünal", emotion: "anger" },
];

function found(text) {
  const fits = terms(text, ["id", "speaker", "emotion"]);
  return rows.filter((row) => fits.every(({ name, holds }) => holds(spaced(name ? row[name] : Object.values(row).join(" "))))).map((row) => row.id);
}

test("a number is a whole one, a word may be begun", () => {
  assert.deepEqual(found("fear 07"), ["07_0012.wav"]);
  assert.deepEqual(found("fea"), ["07_0012.wav", "17_0007.wav", "03_0702.wav"]);
  assert.deepEqual(found("07_0012.wav"), ["07_0012.wav"]);
});

test("a word for one column is looked for there alone", () => {
  assert.deepEqual(found("speaker:17 fear"), ["17_0007.wav"]);
  assert.deepEqual(found("speaker:fear"), []);
  assert.deepEqual(found("SPEAKER:ünal"), ["Ünal-1.wav"]);
  assert.deepEqual(found("nosuch:17"), []);
  assert.deepEqual(found("  "), rows.map((row) => row.id));
});
