// Colours on canvases, by light and by dark. The look of a page says which: ink is what its text is written in.

const LOOKS = {
  light: {
    INK: "#1B2A33", FAINT: "#5C6B75", ACCENT: "#0B5F73", GRID: "#E3E8EB", PAPER: "#FFFFFF", SOFT: "#F3F6F7", DOT: "#B9C4CA",
    PALE: "#D3DADE", HELD: "#A9CBD3", TINT: "11,95,115", SHADOW: "27,42,51", MACHINE: "#8E0063", LATER: "#DDB5CE", RANDOM: "#6B7780",
    DOUBTS: { ambiguous: [230, 159, 0], unknown: [0, 90, 181], neither: [222, 228, 231] },
    COLOURS: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#5B3A8C", "#444F57", "#A0A8AD"],
  },
  dark: {
    INK: "#E8EEF1", FAINT: "#A3B1B9", ACCENT: "#4FB3C8", GRID: "#2B3942", PAPER: "#10181D", SOFT: "#1B272E", DOT: "#5A6A73",
    PALE: "#3A4850", HELD: "#2F6674", TINT: "79,179,200", SHADOW: "232,238,241", MACHINE: "#E76BBB", LATER: "#6B3A58", RANDOM: "#93A0A8",
    DOUBTS: { ambiguous: [240, 175, 40], unknown: [70, 155, 255], neither: [58, 72, 80] },
    COLOURS: ["#3D9AE0", "#EE7A22", "#1DB88C", "#D98DB8", "#E69F00", "#7CC8F2", "#B89436", "#A98BDC", "#B7C2C9", "#77838A"],
  },
};
let INK, FAINT, ACCENT, GRID, PAPER, SOFT, DOT, PALE, HELD, TINT, SHADOW, MACHINE, LATER, RANDOM, DOUBTS, COLOURS;

function wear(name) {
  ({ INK, FAINT, ACCENT, GRID, PAPER, SOFT, DOT, PALE, HELD, TINT, SHADOW, MACHINE, LATER, RANDOM, DOUBTS, COLOURS } = LOOKS[name]);
  return name;
}
wear("light");

// Follows the page that a canvas is in; asked before each drawing, as a page may turn dark at dusk.
function follow(node) {
  const [red, green, blue] = (getComputedStyle(node).color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return wear(0.3 * red + 0.6 * green + 0.1 * blue > 128 ? "dark" : "light");
}

// A colour that was chosen by day, as it is worn now.
function shade(colour) {
  const { COLOURS: day } = LOOKS.light, at = day.indexOf(colour);
  return at >= 0 ? COLOURS[at] : colour === LOOKS.light.RANDOM ? RANDOM : colour;
}

// Also where a page is not served over HTTPS, so crypto.randomUUID would be missing.
function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
