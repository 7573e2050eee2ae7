// The stage: scenes one after another, large, dark or light, moved by keys or a clicker.

const KINDS = {
  hear: (root, shown) => new Hearing(root, shown),
  map: (root, shown) => {
    const view = new MapView(root);
    if ([...view.colour.options].some(({ value }) => value === shown.colour)) view.colour.value = shown.colour;
    view.begin = shown.round ?? null;
    view.update(shown.data);
    return view;
  },
  duel: (root, shown) => { const view = new Duel(root); view.update(shown.data); return view; },
  curves: (root, shown) => new Curves(root, shown),
  page: (root, shown) => {
    const frame = make("iframe", "stage-page");
    const dark = document.documentElement.style.colorScheme === "dark";
    frame.src = `${shown.at}&embed_options=${dark ? "dark_theme" : "light_theme"}`;
    frame.title = "page of the dashboard";
    root.append(frame);
    return { stop() { frame.remove(); } };
  },
  missing: (root, shown) => { root.append(make("div", "stage-missing", shown.text)); return { stop() {} }; },
};

class Stage {
  // `tell` returns the story, `show` what a scene shows: from the server, or from the file that this is.
  constructor(root, tell, show, away = "") {
    this.root = root;
    this.tell = tell;
    this.show = show;
    this.away = away;
    this.at = -1;
    this.picture = make("div", "stage-picture");
    this.caption = make("div", "stage-caption");
    this.caption.setAttribute("aria-live", "polite");
    this.dots = make("nav", "stage-dots");
    const foot = make("footer", "stage-foot");
    foot.append(this.caption, this.dots);
    root.append(this.picture, foot);
    this.wear(new URL(location.href).searchParams.get("look") === "light" ? "light" : "dark");
    this.size();
    addEventListener("resize", () => this.size());
    addEventListener("keydown", (e) => this.key(e));
    addEventListener("hashchange", () => this.go(this.asked()));
  }

  async play() {
    try { this.begin(await this.tell()); } catch (wrong) { this.fail(wrong); }
  }

  begin({ title, scenes }) {
    this.scenes = scenes;
    document.title = `${title} · SERAL`;
    scenes.forEach((scene, i) => {
      const dot = make("button", "dot");
      dot.title = scene.caption || scene.at;
      dot.setAttribute("aria-label", `scene ${i + 1} of ${scenes.length}`);
      dot.onclick = () => this.go(i);
      this.dots.append(dot);
    });
    this.dots.hidden = scenes.length < 2;
    this.go(this.asked());
  }

  asked() { return Math.max(1, Number(location.hash.slice(1)) || 1) - 1; }

  async go(at) {
    const to = Math.max(0, Math.min(this.scenes.length - 1, at));
    if (to === this.at) return;
    this.at = to;
    const scene = this.scenes[to];
    history.replaceState(null, "", `#${to + 1}`);
    [...this.dots.children].forEach((dot, i) => dot.classList.toggle("on", i === to));
    this.caption.textContent = scene.caption;
    this.caption.hidden = !scene.caption;
    this.widget?.stop();
    this.widget = null;
    const box = make("div", "stage-scene"), word = make("div", "stage-waiting", "Loading …");
    this.picture.replaceChildren(box);
    const later = setTimeout(() => box.append(word), 400);  // what comes at once needs no word
    try {
      const shown = await this.show(scene.at);
      if (this.at !== to) return;
      clearTimeout(later);
      word.remove();
      box.dataset.kind = shown.kind;
      this.widget = KINDS[shown.kind](box, shown);
    } catch (wrong) { if (this.at === to) this.fail(wrong); }
  }

  fail(wrong) { this.picture.replaceChildren(make("div", "stage-missing", `${wrong.message}.`)); }

  // As large as both sides of the screen allow; canvases draw as sharp as before.
  size() {
    const zoom = Math.max(1, Math.min(innerWidth / 1200, innerHeight / 675));
    this.root.style.setProperty("--zoom", zoom.toFixed(3));
    this.root.style.zoom = zoom.toFixed(3);
  }

  wear(look) {
    document.documentElement.style.colorScheme = look;
    document.documentElement.dataset.look = look;
    dispatchEvent(new Event("resize"));
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
    if (this.widget?.key?.(e)) { e.preventDefault(); return; }
    if (e.key in steps && !(e.target.tagName === "CANVAS" && e.key.startsWith("Arrow"))) { e.preventDefault(); this.go(this.at + steps[e.key]); }
    else if (e.key === "Home") this.go(0);
    else if (e.key === "End") this.go(this.scenes.length - 1);
    else if (e.key === " ") { e.preventDefault(); (this.widget?.filmButton ?? this.widget?.playButton)?.click(); }
    else if (e.key.toLowerCase() === "l") { this.wear(document.documentElement.dataset.look === "light" ? "dark" : "light"); this.again(); }
    else if (e.key.toLowerCase() === "f") this.fill();
    else if ((e.key === "Escape" || e.key.toLowerCase() === "p") && this.away) location.href = this.away;
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  }

  again() { const { at } = this; this.at = -1; this.go(at); }
}
