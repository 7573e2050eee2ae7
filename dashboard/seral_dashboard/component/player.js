// The player: one clip at a time, with its waveform and spectrogram and a line that follows the sound.

function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== "") node.textContent = text;
  return node;
}

function canvas(className) {
  const node = make("canvas", className);
  // Sizes follow the layout; drawing is in CSS pixels on screens of any density.
  node.fit = () => {
    node.look = follow(node);
    const zoom = node.currentCSSZoom || 1, ratio = (window.devicePixelRatio || 1) * zoom, box = node.getBoundingClientRect();
    const width = box.width / zoom, height = box.height / zoom;
    const w = Math.max(1, Math.round(width * ratio)), h = Math.max(1, Math.round(height * ratio));
    if (node.width !== w || node.height !== h) { node.width = w; node.height = h; }
    const pen = node.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return [pen, width, height];
  };
  return node;
}

// Where on a canvas a pointer is, in the same pixels as it is drawn in.
function spot(node, e) {
  const zoom = node.currentCSSZoom || 1, box = node.getBoundingClientRect();
  return [(e.clientX - box.left) / zoom, (e.clientY - box.top) / zoom];
}

// What does not move is painted once for each size; a frame copies it, and has the line that moves to draw.
function still(node, what, paint) {
  const [pen, w, h] = node.fit();
  let { kept } = node;
  if (!kept || kept.what !== what || kept.look !== node.look || kept.copy.width !== node.width || kept.copy.height !== node.height) {
    const copy = make("canvas"), ink = copy.getContext("2d"), ratio = node.width / w;
    copy.width = node.width; copy.height = node.height;
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(ink, w, h);
    kept = node.kept = { what, copy, look: node.look };
  }
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, node.width, node.height);
  pen.drawImage(kept.copy, 0, 0);
  pen.restore();
  return [pen, w, h];
}

// What a file that plays offline holds instead of a server; see stage/export.py.
const inFile = () => globalThis.seralKept;

async function fetchJson(url) {
  if (inFile()) {
    if (!(url in inFile())) throw new Error("this is not in the file; the dashboard has it");
    return structuredClone(inFile()[url]);
  }
  const answer = await fetch(url);
  const content = await answer.json();
  if (!answer.ok || content.error) throw new Error(content.error || `the server answered ${answer.status}`);
  return content;
}

// Samples of a 16-bit WAV file, mixed to mono, in [-1, 1].
function samplesOf(buffer) {
  const view = new DataView(buffer);
  let at = 12, channels = 1, rate = 16000;
  while (at + 8 <= view.byteLength) {
    const name = String.fromCharCode(...new Uint8Array(buffer, at, 4)), size = view.getUint32(at + 4, true);
    if (name === "fmt ") { channels = view.getUint16(at + 10, true); rate = view.getUint32(at + 12, true); }
    if (name === "data") {
      const frames = Math.floor(Math.min(size, view.byteLength - at - 8) / 2 / channels);
      const raw = new Int16Array(buffer.slice(at + 8, at + 8 + frames * channels * 2)), mono = new Float32Array(frames);
      for (let i = 0; i < frames; i++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += raw[i * channels + c];
        mono[i] = sum / channels / 32768;
      }
      return { mono, rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("this is no WAV file");
}

// Sines of one size, worked out once.
const TABLES = new Map();
function tables(n) {
  if (!TABLES.has(n)) {
    const cos = new Float64Array(n / 2), sin = new Float64Array(n / 2), hann = new Float64Array(n);
    for (let k = 0; k < n / 2; k++) { cos[k] = Math.cos(2 * Math.PI * k / n); sin[k] = -Math.sin(2 * Math.PI * k / n); }
    for (let i = 0; i < n; i++) hann[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n);
    TABLES.set(n, { cos, sin, hann });
  }
  return TABLES.get(n);
}

// In-place radix-2 FFT.
function fft(re, im) {
  const n = re.length, { cos, sin } = tables(n);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { [re[i], re[j]] = [re[j], re[i]]; [im[i], im[j]] = [im[j], im[i]]; }
  }
  for (let len = 2; len <= n; len <<= 1) {
    const half = len >> 1, step = n / len;
    for (let k = 0; k < half; k++) {
      const c = cos[k * step], s = sin[k * step];
      for (let i = k; i < n; i += len) {
        const j = i + half, a = re[j] * c - im[j] * s, b = re[j] * s + im[j] * c;
        re[j] = re[i] - a; im[j] = im[i] - b; re[i] += a; im[i] += b;
      }
    }
  }
}

// A dark-to-light scale that keeps its order in grey and for colour-blind eyes.
const HEAT = [[14, 20, 40], [24, 54, 92], [11, 95, 115], [64, 146, 128], [176, 190, 98], [253, 231, 120]];
function heat(t) {
  const x = Math.min(0.9999, Math.max(0, t)) * (HEAT.length - 1), i = Math.floor(x), f = x - i;
  return HEAT[i].map((v, c) => Math.round(v + (HEAT[i + 1][c] - v) * f));
}

const SHADES = Array.from({ length: 256 }, (_, i) => heat(i / 255));

// Power in dB of shape (columns, 256 bands up to 8 kHz), as an image.
function spectrogram({ mono, rate }, columns) {
  const size = rate > 24000 ? 1024 : 512, hop = Math.max(1, (mono.length - size) / Math.max(1, columns - 1));
  const bins = Math.min(size / 2, Math.round(8000 / rate * size)), image = new ImageData(columns, bins);
  const level = new Float32Array(columns * bins), { hann } = tables(size), re = new Float64Array(size), im = new Float64Array(size);
  const tilt = Float32Array.from({ length: bins }, (_, b) => 20 * Math.log10(1 + b / 24));  // speech falls with frequency
  let top = -200;
  for (let x = 0; x < columns; x++) {
    const start = Math.round(x * hop);
    for (let i = 0; i < size; i++) { re[i] = (mono[start + i] || 0) * hann[i]; im[i] = 0; }
    fft(re, im);
    for (let b = 0; b < bins; b++) {
      const db = 10 * Math.log10(re[b] ** 2 + im[b] ** 2 + 1e-9) + tilt[b];
      level[x * bins + b] = db;
      if (db > top) top = db;
    }
  }
  for (let x = 0; x < columns; x++) for (let b = 0; b < bins; b++) {
    const at = 4 * ((bins - 1 - b) * columns + x), t = (level[x * bins + b] - top + 65) / 65;
    const [r, g, bl] = SHADES[t > 0 ? Math.round(255 * Math.min(1, t)) : 0];
    image.data[at] = r; image.data[at + 1] = g; image.data[at + 2] = bl; image.data[at + 3] = 255;
  }
  return image;
}

function isWave(buffer) { return new TextDecoder().decode(new Uint8Array(buffer, 0, 4)) === "RIFF"; }

async function decoded(buffer) {
  const sound = await new OfflineAudioContext(1, 1, 16000).decodeAudioData(buffer);
  return { mono: sound.getChannelData(0), rate: sound.sampleRate };
}

// What a clip looks like: worked out of its samples, or of a long one as the server drew it.
async function picture(content) {
  if (content instanceof ArrayBuffer) {
    const sound = isWave(content) ? samplesOf(content) : await decoded(content);
    return { sound: { ...sound, seconds: sound.mono.length / sound.rate }, image: await createImageBitmap(spectrogram(sound, 320)) };
  }
  const { low, high, bands, levels, seconds } = content, columns = low.length, sound = { low, high, seconds };
  if (!columns) return { sound, image: null };
  const raw = atob(levels), image = new ImageData(columns, bands);
  for (let x = 0; x < columns; x++) for (let b = 0; b < bands; b++) {
    image.data.set([...SHADES[raw.charCodeAt(x * bands + b)], 255], 4 * ((bands - 1 - b) * columns + x));
  }
  return { sound, image: await createImageBitmap(image) };
}

class Player {
  constructor(onEnd = () => {}) {
    this.node = make("div", "player");
    this.onEnd = onEnd;
    this.onDraw = () => {};  // what else shows where the sound is
    this.button = make("button", "round", "▶");
    this.button.setAttribute("aria-label", "play or pause");
    this.title = make("div", "clip-title", "");
    this.title.setAttribute("aria-live", "polite");
    this.wave = canvas("wave");
    this.spec = canvas("spec");
    const head = make("div", "player-head");
    head.append(this.button, this.title);
    this.node.append(head, this.wave, this.spec);
    this.attach(make("audio"));
    this.button.onclick = () => (this.audio.paused ? this.audio.play().catch(() => {}) : this.audio.pause());
    for (const area of [this.wave, this.spec]) area.onclick = (e) => this.seek(e);
    this.say("");
  }
  // A clip that was fetched before brings an element of its own, so that it sounds without a wait.
  attach(audio) {
    if (this.audio === audio) return;
    this.audio?.pause();
    this.audio?.remove();
    this.audio = audio;
    audio.preload = "auto";
    const own = (then) => () => { if (this.audio === audio) then(); };
    for (const kind of ["play", "pause", "ended"]) audio.addEventListener(kind, own(() => this.show()));
    audio.addEventListener("ended", own(this.onEnd));
    audio.addEventListener("error", own(() => { if (this.clip) this.say(`${this.clip.id} cannot be played`); }));
    this.node.append(audio);
  }
  say(text) { this.title.textContent = text; }
  // Says something else of the clip that is there.
  describe(text) { if (this.clip && this.title.lastChild) this.title.lastChild.textContent = `  ${text}`; }
  // Shows no clip, and nothing of the one before.
  blank(text) {
    this.clip = this.sound = this.image = null;
    this.attach(make("audio"));
    this.say(text);
    this.draw();
  }
  // Plays at once; pictures follow when the samples are here.
  async play(clip, sound = true) {
    if (!clip.url && !clip.audio) { this.blank(`${clip.id} is not in this file; the dashboard has it`); return; }
    this.clip = clip;
    this.sound = clip.sound ?? null;
    this.image = clip.image ?? null;
    if (clip.audio) this.attach(clip.audio);
    else this.audio.src = clip.url;
    this.audio.dataset.clip = clip.id;
    if (sound) this.audio.play().catch(() => {});
    this.title.replaceChildren(make("b", "", clip.title ?? clip.id), make("span", "", clip.text ? `  ${clip.text}` : ""));
    this.draw();
    if (clip.sound) return;
    try {
      const answer = await fetch(inFile() ? clip.url : `${clip.url}&draw=1`);
      if (!answer.ok) throw new Error((await answer.json()).error);
      const made = await picture(await answer[answer.headers.get("content-type").startsWith("audio/") ? "arrayBuffer" : "json"]());
      if (this.clip !== clip) return;
      Object.assign(this, made);
    } catch (wrong) { if (this.clip === clip) this.say(wrong.message); }
    this.draw();
  }
  seek(e) {
    const box = e.target.getBoundingClientRect();
    if (this.audio.duration) this.audio.currentTime = (e.clientX - box.left) / box.width * this.audio.duration;
    this.draw();
  }
  show() {
    this.button.textContent = this.audio.paused ? "▶" : "❚❚";
    cancelAnimationFrame(this.tick);
    let last = 0;  // thirty times a second are smooth, and leave the rest to the page
    const step = (now) => {
      if (now - last > 30) { last = now; this.draw(); }
      if (!this.audio.paused) this.tick = requestAnimationFrame(step);
    };
    step(performance.now());
  }
  // Lowest and highest sample of each column, of the loudest.
  peaks(columns) {
    const { mono, low: lows, high: highs } = this.sound;
    if (lows) return Array.from({ length: lows.length ? columns : 0 }, (_, x) => Math.floor(x / columns * lows.length)).map((i) => [lows[i], highs[i]]);
    const step = mono.length / columns, stride = Math.max(1, Math.floor(step / 200)), peaks = [];
    let loudest = 0.05;
    for (let x = 0; x < columns; x++) {
      let low = 0, high = 0;
      for (let i = Math.floor(x * step), end = Math.floor((x + 1) * step); i < end; i += stride) {
        if (mono[i] < low) low = mono[i];
        if (mono[i] > high) high = mono[i];
      }
      loudest = Math.max(loudest, high, -low);
      peaks.push([low, high]);
    }
    return peaks.map(([low, high]) => [low / loudest, high / loudest]);
  }
  paintWave(pen, w, h) {
    if (!this.sound) return;
    pen.fillStyle = ACCENT;
    this.peaks(Math.max(1, Math.floor(w))).forEach(([low, high], x) => {
      const up = high * h / 2, down = -low * h / 2;
      pen.fillRect(x, h / 2 - up, 1, Math.max(1, up + down));
    });
  }
  paintSpectrogram(pen, w, h) {
    if (!this.image) return;  // an empty box would say nothing
    pen.fillStyle = SOFT; pen.fillRect(0, 0, w, h);
    pen.drawImage(this.image, 0, 0, w, h);
    pen.fillStyle = "rgba(255,255,255,.85)"; pen.font = "11px sans-serif";
    pen.fillText("8 kHz", 4, 12); pen.fillText("0", 4, h - 4);
    pen.fillText(`${this.sound.seconds.toFixed(1)} s`, w - 34, h - 4);
  }
  draw() {
    this.onDraw();
    const t = this.audio.duration && this.audio.currentTime > 0 ? this.audio.currentTime / this.audio.duration : null;
    const [pen, w, h] = still(this.wave, this.sound, (...all) => this.paintWave(...all));
    const [ink, sw, sh] = still(this.spec, this.image, (...all) => this.paintSpectrogram(...all));
    if (t === null) return;
    pen.fillStyle = "#D55E00"; pen.fillRect(t * w - 1, 0, 2, h);
    ink.fillStyle = "#FFFFFF"; ink.fillRect(t * sw - 1, 0, 2, sh);
  }
  stop() { this.audio.pause(); this.audio.removeAttribute("src"); cancelAnimationFrame(this.tick); }
}

// Calls of the same root keep their widget; it ends only when the root is really gone.
function mounted(parent, kind, create) {
  const root = parent.querySelector(".seral");
  const key = `__seral_${kind}`;
  const widget = (root[key] ??= create(root));
  clearTimeout(widget.ending);
  return [widget, () => { widget.ending = setTimeout(() => { widget.stop(); root[key] = undefined; root.replaceChildren(); }, 300); }];
}
