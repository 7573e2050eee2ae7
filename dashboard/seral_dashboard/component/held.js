// Answers that were not accepted: shown with their clip until the rater has decided what becomes of them.

function wordsOf(rows) {
  return rows.map(({ kind = "answer", target, value, samples }) => {
    if (kind === "skip") return "skipped";
    if (kind === "unsure") return "unsure";
    if (samples || value == null) return `a trace of ${target}`;
    return typeof value === "number" ? `${target} ${value.toFixed(2)}` : value;
  }).join(" · ");
}

class HeldCard {
  constructor(view) {
    this.view = view;
    this.node = make("div", "card held-answers");
    this.node.setAttribute("role", "alert");
    this.node.hidden = true;
  }
  show(letters) {
    const now = letters.map(({ key, held }) => key + held.reason).join();
    if (now === this.shown) return;  // what has the focus keeps it
    this.shown = now;
    this.node.hidden = !letters.length;
    this.node.replaceChildren(...letters.map((letter) => this.entry(letter)));
  }
  entry(letter) {
    const { body, about, held } = letter, { outbox } = this.view, node = make("div", "held-answer");
    const clip = `Clip ${about?.number ?? "?"} (${body.segment ?? "undo"})`, mine = about?.words ?? "";
    const button = (text, then) => { const made = make("button", "", text); made.onclick = then; return made; };
    if (held.reason === "answered") {
      const theirs = wordsOf(held.stored);
      node.append(make("p", "", `${clip} has an answer already, from another window: ${theirs}. Yours was: ${mine}.`),
        button(`Keep ${theirs}`, () => outbox.remove(letter)), button(`Change it to ${mine}`, () => outbox.correct(letter)));
      return node;
    }
    const save = make("a", "held-file", "Download it");
    save.href = URL.createObjectURL(new Blob([JSON.stringify({ ...body, words: mine }, null, 2)], { type: "application/json" }));
    save.download = "answer.json";
    node.append(make("p", "", `${clip} was not accepted. Your answer was: ${mine}. The server says: ${held.error}.`), save,
      button("I have seen it: remove this answer", () => { URL.revokeObjectURL(save.href); outbox.remove(letter); this.view.asked(body.shown); }));
    return node;
  }
}
