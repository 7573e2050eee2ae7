// A page for scripts on node: as much of a browser as they touch, and nothing that is drawn.
import { readFileSync } from "node:fs";

const place = new URL("../../dashboard/seral_dashboard/component/", import.meta.url);
const pen = new Proxy({}, { get: () => () => pen, set: () => true });

export class Node {
  constructor(tag) { this.tagName = tag.toUpperCase(); this.children = []; this.classes = new Set(); this.attributes = {}; this.dataset = {}; this.style = {}; this.textContent = ""; this.listeners = {}; }
  get firstChild() { return this.children[0] ?? null; }
  get lastChild() { return this.children.at(-1) ?? null; }
  get classList() { return { add: (name) => this.classes.add(name), toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)) }; }
  get className() { return [...this.classes].join(" "); }
  set className(names) { this.classes = new Set(names.split(" ")); }
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.children = nodes; }
  setAttribute(name, value) { this.attributes[name] = value; }
  addEventListener(kind, then) { this.listeners[kind] = then; }
  removeEventListener(kind) { delete this.listeners[kind]; }
  querySelector(name) { return this.children.find((child) => child.classes?.has(name.slice(1))) ?? null; }
  getBoundingClientRect() { return { left: 0, top: 0, width: 0, height: 0 }; }
  getContext() { return pen; }
}

class Storage {
  constructor() { this.kept = new Map(); }
  getItem(name) { return this.kept.get(name) ?? null; }
  setItem(name, text) { this.kept.set(name, text); }
}

Object.assign(globalThis, {
  window: new Node("window"), HTMLElement: Node, localStorage: new Storage(),
  document: { createElement: (tag) => new Node(tag), createElementNS: (_, tag) => new Node(tag) },
  getComputedStyle: () => ({ color: "rgb(27, 42, 51)" }),
  ResizeObserver: class { observe() {} disconnect() {} },
});

// These names of these scripts, read in order as one module.
export function load(scripts, names) {
  const source = ["look", ...scripts].map((name) => readFileSync(new URL(`${name}.js`, place), "utf8")).join("\n");
  return new Function(`${source}; return { ${names.join(", ")} };`)();
}

// A key as it is pressed in a node of the page.
export function key(text, code = "", more = {}) {
  const path = [more.at ?? new Node("div")];
  return { key: text, code: code || text, composedPath: () => path, preventDefault() {}, stopImmediatePropagation() { this.stopped = true; }, ...more };
}
