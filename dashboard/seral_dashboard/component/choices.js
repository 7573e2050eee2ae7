// One class of many, by number key or by touch; further classes with shift.

// What lies between two buttons, a button's width beside its name and beside a "+", and about that of a letter, in pixels.
const BETWEEN = 10, BESIDE = 76, ALSO = 40, LETTER = 9.6;

// How many of `n` buttons stand in a row `wide` pixels long, so that the rows are as even as can be: five are three and
// two, never four and one.
function evenly(n, wide, narrowest = 160) {
  const most = Math.max(wide < 600 ? 2 : 1, Math.floor((wide + BETWEEN) / (narrowest + BETWEEN)));
  return Math.ceil(n / Math.ceil(n / most));
}

class Choices {
  constructor(target, { secondary, changed, chosen }) {
    this.target = target;
    this.targets = [target.name];
    this.secondary = secondary;
    this.names = target.classes;
    this.chosen = chosen; this.changed = changed;
    this.node = make("div", "part choices");
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", target.name);
    this.buttons = target.classes.map((name, i) => {
      const button = make("button", "choice");
      button.append(make("span", "cap"), make("span", "choice-name", name), make("span", "guess", ""));
      button.setAttribute("aria-pressed", "false");
      button.onclick = (e) => this.press(i, secondary && e.shiftKey);
      if (secondary) {
        const also = make("span", "also", "+");
        also.title = `also ${name}`;
        also.onclick = (e) => { e.stopPropagation(); this.press(i, true); };
        button.append(also);
      }
      return button;
    });
    this.node.append(...this.buttons);
    this.watch = new ResizeObserver(() => this.lie());
    this.watch.observe(this.node);
    this.clear();
  }
  // Rows as even as can be; one that is left over is as wide as its row.
  lie() {
    const n = this.names.length, longest = Math.max(...this.names.map((name) => name.length));
    const columns = evenly(n, this.node.clientWidth, Math.max(150, BESIDE + ALSO * this.secondary + LETTER * longest));
    this.node.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    this.buttons.at(-1).style.gridColumn = n > 1 && n % columns === 1 ? "1 / -1" : "";
  }
  stop() { this.watch.disconnect(); }
  get presses() { return this.names.length; }
  get filled() { return this.at !== null; }
  caps(keys) { this.buttons.forEach((button, i) => { button.firstChild.textContent = keys[i] === undefined ? "" : keyName(keys[i]); }); }
  press(i, also = false) {
    if (i >= this.names.length) return false;
    if (also && i !== this.at) { if (!this.others.delete(i)) this.others.add(i); }
    else if (!also) { this.at = i; this.others.delete(i); }
    this.show();
    if (also || !this.chosen()) this.changed();
    return true;
  }
  // The model's guess, where the project shows it: probabilities by class.
  hint(guess) {
    this.buttons.forEach((button, i) => {
      const p = guess?.proba?.[this.names[i]];
      button.querySelector(".guess").textContent = p === undefined ? "" : `${Math.round(100 * p)} %`;
    });
  }
  show() {
    this.buttons.forEach((button, i) => {
      button.classList.toggle("on", i === this.at);
      button.classList.toggle("second", this.others.has(i));
      button.setAttribute("aria-pressed", String(i === this.at));
    });
  }
  answers() { return [{ target: this.target.name, value: this.names[this.at], secondary: [...this.others].map((i) => this.names[i]) }]; }
  clear() { this.at = null; this.others = new Set(); this.show(); }
}
