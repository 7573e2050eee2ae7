// In a notebook keys count only while the widget has the focus, so that the notebook keeps its own.
function render({ model, el }) {
  const root = make("div", "seral in-notebook");
  root.tabIndex = 0;
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  root.addEventListener("pointerup", (e) => { if (!e.target.closest("input, textarea")) root.focus({ preventScroll: true }); });
  const view = new LabelView(root, new MessageTransport(model), { name: model.get("name"), area: root });
  root.__seral_label = view;
  return () => view.stop();
}
export default { render };
