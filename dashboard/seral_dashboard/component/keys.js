// Keys: what each does, how the rater changes it, and that they work whatever has the focus.

// What can be done, in the order in which the help lists it: [name, what it does, usual key].
const ACTIONS = [
  ["play", "play or pause", " "], ["again", "play from the start", "r"],
  ["back", "one second back", "ArrowLeft"], ["on", "one second on", "ArrowRight"],
  ["up", "up, on a pad or trace", "ArrowUp"], ["down", "down, on a pad or trace", "ArrowDown"],
  ["undo", "undo the last answer", "Backspace"], ["skip", "skip this clip", "s"], ["unsure", "mark it as unsure", "u"],
  ["commit", "save and go on", "Enter"], ["comment", "write a comment", "c"],
  ["less", "less confident", "-"], ["more", "more confident", "+"],
  ["slower", "slower", ","], ["faster", "faster", "."], ["why", "why this clip", "w"], ["help", "show the keys", "?"],
];
const CHOICE_KEYS = [..."1234567890", ..."qetyiopadfghjklzxvbnm"];
const KEY_NAMES = { " ": "space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", Enter: "↵" };
const keyName = (key) => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);

// A key by what is printed on it, and a digit by where it is: on some keyboards digits need shift.
function pressed(e) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code);
  if (digit && !(e.code.startsWith("Digit") && e.key === "?")) return digit[1];
  if (e.key === "=") return "+";
  if (e.key === "_") return "-";
  if (e.key.length === 1 && e.key > "\u007f" && /^Key[A-Z]$/.test(e.code)) return e.code[3].toLowerCase();
  return e.key.length === 1 ? e.key.toLowerCase() : e.key;
}

function writing(e) {
  const node = e.composedPath()[0];
  if (!(node instanceof HTMLElement)) return false;
  const free = ["button", "checkbox", "radio", "range", "color", "file", "submit", "reset"];
  return node.isContentEditable || ["TEXTAREA", "SELECT"].includes(node.tagName) || (node.tagName === "INPUT" && !free.includes(node.type));
}

class Keys {
  // `act(action, event)` says whether it did something; `root` is the view; listens on the window, or within `area` alone.
  constructor(act, root, area = null) {
    this.act = act;
    this.root = root;
    this.area = area ?? window;
    this.names = [];
    this.useful = () => true;
    this.own = {};
    try { this.own = JSON.parse(localStorage.getItem("seral-keys")) ?? {}; } catch { /* the usual ones */ }
    this.arrange();
    this.down = (e) => this.press(e);
    this.up = (e) => { if (this.held === e.code) { this.held = null; e.preventDefault(); e.stopImmediatePropagation(); } };
    this.area.addEventListener("keydown", this.down, true);
    this.area.addEventListener("keyup", this.up, true);
  }
  // How many choices have keys, what each is called, and keys that the project sets: { anger: "a", skip: "x" }.
  choices(names, project = {}) { this.names = names; this.project = project; this.arrange(); }
  arrange() {
    const usual = new Map(ACTIONS.map(([name, , key]) => [name, key]));
    CHOICE_KEYS.forEach((key, i) => usual.set(`choice${i}`, key));
    const wished = {};
    for (const [name, key] of Object.entries(this.project ?? {})) {
      const i = this.names.indexOf(name);
      wished[i < 0 ? name : `choice${i}`] = key;
    }
    this.keyOf = new Map([...usual, ...Object.entries(wished), ...Object.entries(this.own)].filter(([, key]) => typeof key === "string"));
    this.actionOf = new Map();
    for (const source of [this.own, wished, Object.fromEntries(usual)]) {
      for (const [name, key] of Object.entries(source)) if (key && !this.actionOf.has(key) && this.keyOf.get(name) === key) this.actionOf.set(key, name);
    }
    // Whose key was taken gets the usual one of who took it, or none: no cap shows a key that does something else.
    for (const [name, key] of this.keyOf) {
      if (this.actionOf.get(key) === name) continue;
      const free = [usual.get(name), usual.get(this.actionOf.get(key))].find((other) => other && !this.actionOf.has(other)) ?? "";
      this.keyOf.set(name, free);
      if (free) this.actionOf.set(free, name);
    }
  }
  // A key that was taken goes to the one that had this one's.
  remap(action, key) {
    const before = this.keyOf.get(action), other = this.actionOf.get(key);
    if (other && other !== action) this.own[other] = before;
    this.own[action] = key;
    this.save();
  }
  reset() { this.own = {}; this.save(); }
  save() {
    try { localStorage.setItem("seral-keys", JSON.stringify(this.own)); } catch { /* for this page alone */ }
    this.arrange();
  }
  press(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || this.root?.isConnected === false) return;  // not of a page that was left
    const key = pressed(e);
    if (this.catching) { e.preventDefault(); e.stopImmediatePropagation(); this.catching(key); return; }
    if (writing(e)) {
      if (this.root && !e.composedPath().includes(this.root)) return;  // a field of the page around
      if (key === "Escape" || (key === "Enter" && !e.shiftKey)) { e.preventDefault(); e.composedPath()[0].blur(); }
      e.stopImmediatePropagation();  // what is typed is no key of the page's host either
      return;
    }
    const walked = this.walking && key === "Enter" && e.composedPath()[0].tagName === "BUTTON";
    if (key !== "Shift") this.walking = key === "Tab";
    if (walked) return;  // who walks with Tab presses what Tab led to
    const action = key === "Escape" ? "escape" : this.actionOf.get(key);
    if (!action || !this.act(action, e)) return;
    this.held = e.code;
    e.preventDefault(); e.stopImmediatePropagation();
  }
  stop() {
    this.area.removeEventListener("keydown", this.down, true);
    this.area.removeEventListener("keyup", this.up, true);
  }
}

// The list of keys: click one, press another.
function keyHelp(keys, close) {
  const veil = make("div", "veil"), card = make("div", "card help"), list = make("div", "key-list");
  card.setAttribute("role", "dialog"); card.setAttribute("aria-label", "keys");
  const note = make("p", "faint", "Click a key to change it; changes stay in this browser.");
  const row = (action, text) => {
    const cap = make("button", "cap", keyName(keys.keyOf.get(action) || "–"));
    cap.setAttribute("aria-label", `key for: ${text}`);
    cap.dataset.action = action;
    cap.onclick = () => {
      cap.textContent = "…"; cap.classList.add("on");
      note.textContent = `Press the new key for “${text}”; Escape keeps the old one.`;
      keys.catching = (key) => {
        if (["Shift", "Control", "Alt", "Meta", "Tab", "CapsLock", "Dead"].includes(key)) return;
        keys.catching = null;
        if (key !== "Escape") keys.remap(action, key);
        fill();
      };
    };
    const line = make("div", "key-row");
    line.append(cap, make("span", "", text));
    return line;
  };
  const fill = () => {
    note.textContent = "Click a key to change it; changes stay in this browser.";
    list.replaceChildren(...keys.names.slice(0, CHOICE_KEYS.length).map((name, i) => row(`choice${i}`, name)), ...ACTIONS.filter(([name]) => keys.useful(name)).map(([name, text]) => row(name, text)));
  };
  fill();
  const end = make("div", "bar"), usual = make("button", "", "Usual keys"), done = make("button", "on", "Close");
  usual.onclick = () => { keys.reset(); fill(); };
  done.onclick = close;
  end.append(usual, make("span", "push"), done);
  card.append(make("h3", "", "Keys"), note, list, end);
  veil.append(card);
  veil.onclick = (e) => { if (e.target === veil) close(); };
  return veil;
}
