// Small plots beside the map: the learning curve up to the round, and what is confused with what.

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// From this share on a cell is so full that its text is pale, as in figures (see figure_text.py).
const FULL = 0.65;
const SCALE = [[0, 34, 78], [62, 77, 108], [124, 123, 120], [188, 175, 111], [254, 232, 56]];  // cividis, for numbers

function ramp(t) {
  const x = Math.min(0.9999, Math.max(0, t)) * (SCALE.length - 1), i = Math.floor(x), f = x - i;
  return `rgb(${SCALE[i].map((v, c) => Math.round(v + (SCALE[i + 1][c] - v) * f)).join(",")})`;
}

// Two doubts, two colours: the larger one gives the hue, its size the strength.
function doubtful(ambiguous, unknown) {
  const hue = DOUBTS[unknown > ambiguous ? "unknown" : "ambiguous"], strength = Math.min(1, Math.max(0, ambiguous, unknown)) ** 2;
  return `rgb(${DOUBTS.neither.map((v, c) => Math.round(v + (hue[c] - v) * strength)).join(",")})`;
}

function nice(low, high, count = 4) {
  const raw = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999), ticks = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) ticks.push(v);
  return ticks;
}

// The run's own curve is strong up to the round shown, faint beyond; other strategies are thin. Bars below it: how many
// clips only the machine has labelled, [spent, number] of each round.
function drawCurve(node, { own, others, metric, at: spent, machine = [] }) {
  const [pen, w, h] = node.fit();
  pen.clearRect(0, 0, w, h);
  const all = [own, ...others.map((o) => o.points)].flat();
  if (!all.length) { pen.fillStyle = FAINT; pen.font = "14px sans-serif"; pen.fillText("no score yet", 40, h / 2); return; }
  const left = 40, bottom = 24, top = 8, right = 16;
  pen.lineWidth = 1;
  const xHigh = Math.max(...all.map((p) => p[0])), ys = all.map((p) => p[1]);
  let low = Math.min(...ys), high = Math.max(...ys);
  const room = (high - low || 0.1) * 0.08;
  low -= room; high += room;
  const X = (v) => left + v / (xHigh || 1) * (w - left - right), Y = (v) => h - bottom - (v - low) / (high - low) * (h - bottom - top);
  pen.font = "12px sans-serif"; pen.textBaseline = "middle"; pen.textAlign = "right";
  const ticks = nice(low, high, 4), places = decimals(ticks);
  for (const t of ticks) {
    pen.strokeStyle = GRID; pen.beginPath(); pen.moveTo(left, Y(t)); pen.lineTo(w - right, Y(t)); pen.stroke();
    pen.fillStyle = FAINT; pen.fillText(t.toFixed(places), left - 5, Y(t));
  }
  pen.textAlign = "center"; pen.textBaseline = "alphabetic";
  for (const t of nice(0, xHigh, 5)) pen.fillText(String(+t.toFixed(6)), X(t), h - 8);
  const line = (points, colour, width, dash = []) => {
    pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(X(x), Y(y)) : pen.moveTo(X(x), Y(y))));
    pen.stroke(); pen.setLineDash([]);
  };
  const most = Math.max(0, ...machine.map((p) => p[1])), told = machine.filter((p) => p[0] <= spent + 1e-9).pop();
  if (most) {
    for (const [x, n] of machine) {
      pen.fillStyle = x <= spent + 1e-9 ? MACHINE : LATER;
      const tall = n / most * (h - bottom - top) * 0.2;
      pen.fillRect(X(x) - 3, h - bottom - tall, 6, tall);
    }
    pen.fillStyle = MACHINE; pen.textAlign = "left"; pen.font = "12px sans-serif";
    pen.fillText(`${told?.[1] ?? 0} clips by the machine alone`, left + 4, top + 9);
  }
  for (const o of others) line(o.points, o.name === "random" ? "#8A949B" : DOT, 1.5, o.name === "random" ? [2, 3] : [6, 3]);
  line(own, HELD, 2);
  line(own.filter((p) => p[0] <= spent + 1e-9), ACCENT, 3);
  const now = own.filter((p) => p[0] <= spent + 1e-9).pop();
  if (now) {
    pen.fillStyle = ACCENT; pen.beginPath(); pen.arc(X(now[0]), Y(now[1]), 6, 0, 7); pen.fill();
    pen.fillStyle = INK; pen.font = "600 14px sans-serif"; pen.textAlign = X(now[0]) > w - 90 ? "right" : "left";
    const side = X(now[0]) > w - 90 ? -10 : 10;
    const text = `${metric} ${now[1].toFixed(3)}`, at = [X(now[0]) + side, Math.min(h - bottom - 6, Y(now[1]) + 20)];
    pen.strokeStyle = PAPER; pen.lineWidth = 4; pen.strokeText(text, ...at); pen.fillText(text, ...at);
  }
}

function drawMatrix(node, counts, classes) {
  const [pen, w, h] = node.fit();
  pen.clearRect(0, 0, w, h);
  pen.font = "14px sans-serif"; pen.fillStyle = FAINT;
  if (!counts) { pen.fillText("no model in this round yet", 8, h / 2); return; }
  const left = 84, bottom = 24, n = classes.length, cw = (w - left) / n, ch = (h - bottom) / n, size = Math.min(13, ch - 2);
  counts.forEach((row, i) => {
    const sum = row.reduce((a, b) => a + b, 0) || 1;
    row.forEach((c, j) => {
      const share = c / sum;
      pen.fillStyle = `rgba(${TINT},${0.04 + 0.9 * share})`;
      pen.fillRect(left + j * cw + 1, i * ch + 1, cw - 2, ch - 2);
      pen.fillStyle = share > FULL ? PAPER : INK; pen.textAlign = "center"; pen.textBaseline = "middle";
      pen.font = `${size}px sans-serif`;
      pen.fillText(`${Math.round(100 * share)}`, left + (j + 0.5) * cw, (i + 0.5) * ch);
    });
    pen.fillStyle = INK; pen.textAlign = "right"; pen.font = `${size}px sans-serif`;
    pen.fillText(short(classes[i], 11), left - 6, (i + 0.5) * ch);
  });
  pen.textAlign = "center"; pen.fillStyle = FAINT;
  const widest = (letters) => { pen.font = `${letters}px sans-serif`; return Math.max(...classes.map((c) => pen.measureText(c).width)); };
  const fits = [12, 11, 10].find((letters) => widest(letters) <= cw - 3);  // whole names, a little smaller, rather than cut ones
  classes.forEach((c, j) => pen.fillText(fits ? c : short(c, Math.max(3, Math.floor(cw / 5.6))), left + (j + 0.5) * cw, h - 11));
}

// As many decimals as the steps of an axis need: .025 is not .03.
function decimals(ticks, least = 2) { return [0, 1, 2, 3, 4].slice(least).find((d) => ticks.every((t) => Math.abs(t - +t.toFixed(d)) < 1e-9)) ?? 4; }

function short(text, most) { return text.length > most ? `${text.slice(0, most - 1)}…` : text; }

// For a scale: what was guessed against what is true.
function drawScatter(node, truth, guess, target) {
  const [pen, w, h] = node.fit();
  pen.clearRect(0, 0, w, h);
  pen.font = "12px sans-serif"; pen.fillStyle = FAINT;
  if (!guess) { pen.fillText("no predictions kept for this round", 8, h / 2); return; }
  const left = 40, bottom = 30, side = Math.min(w - left - 8, h - bottom - 6), { low, high } = target;
  const X = (v) => left + (v - low) / (high - low) * side, Y = (v) => 4 + side - (v - low) / (high - low) * side;
  pen.strokeStyle = GRID; pen.strokeRect(left, 4, side, side);
  pen.beginPath(); pen.moveTo(X(low), Y(low)); pen.lineTo(X(high), Y(high)); pen.stroke();
  pen.fillStyle = `rgba(${TINT},.45)`;
  const step = Math.ceil(truth.length / 4000);
  for (let i = 0; i < truth.length; i += step) if (truth[i] != null) pen.fillRect(X(truth[i]) - 1.5, Y(Math.min(high, Math.max(low, guess[i]))) - 1.5, 3, 3);
  pen.fillStyle = FAINT; pen.textAlign = "center";
  pen.fillText(`true ${target.name}`, left + side / 2, h - 6);
  for (const t of nice(low, high, 4)) { pen.textAlign = "right"; pen.fillText(+t.toFixed(3), left - 5, Y(t) + 4); }
  pen.textAlign = "left"; pen.fillText("predicted", left + side + 6, 14);
}
