// A name that is cut off says the whole of itself when a mouse rests on it.

function isCut(node) {
  return node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).textOverflow === "ellipsis";
}

function wholeNames() {
  document.addEventListener("mouseover", ({ target: node }) => {
    if (!(node instanceof HTMLElement)) return;
    const text = isCut(node) ? node.value || node.textContent.trim() : "";
    if (text && !node.title) { node.title = text; node.dataset.whole = ""; }
    else if (node.dataset.whole !== undefined && node.title !== text) { node.title = text; if (!text) { node.removeAttribute("title"); delete node.dataset.whole; } }
  });
}
