// One scale answered at once: a slider with a mark that can be dragged, or set by a digit.

// Digits 1 to 9 are nine even steps from low to high.
const STEPS = 9;
const stepValue = (target, i, steps = STEPS) => target.low + (target.high - target.low) * i / (steps - 1);
const ENDS = { valence: ["negative", "positive"], arousal: ["calm", "excited"], dominance: ["controlled", "in control"] };

class Slider {
  constructor(target, { changed, chosen }) {
    this.target = target; this.targets = [target.name]; this.changed = changed; this.chosen = chosen;
    this.node = make("div", "part slider");
    const [low, high] = ENDS[target.name] ?? [String(target.low), String(target.high)], ends = make("div", "ends");
    this.input = make("input");
    Object.assign(this.input, { type: "range", min: 0, max: 1000, step: 1 });
    this.input.setAttribute("aria-label", target.name);
    this.input.oninput = () => this.set(target.low + (target.high - target.low) * this.input.value / 1000);
    this.input.onkeydown = (e) => e.preventDefault();
    this.said = make("output");
    ends.append(make("span", "", low), this.said, make("span", "", high));
    this.node.append(this.input, ends);
    this.clear();
  }
  get presses() { return STEPS; }
  get filled() { return this.value !== null; }
  set(value) { this.value = value; this.show(); this.changed(); }
  press(i) {
    if (i >= STEPS) return false;
    this.value = stepValue(this.target, i);
    this.show();
    if (!this.chosen()) this.changed();
    return true;
  }
  nudge(step) {
    const { low, high } = this.target;
    this.set(Math.min(high, Math.max(low, (this.value ?? (low + high) / 2) + step * (high - low) / 40)));
    return true;
  }
  hint(guess) { this.said.dataset.guess = guess?.mean === undefined ? "" : `model: ${guess.mean.toFixed(2)}`; }
  show() {
    const { low, high } = this.target;
    this.node.classList.toggle("open", this.value === null);
    this.input.value = this.value === null ? 500 : 1000 * (this.value - low) / (high - low);
    this.said.textContent = this.value === null ? "" : this.value.toFixed(2);
  }
  answers() { return [{ target: this.target.name, value: this.value }]; }
  clear() { this.value = null; this.show(); }
}
