// A name that is cut off by "…" says the whole of itself when a mouse rests on it.

function isCut(node) {
  return node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).textOverflow === "ellipsis";
}

function wholeNames() {
  document.addEventListener("mouseover", ({ target }) => {
    // In a picker an empty field for typing lies over the name.
    const picker = target.closest?.('[data-baseweb="select"]'), cut = picker ? [...picker.querySelectorAll("*")].find(isCut) : isCut(target) && target;
    const place = picker ?? target, text = cut ? cut.value || cut.textContent : "";
    if (text && place.title !== text) { place.title = text; place.dataset.whole = "1"; } else if (!text && place.dataset?.whole) { place.removeAttribute("title"); delete place.dataset.whole; }
  });
}
