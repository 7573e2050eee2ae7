// P shows this page on the stage. Not while something is typed, nor where keys give answers.
export default function () {
  if (window.seralPresents) return;
  window.seralPresents = true;
  wholeNames();
  document.addEventListener("keydown", (e) => {
    const typing = e.target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
    if (typing || e.key.toLowerCase() !== "p" || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (location.pathname.endsWith("/label") || new URL(location.href).searchParams.has("embed")) return;
    const view = location.pathname.split("/").pop() || "run";
    location.href = `/present?at=${encodeURIComponent(view + location.search)}`;
  });
}
