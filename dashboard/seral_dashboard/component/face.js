// What the rater sees: the clip, the sheet, what is saved and what is not yet, how far it is.

const MARK = "M4 13v6M11 8v16M18 3v26M25 10v12";
const BRIEF = "Each clip plays at once. Answer by key or by touch; the next one follows.";

class Face {
  constructor(view) {
    this.view = view;
    this.node = make("div", "label");
    this.player = new Player(() => this.refresh());
    this.progress = new ProgressCard(view);
    this.why = new WhyCard(view);
    this.beside = new BesideCard(view);
    const main = make("div", "label-main"), side = make("div", "label-side");
    this.place = make("div", "sheet-place");
    this.note = make("div", "notice"); this.note.setAttribute("role", "status");
    main.append(this.stage(), this.note, this.place, this.rest());
    side.append(this.beside.node, this.progress.node, this.why.node);
    const both = make("div", "label-both");
    both.append(main, side);
    this.held = new HeldCard(view);
    this.node.append(this.top(), this.held.node, both);
    this.start = this.welcome();
    this.node.append(this.start);
    this.watch = new ResizeObserver(() => { this.player.draw(); this.progress.draw(); });
    this.watch.observe(this.node);
  }
  top() {
    const top = make("div", "label-top"), mark = svg("svg", { viewBox: "0 0 36 32", width: 26, height: 23, "aria-hidden": "true" },
      svg("path", { d: MARK, fill: "none", stroke: "var(--accent)", "stroke-width": 3.4, "stroke-linecap": "round" }), svg("circle", { cx: 32, cy: 16, r: 3.4, fill: "#D55E00" }));
    this.title = make("div", "label-title");
    this.mark = make("div", "saved"); this.mark.setAttribute("role", "status");
    const keys = make("button", "quiet", "Keys ?");
    keys.onclick = () => this.help();
    top.append(mark, this.title, make("span", "push"), this.mark, keys);
    return top;
  }
  stage() {
    const stage = make("div", "card stage"), bar = make("div", "stage-bar");
    this.speed = make("button", "quiet", "1×");
    this.speed.title = "speed";
    this.speed.onclick = () => { this.view.faster(this.view.speed >= 2 ? -1.25 : 0.25); };
    this.replay = make("button", "quiet", "↺");
    this.replay.title = "play from the start";
    this.replay.onclick = () => this.view.act("again", {});
    bar.append(this.replay, this.speed);
    this.player.node.querySelector(".player-head").append(make("span", "push"), bar);
    stage.append(this.player.node);
    return stage;
  }
  rest() {
    const rest = make("div", "rest");
    const button = (action, text) => {
      const node = make("button", "rest-button");
      node.append(make("span", "cap", ""), make("span", "", text));
      node.dataset.action = action;
      node.onclick = () => { this.view.device = "pointer"; this.view.act(action, {}); };
      rest.append(node);
      return node;
    };
    this.buttons = [button("undo", "Undo"), button("skip", "Skip"), button("unsure", "Unsure")];
    rest.append(make("span", "push"));
    this.next = button("commit", "Save and go on");
    this.next.classList.add("next");
    this.buttons.push(this.next);
    return rest;
  }
  welcome() {
    const veil = make("div", "veil still"), card = make("div", "card welcome");
    this.hello = make("h2", "", "Ready to listen?");
    this.brief = make("p", "", BRIEF);
    this.go = make("button", "on start", "Loading …");
    this.go.disabled = true;
    this.go.onclick = () => this.view.begin();
    const tip = make("p", "faint", "Answers are kept in this browser until the server has them. You can stop and come back at any time.");
    card.append(this.hello, this.brief, this.go, tip);
    veil.append(card);
    return veil;
  }
  offer(any, trouble = "", waits = "Waiting for the recordings …") {
    this.go.disabled = !any;
    this.go.textContent = any ? "Start" : trouble ? waits : "Nothing to label right now";
    this.brief.textContent = trouble ? sentence(trouble) : BRIEF;
    if (!any) this.view.again(3000);
  }
  prepare(project, rater, task) {
    this.title.replaceChildren(make("b", "", project), make("span", "faint", rater));
    if (rater && rater !== "me") this.hello.textContent = `Ready to listen, ${rater}?`;
    this.place.replaceChildren(this.view.sheet.node);
    this.why.show();
    this.beside.prepare(task);
    for (const button of this.buttons) button.hidden = !this.view.sheet.knows(button.dataset.action);
    const { parts } = this.view.sheet;
    this.node.classList.toggle("dense", parts.length > 1 || !(parts[0] instanceof Choices) || parts[0].names.length > 12);
    this.next.hidden = this.view.sheet.quick && parts.length === 1 && parts[0] instanceof Choices;
  }
  caps() {
    const { keyOf } = this.view.keys;
    for (const button of this.buttons) button.firstChild.textContent = keyName(keyOf.get(button.dataset.action) ?? "");
  }
  begin() { this.start.remove(); this.node.classList.add("begun"); }
  show(clip, there) {
    this.number = (this.number ?? 0) + 1;
    this.player.title.textContent = there ? this.heading() : "Loading …";
    this.refresh();
  }
  heading() {
    const { now } = this.view;
    return now ? `Clip ${this.progress.number}` : "";
  }
  empty({ outbox, trouble, clips }) {
    const waits = outbox.waiting.length > 0;
    this.player.title.textContent = waits ? "Waiting for the server …" : "";
    const text = waits ? "Your last answers are not saved yet; new clips come as soon as they are."
      : trouble ? sentence(trouble)
        : clips.length ? "The clips that are left are open in another window of yours."
          : "Nothing more to label for now. New clips appear here by themselves.";
    this.say(text, waits || Boolean(trouble));
    this.refresh();
  }
  refresh() {
    const { view } = this;
    if (!view.sheet) return;
    const here = Boolean(view.now);
    this.place.classList.toggle("off", !here);
    this.place.classList.toggle("unheard", here && !view.heard);
    this.next.classList.toggle("on", here && view.sheet.filled && view.heard);
    this.speed.textContent = `${view.speed}×`;
    if (here && this.player.clip?.id === view.now.segment) this.player.title.textContent = this.heading();
    this.player.audio.dataset.shown = view.now?.shown ?? "";
  }
  say(text, bad = false) {
    this.note.textContent = text;
    this.note.classList.toggle("bad", bad);
  }
  flash(text) {
    this.note.textContent = text; this.note.classList.remove("bad");
    clearTimeout(this.fade);
    this.fade = setTimeout(() => { if (this.note.textContent === text) this.note.textContent = ""; }, 1600);
  }
  words(kind, rows) {
    if (kind === "skip") return "skipped";
    if (rows[0]?.unsure) return "unsure";
    return rows.map(({ target, value, secondary, samples }) => (samples ? `${target}, ${samples.length} samples` : typeof value === "number" ? `${target} ${value.toFixed(2)}` : [value, ...secondary].join(" + "))).join(" · ");
  }
  answered(clip, kind, rows) { this.state(this.view.outbox); this.why.of(clip, this.words(kind, rows)); }
  saved(letter) { this.why.saved(letter); this.beside.saved(letter); }
  // Green only where every answer, of any window here, is stored, or was removed by the rater; says how safe those are that wait.
  state(outbox) {
    const { held, waiting, error, removed, elsewhere } = outbox, open = new Set(outbox.answers.map(({ body }) => body.shown)).size;
    const wrong = Boolean(error && waiting.length), many = open ? `${open} ${open === 1 ? "answer" : "answers"} not saved yet` : "Undo not saved yet";
    const nowhere = waiting.some(({ safe }) => safe === ""), kept = outbox.fragile ? (nowhere ? "; kept nowhere else" : "; being written") : "; kept in this browser";
    const done = this.view.past.length ? (removed ? `All saved but ${removed} that you removed` : "All answers saved") : "";
    const look = `${held.length} ${held.length === 1 ? "answer needs" : "answers need"} a look`;
    const there = elsewhere ? `${elsewhere} ${elsewhere === 1 ? "answer" : "answers"} of another window not saved yet` : "";
    this.mark.className = `saved ${wrong || (held.length && !waiting.length) ? "bad" : waiting.length || elsewhere ? "open" : "done"}`;
    this.mark.textContent = waiting.length ? `${many}${wrong ? `: ${error.split(";")[0]}` : ""}${kept}` : held.length ? look : there || done;
    this.mark.title = wrong ? `${sentence(error)} They are sent again until they are saved. Leave this window open, or come back to it.` : "";
    this.held.show(held);
    if (nowhere) this.say("This browser keeps nothing: leave the window open until all is saved.", true);
  }
  help() {
    if (this.veil) return true;
    this.veil = keyHelp(this.view.keys, () => this.closeHelp());
    this.node.append(this.veil);
    return true;
  }
  closeHelp() {
    if (this.view.keys.catching) return;
    this.veil?.remove();
    this.veil = null;
    this.view.arranged();
  }
  stop() { this.watch.disconnect(); clearTimeout(this.fade); this.why.stop(); this.beside.stop(); this.progress.stop(); }
}
